"""The command line, and what kind of cluster it asks for."""

import argparse
import os
import pathlib
import re

from . import fail
from .facts import Facts

# The release of this machine's own packages; others run in a root that scripts/ceph-root makes.
OWN_RELEASE = 16
RELEASES = (16, 18, 20)
# As many as find their ports.
MOST_MONITORS, MOST_METADATA_SERVERS = 3, 4
MONITORS = ["mon", *(f"mon.{letter}" for letter in "bc")]
METADATA_SERVERS = ["mds", *(f"mds.{letter}" for letter in "bcd")]
EVERY_DAEMON = [*MONITORS, "mgr", "osd", *METADATA_SERVERS]

VERBS = {
    "up": "start the cluster; does nothing if it is up, repairs it if it is broken",
    "down": "stop every daemon of the cluster and remove its directory",
    "status": "one line for each daemon; exit 0 if healthy, 1 if degraded, 3 if there is none",
    "env": 'print `export` lines for a shell: eval "$(scripts/dev-cluster env)"',
    "freeze": "send SIGSTOP to one of mon, mgr, osd, mds; further daemons are mon.b, mon.c, mds.b, ...",
    "thaw": "send it SIGCONT",
    "stop": "end it",
    "start": "start it again, and wait until the cluster is healthy",
    "upgrade": "restart the daemons, one after another, with the programs of the release that --ceph names; print when "
    "each was away: DAEMON and two times in seconds since 1970",
}
VERBS_OF_ONE_DAEMON = ("freeze", "thaw", "stop", "start")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(f"{message}; scripts/dev-cluster help lists what there is")


def parser():
    shared = argparse.ArgumentParser(add_help=False)
    which = shared.add_argument_group("which cluster")
    which.add_argument("--name", default="default", help="its name; several may run side by side (default: %(default)s)")
    which.add_argument("--dir", default="", help="its directory (default: ${CEPHFS_CSI_DEV_DIR:-/tmp/cephfs-csi-dev}/NAME)")
    kind = shared.add_argument_group("what kind of cluster `up` makes")
    kind.add_argument("--ceph", type=int, help=f"release: 16, 18 or 20 (default: ${{CEPHFS_CSI_CEPH:-{OWN_RELEASE}}})")
    kind.add_argument(
        "--keys",
        default="",
        help="Ceph 20: aes256k (new cluster; default), aes (upgraded: both kinds are accepted, new keys are of the old "
        "kind) or both (both are accepted, the users made here have old keys, new ones get the new kind)",
    )
    kind.add_argument("--fs", default="cephfs", help="name of the file system (default: %(default)s)")
    kind.add_argument("--modules", default="volumes", help="the manager's modules: volumes (those needed) or all")
    kind.add_argument("--mons", type=int, default=1, help="number of monitors (default: %(default)s)")
    kind.add_argument("--mds", type=int, default=1, help="number of MDS daemons (default: %(default)s)")
    kind.add_argument("--ranks", type=int, default=1, help="how many of them are active (default: %(default)s)")
    kind.add_argument("--standby-replay", action="store_true", help="the others follow the active ones' journals")
    kind.add_argument("--msgr2-only", action="store_true", help="the monitors speak only version 2 of the protocol")
    kind.add_argument("--port-base", type=int, help="first of 24 TCP ports on 127.0.0.1 (default: a free range)")

    top = Parser(prog="scripts/dev-cluster", description="A real single-node Ceph cluster on loopback; see docs/dev-cluster.md.")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for verb, text in VERBS.items():
        one = verbs.add_parser(verb, parents=[shared], help=text, description=text, allow_abbrev=False)
        if verb in VERBS_OF_ONE_DAEMON:
            one.add_argument("daemon", choices=EVERY_DAEMON, metavar="DAEMON")
    return top


class Settings:
    """What one command works with. A cluster that exists says itself what it is."""

    def __init__(self, options):
        self.verb = options.verb
        self.target = getattr(options, "daemon", None)
        self.name, self.fs, self.modules, self.port_base = options.name, options.fs, options.modules, options.port_base
        self.standby_replay, self.msgr2_only = options.standby_replay, options.msgr2_only
        self.patience = float(os.environ.get("CEPHFS_CSI_DEV_PATIENCE") or 90)
        self._check_names()
        parent = os.environ.get("CEPHFS_CSI_DEV_DIR") or "/tmp/cephfs-csi-dev"
        self.dir = pathlib.Path(os.path.realpath(options.dir or f"{parent}/{self.name}"))
        # A Unix socket's path holds 107 bytes, and the daemons add theirs to this directory's.
        if len(os.fsencode(self.dir)) > 80:
            fail(f"the path {self.dir} is too long for sockets; choose one of at most 80 characters with --dir")
        self.conf = self.dir / "ceph.conf"
        self.facts = Facts(self.dir / "facts")
        self._choose_kind(options)
        self.daemons = ["mon", "mgr", "osd", "mds", *MONITORS[1 : self.mons], *METADATA_SERVERS[1 : self.mds]]
        if self.target and self.target not in self.daemons:
            fail(f"{self.verb} needs one of {' '.join(self.daemons)}")

    def _check_names(self):
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,31}", self.name):
            fail("--name must be letters, digits, '.', '_' or '-', at most 32")
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]*", self.fs):
            fail("--fs must be letters, digits, '.', '_' or '-'")
        if self.modules not in ("volumes", "all"):
            fail("--modules must be volumes or all")
        if self.port_base is not None and not 1024 <= self.port_base <= 65500:
            fail("--port-base must be between 1024 and 65500")

    def _choose_kind(self, options):
        made = self.facts.get("ceph")
        if made:
            if self.verb == "upgrade":
                if (options.ceph or 0) < int(made):
                    fail(f"upgrade needs --ceph with a release from {made} on")
                self.ceph = options.ceph
            elif options.ceph not in (None, int(made)):
                fail(f"the cluster in {self.dir} is of Ceph {made}; run down before another up")
            else:
                self.ceph = int(made)
            self.mons, self.mds, self.ranks = (int(self.facts[key]) for key in ("mons", "mds", "ranks"))
            self.keys = self.facts["keys"]
        else:
            self.ceph = options.ceph or int(os.environ.get("CEPHFS_CSI_CEPH") or OWN_RELEASE)
            self.mons, self.mds, self.ranks = options.mons, options.mds, options.ranks
            self.keys = options.keys or os.environ.get("CEPHFS_CSI_KEYS", "")
        self.keys = self.keys or ("aes256k" if self.ceph >= 20 else "aes")
        self._check_kind()

    def _check_kind(self):
        if self.ceph not in RELEASES:
            fail("--ceph must be 16, 18 or 20")
        if not 1 <= self.mons <= MOST_MONITORS:
            fail(f"--mons must be from 1 to {MOST_MONITORS}")
        if not 1 <= self.mds <= MOST_METADATA_SERVERS:
            fail(f"--mds must be from 1 to {MOST_METADATA_SERVERS}")
        if not 1 <= self.ranks <= self.mds:
            fail("--ranks must be at least 1 and at most --mds")
        if self.keys not in ("aes", "aes256k", "both"):
            fail("--keys must be aes256k, aes or both")
        if self.keys != "aes" and self.ceph < 20:
            fail(f"--keys {self.keys} needs Ceph 20")
