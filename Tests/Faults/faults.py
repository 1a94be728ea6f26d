"""What goes wrong, and how it is put right."""

import contextlib
import dataclasses
import os
import subprocess
import threading
import time
import typing

# The long form has a network of its own.
LONG = os.environ.get("FAULTS") == "long"
# What a call may answer while nothing is known to be wrong with the call itself.
LATER = {"OK", "DEADLINE_EXCEEDED", "UNAVAILABLE", "ABORTED"}


@dataclasses.dataclass(frozen=True)
class Fault:
    """`apply(world)` is the time during which it lasts; `prepare(directory)` gives the plugin's arguments before."""

    name: str
    apply: typing.Callable
    prepare: typing.Callable = lambda directory, library: {}
    # Whether the test of `make test` has it.
    is_short: bool = False
    codes: frozenset = frozenset(LATER)
    # In seconds, from the end of the fault until every call succeeds.
    patience: float = 15
    # A ceph-fuse that ends while a metadata server is away waits 30 s for it, and leaves its session without capabilities to the
    # next one, which ends it after a minute or five (Client::unmount, `client_mount_timeout`).
    leaves_sessions: bool = False
    # Of a cluster of its own; none: the one that all use.
    options: tuple = ()


@contextlib.contextmanager
def nothing(_):
    yield


def killed(daemon):
    @contextlib.contextmanager
    def apply(world):
        world.cluster.kill(daemon)
        try:
            yield
        finally:
            world.cluster.start(daemon)

    return apply


def frozen(daemon):
    return lambda world: world.cluster.frozen(daemon)


def active(cluster):
    """rank -> name of the metadata servers that serve."""
    return {one["rank"]: one["name"] for one in cluster.metadata_map()["info"].values() if one["state"] == "up:active"}


def failed_over(rank):
    """kill -9 of the server of a rank, and what the monitors do by themselves once its beacons have stayed away."""

    @contextlib.contextmanager
    def apply(world):
        cluster = world.cluster
        ranks, server = len(active(cluster)), active(cluster)[rank]
        cluster.kill("mds" if server == "a" else f"mds.{server}")
        yield
        cluster.ceph("mds", "fail", server)
        cluster.wait_until(lambda: len(active(cluster)) == ranks, 60, "a standby has taken over")

    @contextlib.contextmanager
    def restored(world):
        with apply(world):
            yield
        # The one that was killed is the next one's standby.
        world.cluster.up()

    return restored


@contextlib.contextmanager
def full(world):
    def ratio(value):
        order = ["nearfull", "backfillfull", "full"]
        for threshold in order if value < 0.5 else reversed(order):
            world.cluster.ceph("osd", f"set-{threshold}-ratio", str(value))

    def is_full():
        return "full" in world.cluster.monitor("osd dump")["flags"] or any(
            "full_ratio" not in check and check == "OSD_FULL" for check in world.cluster.monitor("health")["checks"]
        )

    ratio(0.0001)
    try:
        world.cluster.wait_until(is_full, 30, "the cluster is full")
        yield
    finally:
        ratio(0.95)
        world.cluster.wait_until(lambda: not is_full(), 30, "the cluster has room")


def sessions_of_plugin(world):
    """The sessions of the plugin and of its ceph-fuse processes."""
    directory = str(world.plugin.directory)
    own = f"e2e-{world.plugin.directory.name}"
    for one in world.cluster.sessions():
        about = one["client_metadata"]
        if own in about.get("uuid", "") or directory in about.get("mount_point", ""):
            yield one


@contextlib.contextmanager
def evicted(world):
    for one in list(sessions_of_plugin(world)):
        world.cluster.mds_command("a", "session evict", filters=[f"id={one['id']}"])
    yield


@contextlib.contextmanager
def blocklisted(world):
    for one in list(sessions_of_plugin(world)):
        address = one["entity"]["addr"]
        world.cluster.ceph("osd", "blocklist", "add", f"{address['addr']}/{address['nonce']}")
    yield


@contextlib.contextmanager
def plugin_killed(world):
    timer = threading.Timer(0.03, world.plugin.kill)
    timer.start()
    yield
    timer.join()
    world.plugin.start()


CUT = "table inet cut { chain output { type filter hook output priority 0; meta skuid 0 meta l4proto tcp drop; }; }"


@contextlib.contextmanager
def network_cut(_):
    """Drops what the plugin and its clients send, and what they would acknowledge; Ceph's daemons are another user's.

    In the network namespace of this run alone, see conftest.py.
    """
    subprocess.run(["nft", "-f", "-"], input=CUT, text=True, check=True)
    try:
        yield
    finally:
        subprocess.run(["nft", "delete", "table", "inet", "cut"], check=True)


def with_clock(shift):
    return lambda directory, library: {"environment": {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(shift)}}


def small_disk(directory, library):
    """The state directory on a file system of its own."""
    state = directory / "state"
    state.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(state)], check=True)
    return {}


@contextlib.contextmanager
def disk_full(world):
    filler = world.plugin.state / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    yield
    filler.unlink()


@contextlib.contextmanager
def disk_read_only(world):
    subprocess.run(["mount", "-o", "remount,ro", str(world.plugin.state)], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", str(world.plugin.state)], check=True)


def pipe_for_errors(directory, library):
    """Standard error is a pipe, whose other end is kept where `stderr_closed` finds it."""
    read, write = os.pipe()
    directory.mkdir(parents=True)
    (directory / "reader").symlink_to(f"/proc/{os.getpid()}/fd/{read}")
    return {"stderr": os.fdopen(write, "wb")}


@contextlib.contextmanager
def stderr_closed(world):
    os.close(int(os.readlink(world.plugin.directory / "reader").rsplit("/", 1)[1]))
    world.plugin.stderr.close()
    yield


@contextlib.contextmanager
def stderr_unread(world):
    yield
    time.sleep(0.1)


TWO_RANKS = ("--mds", "3", "--ranks", "2")
ALL = [
    Fault("MDS killed", killed("mds"), is_short=True, patience=60),
    Fault("MDS frozen", frozen("mds"), is_short=True),
    Fault("MDS of rank 0 fails over", failed_over(0), options=TWO_RANKS, patience=60, leaves_sessions=True),
    Fault("MDS of rank 1 fails over", failed_over(1), options=TWO_RANKS, patience=60, leaves_sessions=True),
    Fault("monitor killed", killed("mon"), patience=30),
    Fault("monitor frozen", frozen("mon"), is_short=True),
    Fault("manager killed", killed("mgr")),
    Fault("OSD killed", killed("osd"), patience=30),
    Fault("OSD frozen", frozen("osd"), is_short=True),
    Fault("OSD full", full, codes=frozenset(LATER | {"RESOURCE_EXHAUSTED"}), patience=30),
    *([Fault("network cut", network_cut)] if LONG else []),
    Fault("clients evicted", evicted, is_short=True),
    Fault("clients blocklisted", blocklisted),
    Fault("clock two hours ahead", nothing, with_clock(7200)),
    Fault("clock two hours behind", nothing, with_clock(-7200)),
    Fault("plugin killed", plugin_killed, is_short=True),
    Fault("node's disk full", disk_full, small_disk, is_short=True),
    Fault("node's disk read-only", disk_read_only, small_disk),
    Fault("standard error closed", stderr_closed, pipe_for_errors, is_short=True),
    Fault("standard error unread", stderr_unread, pipe_for_errors),
]
