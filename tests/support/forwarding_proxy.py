"""A proxy as operators put it in front: nginx that appends the client to X-Forwarded-For and passes everything on."""
import json
import pathlib
import socket

from http_api import uuid7
from stack.servers import NginxProcess

PASSWORD = "correct horse battery"
FORGED = "203.0.113.9"  # what a client writes into the header itself


class ForwardingProxy(NginxProcess):
    """Calls `upstream` from the address `calls_from`."""

    def __init__(self, name: str, folder: pathlib.Path, upstream: str, calls_from: str):
        super().__init__(name, folder)
        self.upstream, self.calls_from = upstream, calls_from

    def files(self) -> dict[str, str]:
        return {"site.conf": f"""
server {{
    listen 127.0.0.1:{self.port};
    access_log off;
    location / {{
        proxy_pass {self.upstream};
        proxy_bind {self.calls_from};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
    }}
}}
"""}


def ask(url: str, verb: str, path: str, *, body: dict | None = None, token: str = "", client: str = "127.0.0.1",
        forwarded: tuple[bytes, ...] = ()) -> tuple[int, dict]:
    """One request from the address `client`, with these X-Forwarded-For lines as they are."""
    host, _, port = url.removeprefix("http://").partition(":")
    lines = [f"{verb} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    payload = json.dumps(body).encode() if body else b""
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    head = "\r\n".join(lines).encode() + b"".join(b"\r\nX-Forwarded-For: " + line for line in forwarded)
    with socket.create_connection((host, int(port)), timeout=20, source_address=(client, 0)) as connection:
        connection.sendall(head + b"\r\n\r\n" + payload)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, text = answer.partition(b"\r\n\r\n")
    if b"chunked" in head:
        text = text.partition(b"\r\n")[2].rpartition(b"\r\n0\r\n")[0]
    return int(head.split()[1]), json.loads(text)


def seen_from(url: str, **how) -> str:
    """The address that the server keeps with a session that was begun like this."""
    status, answer = ask(url, "POST", "/v1/auth/register", body={"username": f"ann.{uuid7()[-8:]}", "password": PASSWORD}, **how)
    assert status == 200, answer
    status, listed = ask(url, "GET", "/v1/auth/sessions", token=answer["access_token"])
    assert status == 200, listed
    return listed["sessions"][0]["address"]
