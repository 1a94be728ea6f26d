"""A ceph-fuse that is killed: its session ends when its mount is replaced, and nobody waits for its capabilities."""

import os
import signal
import time

from harness.mounts import fuse_clients


def test_a_volume_is_staged_again_and_its_files_are_free_at_once(client, plugin, requests, name, node_paths, admin):
    volume = client.must("CreateVolume", requests.create(name)).volume
    path = volume.volume_context["path"]
    client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
    held = open(node_paths.staging / "file", "w")
    held.write("unflushed")
    held.flush()
    [pid] = node_paths.clients()
    os.kill(pid, signal.SIGKILL)
    start = time.monotonic()
    client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
    (node_paths.staging / "file").write_text("from the new one")
    assert admin.read(f"{path}/file") == "from the new one"
    assert time.monotonic() - start < 10, "the killed process's session held others up"
    assert "the session that a killed ceph-fuse" in plugin.log()
    try:
        held.close()
    except OSError:
        pass
    client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
    assert not list((plugin.state / "sessions").iterdir()), "a session that ended well has its name still"
    start = time.monotonic()
    client.must("DeleteVolume", requests.delete(volume.volume_id))
    assert time.monotonic() - start < 10


def test_a_restarted_plugin_knows_the_session_of_a_client_that_died_meanwhile(plugins, requests, name, node_paths, cluster):
    old = plugins().start()
    volume = old.client.must("CreateVolume", requests.create(name)).volume
    old.client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
    held = open(node_paths.staging / "file", "w")
    held.write("unflushed")
    held.flush()
    old.stop()
    [pid] = [pid for pid, at in fuse_clients(cluster["MONITORS"]).items() if str(old.directory) in at]
    os.kill(pid, signal.SIGKILL)
    new = plugins(directory=old.directory).start()
    start = time.monotonic()
    new.client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
    (node_paths.staging / "file").write_text("from the new one")
    assert time.monotonic() - start < 10
    try:
        held.close()
    except OSError:
        pass
    new.client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
    new.client.must("DeleteVolume", requests.delete(volume.volume_id))
