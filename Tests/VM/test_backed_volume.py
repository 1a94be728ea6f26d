"""A volume that shows a snapshot, mounted by the kernel's client with a user of its own."""

import errno
import os
import time

import pytest
from test_volume import OWN, client, node, paths, plugin, volume  # noqa: F401  (fixtures)

from harness import kernel
from harness.mounts import is_mounted, mounts

READ = "MULTI_NODE_READER_ONLY"


def refusal_to_open(cluster):
    """How opening a file of a view for writing ends. Since Ceph 18 clients know their users' caps, and newer kernels look
    at them before they look at the mount; seen on Linux 6.12 and 7.2, not on 6.1."""
    kernel_version = tuple(int(word) for word in os.uname().release.split(".")[:2])
    return errno.EACCES if cluster.release >= 18 and kernel_version >= (6, 11) else errno.EROFS


def test_a_snapshot_is_staged_and_nothing_else_can_be_reached(
    client, plugin, requests, cluster, admin, volume, paths, node, tmp_path  # noqa: F811
):
    source, context = volume
    staging, first, second = paths
    own = tmp_path / "own"
    own.mkdir()
    client.must("NodeStageVolume", requests.stage(source, own, context=context))
    (own / "inner").mkdir()
    (own / "inner" / "letter").write_text("as it was")
    os.sync()
    snapshot = client.must("CreateSnapshot", requests.snapshot(f"snap-{time.monotonic_ns()}", source)).snapshot
    (own / "inner" / "letter").write_text("changed since")
    (own / "later").write_text("not in the snapshot")
    view = client.must(
        "CreateVolume",
        requests.create(f"view-{time.monotonic_ns()}", size=snapshot.size_bytes, mode=READ, source=snapshot,
                        parameters={**OWN, "backingSnapshot": "true"}),
    ).volume  # fmt: skip
    published = client.must("ControllerPublishVolume", requests.controller_publish(view, node, mode=READ))
    context = dict(published.publish_context)
    for _ in range(2):
        client.must("NodeStageVolume", requests.stage(view, staging, mode=READ, context=context))
    [mount] = mounts(staging)
    assert mount.kind == "ceph" and mount.read_only and mount.root == f"/.snap/{context['snapshot']}"
    for target in (first, second):
        for _ in range(2):
            client.must("NodePublishVolume", requests.publish(view, staging, target, mode=READ, context=context))
        assert (target / "inner" / "letter").read_text() == "as it was"
        assert os.listdir(target) == ["inner"]
        for attempt, expected in (
            (lambda: (target / "new").write_text("x"), refusal_to_open(cluster)),
            (lambda: (target / "inner" / "letter").unlink(), errno.EROFS),
        ):
            with pytest.raises(OSError) as caught:
                attempt()
            assert caught.value.errno == expected
    assert (own / "inner" / "letter").read_text() == "changed since"
    busy = client.call("DeleteSnapshot", requests.delete_snapshot(snapshot))
    assert busy.code == "FAILED_PRECONDITION" and view.volume_id in busy.message, busy

    [user] = [line.partition("name=")[2].partition(",")[0] or mount.source.partition("@")[0]
              for line in [",".join(mount.super_options)]]  # fmt: skip
    kernel.add_ceph_key("view", cluster.key_of(user))
    other = f"{cluster['ROOT']}/{cluster['GROUP']}/other-{time.monotonic_ns()}"
    admin.make_directory(other)
    place = tmp_path / "place"
    place.mkdir()
    for path, expected in (
        (source.volume_context["path"], None),
        (other, errno.EACCES),
        (f"{cluster['ROOT']}/{cluster['GROUP']}", errno.EACCES),
    ):
        options = f"name={user},key=view,mds_namespace={cluster['FS']}"
        try:
            kernel.mount(f"{cluster['MONITORS']}:{path}", place, options)
        except OSError as error:
            assert error.errno == expected, (path, error)
        else:
            kernel.umount(place)
            assert expected is None, f"the view's key opens {path}"

    for target in (first, second):
        client.must("NodeUnpublishVolume", requests.unpublish(view, target))
    for _ in range(2):
        client.must("NodeUnstageVolume", requests.unstage(view, staging))
    assert not is_mounted(staging) and not staging.exists()
    client.must("NodeUnstageVolume", requests.unstage(source, own))
    left = [line for line in open("/proc/self/mountinfo") if " - ceph " in line]
    assert not left, left
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(view, node))
    client.must("DeleteVolume", requests.delete(view.volume_id))
    client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
