"""Every fault against every operation: each call answers by its deadline, and soon after the fault is over it succeeds, with
nothing lost, nothing half-made, and nothing left behind."""

import pathlib
import threading
import time

import pytest

import faults
import operations
from checker import Before, figures
from harness.stubs import REPOSITORY

DEADLINE = 3.0
# How much later than that an answer may come on a machine that has other work.
GRACE = 1.0
DOCUMENT = REPOSITORY / "docs" / "reliability.md"
BEGIN, END = "<!-- outcomes -->", "<!-- end of outcomes -->"
# Threads that clients of Ceph and pools keep for a while.
THREADS = 120
outcomes = {}


@pytest.fixture(scope="module", autouse=True)
def document(request):
    yield
    if request.config.getoption("--document"):
        text = pathlib.Path(DOCUMENT).read_text()
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        DOCUMENT.write_text(before + BEGIN + "\n" + table() + END + after)


WORDS = {"OK": "ok", "DEADLINE_EXCEEDED": "late", "RESOURCE_EXHAUSTED": "full"}


def table():
    names = list(operations.ALL)
    lines = ["| fault | " + " | ".join(names) + " | well after |", "|---" * (len(names) + 2) + "|"]
    for fault, row in outcomes.items():
        cells = [WORDS.get(row[name][0], row[name][0].lower()) for name in names]
        lines.append(f"| {fault} | " + " | ".join(cells) + f" | {max(one[1] for one in row.values()):.1f} s |")
    return "\n".join(lines) + "\n"


def at_once(jobs, work):
    """work(job) for every one, each in a thread of its own; the results by name."""
    results = {}
    threads = [threading.Thread(target=lambda name=name: results.update({name: work(jobs[name])})) for name in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def until_it_succeeds(client, patience):
    """The answer that a call gets in the end, and after how many seconds, as an orchestrator repeats it."""
    began = time.monotonic()

    def repeat(call):
        while True:
            reply = client.call(*call, timeout=20)
            if reply.ok or time.monotonic() - began > patience:
                return reply, time.monotonic() - began
            time.sleep(0.1)

    return repeat


@pytest.mark.parametrize(
    "fault", [pytest.param(one, id=one.name, marks=[pytest.mark.short] * one.is_short) for one in faults.ALL]
)
def test_no_call_is_late_and_nothing_is_lost(plugins, library, scratch, world, fault):
    directory = scratch / f"{len(list(scratch.iterdir()))}"
    plugin = plugins(directory=directory, **fault.prepare(directory, library)).start()
    world = world(fault.options, plugin)
    if fault.options:
        plugin.stop()
        plugin.config = world.cluster["CONFIG"]
        plugin.start()
    world.client.must("ListVolumes")
    before = Before(world)
    running = {name: operation(world) for name, operation in operations.ALL.items()}
    calls = {name: next(operation) for name, operation in running.items()}
    with fault.apply(world):
        replies = at_once(calls, lambda call: world.client.call_with_server_deadline(*call, DEADLINE, patience=10))
    finals = at_once(calls, until_it_succeeds(world.client, fault.patience))
    outcomes[fault.name] = {name: (replies[name].code, finals[name][1]) for name in calls}
    for name, reply in replies.items():
        assert reply.code in fault.codes, f"{name}: {reply}"
        assert reply.seconds < DEADLINE + GRACE, f"{name}: {reply}"
    for name, (reply, seconds) in finals.items():
        assert reply.ok and seconds < fault.patience, f"{name}: after {seconds:.1f} s {reply}"
        with pytest.raises(StopIteration):
            running[name].send(reply.response)
    before.check(without_capabilities=fault.leaves_sessions)
    assert plugin.running
    threads, _, _ = figures(plugin)
    assert threads < THREADS
