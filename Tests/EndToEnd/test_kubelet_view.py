"""What a kubelet sees of a node's plugin in its container: the stage and the targets, and nothing else.

Any other mount of the same device keeps it from unstaging, and so from detaching and deleting, for ever.
"""

import contextlib
import os
import subprocess
import time

import pytest
import yaml

from harness.container import Host, NodeContainer
from harness.kubelet import Calls, Kubelet, has_mount_references, mount_references
from harness.mounts import end_fuse_clients, fuse_clients, mounts, unmount_all


@pytest.fixture
def kubelet(scratch, request):
    """A kubelet directory that is not the usual one."""
    directory = scratch / f"kubelet-{abs(hash(request.node.nodeid)) % 10**8}"
    host = Host(directory)
    yield Kubelet(directory)
    unmount_all(directory)
    host.end()


@pytest.fixture
def config(cluster, kubelet):
    """Readable for a root without capabilities, as a ConfigMap is."""
    entry = {"id": "dev", "monitors": [cluster["MONITORS"]], "filesystem": cluster["FS"], "mounter": "fuse"}
    path = kubelet.directory.parent / f"{kubelet.directory.name}.yaml"
    path.write_text(yaml.safe_dump({"clusters": [entry]}))
    return path


@pytest.fixture
def containers(kubelet, config, cluster):
    """Makes containers of the node's plugin on one host, one after the other."""
    before = fuse_clients(cluster["MONITORS"])
    made = []

    def make(**arguments):
        made.append(NodeContainer(kubelet, config, **arguments))
        return made[-1]

    yield make
    for one in made:
        one.end()
    unmount_all(kubelet.directory)
    end_fuse_clients({pid: at for pid, at in fuse_clients(cluster["MONITORS"]).items() if pid not in before})


@pytest.fixture
def volume(plugins, requests, name, cluster):
    controller = plugins(role="controller").start().client
    made = controller.must("CreateVolume", requests.create(name)).volume
    yield made
    # Containers are killed here, and a killed client's session would hold the deletion up for a minute.
    cluster.evict(requests.user["userID"])
    controller.must("DeleteVolume", requests.delete(made.volume_id))


@pytest.fixture
def calls(kubelet, requests, volume):
    return Calls(kubelet, requests, volume)


def clients_of(cluster, before):
    return {pid: at for pid, at in fuse_clients(cluster["MONITORS"]).items() if pid not in before}


@contextlib.contextmanager
def nothing_left(cluster):
    """No ceph-fuse that was not there before."""
    before = fuse_clients(cluster["MONITORS"])
    yield
    deadline = time.monotonic() + 10
    while (left := clients_of(cluster, before)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left, left


def test_the_rule_counts_what_the_kubelet_counts(scratch):
    """The rule itself on mounts that have nothing to do with the plugin."""
    base = scratch / "rule"
    stage = base / "plugins" / "kubernetes.io" / "csi" / "d" / "hash" / "globalmount"
    copy, other = base / "again" / "plugins/kubernetes.io/csi/d/hash/globalmount", base / "plugins" / "d" / "private"
    for path in (stage, copy, other):
        path.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "rule", stage], check=True)
    assert mount_references(stage) == []
    subprocess.run(["mount", "--bind", stage, copy], check=True)
    assert mount_references(stage) == [str(copy)]
    assert not has_mount_references(stage, mount_references(stage))
    subprocess.run(["mount", "--bind", stage, other], check=True)
    assert has_mount_references(stage, mount_references(stage))
    assert mount_references(base / "absent") == []
    unmount_all(base)


@pytest.mark.parametrize("host_pid", [False, True], ids=["own-pids", "host-pids"])
def test_stage_and_targets_are_all_that_is_seen(containers, calls, cluster, host_pid):
    with nothing_left(cluster):
        client = containers(host_pid=host_pid).start().client
        calls.stage(client)
        calls.stage(client)
        one = calls.publish(client, "pod1")
        two = calls.publish(client, "pod2")
        (one / "file").write_text("kept")
        assert (two / "file").read_text() == "kept"
        calls.unpublish(client, "pod1")
        calls.unpublish(client, "pod2")
        calls.unstage(client)


def test_a_new_container_undoes_what_an_old_one_did(containers, calls, cluster):
    """The ceph-fuse lives on in a mount namespace that the new container can't enter."""
    with nothing_left(cluster):
        old = containers(host_pid=True).start()
        calls.stage(old.client)
        one = calls.publish(old.client, "pod1")
        (one / "file").write_text("kept")
        old.kill()
        calls.look()
        new = containers(host_pid=True).start().client
        calls.stage(new)
        two = calls.publish(new, "pod2")
        assert (two / "file").read_text() == "kept"
        calls.unpublish(new, "pod1")
        calls.unpublish(new, "pod2")
        start = time.monotonic()
        calls.unstage(new)
        assert time.monotonic() - start < 10, "it waited for a process that nobody had asked to end"


def test_a_mount_that_died_with_its_container_is_healed_out_of_sight(containers, calls, cluster):
    with nothing_left(cluster):
        old = containers(host_pid=False).start()
        calls.stage(old.client)
        calls.publish(old.client, "pod1")
        old.kill()
        new = containers(host_pid=False).start().client
        calls.stage(new)
        calls.unpublish(new, "pod1")
        one = calls.publish(new, "pod3")
        (one / "file").write_text("healed")
        calls.unpublish(new, "pod3")
        calls.unstage(new)


def test_a_dead_mount_is_unstaged_without_healing(containers, calls, cluster):
    with nothing_left(cluster):
        old = containers(host_pid=False).start()
        calls.stage(old.client)
        old.kill()
        new = containers(host_pid=False).start().client
        calls.unstage(new)


def test_a_stage_that_its_container_did_not_survive_is_made_again(containers, calls, cluster):
    """Killed between ceph-fuse's mount and the stage's: what serves nobody ends, and a new one takes its place."""
    before = fuse_clients(cluster["MONITORS"])
    with nothing_left(cluster):
        old = containers(host_pid=True).start()
        call = old.client.channel.unary_unary("/csi.v1.Node/NodeStageVolume").future(
            calls.requests.stage(calls.volume, calls.staging).SerializeToString(), timeout=30
        )
        deadline = time.monotonic() + 10
        while not clients_of(cluster, before) and time.monotonic() < deadline:
            time.sleep(0.002)
        assert clients_of(cluster, before), "no ceph-fuse was started"
        old.kill()
        call.cancel()
        calls.before = {path: kind for path, kind in calls.kubelet.seen().items() if path != str(calls.staging)}
        new = containers(host_pid=True).start().client
        calls.stage(new)
        assert len(clients_of(cluster, before)) == 1
        calls.unstage(new)


class TestEarlierVersions:
    """They mounted in the state directory, which the host sees: `--run-dir` there does the same."""

    @classmethod
    def former(cls, containers, kubelet, **arguments):
        """A plugin with its mounts where earlier versions had them, once it has looked for such at its start."""
        options = ["--run-dir", str(kubelet.plugin_directory / "state" / "mounts")]
        plugin = containers(options=options, **arguments).start()
        cls.wait_for(lambda: "shared mount" in plugin.log())
        # It finds its own directory empty, and takes that away as well.
        cls.wait_for(lambda: not (kubelet.plugin_directory / "state" / "mounts").exists())
        return plugin

    def test_what_is_in_use_stays_until_its_last_target_goes(self, containers, kubelet, calls, cluster):
        with nothing_left(cluster):
            old = self.former(containers, kubelet, host_pid=True)
            requests, volume, staging = calls.requests, calls.volume, calls.staging
            target = kubelet.target(volume, "pod1")
            old.client.must("NodeStageVolume", requests.stage(volume, staging))
            old.client.must("NodePublishVolume", requests.publish(volume, staging, target))
            (target / "file").write_text("kept")
            assert not kubelet.may_unstage(volume)[0]
            [home] = [path for path in kubelet.seen() if "/state/mounts/" in path]
            old.kill()
            so_far = len(old.log())
            new = containers(host_pid=True).start()
            assert "shared mount" not in new.log()[so_far:]
            time.sleep(0.5)
            assert home in kubelet.seen(), "a ceph-fuse that pods use needs its mount"
            calls.expected = [staging]
            new.client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
            calls.look()
            # Used once more: the process gets its mount back.
            new.client.must("NodePublishVolume", requests.publish(volume, staging, target))
            assert home in kubelet.seen()
            assert (target / "file").read_text() == "kept"
            new.client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
            calls.unstage(new.client)
            assert not os.path.exists(home)

    def test_what_is_staged_only_is_hidden_at_start(self, containers, kubelet, calls, cluster):
        with nothing_left(cluster):
            old = self.former(containers, kubelet, host_pid=True)
            old.client.must("NodeStageVolume", calls.requests.stage(calls.volume, calls.staging))
            old.kill()
            new = containers(host_pid=True).start()
            calls.expected = [calls.staging]
            self.wait_for(lambda: kubelet.may_unstage(calls.volume)[0])
            calls.look()
            calls.unstage(new.client)

    @pytest.mark.parametrize("host_pid", [False, True], ids=["dead", "alive"])
    def test_what_nothing_uses_is_taken_away_at_start(self, containers, kubelet, calls, cluster, host_pid):
        with nothing_left(cluster):
            old = self.former(containers, kubelet, host_pid=host_pid)
            old.client.must("NodeStageVolume", calls.requests.stage(calls.volume, calls.staging))
            old.kill()
            subprocess.run(["umount", "-l", calls.staging], check=True)
            assert any("/state/mounts/" in path for path in kubelet.seen())
            containers(host_pid=host_pid).start()
            self.wait_for(lambda: not (kubelet.plugin_directory / "state" / "mounts").exists())
            calls.look()

    @staticmethod
    def wait_for(condition):
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, [mount.target for mount in mounts()]
            time.sleep(0.02)
