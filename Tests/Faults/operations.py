"""The calls that meet a fault. Each is a generator: it prepares, yields its call, is sent the answer that it got in the end, and
checks that what was asked for is there, whole and once, and undoes it."""

import dataclasses
import pathlib
import typing

from harness.mounts import mounts
from harness.requests import MiB
from harness.stubs import csi

FENCED = {"credentials": "node"}
TEXT = "content of the source"


@dataclasses.dataclass
class World:
    """What there is to work with."""

    cluster: typing.Any
    admin: typing.Any
    volumes: typing.Any
    requests: typing.Any
    plugin: typing.Any
    base: pathlib.Path
    name: str

    @property
    def client(self):
        return self.plugin.client

    @property
    def secrets(self):
        return {**self.requests.admin, **self.requests.fencer}

    def made(self, what, **arguments):
        """A volume with a file."""
        volume = self.client.must("CreateVolume", self.requests.create(f"{self.name}-{what}", **arguments)).volume
        self.admin.write(f"{volume.volume_context['path']}/file", TEXT)
        return volume

    def deleted(self, volume):
        reply = self.client.call_until_settled("DeleteVolume", self.requests.delete(volume.volume_id))
        assert reply.ok, reply

    def paths(self, what):
        staging, pods = self.base / what / "globalmount", self.base / what / "pod"
        for path in (staging, pods):
            path.mkdir(parents=True)
        return staging, pods / "mount"

    def staged(self, what):
        volume = self.made(what)
        staging, target = self.paths(what)
        self.client.must("NodeStageVolume", self.requests.stage(volume, staging))
        return volume, staging, target

    def unstaged(self, volume, staging):
        self.client.must("NodeUnstageVolume", self.requests.unstage(volume, staging))
        assert mounts(staging) == []

    def is_whole(self, volume, files=True):
        directory = volume.volume_id.split(":")[-1]
        assert self.volumes.flaw(directory) is None
        path = volume.volume_context["path"]
        assert self.admin.quota(path) == volume.capacity_bytes
        if files:
            assert self.admin.names(path) == ["file"] and self.admin.read(f"{path}/file") == TEXT


def create(world):
    answer = yield "CreateVolume", world.requests.create(f"{world.name}-create")
    world.is_whole(answer.volume, files=False)
    world.deleted(answer.volume)


def delete(world):
    volume = world.made("delete")
    yield "DeleteVolume", world.requests.delete(volume.volume_id)
    assert volume.volume_id.split(":")[-1] not in world.volumes.volumes()


def snapshot(world):
    volume = world.made("snapshot")
    answer = yield "CreateSnapshot", world.requests.snapshot(f"s-{world.name}", volume)
    assert answer.snapshot.ready_to_use
    found = world.client.must("ListSnapshots", csi.ListSnapshotsRequest(source_volume_id=volume.volume_id)).entries
    assert [one.snapshot for one in found] == [answer.snapshot]
    world.client.must("DeleteSnapshot", world.requests.delete_snapshot(answer.snapshot))
    world.deleted(volume)


def restore(world):
    volume = world.made("restored")
    source = world.client.must("CreateSnapshot", world.requests.snapshot(f"r-{world.name}", volume)).snapshot
    answer = yield "CreateVolume", world.requests.create(f"{world.name}-restore", source=source)
    world.is_whole(answer.volume)
    world.deleted(answer.volume)
    world.client.must("DeleteSnapshot", world.requests.delete_snapshot(source))
    world.deleted(volume)


def clone(world):
    volume = world.made("cloned")
    answer = yield "CreateVolume", world.requests.create(f"{world.name}-clone", source=volume)
    world.is_whole(answer.volume)
    for one in (answer.volume, volume):
        world.deleted(one)


def expand(world):
    volume = world.made("expand")
    yield "ControllerExpandVolume", world.requests.expand(volume, 64 * MiB)
    assert world.admin.quota(volume.volume_context["path"]) == 64 * MiB
    world.deleted(volume)


def publish(world):
    volume = world.made("publish", parameters=FENCED)
    node = world.client.must("NodeGetInfo").node_id
    yield "ControllerPublishVolume", world.requests.controller_publish(volume, node, secrets=world.secrets)
    assert len(world.cluster.users_of(volume)) == 1
    world.client.must("ControllerUnpublishVolume", world.requests.controller_unpublish(volume, node, world.secrets))
    world.deleted(volume)


def unpublish(world):
    volume = world.made("unpublish", parameters=FENCED)
    node = world.client.must("NodeGetInfo").node_id
    world.client.must("ControllerPublishVolume", world.requests.controller_publish(volume, node, secrets=world.secrets))
    yield "ControllerUnpublishVolume", world.requests.controller_unpublish(volume, node, world.secrets)
    assert world.cluster.users_of(volume) == []
    world.deleted(volume)


def stage(world):
    volume = world.made("stage")
    staging, _ = world.paths("stage")
    yield "NodeStageVolume", world.requests.stage(volume, staging)
    assert len(mounts(staging)) == 1 and (staging / "file").read_text() == TEXT
    world.unstaged(volume, staging)
    world.deleted(volume)


def unstage(world):
    volume, staging, _ = world.staged("unstage")
    (staging / "file").write_text(TEXT)
    yield "NodeUnstageVolume", world.requests.unstage(volume, staging)
    assert mounts(staging) == []
    world.is_whole(volume)
    world.deleted(volume)


def mount(world):
    volume, staging, target = world.staged("mount")
    request = world.requests.publish(volume, staging, target)
    # With these a stage that has died is replaced.
    request.secrets.update(world.requests.user)
    yield "NodePublishVolume", request
    assert (target / "file").read_text() == TEXT
    world.client.must("NodeUnpublishVolume", world.requests.unpublish(volume, target))
    world.unstaged(volume, staging)
    world.deleted(volume)


def unmount(world):
    volume, staging, target = world.staged("unmount")
    world.client.must("NodePublishVolume", world.requests.publish(volume, staging, target))
    yield "NodeUnpublishVolume", world.requests.unpublish(volume, target)
    assert mounts(target) == [] and not target.exists()
    world.unstaged(volume, staging)
    world.deleted(volume)


def list_volumes(world):
    volume = world.made("list")
    answer = yield "ListVolumes", csi.ListVolumesRequest()
    assert volume.volume_id in {one.volume.volume_id for one in answer.entries}
    world.deleted(volume)


ALL = {
    "create": create, "delete": delete, "snapshot": snapshot, "restore": restore, "clone": clone, "expand": expand,
    "publish": publish, "unpublish": unpublish, "stage": stage, "unstage": unstage, "mount": mount, "unmount": unmount,
    "list": list_volumes,
}  # fmt: skip
