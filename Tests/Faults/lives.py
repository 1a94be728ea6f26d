"""Volumes that live and die while replicas are killed: an orchestrator that repeats every call until it is answered, at whichever
replica is there, and remembers what it was promised."""

import random
import threading
import time

from harness.requests import MiB
from harness.stubs import csi
from operations import FENCED

RETRIED = ("UNAVAILABLE", "ABORTED", "DEADLINE_EXCEEDED", "CANCELLED")
PATIENCE = 120


class GaveUp(Exception):
    """A call that is not answered for so long that somebody must look."""


class Lives:
    """Workers with names of their own; each keeps one call in flight."""

    def __init__(self, replicas, requests, admin, node, prefix, seed, copies=True, workers=5):
        self.replicas, self.requests, self.admin, self.node, self.prefix = replicas, requests, admin, node, prefix
        # Whether volumes are restored and cloned, too.
        self.copies = copies
        self.secrets = {**requests.admin, **requests.fencer}
        # What was acknowledged and not taken back: name -> volume, name -> snapshot.
        self.volumes, self.snapshots = {}, {}
        self.answered, self.cut_off, self.errors = {}, {}, []
        self.longest = 0.0
        self._lock = threading.Lock()
        self._is_over = False
        self._threads = [
            threading.Thread(target=self._work, args=(number, random.Random(seed * 1000 + number)), daemon=True)
            for number in range(workers)
        ]

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Ends every life at the end of its step."""
        self._is_over = True
        for thread in self._threads:
            thread.join(2 * PATIENCE)
            assert not thread.is_alive(), "a call never ended"

    def ask(self, dice, method, request):
        """The answer, from whichever replica gives one."""
        began = time.monotonic()
        while True:
            reply = dice.choice(self.replicas).client.call(method, request, timeout=20)
            with self._lock:
                if reply.ok:
                    self.answered[method] = self.answered.get(method, 0) + 1
                    self.longest = max(self.longest, time.monotonic() - began)
                # A refused connection was never asked for; only a call that was cut off counts.
                elif reply.seconds > 0.002:
                    self.cut_off[method] = self.cut_off.get(method, 0) + 1
            if reply.ok:
                return reply.response
            if reply.code not in RETRIED or time.monotonic() - began > PATIENCE:
                raise GaveUp(str(reply))
            time.sleep(dice.uniform(0.01, 0.05))

    def _work(self, number, dice):
        count = 0
        while not self._is_over:
            count += 1
            name = f"{self.prefix}-{number}-{count}"
            try:
                self._live(dice, name)
            except (GaveUp, AssertionError) as error:
                self.errors.append(f"{name}: {error}")
                return

    def _live(self, dice, name):
        volume = self._made(dice, name)
        self.admin.write(f"{volume.volume_context['path']}/file", name)
        steps = [self._expand, self._publish, self._snapshot] + [self._clone] * self.copies
        for step in dice.sample(steps, dice.randint(0, 3)):
            if self._is_over:
                return
            step(dice, name, volume)
        if dice.random() < 0.9:
            self._gone(dice, name, volume)

    def _made(self, dice, name, source=None):
        # A source may have grown.
        size = 64 * MiB if source else 16 * MiB
        request = self.requests.create(name, size=size, parameters=FENCED, source=source)
        volume = self.ask(dice, "CreateVolume", request).volume
        with self._lock:
            self.volumes[name] = volume
        return volume

    def _gone(self, dice, name, volume):
        with self._lock:
            del self.volumes[name]
        self.ask(dice, "DeleteVolume", self.requests.delete(volume.volume_id))

    def _expand(self, dice, _, volume):
        answer = self.ask(dice, "ControllerExpandVolume", self.requests.expand(volume, 64 * MiB))
        assert answer.capacity_bytes == 64 * MiB
        assert self.admin.quota(volume.volume_context["path"]) == 64 * MiB

    def _publish(self, dice, _, volume):
        node = self.node
        self.ask(dice, "ControllerPublishVolume", self.requests.controller_publish(volume, node, secrets=self.secrets))
        self.ask(dice, "ControllerUnpublishVolume", self.requests.controller_unpublish(volume, node, self.secrets))

    def _snapshot(self, dice, name, volume):
        snapshot = self.ask(dice, "CreateSnapshot", self.requests.snapshot(f"s-{name}", volume)).snapshot
        with self._lock:
            self.snapshots[f"s-{name}"] = snapshot
        if self.copies:
            self._copied(dice, f"{name}-r", name, snapshot)
        with self._lock:
            del self.snapshots[f"s-{name}"]
        self.ask(dice, "DeleteSnapshot", self.requests.delete_snapshot(snapshot))

    def _clone(self, dice, name, volume):
        self._copied(dice, f"{name}-c", name, volume)

    def _copied(self, dice, name, text, source):
        copy = self._made(dice, name, source)
        path = copy.volume_context["path"]
        assert self.admin.names(path) == ["file"], f"{name} was acknowledged and is not whole: {self.admin.names(path)}"
        assert self.admin.read(f"{path}/file") == text
        self._gone(dice, name, copy)

    def listed(self, dice):
        """The ids of the snapshots that a replica lists."""
        return {one.snapshot.snapshot_id for one in self.ask(dice, "ListSnapshots", csi.ListSnapshotsRequest()).entries}
