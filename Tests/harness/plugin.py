"""The plugin as a process: its command line, socket, log and end."""

import os
import pathlib
import re
import shlex
import signal
import subprocess
import time

from .client import Client
from .stubs import REPOSITORY


def binary():
    """CEPHFS_CSI_BINARY, else the release build, else the debug build."""
    named = os.environ.get("CEPHFS_CSI_BINARY")
    choices = [named] if named else [str(REPOSITORY / ".build" / kind / "cephfs-csi") for kind in ("release", "debug")]
    for choice in choices:
        if os.access(choice, os.X_OK):
            return choice
    raise RuntimeError(f"no plugin at {' or '.join(choices)}: run `make build`, or set CEPHFS_CSI_BINARY")


def wrapper():
    """Words to put before the plugin's command line, such as `valgrind --error-exitcode=99` (CEPHFS_CSI_WRAPPER)."""
    return shlex.split(os.environ.get("CEPHFS_CSI_WRAPPER", ""))


def run_cli(*words, timeout=20, environment=None):
    """Runs a command of the plugin that ends by itself."""
    return subprocess.run(
        [binary(), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
    )


class Plugin:
    """One plugin in a directory of its own: `csi.sock`, `state/` and `log` are in it.

    `stderr` is a file to use in place of `log`, or "closed"; `environment`: variables beside this process's own.
    """

    def __init__(
        self, directory, config, role="all", node_id="e2e-node", options=(), stderr=None, environment=None
    ):  # fmt: skip
        self.environment = environment or {}
        self.directory = pathlib.Path(directory)
        self.config = config
        self.role = role
        self.node_id = node_id
        self.options = list(options)
        self.stderr = stderr
        self.socket = self.directory / "csi.sock"
        self.state = self.directory / "state"
        self.log_path = self.directory / "log"
        self.process = None
        self._client = None

    def command(self):
        return [
            *wrapper(), binary(), "serve", "--role", self.role, "--endpoint", f"unix://{self.socket}",
            "--node-id", self.node_id, "--config", str(self.config), "--log-level", "debug",
            "--replica-id", f"e2e-{self.directory.name}", "--state-dir", str(self.state),
            "--run-dir", str(self.directory / "run"), *self.options,
        ]  # fmt: skip

    def launch(self):
        """Starts the process without waiting for its socket."""
        assert not self.running, "it runs already"
        self.directory.mkdir(parents=True, exist_ok=True)
        command = self.command()
        if self.stderr == "closed":
            command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command]
        with open(self.log_path, "ab") as log:
            stderr = log if self.stderr in (None, "closed") else self.stderr
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=stderr, start_new_session=True,
                env={**os.environ, **self.environment},
            )  # fmt: skip

    def start(self, patience=20.0):
        self.launch()
        self.wait_until_answering(patience)
        return self

    def wait_until_answering(self, patience=20.0):
        deadline = time.monotonic() + patience
        while True:
            if self.process.poll() is not None:
                raise AssertionError(f"the plugin ended with {self.process.returncode}:\n{self.log_tail()}")
            if self.socket.exists():
                reply = self.client.call("GetPluginInfo", timeout=2)
                if reply.ok:
                    return
            if time.monotonic() > deadline:
                raise AssertionError(f"the plugin does not answer after {patience} s:\n{self.log_tail()}")
            time.sleep(0.005)

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    @property
    def client(self):
        if self._client is None:
            self._client = Client(self.socket)
        return self._client

    def kill(self):
        """kill -9, and wait until it is gone."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, patience=40.0):
        """SIGTERM; the exit code."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                tail = self.log_tail()
                self.kill()
                raise AssertionError(f"the plugin outlives SIGTERM by {patience} s:\n{tail}") from None
        return self.process.returncode if self.process else None

    def end(self):
        """For teardown: stop or kill, close the channel, complain about nothing.

        A killed plugin's session stalls others for a minute, so it gets the time that a clean end may take.
        """
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(35)
            except subprocess.TimeoutExpired:
                self.kill()
        if self._client is not None:
            self._client.close()
            self._client = None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines=30):
        return "\n".join(self.log().splitlines()[-lines:])

    def ended_calls(self):
        """(method, code, seconds) of each call that the log reports as ended, in that order."""
        pattern = re.compile(r"code=(\w+) duration_ms=([\d.]+) method=/csi\.v1\.\w+/(\w+)")
        return [(found[3], found[1], float(found[2]) / 1000) for found in pattern.finditer(self.log())]

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))
