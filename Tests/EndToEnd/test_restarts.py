"""Starts with much left over: what a life before has deleted and not removed yet."""

import os

import pytest
from test_managing import configuration

from harness.stubs import csi

RESTARTS = int(os.environ.get("TRASH_RESTARTS", "6"))
LEFTOVERS = 8


@pytest.fixture
def keeper(plugins, scratch, cluster):
    """A plugin that keeps what it deletes, so that somebody else's trash is full."""
    config = configuration(scratch / "keeper.yaml", cluster, "trashRetention: 1h")
    return plugins(role="controller", config=config).start().client


def test_a_start_with_a_full_trash_lives_to_empty_it(plugins, keeper, requests, volumes, cluster, name):
    """Each life knows the leftovers from a listing alone, which is where libcephfs 18 and 20 crashed when it looked for
    their snapshots. Every other life is killed in the middle of it, and the next one starts with what that has left."""
    known = keeper.must("CreateVolume", requests.create(name)).volume
    plugin = plugins(role="controller")
    for life in range(RESTARTS):
        is_killed = life % 2 == 0
        if is_killed:
            for number in range(LEFTOVERS):
                fill_trash(keeper, requests, f"{name}-{life}-{number}", with_snapshot=number == 0)
            # The one that had a snapshot need not be kept.
            assert len(volumes.trash()) >= LEFTOVERS - 1
        plugin.start()
        # Housekeeping begins with the first call that brings a user.
        assert plugin.client.must("CreateVolume", requests.create(name)).volume == known
        limit = LEFTOVERS - 2 if is_killed else 0
        cluster.wait_until(lambda: not plugin.running or len(volumes.trash()) <= limit, 60, "the trash is emptied")
        assert plugin.running, f"life {life + 1} ended with {plugin.process.returncode}:\n{plugin.log_tail()}"
        if is_killed:
            # What it held would hold up others until its next life, which begins at once.
            plugin.kill()
        else:
            assert plugin.stop() == 0
    keeper.must("DeleteVolume", requests.delete(known.volume_id))


def fill_trash(keeper, requests, name, with_snapshot):
    """A volume that ends in the trash or, with a snapshot, among the retained ones, and its snapshot goes too."""
    volume = keeper.must("CreateVolume", requests.create(name)).volume
    snapshot = None
    if with_snapshot:
        snapshot = keeper.must("CreateSnapshot", requests.snapshot(f"s-{name}", volume)).snapshot
    keeper.must("DeleteVolume", requests.delete(volume.volume_id))
    if snapshot:
        found = keeper.must("ListSnapshots", csi.ListSnapshotsRequest(snapshot_id=snapshot.snapshot_id))
        assert [one.snapshot for one in found.entries] == [snapshot]
        keeper.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
