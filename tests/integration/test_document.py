"""The OpenAPI document and the server draw the same line: what the one allows the other takes, and the step beyond is refused."""
import dataclasses
import itertools
import re
import unicodedata

import pytest

from document import document
from http_api import uuid7

BAD = (400, 413)  # the request itself is wrong; 403, 404, 409 and 412 are about what there is
numbers = itertools.count(1)

# Values that a call needs beside the one that is tried.
NEEDED = {
    "auth.Register": lambda: {"username": f"document{next(numbers)}", "password": "correct horse"},
    "auth.Login": lambda: {"username": "nobody", "password": "correct horse"},
    "auth.Refresh": lambda: {"refresh_token": "none"},
    "auth.ChangePassword": lambda: {"old_password": "a wrong one", "new_password": "correct horse"},
    "group.CreateConversation": lambda: {"kind": "GROUP", "title": "A group"},
    "group.AddMembers": lambda: {"user_ids": [uuid7()]},
    "group.UpdateMember": lambda: {"role": "MEMBER"},
    "message.Send": lambda: {"client_id": uuid7(), "text": "hello"},
}


@dataclasses.dataclass
class Field:
    """A parameter or a property of a body."""

    operation: dict
    verb: str
    path: str
    name: str
    place: str  # "path", "query", "body"
    schema: dict
    required: bool

    def __str__(self) -> str:
        return f"{self.operation['operationId']}.{self.name}"


def resolved(schema: dict) -> dict:
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def fields():
    for path, verbs in document()["paths"].items():
        for verb, operation in verbs.items():
            for parameter in operation.get("parameters", ()):
                yield Field(operation, verb.upper(), path, parameter["name"], parameter["in"],
                            resolved(parameter["schema"]), parameter.get("required", False))
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            schema = resolved(body) if body else {}
            for name, value in schema.get("properties", {}).items():
                yield Field(operation, verb.upper(), path, name, "body", resolved(value), name in schema.get("required", ()))


FIELDS = list(fields())


def edges(field: Field):
    """Values at both sides of each line that the schema draws, and whether they are inside. None: left out."""
    schema = field.schema
    if field.required and field.place != "path":
        yield None, False
    yield from {"string": text_edges, "integer": number_edges, "array": list_edges, "boolean": lambda _: ()}[schema["type"]](schema)


def text_edges(schema: dict):
    if "enum" in schema:
        yield from ((value, True) for value in schema["enum"])
        yield from ((value, False) for value in ("something.else", "0", "1"))
        return
    if schema.get("format") == "uuid" or "[0-9a-fA-F]{8}" in schema.get("pattern", ""):
        yield uuid7(), True
        yield uuid7()[:-1], False
        yield uuid7() + "0", False
        return
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    is_tag = schema["pattern"].startswith("^([A-Za-z]{2,8}")  # of a language: letters go in groups
    if least and not is_tag:
        yield "x" * least, True
        yield "x" * (least - 1), False
    if most:
        inside = ("en" + "-abcdefgh" * 3 + "-abcde")[:most] if is_tag else "x" * most
        yield inside, True
        yield inside + "x", False


def number_edges(schema: dict):
    yield schema["minimum"], True
    yield schema["maximum"], True
    yield schema["maximum"] + 1, False


def list_edges(schema: dict):
    least, most = schema.get("minItems", 0), schema["maxItems"]
    yield [uuid7() for _ in range(most)], True
    yield [uuid7() for _ in range(most + 1)], False
    if schema["items"].get("format") == "uuid" or "[0-9a-fA-F]{8}" in schema["items"].get("pattern", ""):
        yield ["no uuid"], False
    if least:
        yield [uuid7()] * (least - 1), False


@pytest.fixture(scope="module", name="owner")
def owner_of_the_server():
    return {}


async def administrator(world, owner: dict):
    """Who may ask for everything, and a group of theirs."""
    if not owner:
        owner["account"] = await world.http.register("the.owner", invite_code=world.server.owner_code)
        owner["group"] = await world.http.create_group(owner["account"], "A group")
    return owner["account"]


async def ask(world, account, field: Field, value, group: str = "") -> int:
    """The status of a call with this value, and beside it what it needs; of the group, or of what does not exist."""
    request = NEEDED.get(field.operation["operationId"], dict)()
    request.pop(field.name, None)
    if value == "DIRECT":
        request["member_ids"] = [uuid7()]
    path = field.path
    for name in re.findall(r"{(\w+)}", path):
        is_tried = (name, field.place) == (field.name, "path")
        path = path.replace("{%s}" % name, str(value) if is_tried else group or uuid7())
    query = None
    if field.place == "query" and value is not None:
        query = [(field.name, str(element)) for element in (value if isinstance(value, list) else [value])]
    if field.place == "body" and value is not None:
        request[field.name] = value
    has_body = "requestBody" in field.operation
    status, _, _ = await world.http.send(field.verb, path, json=request if has_body else None, query=query,
                                         token=account.access_token)
    return status


@pytest.mark.parametrize("field", FIELDS, ids=str)
async def test_the_line_is_where_the_document_says(world, owner, field):
    account = await administrator(world, owner)
    for value, is_inside in edges(field):
        status = await ask(world, account, field, value)
        assert (status not in BAD) == is_inside, f"{field} {str(value)[:60]!r}: {status}"
        assert status != 500


def letters_of(pattern: str) -> list[str]:
    """Those that the classes of a pattern begin and end with, and their neighbours."""
    named = [int(code, 16) for code in re.findall(r"\\u([0-9a-f]{4})", pattern)] + [ord(c) for c in pattern if ord(c) > 0xffff]
    around = {code + step for code in named for step in (-1, 0, 1)} | {ord(c) for c in "a \tя漢😀"}
    return [chr(code) for code in sorted(around) if 0 < code < 0x110000 and not 0xd800 <= code < 0xe000]


SHOWN = [field for field in FIELDS if "\\u202e" in field.schema.get("pattern", "") and field.place == "body"]


@pytest.mark.parametrize("field", SHOWN, ids=str)
async def test_letters_that_the_document_allows_are_taken_and_no_others(world, owner, field):
    assert SHOWN
    account = await administrator(world, owner)
    pattern = field.schema["pattern"]
    for letter in letters_of(pattern):
        # Two marks stand on no letter, which the document cannot say.
        texts = (f"a{letter}b",) if unicodedata.category(letter).startswith("M") else (f"a{letter}b", letter * 2)
        for text in texts:
            status = await ask(world, account, field, text, owner["group"])
            is_inside = re.fullmatch(pattern[1:-1], text) is not None
            # The document; the server takes more. Spaces of any kind at the ends are cut off before they are judged.
            is_stricter = field.path.startswith("/v1/conversations") or not text.strip()
            assert (status not in BAD) == is_inside or is_stricter and not is_inside, \
                f"{field} {text!r} U+{ord(letter):04X}: {status}"


async def test_the_server_gives_the_document_that_is_published(world):
    assert await world.http.get("/v1/openapi.json") == document()
