"""The real Ceph cluster that the tests run on, started through scripts/dev-cluster."""

import contextlib
import functools
import json
import os
import pathlib
import shlex
import signal
import subprocess
import time

import cephfs
import rados

from .stubs import REPOSITORY

SCRIPT = os.environ.get("CEPHFS_CSI_DEV_CLUSTER", str(REPOSITORY / "scripts" / "dev-cluster"))


class DevCluster:
    """A cluster of this name; `environment` holds what `scripts/dev-cluster env` prints."""

    def __init__(self, name):
        self.name = name
        self.environment = {}

    @classmethod
    @contextlib.contextmanager
    def own(cls, purpose, *options):
        """A cluster of this process's own for `purpose`, taken down in the end; `options` are those of `up`."""
        cluster = cls(f"{purpose}-{os.getpid()}")
        cluster.up(*options)
        try:
            yield cluster
        finally:
            cluster.close()
            cluster.down()

    @classmethod
    def running(cls):
        """The cluster that the environment names, None when it names none."""
        if "DEV_CLUSTER_DIR" not in os.environ:
            return None
        cluster = cls(os.environ.get("DEV_CLUSTER_NAME", pathlib.Path(os.environ["DEV_CLUSTER_DIR"]).name))
        cluster._read_environment()
        return cluster

    @staticmethod
    def release_to_test():
        """The Ceph release of the cluster that the tests will have, for those who ask before there is one."""
        return int(os.environ.get("DEV_CLUSTER_CEPH") or os.environ.get("CEPHFS_CSI_CEPH") or "16")

    def up(self, *options):
        self._script("up", *options)
        self._read_environment()

    def upgrade(self, release):
        """Restarts each daemon with the programs of another release; when each was away, as (daemon, from, to)."""
        lines = self._script("upgrade", "--ceph", str(release)).splitlines()
        self._read_environment()
        return [(daemon, float(since), float(until)) for daemon, since, until in map(str.split, lines)]

    def stop(self, daemon):
        self._script("stop", daemon)

    def kill(self, daemon):
        """kill -9; `start` brings it back."""
        self._read_environment()
        os.kill(int(self[f"{daemon.upper().replace('.', '_')}_PID"]), signal.SIGKILL)

    def start(self, daemon):
        self._script("start", daemon)

    def down(self):
        self._script("down")

    def _script(self, verb, *words):
        command = [SCRIPT, verb, *words, "--name", self.name]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(command)} failed ({done.returncode}): {done.stderr.strip()}")
        return done.stdout

    def _read_environment(self):
        for line in self._script("env").splitlines():
            words = shlex.split(line)
            if len(words) == 2 and words[0] == "export":
                key, _, value = words[1].partition("=")
                self.environment[key.removeprefix("DEV_CLUSTER_")] = value

    def __getitem__(self, key):
        return self.environment[key]

    def key(self, which):
        """The base64 key of PROVISIONER, NODE, BLUE_PROVISIONER, BLUE_NODE or FENCER."""
        return pathlib.Path(self[f"{which}_KEY_FILE"]).read_text().strip()

    def controller_secrets(self, which="PROVISIONER"):
        return {"adminID": self[f"{which}_ID"], "adminKey": self.key(which)}

    def fencer_secrets(self):
        return {"fencerID": self["FENCER_ID"], "fencerKey": self.key("FENCER")}

    def node_secrets(self, which="NODE"):
        return {"userID": self[f"{which}_ID"], "userKey": self.key(which)}

    @contextlib.contextmanager
    def frozen(self, daemon):
        """mon, mgr, osd or mds stopped by SIGSTOP, running again afterwards whatever happens."""
        self._script("freeze", daemon)
        try:
            yield
        finally:
            self._script("thaw", daemon)

    @contextlib.contextmanager
    def stopped(self, daemon):
        """A daemon ended, and started again afterwards."""
        self._script("stop", daemon)
        try:
            yield
        finally:
            self._script("start", daemon)

    def ceph(self, *words, timeout=60):
        """A command of the administrator's `ceph`; its JSON answer, or its text where it is none."""
        command = ["ceph", "-c", self["CONF"], *words, "--format", "json"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(command)} failed ({done.returncode}): {done.stderr.strip()}")
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout.strip()

    @functools.cached_property
    def _administrator(self):
        """A mount of the administrator's, for commands: each start of the `ceph` command takes half a second."""
        handle = rados.Rados(conffile=self["CONF"], name="client.admin")
        handle.connect(timeout=10)
        mount = cephfs.LibCephFS(rados_inst=handle)
        mount.mount(filesystem_name=self["FS"].encode())
        return handle, mount

    def monitor(self, prefix, **arguments):
        """A monitor command as the administrator; its JSON answer."""
        words = json.dumps({"prefix": prefix, "format": "json", **arguments})
        code, output, message = self._administrator[0].mon_command(words, b"", timeout=30)
        if code != 0:
            raise RuntimeError(f"{prefix} failed ({code}): {message}")
        return json.loads(output) if output.strip() else None

    @property
    def release(self):
        """The Ceph release of the cluster: 16, 18 or 20."""
        return int(self.environment.get("CEPH", "16"))

    def metadata_map(self):
        """What the monitors know of the file system's metadata servers."""
        maps = (one["mdsmap"] for one in self.monitor("fs dump")["filesystems"])
        return next(one for one in maps if one["fs_name"] == self["FS"])

    def mds_command(self, target, prefix, **arguments):
        """A command to one MDS, by its name or global id; its JSON answer."""
        words = json.dumps({"prefix": prefix, "format": "json", **arguments})
        code, output, message = self._administrator[1].mds_command(target.encode(), words.encode(), b"")
        if code != 0:
            raise RuntimeError(f"{prefix} failed ({code}): {message}")
        return json.loads(output) if output.strip() else None

    def close(self):
        """Ends the administrator's mount, if there is one."""
        if "_administrator" in self.__dict__:
            handle, mount = self.__dict__.pop("_administrator")
            mount.unmount()
            mount.shutdown()
            handle.shutdown()

    def users(self, prefix="csi-volume-"):
        """The ids of the volume users that there are, and their caps."""
        entities = self.monitor("auth ls")["auth_dump"]
        found = {one["entity"].removeprefix("client."): one["caps"] for one in entities}
        return {user: caps for user, caps in found.items() if user.startswith(prefix)}

    def users_of(self, volume):
        """The ids of a volume's users: they are named after its data directory."""
        data = volume.volume_context["path"].rsplit("/", 1)[1]
        return sorted(user for user in self.users("") if data in user)

    def key_of(self, user):
        """The key that Ceph has for a user."""
        return self.monitor("auth get-key", entity=f"client.{user}")["key"]

    def _mds(self, prefix, **arguments):
        return self.mds_command("a", prefix, **arguments)

    def sessions(self):
        """The client sessions of every active MDS."""
        servers = self.metadata_map()["info"].values()
        active = [one["name"] for one in servers if one["state"] in ("up:active", "up:clientreplay")]
        return [session for server in active for session in self.mds_command(server, "session ls")]

    def evict(self, user):
        """Ends every session of a user, as if its client had been gone for long."""
        for session in self.sessions():
            if session["client_metadata"].get("entity_id") == user:
                self._mds("session evict", filters=[f"id={session['id']}"])

    def wait_until(self, condition, patience, what):
        deadline = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < deadline, f"not within {patience} s: {what}"
            time.sleep(0.1)
