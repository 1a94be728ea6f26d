"""What pods may do to their node, and what keeps them running."""

import pytest
import yaml

from support.render import NAMESPACE, OVERLAYS, containers, from_file, kustomize, one, pods
from support.tools import DEPLOY, REPOSITORY

KUBELET = "/var/lib/kubelet"
OWN = f"{KUBELET}/plugins/cephfs.csi.swift"
HOST_PATHS = {f"{KUBELET}/plugins", f"{KUBELET}/pods", f"{KUBELET}/plugins_registry", OWN, "/sys/fs/cgroup"}
MORE_HOST_PATHS = {"metrics": {"/var/lib/node_exporter/textfile_collector"}}


def _spec(objects, kind):
    return one(objects, kind)["spec"]["template"]["spec"]


def _arguments(container):
    return dict(word.lstrip("-").partition("=")[::2] for word in container["args"] if word.startswith("--"))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_controllers_pods_would_pass_the_restricted_standard(overlay):
    """kubernetes.io/docs/concepts/security/pod-security-standards, "Restricted"."""
    spec = _spec(kustomize(overlay), "StatefulSet")
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert {kind for volume in spec["volumes"] for kind in volume if kind != "name"} <= {
        "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
    }  # fmt: skip
    assert spec["securityContext"]["runAsNonRoot"] is True and spec["securityContext"]["runAsUser"] != 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, container["name"]
        assert not any("hostPort" in port for port in container.get("ports", []))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_the_nodes_plugin_is_privileged(overlay):
    objects = kustomize(overlay)
    privileged = [where for where, _, item in containers(objects) if item["securityContext"].get("privileged")]
    assert privileged == [f"DaemonSet {NAMESPACE}/cephfs-csi-node, container plugin"]
    for where, _, container in containers(objects):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True, where
        if where not in privileged:
            assert context["capabilities"] == {"drop": ["ALL"]} and not context["allowPrivilegeEscalation"], where


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_nodes_plugin_keeps_only_the_capabilities_that_are_proven(overlay):
    """By setpriv, since runtimes ignore `capabilities` of a privileged container; Tests/VM/test_capabilities.py reads the
    same manifest and tries more and less. The chart's are the same, by test_equal.py."""
    [plugin] = [c for c in _spec(kustomize(overlay), "DaemonSet")["containers"] if c["name"] == "plugin"]
    bounding = {
        "fuse": "--bounding-set=-all,+sys_admin,+dac_override,+sys_chroot,+sys_ptrace",
    }.get(overlay, "--bounding-set=-all,+sys_admin,+dac_read_search")  # fmt: skip
    assert plugin["command"] == ["setpriv", bounding, "--inh-caps=-all", "--no-new-privs", "--", "cephfs-csi"]
    assert set(plugin["securityContext"]) == {"privileged", "readOnlyRootFilesystem"}
    readme = (DEPLOY / "README.md").read_text()
    for name in ("sys_admin", "dac_read_search"):
        assert f"CAP_{name.upper()}" in readme


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_host_paths_are_few_and_mounts_spread_from_them(overlay):
    spec = _spec(kustomize(overlay), "DaemonSet")
    paths = {volume["name"]: volume["hostPath"] for volume in spec["volumes"] if "hostPath" in volume}
    assert {path["path"] for path in paths.values()} == HOST_PATHS | MORE_HOST_PATHS.get(overlay, set())
    # Without a type the kubelet would make what is missing, and mount volumes where nobody looks.
    assert all(path["type"] in ("Directory", "DirectoryOrCreate") for path in paths.values())
    for container in spec["containers"]:
        for mount in container["volumeMounts"]:
            spreads = mount.get("mountPropagation") == "Bidirectional"
            mounts = container["name"] == "plugin" and mount["name"] in ("plugins", "pods")
            assert spreads == mounts, (container["name"], mount)
            if spreads:
                # The API refuses it otherwise; and a path must be called the same inside and outside.
                assert container["securityContext"]["privileged"] is True
                assert paths[mount["name"]]["path"] == mount["mountPath"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_state_and_socket_are_on_the_host_and_the_plugins_own_mounts_are_not(overlay):
    spec = _spec(kustomize(overlay), "DaemonSet")
    plugin, registrar = (next(c for c in spec["containers"] if c["name"] == n) for n in ("plugin", "registrar"))
    arguments = _arguments(plugin)
    assert arguments["state-dir"] == f"{OWN}/state"
    assert arguments["endpoint"] == f"unix://{OWN}/csi.sock"
    assert _arguments(registrar)["kubelet-registration-path"] == f"{OWN}/csi.sock"
    # A mount of the plugin's own that the kubelet sees keeps it from unstaging.
    [own] = [mount for mount in plugin["volumeMounts"] if arguments["run-dir"].startswith(f"{mount['mountPath']}/")]
    assert "mountPropagation" not in own
    [volume] = [volume for volume in spec["volumes"] if volume["name"] == own["name"]]
    assert volume["emptyDir"]["medium"] == "Memory"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_mounts_outlive_the_pod_in_the_hosts_network(overlay):
    spec = _spec(kustomize(overlay), "DaemonSet")
    assert spec["hostNetwork"] is True and spec["dnsPolicy"] == "ClusterFirstWithHostNet"
    assert spec["hostPID"] is True
    [plugin] = [container for container in spec["containers"] if container["name"] == "plugin"]
    assert _arguments(plugin)["fuse-cgroup"] == "host"
    for container in spec["containers"]:
        listens = _arguments(container).get("http-endpoint")
        # In the host's network: on its loopback address, and where the probe asks.
        assert listens is None or listens.startswith("127.0.0.1:")
    probes = {c["name"]: c["livenessProbe"]["httpGet"] for c in spec["containers"] if "livenessProbe" in c}
    by_name = {c["name"]: _arguments(c).get("http-endpoint") for c in spec["containers"]}
    assert f"127.0.0.1:{probes['plugin']['port']}" == by_name["livenessprobe"]
    assert f"127.0.0.1:{probes['registrar']['port']}" == by_name["registrar"]
    assert probes["plugin"]["host"] == probes["registrar"]["host"] == "127.0.0.1"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_controllers_probes_ask_where_something_listens(overlay):
    spec = _spec(kustomize(overlay), "StatefulSet")
    listening = {c["name"]: _arguments(c).get("http-endpoint") for c in spec["containers"]}
    ports = [port for port in listening.values() if port]
    assert len(ports) == len(set(ports)) == len(spec["containers"]) - 1
    for container in spec["containers"]:
        if container["name"] == "livenessprobe":
            continue
        asked = f":{container['livenessProbe']['httpGet']['port']}"
        assert asked == listening["livenessprobe" if container["name"] == "plugin" else container["name"]]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_containers_of_a_pod_share_what_they_mount(overlay):
    """A volume that is mounted exists, and one that exists is mounted."""
    for where, spec in pods(kustomize(overlay)):
        there = {volume["name"] for volume in spec["volumes"]}
        mounted = {mount["name"] for container in spec["containers"] for mount in container["volumeMounts"]}
        assert there == mounted, where


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_time_limits_nest(overlay):
    """Sidecars wait longer than the plugin, and Kubernetes waits longer than the plugin's grace period."""
    objects = kustomize(overlay)
    options = (REPOSITORY / "docs/options.md").read_text()
    [grace] = [line.split("|")[3].strip(" `") for line in options.splitlines() if line.startswith("| `--grace-period`")]
    # The longest that a call waits by the plugin's own choice: for the volume's last node to be detached.
    service = (REPOSITORY / "Sources/CSIServices/Controller/CephFSControllerService.swift").read_text()
    [patience] = [line for line in service.splitlines() if "longestDetachPatience = Duration.seconds(" in line]
    patience = int(patience.split("seconds(")[1].split(")")[0])
    for _, spec in pods(objects):
        assert spec["terminationGracePeriodSeconds"] > int(grace)
    waits = [_arguments(container).get("timeout") for _, _, container in containers(objects)]
    waits = [int(wait.removesuffix("s")) for wait in waits if wait]
    assert waits and all(wait >= 2 * patience for wait in waits)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_controllers_are_found_by_policy_and_budget(overlay):
    objects = kustomize(overlay)
    controller = one(objects, "StatefulSet")
    labels = controller["spec"]["template"]["metadata"]["labels"]
    assert controller["spec"]["selector"]["matchLabels"] == labels
    assert one(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert one(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert labels != one(objects, "DaemonSet")["spec"]["template"]["metadata"]["labels"]
    assert one(objects, "NetworkPolicy")["spec"]["ingress"] == []


def test_attaching_goes_with_its_sidecar():
    for overlay in OVERLAYS:
        objects = kustomize(overlay)
        names = {container["name"] for container in _spec(objects, "StatefulSet")["containers"]}
        attaches = one(objects, "CSIDriver")["spec"]["attachRequired"]
        assert attaches == ("attacher" in names) == (overlay != "shared-only"), overlay
        modes = {item["parameters"]["credentials"] for item in objects if item["kind"] == "StorageClass"}
        assert modes == ({"volume", "node"} if attaches else {"shared"}), overlay


def test_what_the_plugin_offers_has_its_sidecar():
    source = (REPOSITORY / "Sources/CSIServices/Controller/CephFSControllerService.swift").read_text()
    for overlay in OVERLAYS:
        objects = kustomize(overlay)
        names = {container["name"] for container in _spec(objects, "StatefulSet")["containers"]}
        assert ("resizer" in names) == (".expandVolume" in source), overlay
        assert ("snapshotter" in names) == (".createDeleteSnapshot" in source and overlay != "plain"), overlay
        snapshots = [item for item in objects if item["kind"] == "VolumeSnapshotClass"]
        assert bool(snapshots) == ("snapshotter" in names), overlay


def test_group_snapshots_are_one_switch_in_two_places():
    for overlay in OVERLAYS:
        objects, wanted = kustomize(overlay), overlay == "group-snapshots"
        words = [word for c in _spec(objects, "StatefulSet")["containers"] for word in c["args"]]
        assert ("--feature-gates=CSIVolumeGroupSnapshot=true" in words) == wanted, overlay
        classes = [item for item in objects if item["kind"] == "VolumeGroupSnapshotClass"]
        assert len(classes) == wanted, overlay


def test_capacity_is_one_switch_in_three_places():
    """Objects are made by the sidecar, heeded by the scheduler, and for classes that bind with a pod alone."""
    assert ".getCapacity" in (REPOSITORY / "Sources/CSIServices/Controller/CephFSControllerService.swift").read_text()
    for overlay in OVERLAYS:
        objects, tracked = kustomize(overlay), overlay == "capacity"
        [provisioner] = [c for c in _spec(objects, "StatefulSet")["containers"] if c["name"] == "provisioner"]
        assert ("--enable-capacity" in provisioner["args"]) == tracked
        variables = {entry["name"] for entry in provisioner.get("env", [])}
        assert variables == ({"NAMESPACE", "POD_NAME"} if tracked else set())
        assert one(objects, "CSIDriver")["spec"]["storageCapacity"] is tracked
        modes = {item["volumeBindingMode"] for item in objects if item["kind"] == "StorageClass"}
        assert modes == {"WaitForFirstConsumer" if tracked else "Immediate"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_calls_without_secrets_have_a_user_whose_key_is_mounted(overlay):
    """The configuration's `user` is the one in the secret, and `keyFile` is where its key appears; not on nodes."""
    objects = kustomize(overlay)
    [entry] = yaml.safe_load(one(objects, "ConfigMap", "cephfs-csi")["data"]["config.yaml"])["clusters"]
    spec = _spec(objects, "StatefulSet")
    [volume] = [item for item in spec["volumes"] if "secret" in item]
    [example] = [
        item
        for item in from_file(DEPLOY / "examples/secrets.yaml")
        if item["metadata"]["name"] == volume["secret"]["secretName"]
    ]
    [item] = volume["secret"]["items"]
    assert example["stringData"]["adminID"] == entry["user"] and item["key"] == "adminKey"
    assert volume["secret"]["optional"] is True and volume["secret"]["defaultMode"] & 0o337 == 0
    users = {c["name"]: m for c in spec["containers"] for m in c["volumeMounts"] if m["name"] == volume["name"]}
    assert set(users) == {"plugin"} and users["plugin"]["readOnly"] is True
    assert entry["keyFile"] == f"{users['plugin']['mountPath']}/{item['path']}"
    assert not [item for item in _spec(objects, "DaemonSet")["volumes"] if "secret" in item]
