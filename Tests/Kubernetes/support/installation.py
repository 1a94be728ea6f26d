"""Installing the plugin as docs/quick-start.md does, by kustomize or Helm, and taking it away."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import yaml

from .kubectl import Kubectl, until

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
DEPLOY = REPOSITORY / "deploy"
NAMESPACE = "cephfs-csi"
DRIVER = "cephfs.csi.swift"
CRDS = "volumesnapshotclasses.snapshot.storage.k8s.io", "volumegroupsnapshotclasses.groupsnapshot.storage.k8s.io"
READY_SECONDS = 180


class Installation:
    """One overlay of the plugin in the cluster, from the manifests in `deploy`."""

    def __init__(self, image, ceph, deploy=DEPLOY):
        name, _, tag = image.rpartition(":")
        assert name and "/" not in tag, f"IMAGE must be name:tag and is {image!r}"
        self.name, self.tag, self.ceph, self.deploy = name, tag, ceph, pathlib.Path(deploy)
        self.kubectl = Kubectl(NAMESPACE)
        self.overlay = None

    def kustomize(self, overlay, components=()):
        """Applies an overlay from a folder like the quick start's."""
        base = REPOSITORY / ".build"
        base.mkdir(exist_ok=True)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="kubernetes-test-", dir=base))
        try:
            self._write(folder, overlay, components)
            # A webhook or a CRD's first moment may refuse it once.
            until(lambda: self.kubectl.run("apply", "-k", folder).stderr, lambda: self._applied(folder), timeout=30)
        finally:
            shutil.rmtree(folder)
        self.overlay = overlay
        self.hand_over_users()
        self.wait_ready()

    def _write(self, folder, overlay, components):
        relative = os.path.relpath(self.deploy / "kubernetes", folder)
        (folder / "config.yaml").write_text(self.ceph.configuration)
        text = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [f"{relative}/overlays/{overlay}"],
            "components": [f"{relative}/components/{name}" for name in components],
            "images": [{"name": "cephfs-csi", "newName": self.name, "newTag": self.tag}],
            "configMapGenerator": [
                {"name": "cephfs-csi", "namespace": NAMESPACE, "behavior": "replace", "files": ["config.yaml"]}
            ],
        }
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(text))

    def _applied(self, folder):
        return self.kubectl.run("apply", "-k", folder).returncode == 0

    def helm(self, overlay, *words, verb=("install",)):
        """Installs or upgrades the chart with the values of an overlay."""
        self.make_namespace()
        registry, _, repository = self.name.rpartition("/")
        with tempfile.TemporaryDirectory() as folder:
            values = pathlib.Path(folder) / "values.yaml"
            image = {"registry": registry, "repository": repository, "tag": self.tag}
            values.write_text(json.dumps({"clusters": self.ceph.clusters, "image": image}))
            helm(*verb, "cephfs-csi", self.deploy / "helm/cephfs-csi", "--namespace", NAMESPACE,
                 "--values", self.deploy / f"helm/values/{overlay}.yaml", "--values", values, *words)  # fmt: skip
        self.overlay = overlay
        self.hand_over_users()
        self.wait_ready()

    def make_namespace(self):
        labels = {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("enforce", "audit", "warn")}
        self.kubectl.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
        )

    def hand_over_users(self):
        self.kubectl.apply(*self.ceph.secrets())

    def pods(self, component):
        return self.kubectl.get("pods", None, f"--selector=app.kubernetes.io/component={component}")

    def wait_ready(self, timeout=READY_SECONDS):
        """Until every pod of it is ready and every node has registered the driver."""
        until(self._unready, lambda: not self._unready(), timeout=timeout, pause=0.5)

    def _unready(self):
        wanted = []
        for kind, name in (("statefulset", "cephfs-csi-controller"), ("daemonset", "cephfs-csi-node")):
            item = self.kubectl.get(kind, name)
            status = (item or {}).get("status", {})
            count = status.get("replicas", status.get("desiredNumberScheduled", 0))
            ready = status.get("readyReplicas", status.get("numberReady", 0))
            seen = status.get("observedGeneration") == item["metadata"]["generation"] if item else False
            if not count or ready < count or not seen:
                wanted.append(f"{name}: {ready} of {count} pods ready")
        nodes = {item["spec"]["nodeName"] for item in self.pods("node")}
        for node in sorted(nodes):
            drivers = (self.kubectl.get("csinode", node) or {"spec": {}})["spec"].get("drivers") or []
            if DRIVER not in [driver["name"] for driver in drivers]:
                wanted.append(f"node {node} has not registered {DRIVER}")
        return "; ".join(wanted)

    def leader(self, sidecar):
        """The controller's pod that leads for a sidecar."""
        lease = {"provisioner": "cephfs-csi-swift", "attacher": "external-attacher-leader-cephfs-csi-swift"}[sidecar]
        holder = self.kubectl.get("lease", lease)["spec"]["holderIdentity"]
        [name] = [item["metadata"]["name"] for item in self.pods("controller") if item["metadata"]["name"] in holder]
        return name

    def volumes(self):
        """What the plugin's own `volume list` finds on Ceph: volume ids."""
        user = self.ceph.users["provisioner"]["id"]
        words = ["cephfs-csi", "volume", "list", "--config", "/etc/cephfs-csi/config.yaml", "--user", user]
        words += ["--key-file", "/etc/cephfs-csi-user/key", "--output", "json"]
        text = self.kubectl("exec", "cephfs-csi-controller-0", "--container", "plugin", "--", *words)
        return sorted(_ids(json.loads(text)))

    def remove(self):
        """Everything of it, whoever installed it."""
        if shutil.which("helm") or os.environ.get("HELM"):
            helm("uninstall", "cephfs-csi", "--namespace", NAMESPACE, "--ignore-not-found", "--wait")
        everywhere = "clusterroles,clusterrolebindings,csidrivers,storageclasses"
        selector = "--selector=app.kubernetes.io/name=cephfs-csi"
        self.kubectl("delete", everywhere, selector, "--ignore-not-found")
        for crd in CRDS:
            if self.kubectl.get("crd", crd):
                self.kubectl("delete", crd.split(".")[0], selector, "--ignore-not-found")
        self.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", timeout=180)
        self.overlay = None


def _ids(listed):
    for entry in listed if isinstance(listed, list) else listed["volumes"]:
        yield entry["id"]


def helm(*words):
    program = os.environ.get("HELM", "helm")
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"helm {' '.join(map(str, words))}: {done.stderr or done.stdout}"
    return done.stdout
