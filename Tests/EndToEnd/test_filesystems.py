"""Two file systems of one Ceph cluster, an entry of the configuration for each, as docs/parameters.md says."""

import os
import shlex
import subprocess
import time

import pytest
from test_backed_volumes import pods  # noqa: F401
from test_snapshots import write

from harness.admin import AdminView
from harness.devcluster import DevCluster
from harness.plugin import run_cli
from harness.requests import MiB, Requests
from harness.stubs import csi

SECOND = "archive"


@pytest.fixture(scope="module")
def cluster():
    """A cluster of this module's own: a second metadata server is a lot to leave behind."""
    own = DevCluster(f"two-{os.getpid()}")
    own.up()
    server = None
    try:
        server = second_metadata_server(own)
        make_filesystem(own, SECOND)
        yield own
    finally:
        own.close()
        if server:
            # Asked to end, it first waits for a successor.
            server.kill()
            server.wait()
        own.down()


def second_metadata_server(cluster):
    home = f"{cluster['DIR']}/mds-b"
    os.mkdir(home)
    caps = ["mon", "allow profile mds", "osd", "allow rwx", "mgr", "allow profile mds"]
    key = cluster.ceph("auth", "get-or-create-key", "mds.b", *caps)["key"]
    with open(f"{home}/keyring", "w", encoding="ascii") as keyring:
        keyring.write(f"[mds.b]\n\tkey = {key}\n")
    command = ["ceph-mds", "-c", cluster["CONF"], "-i", "b", "-f", f"--mds_data={home}", f"--keyring={home}/keyring"]
    with open(f"{home}/out", "wb") as output:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def make_filesystem(cluster, name):
    for pool in ("metadata", "data"):
        cluster.ceph("osd", "pool", "create", f"{name}_{pool}", "1", "1")
    cluster.ceph("fs", "new", name, f"{name}_metadata", f"{name}_data")
    end = time.monotonic() + 60
    while not (has_metadata_server(cluster, name) and has_figures(cluster, f"{name}_data")):
        assert time.monotonic() < end, f"{name} has no active metadata server, or its pool no figures"
        time.sleep(0.2)


def has_metadata_server(cluster, name):
    return any(
        rank["state"] == "up:active"
        for fs in cluster.ceph("fs", "dump")["filesystems"]
        if fs["mdsmap"]["fs_name"] == name
        for rank in fs["mdsmap"]["info"].values()
    )


def has_figures(cluster, pool):
    """The manager reports a new pool after some seconds; GetCapacity is UNAVAILABLE until then."""
    return any(each["name"] == pool for each in cluster.ceph("df")["pools"])


@pytest.fixture(scope="module")
def admin_of_first(cluster):
    view = AdminView(cluster)
    yield view
    view.close()


@pytest.fixture(scope="module")
def archive(cluster):
    view = AdminView(cluster, SECOND)
    view.mount.mkdirs("/volumes", 0o755)
    yield view
    view.close()


@pytest.fixture(scope="class")
def config(scratch, cluster, archive):
    """The dev cluster's own entry, and one for the second file system, with the user that `caps` prints for it."""
    path, key = scratch / "two.yaml", scratch / "archive.key"
    with open(cluster["CONFIG"], encoding="utf-8") as file:
        entries = file.read()
    path.write_text(
        entries + f"  - id: cold\n    monitors: [\"{cluster['MONITORS'].split(',')[0]}\"]\n    filesystem: {SECOND}\n"
        f"    userPrefix: csi-cold-volume\n    mounter: fuse\n    user: csi-cold-provisioner\n    keyFile: {key}\n"
    )
    key.write_text("none yet")
    words = ["--config", path, "--cluster", "cold", "--id", "csi-cold-provisioner", "--data-pool", f"{SECOND}_data"]
    printed = run_cli("caps", "provisioner", *map(str, words))
    assert printed.returncode == 0, printed.stderr
    command = [word for word in shlex.split(printed.stdout.replace("\\\n", " ")) if word]
    assert command[:2] == ["ceph", "auth"], printed.stdout
    cluster.ceph(*command[1:])
    key.write_text(cluster.ceph("auth", "get-key", "client.csi-cold-provisioner")["key"])
    return path


class TestTwoFileSystems:
    @pytest.fixture(scope="class")
    def client(self, plugins, config):
        return plugins(config=config).start().client

    @pytest.fixture(scope="class")
    def requests(self, cluster, config):
        requests = Requests(cluster)
        key = (config.parent / "archive.key").read_text()
        requests.admin, requests.entry = {"adminID": "csi-cold-provisioner", "adminKey": key}, "cold"
        return requests

    @staticmethod
    def create(requests, name, **arguments):
        """Chosen by the file system alone."""
        request = requests.create(name, **arguments)
        del request.parameters["cluster"]
        request.parameters.update({"filesystem": SECOND, "credentials": "volume"})
        return request

    def test_a_volume_s_whole_life_on_the_second(self, client, requests, cluster, archive, admin_of_first, pods, name):  # noqa: F811
        volume = client.must("CreateVolume", self.create(requests, name)).volume
        assert volume.volume_id == f"cold:{SECOND}:csi:{name}"
        assert archive.exists(volume.volume_context["path"])
        assert not admin_of_first.exists(volume.volume_context["path"])
        target, _ = pods.publish(volume)
        write(target / "letter", "kept")
        (caps,) = cluster.users("csi-cold-volume-").values()
        assert f"fsname={SECOND} " in caps["mds"], caps
        snapshot = client.must("CreateSnapshot", requests.snapshot(f"snap-{name}", volume)).snapshot
        request = self.create(requests, f"r-{name}", source=snapshot)
        restored = client.call_until_settled("CreateVolume", request).response.volume
        copy, _ = pods.publish(restored)
        assert (copy / "letter").read_text() == "kept"
        client.must("ControllerExpandVolume", requests.expand(volume, 64 * MiB))
        for each in (volume, restored):
            pods.withdraw(each.volume_id)
            client.must("DeleteVolume", requests.delete(each.volume_id))
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
        assert archive.names("/volumes/csi") == [] and cluster.users("csi-cold-volume-") == {}

    def test_lists_show_both(self, client, requests, cluster, name):
        first = client.must("CreateVolume", Requests(cluster).create(name)).volume
        second = client.must("CreateVolume", self.create(requests, name)).volume
        snapshot = client.must("CreateSnapshot", requests.snapshot(f"snap-{name}", second)).snapshot
        listed = {entry.volume.volume_id for entry in client.must("ListVolumes").entries}
        assert {first.volume_id, second.volume_id} <= listed
        snapshots = {entry.snapshot.snapshot_id for entry in client.must("ListSnapshots").entries}
        assert snapshot.snapshot_id in snapshots
        for parameters in ({"filesystem": SECOND}, {"cluster": "cold"}):
            answer = client.must("GetCapacity", csi.GetCapacityRequest(parameters=parameters))
            assert answer.available_capacity > 0
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
        client.must("DeleteVolume", requests.delete(second.volume_id))
        client.must("DeleteVolume", Requests(cluster).delete(first.volume_id))

    @pytest.mark.parametrize("cluster_named", ["dev", None])
    def test_a_file_system_without_an_entry_is_refused(self, client, requests, name, cluster_named):
        request = self.create(requests, name)
        request.parameters["filesystem"] = SECOND if cluster_named else "nowhere"
        if cluster_named:
            request.parameters["cluster"] = cluster_named
        reply = client.call("CreateVolume", request)
        assert reply.code == "INVALID_ARGUMENT" and "parameters[filesystem]" in reply.message, reply
