"""The socket's name: who may take it, and in what state it is left."""

import os
import socket
import stat
import threading
import time

import pytest
from conftest import PATIENCE, Server


def listener(path, listen=True):
    """A socket bound to `path`, and listening or not."""
    result = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    result.bind(str(path))
    if listen:
        result.listen(1)
    return result


def failing(start, path):
    server = start(path=path, wait=False)
    assert server.wait() == 1
    return server.lines[-1]


def test_the_directory_is_made_and_the_socket_is_the_owners(start, tmp_path):
    path = tmp_path / "one" / "two" / "echo.sock"
    start(path=path)
    mode = os.stat(path).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE(os.stat(path.parent).st_mode) & 0o027 == 0


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_the_mode_never_exceeds_0600_whatever_the_umask(start, tmp_path, umask):
    server = start(wait=False, preexec_fn=lambda: os.umask(umask))
    server.wait_for("serving", 10)
    assert stat.S_IMODE(os.stat(server.path).st_mode) == 0o600 & ~umask
    assert server.stop() == 0


def test_the_socket_has_its_mode_from_the_first_instant(tmp_path):
    path = tmp_path / "echo.sock"
    seen, done = set(), threading.Event()

    def watch():
        while not done.is_set():
            try:
                seen.add(stat.S_IMODE(os.stat(path).st_mode))
            except FileNotFoundError:
                pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(3 if PATIENCE > 1 else 20):
        server = Server(path, preexec_fn=lambda: os.umask(0))
        assert server.stop() == 0
    done.set()
    watcher.join()
    assert seen == {0o600}


def test_a_served_socket_is_refused_and_stays_served(start):
    first = start()
    line = failing(start, first.path)
    assert "is served by another process" in line and first.path in line
    first.assert_alive()


def test_a_socket_whose_backlog_is_full_counts_as_served(start, tmp_path):
    path = tmp_path / "busy.sock"
    owner = listener(path)
    clients = []
    for _ in range(5):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.setblocking(False)
        try:
            client.connect(str(path))
        except BlockingIOError:
            pass
        clients.append(client)
    assert "is served by another process" in failing(start, path)
    assert path.exists()
    owner.close()


def test_a_datagram_socket_that_lives_is_refused(start, tmp_path):
    path = tmp_path / "datagram.sock"
    owner = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    owner.bind(str(path))
    assert "is served by another process" in failing(start, path)
    owner.close()


def test_a_stale_socket_is_replaced(start, tmp_path):
    path = tmp_path / "stale.sock"
    listener(path).close()
    inode = os.stat(path).st_ino
    server = start(path=path)
    server.assert_alive()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert inode is not None


def test_the_socket_of_a_killed_server_is_replaced(start):
    first = start()
    first.kill()
    assert os.path.exists(first.path)
    start(path=first.path).assert_alive()


@pytest.mark.parametrize("kind", ["file", "directory", "fifo", "symlink", "dangling symlink"])
def test_what_is_not_a_socket_is_left_alone(start, tmp_path, kind):
    path = tmp_path / "taken"
    if kind == "file":
        path.write_text("precious")
    elif kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "symlink":
        (tmp_path / "target").write_text("precious")
        path.symlink_to(tmp_path / "target")
    else:
        path.symlink_to(tmp_path / "nowhere")
    before = os.lstat(path)
    assert "is not a socket" in failing(start, path)
    after = os.lstat(path)
    assert (before.st_ino, before.st_mode, before.st_size) == (after.st_ino, after.st_mode, after.st_size)


def test_a_directory_that_can_not_be_made_is_named(start, tmp_path):
    (tmp_path / "file").write_text("")
    line = failing(start, tmp_path / "file" / "echo.sock")
    assert "Not a directory" in line and str(tmp_path / "file") in line


def test_a_path_that_is_too_long_is_refused_with_its_limit(start, tmp_path):
    line = failing(start, str(tmp_path) + "/" + "x" * 108)
    assert "at most 107 bytes" in line


def test_the_longest_path_works(start, tmp_path):
    path = str(tmp_path) + "/"
    path += "x" * (107 - len(path))
    start(path=path).assert_alive()


def test_the_name_is_gone_after_the_stop(start):
    server = start()
    assert server.stop() == 0
    assert not os.path.exists(server.path)


def test_a_name_that_another_has_taken_is_left_to_it(start):
    server = start()
    os.unlink(server.path)
    other = listener(server.path)
    assert server.stop() == 0
    assert os.path.exists(server.path)
    other.close()


def test_a_server_whose_name_has_vanished_stops_all_the_same(start):
    server = start()
    os.unlink(server.path)
    assert server.stop() == 0


def test_of_servers_that_start_together_exactly_one_serves(tmp_path):
    path = tmp_path / "echo.sock"
    for _ in range(3 if PATIENCE > 1 else 10):
        listener(path).close()
        servers = [Server(path, wait=False) for _ in range(4)]
        deadline = time.monotonic() + 20 * PATIENCE
        while sum(server.process.poll() is None for server in servers) > 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        winners = [server for server in servers if server.process.poll() is None]
        assert len(winners) == 1
        winners[0].wait_for("serving", 10)
        winners[0].assert_alive()
        winners[0].close_channels()
        assert winners[0].stop() == 0
        assert all(server.wait() == 1 for server in servers if server is not winners[0])
