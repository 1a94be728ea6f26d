"""Supplementary groups: what a pod's fsGroup and supplementalGroups give it, with ceph-fuse."""

import os
import subprocess

import pytest
import yaml

from harness.container import Host, NodeContainer
from harness.kubelet import Kubelet
from harness.mounts import end_fuse_clients, fuse_clients, unmount_all

GROUP = 4321


def as_member(path, *groups):
    """Writes a file as a user of a pod's: in a PID namespace of its own, with these supplementary groups."""
    words = ["setpriv", "--reuid=1000", "--regid=1000", f"--groups={','.join(map(str, groups))}"]
    return subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", *words, "sh", "-c", f"echo text >{path}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture
def published(scratch, cluster, requests, plugins, name):
    """The target of a volume `drwxrws--- 0 4321`, mounted by the plugin in its container."""
    directory = scratch / "kubelet-groups"
    host, before = Host(directory), fuse_clients(cluster["MONITORS"])
    kubelet = Kubelet(directory)
    entry = {"id": "dev", "monitors": [cluster["MONITORS"]], "filesystem": cluster["FS"], "mounter": "fuse"}
    config = scratch / "groups.yaml"
    config.write_text(yaml.safe_dump({"clusters": [entry]}))
    controller = plugins(role="controller").start().client
    owner = {"mode": "2770", "gid": str(GROUP)}
    volume = controller.must("CreateVolume", requests.create(name, parameters=owner)).volume
    node = NodeContainer(kubelet, config).start()
    staging, target = kubelet.device_path(volume), kubelet.target(volume, "pod1")
    node.client.must("NodeStageVolume", requests.stage(volume, staging))
    node.client.must("NodePublishVolume", requests.publish(volume, staging, target))
    # The way to the volume is the test's own, and a pod's container has another.
    for path in (scratch, *[path for path in target.parents if path.is_relative_to(directory)]):
        path.chmod(0o755)
    yield target
    scratch.chmod(0o700)
    node.client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
    node.client.must("NodeUnstageVolume", requests.unstage(volume, staging))
    controller.must("DeleteVolume", requests.delete(volume.volume_id))
    node.end()
    unmount_all(directory)
    host.end()
    end_fuse_clients({pid: at for pid, at in fuse_clients(cluster["MONITORS"]).items() if pid not in before})


def test_a_member_may_write_and_nobody_else(published):
    assert oct(os.stat(published).st_mode & 0o7777) == "0o2770" and os.stat(published).st_gid == GROUP
    done = as_member(published / "member", 7, GROUP)
    assert done.returncode == 0, done.stderr
    found = os.stat(published / "member")
    assert (found.st_uid, found.st_gid) == (1000, GROUP), "the set-group-ID bit gives new files the directory's group"
    done = as_member(published / "stranger", 7)
    assert done.returncode != 0 and "Permission denied" in done.stderr


def test_an_acl_gives_a_group_what_the_mode_does_not(published):
    subprocess.run(["setfacl", "-m", "g:5555:rwx", published], check=True)
    assert as_member(published / "by-acl", 5555).returncode == 0
    assert as_member(published / "stranger", 5556).returncode != 0
