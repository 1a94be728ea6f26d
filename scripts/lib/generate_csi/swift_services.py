"""Swift protocols of the services, with their method tables."""

from .schema import Method, Schema, Service
from .swift_text import HEADER, INDENT, block, documentation, fits, indented, lower_first, swift_type


def files(schema: Schema) -> dict[str, str]:
    """File contents by path. Streaming calls are left out, and services that have no other."""
    result = {}
    for service in schema.services:
        methods = [method for method in service.methods if method.is_unary]
        if methods:
            result[f"{service.name}/{service.name}Service.swift"] = HEADER + "\n".join(
                protocol(service, methods, schema) + [""] + defaults(service, methods, schema) + [""]
            )
    return result


def signature(method: Method, access: str, parameter: str, schema: Schema) -> list[str]:
    """The declaration of a member function, broken before its result when it is too long, as swift-format does."""
    request, response = swift_type(method.request, schema), swift_type(method.response, schema)
    head = f"{access}func {lower_first(method.name)}(_{parameter}: {request}) async throws"
    line = f"{head} -> {response}"
    return [line] if fits(line, 1) else [head, f"{INDENT}-> {response}"]


def protocol(service: Service, methods: list[Method], schema: Schema) -> list[str]:
    body: list[str] = []
    for index, method in enumerate(methods):
        body += ([""] if index else []) + documentation(method.comment, 1)
        body += signature(method, "", " request", schema)
    return documentation(service.comment, 0) + block(f"public protocol {service.name}Service: Sendable", body)


def defaults(service: Service, methods: list[Method], schema: Schema) -> list[str]:
    body: list[str] = []
    for method in methods:
        body.append("/// Throws ``UnimplementedMethod``.")
        declaration = signature(method, "public ", "", schema)
        if len(declaration) == 1 and fits(declaration[0] + " {", 1):
            body.append(declaration[0] + " {")
        else:
            body += declaration + ["{"]
        body += [f'{INDENT}throw UnimplementedMethod(path: "{method.path}")', "}", ""]
    table = [f'CSIMethod("{method.path}", {lower_first(method.name)}),' for method in methods]
    body.append("/// Every method of the service, to be registered with a server.")
    body += block("public var methods: [CSIMethod]", ["[", *indented(table), "]"])
    return block(f"extension {service.name}Service", body)
