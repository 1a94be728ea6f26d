"""What holds after every fault."""

import contextlib
import os

from harness.mounts import fuse_clients, helpers, mounts


class Before:
    """What there was before, and the check that there is no more and no less afterwards."""

    def __init__(self, world):
        self.world = world
        self.visible = self._visible()
        self.flaws = self._flaws()
        self.users = set(world.cluster.users())
        self.sessions = {one["id"] for one in world.cluster.sessions()}

    def _visible(self):
        """The volumes and the snapshots."""
        index, names = f"{self.world.volumes.root}/_snapshots", self.world.admin.names
        snapshots = {snapshot for group in names(index) for snapshot in names(f"{index}/{group}") if "~" not in snapshot}
        return set(self.world.volumes.volumes()), snapshots

    def _flaws(self):
        """What is half-made among what is visible; other tests leave directories of another origin."""
        volumes = self.world.volumes
        return {one: flaw for one in volumes.volumes() if (flaw := volumes.flaw(one))}

    def check(self, without_capabilities=False):
        """Nothing is lost or half-made, and nothing is left over.

        `without_capabilities`: sessions that hold none, and so hold nobody up, may be left to the MDS's own time-out.
        """
        world = self.world
        assert self._visible() == self.visible
        assert self._flaws() == self.flaws
        assert set(world.cluster.users()) == self.users, "a Ceph user is left"
        world.cluster.wait_until(lambda: world.volumes.staging() == [], 30, f"staging is empty: {world.volumes.staging()}")
        assert mounts(world.base) == []
        directory = str(world.plugin.directory)
        world.cluster.wait_until(lambda: self._clients(directory) == [], 10, "no ceph-fuse is left")
        assert helpers(directory) == []

        def dead():
            return [one for one in self._dead_sessions() if one[1] or not without_capabilities]

        world.cluster.wait_until(lambda: dead() == [], 10, f"no session of the dead: {dead()}")

    def _clients(self, directory):
        return [at for at in fuse_clients(self.world.cluster["MONITORS"].split(",")[0]).values() if directory in at]

    def _dead_sessions(self):
        """(mount point, capabilities, state) of the sessions of this plugin's ceph-fuse processes that are no more."""
        return [
            (one["client_metadata"]["mount_point"], one.get("num_caps"), one["state"])
            for one in self.world.cluster.sessions()
            if one["id"] not in self.sessions
            and str(self.world.plugin.directory) in one["client_metadata"].get("mount_point", "")
            and not os.path.exists(f"/proc/{one['client_metadata'].get('pid')}/exe")
        ]


def figures(plugin):
    """(threads, descriptors, resident bytes) of a plugin."""
    with contextlib.suppress(OSError):
        pages = int(open(f"/proc/{plugin.pid}/statm").read().split()[1])
        return plugin.threads(), len(os.listdir(f"/proc/{plugin.pid}/fd")), pages * os.sysconf("SC_PAGESIZE")
    return 0, 0, 0
