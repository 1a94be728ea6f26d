"""The node's plugin as the DaemonSet's container runs it: the manifest's words, capabilities, namespaces and mounts."""

import os
import pathlib
import shlex
import signal
import subprocess

import yaml

from .plugin import Plugin, binary
from .stubs import REPOSITORY

MANIFEST = REPOSITORY / "deploy" / "kubernetes" / "base" / "node.yaml"


def pod_of_the_manifest():
    return yaml.safe_load(MANIFEST.read_text())["spec"]["template"]["spec"]


class Host:
    """A kubelet's directory on a mount that propagates, as systemd and every kubelet's installer make it."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True)
        subprocess.run(["mount", "--bind", self.directory, self.directory], check=True)
        # Out of the peer group of what it is bound from: there every mount would come a second time.
        subprocess.run(["mount", "--make-private", self.directory], check=True)
        subprocess.run(["mount", "--make-shared", self.directory], check=True)

    def end(self):
        subprocess.run(["umount", "-l", self.directory], check=False, capture_output=True)


class NodeContainer(Plugin):
    """A container of the DaemonSet's on this host. What the runtime gives it is in the manifest; nothing else is."""

    def __init__(self, kubelet, config, node_id="e2e-node", host_pid=None, options=(), cgroup=None):
        super().__init__(kubelet.plugin_directory, config, role="node", node_id=node_id, options=options)
        self.kubelet = kubelet
        # A cgroup v2 directory, in which the runtime keeps the container.
        self.cgroup = cgroup
        pod = pod_of_the_manifest()
        [self.container] = [one for one in pod["containers"] if one["name"] == "plugin"]
        self.volumes = {one["name"]: one for one in pod["volumes"]}
        self.host_pid = pod.get("hostPID", False) if host_pid is None else host_pid

    def words(self):
        """The manifest's command and arguments, for this kubelet's directory."""
        answers = {
            "--config": self.config, "--node-id": self.node_id, "--log-format": "text",
        }  # fmt: skip
        found = []
        for word in [*self.container["command"], *self.container["args"]]:
            name, equals, value = word.partition("=")
            # Only in a machine of its own: here it would leave the cgroups that this machine's tests run in.
            if name == "--fuse-cgroup" and not self.cgroup:
                continue
            value = str(answers.get(name, value.replace("/var/lib/kubelet", str(self.kubelet.directory))))
            found.append(f"{name}={value}" if equals else word)
        return [binary() if word == "cephfs-csi" else word for word in found]

    def private_mounts(self):
        """The memory-backed directories that the pod gives the container, by mount path."""
        return [
            mount["mountPath"]
            for mount in self.container["volumeMounts"]
            if self.volumes[mount["name"]].get("emptyDir", {}).get("medium") == "Memory"
        ]

    def command(self):
        shared = {one["mountPath"] for one in self.container["volumeMounts"] if one.get("mountPropagation")}
        assert shared == {"/var/lib/kubelet/plugins", "/var/lib/kubelet/pods"}, shared
        # A copy of the host's table in which only the kubelet's directory stays in its peer group.
        steps = ["mount --make-private /"]
        if self.cgroup:
            steps += [f"mkdir -p {self.cgroup}", f"echo $$ >{self.cgroup}/cgroup.procs"]
        for path in map(shlex.quote, self.private_mounts()):
            # A runtime's root has nothing there; the host's own mount is there here, and may be shared.
            steps += [f"mount --make-private {path} 2>/dev/null || true"]
            steps += [f"mount -t tmpfs -o mode=755,size=16m tmpfs {path}"]
        steps += [f"exec {shlex.join([*self.words(), '--log-level=debug', *self.options])}"]
        unshare = ["unshare", "--mount", "--propagation", "unchanged"]
        if not self.host_pid:
            unshare += ["--pid", "--fork", "--kill-child", "--mount-proc"]
        return [*unshare, "sh", "-ec", "\n".join(steps)]

    @property
    def plugin_pid(self):
        """The plugin itself, which has a parent of its own where it has a PID namespace of its own."""
        if self.host_pid:
            return self.process.pid
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def kill(self):
        """The container's end without a warning: everything in its PID namespace goes, and all that is in its cgroup."""
        if self.cgroup:
            pathlib.Path(self.cgroup, "cgroup.kill").write_text("1")
        else:
            os.kill(self.plugin_pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self, patience=40.0):
        if self.running:
            os.kill(self.plugin_pid, signal.SIGTERM)
            self.process.wait(patience)
        return self.process.returncode

    def end(self):
        if self.running:
            os.kill(self.plugin_pid, signal.SIGTERM)
            self.process.wait(40)
        if self._client is not None:
            self._client.close()
            self._client = None
