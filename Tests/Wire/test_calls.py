"""What single calls come to, seen from another gRPC stack."""

import threading

import grpc
import pytest
from conftest import status_of
from http2 import DATA, END_HEADERS, END_STREAM, HEADERS, Connection, frame, greeting, message, request_headers

MEBIBYTE = 1024 * 1024
Code = grpc.StatusCode


@pytest.fixture
def server(shared):
    return shared


@pytest.mark.parametrize("size", [0, 1, 5, 127, 16_383, 65_536, 1_000_000, 4 * MEBIBYTE])
def test_a_message_comes_back_whole(server, size):
    request = bytes(i * 7 % 251 for i in range(min(size, 251))) * (size // 251 + 1)
    assert server.call("Echo", request[:size]) == request[:size]


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.OK])
def test_every_code_arrives_with_its_message(server, code):
    text = "no such volume: 100 % of “ü”"
    request = f"{code.value[0]} {text}".encode()
    assert status_of(lambda: server.call("Fail", request)) == (code, text)


def test_an_error_without_a_message_arrives(server):
    assert status_of(lambda: server.call("Fail", b"9")) == (Code.FAILED_PRECONDITION, "")


def test_control_characters_do_not_cross_the_wire(server):
    code, details = status_of(lambda: server.call("Fail", b"5 a\x00b\nc\x1b[31md"))
    assert (code, details) == (Code.NOT_FOUND, "a b c [31md")


@pytest.mark.parametrize("count", [100, 682, 683, 5_000, 1_000_000])
def test_a_long_message_is_cut_and_keeps_its_code(server, count):
    code, details = status_of(lambda: server.call("FailLong", str(count).encode()))
    assert code is Code.ABORTED
    assert details.rstrip("…") == "é" * len(details.rstrip("…"))
    # Two bytes each, three characters an encoded byte, and 4096 of them altogether.
    assert details == "é" * count if count <= 682 else (details.endswith("…") and 675 <= len(details) <= 683)


def test_an_error_that_is_no_status_keeps_its_text_to_itself(server):
    code, details = status_of(lambda: server.call("Throw"))
    assert code is Code.INTERNAL
    assert "AQB" not in details


def test_ok_can_not_be_thrown(server):
    assert status_of(lambda: server.call("Fail", b"0 fine"))[0] is Code.INTERNAL


@pytest.mark.parametrize("method", ["/echo.Echo/None", "/none.None/Echo", "/x", "//", "/" + "long/" * 200])
def test_an_unknown_method_is_unimplemented(server, method):
    code, _ = status_of(lambda: server.channel().unary_unary(method)(b"", timeout=5))
    assert code is Code.UNIMPLEMENTED
    server.wait_for("call")
    assert all(len(line) < 200 for line in server.lines)


def test_a_request_over_the_limit_is_refused(server):
    channel = server.channel()
    for size in [4 * MEBIBYTE + 1, 10 * MEBIBYTE, 100 * MEBIBYTE]:
        code, details = status_of(lambda: server.call("Echo", bytes(size), channel=channel))
        assert code is Code.RESOURCE_EXHAUSTED, details
    assert server.call("Echo", b"x", channel=channel) == b"x"


def test_an_answer_over_the_limit_is_refused(server):
    channel = server.channel()
    assert status_of(lambda: server.call("Large", b"4194305", channel=channel))[0] is Code.RESOURCE_EXHAUSTED
    assert len(server.call("Large", b"4194304", channel=channel)) == 4 * MEBIBYTE


def test_a_stream_without_a_message_is_unimplemented(server):
    call = server.channel().stream_unary("/echo.Echo/Echo")
    assert status_of(lambda: call(iter([]), timeout=5))[0] is Code.UNIMPLEMENTED


@pytest.mark.parametrize("count", [2, 3, 100])
def test_a_stream_of_several_messages_is_unimplemented(server, count):
    call = server.channel().stream_unary("/echo.Echo/Echo")
    assert status_of(lambda: call(iter([b"x"] * count), timeout=5))[0] is Code.UNIMPLEMENTED


def test_a_stream_of_one_message_is_a_unary_call(server):
    stream = server.channel().stream_stream("/echo.Echo/Echo")(iter([b"one"]), timeout=5)
    assert list(stream) == [b"one"]


def test_a_client_that_never_closes_its_side_waits_for_its_deadline(server):
    release = threading.Event()

    def requests():
        yield b"one"
        release.wait(10)

    call = server.channel().stream_unary("/echo.Echo/Echo")
    assert status_of(lambda: call(requests(), timeout=0.3))[0] is Code.DEADLINE_EXCEEDED
    release.set()


def test_compression_is_refused_without_harm(server):
    for _ in range(20):
        call = server.channel().unary_unary("/echo.Echo/Echo")
        code, _ = status_of(lambda: call(bytes(1000), timeout=5, compression=grpc.Compression.Gzip))
        assert code is Code.UNIMPLEMENTED


MALFORMED = {
    "shorter than it says": message(b"abc", length=100),
    "half a prefix": b"\x00\x00",
    "a length of 4 GiB": message(b"abc", length=0xFFFFFFFF),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_message_is_an_error(server, body):
    connection = Connection(server.path)
    connection.send(greeting() + frame(HEADERS, END_HEADERS, 1, request_headers("Echo")))
    connection.send(frame(DATA, END_STREAM, 1, body))
    assert connection.status() not in (0, None)
    connection.close()


LENIENCIES = {
    "compressed without an encoding": message(b"abc", compressed=1),
    "half a prefix after the message": message(b"abc") + b"\x00",
}


@pytest.mark.parametrize("body", LENIENCIES.values(), ids=LENIENCIES.keys())
def test_what_the_core_forgives_is_answered(server, body):
    connection = Connection(server.path)
    connection.send(greeting() + frame(HEADERS, END_HEADERS, 1, request_headers("Echo")))
    connection.send(frame(DATA, END_STREAM, 1, body))
    answer = [payload for kind, _, stream, payload in connection.until_end() if kind == DATA and stream == 1]
    assert b"".join(answer) == message(b"abc")
    connection.close()


def test_metadata_of_any_kind_are_taken(server):
    call = server.channel().unary_unary("/echo.Echo/Echo")
    metadata = [("a", "b"), ("bytes-bin", bytes(range(256))), ("long", "x" * 4000)]
    assert call(b"hi", timeout=5, metadata=metadata) == b"hi"


def test_metadata_over_the_limit_are_refused(server):
    call = server.channel().unary_unary("/echo.Echo/Echo")
    code, _ = status_of(lambda: call(b"hi", timeout=5, metadata=[("long", "x" * 20_000)]))
    assert code is Code.RESOURCE_EXHAUSTED
