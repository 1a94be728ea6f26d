"""What an administrator sees on CephFS, through Debian's own libcephfs binding: used to set up and to verify."""

import stat

import cephfs
import rados


class AdminView:
    """A mount of `/` as client.admin. It keeps no state of its own, so it always sees what is there."""

    def __init__(self, cluster, filesystem=None):
        self.handle = rados.Rados(conffile=cluster["CONF"], name="client.admin")
        self.handle.connect(timeout=10)
        self.mount = cephfs.LibCephFS(rados_inst=self.handle)
        self.mount.mount(filesystem_name=(filesystem or cluster["FS"]).encode())

    def close(self):
        self.mount.unmount()
        self.mount.shutdown()
        self.handle.shutdown()

    def exists(self, path):
        try:
            self.mount.stat(path)
            return True
        except cephfs.ObjectNotFound:
            return False

    def stat(self, path):
        return self.mount.stat(path)

    def names(self, path):
        """The entries of a directory, without `.` and `..`; none when it does not exist."""
        try:
            handle = self.mount.opendir(path)
        except cephfs.ObjectNotFound:
            return []
        try:
            names = []
            while entry := self.mount.readdir(handle):
                name = entry.d_name.decode("utf-8", "surrogateescape")
                if name not in (".", ".."):
                    names.append(name)
            return sorted(names)
        finally:
            self.mount.closedir(handle)

    def attribute(self, path, name):
        """An extended attribute as text, None when it is not set."""
        try:
            return self.mount.getxattr(path, name).decode()
        except (cephfs.NoData, cephfs.ObjectNotFound):
            return None

    def quota(self, path):
        """`ceph.quota.max_bytes`; 0 for none."""
        return int(self.attribute(path, "ceph.quota.max_bytes") or 0)

    def mode(self, path):
        return stat.S_IMODE(self.mount.stat(path).st_mode)

    def make_directory(self, path, mode=0o777):
        self.mount.mkdirs(path, mode)
        self.mount.chmod(path, mode)

    def remove_tree(self, path):
        for name in self.names(path):
            below = f"{path}/{name}"
            if stat.S_ISDIR(self.mount.stat(below, follow_symlink=False).st_mode):
                self.remove_tree(below)
            else:
                self.mount.unlink(below)
        self.mount.rmdir(path)

    def write(self, path, text):
        handle = self.mount.open(path, "w", 0o644)
        self.mount.write(handle, text.encode(), 0)
        self.mount.close(handle)

    def read(self, path):
        handle = self.mount.open(path, "r", 0)
        try:
            return self.mount.read(handle, 0, 1 << 20).decode()
        finally:
            self.mount.close(handle)


class VolumesView:
    """The directories of one root and group, as the administrator sees them."""

    def __init__(self, admin, root="/volumes", group="csi"):
        self.admin = admin
        self.root = root
        self.group = group

    @property
    def group_path(self):
        return f"{self.root}/{self.group}"

    def volumes(self):
        return self.admin.names(self.group_path)

    def staging(self):
        return self.admin.names(f"{self.root}/_staging")

    def trash(self):
        return self.admin.names(f"{self.root}/_trash")

    def flaw(self, volume):
        """What is missing of a volume for it to be whole, as a phrase; None when it is whole or gone altogether."""
        base = f"{self.group_path}/{volume}"
        names = self.admin.names(base)
        data = [name for name in names if not name.startswith(".")]
        flaw = None
        if ".meta" not in names:
            flaw = "it has no .meta"
        elif len(data) != 1:
            flaw = f"it has {len(data)} data directories: {data}"
        elif self.admin.attribute(f"{base}/{data[0]}", "ceph.quota.max_bytes") is None:
            flaw = "its data directory has no quota"
        # A volume that was deleted while this looked at it is no flaw.
        return flaw if flaw and self.admin.exists(base) else None
