"""Just enough HTTP/2 (RFC 9113) to send what a well-behaved client never would."""

import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def header(name, value):
    """A literal header field, never indexed, without Huffman coding (RFC 7541, 6.2.3)."""

    def text(data):
        data = data.encode() if isinstance(data, str) else data
        if len(data) < 127:
            return bytes([len(data)]) + data
        length, rest = b"\x7f", len(data) - 127
        while rest >= 128:
            length += bytes([rest % 128 + 128])
            rest //= 128
        return length + bytes([rest]) + data

    return b"\x10" + text(name) + text(value)


def request_headers(method, **more):
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": f"/echo.Echo/{method}",
        ":authority": "localhost",
        "content-type": "application/grpc",
        "te": "trailers",
    }
    fields.update({name.replace("_", "-"): value for name, value in more.items()})
    return b"".join(header(name, value) for name, value in fields.items())


def message(data, compressed=0, length=None):
    """A length-prefixed message of gRPC."""
    return struct.pack(">BI", compressed, len(data) if length is None else length) + data


def call_frames(method, data=b"", stream=1, end=True, **more):
    return frame(HEADERS, END_HEADERS, stream, request_headers(method, **more)) + frame(
        DATA, END_STREAM if end else 0, stream, message(data)
    )


def greeting(settings=b""):
    return PREFACE + frame(SETTINGS, payload=settings)


class Connection:
    """A raw connection to the server."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self._buffer = b""

    def send(self, data):
        """Sends as much as the server takes; false if it has hung up."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def frames(self):
        """The frames that arrive, until the server hangs up: (kind, flags, stream, payload)."""
        while True:
            while len(self._buffer) < 9:
                if not self._receive():
                    return
            size = int.from_bytes(self._buffer[:3], "big")
            kind, flags, stream = struct.unpack(">BBI", self._buffer[3:9])
            while len(self._buffer) < 9 + size:
                if not self._receive():
                    return
            payload, self._buffer = self._buffer[9 : 9 + size], self._buffer[9 + size :]
            yield kind, flags, stream, payload

    def _receive(self):
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, TimeoutError):
            return False
        self._buffer += data
        return bool(data)

    def until_end(self, stream=1):
        """The frames up to the one that ends the stream."""
        for kind, flags, number, payload in self.frames():
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK))
            yield kind, flags, number, payload
            if number == stream and (kind == RST_STREAM or kind in (HEADERS, DATA) and flags & END_STREAM):
                return

    def status(self, stream=1):
        """The grpc-status that the stream ends with; "reset N" if it is cut off, None if the connection is."""
        for kind, flags, number, payload in self.until_end(stream):
            if number != stream:
                continue
            if kind == RST_STREAM:
                return f"reset {int.from_bytes(payload, 'big')}"
            if kind == HEADERS and flags & END_STREAM:
                # The core writes this field as a plain literal.
                mark = payload.index(b"grpc-status") + len(b"grpc-status")
                return int(payload[mark + 1 : mark + 1 + payload[mark]])
        return None

    def closed_by_peer(self):
        """Reads until the server hangs up."""
        for _ in self.frames():
            pass
        return True

    def answered(self, stream):
        """Whether a message comes on the stream before it ends: for a later call, whose status is compressed."""
        kinds = [kind for kind, _, number, _ in self.until_end(stream) if number == stream]
        return DATA in kinds and kinds[-1] == HEADERS

    def ended(self):
        """Whether the server hangs up before the time-out."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            return False
        return True

    def close(self):
        self.socket.close()
