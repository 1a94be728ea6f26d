"""What a test makes in the cluster, waits for, and takes away again."""

from .installation import DRIVER
from .kubectl import Kubectl, until
from .objects import claim, pod

NAMESPACE = "cephfs-csi-test"
# Of failed things that a test is not about: an event of these says that something was tried in vain.
FAILURES = ("VolumeFailedDelete", "FailedAttachVolume", "ProvisioningFailed", "FailedUnMount", "FailedMapVolume")


class Cluster:
    """One test's share of the namespace: names begin with the test's, and all of it is deleted at its end."""

    def __init__(self, name, installation):
        self.name, self.installation = name, installation
        self.kubectl = Kubectl(NAMESPACE)
        self.made = []

    def called(self, name):
        return f"{self.name}-{name}"

    def apply(self, *objects):
        self.kubectl.apply(*objects)
        for item in objects:
            entry = (item["kind"], item["metadata"]["name"])
            if entry not in self.made:
                self.made.append(entry)

    def claim(self, name="claim", wait=True, **words):
        """A claim; returns its full name when it is bound."""
        full = self.called(name)
        self.apply(claim(full, **words))
        if wait:
            self.bound(full)
        return full

    def pod(self, name, *claims, wait=True, **words):
        full = self.called(name)
        self.apply(pod(full, *claims, **words))
        if wait:
            self.running(full)
        return full

    def bound(self, *names, timeout=60):
        def look():
            return all(self.phase("pvc", name) == "Bound" for name in names)

        until(lambda: self.events(*names), look, timeout=timeout)

    def running(self, *names, timeout=120):
        def ready(name):
            conditions = (self.kubectl.get("pod", name) or {"status": {}})["status"].get("conditions", [])
            return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)

        until(lambda: self.events(*names), lambda: all(ready(name) for name in names), timeout=timeout)

    def phase(self, kind, name):
        return (self.kubectl.get(kind, name) or {}).get("status", {}).get("phase")

    def snapshot_ready(self, name, timeout=60):
        def look():
            return (self.kubectl.get("volumesnapshot", name) or {}).get("status", {}).get("readyToUse")

        until(lambda: self.events(name), look, timeout=timeout)

    def volume_of(self, claim_name):
        """The PersistentVolume of a claim."""
        return self.kubectl.get("pv", self.kubectl.get("pvc", claim_name)["spec"]["volumeName"])

    def events(self, *names, reasons=()):
        """Warnings about objects of this test, for a failure's text."""
        lines = []
        for item in self.kubectl.get("events"):
            about = item["involvedObject"].get("name", "")
            wanted = not names or any(about.startswith(name) for name in names)
            if item["type"] == "Warning" and wanted and (not reasons or item["reason"] in reasons):
                lines.append(f"{about}: {item['reason']}: {item['message'][:300]}")
        return "\n".join(lines[-12:]) or f"no warnings about {', '.join(names)}"

    def delete(self, kind, *names):
        self.kubectl.delete(kind, *names)

    def gone(self, volumes, timeout=90):
        """Until the PersistentVolumes are gone, and nothing of them is attached."""

        def left():
            present = {item["metadata"]["name"] for item in self.kubectl.get("pv")} & set(volumes)
            attached = [
                item["metadata"]["name"]
                for item in self.kubectl.get("volumeattachments")
                if item["spec"]["source"].get("persistentVolumeName") in volumes
            ]
            return [*sorted(present), *attached]

        until(lambda: f"left: {', '.join(left())}", lambda: not left(), timeout=timeout)

    def clean(self):
        """Deletes what the test made, in the opposite order, and waits until its volumes are gone."""
        volumes = set()
        for kind, name in self.made:
            item = self.kubectl.get(kind, name) if kind in ("PersistentVolumeClaim", "PersistentVolume") else None
            if item and kind == "PersistentVolumeClaim" and item["spec"].get("volumeName"):
                volumes.add(item["spec"]["volumeName"])
        for item in self.kubectl.get("pvc"):
            owners = [owner["name"] for owner in item["metadata"].get("ownerReferences", [])]
            if any(("Pod", owner) in self.made for owner in owners) and item["spec"].get("volumeName"):
                volumes.add(item["spec"]["volumeName"])
        for kind, name in reversed(self.made):
            self.kubectl.delete(kind, name)
        self.made = []
        self.gone(volumes)

    def failures(self):
        """Events of failed attempts in this test's namespace and about volumes of the driver, by reason."""
        found = []
        for item in Kubectl("default").get("events", None, "--all-namespaces"):
            if item["reason"] in FAILURES and DRIVER in str(item) + item["message"]:
                found.append(f"{item['involvedObject'].get('name')}: {item['reason']}: {item['message'][:200]}")
        return found
