"""Swift value types, one file per call or shared message."""

from .c_sources import accessor
from .schema import EnumType, FieldType, Message, Oneof, Schema
from .swift_text import (
    HEADER,
    block,
    camel,
    documentation,
    indented,
    swift_type,
    type_name,
    upper_camel,
)  # fmt: skip


def files(schema: Schema) -> dict[str, str]:
    """File contents by path."""
    calls = {}
    for service in schema.services:
        for method in service.methods:
            for name in (method.request, method.response):
                calls[name] = f"{service.name}/{method.name}.swift"
    contents: dict[str, list[str]] = {}
    for message in schema.messages:
        path = calls.get(message.full_name, f"Types/{message.name}.swift")
        contents.setdefault(path, []).append("\n".join(message_type(message, schema, 0)))
    for enum in schema.enums:
        contents[f"Types/{enum.name}.swift"] = ["\n".join(enum_type(enum, 0))]
    return {
        path: HEADER + "import CCSI\nimport ProtobufBridge\n\n" + "\n\n".join(types) + "\n"
        for path, types in contents.items()
    }


def message_type(message: Message, schema: Schema, depth: int) -> list[str]:
    """The struct of a message, with everything that is nested in it."""
    members: list[list[str]] = []
    members += [enum_type(enum, depth + 1) for enum in message.enums]
    members += [message_type(nested, schema, depth + 1) for nested in message.messages]
    members += [oneof_type(oneof, message, schema, depth + 1) for oneof in message.oneofs]
    members += [
        documentation(comment, depth + 1) + [f"public var {name}: {swift}"]
        for name, swift, _, comment in properties(message, schema)
    ]
    members += [initializer(message, schema), reading(message, schema), writing(message), descriptor(message, schema)]
    body: list[str] = []
    for index, member in enumerate(members):
        body += ([""] if index else []) + member
    return documentation(message.comment, depth) + block(
        f"public struct {type_name(message.name)}: ProtobufMessage", body
    )


def properties(message: Message, schema: Schema) -> list[tuple[str, str, str, str]]:
    """Name, type, default and comment of each stored property; a oneof is one property."""
    result, seen = [], set()
    for field in message.fields:
        if field.oneof is None:
            result.append((camel(field.name), *property_type(field, message, schema), field.comment))
        elif field.oneof not in seen:
            seen.add(field.oneof)
            oneof = message.oneofs[field.oneof]
            result.append((camel(oneof.name), f"{upper_camel(oneof.name)}?", "nil", oneof.comment))
    return result


def nearby_type(full_name: str, message: Message, schema: Schema) -> str:
    """A type as seen from inside a message: what is nested there needs no qualification."""
    inner = full_name.removeprefix(f"{message.full_name}.")
    return type_name(inner) if "." not in inner else swift_type(full_name, schema)


def property_type(field: FieldType, message: Message, schema: Schema) -> tuple[str, str]:
    """Type and default of a property."""
    named = nearby_type(field.type_name, message, schema) if field.type_name else ""
    zero = camel(schema.zero_values[field.type_name]) if field.kind == "enumeration" else ""
    return {
        "bool": ("Bool", "false"),
        "int32": ("Int32", "0"),
        "int64": ("Int64", "0"),
        "string": ("String", '""'),
        "strings": ("[String]", "[]"),
        "enumeration": (named, f".{zero}"),
        "message": (f"{named}?", "nil"),
        "messages": (f"[{named}]", "[]"),
        "map": ("[String: String]", "[:]"),
        "secrets": ("Redacted<[String: String]>", "[:]"),
        "optionalBool": ("Bool?", "nil"),
        "optionalInt64": ("Int64?", "nil"),
        "timestamp": ("Timestamp?", "nil"),
    }[field.kind]


def initializer(message: Message, schema: Schema) -> list[str]:
    fields = properties(message, schema)
    if not fields:
        return ["/// Makes the message.", "public init() {}"]
    parameters = [f"{name}: {swift} = {default}" for name, swift, default, _ in fields]
    lines = ["/// Makes a message; what is not given is unset."]
    assignments = [f"self.{name} = {name}" for name, *_ in fields]
    if len(parameters) == 1:
        return lines + block(f"public init({parameters[0]})", assignments)
    listed = [f"{parameter}," for parameter in parameters[:-1]] + [parameters[-1]]
    return lines + ["public init(", *indented(listed), ") {", *indented(assignments), "}"]


def reading(message: Message, schema: Schema) -> list[str]:
    lines = ["/// Reads the fields of an unpacked message."]
    body: list[str] = []
    for field in message.fields:
        if field.oneof is None:
            attempt = "try " if field.kind in ("string", "strings", "message", "messages", "map", "secrets") else ""
            body.append(f"{camel(field.name)} = {attempt}reader.{field.kind}({field.number})")
    for oneof in message.oneofs:
        body += oneof_reading(oneof, message, schema)
    reader = "from reader" if body else "from _"
    return lines + block(f"public init({reader}: borrowing MessageReader) throws(ProtobufError)", body)


def oneof_reading(oneof: Oneof, message: Message, schema: Schema) -> list[str]:
    name, lines = camel(oneof.name), []
    for case in oneof.fields:
        head = "if" if not lines else "} else if"
        case_type = nearby_type(case.type_name, message, schema)
        lines += [
            f"{head} let value = try reader.message({case.number}, as: {case_type}.self) {{",
            f"    {name} = .{camel(case.name)}(value)",
        ]
    return lines + ["}"]


def writing(message: Message) -> list[str]:
    lines = ["/// Writes the fields into a message that is about to be packed."]
    body = [
        f"writer.{field.kind}({field.number}, {camel(field.name)})" for field in message.fields if field.oneof is None
    ]
    for oneof in message.oneofs:
        body.append(f"switch {camel(oneof.name)} {{")
        body += [
            f"case .{camel(case.name)}(let value): writer.message({case.number}, value)" for case in oneof.fields
        ]
        body += ["case nil: break", "}"]
    writer = "to writer" if body else "to _"
    return lines + block(f"public func write({writer}: borrowing MessageWriter)", body)


def descriptor(message: Message, schema: Schema) -> list[str]:
    call = f"MessageType({accessor(message.full_name, schema)}())"
    return [f"/// Describes `{message.full_name[1:]}`.", f"public static var messageType: MessageType {{ {call} }}"]


def oneof_type(oneof: Oneof, message: Message, schema: Schema, depth: int) -> list[str]:
    body: list[str] = []
    for case in oneof.fields:
        body += documentation(case.comment, depth + 1)
        body.append(f"case {camel(case.name)}({nearby_type(case.type_name, message, schema)})")
    return documentation(oneof.comment, depth) + block(
        f"public enum {upper_camel(oneof.name)}: Sendable, Equatable", body
    )


def enum_type(enum: EnumType, depth: int) -> list[str]:
    cases: list[str] = []
    for name, _, comment in enum.values:
        cases += documentation(comment, depth + 1) + [f"case {camel(name)}"]
    cases += ["/// A number that the schema does not name.", "case unrecognized(Int32)"]
    decoding = [f"case {number}: self = .{camel(name)}" for name, number, _ in enum.values]
    encoding = [f"case .{camel(name)}: {number}" for name, number, _ in enum.values]
    body = cases + ["", "/// The value with this number."]
    body += block(
        "public init(rawValue: Int32)",
        ["switch rawValue {", *decoding, "default: self = .unrecognized(rawValue)", "}"],
    )
    body += ["", "/// The number on the wire."]
    body += block(
        "public var rawValue: Int32", ["switch self {", *encoding, "case .unrecognized(let number): number", "}"]
    )
    return documentation(enum.comment, depth) + block(f"public enum {type_name(enum.name)}: ProtobufEnum", body)
