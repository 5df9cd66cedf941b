"""The C projection: short type names, and per service a table for the dispatch and stubs for its callers."""
from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable

from genapi.contract import Contract, Enum, Field, Message, Method, Rule, Service, snake

BANNER = "/* Generated from the contract in api/. */"

# Functions that protoc-c makes for every message.
MESSAGE_FUNCTIONS = ("init", "get_packed_size", "pack", "pack_to_buffer", "unpack", "free_unpacked", "descriptor")


# protoc-c's own way to make C names: every part of the full name for itself, parts joined by two underscores.
def camel(name: str) -> str:
    """_display_name -> DisplayName"""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def c_type(parts: list[str]) -> str:
    return "__".join(camel(part) for part in parts)


def c_lower(parts: list[str]) -> str:
    return "__".join(snake(part) for part in parts)


def c_upper(parts: list[str]) -> str:
    return c_lower(parts).upper()


def write(contract: Contract, out_dir: str) -> None:
    out = pathlib.Path(out_dir)
    (out / "api_types.h").write_text(types_header(contract))
    (out / "rpc_rates.h").write_text(rates_header(contract))
    for service in contract.services:
        (out / f"{service.name}_service.h").write_text(service_header(service))
        (out / f"{service.name}_service.c").write_text(service_source(service))
        (out / f"{service.name}_client.h").write_text(client_header(service))


def types_header(contract: Contract) -> str:
    lines = [
        BANNER,
        "/* The contract's types under short names: what protoc-c generates, without the package in front.",
        " * A name stands in one package only; the generator refuses the second. */",
        "#pragma once",
    ]
    packages = [f for f in contract.files if f != "molva/options.proto"]
    lines += [f'#include "{name.removesuffix(".proto")}.pb-c.h"' for name in packages]
    for enum in contract.own_enums():
        if enum.package != "molva":
            lines += ["", *enum_names(enum)]
    for message in contract.own_messages():
        if message.package != "molva":
            lines += ["", *message_names(message)]
    lines += ["", *rule_constants(contract)]
    messages = [m for m in contract.own_messages() if m.package != "molva" and not m.is_map_entry]
    requests = {m.input.full_name: m.input for m in contract.methods()}.values()
    lines += ["", "/* X(Type, name) for every message. */", *x_macro("API_MESSAGES", messages)]
    lines += ["", "/* X(Type, name) for every method's request. */", *x_macro("API_REQUESTS", requests)]
    return "\n".join(lines) + "\n"


def rates_header(contract: Contract) -> str:
    rows = [f"    X({r.name}, {r.number}, {round(1e6 / r.per_second)}, {r.burst})" for r in contract.rates]
    return "\n".join([
        BANNER,
        "#pragma once",
        "",
        "/* X(NAME, number, microseconds until a token comes back, tokens at once) for every rate class. */",
        "#define RPC_RATES(X) \\",
        *(row + " \\" for row in rows[:-1]),
        rows[-1],
    ]) + "\n"


# The numbers of a rule, in the order of RpcRule; those of pages are for the services, which cut their pages.
BOUNDS = ("min_chars", "max_chars", "min_bytes", "max_bytes", "max_items", "max")
FORMS_CHECKED = ("UUID", "CLIENT_UUID")


def rule_constants(contract: Contract) -> list[str]:
    """SEND_REQUEST__TEXT__MAX_BYTES and the like, for services that check the same elsewhere too."""
    lines = ["/* What the rules of requests say: REQUEST__FIELD__RULE. */"]
    for message in contract.own_messages():
        for f in message.fields:
            for name in (*BOUNDS, "page", "page_max"):
                number = getattr(f.rule, name)
                if number:
                    lines.append(f"#define {c_upper(message.path)}__{f.name.upper()}__{name.upper()} {number}")
    return lines


def is_checked(rule: Rule) -> bool:
    """By the dispatch."""
    return bool(rule.required or rule.form in FORMS_CHECKED or rule.choices or any(getattr(rule, n) for n in BOUNDS))


def rule_initializer(f: Field) -> str:
    rule = f.rule
    members = [f".field = {f.number}"]
    if rule.required:
        members.append(".required = true")
    if rule.form in FORMS_CHECKED:
        members.append(f".form = RPC_FORM_{rule.form}")
    members += [f".{name} = {getattr(rule, name)}" for name in BOUNDS if getattr(rule, name)]
    if rule.choices:
        names = ", ".join(json.dumps(choice) for choice in rule.choices)
        members.append(f".choices = (const char *const[]){{ {names}, NULL }}")
    return "{ " + ", ".join(members) + " }"


def rules_table(method: Method) -> tuple[str, list[str]]:
    """The name of the method's table, "" when it needs none, and its lines."""
    rules = [f"    {rule_initializer(f)}," for f in method.input.fields if is_checked(f.rule)]
    name = f"rules_of_{snake(method.name)}"
    return (name, [f"static const RpcRule {name}[] = {{", *rules, "};"]) if rules else ("", [])


def x_macro(name: str, messages: Iterable[Message]) -> list[str]:
    rows = [f"    X({c_type(m.path)}, {c_lower(m.path)})" for m in messages]
    return [f"#define {name}(X) \\", *(row + " \\" for row in rows[:-1]), rows[-1]]


def enum_names(enum: Enum) -> list[str]:
    full = [*enum.package.split("."), *enum.path]
    lines = [f"typedef {c_type(full)} {c_type(enum.path)};"]
    lines.append(f"#define {c_lower(enum.path)}__descriptor {c_lower(full)}__descriptor")
    for value in enum.values:
        lines.append(f"#define {c_upper(enum.path)}__{value.name} {c_upper(full)}__{value.name}")
    return lines


def message_names(message: Message) -> list[str]:
    full = [*message.package.split("."), *message.path]
    lines = [f"typedef {c_type(full)} {c_type(message.path)};"]
    lines.append(f"#define {c_upper(message.path)}__INIT {c_upper(full)}__INIT")
    # Map entries are nested types, for which protoc-c makes nothing but init and a descriptor.
    functions = MESSAGE_FUNCTIONS if len(message.path) == 1 else ("init", "descriptor")
    for name in functions:
        lines.append(f"#define {c_lower(message.path)}__{name} {c_lower(full)}__{name}")
    for oneof, _ in message.oneofs:
        lines.append(f"typedef {c_type(full)}__{camel(oneof)}Case {c_type(message.path)}__{camel(oneof)}Case;")
        cases = ["_NOT_SET", *(f.name.upper() for f in message.fields if oneof in (f.oneof, f"_{f.name}"))]
        for case in cases:
            constant = f"__{oneof.upper()}_{case}"
            lines.append(f"#define {c_upper(message.path)}{constant} {c_upper(full)}{constant}")
    return lines


def function_name(method: Method) -> str:
    return f"{method.service}_{snake(method.name)}"


def signature(method: Method, name: str, first: str) -> str:
    types = f"const {c_type(method.input.path)} *request, {c_type(method.output.path)} *out_response"
    return f"Err {name}({first}, Ctx *ctx,\n    {types})"


def comment(method: Method, *extra: str) -> str:
    text = "\n * ".join([*method.comment.splitlines(), *extra])
    return f"/* {text.replace('*/', '* /')} */"


def method_initializer(method: Method, index: int, handler: str = "", rules: str = "") -> list[str]:
    """The members of an RpcMethod, one line each."""
    lines = [f'.name = "{method.wire_name}",', f'.full_path = "{method.full_path}",']
    if method.verb:
        lines += [f'.verb = "{method.verb}",', f'.path = "{method.path}",']
    lines += [
        f".access = RPC_{method.access},",
        f".rate = RPC_RATE_{method.rate},",
        *cost_initializer(method),
        f".input = &{c_lower(method.input.path)}__descriptor,",
        f".output = &{c_lower(method.output.path)}__descriptor,",
    ]
    if method.repeatable:
        lines.append(".repeatable = true,")
    if rules:
        lines += [f".rules = {rules},", f".n_rules = sizeof {rules} / sizeof {rules}[0],"]
    if handler:
        lines.append(f".handler = {handler},")
    return ["        " + line for line in [*lines, f".index = {index},"]]


def cost_initializer(method: Method) -> list[str]:
    fields = [(method.input.field_named(c.field), c.per_token) for c in method.costs]
    costs = [f"{{ {f.number}, {per_token}, {f.rule.page_max} }}" for f, per_token in fields]
    return [f".costs = {{ {', '.join(costs)} }},"] if costs else []


def service_header(service: Service) -> str:
    lines = [
        BANNER,
        f"/* {service.comment.splitlines()[0] if service.comment else service.type_name} */",
        "/* What the service must define, and the table by which the dispatch reaches it. */",
        "#pragma once",
        '#include "api_types.h"',
        '#include "rpc/rpc.h"',
        "",
        f"typedef struct {service.type_name} {service.type_name};",
        f"extern const RpcService {service.name}_rpc;",
    ]
    for method in service.methods:
        face = f"{method.access}, {method.verb} {method.path}" if method.verb else method.access
        declaration = signature(method, function_name(method), f"{service.type_name} *svc")
        lines += ["", comment(method, face), f"ON_WORKER MUST_CHECK {declaration};"]
    return "\n".join(lines) + "\n"


def service_source(service: Service) -> str:
    lines = [BANNER, f'#include "{service.name}_service.h"', ""]
    for method in service.methods:
        lines += [
            f"static Err call_{snake(method.name)}(void *svc, Ctx *ctx, const void *request, void *out_response)",
            "{",
            "    thread_role_assert(THREAD_WORKER);",
            f"    return {function_name(method)}(svc, ctx, request, out_response);",
            "}",
        ]
    tables = {}
    for method in service.methods:
        tables[method.name], table = rules_table(method)
        lines += ["", *table] if table else []
    lines += ["", "static const RpcMethod methods[] = {"]
    for i, method in enumerate(service.methods):
        lines += ["    {", *method_initializer(method, i, f"call_{snake(method.name)}", tables[method.name]), "    },"]
    lines += [
        "};",
        "",
        f"const RpcService {service.name}_rpc = {{",
        f'    .name = "{service.name}",',
        f'    .full_name = "{service.package}.{service.type_name}",',
        "    .methods = methods,",
        "    .n_methods = sizeof methods / sizeof methods[0],",
        "};",
    ]
    return "\n".join(lines) + "\n"


def client_header(service: Service) -> str:
    """Stubs carry their method with them, without a handler: a caller links without the service it calls."""
    lines = [
        BANNER,
        f"/* How other services call {service.type_name}, wherever it runs. out_response arrives initialised; what it",
        " * points to afterwards lives in ctx->arena. */",
        "#pragma once",
        '#include "api_types.h"',
        '#include "rpc/rpc.h"',
    ]
    for i, method in enumerate(service.methods):
        name = f"{service.name}_client_{snake(method.name)}"
        lines += [
            "",
            comment(method),
            f"ON_WORKER MUST_CHECK static inline {signature(method, name, 'RpcClient *client')}",
            "{",
            "    static const RpcMethod method = {",
            *method_initializer(method, i),
            "    };",
            "    return rpc_client_call(client, ctx, &method, &request->base, &out_response->base);",
            "}",
        ]
    return "\n".join(lines) + "\n"


def embedded(name: str, text: str) -> dict[str, str]:
    """A text in ASCII as a C array: the names of the files and what stands in them."""
    lines = [text[at : at + 100] for at in range(0, len(text), 100)]
    header = [
        BANNER,
        "#pragma once",
        "#include <stddef.h>",
        "",
        f"extern const char {name}[];",
        "/* Without the NUL at the end. */",
        f"extern const size_t {name}_len;",
    ]
    source = [BANNER, f'#include "{name}.h"', "", f"const char {name}[] ="]
    # For ASCII, JSON and C write the same string literals.
    source += [f"    {json.dumps(line)}" for line in lines]
    source[-1] += ";"
    source.append(f"const size_t {name}_len = sizeof {name} - 1;")
    return {f"{name}.h": "\n".join(header) + "\n", f"{name}.c": "\n".join(source) + "\n"}
