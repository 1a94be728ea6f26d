"""Volumes as pods use them."""

import pytest

from support.kubectl import until
from support.objects import deployment, pod

WRITE = "head -c 5000000 /dev/urandom >/data/random && sha256sum </data/random >/data/sum"
CHECK = "sha256sum </data/random | cmp - /data/sum && echo same"


@pytest.mark.parametrize("storage_class", ["cephfs", "cephfs-fenced"])
def test_a_claim_is_bound_and_a_pod_writes(cluster, storage_class):
    claim = cluster.claim(storage_class=storage_class)
    pod = cluster.pod("writer", claim, script=WRITE)
    until("the data", lambda: cluster.kubectl.sh(pod, CHECK + " || true") == "same\n")
    total = int(cluster.kubectl.sh(pod, "df -kP /data | tail -1 | awk '{print $2}'"))
    assert total == 1 << 20, "the pod sees the claim's size"


def test_two_pods_of_a_deployment_write_to_one_file(cluster):
    claim = cluster.claim()
    name = cluster.called("notes")
    cluster.apply(deployment(name, 2, claim, "while sleep 0.2; do echo $HOSTNAME >>/data/all; done & "))

    def writers():
        names = [item["metadata"]["name"] for item in cluster.kubectl.get("pods", None, f"--selector=app={name}")]
        found = set(cluster.kubectl.sh(names[0], "sort -u /data/all || true").split()) if names else set()
        return len(names) == 2 and found == set(names)

    until(lambda: cluster.events(name), _unless_absent(writers), timeout=90)


def test_readers_of_a_read_only_volume_see_it_and_can_not_write(cluster):
    claim = cluster.claim()
    writer = cluster.pod("writer", claim)
    cluster.kubectl.sh(writer, WRITE)
    for name in ("one", "two"):
        reader = cluster.pod(name, claim, read_only=True)
        assert cluster.kubectl.sh(reader, CHECK) == "same\n"
        assert "Read-only file system" in cluster.kubectl.refused(reader, "touch /data/new")


def test_a_volume_for_one_pod_is_refused_to_a_second(cluster):
    claim = cluster.claim(mode="ReadWriteOncePod")
    first = cluster.pod("first", claim)
    cluster.pod("second", claim, wait=False)
    until("the scheduler's refusal", lambda: "ReadWriteOncePod" in cluster.events(cluster.called("second")))
    cluster.delete("pod", first)
    cluster.running(cluster.called("second"))


def test_sub_paths_of_one_volume(cluster):
    claim = cluster.claim()
    left = cluster.pod("left", claim, sub_path="left")
    right = cluster.pod("right", claim, sub_path="right")
    cluster.kubectl.sh(left, "echo left >/data/name")
    cluster.kubectl.sh(right, "echo right >/data/name")
    whole = cluster.pod("whole", claim)
    assert cluster.kubectl.sh(whole, "cat /data/left/name /data/right/name") == "left\nright\n"


def test_fs_group_gives_a_volume_to_pods_that_are_not_root(cluster):
    claim = cluster.claim()
    root = cluster.pod("root", claim)
    cluster.kubectl.sh(root, "chmod 0770 /data && chown 0:0 /data && mkdir /data/d && echo x >/data/d/f")
    cluster.delete("pod", root)
    user = cluster.pod(
        "user", claim, securityContext={"runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": True, "fsGroup": 4321}
    )
    assert cluster.kubectl.sh(user, "stat -c '%g %a' /data").split() == ["4321", "2770"]
    cluster.kubectl.sh(user, "touch /data/new && cat /data/d/f && ls /data")
    assert "4321" in cluster.kubectl.sh(user, "stat -c %g /data/new")


def test_supplemental_groups_open_a_directory_of_mode_0770(cluster):
    claim = cluster.claim()
    root = cluster.pod("root", claim)
    cluster.kubectl.sh(root, "mkdir /data/team && chown 0:5555 /data/team && chmod 2770 /data/team")
    security = {"runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": True}
    member = cluster.pod("member", claim, securityContext={**security, "supplementalGroups": [5555]})
    cluster.kubectl.sh(member, "touch /data/team/new")
    stranger = cluster.pod("stranger", claim, securityContext=security)
    assert "Permission denied" in cluster.kubectl.refused(stranger, "touch /data/team/other")


def test_an_ephemeral_volume_goes_with_its_pod(cluster):
    item = pod(cluster.called("scratch"))
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": "cephfs"}
    spec["resources"] = {"requests": {"storage": "1Gi"}}
    item["spec"]["volumes"] = [{"name": "s", "ephemeral": {"volumeClaimTemplate": {"spec": spec}}}]
    item["spec"]["containers"][0]["volumeMounts"] = [{"name": "s", "mountPath": "/data"}]
    cluster.apply(item)
    name = item["metadata"]["name"]
    cluster.running(name)
    cluster.kubectl.sh(name, WRITE)
    volume = cluster.volume_of(f"{name}-s")["metadata"]["name"]
    cluster.delete("pod", name)
    cluster.gone([volume])


def test_a_static_volume_shows_an_existing_directory(cluster):
    claim = cluster.claim()
    writer = cluster.pod("writer", claim)
    cluster.kubectl.sh(writer, WRITE)
    context = cluster.volume_of(claim)["spec"]["csi"]["volumeAttributes"]
    static, name = cluster.called("static"), cluster.called("static-claim")
    cluster.apply(_static_volume(static, name, context), _static_claim(name, static))
    cluster.bound(name)
    reader = cluster.pod("reader", name)
    assert cluster.kubectl.sh(reader, CHECK) == "same\n"
    cluster.delete("pod", reader)
    cluster.delete("pvc", name)
    cluster.delete("pv", static)


def test_a_volume_grows_under_a_writer(cluster):
    claim = cluster.claim(size="8Mi")
    pod = cluster.pod("writer", claim)
    # The client notices a full quota some megabytes late.
    cluster.kubectl.refused(pod, "dd if=/dev/zero of=/data/big bs=1M count=64 conv=fsync")
    grown = {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}
    cluster.kubectl("patch", "pvc", claim, "--patch", str(grown).replace("'", '"'))
    until(
        lambda: cluster.events(claim),
        lambda: cluster.kubectl.get("pvc", claim)["status"]["capacity"]["storage"] == "1Gi",
    )
    cluster.kubectl.sh(pod, "dd if=/dev/zero of=/data/big bs=1M count=64 conv=fsync")


def test_mutable_parameters_change(cluster):
    name = cluster.called("few-files")
    made = {"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttributesClass", "metadata": {"name": name}}
    cluster.apply({**made, "driverName": "cephfs.csi.swift", "parameters": {"maxFiles": "5"}})
    claim = cluster.claim()
    pod = cluster.pod("writer", claim)
    cluster.kubectl.sh(pod, "for n in 1 2 3 4 5 6 7 8; do echo >/data/$n; done")
    cluster.kubectl("patch", "pvc", claim, "--patch", f'{{"spec": {{"volumeAttributesClassName": "{name}"}}}}')
    until(
        lambda: cluster.events(claim),
        lambda: cluster.kubectl.get("pvc", claim)["status"].get("currentVolumeAttributesClassName") == name,
    )
    until("a refusal", lambda: "quota" in cluster.kubectl.run("exec", pod, "--", "touch", "/data/9").stderr.lower())


def test_the_kubelet_reports_a_volumes_use(cluster):
    claim = cluster.claim(size="64Mi")
    writer = cluster.pod("writer", claim)
    cluster.kubectl.sh(writer, WRITE)
    node = cluster.kubectl.get("pod", writer)["spec"]["nodeName"]

    def figures():
        done = cluster.kubectl.run("get", "--raw", f"/api/v1/nodes/{node}/proxy/metrics")
        if "address not allowed" in done.stderr:
            pytest.skip("the API server does not reach kubelets at loopback addresses")
        assert not done.returncode, done.stderr
        lines = [line for line in done.stdout.splitlines() if f'persistentvolumeclaim="{claim}"' in line]
        return {line.partition("{")[0]: float(line.split()[-1]) for line in lines}

    found = until("kubelet_volume_stats_*", lambda: _complete(figures()), timeout=150, pause=2)
    assert found["kubelet_volume_stats_capacity_bytes"] == 64 << 20


def _complete(figures):
    used = figures.get("kubelet_volume_stats_used_bytes", 0)
    # The client rounds down to 4 MiB.
    return figures if used >= 4 << 20 else None


def _static_volume(name, claim_name, context):
    csi = {
        "driver": "cephfs.csi.swift",
        "volumeHandle": name,
        "nodeStageSecretRef": {"name": "cephfs-csi-node", "namespace": "cephfs-csi"},
        "volumeAttributes": {"static": "true", **{key: context[key] for key in ("cluster", "filesystem", "path")}},
    }
    spec = {"accessModes": ["ReadWriteMany"], "capacity": {"storage": "1Gi"}, "storageClassName": "", "csi": csi}
    spec["claimRef"] = {"namespace": "cephfs-csi-test", "name": claim_name}
    spec["persistentVolumeReclaimPolicy"] = "Retain"
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def _static_claim(name, volume):
    spec = {"storageClassName": "", "volumeName": volume, "accessModes": ["ReadWriteMany"]}
    spec["resources"] = {"requests": {"storage": "1Gi"}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def _unless_absent(look):
    """`look`, and False while the pods that it asks are not there yet."""

    def found():
        try:
            return look()
        except AssertionError:
            return False

    return found
