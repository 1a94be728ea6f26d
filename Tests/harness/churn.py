"""A stream of creates and deletes that remembers what was promised, however often the plugin dies."""

import random
import threading
import time
from dataclasses import dataclass
from typing import Any

from .requests import MiB

RETRIED = ("UNAVAILABLE", "ABORTED", "DEADLINE_EXCEEDED", "CANCELLED")


@dataclass
class Promise:
    """What the client knows of one name: `creating` and `deleting` were asked for and never answered."""

    state: str
    volume: Any = None


class Churn:
    """Workers with names of their own; each keeps one call in flight."""

    def __init__(self, client, requests, workers=6, kept=4, seed=0):
        self.client = client
        self.requests = requests
        self.kept = kept
        self.prefix = f"churn-{seed:x}"
        self.promises = [{} for _ in range(workers)]
        self.errors = []
        self.acknowledged = {"create": 0, "delete": 0}
        self.unanswered = {"create": 0, "delete": 0}
        self._lock = threading.Lock()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, args=(number, random.Random(seed * 1000 + number)), daemon=True)
            for number in range(workers)
        ]

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stopping = True
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a call never ended"

    def all(self):
        """Every promise by name."""
        return {name: promise for mine in self.promises for name, promise in mine.items()}

    def present(self):
        return {name: promise.volume for name, promise in self.all().items() if promise.state == "present"}

    def create(self, mine, name):
        """One attempt."""
        mine.setdefault(name, Promise("creating"))
        reply = self.client.call("CreateVolume", self.requests.create(name, size=16 * MiB), timeout=20)
        if reply.ok:
            mine[name] = Promise("present", reply.response.volume)
        elif reply.code not in RETRIED:
            self.errors.append(f"{name}: {reply}")
        self._count("create", reply)

    def delete(self, mine, name):
        """One attempt."""
        volume = mine[name].volume
        mine[name] = Promise("deleting", volume)
        reply = self.client.call("DeleteVolume", self.requests.delete(volume.volume_id), timeout=20)
        if reply.ok:
            mine[name] = Promise("absent", volume)
        elif reply.code not in RETRIED:
            self.errors.append(f"{name}: {reply}")
        self._count("delete", reply)

    def _count(self, what, reply):
        with self._lock:
            if reply.ok:
                self.acknowledged[what] += 1
            # A refused connection was never asked for; only a call that was cut off counts.
            elif reply.seconds > 0.002:
                self.unanswered[what] += 1
        if not reply.ok:
            time.sleep(0.01)

    def _work(self, number, dice):
        mine = self.promises[number]
        made = 0
        while not self._stopping:
            # A pause keeps the backlog of deleted volumes within what a small machine purges in a minute.
            time.sleep(dice.uniform(0, 0.04))
            pending = [name for name, promise in mine.items() if promise.state in ("creating", "deleting")]
            present = [name for name, promise in mine.items() if promise.state == "present"]
            # Half of what was cut off is retried at once, the rest stays open until a later round or the end.
            if pending and (dice.random() < 0.5 or len(pending) > 4):
                name = dice.choice(pending)
                (self.create if mine[name].state == "creating" else self.delete)(mine, name)
            elif len(present) >= self.kept or (present and dice.random() < 0.4):
                self.delete(mine, dice.choice(present))
            else:
                made += 1
                self.create(mine, f"{self.prefix}-{number}-{made}")

    def settle(self, patience=60):
        """Retries whatever was never answered, as an orchestrator does, until every call is."""
        deadline = time.monotonic() + patience
        for mine in self.promises:
            for name in list(mine):
                while mine[name].state in ("creating", "deleting"):
                    assert time.monotonic() < deadline, f"{name} is still {mine[name].state}: {self.errors[-3:]}"
                    (self.create if mine[name].state == "creating" else self.delete)(mine, name)
