"""What a kubelet does with mounts: its layout of directories, and its rules about what it sees in the mount table.

The rules are those of Kubernetes 1.36: k8s.io/mount-utils (GetMountRefs, SearchMountPoints, IsLikelyNotMountPoint,
IsCorruptedMnt) and pkg/volume/util (HasMountRefs), which operation_generator.go applies before NodeUnstageVolume.
"""

import errno
import hashlib
import os
import pathlib
import posixpath

from .mounts import mounts

MOUNT_TABLE = "/proc/self/mountinfo"
CORRUPTED = {errno.ENOTCONN, errno.ESTALE, errno.EIO, errno.EACCES, errno.EHOSTDOWN, errno.EWOULDBLOCK}


def _table():
    """(id, major:minor, root, mount point) of each line, with the kernel's escapes as they are."""
    for line in pathlib.Path(MOUNT_TABLE).read_text().splitlines():
        fields = line.split(" ")
        yield fields[0], fields[2], fields[3], fields[4]


def _is_within(path, base):
    relative = posixpath.relpath(path, base)
    return relative != ".." and not relative.startswith("../")


def mount_references(path):
    """GetMountRefs: where else the same root of the same device is mounted; none for a path that is gone or corrupted."""
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ENOENT or error.errno in CORRUPTED:
            return []
        raise
    source = os.path.realpath(path)
    table = list(_table())
    for own, device, root, point in reversed(table):
        if source == point or _is_within(source, point):
            below = source[len(point):] if source.startswith(point) else source
            searched = posixpath.normpath(posixpath.join(root, below.lstrip("/")))
            return [at for id, dev, top, at in table if id != own and dev == device and top == searched]
    raise AssertionError(f"no mount holds {source}")


def has_mount_references(device_path, references):
    """HasMountRefs: references whose path holds the device path from `/plugins/kubernetes.io/` on do not count."""
    found = str(device_path).find("/plugins/kubernetes.io/")
    searched = str(device_path)[found:] if found >= 0 else str(device_path)
    return any(searched not in reference for reference in references)


def is_likely_not_mount_point(path):
    """Whether path and parent are on one device; dead mounts raise, as os.Stat fails for the kubelet."""
    return os.stat(path).st_dev == os.stat(os.path.dirname(str(path).rstrip("/"))).st_dev


class Kubelet:
    """The kubelet's directory, and the order and conditions in which it calls a driver's node service."""

    def __init__(self, directory, driver="cephfs.csi.swift"):
        self.directory = pathlib.Path(directory)
        self.driver = driver
        for name in ("plugins", "pods"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)

    @property
    def plugin_directory(self):
        return self.directory / "plugins" / self.driver

    def device_path(self, volume):
        """Where a volume is staged; its parent is there, as the kubelet makes it."""
        handle = hashlib.sha256(volume.volume_id.encode()).hexdigest()
        path = self.directory / "plugins" / "kubernetes.io" / "csi" / self.driver / handle / "globalmount"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def target(self, volume, pod):
        handle = hashlib.sha256(volume.volume_id.encode()).hexdigest()[:12]
        path = self.directory / "pods" / pod / "volumes" / "kubernetes.io~csi" / f"pv-{handle}" / "mount"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def seen(self):
        """Every CephFS mount that is seen here, as path -> kind."""
        return {mount.target: mount.kind for mount in mounts() if mount.kind in ("ceph", "fuse.ceph-fuse")}

    def sees_only(self, before, *paths):
        """Fails when the mount table has other CephFS mounts than those before and the given ones."""
        extra = {path: kind for path, kind in self.seen().items() if path not in before}
        assert set(extra) == {str(path) for path in paths}, extra

    def may_unstage(self, volume):
        """What the kubelet asks before NodeUnstageVolume; the references that keep it from it."""
        path = self.device_path(volume)
        references = mount_references(path)
        return not has_mount_references(path, references), references


class Calls:
    """A kubelet's calls for one volume, each with a look at the mount table behind it."""

    def __init__(self, kubelet, requests, volume):
        self.kubelet, self.requests, self.volume = kubelet, requests, volume
        self.staging = kubelet.device_path(volume)
        self.before = kubelet.seen()
        self.expected = []

    def look(self):
        self.kubelet.sees_only(self.before, *self.expected)
        targets = {str(path) for path in self.expected if path != self.staging}
        allowed, references = self.kubelet.may_unstage(self.volume)
        assert set(references) <= targets, references
        assert allowed == (not references)

    def stage(self, client):
        client.must("NodeStageVolume", self.requests.stage(self.volume, self.staging))
        if self.staging not in self.expected:
            self.expected.append(self.staging)
        self.look()
        assert not is_likely_not_mount_point(self.staging)

    def publish(self, client, pod):
        target = self.kubelet.target(self.volume, pod)
        client.must("NodePublishVolume", self.requests.publish(self.volume, self.staging, target))
        if target not in self.expected:
            self.expected.append(target)
        self.look()
        return target

    def unpublish(self, client, pod):
        target = self.kubelet.target(self.volume, pod)
        client.must("NodeUnpublishVolume", self.requests.unpublish(self.volume, target))
        self.expected.remove(target)
        self.look()
        assert not target.exists()

    def unstage(self, client):
        allowed, references = self.kubelet.may_unstage(self.volume)
        assert allowed, f"the kubelet refuses to unstage: still mounted by {references}"
        client.must("NodeUnstageVolume", self.requests.unstage(self.volume, self.staging))
        self.expected.remove(self.staging)
        self.look()
        assert not self.staging.exists()
