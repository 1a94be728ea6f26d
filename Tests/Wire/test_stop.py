"""The graceful stop, and signals at any moment."""

import os
import random
import signal
import time

import grpc
import pytest
from conftest import PATIENCE, Server, eventually, status_of
from http2 import Connection, call_frames, greeting

Code = grpc.StatusCode
SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])


@SIGNALS
def test_a_call_in_flight_finishes_and_a_new_one_is_refused(start, number):
    server = start("--grace", int(5000 * PATIENCE))
    channel = server.channel()
    assert server.call("Echo", b"x", channel=channel) == b"x"
    request = str(int(1000 * PATIENCE)).encode()
    flying = channel.unary_unary("/echo.Echo/Sleep").future(request, timeout=10 * PATIENCE)
    server.wait_for("begin /echo.Echo/Sleep")
    server.process.send_signal(number)
    eventually(lambda: not os.path.exists(server.path))
    # On the connection that it has ...
    code, details = status_of(lambda: server.call("Echo", b"x", channel=channel))
    assert code is Code.UNAVAILABLE
    assert "stopping" in details
    # ... and on a new one.
    assert status_of(lambda: server.call("Echo", b"x"))[0] is Code.UNAVAILABLE
    assert flying.result() == b"slept"
    assert server.wait() == 0
    assert server.lines[-1] == "stopped"


@SIGNALS
def test_an_idle_server_leaves_at_once(start, number):
    server = start()
    assert server.call("Echo", b"x") == b"x"
    begin = time.monotonic()
    assert server.stop(number) == 0
    assert time.monotonic() - begin < 1 * PATIENCE


def test_calls_that_outlast_the_grace_period_are_cancelled(start):
    server = start("--grace", 500)
    flying = [server.channel().unary_unary("/echo.Echo/Sleep").future(b"600000", timeout=600) for _ in range(5)]
    server.wait_for("begin", count=5)
    begin = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    for future in flying:
        assert status_of(future.result) == (Code.UNAVAILABLE, "the server is stopping")
    assert server.wait() == 0
    assert 0.4 < time.monotonic() - begin < 2 * PATIENCE
    assert sum(line == "call /echo.Echo/Sleep UNAVAILABLE" for line in server.lines) == 5


def test_a_handler_that_ignores_its_cancellation_does_not_hold_up_the_stop(start):
    server = start("--grace", 200)
    flying = server.channel().unary_unary("/echo.Echo/Stubborn").future(b"200000", timeout=600)
    server.wait_for("begin")
    assert server.stop(seconds=5) == 0
    assert status_of(flying.result)[0] is Code.UNAVAILABLE


def test_clients_that_do_not_read_do_not_hold_up_the_stop(start):
    server = start("--grace", 300)
    stuck = Connection(server.path)
    stuck.send(greeting() + call_frames("Large", b"4000000"))
    silent = Connection(server.path)
    idle = Connection(server.path)
    idle.send(greeting())
    server.wait_for("call /echo.Echo/Large OK")
    begin = time.monotonic()
    assert server.stop(seconds=10) == 0
    assert time.monotonic() - begin < 3 * PATIENCE
    for connection in (stuck, silent, idle):
        connection.close()


def test_a_second_signal_ends_the_grace_period(start):
    server = start("--grace", 60_000)
    flying = server.channel().unary_unary("/echo.Echo/Sleep").future(b"600000", timeout=600)
    server.wait_for("begin")
    server.process.send_signal(signal.SIGTERM)
    server.wait_for("stopping SIGTERM")
    server.process.send_signal(signal.SIGINT)
    assert server.wait(5) == 128 + signal.SIGINT
    assert status_of(flying.result)[0] is Code.UNAVAILABLE


def test_calls_that_come_while_it_stops_are_answered_or_refused(start):
    server = start()
    channel = server.channel()
    call = channel.unary_unary("/echo.Echo/Sleep")
    futures = [call.future(b"5", timeout=10 * PATIENCE) for _ in range(300)]
    time.sleep(0.02)
    server.process.send_signal(signal.SIGTERM)
    futures += [call.future(b"5", timeout=10 * PATIENCE) for _ in range(300)]
    codes = {status_of(future.result)[0] for future in futures}
    assert codes <= {Code.OK, Code.UNAVAILABLE}, codes
    assert server.wait() == 0


def test_a_successor_can_start_while_its_predecessor_finishes(start):
    first = start("--grace", int(5000 * PATIENCE))
    request = str(int(1500 * PATIENCE)).encode()
    flying = first.channel().unary_unary("/echo.Echo/Sleep").future(request, timeout=10 * PATIENCE)
    first.wait_for("begin")
    first.process.send_signal(signal.SIGTERM)
    eventually(lambda: not os.path.exists(first.path))
    second = start(path=first.path)
    second.assert_alive()
    assert flying.result() == b"slept"
    assert first.wait() == 0
    second.assert_alive()


def heed_interrupts():
    """What a shell runs in the background has SIGINT ignored; then one that comes before main is lost for good."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.native
def test_an_early_signal_is_not_lost(tmp_path):
    """A signal at a random moment of the start: default death before main, exit 0 after, never a server that goes on."""
    path = tmp_path / "echo.sock"
    generator = random.Random(3)
    outcomes = {}
    for i in range(int(os.environ.get("EARLY_SIGNALS", "300"))):
        server = Server(path, wait=False, preexec_fn=heed_interrupts)
        time.sleep(generator.uniform(0, 0.06 * PATIENCE))
        code = server.stop(signal.SIGTERM if i % 2 else signal.SIGINT, seconds=10)
        outcomes[code] = outcomes.get(code, 0) + 1
        assert code in (0, -signal.SIGTERM, -signal.SIGINT), (code, server.lines)
        if code == 0:
            assert server.lines[-1] == "stopped"
        else:
            assert server.lines == [], "the default action although main had begun"
        assert not os.path.exists(path)
    assert outcomes.get(0, 0) > 0, outcomes
