"""The mount table and the processes of this machine."""

import os
import pathlib
import re
import subprocess
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


def processes():
    """(pid, argument list) of every process that can be read."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                words = pathlib.Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            yield int(entry), [word.decode("utf-8", "replace") for word in words[:-1]]


def fuse_clients(below):
    """Pids of the ceph-fuse processes that mount something below a path."""
    return [
        pid
        for pid, words in processes()
        if words and os.path.basename(words[0]) == "ceph-fuse" and any(str(below) in word for word in words)
    ]
