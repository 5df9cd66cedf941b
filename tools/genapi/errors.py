"""api/errors.yaml: the rows, and the page that explains them."""
from __future__ import annotations

import pathlib
from dataclasses import dataclass

import yaml


@dataclass
class Error:
    name: str
    http: int
    grpc: str
    retryable: bool
    text: str


def load(path: str) -> list[Error]:
    return [Error(**row) for row in yaml.safe_load(pathlib.Path(path).read_text())]


def page(errors: list[Error]) -> str:
    """Markdown."""
    lines = [
        "# Errors",
        "",
        "Generated from `api/errors.yaml`.",
        "",
        "A failed call returns the HTTP status and this body; over the WebSocket the same object comes in an `error` frame.",
        "",
        "```json",
        '{"error":{"code":"rate_limited","message":"too many requests","retryable":true,"retry_after_ms":1200}}',
        "```",
        "",
        "Programs should use `code`; `message` is for people and may change. `retryable` says whether a retry may succeed;",
        "`retry_after_ms` says when, and is 0 if that is unknown. Sending a message again with its",
        "`client_id` is always safe.",
        "",
        "| code | HTTP | gRPC | retryable | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for e in errors:
        lines.append(f"| `{e.name}` | {e.http} | `{e.grpc}` | {'yes' if e.retryable else 'no'} | {e.text} |")
    return "\n".join(lines) + "\n"
