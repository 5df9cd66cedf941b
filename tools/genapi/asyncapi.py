"""AsyncAPI 3.0: the frames of the WebSocket, from api/molva/realtime/v1."""
from __future__ import annotations

from collections.abc import Iterable

from genapi.contract import Contract, Field, Message
from genapi.errors import Error
from genapi.schema import REF, Schemas, error_body

PACKAGE = "molva.realtime.v1."
CHANNEL = "#/channels/socket"

DESCRIPTION = """\
One WebSocket per client: `GET /v1/ws`, subprotocol `molva.v1+json` (offered or not), one JSON object per text frame, \
at most 64 KiB inbound. The first frame is `hello`, within 10 s; it carries the access token, which never stands in \
the URL.

Conversation events carry `rev`, feed events `urev`; both are dense per scope. With local number L, an event numbered \
R is applied when R is L+1, dropped when R is at most L, and otherwise held for at most 500 ms before the client asks \
`message.Sync` or `notification.SyncFeed` for everything after L."""

# Which frames answer a frame of the client; the others are not answered.
REPLIES = {
    "hello": ["welcome", "error", "bye"],
    "call": ["result", "error"],
    "auth": ["result", "error", "bye"],
    "ping": ["pong"],
}
ANSWERS = {name for names in REPLIES.values() for name in names}


def document(contract: Contract, errors: list[Error]) -> dict:
    client, server = (contract.messages[PACKAGE + name] for name in ("ClientFrame", "ServerFrame"))
    methods = [m for m in contract.methods() if m.verb]
    written = [m.output for m in methods] + [contract.messages[PACKAGE + "ServerFrame"]]
    schemas = _FrameSchemas(contract, written + ephemeral_data(contract))
    schemas.components["ErrorBody"] = error_body([e.name for e in errors])
    messages = {}
    for side in (client, server):
        for f in side.fields:
            messages[f.name] = schemas.frame(f)
        schemas.components[side.path[-1]] = {
            "description": side.comment,
            "oneOf": [{"$ref": REF + schemas.frame_name(f)} for f in side.fields],
            "discriminator": "type",
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Molva realtime",
            "version": "1",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "this": {
                "host": "{host}",
                "protocol": "wss",
                "description": "The server that answers the REST calls.",
                "variables": {"host": {"description": "Where Molva is reached.", "default": "localhost"}},
            }
        },
        "channels": {
            "socket": {
                "address": "/v1/ws",
                "description": client.comment,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            }
        },
        "operations": operations(client, server),
        "components": {"messages": messages, "schemas": schemas.sorted_components()},
        "x-molva-methods": {
            m.wire_name: {"request": schemas.refer(m.input), "response": schemas.refer(m.output)} for m in methods
        },
        "x-molva-events": events(contract, schemas),
    }


def events(contract: Contract, schemas: Schemas) -> dict:
    """By name what each event carries: the one field of its data that is set, or of an ephemeral frame the data itself."""
    durable = {
        scope: {name: {"field": f.name, "value": schemas.refer(contract.messages[f.type_name])}
                for f in contract.messages[data].fields for name in f.events}
        for scope, data in DATA_OF_EVENTS.items()
    }
    passing = {name: schemas.refer(message) for message in ephemeral_data(contract) for name in message.ephemeral}
    return durable | {"ephemeral": dict(sorted(passing.items()))}


def ephemeral_data(contract: Contract) -> list[Message]:
    return [message for message in contract.own_messages() if message.ephemeral]


def operations(client: Message, server: Message) -> dict:
    """From the server's side: it receives what clients send."""
    made = {}
    for f in client.fields:
        made["on_" + f.name] = {"action": "receive", **operation(f)}
        if f.name in REPLIES:
            made["on_" + f.name]["reply"] = {
                "channel": {"$ref": CHANNEL},
                "messages": [{"$ref": f"{CHANNEL}/messages/{name}"} for name in REPLIES[f.name]],
            }
    for f in server.fields:
        if f.name not in ANSWERS or f.name == "bye":
            made["send_" + f.name] = {"action": "send", **operation(f)}
    return made


def operation(f: Field) -> dict:
    return {
        "channel": {"$ref": CHANNEL},
        "summary": f.comment,
        "messages": [{"$ref": f"{CHANNEL}/messages/{f.name}"}],
    }


class _FrameSchemas(Schemas):
    """A frame is a message with its type in it; what the contract leaves open as a Struct is known here."""

    def frame_name(self, f: Field) -> str:
        name = self.contract.messages[f.type_name].path[-1]
        return name if name.endswith("Frame") else name + "Frame"

    def frame(self, f: Field) -> dict:
        """The AsyncAPI message of a frame; its schema becomes a component."""
        message = self.contract.messages[f.type_name]
        schema = self.message(message)
        self.components[self.frame_name(f)] = {
            "type": "object",
            "description": message.comment,
            "properties": {"type": {"const": f.name}, **self.properties(message, schema)},
            "required": ["type"],
        }
        return {"name": f.name, "summary": message.comment, "payload": {"$ref": REF + self.frame_name(f)}}

    def properties(self, message: Message, schema: dict) -> dict:
        properties = schema.get("properties", {})
        methods = [m for m in self.contract.methods() if m.verb]
        match message.path[-1]:
            case "Call":
                properties["method"]["enum"] = [m.wire_name for m in methods]
                properties["params"] |= self.any_of(m.input for m in methods)
            case "Result":
                properties["result"] |= self.any_of(m.output for m in methods)
                properties["result"]["anyOf"].append(RESULT_OF_AUTH)
            case "Event":
                properties["data"] |= self.any_of(self.contract.messages[name] for name in DATA_OF_EVENTS.values())
            case "Ephemeral":
                properties["data"] |= self.any_of(ephemeral_data(self.contract))
            case "ErrorFrame":
                properties["error"] = {"$ref": REF + "ErrorBody"}
        return properties

    def any_of(self, messages: Iterable[Message]) -> dict:
        return {"anyOf": [self.refer(message) for message in messages]}


# By what numbers them.
DATA_OF_EVENTS = {"conversation": "molva.message.v1.ChangeData", "feed": "molva.notification.v1.FeedData"}
# The one result that is no method's response.
RESULT_OF_AUTH = {
    "type": "object",
    "description": "Of the auth frame.",
    "properties": {"token_expires_at": {"type": "string", "format": "date-time"}},
    "required": ["token_expires_at"],
}
