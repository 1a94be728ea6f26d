"""The daemons' processes: which are this cluster's, how they start, and how they end."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from . import fail
from .options import EVERY_DAEMON

AS_ROOT = os.geteuid() == 0
# Daemons of a cluster that root starts run as Ceph's own user.
AS_CEPH = ["--setuser", "ceph", "--setgroup", "ceph"] if AS_ROOT else []
IDS = {"mon": "a", "mds": "a", "mgr": "x", "osd": "0"}


def kind_of(daemon):
    """mon, mgr, osd or mds: the first MDS is called `mds`, the second `mds.b`."""
    return daemon.partition(".")[0]


def id_of(daemon):
    """The daemon's id, as Ceph has it."""
    return IDS.get(daemon) or daemon.partition(".")[2]


def command_line(pid):
    """The words of a process's command line; none for a zombie, or for one that is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return []


def state_letter(path):
    """The state in a `stat` file of /proc, as in `12 (ceph-osd) S …`; nothing when it is gone."""
    try:
        return pathlib.Path(path).read_text().rpartition(") ")[2][:1]
    except OSError:
        return ""


def lives(pid):
    """Whether a process still runs. The first thread may be gone while others still hold the file locks."""
    try:
        if len(os.listdir(f"/proc/{pid}/task")) > 1:
            return True
    except OSError:
        return False
    return state_letter(f"/proc/{pid}/stat") not in ("", "Z", "X")


def wait_until(condition, tries, pause):
    for _ in range(tries):
        if condition():
            return True
        time.sleep(pause)
    return False


def end(pids):
    """Ends processes, frozen ones too; by force when they take longer than 3 s."""
    for number, tries, pause in ((signal.SIGTERM, 100, 0.03), (signal.SIGKILL, 100, 0.05)):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
                os.kill(pid, signal.SIGCONT)
        if wait_until(lambda: not any(lives(pid) for pid in pids), tries, pause):
            return
    fail(f"processes {' '.join(map(str, pids))} survive SIGKILL")


class Daemons:
    """The daemons of one cluster. The path of its configuration, in their arguments, names them uniquely."""

    def __init__(self, settings):
        self.settings = settings
        self.names = settings.daemons

    def is_ours(self, pid, daemon):
        words = command_line(pid)
        wanted = [b"-c", os.fsencode(self.settings.conf), b"-i", id_of(daemon).encode()]
        return len(words) >= 5 and words[0].endswith(f"/ceph-{kind_of(daemon)}".encode()) and words[1:5] == wanted

    def recorded(self, daemon):
        """The pid that was written down when it started, whatever has become of it."""
        try:
            text = (self.settings.dir / "pids" / daemon).read_text().strip()
        except OSError:
            return None
        return int(text) if re.fullmatch("[1-9][0-9]*", text) else None

    def pid(self, daemon):
        """The pid of a daemon that is there, else None. A zombie has an empty command line, so it counts as gone."""
        pid = self.recorded(daemon)
        return pid if pid is not None and self.is_ours(pid, daemon) else None

    def state(self, daemon):
        """absent, frozen or running."""
        pid = self.pid(daemon)
        letter = state_letter(f"/proc/{pid}/stat") if pid else ""
        return "absent" if letter in ("", "Z", "X") else "frozen" if letter in "Tt" else "running"

    def all_running(self):
        return all(self.state(daemon) == "running" for daemon in self.names)

    def sweep(self):
        """Pids of this cluster's daemons, recorded or not: an interrupted `up` may not have come to record one."""
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        return [pid for pid in pids if any(self.is_ours(pid, daemon) for daemon in EVERY_DAEMON)]

    def start(self, daemon):
        # One that was killed just now holds its file locks until its memory is torn down.
        old = self.recorded(daemon)
        if old is not None:
            wait_until(lambda: not lives(old) or command_line(old), 250, 0.02)
        output = self.settings.dir / "log" / f"{daemon}.out"
        words = [f"/usr/bin/ceph-{kind_of(daemon)}", "-c", self.settings.conf, "-i", id_of(daemon), "-f", *AS_CEPH]
        with output.open("ab") as log:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        (self.settings.dir / "pids" / daemon).write_text(f"{process.pid}\n")
        # Not before it can be told from this program, which it was made from.
        wait_until(lambda: self.is_ours(process.pid, daemon) or process.poll() is not None, 200, 0.01)
        if process.poll() is None and self.is_ours(process.pid, daemon):
            return
        print(*output.read_text(errors="replace").splitlines()[-5:], sep="\n", file=sys.stderr)
        fail(f"ceph-{daemon} ended at once; see {self.settings.dir / 'log'}")

    def stop(self, daemon):
        pid = self.pid(daemon)
        if pid:
            end([pid])

    def freeze(self, daemon):
        pid = self._required(daemon)
        os.kill(pid, signal.SIGSTOP)
        # The signal stops one thread, which stops the others when it gets to run: until then these answer.
        tasks = pathlib.Path(f"/proc/{pid}/task")
        while any(state_letter(task / "stat") not in ("T", "") for task in tasks.iterdir()):
            time.sleep(0.01)

    def thaw(self, daemon):
        os.kill(self._required(daemon), signal.SIGCONT)

    def _required(self, daemon):
        pid = self.pid(daemon)
        if pid is None:
            fail(f"ceph-{daemon} is not running")
        return pid
