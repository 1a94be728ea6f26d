"""What goes on all the time while a test does something to the cluster: a pod that writes, an orchestrator that calls."""

import os
import time
from dataclasses import dataclass

from .background import Background

# A step that takes longer than this has been held up.
HELD_UP = 3.0


@dataclass(frozen=True)
class Step:
    """One thing that was done, with the times of day in seconds since 1970; `error` is None when it went well."""

    what: str
    began: float
    ended: float
    error: str | None = None

    @property
    def is_disturbed(self):
        return self.error is not None or self.ended - self.began > HELD_UP


class Stream(Background):
    """Repeats `step` in a thread of its own while the context lasts, and remembers what was disturbed."""

    patience = 120

    def __init__(self):
        super().__init__()
        self.steps = 0
        self.disturbed = []
        self.failed = []

    def work(self):
        while not self.stopping.is_set():
            for one in self.step():
                self.steps += 1
                if one.is_disturbed:
                    self.disturbed.append(one)
                if one.error is not None:
                    self.failed.append(one)
            time.sleep(0.02)

    def wait_for_more(self, steps=4, patience=30):
        goal, deadline = self.steps + steps, time.monotonic() + patience
        while self.steps < goal:
            assert time.monotonic() < deadline, f"nothing was done for {patience} s; last: {self.disturbed[-3:]}"
            time.sleep(0.05)


class Writer(Stream):
    """A pod that writes to its volume and waits until it is written."""

    def __init__(self, directory):
        super().__init__()
        self.path = directory / "log"

    def step(self):
        began, error = time.time(), None
        try:
            with open(self.path, "a") as file:
                file.write(f"{self.steps}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as caught:
            error = str(caught)
        yield Step(f"writing {self.path}", began, time.time(), error)

    def check(self):
        """Every line that was written is there, in order."""
        assert self.path.read_text().splitlines() == [str(number) for number in range(self.steps)]


class Orchestrator(Stream):
    """Makes and deletes volumes and snapshots, and repeats what fails as an orchestrator does."""

    def __init__(self, client, requests, name, limit=10):
        super().__init__()
        self.client, self.requests, self.name, self.limit = client, requests, name, limit
        self._round = 0

    def step(self):
        self._round += 1
        volume = yield from self._ask("CreateVolume", self.requests.create(f"{self.name}-{self._round}"))
        snapshot = yield from self._ask("CreateSnapshot", self.requests.snapshot(f"s-{self.name}-{self._round}", volume.volume))
        yield from self._ask("DeleteSnapshot", self.requests.delete_snapshot(snapshot.snapshot))
        yield from self._ask("DeleteVolume", self.requests.delete(volume.volume.volume_id))

    def _ask(self, method, request):
        while True:
            began = time.time()
            reply = self.client.call(method, request, timeout=self.limit)
            yield Step(method, began, time.time(), None if reply.ok else f"{reply.code}: {reply.message}")
            if reply.ok:
                return reply.response
            time.sleep(0.5)
