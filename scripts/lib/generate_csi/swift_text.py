"""Names, comments and layout of generated Swift."""

import textwrap

from .schema import Schema

HEADER = "// Generated from proto/csi.proto by scripts/generate; do not edit.\n\n"
WIDTH = 120
INDENT = "    "
ACRONYMS = {"id": "ID", "ids": "IDs"}
KEYWORDS = {
    "as", "break", "case", "catch", "class", "continue", "default", "defer", "do", "else", "enum", "extension",
    "false", "for", "func", "guard", "if", "import", "in", "init", "inout", "is", "let", "nil", "operator", "private",
    "protocol", "public", "repeat", "return", "self", "static", "struct", "subscript", "super", "switch", "throw",
    "throws", "true", "try", "typealias", "var", "where", "while",
}  # fmt: skip


def type_name(name: str) -> str:
    """`Type` is taken in Swift (`X.Type` is X's metatype), so the schema's `Type` is `Kind`."""
    return "Kind" if name == "Type" else name


def camel(snake: str) -> str:
    """volume_id -> volumeID, SINGLE_NODE_WRITER -> singleNodeWriter."""
    first, *rest = snake.lower().split("_")
    name = first + "".join(ACRONYMS.get(word, word.capitalize()) for word in rest)
    return f"`{name}`" if name in KEYWORDS else name


def upper_camel(snake: str) -> str:
    """access_type -> AccessType."""
    return type_name("".join(word.capitalize() for word in snake.split("_")))


def lower_first(name: str) -> str:
    """GetPluginInfo -> getPluginInfo."""
    return name[0].lower() + name[1:]


def swift_type(full_name: str, schema: Schema) -> str:
    """.csi.v1.VolumeCapability.AccessMode -> VolumeCapability.AccessMode."""
    return ".".join(type_name(part) for part in full_name.removeprefix(f".{schema.package}.").split("."))


def documentation(comment: str, depth: int) -> list[str]:
    """A comment as documentation, broken into lines."""
    width = WIDTH - depth * len(INDENT) - len("/// ")
    return [f"/// {line}" for line in textwrap.wrap(comment, width, break_long_words=False, break_on_hyphens=False)]


def fits(line: str, depth: int) -> bool:
    return depth * len(INDENT) + len(line) <= WIDTH


def indented(lines: list[str]) -> list[str]:
    return [INDENT + line if line else line for line in lines]


def block(head: str, body: list[str]) -> list[str]:
    """`head { body }` over several lines, or `head {}`."""
    return [f"{head} {{", *indented(body), "}"] if body else [f"{head} {{}}"]
