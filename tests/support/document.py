"""docs/api/openapi.json: what a call may be answered with, and what may be asked."""
import functools
import json
import pathlib
import re

PATH = pathlib.Path(__file__).resolve().parents[2] / "docs" / "api" / "openapi.json"
# Outcomes that every method has to state (molva.outcome); the others any method may have.
STATED = ("forbidden", "not_found", "conflict", "precondition")


@functools.cache
def document() -> dict:
    return json.loads(PATH.read_text())


@functools.cache
def _operations() -> list[tuple[re.Pattern, str, dict]]:
    """Paths without variables first: /v1/users/me is no /v1/users/{id}."""
    paths = sorted(document()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))), verb, operation)
            for path, verbs in paths for verb, operation in verbs.items()]


def operation(verb: str, path: str) -> dict | None:
    for pattern, known, found in _operations():
        if known == verb.lower() and pattern.fullmatch(path):
            return found
    return None


def check_outcome(verb: str, path: str, status: int, code: str) -> None:
    """A refusal that the method does not state is a fault of the contract."""
    found = operation(verb, path)
    if found and code in STATED:
        assert str(status) in found["responses"], \
            f"{found['operationId']} answered {status} {code}: say so in the contract, option (molva.outcome)"
