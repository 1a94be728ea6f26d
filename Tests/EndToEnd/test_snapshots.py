"""Snapshots, restores and clones over the socket, with data that pods write through ceph-fuse."""

import os
import time

import pytest

from harness.requests import GiB, MiB
from harness.stubs import csi


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def made(client, request, patience=120):
    """Asks again and again, as an orchestrator does, until the copy is done."""
    deadline = time.monotonic() + patience
    while True:
        answer = client.call("CreateVolume", request)
        if answer.code != "ABORTED" or time.monotonic() > deadline:
            break
        assert "copying" in answer.message, answer.message
    return client.must("CreateVolume", request).volume


@pytest.fixture
def mounted(client, requests):
    """Mounts volumes for pods; they are unmounted at the end of the test."""
    done = []

    def mount(volume, paths, number=1):
        staging = paths.staging.parent / f"globalmount{number}"
        staging.mkdir()
        target = paths.target(number)
        client.must("NodeStageVolume", requests.stage(volume, staging))
        done.append(lambda: client.must("NodeUnstageVolume", requests.unstage(volume, staging)))
        client.must("NodePublishVolume", requests.publish(volume, staging, target))
        done.append(lambda: client.must("NodeUnpublishVolume", requests.unpublish(volume, target)))
        return target

    yield mount
    for undo in reversed(done):
        undo()


class TestSnapshots:
    def test_a_snapshot_from_creation_to_deletion(self, client, requests, name):
        """Every step is done twice, because an orchestrator repeats whatever it is not sure of."""
        volume = client.must("CreateVolume", requests.create(name)).volume
        take = requests.snapshot(f"snap-{name}", volume)
        snapshot = client.must("CreateSnapshot", take).snapshot
        assert client.must("CreateSnapshot", take).snapshot == snapshot
        assert snapshot.ready_to_use and snapshot.source_volume_id == volume.volume_id
        assert abs(snapshot.creation_time.seconds - time.time()) < 60
        found = client.must("ListSnapshots", csi.ListSnapshotsRequest(snapshot_id=snapshot.snapshot_id)).entries
        assert [one.snapshot for one in found] == [snapshot]
        for _ in range(2):
            client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
        found = client.must("ListSnapshots", csi.ListSnapshotsRequest(source_volume_id=volume.volume_id)).entries
        assert not found
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_a_restore_has_the_data_of_its_moment_after_the_volume_is_gone(
        self, client, requests, name, node_paths, mounted
    ):
        volume = client.must("CreateVolume", requests.create(name)).volume
        target = mounted(volume, node_paths)
        write(target / "letter", "as it was")
        os.symlink("letter", target / "link")
        snapshot = client.must("CreateSnapshot", requests.snapshot(f"snap-{name}", volume)).snapshot
        write(target / "letter", "changed since")
        restored = made(client, requests.create(f"r-{name}", source=snapshot))
        assert restored.content_source.snapshot.snapshot_id == snapshot.snapshot_id
        copy = mounted(restored, node_paths, 2)
        assert (copy / "letter").read_text() == "as it was"
        assert os.readlink(copy / "link") == "letter"
        write(copy / "letter", "and it can be written")
        assert (target / "letter").read_text() == "changed since"

    def test_a_snapshot_outlives_its_volume(self, client, requests, name, node_paths, mounted, volumes):
        volume = client.must("CreateVolume", requests.create(name)).volume
        snapshot = client.must("CreateSnapshot", requests.snapshot(f"snap-{name}", volume)).snapshot
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        restored = made(client, requests.create(f"r-{name}", source=snapshot))
        again = client.must("CreateVolume", requests.create(name)).volume
        assert again.volume_id == volume.volume_id
        for one in (restored, again):
            client.must("DeleteVolume", requests.delete(one.volume_id))
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))

    def test_a_restore_has_what_lay_in_directories_of_a_volume_that_is_gone(
        self, client, requests, name, node_paths, mounted, admin, cluster
    ):
        volume = client.must("CreateVolume", requests.create(name)).volume
        staging = node_paths.staging.parent / "source"
        staging.mkdir()
        client.must("NodeStageVolume", requests.stage(volume, staging))
        (staging / "outer" / "inner").mkdir(parents=True)
        write(staging / "outer" / "inner" / "letter", "as it was")
        client.must("NodeUnstageVolume", requests.unstage(volume, staging))
        snapshot = client.must("CreateSnapshot", requests.snapshot(f"snap-{name}", volume)).snapshot
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        data = volume.volume_context["path"].rpartition("/")[2]
        place = f"{cluster['ROOT']}/_retained/{cluster['GROUP']}.{name}.{data}/{data}"
        deadline = time.monotonic() + 20
        while admin.exists(f"{place}/outer/inner/letter") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not admin.exists(f"{place}/outer/inner/letter"), "the files that only the volume held are still there"
        restored = made(client, requests.create(f"r-{name}", source=snapshot))
        copy = mounted(restored, node_paths, 2)
        assert (copy / "outer" / "inner" / "letter").read_text() == "as it was"
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
        assert not admin.exists(place)

    def test_a_clone_has_the_data_of_its_source(self, client, requests, name, node_paths, mounted):
        volume = client.must("CreateVolume", requests.create(name)).volume
        target = mounted(volume, node_paths)
        write(target / "letter", "twice")
        clone = made(client, requests.create(f"c-{name}", source=volume))
        assert clone.content_source.volume.volume_id == volume.volume_id
        assert (mounted(clone, node_paths, 2) / "letter").read_text() == "twice"

    @pytest.mark.parametrize("way", ["clone", "restore"])
    def test_a_copy_has_what_the_source_s_client_has_not_written_back_yet(
        self, client, requests, name, node_paths, mounted, way
    ):
        """ceph-fuse keeps the last bytes and the size of a closed file for a while; they are the snapshot's, too."""
        volume = client.must("CreateVolume", requests.create(name)).volume
        target = mounted(volume, node_paths)
        (target / "below").mkdir()
        copies = []
        for number in range(8):
            large, small = os.urandom(5 * MiB), f"number {number}"
            (target / "large").write_bytes(large)
            (target / f"small{number}").write_text(small)
            (target / "below" / f"small{number}").write_text(small)
            source = volume
            if way == "restore":
                source = client.must("CreateSnapshot", requests.snapshot(f"s{number}-{name}", volume)).snapshot
            copies.append(made(client, requests.create(f"c{number}-{name}", source=source)))
            copy = mounted(copies[-1], node_paths, number + 2)
            assert (copy / "large").stat().st_size == 5 * MiB
            assert (copy / f"small{number}").read_text() == small
            assert (copy / "below" / f"small{number}").read_text() == small
            assert (copy / "large").read_bytes() == large
        for copied in copies:
            client.must("DeleteVolume", requests.delete(copied.volume_id))

    def test_refuses_what_does_not_fit(self, client, requests, name):
        volume = client.must("CreateVolume", requests.create(name, size=GiB)).volume
        other = client.must("CreateVolume", requests.create(f"o-{name}")).volume
        snapshot = client.must("CreateSnapshot", requests.snapshot(f"snap-{name}", volume)).snapshot
        assert client.call("CreateSnapshot", requests.snapshot(f"snap-{name}", other)).code == "ALREADY_EXISTS"
        small = client.call("CreateVolume", requests.create(f"c-{name}", size=16 * MiB, source=volume))
        assert small.code == "OUT_OF_RANGE", small
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
        gone = client.call("CreateVolume", requests.create(f"r-{name}", source=snapshot))
        assert gone.code == "NOT_FOUND", gone
        for one in (volume, other):
            client.must("DeleteVolume", requests.delete(one.volume_id))
