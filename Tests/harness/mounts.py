"""The mount table and the processes of this machine."""

import os
import pathlib
import re
import subprocess
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Mount:
    """One line of /proc/self/mountinfo."""

    target: str
    root: str
    options: tuple
    kind: str
    source: str
    super_options: tuple

    @property
    def read_only(self):
        return "ro" in self.options or "ro" in self.super_options


def _unescape(text):
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def mounts(below="/"):
    """Every mount at or below a path, in the order in which they were made."""
    found = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        fields, tail = left.split(" "), right.split(" ")
        target = _unescape(fields[4])
        if (target + "/").startswith(str(below).rstrip("/") + "/"):
            options = tuple(fields[5].split(","))
            found.append(Mount(target, _unescape(fields[3]), options, tail[0], tail[1], tuple(tail[2].split(","))))
    return found


def is_mounted(path):
    return any(mount.target == str(path) for mount in mounts(path))


def unmount_all(below):
    """Lazily unmounts whatever a failed test left below a path, last mounted first."""
    for mount in reversed(mounts(below)):
        subprocess.run(["umount", "-l", mount.target], stdin=subprocess.DEVNULL, capture_output=True)


def unmount(target, patience=10):
    """Unmounts it; waits for whoever looks through every file below /tmp, as a test of another run on this machine does."""
    deadline = time.monotonic() + patience
    while True:
        done = subprocess.run(["umount", str(target)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode == 0:
            return
        assert "busy" in done.stderr and time.monotonic() < deadline, done.stderr
        time.sleep(0.1)


def processes():
    """(pid, argument list) of every process that can be read."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                words = pathlib.Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            yield int(entry), [word.decode("utf-8", "replace") for word in words[:-1]]


def fuse_clients(monitor):
    """pid -> mount point of the ceph-fuse processes that talk to a monitor (`127.0.0.1:6789`)."""
    return {
        pid: next((word for word in words[1:] if word.startswith("/")), "")
        for pid, words in processes()
        if words and os.path.basename(words[0]) == "ceph-fuse" and any(monitor in word for word in words)
    }


def children(pid):
    """The processes that a process has started and that live."""
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += map(int, pathlib.Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    except OSError:
        pass  # It has just ended, or a thread of its has.
    return found


def program(pid):
    """The file that a process runs; None when it has ended."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def opens(pid, path):
    """Whether a process has a file open; false when it has ended."""
    try:
        return any(os.readlink(f"/proc/{pid}/fd/{number}") == path for number in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def helpers(point):
    """The processes by which a ceph-fuse remounts its mount point: a shell, and mount(8)."""
    return [pid for pid, words in processes() if "remount" in " ".join(words) and str(point) in " ".join(words)]


def end_fuse_clients(clients):
    """Ends what a failed test left: unmounted, a client says goodbye to Ceph; killed, it would stall the next tests."""
    for point in clients.values():
        subprocess.run(["umount", "-l", point], stdin=subprocess.DEVNULL, capture_output=True)
    deadline = time.monotonic() + 10
    while (left := [pid for pid in clients if os.path.exists(f"/proc/{pid}/exe")]) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        os.kill(pid, 9)
