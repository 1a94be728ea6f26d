"""A refused request leaves nothing: neither on the file system nor among Ceph's users."""

import stat

import cephfs
import pytest
from test_bad_input import TABLE, valid, volume  # noqa: F401

from harness.requests import GiB, MiB

ATTRIBUTES = (
    "user.csi.volume", "user.csi.snapshot", "user.csi.groupsnapshot", "user.csi.attachment", "user.csi.generation",
    "user.csi.published", "user.csi.copy", "ceph.quota.max_bytes", "ceph.quota.max_files", "ceph.dir.pin",
    "ceph.dir.layout.pool", "ceph.dir.layout.pool_namespace", "ceph.dir.subvolume",
)  # fmt: skip


def attribute(admin, path, name):
    """Records may be longer than what the view reads by default."""
    try:
        return admin.mount.getxattr(path, name, 1 << 16)
    except (cephfs.NoData, cephfs.ObjectNotFound):
        return None


def tree(admin, path):
    """Everything at and below a path, with modes, owners, attributes and snapshots."""
    status = admin.mount.stat(path, follow_symlink=False)
    found = {path: (status.st_mode, status.st_uid, status.st_gid)}
    if not stat.S_ISDIR(status.st_mode):
        return found
    found[path] += tuple((name, value) for name in ATTRIBUTES if (value := attribute(admin, path, name)) is not None)
    found[f"{path}/.snap"] = tuple(admin.names(f"{path}/.snap"))
    for name in admin.names(path):
        found.update(tree(admin, f"{path}/{name}"))
    return found


def users(cluster):
    return {user["entity"]: (user["key"], user["caps"]) for user in cluster.ceph("auth", "ls")["auth_dump"]}


@pytest.fixture(scope="class")
def warm(plugin, requests, blue, volume):  # noqa: F811
    """The directories that the first of each kind of request makes are there."""
    client = plugin.client
    node = client.must("NodeGetInfo").node_id
    one = client.must("CreateVolume", requests.create("refusals-warm", parameters={"credentials": "volume"})).volume
    client.must("ControllerPublishVolume", requests.controller_publish(one, node))
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(one, node))
    snapshot = client.must("CreateSnapshot", requests.snapshot("refusals-warm", one)).snapshot
    copy = client.call_until_settled("CreateVolume", requests.create("refusals-copy", source=snapshot))
    assert copy.ok, copy
    client.must("DeleteVolume", requests.delete(copy.response.volume.volume_id))
    client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
    client.must("DeleteVolume", requests.delete(one.volume_id))
    other = client.must("CreateVolume", blue.create("refusals-warm", parameters={"isolation": "path"})).volume
    client.must("DeleteVolume", blue.delete(other.volume_id))


class TestNothingIsLeft:
    @pytest.fixture
    def unchanged(self, admin, cluster, warm):
        """Compares before and after."""
        roots = (cluster["ROOT"], cluster["BLUE_ROOT"])

        def look():
            return {root: tree(admin, root) for root in roots}, users(cluster)

        def settled():
            cluster.wait_until(
                lambda: all(admin.names(f"{root}/{name}") == [] for root in roots for name in ("_trash", "_staging")),
                60, "staging and trash are empty",
            )  # fmt: skip
            return look()

        before = settled()
        yield
        after = settled()
        assert after[1] == before[1]
        for root in roots:
            assert {path for path in after[0][root] if after[0][root][path] != before[0][root].get(path)} == set()
            assert set(before[0][root]) == set(after[0][root])

    def test_of_the_bad_input_tables(self, client, valid, unchanged):  # noqa: F811
        for row in TABLE:
            request = valid(row.method)
            changed = row.change(request)
            reply = client.call(row.method, changed if isinstance(changed, bytes) else request)
            assert reply.code == row.code, f"{row}: {reply}"

    @pytest.mark.parametrize("pool", ["no-such-pool", "cephfs_metadata"])
    @pytest.mark.parametrize("isolation", ["namespace", "path"])
    def test_of_pools_that_are_none(self, client, requests, blue, unchanged, name, pool, isolation):
        builder = requests if isolation == "namespace" else blue
        request = builder.create(name, parameters={"isolation": isolation})
        request.mutable_parameters["dataPool"] = pool
        reply = client.call("CreateVolume", request)
        assert reply.code == "INVALID_ARGUMENT" and "mutable_parameters[dataPool]" in reply.message, reply
        request = builder.create(name, parameters={"isolation": isolation, "dataPool": pool})
        reply = client.call("CreateVolume", request)
        assert reply.code == "INVALID_ARGUMENT" and "parameters[dataPool]" in reply.message, reply

    def test_of_sources_that_do_not_fit(self, client, requests, unchanged, volume, name):  # noqa: F811
        for request in (
            requests.create(name, size=4 * MiB, source=volume),
            requests.create(name, size=4 * MiB, source=volume, parameters={"group": "refused-group"}),
            requests.create(name, parameters={"group": "refused-group", "dataPool": "no-such-pool"}),
        ):
            reply = client.call("CreateVolume", request)
            assert reply.code in ("OUT_OF_RANGE", "INVALID_ARGUMENT"), reply

    def test_of_snapshots_that_ceph_refuses(self, client, requests, unchanged, volume, cluster, name):  # noqa: F811
        filesystem = cluster["FS"]
        cluster.ceph("fs", "set", filesystem, "allow_new_snaps", "false")
        try:
            refused = {
                "CreateSnapshot": requests.snapshot(name, volume),
                "CreateVolume": requests.create(name, size=GiB, source=volume),
            }
            for method, request in refused.items():
                reply = client.call_until_settled(method, request)
                assert reply.code == "PERMISSION_DENIED" and "allow_new_snaps" in reply.message, reply
        finally:
            cluster.ceph("fs", "set", filesystem, "allow_new_snaps", "true")
