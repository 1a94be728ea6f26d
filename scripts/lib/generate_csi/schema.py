"""The schema as the generator sees it: messages, enums and services with their comments and options."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field

from google.protobuf import descriptor_pb2

Field = descriptor_pb2.FieldDescriptorProto

# The option that makes a field redact itself.
CSI_SECRET = "csi_secret"

# Field numbers inside the descriptor messages, as source code paths use them.
FILE_MESSAGES, FILE_ENUMS, FILE_SERVICES = 4, 5, 6
MESSAGE_FIELDS, MESSAGE_NESTED, MESSAGE_ENUMS, MESSAGE_ONEOFS = 2, 3, 4, 8
ENUM_VALUES, SERVICE_METHODS = 2, 2


class Unsupported(SystemExit):
    """The schema has something that the bridge cannot carry; ends the generator with the reason."""


@dataclass
class EnumType:
    name: str
    comment: str
    values: list  # (name, number, comment)


@dataclass
class FieldType:
    name: str
    number: int
    comment: str
    kind: str  # a method of MessageReader and MessageWriter
    type_name: str | None  # full name of the message or enum
    is_secret: bool
    oneof: int | None


@dataclass
class Oneof:
    name: str
    comment: str
    fields: list


@dataclass
class Message:
    name: str
    full_name: str
    comment: str
    fields: list
    oneofs: list
    messages: list
    enums: list

    def walk(self):
        yield self
        for nested in self.messages:
            yield from nested.walk()


@dataclass
class Method:
    name: str
    comment: str
    path: str
    request: str
    response: str
    is_unary: bool


@dataclass
class Service:
    name: str
    comment: str
    methods: list = dataclass_field(default_factory=list)


SCALARS = {
    Field.TYPE_BOOL: "bool",
    Field.TYPE_INT32: "int32",
    Field.TYPE_INT64: "int64",
    Field.TYPE_STRING: "string",
    Field.TYPE_ENUM: "enumeration",
    Field.TYPE_MESSAGE: "message",
}

WELL_KNOWN = {
    ".google.protobuf.BoolValue": "optionalBool",
    ".google.protobuf.Int64Value": "optionalInt64",
    ".google.protobuf.Timestamp": "timestamp",
}


class Schema:
    """A file of messages, enums and services; refuses what the bridge cannot carry."""

    def __init__(self, file: descriptor_pb2.FileDescriptorProto):
        if file.syntax != "proto3":
            raise Unsupported(f"{file.name}: only proto3")
        self.file = file
        self.package = file.package
        self.comments = {
            tuple(location.path): location.leading_comments for location in file.source_code_info.location
        }
        self.secret_number = self.extension_number(".google.protobuf.FieldOptions", CSI_SECRET)
        prefix = "." + file.package
        self.messages = [
            self.message(message, prefix, (FILE_MESSAGES, index)) for index, message in enumerate(file.message_type)
        ]
        self.enums = [self.enum(enum, (FILE_ENUMS, index)) for index, enum in enumerate(file.enum_type)]
        self.zero_values = dict(self.zero_value_names(file, prefix))
        self.services = [self.service(service, (FILE_SERVICES, index)) for index, service in enumerate(file.service)]
        self.refuse_recursion()

    def extension_number(self, extendee: str, name: str) -> int:
        for extension in self.file.extension:
            if (extension.extendee, extension.name) == (extendee, name):
                return extension.number
        raise Unsupported(f"no extension {name} of {extendee}")

    def comment(self, path: tuple, subject: str) -> str:
        """The comment before an element: it becomes documentation, so each element needs one."""
        comment = " ".join(self.comments.get(path, "").split())
        if not comment:
            raise Unsupported(f"{subject} has no comment")
        return comment

    def is_secret(self, field: Field) -> bool:
        """Whether the csi_secret option is set. protobuf keeps the option as an unknown field, which we parse."""
        return varint_field(field.options.SerializeToString(), self.secret_number) == 1

    def enum(self, enum, path: tuple) -> EnumType:
        values = [
            (value.name, value.number, self.comment(path + (ENUM_VALUES, index), f"{enum.name}.{value.name}"))
            for index, value in enumerate(enum.value)
        ]
        return EnumType(enum.name, self.comment(path, enum.name), values)

    def zero_value_names(self, container, prefix: str):
        """The full name of each enum with the name of its value 0, which is the default of a field."""
        for enum in container.enum_type:
            yield f"{prefix}.{enum.name}", next(value.name for value in enum.value if value.number == 0)
        for message in getattr(container, "message_type", None) or getattr(container, "nested_type", []):
            yield from self.zero_value_names(message, f"{prefix}.{message.name}")

    def message(self, message, prefix: str, path: tuple) -> Message:
        full_name = f"{prefix}.{message.name}"
        maps = {f"{full_name}.{nested.name}": nested for nested in message.nested_type if nested.options.map_entry}
        fields = [
            self.field(field, full_name, maps, path + (MESSAGE_FIELDS, index))
            for index, field in enumerate(message.field)
        ]
        oneofs = []
        for index, oneof in enumerate(message.oneof_decl):
            cases = [field for field in fields if field.oneof == index]
            if any(case.kind != "message" for case in cases):
                raise Unsupported(f"{full_name}.{oneof.name}: a oneof may hold messages only")
            comment = self.comment(path + (MESSAGE_ONEOFS, index), f"{full_name}.{oneof.name}")
            oneofs.append(Oneof(oneof.name, comment, cases))
        return Message(
            name=message.name,
            full_name=full_name,
            comment=self.comment(path, full_name),
            fields=fields,
            oneofs=oneofs,
            messages=[
                self.message(nested, full_name, path + (MESSAGE_NESTED, index))
                for index, nested in enumerate(message.nested_type)
                if not nested.options.map_entry
            ],
            enums=[self.enum(enum, path + (MESSAGE_ENUMS, index)) for index, enum in enumerate(message.enum_type)],
        )

    def field(self, field: Field, parent: str, maps: dict, path: tuple) -> FieldType:
        subject = f"{parent}.{field.name}"
        is_secret = self.is_secret(field)
        kind = self.kind(field, subject, maps)
        if is_secret:
            if kind != "map":
                raise Unsupported(f"{subject}: only maps can be secret")
            kind = "secrets"
        return FieldType(
            name=field.name,
            number=field.number,
            comment=self.comment(path, subject),
            kind=kind,
            type_name=field.type_name if kind in ("message", "messages", "enumeration") else None,
            is_secret=is_secret,
            oneof=field.oneof_index if field.HasField("oneof_index") else None,
        )

    def kind(self, field: Field, subject: str, maps: dict) -> str:
        repeated = field.label == Field.LABEL_REPEATED
        if field.proto3_optional or field.type not in SCALARS:
            raise Unsupported(f"{subject}: the bridge has no such type")
        if field.type_name in maps:
            if [entry.type for entry in maps[field.type_name].field] != [Field.TYPE_STRING] * 2:
                raise Unsupported(f"{subject}: only maps of strings to strings")
            return "map"
        if field.type_name in WELL_KNOWN and not repeated:
            return WELL_KNOWN[field.type_name]
        if field.type_name and not field.type_name.startswith(f".{self.package}."):
            raise Unsupported(f"{subject}: the bridge has no such type")
        kind = SCALARS[field.type]
        if not repeated:
            return kind
        if kind not in ("string", "message"):
            raise Unsupported(f"{subject}: only lists of strings and messages")
        return kind + "s"

    def service(self, service, path: tuple) -> Service:
        methods = [
            Method(
                name=method.name,
                comment=self.comment(path + (SERVICE_METHODS, index), f"{service.name}.{method.name}"),
                path=f"/{self.package}.{service.name}/{method.name}",
                request=method.input_type,
                response=method.output_type,
                is_unary=not (method.client_streaming or method.server_streaming),
            )
            for index, method in enumerate(service.method)
        ]
        return Service(service.name, self.comment(path, service.name), methods)

    def all_messages(self):
        for message in self.messages:
            yield from message.walk()

    def refuse_recursion(self) -> None:
        """No message may contain itself: decoding's depth is bounded by the schema's."""
        contents = {m.full_name: [f.type_name for f in m.fields if f.type_name] for m in self.all_messages()}

        def visit(name: str, above: tuple) -> None:
            if name in above:
                raise Unsupported(f"{name} contains itself")
            for inner in contents.get(name, []):
                visit(inner, above + (name,))

        for name in contents:
            visit(name, ())


def varint_field(data: bytes, number: int) -> int | None:
    """The last value of a varint field in an encoded message, or None."""
    position, found = 0, None

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(data):
        key = varint()
        if key & 7 == 0:
            value = varint()
            if key >> 3 == number:
                found = value
        elif key & 7 == 2:
            length = varint()
            position += length
        else:
            position += 8 if key & 7 == 1 else 4
    return found
