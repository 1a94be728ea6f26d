"""kill -9 at random moments of every kind of call, at three replicas whose clocks differ by hours: nothing acknowledged is lost
or half-made, and nothing is left."""

import os
import random
import time

import pytest

from lives import Lives

LONG = os.environ.get("FAULTS") == "long"
KILLS = int(os.environ.get("FAULT_KILLS", "10000" if LONG else "40"))
SEED = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(1, 1 << 30)
LONGEST_LIFE = 1.4
INSPECT_EVERY = 20
HOUR = 3600


@pytest.fixture
def replicas(plugins, library):
    def replica(shift):
        environment = {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(shift * HOUR)}
        return plugins(role="controller", environment=environment).start()

    return [replica(shift) for shift in (0, 5, -7)]


@pytest.mark.short
def test_kills_of_any_replica_lose_and_leave_nothing(plugins, replicas, requests, volumes, admin, cluster, capsys):
    node = plugins(role="node").start().client.must("NodeGetInfo").node_id
    visible, users = set(volumes.volumes()), set(cluster.users())
    # Without copies as long as one of a hundred comes back after its deletion: docs/reliability.md#known.
    lives = Lives(replicas, requests, admin, node, f"k{SEED:x}", SEED, copies=LONG)
    dice = random.Random(SEED)
    began = time.monotonic()
    lives.start()
    try:
        for number in range(1, KILLS + 1):
            time.sleep(dice.uniform(0, LONGEST_LIFE))
            victim = dice.choice(replicas)
            assert victim.running, f"a replica ended by itself (seed {SEED}):\n{victim.log_tail()}"
            victim.kill()
            victim.launch()
            assert lives.errors == [], f"seed {SEED}, kill {number}"
            if number % INSPECT_EVERY == 0:
                flaws = {one: flaw for one in set(volumes.volumes()) - visible if (flaw := volumes.flaw(one))}
                assert flaws == {}, f"seed {SEED}, kill {number}"
        for replica in replicas:
            replica.wait_until_answering()
    finally:
        lives.stop()
    report = (
        f"{KILLS} kills in {time.monotonic() - began:.0f} s, seed {SEED}, answered {sum(lives.answered.values())}, "
        f"cut off {sum(lives.cut_off.values())}, longest until answered {lives.longest:.1f} s"
    )
    with capsys.disabled():
        print(f"\n    {report}\n    answered {lives.answered}\n    cut off {lives.cut_off}")
    assert lives.errors == []
    assert sum(lives.cut_off.values()) >= KILLS / 4, f"too few calls were in flight when it died: {report}"

    promised = {volume.volume_id.split(":")[-1] for volume in lives.volumes.values()}
    assert set(volumes.volumes()) - visible == promised, f"seed {SEED}"
    assert {directory: flaw for directory in promised if (flaw := volumes.flaw(directory))} == {}
    snapshots = {one.snapshot_id for one in lives.snapshots.values()}
    assert {one for one in lives.listed(dice) if f"k{SEED:x}" in one} == snapshots, f"seed {SEED}"
    for name, volume in lives.volumes.items():
        # The very volume that was promised. Its text is its own name, or of a copy that of its source.
        assert admin.exists(volume.volume_context["path"])
        assert admin.read(f"{volume.volume_context['path']}/file") == name.removesuffix("-r").removesuffix("-c")
    for snapshot in lives.snapshots.values():
        lives.ask(dice, "DeleteSnapshot", requests.delete_snapshot(snapshot))
    for volume in list(lives.volumes.values()):
        lives.ask(dice, "DeleteVolume", requests.delete(volume.volume_id))
    assert set(volumes.volumes()) == visible
    assert set(cluster.users()) == users, "a Ceph user is left"
    cluster.wait_until(lambda: volumes.staging() == [], 60, f"staging is empty, not {volumes.staging()[:5]}")
    cluster.wait_until(lambda: volumes.trash() == [], 240, f"the trash is purged, not {volumes.trash()[:5]}")
