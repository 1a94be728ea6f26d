"""A list of all message types for the tests: Swift can't find a type by the name of its message."""

from .schema import Schema
from .swift_text import HEADER, indented, swift_type


def files(schema: Schema) -> dict[str, str]:
    """File contents by path."""
    types = sorted(swift_type(message.full_name, schema) for message in schema.all_messages())
    lines = [
        "import CSI",
        "",
        "/// Every message type of the API.",
        "let allMessages: [any ProtobufMessage.Type] = [",
        *indented([f"{name}.self," for name in types]),
        "]",
    ]
    return {"AllMessages.swift": HEADER + "\n".join(lines) + "\n"}
