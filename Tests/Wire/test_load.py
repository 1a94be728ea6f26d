"""Many calls, many connections, and what is left of them afterwards."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from conftest import PATIENCE, eventually, status_of
from http2 import Connection, greeting

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
    assert "as many calls as it can" in details
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
    server = start("--connections", 4)
    idle = [Connection(server.path) for _ in range(4)]
    for connection in idle:
        connection.send(greeting())
        next(connection.frames())
    future = server.channel().unary_unary("/echo.Echo/Echo").future(b"x", timeout=30 * PATIENCE)
    time.sleep(0.5 * PATIENCE)
    assert not future.done()
    idle[0].close()
    assert future.result() == b"x"
    for connection in idle:
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
