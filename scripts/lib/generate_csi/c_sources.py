"""The C side: protobuf-c's structs and descriptors, and functions that hand the descriptors to Swift."""

import subprocess

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2

from .schema import Field, Schema

HEADER = "// Generated from proto/csi.proto by scripts/generate; do not edit.\n"

# ProtobufCFileOptions, field 1019 of FileOptions: gen_pack_helpers (2) and gen_init_helpers (3) off, c_package (6)
# "csi". The bridge works on descriptors and needs none of the helper functions.
FILE_OPTIONS = bytes([0xDA, 0x3F, 9, 0x10, 0, 0x18, 0, 0x32, 3]) + b"csi"


def files(schema: Schema) -> dict[str, str]:
    """File contents by name."""
    accessors = sorted((accessor(m.full_name, schema), symbol(m.full_name, schema)) for m in schema.all_messages())
    return {
        **protobuf_c(derived(schema)),
        "descriptors.c": descriptors(accessors),
        "include/CCSI.h": header(accessors),
    }


def derived(schema: Schema) -> descriptor_pb2.FileDescriptorProto:
    """What protobuf-c is to carry: the same wire format, with lengths kept and nothing that we do not use.

    Strings are bytes, because protobuf-c ends strings at their first NUL. Services, extensions and options go, and
    the well-known types become messages of this file.
    """
    file = descriptor_pb2.FileDescriptorProto()
    file.CopyFrom(schema.file)
    file.name = "csi.proto"
    for name in ("dependency", "extension", "service", "options", "source_code_info"):
        file.ClearField(name)
    file.options.MergeFromString(FILE_OPTIONS)
    for message in file.message_type:
        plain(message, schema)
    file.message_type.add(name="BoolValue").field.add(
        name="value", number=1, type=Field.TYPE_BOOL, label=Field.LABEL_OPTIONAL
    )
    file.message_type.add(name="Int64Value").field.add(
        name="value", number=1, type=Field.TYPE_INT64, label=Field.LABEL_OPTIONAL
    )
    timestamp = file.message_type.add(name="Timestamp")
    timestamp.field.add(name="seconds", number=1, type=Field.TYPE_INT64, label=Field.LABEL_OPTIONAL)
    timestamp.field.add(name="nanos", number=2, type=Field.TYPE_INT32, label=Field.LABEL_OPTIONAL)
    return file


def plain(message: descriptor_pb2.DescriptorProto, schema: Schema) -> None:
    """Simplifies a message and all that is in it."""
    message.ClearField("options")  # a map entry becomes a message like any other, which it is on the wire
    for field in message.field:
        field.ClearField("options")
        if field.type == Field.TYPE_STRING:
            field.type = Field.TYPE_BYTES
        if field.HasField("type_name"):
            field.type_name = field.type_name.replace(".google.protobuf.", f".{schema.package}.")
    for enum in message.enum_type:
        for value in enum.value:
            value.ClearField("options")
    for nested in message.nested_type:
        plain(nested, schema)


def protobuf_c(file: descriptor_pb2.FileDescriptorProto) -> dict[str, str]:
    """What protobuf-c's compiler writes for the file."""
    request = plugin_pb2.CodeGeneratorRequest(file_to_generate=[file.name], proto_file=[file])
    result = subprocess.run(["protoc-gen-c"], input=request.SerializeToString(), stdout=subprocess.PIPE, check=True)
    response = plugin_pb2.CodeGeneratorResponse.FromString(result.stdout)
    if response.error:
        raise SystemExit(f"protoc-gen-c: {response.error}")
    return {generated.name: generated.content for generated in response.file}


def relative(full_name: str, schema: Schema) -> list[str]:
    return full_name.removeprefix(f".{schema.package}.").split(".")


def accessor(full_name: str, schema: Schema) -> str:
    """The C function that returns the type of a message."""
    return "csi_" + "_".join(relative(full_name, schema))


def symbol(full_name: str, schema: Schema) -> str:
    """protobuf-c's name for the descriptor of a message."""
    return "__".join(["csi", *map(lower, relative(full_name, schema)), "descriptor"])


def lower(name: str) -> str:
    """protobuf-c's lower-case form: an underscore before each capital that follows no capital."""
    result = ""
    for index, character in enumerate(name):
        if character.isupper() and index and not name[index - 1].isupper():
            result += "_"
        result += character.lower()
    return result


def descriptors(accessors: list) -> str:
    lines = [f"TYPE({function}, {descriptor})" for function, descriptor in accessors]
    return (
        HEADER
        + '#include "CCSI.h"\n#include "csi.pb-c.h"\n\n'
        + "#define TYPE(function, name) \\\n"
        + "    ProtobufMessageType function(void) { return (ProtobufMessageType){&name}; }\n\n"
        + "\n".join(lines)
        + "\n"
    )


def header(accessors: list) -> str:
    lines = [f"ProtobufMessageType {function}(void);" for function, _ in accessors]
    return (
        HEADER
        + "// The types of the CSI messages. The structs stay private to this module: the bridge works on descriptors.\n"
        + "#pragma once\n#include \"../../CProtobufC/shim.h\"\n\n"
        + "\n".join(lines)
        + "\n"
    )
