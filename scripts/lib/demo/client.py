#!/usr/bin/python3
"""The orchestrator's part of scripts/demo: calls the plugin over its socket as Kubernetes would, and prints each step."""

import errno
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "Tests"))

from harness.devcluster import DevCluster
from harness.mounts import unmount_all
from harness.plugin import Plugin
from harness.requests import MiB, Requests
from harness.stubs import csi


def step(text, action):
    """Prints what is done and how long it took; the action's result."""
    print(f"{text:<66}", end="", flush=True)
    began = time.monotonic()
    try:
        result = action()
    except BaseException:
        print("failed")
        raise
    print(f"{(time.monotonic() - began) * 1000:9.1f} ms")
    return result


def remark(text):
    print(f"    {text}")


def write(path, text):
    path.write_text(text)
    with open(path) as file:
        os.fsync(file.fileno())


def fill(directory, limit):
    """Writes until the quota says no; the bytes that fitted."""
    written = 0
    try:
        for number in range(limit // MiB * 4):
            with open(directory / f"filler{number}", "wb") as file:
                written += file.write(b"x" * MiB)
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        if error.errno != errno.EDQUOT:
            raise
        return written
    raise AssertionError(f"{written} bytes went into a volume of {limit}")


def usage(client, request):
    for one in client.must("NodeGetVolumeStats", request).usage:
        if one.unit == csi.VolumeUsage.BYTES:
            return one


def tell_life(client, requests, scratch):
    staging, first, second = scratch / "globalmount", scratch / "pod1" / "data", scratch / "pod2" / "data"
    staging.mkdir()
    for target in (first, second):
        target.parent.mkdir()
    size = 64 * MiB
    create = requests.create("pvc-demo", size=size, parameters={"credentials": "volume"})
    volume = step("CreateVolume: a directory of 64 MiB", lambda: client.must("CreateVolume", create)).volume
    remark(f"volume {volume.volume_id}")
    remark(f"on CephFS at {volume.volume_context['path']}")
    again = step("CreateVolume again, as after a lost answer: the same volume", lambda: client.must("CreateVolume", create))
    assert again.volume == volume, "a repeated request made another volume"
    node = client.must("NodeGetInfo").node_id
    context = dict(step("ControllerPublishVolume: a Ceph user for this volume, sealed to this node",
                        lambda: client.must("ControllerPublishVolume", requests.controller_publish(volume, node))
                        ).publish_context)  # fmt: skip
    step("NodeStageVolume: mount it on this node with ceph-fuse, as that user",
         lambda: client.must("NodeStageVolume", requests.stage(volume, staging, context=context)))  # fmt: skip
    step("NodePublishVolume: give it to a first pod",
         lambda: client.must("NodePublishVolume", requests.publish(volume, staging, first)))  # fmt: skip
    step("NodePublishVolume: give it to a second pod, read-only",
         lambda: client.must("NodePublishVolume", requests.publish(volume, staging, second, readonly=True)))  # fmt: skip
    step("The first pod writes a file", lambda: write(first / "letter", "Dear second pod"))
    letter = step("The second pod reads it", lambda: (second / "letter").read_text())
    assert letter == "Dear second pod", letter
    written = step("The first pod writes until the quota stops it", lambda: fill(first, size))
    remark(f"{written // MiB} MiB of {size // MiB} MiB, then EDQUOT")
    found = step("NodeGetVolumeStats: size and use", lambda: usage(client, requests.stats(volume, first, staging)))
    remark(f"{found.used // MiB} MiB used, {found.available // MiB} MiB available, {found.total // MiB} MiB in all")
    step("NodeUnpublishVolume: both pods end",
         lambda: [client.must("NodeUnpublishVolume", requests.unpublish(volume, one)) for one in (first, second)])  # fmt: skip
    step("NodeUnstageVolume: unmount it", lambda: client.must("NodeUnstageVolume", requests.unstage(volume, staging)))
    step("ControllerUnpublishVolume: the node is struck off",
         lambda: client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node)))  # fmt: skip
    step("DeleteVolume: its user goes, then one rename; the data is purged in the background",
         lambda: client.must("DeleteVolume", requests.delete(volume.volume_id)))  # fmt: skip


def tell_restore(client, requests, scratch):
    """A snapshot, and a second volume with what it holds, after the first is gone."""
    parameters = {"credentials": "volume"}
    create = requests.create("pvc-source", size=64 * MiB, parameters=parameters)
    volume = step("CreateVolume: a volume with a letter in it", lambda: client.must("CreateVolume", create)).volume
    with_pod(client, requests, volume, scratch / "source", lambda pod: write(pod / "letter", "Dear successor"))
    snapshot = step("CreateSnapshot: all of it, at this moment",
                    lambda: client.must("CreateSnapshot", requests.snapshot("snapshot-demo", volume))).snapshot  # fmt: skip
    remark(f"snapshot {snapshot.snapshot_id}")
    step("DeleteVolume: the snapshot stays", lambda: client.must("DeleteVolume", requests.delete(volume.volume_id)))
    restore = requests.create("pvc-restored", size=64 * MiB, parameters=parameters, source=snapshot)
    restored = step("CreateVolume from the snapshot: copied in the background", lambda: made(client, restore)).volume
    letter = with_pod(client, requests, restored, scratch / "restored", lambda pod: (pod / "letter").read_text())
    assert letter == "Dear successor", letter
    remark(f"a pod reads the letter in the second volume: {letter!r}")
    step("DeleteSnapshot: with it goes what was kept of the first volume",
         lambda: client.must("DeleteSnapshot", requests.delete_snapshot(snapshot)))  # fmt: skip
    step("DeleteVolume: the second one", lambda: client.must("DeleteVolume", requests.delete(restored.volume_id)))


def made(client, request):
    """Asks again while the copy is under way, as Kubernetes does."""
    while (answer := client.call("CreateVolume", request)).code == "ABORTED":
        remark(answer.message)
    return client.must("CreateVolume", request)


def with_pod(client, requests, volume, base, action):
    """What the action returns for a pod's directory of the volume, which is mounted for it."""
    staging, target = base / "globalmount", base / "pod" / "data"
    staging.mkdir(parents=True)
    target.parent.mkdir()
    node = client.must("NodeGetInfo").node_id
    context = dict(client.must("ControllerPublishVolume", requests.controller_publish(volume, node)).publish_context)
    client.must("NodeStageVolume", requests.stage(volume, staging, context=context))
    client.must("NodePublishVolume", requests.publish(volume, staging, target))
    result = action(target)
    client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
    client.must("NodeUnstageVolume", requests.unstage(volume, staging))
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))
    return result


def main():
    cluster = DevCluster.running()
    if cluster is None:
        sys.exit('demo-client: no cluster: run scripts/demo, or eval "$(scripts/dev-cluster env)" first')
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="csi-demo-"))
    plugin = Plugin(scratch / "plugin", cluster["CONFIG"], node_id="demo-node")
    try:
        step("Start the plugin (controller and node in one process)", plugin.start)
        tell_life(plugin.client, Requests(cluster), scratch)
        tell_restore(plugin.client, Requests(cluster), scratch)
        code = step("Stop the plugin", plugin.stop)
        assert code == 0, f"the plugin ended with {code}"
    except Exception as error:  # noqa: BLE001  (whatever it is, the plugin's log says more)
        print(f"demo: {type(error).__name__}: {error}\n--- the plugin's last words\n{plugin.log_tail(15)}", file=sys.stderr)
        sys.exit(1)
    finally:
        plugin.end()
        unmount_all(scratch)
        shutil.rmtree(scratch, ignore_errors=True)


main()
