"""JSON Schemas of the contract's messages, as src/rpc/json_read.c takes them and src/rpc/json_write.c writes them."""
from __future__ import annotations

import json
import re
from collections.abc import Iterable

from genapi.contract import Contract, Enum, Field, Message, Rule
from genapi.forms import pattern

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
        self.asked = {m.input.full_name for m in contract.methods()}
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
        asked = message.full_name in self.asked
        properties = {f.name: self.field(f, asked) for f in message.fields}
        if properties:
            schema["properties"] = properties
        required = [f.name for f in message.fields if self.always_there(message, f)]
        if required:
            schema["required"] = required
        if message.full_name not in self.written:
            schema["additionalProperties"] = False
        if message.fields and len({f.oneof for f in message.fields}) == 1 and message.fields[0].oneof:
            schema["minProperties"] = schema["maxProperties"] = 1
        return schema | json.loads(message.also or "{}")

    def always_there(self, message: Message, f: Field) -> bool:
        return f.rule.required or message.full_name in self.written and self.always_written(f)

    @staticmethod
    def always_written(f: Field) -> bool:
        return f.repeated or not (f.kind == "message" or f.optional or f.oneof)

    def enum(self, enum: Enum, choices: list[str] | None = None) -> dict:
        values = [v for v in enum.values if not choices or v.name in choices]
        lines = [enum.comment, ""] + [f"- `{v.name}`: {v.comment}" for v in values]
        return {"type": "string", "description": "\n".join(lines).strip(), "enum": [v.name for v in values]}

    def field(self, f: Field, asked: bool = False) -> dict:
        """asked: it belongs to a request, whose rules hold."""
        schema = self.field_type(f, asked)
        if f.kind == "string" and not f.repeated:
            # "UUID", "UUIDv7 made by the client"; an id that may be empty says so otherwise.
            is_id = f.rule.form.endswith("UUID") if asked else re.match(r"UUID(v7)?\b", f.comment)
            if is_id:
                schema |= ({} if asked else {"format": "uuid"}) | {"examples": [EXAMPLE_ID]}
            elif f.name in EXAMPLES:
                schema["examples"] = [EXAMPLES[f.name]]
        events = [f"For {', '.join(f.events)}."] if f.events else []
        description = " ".join([f.comment, *events, *rule_sentences(f.rule)]).strip()
        if description:
            schema["description"] = description
        return schema

    def field_type(self, f: Field, asked: bool) -> dict:
        entry = self.contract.map_entry(f)
        if entry:
            key, value = entry.fields
            schema = {"type": "object", "additionalProperties": self.value(value, False)}
            keys = INTEGERS.get(key.kind, {}).get("pattern") or MAP_KEYS.get(key.kind)
            return schema | ({"propertyNames": {"pattern": keys}} if keys else {})
        if not f.repeated:
            return self.value(f, asked)
        bounds = {"minItems": int(f.rule.required), "maxItems": f.rule.max_items}
        return {"type": "array", "items": self.value(f, asked)} | {k: v for k, v in bounds.items() if v}

    def value(self, f: Field, asked: bool) -> dict:
        """One value, without regard to repetition."""
        if f.type_name == TIMESTAMP:
            return {"type": "string", "format": "date-time"}
        if f.type_name == STRUCT:
            return {"type": "object"}
        if f.kind == "message":
            return self.refer(self.contract.messages[f.type_name])
        if f.kind == "enum":
            enum = self.contract.enums[f.type_name]
            return self.enum(enum, f.rule.choices) if f.rule.choices else self.refer(enum)
        if f.kind == "string" and asked:
            return text_schema(f)
        schema = dict(INTEGERS.get(f.kind) or OTHERS[f.kind])
        return schema | ({"maximum": f.rule.max} if f.rule.max else {}) | ({"default": f.rule.page} if f.rule.page else {})


def text_schema(f: Field) -> dict:
    """Text as src/rpc/rule.c takes it. JSON Schema counts characters: of bytes it can only say what no text of that many
    characters goes below or, in ASCII, beyond."""
    rule = f.rule
    if rule.choices:
        return {"type": "string", "enum": rule.choices}
    may_be_empty = not (rule.required or f.repeated or rule.min_chars or rule.min_bytes)
    schema = {"type": "string"}
    if rule.form.endswith("UUID") and not may_be_empty:
        schema["format"] = "uuid"
    if rule.form != "UUID" or may_be_empty:
        schema["pattern"] = pattern(rule.form, may_be_empty)
    is_plain = rule.required and not rule.form
    lengths = {"minLength": max(rule.min_chars, rule.min_bytes, is_plain), "maxLength": rule.max_chars or rule.max_bytes}
    return schema | {name: int(length) for name, length in lengths.items() if length}


def rule_sentences(rule: Rule) -> list[str]:
    """What a schema cannot say."""
    sentences = []
    if rule.min_bytes and rule.max_bytes:
        sentences.append(f"{rule.min_bytes} to {rule.max_bytes} bytes in UTF-8.")
    elif rule.max_bytes:
        sentences.append(f"At most {rule.max_bytes} bytes in UTF-8.")
    if rule.page:
        sentences.append(f"0 stands for {rule.page}; larger ones count as {rule.page_max}.")
    return sentences


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
