"""Calls of every kind, a quarter of which nobody waits for: the plugin grows by nothing, and always answers."""

import os
import random
import threading
import time

import pytest

import operations
from checker import Before, figures
from harness.background import Background
from harness.client import METHODS
from harness.mounts import mounts

LONG = os.environ.get("FAULTS") == "long"
SECONDS = int(os.environ.get("SOAK_SECONDS", "3600" if LONG else "30"))
SEED = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(1, 1 << 30)
WORKERS = 3
CANCELLED = 0.25
LONGEST_GAP = 5.0
PATIENCE = 60


class Heartbeat(Background):
    """Creates and deletes a volume over and over; the longest time without an answer."""

    def __init__(self, client, requests, name):
        super().__init__()
        self.client, self.requests, self.name = client, requests, name
        self.longest, self.answers = 0.0, 0

    def work(self):
        while not self.stopping.is_set():
            began = time.monotonic()
            volume = self.client.must("CreateVolume", self.requests.create(self.name)).volume
            middle = time.monotonic()
            self.client.must("DeleteVolume", self.requests.delete(volume.volume_id))
            self.longest = max(self.longest, middle - began, time.monotonic() - middle)
            self.answers += 2
            time.sleep(0.05)


class Worker(threading.Thread):
    """One operation after the other."""

    def __init__(self, world, number):
        super().__init__(daemon=True)
        self.world, self.number, self.dice = world, number, random.Random(SEED * 100 + number)
        self.count = self.cancelled = 0
        self.is_over, self.error = False, None

    def run(self):
        try:
            while not self.is_over:
                self.count += 1
                self.once(self.dice.choice(list(operations.ALL.values())))
        except BaseException as error:  # noqa: BLE001 (reported by the test)
            self.error = error

    def once(self, operation):
        label = f"{self.world.name}-{self.number}-{self.count}"
        world = operations.World(**{**vars(self.world), "name": label, "base": self.world.base / label})
        running = operation(world)
        method, request = next(running)
        if self.dice.random() < CANCELLED:
            call = world.client.channel.unary_unary(METHODS[method][0]).future(request.SerializeToString(), timeout=30)
            # Most calls take some milliseconds, stages and copies longer.
            time.sleep(self.dice.choice((0, 0.002, 0.005, 0.01, 0.1)))
            self.cancelled += call.cancel()
        reply = world.client.call_until_settled(method, request, patience=PATIENCE)
        assert reply.ok, reply
        with pytest.raises(StopIteration):
            running.send(reply.response)


def settled(plugin):
    """The figures once threads that had nothing to do are gone."""
    time.sleep(13)
    return figures(plugin)


@pytest.mark.short
def test_a_quarter_of_the_calls_cancelled_leaves_the_plugin_as_it_was(plugins, world, capsys):
    plugin = plugins().start()
    world = world((), plugin)
    client = world.client
    warm = Worker(world, 99)
    for operation in operations.ALL.values():
        warm.count += 1
        warm.once(operation)
    before, first = Before(world), settled(plugin)
    workers = [Worker(world, number) for number in range(WORKERS)]
    with Heartbeat(client, world.requests, f"{world.name}-beat") as heart:
        for worker in workers:
            worker.start()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and all(worker.error is None for worker in workers):
            time.sleep(0.5)
        for worker in workers:
            worker.is_over = True
        for worker in workers:
            worker.join(2 * PATIENCE)
            assert not worker.is_alive(), "a call never ended"
    last = settled(plugin)
    calls, cancelled = sum(one.count for one in workers), sum(one.cancelled for one in workers)
    report = (
        f"{SECONDS} s, seed {SEED}: {calls} operations, {cancelled} cancelled, {heart.answers} answers beside them, longest gap "
        f"{heart.longest:.2f} s; threads, descriptors, bytes: {first} before, {last} after"
    )
    with capsys.disabled():
        print(f"\n    {report}")
    assert [worker.error for worker in workers if worker.error] == []
    before.check()
    assert mounts(world.base) == []
    assert heart.longest < LONGEST_GAP, report
    assert last[0] <= first[0] + 8 and last[1] <= first[1] + 8, report
    assert last[2] < first[2] * 1.5 + (32 << 20), report
