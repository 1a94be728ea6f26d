"""Connections that no honest client makes: the server shrugs, and lives on (the fixture checks that)."""

import os
import random
import struct
import threading
import time

import grpc
import pytest
from conftest import eventually, status_of
from http2 import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    PREFACE,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Connection,
    call_frames,
    frame,
    greeting,
    header,
    message,
    request_headers,
)

BEGUN = greeting() + frame(HEADERS, END_HEADERS, 1, request_headers("Sleep"))
WHOLE = call_frames("Echo", b"hello")

# Each is sent, and then the connection closed.
RUBBISH = {
    "nothing": b"",
    "one byte": b"P",
    "half a preface": PREFACE[:12],
    "HTTP/1.1": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "zeroes": bytes(10_000),
    "ones": b"\xff" * 10_000,
    "preface alone": PREFACE,
    "a second preface": PREFACE + PREFACE,
    "half a frame header": greeting() + b"\x00\x00",
    "half a frame": greeting() + WHOLE[:-3],
    "a frame of 16 MiB that does not come": greeting() + frame(DATA, 0, 1, b"x", length=0xFFFFFF),
    "data without a call": greeting() + frame(DATA, END_STREAM, 1, message(b"x")),
    "data on stream 0": greeting() + frame(DATA, 0, 0, message(b"x")),
    "headers on stream 0": greeting() + frame(HEADERS, END_HEADERS, 0, request_headers("Echo")),
    "headers on an even stream": greeting() + frame(HEADERS, END_HEADERS, 2, request_headers("Echo")),
    "streams in falling order": greeting() + call_frames("Echo", b"", 5) + call_frames("Echo", b"", 3),
    "headers twice": BEGUN + frame(HEADERS, END_HEADERS, 1, request_headers("Sleep")),
    "headers that are no HPACK": greeting() + frame(HEADERS, END_HEADERS, 1, b"\xff" * 100),
    "an index out of the table": greeting() + frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\x0f"),
    "a table of 4 GiB": greeting() + frame(HEADERS, END_HEADERS, 1, b"\x3f\xe1\xff\xff\xff\x0f"),
    "no headers": greeting() + frame(HEADERS, END_HEADERS | END_STREAM, 1),
    "no path": greeting() + frame(HEADERS, END_HEADERS | END_STREAM, 1, header(":method", "POST")),
    "two paths": greeting() + frame(HEADERS, END_HEADERS, 1, request_headers("Echo") + header(":path", "/a/b")),
    "GET": greeting() + frame(HEADERS, END_HEADERS, 1, header(":method", "GET") + request_headers("Echo")),
    "a path without a slash": greeting() + frame(HEADERS, END_HEADERS, 1, request_headers("Echo", **{":path": "x"})),
    "a path of bytes": greeting() + frame(HEADERS, END_HEADERS, 1, request_headers("Echo", **{":path": b"/\xff\x00/\n"})),
    "another content type": greeting() + call_frames("Echo", b"x", content_type="text/html"),
    "a timeout that is none": greeting() + call_frames("Echo", b"x", grpc_timeout="soon"),
    "a negative timeout": greeting() + call_frames("Echo", b"x", grpc_timeout="-5S"),
    "the longest timeout": greeting() + call_frames("Echo", b"x", grpc_timeout="99999999H"),
    "an overlong timeout": greeting() + call_frames("Echo", b"x", grpc_timeout="9" * 100 + "H"),
    "unfinished headers": greeting() + frame(HEADERS, 0, 1, request_headers("Echo")),
    "unfinished headers, then data": greeting() + frame(HEADERS, 0, 1, request_headers("Echo")) + frame(DATA, 0, 1, b"x"),
    "a continuation of nothing": greeting() + frame(CONTINUATION, END_HEADERS, 1, b"x"),
    "settings of odd length": PREFACE + frame(SETTINGS, payload=b"12345"),
    "settings out of range": greeting(struct.pack(">HI", 4, 0xFFFFFFFF)),
    "a window of nothing": greeting(struct.pack(">HI", 4, 0)) + WHOLE,
    "frames of one byte": greeting(struct.pack(">HI", 5, 1)) + WHOLE,
    "an update by nothing": BEGUN + frame(WINDOW_UPDATE, 0, 1, bytes(4)),
    "a window beyond all bounds": BEGUN + frame(WINDOW_UPDATE, 0, 1, b"\x7f\xff\xff\xff") * 3,
    "a ping of odd length": greeting() + frame(PING, payload=b"123"),
    "a reset of an unknown stream": greeting() + frame(RST_STREAM, 0, 99, bytes(4)),
    "a push promise": greeting() + frame(PUSH_PROMISE, END_HEADERS, 1, bytes(4)),
    "a priority of itself": BEGUN + frame(PRIORITY, 0, 1, b"\x00\x00\x00\x01\x00"),
    "padding longer than the frame": BEGUN + frame(DATA, 0x8, 1, b"\xffabc"),
    "an unknown kind of frame": greeting() + frame(200, 0xFF, 1, b"x" * 100) + WHOLE,
    "goaway, and on": greeting() + frame(GOAWAY, payload=bytes(8)) + WHOLE,
    # The core hands it on as an empty message, or cuts the call off.
    "a message with an unknown flag": BEGUN + frame(DATA, END_STREAM, 1, message(b"abc", compressed=7)),
    "more after the end": greeting() + WHOLE + frame(DATA, 0, 1, message(b"x")),
}


@pytest.fixture
def server(shared):
    return shared


@pytest.mark.parametrize("data", RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_does_no_harm(server, data):
    for pause in (0, 0.05):
        connection = Connection(server.path)
        connection.send(data)
        time.sleep(pause)
        connection.close()
    # The call of another client, while a connection in that state stays open.
    connection = Connection(server.path)
    connection.send(data)
    server.assert_alive()
    connection.close()


def test_a_request_byte_by_byte_is_served(server):
    connection = Connection(server.path)
    for byte in greeting() + WHOLE:
        connection.send(bytes([byte]))
    assert connection.status() == 0
    connection.close()


def test_a_request_cut_off_at_any_byte_does_no_harm(server):
    data = greeting() + WHOLE
    for end in range(len(data)):
        connection = Connection(server.path)
        connection.send(data[:end])
        connection.close()


FLOODS = {
    "pings": frame(PING, payload=bytes(8)) * 20_000,
    "settings": frame(SETTINGS) * 20_000,
    "priorities": frame(PRIORITY, 0, 1, bytes(5)) * 50_000,
    "empty data": frame(DATA, 0, 1, b"") * 50_000,
    "continuations": frame(HEADERS, 0, 1, header("a", "b"))
    + frame(CONTINUATION, 0, 1, header("a", "b" * 100) * 100) * 2_000,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
@pytest.mark.parametrize("reads", [True, False], ids=["reading", "not reading"])
def test_a_flood_does_no_harm(server, flood, reads):
    connection = Connection(server.path, timeout=1)
    connection.send(greeting())
    if reads:
        threading.Thread(target=lambda: list(connection.frames()), daemon=True).start()
    try:
        connection.send(flood)
    except TimeoutError:
        pass
    server.assert_alive()
    # It stays open: the server has to stop in time all the same, which the fixture checks.


def test_calls_reset_as_fast_as_they_begin_do_no_harm(server):
    connection = Connection(server.path)
    connection.send(greeting())
    for stream in range(1, 8001, 2):
        if not connection.send(call_frames("Sleep", b"1000", stream) + frame(RST_STREAM, 0, stream, b"\x00\x00\x00\x08")):
            break
    # For a moment there may be more handlers than the cap allows.
    eventually(lambda: status_of(lambda: server.call("Echo"))[0] is grpc.StatusCode.OK)
    connection.close()


def test_random_bytes_do_no_harm(server):
    generator = random.Random(1)
    for i in range(int(os.environ.get("FUZZ_ROUNDS", "300"))):
        data = generator.randbytes(generator.randrange(1, 3000))
        connection = Connection(server.path)
        connection.send(data if i % 3 == 0 else greeting() + data if i % 3 == 1 else BEGUN + data)
        connection.close()
        if i % 50 == 0:
            server.assert_alive()


def mutate(generator, data):
    """`data` with a few bytes changed, removed, repeated or made up."""
    data = bytearray(data)
    for _ in range(generator.randrange(1, 6)):
        at = generator.randrange(len(data))
        kind = generator.randrange(4)
        if kind == 0:
            data[at] ^= 1 << generator.randrange(8)
        elif kind == 1:
            data[at] = generator.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 2:
            del data[at : at + generator.randrange(1, 9)]
        else:
            data[at:at] = data[at : at + generator.randrange(1, 40)]
        if not data:
            data = bytearray(1)
    return bytes(data)


def test_mutated_frames_do_no_harm(server):
    seed = int(os.environ.get("FUZZ_SEED", "2"))
    generator = random.Random(seed)
    pieces = [
        frame(SETTINGS, payload=struct.pack(">HIHI", 3, 100, 4, 65_535)),
        frame(WINDOW_UPDATE, payload=b"\x00\x01\x00\x00"),
        call_frames("Echo", b"hello" * 20),
        call_frames("Sleep", b"20", 3, grpc_timeout="50m"),
        call_frames("Fail", b"5 no", 5),
        call_frames("Stubborn", b"30", 7, grpc_timeout="10m"),
        frame(RST_STREAM, 0, 3, b"\x00\x00\x00\x08"),
        frame(PING, payload=bytes(8)),
        call_frames("Large", b"100000", 9),
    ]
    for i in range(int(os.environ.get("FUZZ_ROUNDS", "300"))):
        sample = b"".join(generator.sample(pieces, generator.randrange(1, len(pieces))))
        connection = Connection(server.path)
        # The preface stays whole, or nothing after it would be looked at.
        connection.send(greeting() + mutate(generator, sample))
        if i % 4 == 0:
            time.sleep(0.01)
        connection.close()
        if i % 50 == 0:
            server.assert_alive()
