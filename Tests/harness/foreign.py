"""Directories as other provisioners leave them, and an administrator's commands as they are written in guides."""

import configparser
import contextlib
import io
import os
import pathlib
import subprocess
import uuid

from .plugin import binary, run_cli
from .stubs import REPOSITORY


class Foreign:
    """Makes them on the cluster, below a root."""

    def __init__(self, admin, cluster, root):
        self.admin = admin
        self.cluster = cluster
        self.root = root

    def directory(self, path, text="kept", quota=0, namespace=""):
        """A directory with a file `letter`."""
        self.admin.make_directory(path, 0o755)
        if quota:
            self.admin.mount.setxattr(path, "ceph.quota.max_bytes", str(quota).encode(), 0)
        if namespace:
            self.admin.mount.setxattr(path, "ceph.dir.layout.pool_namespace", namespace.encode(), 0)
        self.admin.write(f"{path}/letter", text)
        return path

    def of_cephfs_provisioner(self, quota=0, isolated=True):
        """A volume of cephfs-provisioner: `<root>/kubernetes/kubernetes-dynamic-pvc-<uuid>`, and its namespace."""
        name = f"kubernetes-dynamic-pvc-{uuid.uuid4()}"
        namespace = f"fsvolumens_{name}" if isolated else ""
        return self.directory(f"{self.root}/kubernetes/{name}", quota=quota, namespace=namespace)

    def of_ceph_csi(self, size=64 << 20, isolated=False):
        """A volume of ceph-csi: a subvolume in the group `csi`. Its data directory."""
        fs, name = self.cluster["FS"], f"csi-vol-{uuid.uuid4()}"
        if not self.admin.exists(f"{self.root}/csi"):
            self.cluster.ceph("fs", "subvolumegroup", "create", fs, "csi")
        words = ["--namespace-isolated"] if isolated else []
        self.cluster.ceph("fs", "subvolume", "create", fs, name, str(size), "--group_name", "csi", *words)
        data = self.cluster.ceph("fs", "subvolume", "getpath", fs, name, "--group_name", "csi")
        data = data if isinstance(data, str) else data["path"]
        self.admin.write(f"{data}/letter", "kept")
        return data

    def of_version_1(self):
        """A subvolume of version 1, as Ceph 14 and 15 make them: the flag is on the data directory. Its data directory."""
        name, data = f"csi-vol-{uuid.uuid4()}", str(uuid.uuid4())
        base = f"{self.root}/csi/{name}"
        self.directory(f"{base}/{data}", quota=64 << 20)
        self.admin.mount.setxattr(f"{base}/{data}", "ceph.dir.subvolume", b"1", 0)
        meta = f"[GLOBAL]\nversion = 1\ntype = subvolume\npath = {base}/{data}\nstate = complete\n\n"
        self.admin.write(f"{base}/.meta", meta)
        return f"{base}/{data}"


class Shell:
    """Runs commands as a guide has them: `cephfs-csi` and `ceph` are the ones under test."""

    def __init__(self, directory, cluster, **variables):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        tools = self.directory / "bin"
        tools.mkdir(exist_ok=True)
        (tools / "cephfs-csi").symlink_to(binary())
        (tools / "ceph").write_text(f'#!/bin/sh\nexec /usr/bin/ceph -c "{cluster["CONF"]}" "$@"\n')
        (tools / "ceph").chmod(0o755)
        self.environment = {**os.environ, **variables, "PATH": f"{tools}:{os.environ['PATH']}"}

    def run(self, text, code=0):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text], cwd=self.directory, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == code, f"{text}\n-> {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout


class VolumeCommand:
    """`cephfs-csi volume`, as one provisioner."""

    def __init__(self, config, user, key_file):
        self.access = ["--config", str(config), "--user", user, "--key-file", str(key_file)]

    def __call__(self, verb, *words, code=0):
        done = run_cli("volume", verb, *self.access, *words, timeout=60)
        codes = code if isinstance(code, tuple) else (code,)
        assert done.returncode in codes, f"volume {verb} {words} -> {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout if done.returncode in (0, 2) else done.stderr


def metadata(admin, path):
    """A `.meta` file's section GLOBAL."""
    parser = configparser.ConfigParser()
    parser.read_file(io.StringIO(admin.read(path)))
    return dict(parser["GLOBAL"])


def guide_blocks(name):
    """The blocks of a guide in docs/migration that begin with ```sh run."""
    blocks, current = [], None
    for line in (REPOSITORY / "docs" / "migration" / name).read_text().splitlines():
        if line.strip() == "```sh run":
            current = []
        elif line.strip() == "```" and current is not None:
            blocks.append("\n".join(current))
            current = None
        elif current is not None:
            current.append(line)
    return blocks


@contextlib.contextmanager
def extra_user(cluster, user):
    """A Ceph user's key in a file, and the user gone afterwards."""
    try:
        yield
    finally:
        cluster.ceph("auth", "rm", f"client.{user}")
