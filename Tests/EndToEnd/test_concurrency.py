"""Many calls at once on the same and on different names: one volume a name, and no code but those that the spec has."""

import collections
import threading

from harness.mounts import mounts
from harness.requests import MiB

CALLS = 64


def at_once(calls):
    """Runs every (client, method, request) from a thread of its own, all let go at the same moment; the replies."""
    replies = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(index, client, method, request):
        gate.wait()
        replies[index] = client.call(method, request, timeout=60)

    threads = [threading.Thread(target=run, args=(index, *call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def codes(replies):
    return collections.Counter(reply.code for reply in replies)


class TestControllerCalls:
    def test_the_same_name_is_one_volume(self, client, requests, volumes, name):
        before = set(volumes.volumes())
        replies = at_once([(client, "CreateVolume", requests.create(name))] * CALLS)
        assert set(codes(replies)) <= {"OK", "ABORTED"}
        ids = {reply.response.volume.volume_id for reply in replies if reply.ok}
        paths = {reply.response.volume.volume_context["path"] for reply in replies if reply.ok}
        assert len(ids) == 1 and len(paths) == 1
        assert set(volumes.volumes()) - before == {ids.pop().split(":")[-1]}
        assert volumes.staging() == []
        volume = client.must("CreateVolume", requests.create(name)).volume
        assert set(codes(at_once([(client, "DeleteVolume", requests.delete(volume.volume_id))] * CALLS))) <= {
            "OK", "ABORTED",
        }  # fmt: skip
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert set(volumes.volumes()) == before

    def test_different_names_are_as_many_volumes(self, client, requests, volumes, name):
        before = set(volumes.volumes())
        replies = at_once([(client, "CreateVolume", requests.create(f"{name}-{one}")) for one in range(CALLS)])
        assert codes(replies) == {"OK": CALLS}
        ids = {reply.response.volume.volume_id for reply in replies}
        assert len(ids) == CALLS
        assert set(volumes.volumes()) - before == {one.split(":")[-1] for one in ids}
        replies = at_once([(client, "DeleteVolume", requests.delete(one)) for one in ids])
        assert codes(replies) == {"OK": CALLS}
        assert set(volumes.volumes()) == before

    def test_creates_and_deletes_of_the_same_names_mixed(self, client, requests, volumes, name):
        before = set(volumes.volumes())
        names = [f"{name}-{one}" for one in range(8)]
        made = {one: client.must("CreateVolume", requests.create(one)).volume.volume_id for one in names}
        for _ in range(3):
            calls = [
                (client, "CreateVolume", requests.create(names[number % 8]))
                if number % 16 < 8
                else (client, "DeleteVolume", requests.delete(made[names[number % 8]]))
                for number in range(CALLS)
            ]
            assert set(codes(at_once(calls))) <= {"OK", "ABORTED"}
            visible = set(volumes.volumes()) - before
            assert visible <= {one.split(":")[-1] for one in made.values()}
            assert {one: flaw for one in visible if (flaw := volumes.flaw(one))} == {}
            assert volumes.staging() == []
        for one in names:
            assert client.must("CreateVolume", requests.create(one)).volume.volume_id == made[one]
        assert set(volumes.volumes()) - before == {one.split(":")[-1] for one in made.values()}
        for one in made.values():
            client.must("DeleteVolume", requests.delete(one))
        assert set(volumes.volumes()) == before

    def test_one_name_in_two_sizes_has_one_winner(self, client, requests, volumes, name):
        """Sizes that exclude each other: whoever comes first decides, the others learn that they differ."""
        sizes = [16 * MiB, 32 * MiB]
        calls = [
            (client, "CreateVolume", requests.create(name, size=sizes[number % 2], limit=sizes[number % 2]))
            for number in range(CALLS)
        ]
        replies = at_once(calls)
        assert set(codes(replies)) <= {"OK", "ALREADY_EXISTS", "ABORTED"}
        won = {reply.response.volume.capacity_bytes for reply in replies if reply.ok}
        assert len(won) == 1
        size = won.pop()
        for number, reply in enumerate(replies):
            if reply.code == "ALREADY_EXISTS":
                assert sizes[number % 2] != size
        volume = client.must("CreateVolume", requests.create(name, size=size, limit=size)).volume
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_two_processes_make_one_volume_too(self, plugins, requests, volumes, name):
        """What one process serialises by itself, two settle on the file system: rename has one winner."""
        clients = [plugins(role="controller").start().client for _ in range(2)]
        before = set(volumes.volumes())
        for round_number in range(4):
            same = f"{name}-{round_number}"
            replies = at_once([(clients[number % 2], "CreateVolume", requests.create(same)) for number in range(16)])
            assert set(codes(replies)) <= {"OK", "ABORTED", "UNAVAILABLE"}
            paths = {reply.response.volume.volume_context["path"] for reply in replies if reply.ok}
            assert len(paths) == 1
            volume = clients[0].must("CreateVolume", requests.create(same)).volume
            assert volume.volume_context["path"] in paths
            clients[1].must("DeleteVolume", requests.delete(volume.volume_id))
        assert set(volumes.volumes()) == before
        assert volumes.staging() == []


class TestNodeCalls:
    def test_one_staging_path_is_mounted_once(self, client, requests, name, node_paths):
        volume = client.must("CreateVolume", requests.create(name)).volume
        replies = at_once([(client, "NodeStageVolume", requests.stage(volume, node_paths.staging))] * 16)
        assert set(codes(replies)) <= {"OK", "ABORTED"} and codes(replies)["OK"] >= 1
        assert len(mounts(node_paths.staging)) == 1
        assert len(node_paths.clients()) == 1

        targets = [node_paths.target(number) for number in range(16)]
        publish = [(client, "NodePublishVolume", requests.publish(volume, node_paths.staging, one)) for one in targets]
        assert set(codes(at_once(publish * 2))) <= {"OK", "ABORTED"}
        for one in targets:
            client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, one))
            assert len(mounts(one)) == 1
        unpublish = [(client, "NodeUnpublishVolume", requests.unpublish(volume, one)) for one in targets]
        assert set(codes(at_once(unpublish * 2))) <= {"OK", "ABORTED"}
        for one in targets:
            client.must("NodeUnpublishVolume", requests.unpublish(volume, one))
            assert not one.exists()
        replies = at_once([(client, "NodeUnstageVolume", requests.unstage(volume, node_paths.staging))] * 16)
        assert set(codes(replies)) <= {"OK", "ABORTED"}
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        assert mounts(node_paths.base) == []
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_several_volumes_are_staged_side_by_side(self, client, requests, name, node_paths):
        made = [client.must("CreateVolume", requests.create(f"{name}-{one}")).volume for one in range(6)]
        paths = [node_paths.base / f"volume{number}" for number in range(len(made))]
        for path in paths:
            path.mkdir()
        stage = [(client, "NodeStageVolume", requests.stage(*pair)) for pair in zip(made, paths, strict=True)]
        assert codes(at_once(stage)) == {"OK": len(made)}
        for number, path in enumerate(paths):
            (path / "number").write_text(str(number))
        unstage = [(client, "NodeUnstageVolume", requests.unstage(*pair)) for pair in zip(made, paths, strict=True)]
        assert codes(at_once(unstage)) == {"OK": len(made)}
        delete = [(client, "DeleteVolume", requests.delete(volume.volume_id)) for volume in made]
        assert codes(at_once(delete)) == {"OK": len(made)}
