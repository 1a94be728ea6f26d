"""Google's Python implementation of Protocol Buffers as an independent witness for the CSI API's tests.

usage: reference.py facts     what the schema says, as JSON
       reference.py samples   one JSON object a line: a message with fields set, its bytes, what it holds
       reference.py bad-text  one JSON object a line: a message with one unacceptable string, and that string's path
       reference.py parse     reads lines "NAME HEX", answers a line each: what the message holds, or null

The witness reads proto/csi.proto through protoc and shares no code with the generator under scripts/.
"""

import importlib
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from google.protobuf import descriptor as descriptors
from google.protobuf import descriptor_pb2
from google.protobuf.message import DecodeError

PROTO = Path(__file__).resolve().parents[3] / "proto"


def load():
    """The Python module of csi.proto, compiled afresh."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            ["protoc", f"--proto_path={PROTO}", "--proto_path=/usr/include", f"--python_out={directory}", "csi.proto"],
            check=True,
        )
        sys.path.insert(0, directory)
        sys.dont_write_bytecode = True
        return importlib.import_module("csi_pb2")


csi = load()
Field = descriptors.FieldDescriptor
STRING, MESSAGE, ENUM = Field.TYPE_STRING, Field.TYPE_MESSAGE, Field.TYPE_ENUM


def is_map(field) -> bool:
    return field.type == MESSAGE and field.message_type.GetOptions().map_entry


def is_repeated(field) -> bool:
    return field.label == Field.LABEL_REPEATED


def is_secret(field) -> bool:
    return field.GetOptions().Extensions[csi.csi_secret]


def types(scope=csi.DESCRIPTOR.message_types_by_name):
    """Every message type, nested ones too, without map entries."""
    for kind in scope.values():
        if not kind.GetOptions().map_entry:
            yield kind
            yield from types(kind.nested_types_by_name)


def python_class(kind):
    module = csi
    for part in kind.full_name.removeprefix("csi.v1.").split("."):
        module = getattr(module, part)
    return module


# Facts


def facts() -> dict:
    services = csi.DESCRIPTOR.services_by_name.values()
    file = descriptor_pb2.FileDescriptorProto.FromString(csi.DESCRIPTOR.serialized_pb)
    unary = {
        service.name: [m.name for m in service.method if not (m.client_streaming or m.server_streaming)]
        for service in file.service
    }
    enums = [enum for kind in types() for enum in kind.enum_types] + list(csi.DESCRIPTOR.enum_types_by_name.values())
    return {
        "messages": [kind.full_name for kind in types()],
        "fields": sum(len(kind.fields) for kind in types()),
        "oneofs": sum(len(kind.oneofs) for kind in types()),
        "enums": {enum.full_name: {value.name: value.number for value in enum.values} for enum in enums},
        "services": {service.name: [method.name for method in service.methods] for service in services},
        "unary": unary,
        "secrets": [field.full_name for kind in types() for field in kind.fields if is_secret(field)],
        "alpha": alpha(enums),
    }


def alpha(enums) -> list[str]:
    """Everything that carries one of the alpha options."""
    found = [kind.full_name for kind in types() if kind.GetOptions().Extensions[csi.alpha_message]]
    found += [f.full_name for k in types() for f in k.fields if f.GetOptions().Extensions[csi.alpha_field]]
    found += [enum.full_name for enum in enums if enum.GetOptions().Extensions[csi.alpha_enum]]
    found += [
        f"{enum.full_name}.{value.name}"
        for enum in enums
        for value in enum.values
        if value.GetOptions().Extensions[csi.alpha_enum_value]
    ]
    for service in csi.DESCRIPTOR.services_by_name.values():
        if service.GetOptions().Extensions[csi.alpha_service]:
            found.append(service.full_name)
        found += [m.full_name for m in service.methods if m.GetOptions().Extensions[csi.alpha_method]]
    return found


# What a message holds: the same notation that the Swift side writes by reflection


def plain(message) -> dict:
    """Fields by lower-case name without underscores; a oneof is one field with its case inside."""
    kind, result = message.DESCRIPTOR, {}
    for field in kind.fields:
        if field.containing_oneof:
            continue
        value = getattr(message, field.name)
        if field.type == MESSAGE and not is_repeated(field) and not message.HasField(field.name):
            continue
        result[label(field.name)] = plain_value(field, value)
    for oneof in kind.oneofs:
        case = message.WhichOneof(oneof.name)
        if case:
            result[label(oneof.name)] = {label(case): plain(getattr(message, case))}
    return result


def plain_value(field, value):
    if is_map(field):
        return {"redacted": dict(value)} if is_secret(field) else dict(value)
    if is_repeated(field):
        return [plain(v) if field.type == MESSAGE else v for v in value]
    if field.type != MESSAGE:
        return str(value) if field.type in (Field.TYPE_INT32, Field.TYPE_INT64, ENUM) else value
    if field.message_type.full_name == "google.protobuf.Timestamp":
        return f"{value.seconds}.{value.nanos}"
    if field.message_type.full_name.startswith("google.protobuf."):
        return plain_value(value.DESCRIPTOR.fields_by_name["value"], value.value)
    return plain(value)


def label(name: str) -> str:
    return name.replace("_", "").lower()


# Samples


class Numbers:
    """Distinct numbers, so that mixed-up fields show."""

    def __init__(self):
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def fill(message, oneof_case: int, extreme: bool, numbers: Numbers) -> None:
    """Sets every field; of each oneof the case at the index given."""
    for oneof in message.DESCRIPTOR.oneofs:
        case = oneof.fields[oneof_case % len(oneof.fields)]
        getattr(message, case.name).SetInParent()
        fill(getattr(message, case.name), oneof_case, extreme, numbers)
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof is None:
            fill_field(message, field, oneof_case, extreme, numbers)


def fill_field(message, field, oneof_case: int, extreme: bool, numbers: Numbers) -> None:
    value = getattr(message, field.name)
    if is_map(field):
        secret = "hunter2-" if is_secret(field) else ""
        for _ in range(3):
            value[f"{secret}key {numbers.next()}"] = f"{secret}{text(numbers, extreme)}"
        if extreme:
            value[f"{secret}empty"] = ""
    elif is_repeated(field) and field.type == MESSAGE:
        for _ in range(3):
            fill(value.add(), oneof_case, extreme, numbers)
    elif is_repeated(field):
        value.extend([text(numbers, extreme), "", text(numbers, extreme)])
    elif field.type == MESSAGE:
        value.SetInParent()
        fill(value, oneof_case, extreme, numbers)
    else:
        setattr(message, field.name, scalar(field, extreme, numbers))


def scalar(field, extreme: bool, numbers: Numbers):
    number = numbers.next()
    if field.type == STRING:
        return text(numbers, extreme)
    if field.type == Field.TYPE_BOOL:
        return True
    if field.type == ENUM:
        # A number that the schema does not know has to survive as well.
        return -1000 - number if extreme else field.enum_type.values[-1].number
    if field.type == Field.TYPE_INT32:
        return -(2**31) + number if extreme else number
    return -(2**63) + number if extreme else 2**40 + number


def text(numbers: Numbers, extreme: bool) -> str:
    number = numbers.next()
    return f"\u00e4\u4e16\U0001f419\ufeff\x01 {number} {'x' * 200}" if extreme else f"text {number}"


def samples():
    """Each type empty, with all fields (once per case of its oneofs), and with extreme values."""
    for kind in types():
        cases = max([len(oneof.fields) for oneof in kind.oneofs] + [2])
        variants = [None] + [(case, False) for case in range(cases)] + [(case, True) for case in range(cases)]
        for variant in variants:
            message = python_class(kind)()
            if variant:
                fill(message, *variant, Numbers())
            yield {
                "name": kind.full_name,
                "bytes": message.SerializeToString(deterministic=True).hex(),
                "fields": plain(message),
            }


# Unacceptable strings


def varint(number: int) -> bytes:
    result = b""
    while number > 0x7F:
        result += bytes([number & 0x7F | 0x80])
        number >>= 7
    return result + bytes([number])


def delimited(number: int, payload: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def bad_strings(kind, payload: bytes):
    """(path, bytes) for each string that can be in a message of this type, with `payload` as that string.

    A list or map gets good elements first, so that the path's index counts.
    """
    for field in kind.fields:
        if field.type == STRING and is_repeated(field):
            yield f"{field.name}[1]", delimited(field.number, b"good") + delimited(field.number, payload)
        elif field.type == STRING:
            yield field.name, delimited(field.number, payload)
        elif is_map(field):
            good = delimited(field.number, delimited(1, b"good") + delimited(2, b"good"))
            for part, number in (("key", 1), ("value", 2)):
                yield f"{field.name}[1].{part}", good + delimited(field.number, delimited(number, payload))
        elif field.type == MESSAGE:
            index = "[2]" if is_repeated(field) else ""
            for path, inner in bad_strings(field.message_type, payload):
                before = delimited(field.number, b"") * 2 if index else b""
                yield f"{field.name}{index}.{path}", before + delimited(field.number, inner)


def bad_text():
    payloads = {
        "invalidUTF8": [b"a\xffb", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe4\xb8"],
        "containsNUL": [b"\0", b"a\0b", b"a\0"],
    }
    for kind in types():
        for fault, examples in payloads.items():
            for payload in examples:
                for path, message in bad_strings(kind, payload):
                    yield {"name": kind.full_name, "bytes": message.hex(), "fault": fault, "path": path}


# Commands


def parse() -> None:
    classes = {kind.full_name: python_class(kind) for kind in types()}
    for line in sys.stdin:
        name, _, data = line.rstrip("\n").partition(" ")
        with warnings.catch_warnings(record=True) as caught:  # a tag out of range is only a warning
            warnings.simplefilter("always")
            try:
                answer = plain(classes[name].FromString(bytes.fromhex(data)))
            except DecodeError:
                answer = None
        if caught:
            answer = None
        print(json.dumps(answer))


def main() -> None:
    command = sys.argv[1]
    if command == "facts":
        print(json.dumps(facts()))
    elif command == "samples":
        for sample in samples():
            print(json.dumps(sample))
    elif command == "bad-text":
        for sample in bad_text():
            print(json.dumps(sample))
    elif command == "parse":
        parse()
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
