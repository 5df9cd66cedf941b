"""JSON Schemas of the contract's messages, as src/rpc/json_read.c takes them and src/rpc/json_write.c writes them."""
from __future__ import annotations

import re
from collections.abc import Iterable

from genapi.contract import Contract, Enum, Field, Message

REF = "#/components/schemas/"
TIMESTAMP = "google.protobuf.Timestamp"
STRUCT = "google.protobuf.Struct"

# Of bits, signedness: what the numbers of JSON carry; 64 bits travel as strings.
INTEGERS = {
    **dict.fromkeys(("int32", "sint32", "sfixed32"), {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}),
    **dict.fromkeys(("uint32", "fixed32"), {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), {"type": "string", "pattern": "^-?[0-9]{1,19}$"}),
    **dict.fromkeys(("uint64", "fixed64"), {"type": "string", "pattern": "^[0-9]{1,20}$"}),
}
OTHERS = {
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "double": {"type": "number"},
    "string": {"type": "string"},
    "bytes": {"type": "string", "contentEncoding": "base64"},
}
MAP_KEYS = {"bool": "^(true|false)$"}

# A plausible value by the name of the field, for readers of the documentation.
EXAMPLES = {
    "username": "anna",
    "display_name": "Anna Larina",
    "password": "correct horse battery staple",
    "device": "web",
    "text": "See you at eight.",
    "title": "Lunch",
    "language": "en",
    "theme": "dark",
}
EXAMPLE_ID = "01980c5e-7a3c-7c41-9d52-3f1f6a0b9c2e"


def name_of(item: Message | Enum) -> str:
    return "".join(item.path)


def ref(item: Message | Enum) -> dict:
    return {"$ref": REF + name_of(item)}


class Schemas:
    """The schemas that were asked for and what they refer to, by name."""

    def __init__(self, contract: Contract, written: Iterable[Message]):
        """written: the messages that the server writes; in them, and in what they hold, fields without presence are
        always there."""
        self.contract = contract
        self.written = _reachable(contract, written)
        self.components: dict[str, dict] = {}

    def refer(self, item: Message | Enum) -> dict:
        """A reference to the schema, which becomes one of the components."""
        name = name_of(item)
        if name not in self.components:
            self.components[name] = {}  # named first: it may be asked for again while it is being made
            self.components[name] = self.enum(item) if isinstance(item, Enum) else self.message(item)
        return ref(item)

    def sorted_components(self) -> dict[str, dict]:
        return dict(sorted(self.components.items()))

    def message(self, message: Message) -> dict:
        schema = {"type": "object"}
        if message.comment:
            schema["description"] = message.comment
        properties = {f.name: self.field(f) for f in message.fields}
        if properties:
            schema["properties"] = properties
        if message.full_name in self.written:
            required = [f.name for f in message.fields if self.always_written(f)]
            if required:
                schema["required"] = required
        else:
            schema["additionalProperties"] = False
        if message.fields and len({f.oneof for f in message.fields}) == 1 and message.fields[0].oneof:
            schema["minProperties"] = schema["maxProperties"] = 1
        return schema

    @staticmethod
    def always_written(f: Field) -> bool:
        return f.repeated or not (f.kind == "message" or f.optional or f.oneof)

    def enum(self, enum: Enum) -> dict:
        lines = [enum.comment, ""] + [f"- `{v.name}`: {v.comment}" for v in enum.values]
        return {"type": "string", "description": "\n".join(lines).strip(), "enum": [v.name for v in enum.values]}

    def field(self, f: Field) -> dict:
        schema = self.field_type(f)
        if f.kind == "string" and not f.repeated:
            # "UUID", "UUIDv7 made by the client"; an id that may be empty says so otherwise.
            if re.match(r"UUID(v7)?\b", f.comment):
                schema |= {"format": "uuid", "examples": [EXAMPLE_ID]}
            elif f.name in EXAMPLES:
                schema["examples"] = [EXAMPLES[f.name]]
        if f.comment:
            schema["description"] = f.comment
        return schema

    def field_type(self, f: Field) -> dict:
        entry = self.contract.map_entry(f)
        if entry:
            key, value = entry.fields
            schema = {"type": "object", "additionalProperties": self.value(value)}
            pattern = INTEGERS.get(key.kind, {}).get("pattern") or MAP_KEYS.get(key.kind)
            return schema | ({"propertyNames": {"pattern": pattern}} if pattern else {})
        return {"type": "array", "items": self.value(f)} if f.repeated else self.value(f)

    def value(self, f: Field) -> dict:
        """One value, without regard to repetition."""
        if f.type_name == TIMESTAMP:
            return {"type": "string", "format": "date-time"}
        if f.type_name == STRUCT:
            return {"type": "object"}
        if f.kind == "message":
            return self.refer(self.contract.messages[f.type_name])
        if f.kind == "enum":
            return self.refer(self.contract.enums[f.type_name])
        return dict(INTEGERS.get(f.kind) or OTHERS[f.kind])


def error_body(codes: list[str]) -> dict:
    """What stands under "error" when a call fails: see net/http.h, http_error_json()."""
    return {
        "type": "object",
        "description": "Why a call failed.",
        "properties": {
            "code": {"type": "string", "enum": codes, "description": "For programs: see docs/api/errors.md."},
            "message": {"type": "string", "description": "For people; may change."},
            "retryable": {"type": "boolean", "description": "Whether the same call may succeed later."},
            "retry_after_ms": {**INTEGERS["uint32"], "description": "When; 0 when not known."},
        },
        "required": ["code", "message", "retryable", "retry_after_ms"],
    }


def _reachable(contract: Contract, roots: Iterable[Message]) -> set[str]:
    names, todo = set(), [m.full_name for m in roots]
    while todo:
        name = todo.pop()
        if name in names or name not in contract.messages:
            continue
        names.add(name)
        todo += [f.type_name for f in contract.messages[name].fields if f.kind == "message"]
    return names
