"""How a cluster comes to be: its directory, its lock, its ports, and its first start."""

import contextlib
import fcntl
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time
import uuid

from . import fail, files, keyrings
from .daemons import AS_CEPH, AS_ROOT, Daemons, end, kind_of

MARKER = ".cephfs-csi-dev-cluster"
PYTHON = "/usr/bin/python3"
STEPS = pathlib.Path(__file__).with_name("steps.py")


def used_ports():
    """The TCP ports that are in use on this machine, in any state."""
    lines = []
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            lines += pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    return {int(line.split()[1].rpartition(":")[2], 16) for line in lines}


class Maker:
    def __init__(self, settings):
        self.settings = settings
        self.dir, self.facts = settings.dir, settings.facts
        self.daemons = Daemons(settings)

    # --- the directory ---

    def make_directory(self):
        parent = self.dir.parent
        if not parent.is_dir():
            parent.mkdir(parents=True)
            parent.chmod(0o711)
        status = parent.stat()
        if status.st_uid != os.geteuid() and not status.st_mode & 0o1000:
            fail(f"{parent} belongs to another user; choose a directory with --dir")
        try:
            self.dir.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            fail(f"can't make {self.dir}: {error.strerror}")

    def lock(self):
        """Takes the cluster's lock, which is on the directory itself, until this program ends; False without one."""
        deadline = time.monotonic() + 2 * self.settings.patience
        while True:
            try:
                descriptor = os.open(self.dir, os.O_RDONLY | os.O_DIRECTORY)
            except OSError:
                return False
            while not self._try_lock(descriptor):
                if time.monotonic() > deadline:
                    fail(f"another dev-cluster command is at work on {self.dir}")
                time.sleep(0.05)
            # `down` may have removed the directory while this waited for it.
            with contextlib.suppress(OSError):
                if os.path.samestat(os.stat(self.dir), os.fstat(descriptor)):
                    return True
            os.close(descriptor)

    @staticmethod
    def _try_lock(descriptor):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wipe(self):
        """Ends the daemons and empties the directory; refuses one that this program did not make."""
        if not (self.dir / MARKER).exists():
            if any(self.dir.iterdir()):
                fail(f"{self.dir} is not a dev cluster's directory and not empty; it stays as it is")
            return
        end(self.daemons.sweep())
        for path in self.dir.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != MARKER:
                path.unlink()

    def own_by_ceph(self):
        if AS_ROOT:
            subprocess.run(["chown", "-R", "ceph:ceph", "--", self.dir], check=True)

    # --- making a cluster ---

    def choose_ports(self):
        used, wanted = used_ports(), self.settings.port_base
        if wanted is not None:
            if used.intersection(range(wanted, wanted + files.PORTS)):
                fail(f"a port of {wanted}-{wanted + files.PORTS - 1} is in use; give another --port-base")
            return wanted
        for _ in range(200):
            # Below 32768 the kernel gives no port away to outgoing connections.
            first = 11000 + files.PORTS * random.SystemRandom().randrange(850)
            if not used.intersection(range(first, first + files.PORTS)):
                return first
        fail(f"no {files.PORTS} free ports in a row between 11000 and 32000; give --port-base")

    def make(self):
        settings = self.settings
        metadata_servers = "abcd"[: settings.mds]
        (self.dir / MARKER).touch()
        first_port = self.choose_ports()
        monitors = files.Monitors(settings, first_port)
        data = [f"mon.{name}" for name in monitors.names] + [f"mds.{name}" for name in metadata_servers]
        for name in ("run", "log", "keys", "pids", "mgr", "osd", "modules", *data):
            (self.dir / name).mkdir()
        fsid, osd_uuid = uuid.uuid4(), uuid.uuid4()
        settings.conf.write_text(files.ceph_conf(settings, fsid, monitors, first_port))
        keyrings.write(settings, metadata_servers)
        files.write_for_plugin(settings, fsid, monitors)
        files.link_manager_modules(settings, settings.modules)
        self.facts.write(
            fsid=fsid, mon_host=monitors.mon_host, monitors=monitors.kernel, data_pool=f"{settings.fs}_data",
            fs=settings.fs, port_base=first_port, ceph=settings.ceph, keys=settings.keys, mons=settings.mons,
            mds=settings.mds, ranks=settings.ranks, standby_replay=int(settings.standby_replay), modules=settings.modules,
        )  # fmt: skip
        self._make_monitor_map(fsid, monitors)
        self.own_by_ceph()
        self._bring_to_life(monitors, osd_uuid)
        (self.dir / "ready").touch()

    def _make_monitor_map(self, fsid, monitors):
        words = ["monmaptool", "--create", "--fsid", str(fsid)]
        if self.settings.ceph >= 20 and self.settings.keys != "aes256k":
            new = "aes" if self.settings.keys == "aes" else "aes256k"
            words += ["--auth-allowed-ciphers", "aes,aes256k", "--auth-preferred-cipher", new, "--auth-service-cipher", new]
        for name, vector in zip(monitors.names, monitors.vectors):
            words += ["--addv", name, vector]
        self._log_into("mkfs", [*words, self.dir / "monmap"])

    def _log_into(self, name, words):
        with (self.dir / "log" / f"{name}.out").open("ab") as log:
            subprocess.run(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)

    def _bring_to_life(self, monitors, osd_uuid):
        settings = self.settings
        conf = ["-c", settings.conf]
        monitor_map = ["--monmap", self.dir / "monmap"]
        with (self.dir / "log" / "osd.out").open("ab") as log:
            words = ["ceph-osd", *conf, "-i", "0", "--mkfs", "--no-mon-config", "--osd-uuid", str(osd_uuid), *monitor_map]
            making_osd = subprocess.Popen([*words, *AS_CEPH], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for name in monitors.names:
            keyring = ["--keyring", self.dir / "initial.keyring"]
            self._log_into("mkfs", ["ceph-mon", *conf, "-i", name, "--mkfs", *monitor_map, *keyring, *AS_CEPH])
        (self.dir / "initial.keyring").unlink()
        self._start_all("mon", "mgr")
        self.ask("create", "--osd-uuid", str(osd_uuid), "--standby-replay", str(int(settings.standby_replay)))
        self._start_all("mds")
        if making_osd.wait() != 0:
            fail(f"ceph-osd --mkfs failed; see {self.dir}/log/osd.out")
        self._start_all("osd")
        self.ask("wait", "--mkdir", "/volumes", "--mkdir", "/tenants/blue")

    def _start_all(self, *kinds):
        for kind in kinds:
            for daemon in self.daemons.names:
                if kind_of(daemon) == kind:
                    self.daemons.start(daemon)

    def ask(self, step, *words, patience=None, quiet=False):
        """Runs a step of steps.py, which gives up as soon as a daemon that should be there is gone."""
        if not self.asked(step, *words, patience=patience, quiet=quiet):
            sys.exit(1)

    def asked(self, step, *words, patience=None, quiet=False):
        command = [PYTHON, STEPS, step, "--conf", self.settings.conf, "--fs", self.settings.fs]
        command += ["--patience", str(patience or self.settings.patience), "--ranks", str(self.settings.ranks)]
        for daemon in self.daemons.names:
            pid = self.daemons.pid(daemon)
            if pid:
                command += ["--alive", f"{daemon}:{pid}"]
        error = subprocess.DEVNULL if quiet else None
        return subprocess.run([*command, *words], stdin=subprocess.DEVNULL, stderr=error, check=False).returncode == 0
