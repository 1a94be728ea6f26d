"""Looks for secrets everywhere that others might read: process tables, environments, files, mount tables."""

import os
import pathlib
import stat

from .background import Background

# Files beyond this are no place where a key could be hidden by accident (the OSD's sparse block file).
LARGEST = 16 << 20


class ProcessWatch(Background):
    """Reads every process's arguments and environment over and over, because a mount helper lives for milliseconds."""

    def __init__(self, secrets):
        super().__init__()
        self.secrets = [secret.encode() for secret in secrets]
        self.found = set()
        self.rounds = 0

    def work(self):
        while not self.stopping.wait(0.002):
            self.rounds += 1
            for pid in filter(str.isdigit, os.listdir("/proc")):
                for kind in ("cmdline", "environ"):
                    try:
                        text = pathlib.Path("/proc", pid, kind).read_bytes()
                    except OSError:
                        continue
                    if any(secret in text for secret in self.secrets):
                        self.found.add((kind, text.split(b"\0")[0].decode("utf-8", "replace")))


def readable_by_others(path):
    """Whether group or others may read the file and reach it through its directories."""
    mode = os.lstat(path).st_mode
    if not stat.S_ISREG(mode) or not mode & 0o044:
        return False
    return all(os.stat(parent).st_mode & 0o011 for parent in pathlib.Path(path).parents)


def files_below(folders):
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                yield os.path.join(parent, name)


def files_with(secrets, folders, only_readable_by_others=True, since=0.0):
    """The files below the folders, changed since that moment, that hold one of the secrets."""
    wanted = [secret.encode() for secret in secrets]
    found = []
    for path in files_below(folders):
        try:
            state = os.lstat(path)
            if not stat.S_ISREG(state.st_mode) or state.st_size > LARGEST or state.st_mtime < since:
                continue
            if only_readable_by_others and not readable_by_others(path):
                continue
            text = pathlib.Path(path).read_bytes()
        except OSError:
            continue
        if any(secret in text for secret in wanted):
            found.append(path)
    return found
