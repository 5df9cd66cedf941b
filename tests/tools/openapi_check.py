#!/usr/bin/python3
"""Holds the OpenAPI document against a real server, with an outsider's tool: Schemathesis, which is not needed for anything else.

    python3 -m venv /tmp/st && /tmp/st/bin/pip install schemathesis
    MOLVA_BIN=build/test/src/app/molva tests/tools/openapi_check.py /tmp/st/bin/st [ARGUMENT...]

Starts a server with people, a group and messages on it, and runs `st run` with what the document says: whatever it allows must
be taken or refused for a reason that no document can name (openapi_hooks.py), whatever it forbids must be refused, and every
answer must look as it says. Arguments go to `st run`, such as --max-examples=200 or --include-path=/v1/users.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parents[1] / "tools")]

from http_api import uuid7  # noqa: E402
from server import Server  # noqa: E402

PASSWORD = "correct horse battery"
DEFAULTS = ["--phases=examples,coverage,fuzzing", "--max-examples=60", "--continue-on-failure", "--workers=1",
            "--generation-database=none", "--suppress-health-check=too_slow"]  # the machine may have much else to do


def post(url: str, body: dict, token: str = "") -> dict:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def populate(server: Server) -> dict:
    """The owner, who may do all there is, somebody else, a group with messages, a direct conversation."""
    def register(name: str, **fields) -> dict:
        return post(server.url + "/v1/auth/register", {"username": name, "password": PASSWORD, **fields})

    owner, other = register("the.owner", invite_code=server.owner_code), register("somebody")
    token = owner["access_token"]
    group = post(server.url + "/v1/conversations",
                 {"kind": "GROUP", "title": "A group", "member_ids": [other["user"]["id"]]}, token)["conversation"]["id"]
    direct = post(server.url + "/v1/conversations",
                  {"kind": "DIRECT", "member_ids": [other["user"]["id"]]}, token)["conversation"]["id"]
    for conversation in (group, direct):
        for number in range(5):
            post(f"{server.url}/v1/conversations/{conversation}/messages",
                 {"client_id": uuid7(), "text": f"message {number}"}, token)
    return {"url": server.url, "password": PASSWORD, "conversations": [group, direct],
            "users": [owner["user"]["id"], other["user"]["id"]]}


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, \
         Server(pathlib.Path(folder), MOLVA_ACCESS_TOKEN_SECONDS="86400") as server:
        environment = os.environ | {"SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(HERE),
                                    "PYTHONDONTWRITEBYTECODE": "1", "MOLVA_POPULATION": json.dumps(populate(server))}
        command = [arguments[0], "--config-file", str(HERE / "openapi_check.toml"), "run",
                   server.url + "/v1/openapi.json", *DEFAULTS, *arguments[1:]]
        return subprocess.run(command, env=environment, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
