#!/usr/bin/python3
"""What scripts/dev-cluster asks of the running daemons: make pools and the file system, wait, look.

One process for many commands, because each start of the `ceph` command line costs half a second.
"""

import argparse
import json
import sys
import time

import cephfs
import rados


class Cluster:
    def __init__(self, conf, patience, watched, ranks):
        self.ranks = ranks
        self.deadline = time.monotonic() + patience
        self.conf = conf
        self.watched = watched
        self.handle = self.connected()

    def pause(self, reason):
        """Waits a moment; ends the program when the time is over or a daemon has gone."""
        for daemon, pid in self.watched:
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    gone = not file.read()
            except OSError:
                gone = True
            if gone:
                sys.exit(f"dev-cluster: ceph-{daemon} has ended")
        if time.monotonic() > self.deadline:
            sys.exit(f"dev-cluster: {reason}")
        time.sleep(0.1)

    def connected(self):
        while True:
            limits = {"client_mount_timeout": "3", "rados_mon_op_timeout": "5"}
            handle = rados.Rados(conffile=self.conf, name="client.admin", conf=limits)
            try:
                handle.connect()
                return handle
            except rados.Error as error:
                handle.shutdown()
                self.pause(f"the monitor does not answer: {error}")

    def command(self, prefix, text="", **arguments):
        words = json.dumps({"prefix": prefix, "format": "json", **arguments})
        code, output, message = self.handle.mon_command(words, text.encode(), timeout=30)
        if code != 0:
            sys.exit(f"dev-cluster: {prefix}: {message} ({code})")
        return json.loads(output) if output.strip() else None

    def missing(self, fs):
        """What keeps the cluster from being of use, as a phrase; None when it is healthy."""
        osds = self.command("osd stat")
        if osds["num_up_osds"] < 1:
            return "the OSD is not up"
        for entry in self.command("fs dump")["filesystems"]:
            if entry["mdsmap"]["fs_name"] == fs:
                ranks = entry["mdsmap"]["info"].values()
                if sum(rank["state"] == "up:active" for rank in ranks) < self.ranks:
                    return "the MDS is not active: " + (", ".join(r["state"] for r in ranks) or "none")
                if any("laggy_since" in rank for rank in ranks):
                    return "the MDS is laggy"
                break
        else:
            return f"there is no file system {fs}"
        manager = self.command("mgr stat")
        if not manager["available"]:
            return "the manager is not available"
        # The manager's modules answer some moments after it calls itself available.
        words = json.dumps({"prefix": "fs subvolumegroup ls", "vol_name": fs, "format": "json"})
        code, _, message = self.handle.mgr_command(words, b"", timeout=5)
        if code != 0:
            return f"the manager's volumes module does not answer: {message} ({code})"
        return None

    def wait(self, fs):
        while True:
            try:
                missing = self.missing(fs)
            except rados.Error as error:
                missing = f"a command fails: {error}"
            if missing is None:
                return
            self.pause(missing)

    def make_directories(self, fs, paths):
        # The file system's root belongs to root, and whoever runs this is its administrator all the same.
        self.handle.conf_set("client_permissions", "false")
        while True:
            mount = cephfs.LibCephFS(rados_inst=self.handle)
            try:
                mount.mount(filesystem_name=fs.encode())
                break
            except cephfs.Error as error:
                # An MDS that has become active just now may let its first client wait.
                mount.shutdown()
                self.pause(f"the file system can't be mounted: {error}")
        for path in paths:
            mount.mkdirs(path.encode(), 0o755)
        mount.unmount()
        mount.shutdown()


def create(cluster, options):
    # Modules that the manager takes for indispensable and that this cluster leaves out.
    cluster.command("health mute", code="MGR_MODULE_ERROR", sticky=True)
    cluster.command("osd new", uuid=options.osd_uuid, id=0)
    for kind in ("metadata", "data"):
        cluster.command("osd pool create", pool=f"{options.fs}_{kind}", pg_num=8)
    cluster.command("fs new", fs_name=options.fs, metadata=f"{options.fs}_metadata", data=f"{options.fs}_data")
    if options.ranks > 1:
        cluster.command("fs set", fs_name=options.fs, var="max_mds", val=str(options.ranks))
    if options.standby_replay:
        cluster.command("fs set", fs_name=options.fs, var="allow_standby_replay", val="true")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["create", "wait", "status"])
    parser.add_argument("--conf", required=True)
    parser.add_argument("--fs", required=True)
    parser.add_argument("--patience", type=float, default=5)
    parser.add_argument("--alive", action="append", default=[], metavar="DAEMON:PID")
    parser.add_argument("--osd-uuid")
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--standby-replay", type=int, default=0)
    parser.add_argument("--mkdir", action="append", default=[])
    options = parser.parse_args()
    cluster = Cluster(options.conf, options.patience, [entry.split(":") for entry in options.alive], options.ranks)
    if options.step == "create":
        create(cluster, options)
    elif options.step == "wait":
        cluster.wait(options.fs)
        if options.mkdir:
            cluster.make_directories(options.fs, options.mkdir)
    else:
        missing = cluster.missing(options.fs)
        print(f"fs   {missing or 'active'}")
        sys.exit(0 if missing is None else 1)
    cluster.handle.shutdown()


main()
