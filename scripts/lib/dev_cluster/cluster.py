"""The verbs: what scripts/dev-cluster does with a cluster."""

import os
import shlex
import shutil
import subprocess
import sys
import time

from . import SCRIPTS, fail, files, keyrings, say
from .daemons import end, kind_of
from .making import MARKER, Maker
from .options import OWN_RELEASE

CODE_NAMES = {16: "pacific", 18: "reef", 20: "tentacle"}
PROGRAMS = ("ceph-mon", "ceph-mgr", "ceph-osd", "ceph-mds", "ceph-authtool", "monmaptool")


class Cluster(Maker):
    def up(self):
        began = time.monotonic()
        for program in PROGRAMS:
            if shutil.which(program) is None:
                fail(f"{program} is missing; run scripts/bootstrap")
        self.make_directory()
        if not self.lock():
            self.make_directory()
            if not self.lock():
                fail(f"can't lock {self.dir}")
        word = "started"
        if (self.dir / "ready").exists():
            self.settings.fs = self.facts["fs"]
            word = "already running" if self._healthy() else self._repair()
        else:
            self.wipe()
            try:
                self.make()
            except BaseException as error:
                self._clean_up_failed(error)
                raise
        seconds = time.monotonic() - began
        say(f"{word} in {seconds:.1f} s: {self.dir}, monitors {self.facts['monitors']}, file system {self.facts['fs']}")

    def _healthy(self):
        return self.daemons.all_running() and self.asked("wait", patience=5, quiet=True)

    def _repair(self):
        for daemon in self.daemons.names:
            state = self.daemons.state(daemon)
            if state == "frozen":
                self.daemons.thaw(daemon)
            elif state == "absent":
                self.daemons.start(daemon)
        if not self.asked("wait"):
            fail(f"the cluster in {self.dir} does not get healthy; run: scripts/dev-cluster down --dir {self.dir}, and up again")
        return "repaired"

    def _clean_up_failed(self, error):
        """Ends what a failed or interrupted `up` has started. Its logs stay, when there are any."""
        end(self.daemons.sweep())
        interrupted = isinstance(error, SystemExit) and isinstance(error.code, int) and error.code >= 128
        shown = [] if interrupted else [path for path in sorted(self.dir.glob("log/*")) if path.stat().st_size > 0]
        for path in shown:
            tail = path.read_text(errors="replace").splitlines()[-5:]
            print(f"--- {path}", *tail, sep="\n", file=sys.stderr)
        if shown:
            say(f"up failed; the logs stay in {self.dir / 'log'} until the next up or down")
        else:
            shutil.rmtree(self.dir)

    def down(self):
        if not self.lock():
            say(f"nothing in {self.dir}")
            return
        self.wipe()
        (self.dir / MARKER).unlink(missing_ok=True)
        self.dir.rmdir()
        say(f"stopped and removed {self.dir}")

    def require(self):
        if not (self.dir / "ready").exists():
            fail(f"no cluster in {self.dir}; start one with: scripts/dev-cluster up", code=3)
        self.settings.fs = self.facts["fs"]

    def require_locked(self):
        self.require()
        if not self.lock():
            self.require()

    def status(self):
        self.require()
        states = {daemon: self.daemons.state(daemon) for daemon in self.daemons.names}
        for daemon, state in states.items():
            print(f"{daemon:<4} {state:<8} {self.daemons.pid(daemon) or ''}", flush=True)
        # A daemon that is gone or frozen would only make the question hang.
        if any(state != "running" for state in states.values()) or not self.asked("status"):
            sys.exit(1)

    def env(self):
        self.require()
        values = {
            "NAME": self.settings.name, "CEPH": self.settings.ceph, "KEYS": self.settings.keys, "DIR": self.dir,
            "CONF": self.settings.conf, "FSID": self.facts["fsid"], "FS": self.facts["fs"], "ROOT": "/volumes",
            "GROUP": "csi", "DATA_POOL": self.facts["data_pool"], "MONITORS": self.facts["monitors"],
            "MON_HOST": self.facts["mon_host"], "CONFIG": self.dir / "plugin.yaml",
            "CONFIG_KERNEL": self.dir / "plugin-kernel.yaml", "CONFIG_AUTO": self.dir / "plugin-auto.yaml",
            "USER_PREFIX": "csi-volume", "FENCER_ID": "csi-fencer", "FENCER_KEY_FILE": self.dir / "keys/fencer.key",
        }  # fmt: skip
        for files_of, (provisioner, node, root, group, prefix, _) in keyrings.ROOTS.items():
            begin = "" if files_of == "dev" else f"{files_of.upper()}_"
            values |= {
                f"{begin}ROOT": root, f"{begin}GROUP": group, f"{begin}USER_PREFIX": prefix,
                f"{begin}PROVISIONER_ID": provisioner,
                f"{begin}PROVISIONER_KEY_FILE": self.dir / f"keys/{files_of}-provisioner.key",
                f"{begin}NODE_ID": node, f"{begin}NODE_KEY_FILE": self.dir / f"keys/{files_of}-node.key",
                f"{begin}SANITY_SECRETS": self.dir / f"{files_of}-sanity-secrets.yaml",
            }  # fmt: skip
        for daemon in self.daemons.names:
            values[f"{daemon.upper().replace('.', '_')}_PID"] = self.daemons.pid(daemon) or ""
        for key, value in values.items():
            print(f"export DEV_CLUSTER_{key}={shlex.quote(str(value))}")

    def freeze(self):
        self.require()
        self.daemons.freeze(self.settings.target)

    def thaw(self):
        self.require()
        self.daemons.thaw(self.settings.target)

    def stop(self):
        self.require_locked()
        self.daemons.stop(self.settings.target)

    def start(self):
        self.require_locked()
        state = self.daemons.state(self.settings.target)
        if state == "frozen":
            self.daemons.thaw(self.settings.target)
        elif state == "absent":
            self.daemons.start(self.settings.target)
        # While another one is stopped on purpose the cluster can't get healthy.
        if self.daemons.all_running():
            self.ask("wait")

    def upgrade(self):
        """In the order that Ceph asks for, and one at a time. What was interrupted is done again from the start."""
        self.require_locked()
        if self.settings.ranks != 1:
            fail("Ceph wants one active MDS for an upgrade, and this cluster has more")
        self.facts.change("ceph", self.settings.ceph)
        for kind in ("mon", "mgr", "osd", "mds"):
            for daemon in self.daemons.names:
                if kind_of(daemon) == kind:
                    began = time.time()
                    self.daemons.stop(daemon)
                    if kind == "mgr":
                        self._replace_manager_modules()
                    self.daemons.start(daemon)
                    self.ask("wait")
                    print(f"{daemon} {began:.6f} {time.time():.6f}", flush=True)
        words = ["ceph", "-c", self.settings.conf, "osd", "require-osd-release", CODE_NAMES[self.settings.ceph]]
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)

    def _replace_manager_modules(self):
        """Not while the manager of the older release runs: it loads its modules again when a monitor restarts."""
        for path in (self.dir / "modules").iterdir():
            path.unlink()
        files.link_manager_modules(self.settings, self.facts["modules"])
        self.own_by_ceph()

    def go_to_release(self):
        """Executes this very command where the release's programs are: on this machine, or in the release's root."""
        if int(os.environ.get("CEPHFS_CSI_ROOT") or OWN_RELEASE) == self.settings.ceph:
            return
        if self.settings.verb == "up":
            self.make_directory()
        os.environ["CEPHFS_CSI_SHARED"] = str(self.dir.parent)
        root = SCRIPTS / "ceph-root"
        os.execv(root, [root, "run", str(self.settings.ceph), "--", os.path.realpath(sys.argv[0]), *sys.argv[1:]])
