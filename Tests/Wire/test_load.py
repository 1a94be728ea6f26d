"""Many calls, many connections, and what is left of them afterwards."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from conftest import PATIENCE, eventually, status_of
from http2 import PREFACE, Connection, call_frames, greeting

Code = grpc.StatusCode


def test_a_thousand_calls_at_once_are_all_answered(server):
    call = server.channel().unary_unary("/echo.Echo/Sleep")
    begin = time.monotonic()
    futures = [call.future(b"100", timeout=60 * PATIENCE) for _ in range(1000)]
    assert all(future.result() == b"slept" for future in futures)
    # 128 at a time on a connection, the rest waits at the client.
    assert time.monotonic() - begin < 10 * PATIENCE


def test_a_thousand_different_messages_at_once_come_back_to_the_right_callers(start):
    server = start("--calls", 2000)
    channels = [server.channel() for _ in range(8)]
    futures = []
    for i in range(1000):
        request = f"{i} ".encode() * (i % 300)
        futures.append((request, channels[i % 8].unary_unary("/echo.Echo/Echo").future(request, timeout=60 * PATIENCE)))
    assert all(future.result() == request for request, future in futures)


def test_large_messages_at_once_are_all_answered(server):
    call = server.channel().unary_unary("/echo.Echo/Echo")
    with ThreadPoolExecutor(16) as pool:
        sizes = pool.map(lambda i: len(call(bytes(4_000_000 + i), timeout=60 * PATIENCE)), range(64))
    assert list(sizes) == [4_000_000 + i for i in range(64)]


def test_a_call_over_the_cap_is_refused_and_the_next_served(start):
    server = start("--calls", 4)
    channel = server.channel()
    request = str(int(700 * PATIENCE)).encode()
    busy = [channel.unary_unary("/echo.Echo/Sleep").future(request, timeout=10 * PATIENCE) for _ in range(4)]
    server.wait_for("begin", count=4)
    code, details = status_of(lambda: server.call("Echo", b"x", channel=channel))
    assert code is Code.UNAVAILABLE
    assert "limit of concurrent calls" in details
    assert all(future.result() == b"slept" for future in busy)
    assert server.call("Echo", b"x", channel=channel) == b"x"


def test_a_handler_that_ignores_its_cancellation_counts_against_the_cap(start):
    server = start("--calls", 2)
    channel = server.channel()
    request = str(int(1500 * PATIENCE)).encode()
    futures = [channel.unary_unary("/echo.Echo/Stubborn").future(request, timeout=60) for _ in range(2)]
    server.wait_for("begin", count=2)
    for future in futures:
        future.cancel()
    assert status_of(lambda: server.call("Echo", b"x", channel=channel))[0] is Code.UNAVAILABLE
    server.wait_for("late", 5, count=2)
    eventually(lambda: status_of(lambda: server.call("Echo", b"x", channel=channel))[0] is Code.OK)


def test_connections_over_the_cap_wait_for_one_to_close(start):
    server = start("--connections", 4, "--handshake", 100)
    idle = [Connection(server.path) for _ in range(4)]
    for connection in idle:
        connection.send(greeting() + call_frames("Echo", b"x"))
        assert connection.status() == 0
    future = server.channel().unary_unary("/echo.Echo/Echo").future(b"x", timeout=30 * PATIENCE)
    time.sleep(0.5 * PATIENCE)
    assert not future.done()
    idle[0].close()
    assert future.result() == b"x"
    for connection in idle:
        connection.close()


SILENT = {
    "nothing": b"",
    "half a preface": PREFACE[:12],
    "the preface alone": PREFACE,
    "a greeting": greeting(),
}


@pytest.mark.parametrize("data", SILENT.values(), ids=SILENT.keys())
def test_peers_that_say_no_more_lock_nobody_out(start, data):
    server = start("--connections", 8, "--handshake", int(1000 * PATIENCE))
    served = Connection(server.path)
    served.send(greeting() + call_frames("Echo", b"x", 1))
    assert served.status(1) == 0
    silent = [Connection(server.path) for _ in range(40)]
    for connection in silent:
        connection.send(data)
    begin = time.monotonic()
    assert server.call("Echo", b"x", 20) == b"x"
    assert time.monotonic() - begin < 15 * PATIENCE
    # A connection on which somebody has called is never the one to go.
    time.sleep(2 * PATIENCE)
    served.send(call_frames("Echo", b"x", 3))
    assert served.answered(3)
    for connection in [served, *silent]:
        connection.close()


def test_a_peer_that_never_speaks_http2_is_hung_up(start):
    server = start("--handshake", int(500 * PATIENCE))
    _, _, before = server.resources()
    for data in (b"", PREFACE[:23]):
        connection = Connection(server.path, timeout=5 * PATIENCE)
        connection.send(data)
        begin = time.monotonic()
        assert connection.ended()
        assert 0.4 * PATIENCE < time.monotonic() - begin < 4 * PATIENCE
        connection.close()
    # At once: nothing that could follow would make it one.
    connection = Connection(server.path, timeout=5 * PATIENCE)
    connection.send(b"GET / HTTP/1.1\r\n\r\n")
    assert connection.ended()
    connection.close()
    eventually(lambda: server.resources()[2] <= before)


def test_an_idle_client_that_has_called_is_left_alone(start):
    server = start("--handshake", int(200 * PATIENCE))
    connection = Connection(server.path, timeout=5 * PATIENCE)
    connection.send(greeting() + call_frames("Echo", b"x", 1))
    assert connection.status() == 0
    time.sleep(1 * PATIENCE)
    connection.send(call_frames("Echo", b"x", 3))
    assert connection.answered(3)
    connection.close()


@pytest.mark.native
def test_connections_leave_nothing_behind(server):
    server.assert_alive()
    _, _, before = server.resources()
    for _ in range(300):
        connection = Connection(server.path)
        connection.send(greeting())
        connection.close()
    eventually(lambda: server.resources()[2] <= before + 1)


@pytest.mark.native
def test_calls_leave_nothing_behind(server):
    def round(count):
        channel = server.channel()
        echo, fail, sleep = (channel.unary_unary(f"/echo.Echo/{name}") for name in ("Echo", "Fail", "Sleep"))
        for i in range(count):
            echo(b"x" * 1000, timeout=10)
            status_of(lambda: fail(b"5 nothing", timeout=10))
            future = sleep.future(b"10000", timeout=10)
            if i % 2:
                time.sleep(0.0005)
            future.cancel()
        channel.close()

    # The first round fills the allocator's pools, and the second shows whether they keep growing.
    round(1500)
    server.assert_alive()
    resident, threads, files = server.resources()
    round(3000)
    server.assert_alive()
    eventually(lambda: server.resources()[2] <= files + 1)
    after, more_threads, _ = server.resources()
    assert after - resident < 3000, f"resident memory grew from {resident} to {after} kB in 9000 calls"
    assert more_threads <= threads + 4


def test_sixty_four_clients_at_once_get_their_own_answers(server):
    failures = []

    def client(number):
        channel = server.channel()
        for i in range(20):
            request = f"{number}/{i}".encode()
            if channel.unary_unary("/echo.Echo/Echo")(request, timeout=30 * PATIENCE) != request:
                failures.append(request)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
