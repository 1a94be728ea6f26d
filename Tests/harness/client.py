"""A CSI client on grpcio that reports every answer as a value, and can send bytes that are no valid message."""

import os
import time
from dataclasses import dataclass, field
from typing import Any

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
# Nobody polls a connection that is being made while calls fail fast but this; by default every 5 s.
os.environ.setdefault("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "20")

import grpc
from google.protobuf.message import DecodeError

from .stubs import csi

OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 20),
    ("grpc.min_reconnect_backoff_ms", 20),
    ("grpc.max_reconnect_backoff_ms", 100),
    ("grpc.enable_retries", 0),
]


@dataclass(frozen=True)
class Reply:
    """How a call ended. `response` is None unless `code` is "OK"."""

    method: str
    code: str
    message: str
    seconds: float
    response: Any = field(default=None, compare=False)

    @property
    def ok(self):
        return self.code == "OK"

    def __str__(self):
        return f"{self.method}: {self.code} after {self.seconds:.3f} s: {self.message}"


class CallFailed(AssertionError):
    """A call that had to succeed did not."""


def method_table():
    """Every method of the proto: its name alone -> (path, request class, response class)."""
    table = {}
    for service in csi.DESCRIPTOR.services_by_name.values():
        for method in service.methods:
            request = getattr(csi, method.input_type.name)
            response = getattr(csi, method.output_type.name)
            assert method.name not in table, f"two services have a method {method.name}"
            table[method.name] = (f"/{service.full_name}/{method.name}", request, response)
    return table


METHODS = method_table()


class Client:
    """Calls by method name; safe to use from several threads."""

    def __init__(self, socket):
        self.channel = grpc.insecure_channel(f"unix:{socket}", options=OPTIONS)

    def call(self, method, request=None, timeout=30.0, metadata=None):
        """Sends `request` (a message, or bytes as they are) and reports how it ended; never raises for a status."""
        path, request_class, response_class = METHODS.get(method, (method, None, None))
        if request is None:
            request = request_class()
        body = request if isinstance(request, bytes) else request.SerializeToString()
        began = time.monotonic()
        try:
            answer = self.channel.unary_unary(path)(body, timeout=timeout, metadata=metadata)
        except grpc.RpcError as error:
            seconds = time.monotonic() - began
            return Reply(method, error.code().name, error.details() or "", seconds)
        seconds = time.monotonic() - began
        try:
            response = response_class.FromString(answer) if response_class else answer
        except DecodeError as error:
            raise CallFailed(f"{method}: the answer is no {response_class.__name__}: {error}") from error
        return Reply(method, "OK", "", seconds, response)

    def must(self, method, request=None, timeout=30.0):
        """The response of a call that has to succeed."""
        reply = self.call(method, request, timeout)
        if not reply.ok:
            raise CallFailed(str(reply))
        return reply.response

    def call_until_settled(self, method, request=None, timeout=30.0, patience=60.0):
        """Repeats a call that is ABORTED or UNAVAILABLE, as a CO does, until it ends otherwise."""
        deadline = time.monotonic() + patience
        while True:
            reply = self.call(method, request, timeout)
            if reply.code not in ("ABORTED", "UNAVAILABLE", "DEADLINE_EXCEEDED") or time.monotonic() > deadline:
                return reply
            time.sleep(0.05)

    def call_with_server_deadline(self, method, request, seconds, patience):
        """A call whose deadline only the server knows: the client itself would wait `patience` seconds longer.

        A client that knows the deadline ends the call on its own, which says nothing about the server.
        """
        path, _, response_class = METHODS[method]
        began = time.monotonic()
        pending = self.channel.unary_unary(path).future(
            request.SerializeToString(), metadata=(("grpc-timeout", f"{int(seconds * 1000)}m"),)
        )
        try:
            answer = pending.result(timeout=seconds + patience)
        except grpc.FutureTimeoutError:
            pending.cancel()
            return Reply(method, "NO_ANSWER", f"none within {seconds + patience} s", time.monotonic() - began)
        except grpc.RpcError as error:
            return Reply(method, error.code().name, error.details() or "", time.monotonic() - began)
        return Reply(method, "OK", "", time.monotonic() - began, response_class.FromString(answer))

    def close(self):
        self.channel.close()
