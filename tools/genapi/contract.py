"""The contract as plain objects, read from the descriptor set that protoc wrote, and the rules that it must keep."""
from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass, field

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE_ROOT = "molva."
VERBS = ("get", "put", "post", "delete", "patch")
# Verbs whose requests have no body: what the path does not name comes from the query.
BODYLESS = ("GET", "DELETE")

# Verbs whose calls may be repeated blindly (RFC 9110, section 9.2.2). DELETE is not among them: the second one answers
# "not found". Other methods say so with option idempotency_level, or carry a client_id.
REPEATABLE = ("GET", "PUT")

# A list in a query stands there once for each element, and proxies cut URLs at 8 KiB: 100 UUIDs fit.
QUERY_ITEMS_MAX = 100

FieldProto = descriptor_pb2.FieldDescriptorProto


class ContractError(Exception):
    """The contract breaks a rule; the text names the place and the remedy."""


@dataclass
class Rule:
    """What a request's field may hold: FieldRule of molva/options.proto. 0, "" and [] say nothing."""

    required: bool = False
    form: str = ""  # "UUID", ...
    min_chars: int = 0
    max_chars: int = 0
    min_bytes: int = 0
    max_bytes: int = 0
    max_items: int = 0
    max: int = 0
    choices: list[str] = field(default_factory=list)
    page: int = 0
    page_max: int = 0


@dataclass
class Field:
    name: str
    number: int
    kind: str  # "string", "uint32", ..., "message", "enum"
    type_name: str  # full name of the message or enum, else ""
    repeated: bool
    optional: bool  # proto3 "optional"
    oneof: str  # the declared oneof it belongs to, else ""
    comment: str
    rule: Rule
    events: list[str]  # names of the durable events that carry it


@dataclass
class Message:
    full_name: str  # "molva.realtime.v1.Hello.RevsEntry"
    package: str
    path: list[str]  # ["Hello", "RevsEntry"]
    comment: str
    is_map_entry: bool
    also: str = ""  # JSON Schema
    ephemeral: list[str] = field(default_factory=list)  # names of the ephemeral frames whose data it is
    fields: list[Field] = field(default_factory=list)
    oneofs: list[tuple[str, bool]] = field(default_factory=list)  # name, whether made up for "optional"

    def field_named(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)


@dataclass
class EnumValue:
    name: str
    number: int
    comment: str


@dataclass
class Enum:
    full_name: str
    package: str
    path: list[str]
    comment: str
    values: list[EnumValue]


@dataclass
class Cost:
    """What takes more than one token: a field of the request, and how much of it is one."""

    field: str
    per_token: int


@dataclass
class RateClass:
    name: str  # "READ"
    number: int
    comment: str
    per_second: float
    burst: int


@dataclass
class Method:
    name: str  # "Send"
    service: str  # "message"
    comment: str
    input: Message
    output: Message
    access: str  # "PUBLIC", "USER", "ADMIN", "SERVICE"; "" when not stated
    rate: str  # "READ", "WRITE", "CREDENTIAL", "SEARCH"
    costs: list[Cost]
    outcomes: list[str]  # "NOT_FOUND", ...
    verb: str  # "POST"; "" when it has no REST face
    path: str
    repeatable: bool  # a second run changes nothing more: reads, and writes that the server recognises
    full_path: str  # "/molva.message.v1.MessageService/Send", as gRPC names it
    where: str  # file and name, for messages to people

    @property
    def wire_name(self) -> str:
        return f"{self.service}.{self.name}"

    @property
    def path_variables(self) -> list[str]:
        return re.findall(r"\{([^}]*)\}", self.path)


@dataclass
class Service:
    name: str  # "message"
    type_name: str  # "MessageService"
    package: str
    comment: str
    methods: list[Method]


@dataclass
class Contract:
    files: list[str]  # the .proto files of our own packages, without options.proto
    messages: dict[str, Message]  # by full name, ours and Google's
    enums: dict[str, Enum]
    services: list[Service]
    rates: list[RateClass] = field(default_factory=list)

    def own_messages(self) -> list[Message]:
        return [m for m in self.messages.values() if m.package.startswith(PACKAGE_ROOT)]

    def own_enums(self) -> list[Enum]:
        return [e for e in self.enums.values() if e.package.startswith(PACKAGE_ROOT)]

    def methods(self) -> list[Method]:
        return [method for service in self.services for method in service.methods]

    def map_entry(self, f: Field) -> Message | None:
        """The entry type of a map field, None for any other field."""
        entry = self.messages.get(f.type_name)
        return entry if entry and entry.is_map_entry else None


class _Reader:
    """Turns one FileDescriptorProto into the objects above."""

    def __init__(self, contract: Contract, options: "_Options", file: descriptor_pb2.FileDescriptorProto):
        self.contract = contract
        self.options = options
        self.file = file
        # A comment belongs to the path of numbers that leads to its element (descriptor.proto, SourceCodeInfo).
        self.comments = {
            tuple(loc.path): _tidy(loc.leading_comments or loc.trailing_comments)
            for loc in file.source_code_info.location
        }

    def read_types(self) -> None:
        for i, proto in enumerate(self.file.message_type):
            self._read_message(proto, [proto.name], (4, i))
        for i, proto in enumerate(self.file.enum_type):
            self._read_enum(proto, [proto.name], (5, i))

    def read_services(self) -> None:
        for i, proto in enumerate(self.file.service):
            name = snake(proto.name.removesuffix("Service"))
            methods = [self._read_method(m, name, proto.name, (6, i, 2, j)) for j, m in enumerate(proto.method)]
            comment = self.comments.get((6, i), "")
            self.contract.services.append(Service(name, proto.name, self.file.package, comment, methods))

    def _full_name(self, path: list[str]) -> str:
        return ".".join([self.file.package, *path])

    def _read_message(self, proto: descriptor_pb2.DescriptorProto, path: list[str], at: tuple[int, ...]) -> None:
        message = Message(
            self._full_name(path), self.file.package, path, self.comments.get(at, ""), proto.options.map_entry,
            self.options.also(proto), self.options.ephemeral(proto),
        )
        self.contract.messages[message.full_name] = message
        made_up = {f.oneof_index for f in proto.field if f.proto3_optional}
        message.oneofs = [(o.name, i in made_up) for i, o in enumerate(proto.oneof_decl)]
        for i, f in enumerate(proto.field):
            in_oneof = f.HasField("oneof_index") and not f.proto3_optional
            message.fields.append(
                Field(
                    name=f.name,
                    number=f.number,
                    kind=FieldProto.Type.Name(f.type).removeprefix("TYPE_").lower(),
                    type_name=f.type_name.removeprefix("."),
                    repeated=f.label == FieldProto.LABEL_REPEATED,
                    optional=f.proto3_optional,
                    oneof=proto.oneof_decl[f.oneof_index].name if in_oneof else "",
                    comment=self.comments.get((*at, 2, i), ""),
                    rule=self.options.rule(f),
                    events=self.options.events(f),
                )
            )
        for i, nested in enumerate(proto.nested_type):
            self._read_message(nested, [*path, nested.name], (*at, 3, i))
        for i, nested in enumerate(proto.enum_type):
            self._read_enum(nested, [*path, nested.name], (*at, 4, i))

    def _read_enum(self, proto: descriptor_pb2.EnumDescriptorProto, path: list[str], at: tuple[int, ...]) -> None:
        values = [
            EnumValue(v.name, v.number, self.comments.get((*at, 2, i), "")) for i, v in enumerate(proto.value)
        ]
        enum = Enum(self._full_name(path), self.file.package, path, self.comments.get(at, ""), values)
        self.contract.enums[enum.full_name] = enum

    def _read_method(
        self, proto: descriptor_pb2.MethodDescriptorProto, service: str, type_name: str, at: tuple[int, ...]
    ) -> Method:
        verb, path, access, rate, costs, outcomes = self.options.method(proto)
        request = self.contract.messages[proto.input_type.removeprefix(".")]
        return Method(
            name=proto.name,
            service=service,
            comment=self.comments.get(at, ""),
            input=request,
            output=self.contract.messages[proto.output_type.removeprefix(".")],
            access=access,
            rate=rate or ("READ" if verb == "GET" else "WRITE"),
            costs=costs,
            outcomes=outcomes,
            verb=verb,
            path=path,
            repeatable=verb in REPEATABLE or proto.options.idempotency_level != 0
            or request.field_named("client_id") is not None,
            full_path=f"/{self.file.package}.{type_name}/{proto.name}",
            where=f"{self.file.name}: {type_name}.{proto.name}",
        )


class _Options:
    """Reads the options of molva/options.proto, which this program knows from the descriptor set alone."""

    def __init__(self, files: descriptor_pb2.FileDescriptorSet):
        self.pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self.pool.Add(file)
        self.factory = message_factory.MessageFactory(self.pool)
        self.types = {kind: self.factory.GetPrototype(self.pool.FindMessageTypeByName(f"google.protobuf.{kind}Options"))
                      for kind in ("Method", "Field", "Message", "EnumValue")}
        self.factory.GetMessages(["molva/options.proto"])  # registers the extensions

    def _read(self, kind: str, proto):
        return self.types[kind].FromString(proto.options.SerializeToString())

    def _extension(self, name: str):
        return self.pool.FindExtensionByName("molva." + name)

    def read_rates(self, contract: "Contract", enum: descriptor_pb2.EnumDescriptorProto) -> list[RateClass]:
        """The classes that allow something."""
        comments = {v.name: v.comment for v in contract.enums["molva.Rate"].values}
        rates = []
        for value in enum.value:
            allows = self._read("EnumValue", value).Extensions[self._extension("allows")]
            if allows.burst:
                rates.append(RateClass(value.name, value.number, comments[value.name], allows.per_second, allows.burst))
        return rates

    def method(self, proto: descriptor_pb2.MethodDescriptorProto) -> tuple[str, str, str, str, list[Cost], list[str]]:
        """Verb, path, access level, rate class, costs, outcomes; each empty when not stated."""
        options = self._read("Method", proto)
        rule = options.Extensions[self._extension("http")]
        verb = rule.WhichOneof("pattern") or ""
        costs = [Cost(each.field, each.per_token) for each in options.Extensions[self._extension("cost")]]
        outcome = self._extension("outcome")
        outcomes = [outcome.enum_type.values_by_number[number].name for number in options.Extensions[outcome]]
        return (verb.upper(), getattr(rule, verb) if verb else "", self._name(options, "access"),
                self._name(options, "rate"), costs, outcomes)

    def rule(self, proto: FieldProto) -> Rule:
        stated = self._read("Field", proto).Extensions[self._extension("rule")]
        values = {f.name: value for f, value in stated.ListFields()}
        if "form" in values:
            values["form"] = stated.DESCRIPTOR.fields_by_name["form"].enum_type.values_by_number[stated.form].name
        if "choices" in values:
            values["choices"] = list(stated.choices)
        return Rule(**values)

    def events(self, proto: FieldProto) -> list[str]:
        return list(self._read("Field", proto).Extensions[self._extension("event")])

    def also(self, proto: descriptor_pb2.DescriptorProto) -> str:
        return self._read("Message", proto).Extensions[self._extension("also")]

    def ephemeral(self, proto: descriptor_pb2.DescriptorProto) -> list[str]:
        return list(self._read("Message", proto).Extensions[self._extension("ephemeral")])

    def _name(self, options, name: str) -> str:
        extension = self._extension(name)
        number = options.Extensions[extension]
        return extension.enum_type.values_by_number[number].name if number else ""


def _tidy(comment: str) -> str:
    return "\n".join(line.strip() for line in comment.strip().splitlines())


def snake(camel: str) -> str:
    """SendRequest -> send_request, in protoc-c's way: an underscore before a capital that follows no capital."""
    return re.sub(r"(?<=[^A-Z])(?=[A-Z])", "_", camel).lower()


def load(descriptor_set: str) -> Contract:
    """Reads and checks; raises ContractError with every broken rule."""
    files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(descriptor_set).read_bytes())
    own = [f.name for f in files.file if f.package.startswith(PACKAGE_ROOT)]
    contract = Contract(own, {}, {}, [])
    options = _Options(files)
    readers = [_Reader(contract, options, file) for file in files.file]
    for reader in readers:
        reader.read_types()
    [rates] = [e for f in files.file if f.name == "molva/options.proto" for e in f.enum_type if e.name == "Rate"]
    contract.rates = options.read_rates(contract, rates)
    for reader in readers:
        reader.read_services()
    contract.services.sort(key=lambda service: service.name)
    for method in contract.methods():
        for f in method.input.fields:
            f.rule.required |= f.name in method.path_variables
    problems = check(contract)
    if problems:
        raise ContractError("\n".join(problems))
    return contract


def check(contract: Contract) -> list[str]:
    """What is wrong with the contract, one line each; empty when it keeps the rules."""
    problems = _check_short_names(contract) + _check_map_lookalikes(contract)
    problems += _check_recursion(contract) + _check_comments(contract) + _check_rules(contract) + _check_events(contract)
    for method in contract.methods():
        problems += [f"{method.where}: {text}" for text in _check_method(contract, method)]
    return problems + _check_routes(contract)


def _check_short_names(contract: Contract) -> list[str]:
    """C code drops the package, so a name may stand in one package only."""
    problems, seen = [], {}
    for item in [*contract.own_messages(), *contract.own_enums()]:
        short = "__".join(item.path)
        if short in seen:
            problems.append(f"{item.full_name}: the short name {short} is taken by {seen[short]}; rename one of them")
        seen.setdefault(short, item.full_name)
    for service in contract.services:
        if service.type_name in seen:
            problems.append(f"{service.package}.{service.type_name}: a type has this name: {seen[service.type_name]}")
    return problems


def _check_map_lookalikes(contract: Contract) -> list[str]:
    """protobuf-c cannot tell a map from a repeated message of the same shape; the transcoder goes by shape and name."""
    return [
        f"{m.full_name}: looks like an entry of a map (key, value, name ending in Entry); choose another name"
        for m in contract.own_messages()
        if not m.is_map_entry and m.path[-1].endswith("Entry") and [f.name for f in m.fields] == ["key", "value"]
    ]


def _check_comments(contract: Contract) -> list[str]:
    """A request and a response are explained by their method; every other message explains itself."""
    explained = {m.full_name for method in contract.methods() for m in (method.input, method.output)}
    return [
        f"{m.full_name}: has no comment; say what it is"
        for m in contract.own_messages()
        if not m.comment and not m.is_map_entry and m.full_name not in explained
    ]


def _check_rules(contract: Contract) -> list[str]:
    """A rule stands where it is checked, fits its field, and every list of a request has an end."""
    requests = {m.input.full_name: m for m in contract.methods()}
    problems = []
    for message in contract.own_messages():
        asked = requests.get(message.full_name)
        if message.also and not asked:
            problems.append(f"{message.full_name}: option (molva.also) is for requests")
        for f in message.fields:
            texts = _check_rule(f) if asked else ["has a rule, but only those of requests are checked"] * (f.rule != Rule())
            if asked and f.repeated and not f.rule.max_items:
                texts.append("is a list without max_items in its (molva.rule): a caller chooses how long it is")
            if asked and asked.verb in BODYLESS and f.rule.max_items > QUERY_ITEMS_MAX:
                texts.append(f"has over {QUERY_ITEMS_MAX} elements, which the query of {asked.verb} cannot carry")
            problems += [f"{message.full_name}.{f.name}: {text}" for text in texts]
    return problems


def _check_events(contract: Contract) -> list[str]:
    """What an event carries follows from its name, so each name stands once, and each thing that may be carried has one."""
    problems, carried = [], {}
    for message in contract.own_messages():
        of_events = any(f.events for f in message.fields)
        for f in message.fields:
            if of_events and not f.events:
                problems.append(f"{message.full_name}.{f.name}: is named by no event, as its neighbours are")
        named = [(message.full_name, message.ephemeral)]
        named += [(f"{message.full_name}.{f.name}", f.events) for f in message.fields]
        for place, names in named:
            for name in names:
                if name in carried:
                    problems.append(f'{place}: the event "{name}" carries {carried[name]}')
                carried.setdefault(name, place)
    return problems


def _check_rule(f: Field) -> list[str]:
    rule, problems = f.rule, []
    for_text = rule.form or rule.min_chars or rule.max_chars or rule.min_bytes or rule.max_bytes
    if for_text and f.kind != "string":
        problems.append("has a rule for text, but is none")
    if (rule.max or rule.page) and f.kind != "uint32":
        problems.append("has a rule for numbers (uint32), but is none")
    if rule.max_items and not f.repeated:
        problems.append("has max_items, but is no list")
    if rule.choices and f.kind not in ("string", "enum"):
        problems.append("has choices, but is neither text nor an enum")
    if rule.required and f.optional:
        problems.append("is required and optional")
    if rule.page > rule.page_max:
        problems.append("has a page that is longer than page_max")
    return problems


def _check_recursion(contract: Contract) -> list[str]:
    """protobuf-c decodes without a limit of depth, so the types must have one."""
    own = {m.full_name: m for m in contract.own_messages()}
    problems, done = [], set()

    def visit(message: Message, way: list[str]) -> None:
        if message.full_name in way:
            problems.append(f"{message.full_name}: contains itself, by way of {' > '.join(way)}")
        elif message.full_name not in done:
            for f in message.fields:
                if f.type_name in own:
                    visit(own[f.type_name], [*way, message.full_name])
            done.add(message.full_name)

    for message in own.values():
        visit(message, [])
    return problems


def _check_method(contract: Contract, method: Method) -> list[str]:
    problems = []
    if not method.comment:
        problems.append("has no comment; say what it does, the documentation is made from it")
    if not method.access:
        problems.append("states no access level; add option (molva.access) = PUBLIC, USER, ADMIN or SERVICE")
    elif method.access == "SERVICE" and method.verb:
        problems.append(f"is for services but has a REST path, {method.verb} {method.path}; remove option (molva.http)")
    elif method.access != "SERVICE" and not method.verb:
        problems.append(f"is for {method.access} callers but has no REST path; add option (molva.http)")
    if method.verb:
        problems += _check_path(contract, method)
    return problems + _check_costs(contract, method)


COSTS_MAX = 2  # RPC_COSTS_MAX of src/rpc/rpc.h
COUNTED = ("uint32", "int32")


def _check_costs(contract: Contract, method: Method) -> list[str]:
    """Whatever grows with a number that the caller chooses is charged by it. Calls of our own services are not charged."""
    problems = []
    if len(method.costs) > COSTS_MAX:
        problems.append(f"has over {COSTS_MAX} costs; raise RPC_COSTS_MAX too")
    for cost in method.costs:
        f = method.input.field_named(cost.field)
        if not f or not (f.repeated or f.kind in COUNTED) or contract.map_entry(f):
            problems.append(f'cost "{cost.field}" must be a repeated field or a number of {method.input.path[-1]}')
        if not cost.per_token:
            problems.append(f'cost "{cost.field}" lacks per_token')
    charged = {cost.field for cost in method.costs}
    for f in method.input.fields:
        if method.access != "SERVICE" and (f.repeated or f.name == "limit") and f.name not in charged:
            problems.append(f'field "{f.name}" is a number that the caller chooses; say what it costs: option '
                            f'(molva.cost) = {{field: "{f.name}", per_token: ...}}')
    return problems


def _check_path(contract: Contract, method: Method) -> list[str]:
    problems = []
    if not re.fullmatch(r"(/([A-Za-z0-9._~-]+|\{[a-z][a-z0-9_]*\}))+", method.path):
        problems.append(f'"{method.path}" is no path; segments are words or {{field}}')
    variables = method.path_variables
    for name in variables:
        f = method.input.field_named(name)
        if not f:
            problems.append(f'path variable "{name}" is no field of {method.input.path[-1]}')
        elif f.repeated or f.kind == "message":
            problems.append(f'path variable "{name}" must be a single plain value')
    if len(set(variables)) != len(variables):
        problems.append("a path variable stands twice in the path")
    if method.verb in BODYLESS:
        for f in method.input.fields:
            if f.kind == "message" and f.name not in variables:
                problems.append(f'field "{f.name}" is a message, which the query of {method.verb} cannot carry')
    return problems


def _check_routes(contract: Contract) -> list[str]:
    problems, seen = [], {}
    for method in contract.methods():
        if not method.verb:
            continue
        shape = (method.verb, re.sub(r"\{[^}]*\}", "{}", method.path))
        if shape in seen:
            problems.append(f"{method.where}: {method.verb} {method.path} is the route of {seen[shape]} too")
        seen.setdefault(shape, method.wire_name)
    return problems
