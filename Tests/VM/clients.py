"""Kernel mounts of the dev cluster as its nodes' user, and what an administrator does to them."""

import contextlib
import errno
import json
import os
import pathlib
import re
import subprocess
import time
import uuid

from harness import kernel


class Clients:
    """Makes mounts below `base`. The volume is new for each, so that nobody waits for another's capabilities."""

    def __init__(self, cluster, admin, base):
        self.admin = admin
        self.base = base
        self.places = []
        self.user = cluster["NODE_ID"]
        self.secret = cluster.key("NODE")
        self.other_secret = cluster.key("PROVISIONER")
        self.filesystem = cluster["FS"]
        self.fsid = cluster["FSID"]
        self.v1 = cluster["MONITORS"]
        self.v2 = re.search(r"v2:([0-9.:]+)", cluster["MON_HOST"]).group(1)
        self.volume = f"{cluster['ROOT']}/{cluster['GROUP']}/vm-{uuid.uuid4()}"
        admin.make_directory(self.volume)
        kernel.add_ceph_key("node", self.secret)
        kernel.add_ceph_key("other", self.other_secret)

    def place(self):
        path = self.base / str(len(self.places))
        path.mkdir()
        self.places.append(path)
        return path

    def old(self, path=None, user=None, key="node", filesystem=None, monitor=None, extra=""):
        """Source and options as all kernels take them."""
        options = f"name={user or self.user},key={key},mds_namespace={filesystem or self.filesystem}{extra}"
        return f"{monitor or self.v1}:{path or self.volume}", options

    def new(self, path=None, user=None, key="node", filesystem=None, monitor=None, extra="", fsid=None):
        """Source and options as kernels from 5.17 on take them."""
        source = f"{user or self.user}@{fsid or self.fsid}.{filesystem or self.filesystem}={path or self.volume}"
        return source, f"mon_addr={monitor or self.v2},ms_mode=prefer-crc,key={key}{extra}"

    def mount(self, source_and_options):
        path = self.place()
        source, options = source_and_options
        kernel.mount(source, path, options)
        return path

    def refused(self, source_and_options):
        """The errno that a mount ends with; 0 when it does not fail."""
        return number_of(self.mount, source_and_options)

    def end(self):
        """Unmounts all; what a test left hanging may take a moment to let go."""
        deadline = time.monotonic() + 10
        for path in reversed(self.places):
            while any(line.split()[1] == str(path) for line in self.lines()):
                try:
                    kernel.umount(path)
                except OSError as error:
                    if error.errno not in (errno.EBUSY, errno.EINVAL) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.05)

    def lines(self):
        """What /proc/mounts says of CephFS."""
        return [line for line in pathlib.Path("/proc/mounts").read_text().splitlines() if " ceph " in line]

    def mountinfo(self, path):
        """Root, source and options of the superblock at `path`."""
        for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
            words = line.split()
            if words[4] == str(path):
                after = words.index("-")
                assert words[after + 1] == "ceph"
                return words[3], words[after + 2], words[after + 3].split(",")
        raise AssertionError(f"{path} is not mounted")

    def evict(self):
        """As `ceph tell mds.0 session evict` of every session of the nodes' user."""
        command = {"prefix": "session evict", "filters": [f"client_metadata.entity_id={self.user}"]}
        code, _, text = self.admin.mount.mds_command(b"0", json.dumps(command).encode(), b"")
        assert code == 0, text

    @contextlib.contextmanager
    def without_osd(self):
        """Nothing reaches the OSD and nothing refuses, as when it is frozen."""
        _, out, _ = self.admin.handle.mon_command(json.dumps({"prefix": "osd dump", "format": "json"}), b"")
        addresses = json.loads(out)["osds"][0]["public_addrs"]["addrvec"]
        ports = ", ".join(sorted({address["addr"].rpartition(":")[2] for address in addresses}))
        # After the packets have got their way out of the machine; see scripts/lib/vm/guest.
        nft("add table ip cut; add chain ip cut output { type filter hook output priority 10; }")
        nft(f"add rule ip cut output tcp dport {{ {ports} }} drop")
        try:
            yield
        finally:
            nft("delete table ip cut")


def nft(commands):
    subprocess.run(["nft", commands], check=True, stdin=subprocess.DEVNULL)


def number_of(function, *arguments):
    """The errno that a call ends with; 0 when it does not fail."""
    try:
        result = function(*arguments)
    except OSError as error:
        return error.errno
    if function is kernel.fsopen:
        os.close(result)
    return 0
