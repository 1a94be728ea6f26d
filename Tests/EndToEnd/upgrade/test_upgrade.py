"""A cluster that is upgraded in place under a running plugin, and then brought to AES-256 keys as docs/operations.md
says, to the letter. What others than the plugin's operator do on the way, the tests do by Ceph's own documentation."""

import contextlib
import pathlib
import subprocess
import time

import pytest
from test_snapshots import made

from harness.documents import REPOSITORY, Shell, blocks
from harness.requests import MiB, Requests
from harness.streams import Orchestrator, Writer

# How long after a daemon has come back what it held up may take: clients look for a monitor again after some seconds.
GRACE = 8


class Pod:
    """A volume of one kind of credentials in use on this node."""

    def __init__(self, world, kind):
        self.world, self.kind = world, kind
        parameters = {"credentials": kind}
        request = world.requests.create(f"upgrade-{kind}", size=64 * MiB, parameters=parameters)
        self.volume = world.client.must("CreateVolume", request).volume
        self.base = world.scratch / kind
        self.staging, self.target = self.base / "globalmount", self.base / "mount"
        self.staging.mkdir(parents=True)
        self.attach()

    def attach(self):
        client, requests = self.world.client, self.world.requests
        request = requests.controller_publish(self.volume, self.world.node, secrets=self.world.secrets)
        context = dict(client.must("ControllerPublishVolume", request).publish_context)
        client.must("NodeStageVolume", requests.stage(self.volume, self.staging, context=context or None))
        client.must("NodePublishVolume", requests.publish(self.volume, self.staging, self.target, context=context))

    def detach(self):
        client, requests = self.world.client, self.world.requests
        client.must("NodeUnpublishVolume", requests.unpublish(self.volume, self.target))
        client.must("NodeUnstageVolume", requests.unstage(self.volume, self.staging))
        request = requests.controller_unpublish(self.volume, self.world.node, secrets=self.world.secrets)
        client.must("ControllerUnpublishVolume", request)


class World:
    """A plugin with volumes in use, a snapshot and a deleted volume, from before the upgrade."""

    def __init__(self, cluster, plugin, config, scratch):
        self.cluster, self.plugin, self.config, self.scratch = cluster, plugin, config, scratch
        self.client = plugin.client
        self.node = self.client.must("NodeGetInfo").node_id
        self.read_secrets()
        self.pods = [Pod(self, kind) for kind in ("volume", "node", "shared")]
        for pod in self.pods:
            (pod.target / "before").write_text(f"of {pod.kind}")
        self.snapshot = self.take("before", self.pods[0])
        self.written = {}

    def read_secrets(self):
        self.requests = Requests(self.cluster)
        self.secrets = {**self.requests.admin, **self.requests.fencer}

    def take(self, name, pod):
        return self.client.must("CreateSnapshot", self.requests.snapshot(name, pod.volume)).snapshot

    @contextlib.contextmanager
    def busy(self, name):
        """Every pod writes and an orchestrator calls; yields what all of them do."""
        with contextlib.ExitStack() as stack:
            streams = [stack.enter_context(Writer(pod.target)) for pod in self.pods]
            streams.append(stack.enter_context(Orchestrator(self.client, self.requests, name)))
            for one in streams:
                one.wait_for_more()
            yield streams
            for one in streams:
                one.wait_for_more()

    def restored(self, snapshot, name):
        """The file of before, from a volume that is made from a snapshot."""
        volume = made(self.client, self.requests.create(name, size=64 * MiB, source=snapshot))
        staging = self.scratch / name
        staging.mkdir()
        self.client.must("NodeStageVolume", self.requests.stage(volume, staging))
        text = (staging / "before").read_text()
        self.client.must("NodeUnstageVolume", self.requests.unstage(volume, staging))
        self.client.must("DeleteVolume", self.requests.delete(volume.volume_id))
        return text

    def expect_usable(self, name):
        """Volumes, users and snapshots, old and new ones."""
        listed = {entry.volume.volume_id for entry in self.client.must("ListVolumes").entries}
        for pod in self.pods:
            assert (pod.target / "before").read_text() == f"of {pod.kind}"
            assert pod.volume.volume_id in listed
            pod.detach()
            pod.attach()
            assert (pod.target / "before").read_text() == f"of {pod.kind}"
        assert self.restored(self.snapshot, f"{name}-old") == "of volume"
        later = self.take(name, self.pods[0])
        assert self.restored(later, f"{name}-new") == "of volume"
        self.client.must("DeleteSnapshot", self.requests.delete_snapshot(later))


@pytest.fixture(scope="class")
def world(cluster, plugins, scratch):
    config = scratch / "plugin.yaml"
    # The first of the cluster's two entries.
    config.write_text(pathlib.Path(cluster["CONFIG"]).read_text().partition("  - id: blue\n")[0])
    made_world = World(cluster, plugins(config=config).start(), config, scratch)
    yield made_world
    for pod in made_world.pods:
        with contextlib.suppress(AssertionError):
            pod.detach()


def unexplained(streams, windows):
    """What was disturbed at a time when no daemon was away."""
    return [
        step
        for stream in streams
        for step in stream.disturbed
        if not any(since - 1 <= step.ended and step.began <= until + GRACE for _, since, until in windows)
    ]


def rotate(cluster, entity):
    """A new key of the new kind, as a keyring."""
    command = ["ceph", "-c", cluster["CONF"], "auth", "rotate", "--key-type=aes256k", entity]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


def bring_daemons_to_new_keys(cluster):
    """Ceph's own part, as its page on the configuration of cephx has it ("Upgrading and rotating CephX keys").

    Without `auth wipe-rotating-service-keys`, of which the page advises against: clients of 20.2.4 go on with the tickets
    that they have, and each new connection of theirs to an OSD is refused until those expire after an hour.
    """
    directory = pathlib.Path(cluster["DIR"])
    cluster.ceph("mon", "set", "auth_preferred_cipher", "aes256k")
    rotate(cluster, "mon.")
    cluster.stop("mon")
    cluster.start("mon")
    for daemon, entity, place in (("mgr", "mgr.x", "mgr"), ("osd", "osd.0", "osd"), ("mds", "mds.a", "mds.a")):
        cluster.stop(daemon)
        if daemon == "osd":
            cluster.ceph("osd", "down", "0")
        import_keyring(rotate(cluster, entity), directory / place / "keyring")
        cluster.start(daemon)
    cluster.ceph("mon", "set", "auth_service_cipher", "aes256k")


def import_keyring(text, path):
    """In the same file, which belongs to the daemon's user."""
    path.write_text(text)


def bring_other_users_to_new_keys(cluster):
    """The administrator, last because everything else is done as it, and those that are not the plugin's."""
    cluster.close()
    for user in cluster.users(""):
        if user.startswith(("bootstrap-", "csi-blue-")):
            rotate(cluster, f"client.{user}")
    cluster.close()
    import_keyring(rotate(cluster, "client.admin"), pathlib.Path(cluster["DIR"]) / "admin.keyring")


def replace_secrets(world, cluster, place, orchestrator):
    """What Kubernetes does with new secrets: sidecars send them from now on, and the mounted file follows."""
    cluster.environment["NODE_ID"] = "csi-node-2"
    for which in ("PROVISIONER", "FENCER", "NODE"):
        key = (place / f"{which.lower()}.key").read_text()
        assert key.startswith("Ag"), f"{which}: not an AES-256 key"
        pathlib.Path(cluster[f"{which}_KEY_FILE"]).write_text(key)
    world.read_secrets()
    orchestrator.requests = world.requests


def expect_one_kind_of_keys(cluster):
    """By what the monitors accept, and by the cluster's health, which they look at every few seconds."""
    assert [one["name"] for one in cluster.ceph("mon", "dump")["auth_allowed_ciphers"]] == ["aes256k"]

    def complaints():
        return {check for check in cluster.ceph("health", "detail")["checks"] if check.startswith("AUTH_INSECURE")}

    # Tickets' own keys that were made before expire by themselves, after hours.
    late = {"AUTH_INSECURE_ROTATING_SERVICE_KEY_TYPE"}
    cluster.wait_until(lambda: complaints() <= late, 30, f"nobody has an old key: {complaints()}")


class TestUpgrade:
    def test_the_daemons_restarts_are_the_only_gap(self, world, cluster, releases):
        with world.busy("during") as streams:
            windows = cluster.upgrade(releases[1])
        for daemon, since, until in windows:
            print(f"{daemon} was away for {until - since:.1f} s")
        for stream in streams:
            print(f"{type(stream).__name__}: {stream.steps} steps, {len(stream.failed)} failed,"
                  f" longest {max((one.ended - one.began for one in stream.disturbed), default=0):.1f} s")  # fmt: skip
        assert unexplained(streams, windows) == []
        assert [stream.failed for stream in streams[:-1]] == [[], [], []], "a pod saw an error"
        for writer in streams[:-1]:
            writer.check()
            writer.path.unlink()
        versions = cluster.ceph("versions")["overall"]
        assert len(versions) == 1 and f"ceph version {releases[1]}." in next(iter(versions)), versions

    def test_what_there_was_is_usable(self, world):
        world.expect_usable("after")

    def test_the_documented_way_leads_to_new_keys(self, world, cluster, releases, scratch):
        if releases[1] < 20:
            pytest.skip("Ceph 18 has one kind of keys")
        new_keys, end_of_old_keys, old_keys, last = blocks(REPOSITORY / "docs" / "operations.md", "sh upgrade")
        bring_daemons_to_new_keys(cluster)
        replace = {"config.yaml": str(world.config)}
        with Shell(scratch, cluster, replace) as shell, world.busy("keys") as streams:
            shell.run([new_keys])
            replace_secrets(world, cluster, shell.place, streams[-1])
        assert [one.failed for one in streams] == [[], [], [], []], "a change of keys is seen by nobody"
        world.config.write_text(f"{world.config.read_text()}    cephxKeyType: aes256k\n")
        # The plugin looks at its configuration once in a second.
        time.sleep(1.5)
        world.expect_usable("new-keys")
        bring_other_users_to_new_keys(cluster)
        (scratch / "end").mkdir()
        with Shell(scratch / "end", cluster, replace) as shell:
            shell.run([end_of_old_keys])
            assert shell.run([old_keys]) == [""], "a user of the plugin's has an old key"
            shell.run([last])
        expect_one_kind_of_keys(cluster)
        world.expect_usable("only-new-keys")
