"""Every argument in a manifest is an option of the program in that container; and the plugin starts with its own."""

import os
import re
import subprocess
import time

import pytest

from harness.client import Client
from harness.plugin import binary, run_cli
from harness.stubs import csi
from support import facts
from support.render import OVERLAYS, containers, from_file, kustomize, name, one
from support.tools import DEPLOY

# A key of the right form that belongs to nobody: 28 bytes, as `ceph-authtool --gen-print-key` makes them.
KEY = "AQAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAA=="


def _options():
    return set(re.findall(r"^\s+(?:-\w, )?--([a-z-]+)", run_cli("serve", "--help").stdout, re.MULTILINE))


def _plugins(objects):
    return {where: item for where, _, item in containers(objects) if item["image"].startswith("cephfs-csi:")}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_arguments_are_options(overlay):
    ours = _options()
    assert {"role", "config", "state-dir"} <= ours
    checked = 0
    for where, _, container in containers(kustomize(overlay)):
        image = container["image"].rsplit("/", 1)[-1].split(":")[0]
        words = container["args"]
        if image == "cephfs-csi":
            assert words[0] == "serve", where
            words = words[1:]
        known = ours if image == "cephfs-csi" else facts.SIDECARS[image].flags
        for word in words:
            assert re.match("--[a-z-]+(=|$)", word), f"{where}: {word}"
            assert word[2:].partition("=")[0] in known, f"{where}: {word}"
            checked += 1
    assert checked > 25


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_variables_in_arguments_are_set(overlay):
    for where, _, container in containers(kustomize(overlay)):
        used = set(re.findall(r"\$\(([A-Z_]+)\)", " ".join(container.get("args", []))))
        assert used <= {variable["name"] for variable in container.get("env", [])}, where


class Started:
    """A container's plugin as a process: its own arguments, with the pod's paths and variables led to a folder."""

    def __init__(self, objects, container, folder):
        self.folder = folder
        config = one(objects, "ConfigMap", "cephfs-csi")["data"]["config.yaml"]
        (folder / "config.yaml").write_text(config)
        self.socket = folder / "csi.sock"
        values = {"CLUSTER_NAME": "kubernetes", "POD_NAME": "cephfs-csi-controller-0", "KUBE_NODE_NAME": "node-1"}
        moved = {
            "config": folder / "config.yaml",
            "endpoint": f"unix://{self.socket}",
            "provisioner-endpoint": f"unix://{folder}/provisioner.sock",
            "state-dir": folder / "state",
            "run-dir": folder / "run",
            "metrics-file": folder / "metrics.prom",
        }
        words = []
        for word in container["args"]:
            word = re.sub(r"\$\(([A-Z_]+)\)", lambda match: values[match[1]], word)
            option = word[2:].partition("=")[0]
            words.append(f"--{option}={moved[option]}" if option in moved else word)
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen([binary(), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.client = Client(self.socket)
        has_second = any(word.startswith("--provisioner-endpoint=") for word in words)
        self.more_sockets = [folder / "provisioner.sock"] if has_second else []

    def wait(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            # The second socket is opened after the first.
            if self.client.call("GetPluginInfo").ok and all(socket.exists() for socket in self.more_sockets):
                return self
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self):
        self.client.close()
        # Nothing of it is left but what the test's folder holds; its goodbye to Ceph would wait for one.
        self.process.kill()
        self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Starts the plugin of a manifest once: `start(overlay, kind)`."""
    running = {}

    def started(overlay, kind):
        if (overlay, kind) not in running:
            objects = kustomize(overlay)
            [container] = [item for where, item in _plugins(objects).items() if where.startswith(kind)]
            folder = tmp_path_factory.mktemp(f"{overlay}-{kind}")
            running[overlay, kind] = Started(objects, container, folder).wait()
        return running[overlay, kind]

    yield started
    for process in running.values():
        process.stop()


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_plugin_starts_with_the_manifests_arguments_and_configuration(overlay, kind, start):
    plugin = start(overlay, kind)
    assert plugin.client.must("GetPluginInfo").name == one(kustomize(overlay), "CSIDriver")["metadata"]["name"]
    offers = plugin.client.must("GetPluginCapabilities").capabilities
    assert bool(offers) == (kind == "StatefulSet")
    if kind == "StatefulSet":
        _check_capabilities(plugin)
    if kind == "DaemonSet":
        node = plugin.client.must("NodeGetInfo").node_id
        # What CSINode's schema admits.
        assert node.startswith("node-1:") and len(node) <= 192
        assert os.stat(plugin.folder / "state" / "node.key").st_mode & 0o77 == 0
        assert (plugin.folder / "metrics.prom").exists() == (overlay == "metrics")


def _check_capabilities(plugin):
    """csi-provisioner sees on its socket what the others see, but for publishing."""
    other = Client(plugin.folder / "provisioner.sock")
    try:
        here, there = ({c.rpc.type for c in client.must("ControllerGetCapabilities").capabilities}
                       for client in (plugin.client, other))  # fmt: skip
    finally:
        other.close()
    kinds = csi.ControllerServiceCapability.RPC
    missing = {kinds.PUBLISH_UNPUBLISH_VOLUME, kinds.PUBLISH_READONLY, kinds.LIST_VOLUMES_PUBLISHED_NODES}
    assert here - there == missing and there < here


def _create(client, storage_class, secrets, **more):
    """CreateVolume as the provisioner sends it: without what belongs to the sidecars, with the class's parameters."""
    request = csi.CreateVolumeRequest(name="pvc-1", parameters={**storage_class["parameters"], **more})
    request.capacity_range.required_bytes = 1 << 30
    capability = request.volume_capabilities.add()
    capability.mount.SetInParent()
    capability.access_mode.mode = csi.VolumeCapability.AccessMode.MULTI_NODE_MULTI_WRITER
    request.secrets.update(secrets)
    # There is no Ceph at the addresses for documentation: what is accepted ends in waiting for it.
    return client.call("CreateVolume", request, timeout=1.0)


CLASSES = [
    item
    for path in sorted((DEPLOY / "kubernetes/classes").glob("*/storageclass.yaml"))
    for item in from_file(path)
]


@pytest.mark.parametrize("storage_class", CLASSES, ids=name)
def test_the_plugin_accepts_the_classes_parameters(storage_class, start):
    client = start("default", "StatefulSet").client
    secrets = {"adminID": "csi-provisioner", "adminKey": KEY}
    accepted = _create(client, storage_class, secrets)
    assert accepted.code in ("DEADLINE_EXCEEDED", "UNAVAILABLE", "ABORTED"), str(accepted)
    refused = _create(client, storage_class, secrets, credentals="volume")
    assert (refused.code, "credentals" in refused.message) == ("INVALID_ARGUMENT", True), str(refused)


def test_the_plugin_refuses_the_placeholders_in_the_examples(start):
    """Whoever applies them as they stand is told so, at once, and no Ceph cluster is asked."""
    client = start("default", "StatefulSet").client
    for secret in from_file(DEPLOY / "examples/secrets.yaml"):
        data = secret["stringData"]
        if "adminKey" in data:
            reply = _create(client, CLASSES[0], data)
            assert reply.code in ("INVALID_ARGUMENT", "UNAUTHENTICATED"), str(reply)
            assert "adminKey" in reply.message, str(reply)
            assert data["adminKey"] not in reply.message
