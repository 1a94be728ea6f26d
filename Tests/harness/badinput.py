"""The vocabulary of the bad-input tables: one row is one request, the code it must get, and what the message must say."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

INVALID = "INVALID_ARGUMENT"
RANGE = "OUT_OF_RANGE"
NOT_FOUND = "NOT_FOUND"
PRECONDITION = "FAILED_PRECONDITION"
DENIED = "PERMISSION_DENIED"
UNKNOWN_USER = "UNAUTHENTICATED"

MISSING = r"missing|required"
NAME_RULE = r"A-Z a-z 0-9"
PATH_RULE = r"must be an absolute path"

# A key of the right form that no user has.
STRANGE_KEY = base64.b64encode(b"\x01\x00" + b"\x11" * 8 + b"\x10\x00" + bytes(range(16))).decode()


@dataclass(frozen=True)
class Row:
    """`change` gets a valid request of `method` and spoils it, or returns the bytes to send instead."""

    label: str
    method: str
    change: Callable[[Any], Any]
    code: str
    field: str
    fix: str

    def __str__(self):
        return f"{self.method}-{self.label}".replace(" ", "-")


def rows(method, *table):
    """Rows of one method: (label, change, code, field named by the message, expression that its fix matches)."""
    return [Row(label, method, change, code, field, fix) for label, change, code, field, fix in table]


def put(mapping, **values):
    """Sets entries of a map field (`_` at the end of a name guards Python's words)."""
    for key, value in values.items():
        mapping[key.rstrip("_")] = value


def parameter(key, value):
    """A change that sets one parameter."""
    return lambda request: request.parameters.__setitem__(key, value)


def context(**values):
    """A change that sets entries of the volume context."""
    return lambda request: put(request.volume_context, **values)


def secret(key, value):
    """A change that sets one secret; None takes it out."""

    def change(request):
        if value is None:
            del request.secrets[key]
        else:
            request.secrets[key] = value

    return change


def no_secrets(request):
    request.secrets.clear()


def without(field):
    """A change that clears a field, given as a dotted path (`volume_capability.access_mode`)."""

    def change(request):
        *parents, last = field.split(".")
        for parent in parents:
            request = getattr(request, parent)
        request.ClearField(last)

    return change


def setting(field, value):
    """A change that sets a scalar field."""
    return lambda request: setattr(request, field, value)


def raw(change, marker, replacement):
    """The request with `change` applied, and then `marker` in its bytes replaced by as many other bytes.

    Python's protobuf refuses to build invalid strings, so they are spliced into the serialised message.
    """

    def spliced(request):
        assert len(marker) == len(replacement)
        change(request)
        body = request.SerializeToString()
        assert body.count(marker) == 1
        return body.replace(marker, replacement)

    return spliced
