"""Clients that are killed: a ceph-fuse's session ends when its mount is replaced, and a plugin that waits for a dead
client ends without leaving others to wait for itself."""

import os
import signal
import subprocess
import sys
import time

from harness.mounts import children, fuse_clients, helpers, opens, program


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
    assert "the session of a killed ceph-fuse" in plugin.log()
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


def killed_as_it_remounts(plugin, requests, volume, paths):
    """Has a ceph-fuse killed while its helper, mount(8), holds /dev/fuse. The kernel then waits for an answer for ever.

    Whether the helper had inherited /dev/fuse, None where it was faster, and whether it was left waiting.
    """
    known = set(children(plugin.pid))
    call = plugin.client.channel.unary_unary("/csi.v1.Node/NodeStageVolume").future(
        requests.stage(volume, paths.staging).SerializeToString(), timeout=30
    )
    end = time.monotonic() + 5
    process = None
    while time.monotonic() < end and not call.done():
        process = process or next(iter(set(children(plugin.pid)) - known), None)
        if process and (found := children(process)):
            # Until it runs another program it has everything open.
            while (own := program(process)) and program(found[0]) == own:
                pass
            inherits = opens(found[0], "/dev/fuse")
            os.kill(process, signal.SIGKILL)
            time.sleep(0.5)
            return inherits, bool(helpers(plugin.directory / "run"))
    return None, False


def test_a_client_that_is_killed_as_it_remounts_holds_up_nobody(plugin, client, requests, name, node_paths, admin):
    volume = client.must("CreateVolume", requests.create(name)).volume
    run = plugin.directory / "run"
    seen, met = [], 0
    for _ in range(40):
        inherits, is_left = killed_as_it_remounts(plugin, requests, volume, node_paths)
        seen += [] if inherits is None else [inherits]
        met += is_left
        start = time.monotonic()
        reply = client.call_until_settled("NodeStageVolume", requests.stage(volume, node_paths.staging), patience=20)
        assert time.monotonic() - start < 10, "the volume's mount waits for a process that is no more"
        # The call that the crash met may say so.
        reply = reply if reply.ok else client.call("NodeStageVolume", requests.stage(volume, node_paths.staging))
        assert reply.ok, reply
        (node_paths.staging / "file").write_text("text")
        assert admin.read(f"{volume.volume_context['path']}/file") == "text"
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        assert not helpers(run)
        # From libfuse 3 on ceph-fuse opens /dev/fuse for itself alone, and its helper ends with an error.
        if met == 2 or len(seen) == 10 and not any(seen):
            break
    assert seen, "no helper was ever met: this shows nothing"
    assert met or not any(seen), "helpers had /dev/fuse open, and none was left waiting: this shows nothing"
    client.must("DeleteVolume", requests.delete(volume.volume_id))


DYING = """
import cephfs, sys, time
mon_host, key, user, filesystem, root = sys.argv[1:]
client = cephfs.LibCephFS(auth_id=user)
for option, value in {"mon_host": mon_host, "key": key, "keyring": "/dev/null"}.items():
    client.conf_set(option, value)
client.mount(mount_root=root.encode(), filesystem_name=filesystem.encode())
client.write(client.open("/file", "w", 0o644), b"unflushed", 0)
print("ready", flush=True)
time.sleep(600)
"""


def test_a_plugin_that_ends_while_ceph_waits_for_a_dead_client_leaves_no_session(plugins, requests, name, cluster):
    plugin = plugins().start()
    volume = plugin.client.must("CreateVolume", requests.create(name)).volume
    words = [cluster["MON_HOST"], cluster.key("NODE"), cluster["NODE_ID"], cluster["FS"], volume.volume_context["path"]]
    dying = subprocess.Popen([sys.executable, "-c", DYING, *words], stdout=subprocess.PIPE)
    assert dying.stdout.readline() == b"ready\n"
    dying.kill()
    dying.wait()
    waiting = plugin.client.call("DeleteVolume", requests.delete(volume.volume_id), timeout=2)
    assert not waiting.ok, "nothing waits for the dead client: this shows nothing"
    start = time.monotonic()
    plugin.stop()
    assert time.monotonic() - start < 12
    mine = f"cephfs-csi:e2e-{plugin.directory.name}:"
    left = [one for one in cluster.sessions() if mine in one["client_metadata"].get("uuid", "")]
    assert not left, "its directories are held until the session expires"
    other = plugins().start()
    # The dead client's own session goes after a minute.
    other.client.must("DeleteVolume", requests.delete(volume.volume_id), timeout=120)
