"""OpenAPI 3.1: the REST face of the contract."""
from __future__ import annotations

import re

from genapi import rates
from genapi.contract import BODYLESS, Contract, Field, Message, Method
from genapi.errors import Error
from genapi.schema import Schemas, error_body

DESCRIPTION = """\
Real-time messaging: accounts, conversations, messages, presence.

JSON follows the protobuf JSON mapping with the field names of the contract: 64-bit integers are strings, times are \
RFC 3339, absent and null mean unset. Requests are read strictly: unknown fields and parameters are refused. Responses \
may gain fields; clients ignore those that they do not know.

Every method can be called over the WebSocket too (`GET /v1/ws`, see asyncapi.json), by its operationId and with its \
whole request as parameters: `components/schemas` holds the requests for that."""


def document(contract: Contract, errors: list[Error]) -> dict:
    faced = [m for m in contract.methods() if m.verb]
    schemas = Schemas(contract, [m.output for m in faced])
    paths: dict[str, dict] = {}
    for method in faced:
        schemas.refer(method.input)
        paths.setdefault(method.path, {})[method.verb.lower()] = operation(schemas, method, errors)
    schemas.components["Error"] = {
        "type": "object",
        "description": "Every failure looks like this.",
        "properties": {"error": error_body([e.name for e in errors])},
        "required": ["error"],
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Molva",
            "version": "1",
            "description": DESCRIPTION,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server that answers this document at /v1/openapi.json."}],
        "security": [{"bearer": []}],
        "tags": [{"name": s.name, "description": s.comment} for s in contract.services],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access_token of register, login or refresh; ES256, lives ten minutes.",
                }
            },
            "responses": {e.name: error_response(e) for e in errors if any(may_fail_with(m, e) for m in faced)},
            "schemas": schemas.sorted_components(),
        },
    }


def operation(schemas: Schemas, method: Method, errors: list[Error]) -> dict:
    made = {
        "operationId": method.wire_name,
        "tags": [method.service],
        "summary": summary(method.comment),
        "description": method.comment,
        "x-molva-access": method.access,
        "x-molva-rate": method.rate,
    }
    if method.costs:
        made["description"] += "\n\n" + rates.sentence(method)
        made["x-molva-cost"] = {cost.field: cost.per_token for cost in method.costs}
    if method.access == "PUBLIC":
        made["security"] = []
    in_path = method.path_variables
    rest = [f for f in method.input.fields if f.name not in in_path]
    parameters = [parameter(schemas, method.input.field_named(name), "path") for name in in_path]
    if method.verb in BODYLESS:
        parameters += [parameter(schemas, f, "query") for f in rest]
    elif rest:
        made["requestBody"] = request_body(schemas, method, rest)
    if parameters:
        made["parameters"] = parameters
    made["responses"] = {
        "200": {
            "description": response_description(method.output),
            "content": {"application/json": {"schema": schemas.refer(method.output)}},
        }
    }
    for error in errors:
        if may_fail_with(method, error):
            made["responses"].setdefault(str(error.http), {"$ref": f"#/components/responses/{error.name}"})
    made["responses"]["default"] = {
        "description": "Any other failure.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    return made


def summary(comment: str) -> str:
    """The first sentence, without its full stop."""
    return re.split(r"(?<=[.;:])\s", comment.replace("\n", " "), maxsplit=1)[0].rstrip(".;:")


def response_description(output: Message) -> str:
    return " ".join(summary(f.comment) + "." for f in output.fields if f.comment) or "Done."


def parameter(schemas: Schemas, f: Field, place: str) -> dict:
    schema = schemas.field(f, asked=True)
    made = {"name": f.name, "in": place, "description": schema.pop("description", "")}
    if place == "path":
        made["required"] = True
    elif f.repeated:
        made |= {"style": "form", "explode": True}
    return made | {"schema": schema}


def request_body(schemas: Schemas, method: Method, rest: list[Field]) -> dict:
    """What the path does not say. Without path variables that is the whole request."""
    required = [f.name for f in rest if f.rule.required]
    if len(rest) == len(method.input.fields):
        schema = schemas.refer(method.input)
    else:
        schema = {
            "type": "object",
            "properties": {f.name: schemas.field(f, asked=True) for f in rest},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }
    return {"required": bool(required), "content": {"application/json": {"schema": schema}}}


def may_fail_with(method: Method, error: Error) -> bool:
    """What the dispatch itself may answer, and the outcomes that the method states; `default` covers the rest."""
    stated = error.name.upper() in method.outcomes
    return {
        "unauthenticated": method.access != "PUBLIC" or stated,
        "forbidden": method.access == "ADMIN" or stated,
        "not_found": stated,
        "conflict": stated,
        "precondition": stated,
        "too_large": method.verb not in BODYLESS or any(f.repeated for f in method.input.fields),
        "storage_full": method.rate not in ("READ", "SEARCH"),
        "method_not_allowed": False,
        "header_too_large": False,
        "unimplemented": False,
    }.get(error.name, True)


def error_response(error: Error) -> dict:
    example = {
        "error": {
            "code": error.name,
            "message": error.text,
            "retryable": error.retryable,
            "retry_after_ms": 1200 if error.name == "rate_limited" else 0,
        }
    }
    return {
        "description": error.text,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}, "example": example}},
    }
