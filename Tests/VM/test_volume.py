"""A volume with a user of its own on a node whose kernel mounts it: the plugin as it runs in production."""

import errno
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest

from harness.leaks import files_with
from harness.mounts import is_mounted, mounts
from harness.plugin import Plugin
from harness.requests import MiB
from harness.stubs import csi

OWN = {"credentials": "volume"}


@pytest.fixture(scope="module")
def plugin(cluster, tmp_path_factory):
    running = Plugin(tmp_path_factory.mktemp("plugin"), cluster["CONFIG_KERNEL"], node_id="vm").start()
    yield running
    running.end()


@pytest.fixture
def client(plugin):
    if not plugin.running:
        plugin.start()
    return plugin.client


@pytest.fixture
def node(client):
    return client.must("NodeGetInfo").node_id


@pytest.fixture
def paths(tmp_path):
    """staging, first target, second target, as kubelet lays them out."""
    (tmp_path / "globalmount").mkdir()
    for pod in ("pod1", "pod2"):
        (tmp_path / pod).mkdir()
    yield tmp_path / "globalmount", tmp_path / "pod1" / "mount", tmp_path / "pod2" / "mount"
    left = list(mounts(tmp_path))
    for mount in reversed(left):
        subprocess.run(["umount", "-l", mount.target], check=False)
    assert not left, f"mounts left behind: {left}"


@pytest.fixture
def volume(client, requests, request, node):
    """A published volume of 32 MiB, and the context that its node gets."""
    name = "vm-" + re.sub(r"\W+", "-", request.node.name)[:60] + f"-{time.monotonic_ns()}"
    made = client.must("CreateVolume", requests.create(name, size=32 * MiB, parameters=OWN)).volume
    context = dict(client.must("ControllerPublishVolume", requests.controller_publish(made, node)).publish_context)
    yield made, context
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(made))
    client.must("DeleteVolume", requests.delete(made.volume_id))


def stats(client, requests, volume, path):
    response = client.must("NodeGetVolumeStats", requests.stats(volume, path))
    return {usage.unit: usage for usage in response.usage}, response.volume_condition


def test_a_whole_life_each_step_twice(client, requests, cluster, volume, paths, admin):
    volume, context = volume
    staging, first, second = paths
    for _ in range(2):
        client.must("NodeStageVolume", requests.stage(volume, staging, context=context))
    [mount] = mounts(staging)
    assert mount.kind == "ceph" and {"nosuid", "nodev"} <= set(mount.options)
    for target in (first, second):
        for _ in range(2):
            client.must("NodePublishVolume", requests.publish(volume, staging, target, context=context))
        assert len(mounts(target)) == 1
    (first / "letter").write_text("from one pod to the other")
    assert (second / "letter").read_text() == "from one pod to the other"

    client.must("NodeUnpublishVolume", requests.unpublish(volume, second))
    for _ in range(2):
        client.must("NodePublishVolume", requests.publish(volume, staging, second, readonly=True, context=context))
    assert (second / "letter").read_text() == "from one pod to the other"
    with pytest.raises(OSError) as caught:
        (second / "letter").write_text("changed")
    assert caught.value.errno == errno.EROFS

    size = os.statvfs(first)
    assert size.f_blocks * size.f_frsize == 32 * MiB, "df shows the quota"
    with pytest.raises(OSError) as caught:
        for number in range(64):
            with open(first / f"filler{number}", "wb") as file:
                file.write(b"x" * MiB)
                file.flush()
                os.fsync(file.fileno())
    assert caught.value.errno == errno.EDQUOT
    assert 28 <= number <= 36, f"{number} MiB went into a volume of 32"

    # What ControllerExpandVolume does: the client sees it at once.
    admin.mount.setxattr(volume.volume_context["path"], "ceph.quota.max_bytes", str(64 * MiB).encode(), 0)
    deadline = time.monotonic() + 10
    while (seen := os.statvfs(first).f_blocks * os.statvfs(first).f_frsize) != 64 * MiB:
        assert time.monotonic() < deadline, f"the client still sees {seen} bytes"
        time.sleep(0.1)
    (first / "more").write_bytes(b"y" * 4 * MiB)
    usage, condition = stats(client, requests, volume, first)
    assert usage[csi.VolumeUsage.BYTES].total == 64 * MiB and not condition.abnormal

    for target in (first, second):
        for _ in range(2):
            client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        assert not target.exists()
    for _ in range(2):
        client.must("NodeUnstageVolume", requests.unstage(volume, staging))
    assert not is_mounted(staging)
    assert admin.read(f"{volume.volume_context['path']}/letter") == "from one pod to the other"


def test_the_key_is_nowhere(client, plugin, requests, cluster, volume, paths):
    volume, context = volume
    client.must("NodeStageVolume", requests.stage(volume, paths[0], context=context))
    [user] = cluster.users_of(volume)
    key = cluster.key_of(user)
    assert not any(key in value for value in context.values())
    assert key not in pathlib.Path("/proc/mounts").read_text()
    assert key not in pathlib.Path("/proc/keys").read_text() and user not in pathlib.Path("/proc/keys").read_text()
    assert key not in plugin.log()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            assert key.encode() not in pathlib.Path("/proc", pid, "cmdline").read_bytes()
            assert key.encode() not in pathlib.Path("/proc", pid, "environ").read_bytes()
        except OSError:
            continue
    assert files_with([key], [str(plugin.directory), "/run"], only_readable_by_others=False) == []
    client.must("NodeUnstageVolume", requests.unstage(volume, paths[0]))


def test_a_restarted_plugin_goes_on(client, plugin, requests, volume, paths):
    volume, context = volume
    staging, first, second = paths
    client.must("NodeStageVolume", requests.stage(volume, staging, context=context))
    client.must("NodePublishVolume", requests.publish(volume, staging, first, context=context))
    (first / "file").write_text("kept")
    plugin.kill()
    assert (first / "file").read_text() == "kept", "a kernel mount needs no plugin"
    plugin.start()
    client = plugin.client
    client.must("NodeStageVolume", requests.stage(volume, staging, context=context))
    client.must("NodePublishVolume", requests.publish(volume, staging, second, context=context))
    assert (second / "file").read_text() == "kept"
    for target in (first, second):
        client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
    client.must("NodeUnstageVolume", requests.unstage(volume, staging))


def test_an_evicted_mount_is_reported_and_mended_when_the_next_pod_comes(
    client, requests, cluster, volume, paths, admin
):
    volume, context = volume
    staging, first, second = paths
    client.must("NodeStageVolume", requests.stage(volume, staging, context=context))
    client.must("NodePublishVolume", requests.publish(volume, staging, first, context=context))
    (first / "file").write_text("written down")
    os.sync()
    [user] = cluster.users_of(volume)
    cluster.evict(user)
    deadline = time.monotonic() + 10
    while not stats(client, requests, volume, first)[1].abnormal:
        assert time.monotonic() < deadline, "an evicted mount counts as normal"
        time.sleep(0.1)
    assert stats(client, requests, volume, first)[1].message
    client.must("NodePublishVolume", requests.publish(volume, staging, second, context=context))
    assert (second / "file").read_text() == "written down"
    client.must("NodePublishVolume", requests.publish(volume, staging, first, context=context))
    assert (first / "file").read_text() == "written down", "the first pod's dead target is replaced, too"
    assert not stats(client, requests, volume, first)[1].abnormal
    for target in (first, second):
        client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
    client.must("NodeUnstageVolume", requests.unstage(volume, staging))


def test_a_fence_stops_a_writer_within_five_seconds(client, requests, cluster, node, paths):
    secrets = {**requests.admin, **requests.fencer}
    create = requests.create(f"vm-fence-{time.monotonic_ns()}", size=64 * MiB, parameters={"credentials": "node"})
    volume = client.must("CreateVolume", create).volume
    publish = requests.controller_publish(volume, node, secrets=secrets)
    context = dict(client.must("ControllerPublishVolume", publish).publish_context)
    client.must("NodeStageVolume", requests.stage(volume, paths[0], context=context))
    writer = subprocess.Popen(
        [sys.executable, "-c",
         "import os, sys\nfile = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o600)\n"
         "while True:\n    os.pwrite(file, b'x' * 4096, 0)\n    os.fsync(file)\n    print('written', flush=True)\n",
         str(paths[0] / "file")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdout.readline() == "written\n"
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node, secrets=secrets))
    answered = time.monotonic()
    writer.communicate(timeout=30)
    assert writer.returncode != 0
    assert time.monotonic() - answered < 5, "the writer went on for too long"
    assert cluster.users_of(volume) == []
    client.must("NodeUnstageVolume", requests.unstage(volume, paths[0]))
    client.must("DeleteVolume", requests.delete(volume.volume_id))


def test_auto_takes_the_kernel_and_says_so(cluster, requests, tmp_path, paths):
    plugin = Plugin(tmp_path / "auto", cluster["CONFIG_AUTO"], node_id="vm-auto").start()
    client = plugin.client
    volume = client.must("CreateVolume", requests.create(f"vm-auto-{time.monotonic_ns()}")).volume
    client.must("NodeStageVolume", requests.stage(volume, paths[0]))
    assert [mount.kind for mount in mounts(paths[0])] == ["ceph"]
    assert re.search(r"kernel", plugin.log())
    client.must("NodeUnstageVolume", requests.unstage(volume, paths[0]))
    client.must("DeleteVolume", requests.delete(volume.volume_id))
    plugin.end()


@pytest.mark.parametrize("option", ["recover_session=clean", "secret=x", "norequire_active_mds", "nonsense=1", "noshare"])
def test_options_that_harm_or_mean_nothing_are_refused_by_name(client, requests, volume, paths, option):
    volume, context = volume
    reply = client.call("NodeStageVolume", requests.stage(volume, paths[0], context=context, flags=[option]))
    assert reply.code == "INVALID_ARGUMENT" and option.split("=")[0] in reply.message, reply
    assert not is_mounted(paths[0])


def test_options_of_the_storage_class_reach_the_mount(client, requests, volume, paths):
    volume, context = volume
    flags = ["noatime", "rasize=4194304", "read_from_replica=localize", "crush_location=host:vm", "ms_mode=secure"]
    client.must("NodeStageVolume", requests.stage(volume, paths[0], context=context, flags=flags))
    [mount] = mounts(paths[0])
    assert "noatime" in mount.options
    assert {"rasize=4194304", "read_from_replica=localize", "ms_mode=secure"} <= set(mount.super_options)
    client.must("NodeUnstageVolume", requests.unstage(volume, paths[0]))
