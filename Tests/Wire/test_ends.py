"""How calls end before their handlers do: deadlines, cancellations, lost connections."""

import os
import signal
import subprocess
import sys
import time

import grpc
import pytest
from conftest import PATIENCE, status_of
from http2 import END_HEADERS, HEADERS, RST_STREAM, Connection, call_frames, frame, greeting, request_headers

Code = grpc.StatusCode


def elapsed(body):
    begin = time.monotonic()
    result = body()
    return result, time.monotonic() - begin


def test_a_deadline_cancels_the_handler(server):
    channel = server.channel()
    server.call("Echo", channel=channel)
    code, _ = status_of(lambda: channel.unary_unary("/echo.Echo/Sleep")(b"60000", timeout=0.3 * PATIENCE))
    assert code is Code.DEADLINE_EXCEEDED
    server.wait_for("call /echo.Echo/Sleep DEADLINE_EXCEEDED")


def test_the_server_answers_at_the_deadline_even_if_the_handler_does_not_heed_it(server):
    # This client does not watch the deadline: the answer is the server's.
    connection = Connection(server.path)
    milliseconds = int(300 * PATIENCE)
    connection.send(
        greeting() + call_frames("Stubborn", str(5 * milliseconds).encode(), grpc_timeout=f"{milliseconds}m")
    )
    status, seconds = elapsed(connection.status)
    assert status == Code.DEADLINE_EXCEEDED.value[0]
    assert 0.2 * PATIENCE < seconds < 1.2 * PATIENCE
    assert not any(line.startswith("late") for line in server.lines)
    server.wait_for("late DEADLINE_EXCEEDED", 5)
    server.wait_for("call /echo.Echo/Stubborn DEADLINE_EXCEEDED")
    connection.close()


@pytest.mark.parametrize("timeout", ["1n", "1u", "0m", "1m"])
def test_a_deadline_that_has_passed_already_does_no_harm(server, timeout):
    connection = Connection(server.path)
    for stream in range(1, 41, 2):
        connection.send((greeting() if stream == 1 else b"") + call_frames("Sleep", b"200", stream, grpc_timeout=timeout))
        assert connection.status(stream) in (Code.DEADLINE_EXCEEDED.value[0], Code.CANCELLED.value[0], "reset 8")
    connection.close()


def test_the_handler_knows_the_deadline(server):
    # The client rounds what it sends up to a tenth of a second: asked for 20 s, it may send 20.1.
    left = float(server.channel().unary_unary("/echo.Echo/Deadline")(b"", timeout=19.9))
    assert 15_000 < left <= 20_000


def test_a_call_without_a_deadline_gets_the_default(start):
    server = start("--default-deadline", 400)
    (code, details), seconds = elapsed(lambda: status_of(lambda: server.call("Sleep", b"60000", None)))
    assert (code, details) == (Code.DEADLINE_EXCEEDED, "the deadline passed before the answer")
    assert 0.3 < seconds < 1.5 * PATIENCE
    server.wait_for("call /echo.Echo/Sleep DEADLINE_EXCEEDED")
    assert 0 < float(server.call("Deadline", b"", None)) <= 400


def test_a_call_without_a_deadline_whose_message_never_comes_ends(start):
    server = start("--default-deadline", 300)
    connection = Connection(server.path)
    connection.send(greeting() + frame(HEADERS, END_HEADERS, 1, request_headers("Echo")))
    assert connection.status() == Code.DEADLINE_EXCEEDED.value[0]
    connection.close()


def test_a_client_that_does_not_read_is_cut_off_at_the_default_deadline(start):
    server = start("--default-deadline", 300)
    # Its window of 65 535 bytes is never widened, so the answer gets stuck.
    connection = Connection(server.path)
    connection.send(greeting() + call_frames("Large", b"4000000"))
    server.wait_for("call /echo.Echo/Large OK")
    assert connection.status() not in (0, None)
    connection.close()


def test_a_cancelled_call_cancels_the_handler(server):
    future = server.channel().unary_unary("/echo.Echo/Sleep").future(b"600000", timeout=600)
    server.wait_for("begin")
    future.cancel()
    server.wait_for("call /echo.Echo/Sleep CANCELLED")


def test_a_reset_stream_cancels_the_handler(server):
    connection = Connection(server.path)
    connection.send(greeting() + call_frames("Sleep", b"600000"))
    server.wait_for("begin")
    connection.send(frame(RST_STREAM, 0, 1, b"\x00\x00\x00\x08"))
    server.wait_for("call /echo.Echo/Sleep CANCELLED")
    connection.close()


def test_a_lost_connection_cancels_all_its_handlers(server):
    connection = Connection(server.path)
    connection.send(greeting() + b"".join(call_frames("Sleep", b"600000", stream) for stream in range(1, 41, 2)))
    server.wait_for("begin", count=20)
    connection.close()
    server.wait_for("call /echo.Echo/Sleep CANCELLED", count=20)


def test_a_connection_lost_in_the_middle_of_a_request_ends_the_call(server):
    connection = Connection(server.path)
    connection.send(greeting() + call_frames("Echo", b"x" * 1000)[:-500])
    # A second call, whole: when it is answered, the first has arrived as far as it goes.
    server.assert_alive()
    time.sleep(0.2 * PATIENCE)
    connection.close()
    server.wait_for("call /echo.Echo/Echo CANCELLED")


CLIENT = """
import grpc, sys
grpc.insecure_channel("unix://" + sys.argv[1]).unary_unary("/echo.Echo/Sleep")(b"600000", timeout=600)
"""


def test_a_killed_client_cancels_the_handler(server):
    client = subprocess.Popen([sys.executable, "-c", CLIENT, server.path])
    server.wait_for("begin", 10)
    os.kill(client.pid, signal.SIGKILL)
    client.wait()
    server.wait_for("call /echo.Echo/Sleep CANCELLED")


def test_a_late_result_of_a_cancelled_call_is_dropped(server):
    request = str(int(700 * PATIENCE)).encode()
    futures = [server.channel().unary_unary("/echo.Echo/Stubborn").future(request, timeout=600) for _ in range(10)]
    server.wait_for("begin", count=10)
    for future in futures:
        future.cancel()
    server.wait_for("late CANCELLED", 5, count=10)
    server.wait_for("call /echo.Echo/Stubborn CANCELLED", count=10)


def test_calls_that_end_at_the_moment_of_their_deadline_are_answered_once(server):
    channel = server.channel()
    call = channel.unary_unary("/echo.Echo/Sleep")
    codes = set()
    for i in range(200):
        codes.add(status_of(lambda: call(b"5", timeout=0.004 + (i % 20) * 0.0002))[0])
    assert codes <= {Code.OK, Code.DEADLINE_EXCEEDED}
