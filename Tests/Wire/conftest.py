"""Starts grpc-echo for each test, and sees to it that it lived through the test and leaves in good order.

GRPC_ECHO names the executable (default: the debug build's), GRPC_ECHO_WRAPPER a command to run it under
(scripts/valgrind), GRPC_ECHO_PATIENCE multiplies every time limit.
"""

import os
import shlex
import signal
import subprocess
import threading
import time
from pathlib import Path

import grpc
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = os.environ.get("GRPC_ECHO", str(ROOT / ".build/debug/grpc-echo"))
WRAPPER = shlex.split(os.environ.get("GRPC_ECHO_WRAPPER", ""))
PATIENCE = float(os.environ.get("GRPC_ECHO_PATIENCE", "1"))


def pytest_configure(config):
    config.addinivalue_line("markers", "native: measures the process itself, or its start; means nothing under valgrind")


def status_of(call):
    """(code, details) of the status that `call` ends with, OK included."""
    try:
        call()
        return grpc.StatusCode.OK, ""
    except grpc.RpcError as error:
        return error.code(), error.details()


def eventually(check, seconds=5):
    """Waits until `check` is true."""
    end = time.monotonic() + seconds * PATIENCE
    while not check():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


class Server:
    """A running grpc-echo."""

    def __init__(self, path, *arguments, wait=True, wrapped=True, **popen):
        assert os.access(EXECUTABLE, os.X_OK), f"{EXECUTABLE} is missing: swift build --product grpc-echo"
        self.path = str(path)
        self.lines = []
        self._changed = threading.Condition()
        command = (WRAPPER if wrapped else []) + [EXECUTABLE, f"unix://{self.path}", *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **popen
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._channels = []
        if wait:
            self.wait_for("serving", 10)

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, text, seconds=2.0, count=1):
        """Waits until `count` lines begin with `text`."""
        end = time.monotonic() + seconds * PATIENCE
        with self._changed:
            while sum(line.startswith(text) for line in self.lines) < count:
                left = end - time.monotonic()
                assert left > 0, f"no line {text!r} (x{count}) in {seconds} s, but {self.lines[-20:]}"
                self._changed.wait(min(left, 0.05))

    def channel(self, **options):
        """A channel with a connection of its own."""
        options.setdefault("grpc.use_local_subchannel_pool", 1)
        options.setdefault("grpc.initial_reconnect_backoff_ms", 100)
        channel = grpc.insecure_channel(f"unix://{self.path}", options=list(options.items()))
        self._channels.append(channel)
        return channel

    def call(self, method, request=b"", timeout=5, channel=None):
        channel = channel or self.channel()
        if timeout is not None:
            timeout *= PATIENCE
        return channel.unary_unary(f"/echo.Echo/{method}")(request, timeout=timeout)

    def assert_alive(self):
        channel = self.channel()
        assert self.call("Echo", b"still there", 10, channel) == b"still there"
        channel.close()

    def resources(self):
        """(resident kB, threads, open files) of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in status)
        files = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        return int(fields["VmRSS"].split()[0]), int(fields["Threads"]), files

    def close_channels(self):
        for channel in self._channels:
            channel.close()
        self._channels.clear()

    def stop(self, number=signal.SIGTERM, seconds=10):
        """Sends the signal and returns the exit code."""
        self.process.send_signal(number)
        return self.wait(seconds)

    def wait(self, seconds=10):
        try:
            code = self.process.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not leave within {seconds} s: {self.lines[-20:]}") from None
        self._reader.join()
        return code

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def finish(server):
    """A server that runs still has to be alive and to leave with 0."""
    server.close_channels()
    if server.process.poll() is None:
        server.assert_alive()
        server.close_channels()
        assert server.stop() == 0, server.lines[-20:]


@pytest.fixture
def start(tmp_path):
    """Starts servers, and finishes them."""
    servers = []

    def start(*arguments, path=None, **options):
        servers.append(Server(path or tmp_path / "echo.sock", *arguments, **options))
        return servers[-1]

    yield start
    try:
        for server in servers:
            finish(server)
    finally:
        for server in servers:
            server.kill()


@pytest.fixture
def server(start):
    """A server of the test's own."""
    return start()


@pytest.fixture(scope="module")
def module_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("shared") / "echo.sock")
    try:
        yield server
        finish(server)
    finally:
        server.kill()


@pytest.fixture
def shared(module_server):
    """A server for all tests of a module: it has to live on after each."""
    module_server.lines.clear()
    yield module_server
    module_server.close_channels()
    module_server.assert_alive()
    module_server.close_channels()
