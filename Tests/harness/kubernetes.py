"""What Kubernetes does for a few `kubectl` commands, as far as the plugin sees it: the sidecars' and the kubelet's calls."""

import pathlib
import re

import yaml

from .requests import GiB
from .sidecars import Attachment, Claim, Pod, SnapshotContent, until_final
from .stubs import REPOSITORY, csi

KINDS = ("PersistentVolumeClaim", "Deployment", "VolumeSnapshot")


def size_of(claim):
    number, unit = re.fullmatch(r"(\d+)(Gi)", claim["spec"]["resources"]["requests"]["storage"]).groups()
    return int(number) * {"Gi": GiB}[unit]


class Kubernetes:
    """`start(configuration)` starts the plugin and returns its client; `base` holds the kubelet's directories."""

    def __init__(self, base, start):
        self.base, self.start = pathlib.Path(base), start
        self.client = None
        self.classes, self.secrets, self.claims, self.pods, self.snapshots = {}, {}, {}, {}, {}

    def __call__(self, directory, words):
        words = [word for word in words if word not in ("-n", "cephfs-csi", "--prefix")]
        match words:
            case ["create", "secret", "generic", name, *literals]:
                pairs = [word.removeprefix("--from-literal=").partition("=")[::2] for word in literals]
                self.secrets[name] = dict(pairs)
                return f"secret/{name} created"
            case ["apply", "-k", folder]:
                return self.install(directory / folder)
            case ["rollout", "status", what]:
                assert self.client.must("Probe").ready.value
                return f"{what} rolled out"
            case ["wait", "pod", "--selector=app.kubernetes.io/component=node", *_]:
                assert self.client.must("Probe").ready.value
                return "pod/cephfs-csi-node condition met"
            case ["apply", "-f", path]:
                return "\n".join(self.apply(item) for item in yaml.safe_load_all((directory / path).read_text()))
            case ["delete", "-f", path]:
                items = list(yaml.safe_load_all((directory / path).read_text()))
                return "\n".join(self.delete(item) for item in reversed(items))
            case ["get", "pvc", *names]:
                lines = [f"{name} Bound {self.claims[name][1].capacity_bytes}" for name in names]
                return "\n".join(["NAME STATUS CAPACITY", *lines])
            case ["logs", "-l", label]:
                app = label.partition("=")[2]
                return "\n".join((pathlib.Path(pod.target) / "all").read_text() for pod in self.pods[app][:1])
        raise AssertionError(f"no such kubectl command is known: {words}")

    def install(self, folder):
        ours = yaml.safe_load((folder / "kustomization.yaml").read_text())
        [overlay] = ours["resources"]
        assert (folder / overlay / "kustomization.yaml").exists(), overlay
        [generated] = ours["configMapGenerator"]
        [name] = generated["files"]
        for path in (REPOSITORY / "deploy/kubernetes/classes").glob("*/storageclass.yaml"):
            item = yaml.safe_load(path.read_text())
            self.classes[item["metadata"]["name"]] = item
        self.client = self.start((folder / name).read_text(), self)
        return "applied"

    def secret(self, parameters, call):
        """What a class names for a call."""
        return self.secrets[parameters[f"csi.storage.k8s.io/{call}-secret-name"]]

    def final(self, method, request):
        answer = until_final(self.client, method, request, 60)[-1]
        assert answer.ok, answer
        return answer.response

    def apply(self, item):
        kind, name = item["kind"], item["metadata"]["name"]
        assert kind in KINDS, kind
        getattr(self, f"apply_{kind.lower()}")(name, item)
        return f"{kind} {name} configured"

    def delete(self, item):
        kind, name = item["kind"], item["metadata"]["name"]
        getattr(self, f"delete_{kind.lower()}")(name)
        return f"{kind} {name} deleted"

    def apply_persistentvolumeclaim(self, name, item):
        parameters = self.classes[item["spec"]["storageClassName"]]["parameters"]
        if name in self.claims:
            claim, volume = self.claims[name]
            secrets = self.secret(parameters, "controller-expand")
            request = csi.ControllerExpandVolumeRequest(volume_id=volume.volume_id, secrets=secrets)
            request.capacity_range.required_bytes = size_of(item)
            answer = self.final("ControllerExpandVolume", request)
            assert answer.capacity_bytes == size_of(item) and not answer.node_expansion_required
            volume.capacity_bytes = answer.capacity_bytes
            return
        claim = Claim(parameters, self.secret(parameters, "provisioner"), size_of(item), name, "default")
        source = item["spec"].get("dataSource")
        snapshot = self.snapshots[source["name"]][1] if source else None
        answer = self.final("CreateVolume", claim.create(source=snapshot))
        self.claims[name] = claim, claim.volume_of(answer)

    def delete_persistentvolumeclaim(self, name):
        claim, volume = self.claims.pop(name)
        self.final("DeleteVolume", csi.DeleteVolumeRequest(volume_id=volume.volume_id, secrets=claim.secrets))

    def apply_deployment(self, name, item):
        [mount] = item["spec"]["template"]["spec"]["volumes"]
        claim, volume = self.claims[mount["persistentVolumeClaim"]["claimName"]]
        node = self.client.must("NodeGetInfo").node_id
        attachment = Attachment(volume, node, self.secret(claim.storage_class, "controller-publish"))
        context = dict(self.final("ControllerPublishVolume", attachment.attach()).publish_context)
        staging = self.base / "plugins" / name / "globalmount"
        staging.mkdir(parents=True)
        self.pods[name] = []
        for number in range(item["spec"]["replicas"]):
            target = self.base / "pods" / f"{name}-{number}" / "mount"
            target.parent.mkdir(parents=True)
            pod = Pod(volume, staging, target, context)
            self.final("NodeStageVolume", pod.stage())
            self.final("NodePublishVolume", pod.publish())
            self.pods[name].append(pod)
            with open(target / "all", "a") as file:
                print(f"{name}-{number}", file=file)

    def delete_deployment(self, name):
        pods = self.pods.pop(name)
        for pod in pods:
            self.final("NodeUnpublishVolume", pod.unpublish())
        self.final("NodeUnstageVolume", pods[0].unstage())
        [claim] = [claim for claim, volume in self.claims.values() if volume is pods[0].volume]
        node = self.client.must("NodeGetInfo").node_id
        attachment = Attachment(pods[0].volume, node, self.secret(claim.storage_class, "controller-publish"))
        self.final("ControllerUnpublishVolume", attachment.detach())

    def apply_volumesnapshot(self, name, item):
        path = REPOSITORY / "deploy/kubernetes/components/snapshots/volumesnapshotclass.yaml"
        parameters = yaml.safe_load(path.read_text())["parameters"]
        _claim, volume = self.claims[item["spec"]["source"]["persistentVolumeClaimName"]]
        content = SnapshotContent(volume, self.secret(parameters, "snapshotter"), name, "default")
        snapshot = self.final("CreateSnapshot", content.create()).snapshot
        assert snapshot.ready_to_use
        self.snapshots[name] = content, snapshot

    def delete_volumesnapshot(self, name):
        content, snapshot = self.snapshots.pop(name)
        request = csi.DeleteSnapshotRequest(snapshot_id=snapshot.snapshot_id, secrets=content.secrets)
        self.final("DeleteSnapshot", request)
