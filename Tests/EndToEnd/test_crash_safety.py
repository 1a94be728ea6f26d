"""kill -9 at random moments of a stream of creates and deletes: nothing promised is lost, nothing half-made is seen."""

import os
import random
import time

import pytest

from harness.churn import Churn
from harness.mounts import mounts

KILLS = int(os.environ.get("CRASH_KILLS", "200"))
SEED = int(os.environ.get("CRASH_SEED", "0")) or random.randrange(1, 1 << 30)
# A killed client's session is reclaimed by its successor in about a second, so moments beyond that meet a busy plugin.
LONGEST_LIFE = 1.6
INSPECT_EVERY = 25


@pytest.mark.slow
def test_kills_at_random_moments_lose_and_leave_nothing(plugins, requests, volumes, cluster, capsys):
    plugin = plugins(role="controller").start()
    before = set(volumes.volumes())
    churn = Churn(plugin.client, requests, seed=SEED)
    dice = random.Random(SEED)
    began = time.monotonic()
    churn.start()
    try:
        for number in range(1, KILLS + 1):
            time.sleep(dice.uniform(0, LONGEST_LIFE))
            assert plugin.running, f"the plugin ended on its own (seed {SEED}):\n{plugin.log_tail()}"
            plugin.kill()
            plugin.launch()
            if number % INSPECT_EVERY == 0:
                inspect_while_running(plugin, volumes, before, f"kill {number}, seed {SEED}")
        plugin.wait_until_answering()
    finally:
        churn.stop()
    took = time.monotonic() - began
    churn.settle()
    report = f"{KILLS} kills in {took:.0f} s, seed {SEED}, answered {churn.acknowledged}, cut off {churn.unanswered}"
    with capsys.disabled():
        print(f"\n    {report}")
    assert churn.errors == []
    assert sum(churn.unanswered.values()) >= KILLS / 2, f"too few calls were in flight when it died: {report}"
    assert sum(churn.acknowledged.values()) >= KILLS, f"too little was done between the kills: {report}"

    promised = churn.present()
    expected = {volume.volume_id.split(":")[-1] for volume in promised.values()}
    assert set(volumes.volumes()) - before == expected, f"seed {SEED}"
    assert {directory: flaw for directory in expected if (flaw := volumes.flaw(directory))} == {}
    for name, volume in promised.items():
        # The very volume that was promised, with the directory that was named then.
        assert plugin.client.must("CreateVolume", requests.create(name)).volume == volume
        assert volumes.admin.exists(volume.volume_context["path"])
        assert volumes.admin.quota(volume.volume_context["path"]) == volume.capacity_bytes
    cluster.wait_until(lambda: volumes.staging() == [], 30, f"staging is empty, not {volumes.staging()[:5]}")
    for volume in promised.values():
        plugin.client.must("DeleteVolume", requests.delete(volume.volume_id))
    assert set(volumes.volumes()) == before
    cluster.wait_until(lambda: volumes.trash() == [], 240, f"the trash is purged, not {volumes.trash()[:5]}")
    assert volumes.staging() == []


def inspect_while_running(plugin, volumes, before, moment):
    """Looks at every visible volume while the stream goes on: each is whole at any time."""
    plugin.wait_until_answering()
    flaws = {volume: flaw for volume in set(volumes.volumes()) - before if (flaw := volumes.flaw(volume))}
    assert flaws == {}, moment


def test_a_mount_left_by_a_killed_stage_is_taken_over(plugins, requests, name, node_paths):
    """Killed in the middle of staging, the call is repeated, and the volume ends up mounted once and is undone whole."""
    controller = plugins(role="controller").start().client
    plugin = plugins(role="node").start()
    volume = controller.must("CreateVolume", requests.create(name)).volume
    for delay in (0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.25):
        pending = plugin.client.channel.unary_unary("/csi.v1.Node/NodeStageVolume").future(
            requests.stage(volume, node_paths.staging).SerializeToString()
        )
        time.sleep(delay)
        plugin.kill()
        pending.exception()
        plugin.start()
        plugin.client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        assert len(mounts(node_paths.staging)) == 1, f"killed after {delay} s"
        (node_paths.staging / f"file{delay}").write_text("text")
        plugin.client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        assert mounts(node_paths.staging) == [], f"killed after {delay} s"
        assert not node_paths.clients(patience=10), f"killed after {delay} s"
    controller.must("DeleteVolume", requests.delete(volume.volume_id))
