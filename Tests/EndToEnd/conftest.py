"""Fixtures: one Ceph cluster for the whole run, one plugin for each class of tests, in a directory of its own."""

import itertools
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.admin import AdminView, VolumesView
from harness.devcluster import DevCluster
from harness.mounts import end_fuse_clients, fuse_clients, mounts, unmount_all
from harness.plugin import Plugin
from harness.requests import Requests

numbers = itertools.count(1)


def pytest_configure():
    """A run that is asked to end cleans up as one that was interrupted: plugins, mounts and cluster go."""

    def interrupt(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)


@pytest.fixture(scope="session")
def cluster():
    """The cluster that the environment names (scripts/test starts one), else one of this run's own."""
    running = DevCluster.running()
    if running:
        yield running
        running.close()
        return
    with DevCluster.own("e2e") as own:
        yield own


@pytest.fixture(scope="session")
def admin(cluster):
    view = AdminView(cluster)
    yield view
    view.close()


@pytest.fixture(scope="session")
def volumes(admin, cluster):
    """The default root and group."""
    return VolumesView(admin, cluster["ROOT"], cluster["GROUP"])


@pytest.fixture(scope="class")
def scratch():
    """A short, private directory (Unix socket paths are limited); whatever is still mounted in it goes at the end."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="csi-e2e-"))
    yield path
    unmount_all(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="class")
def plugins(cluster, scratch):
    """Makes plugins of this class: plugins(role=..., config=..., options=...)."""
    made = []

    def make(directory=None, config=None, **arguments):
        plugin = Plugin(directory or scratch / f"p{next(numbers)}", config or cluster["CONFIG"], **arguments)
        made.append(plugin)
        return plugin

    yield make
    for plugin in made:
        plugin.end()


@pytest.fixture(scope="class")
def plugin(plugins):
    """A running plugin in both roles."""
    return plugins().start()


@pytest.fixture
def client(plugin):
    """Its client; a test that ended the plugin gets it back for the next one."""
    if not plugin.running:
        plugin.start()
    return plugin.client


@pytest.fixture(scope="session")
def requests(cluster):
    return Requests(cluster)


@pytest.fixture(scope="session")
def blue(cluster):
    """Requests for the second entry of the configuration: another root, another group, other users."""
    return Requests(cluster, "blue")


@pytest.fixture
def name(request):
    """A volume name that no other test has, and that says whose it is."""
    words = "".join(letter if letter.isalnum() else "-" for letter in request.node.originalname)
    return f"{words[:60].strip('-')}-{next(numbers)}".replace("_", "-")


@pytest.fixture
def node_paths(scratch, cluster):
    """Makes paths of one volume on the node: node_paths.staging, node_paths.target(1)."""
    paths = NodePaths(scratch / f"n{next(numbers)}", cluster)
    yield paths
    left = mounts(paths.base)
    unmount_all(paths.base)
    clients = paths.clients(patience=10)
    end_fuse_clients(clients)
    assert not left, f"mounts left behind: {left}"
    assert not clients, f"ceph-fuse processes left behind: {clients}"


class NodePaths:
    """Staging and target paths, laid out as kubelet does: parents exist, the target itself is the plugin's."""

    def __init__(self, base, cluster):
        self.base = base
        self.staging = base / "globalmount"
        self.staging.mkdir(parents=True)
        self._monitor = cluster["MONITORS"]
        self._before = fuse_clients(self._monitor)

    def target(self, number=1):
        parent = self.base / "pods" / f"pod{number}"
        parent.mkdir(parents=True, exist_ok=True)
        return parent / "mount"

    def clients(self, patience=0):
        """The ceph-fuse processes that came since; with patience, those that don't go within so many seconds."""
        deadline = time.monotonic() + patience
        while True:
            found = {pid: at for pid, at in fuse_clients(self._monitor).items() if pid not in self._before}
            if not found or time.monotonic() >= deadline:
                return found
            time.sleep(0.05)
