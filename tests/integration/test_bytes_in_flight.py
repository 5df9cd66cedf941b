"""What one user leaves unread counts, over every transport, and is given back when it was read."""
import socket

import pytest

from expect import eventually
from http_api import ApiError, uuid7

pytestmark = pytest.mark.target("embedded", "drivers", why="behind nginx it is nginx that reads the answers")

CONNECTIONS = 20
ASKED_AHEAD = 16  # of 512 KiB each: more than the kernel takes, and then far over what one user may have under way


def ask_and_not_read(server, path: str, token: str) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((server.address, server.port))
    connection.sendall(ASKED_AHEAD * f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    return connection


async def test_who_reads_no_answers_is_told_to_and_the_others_are_not(world, server):
    eve, bob = await world.people("eve", "bob")
    room = await world.http.create_group(eve, "long", bob)
    for _ in range(40):
        await world.http.send_message(eve, room, "x" * 16384, uuid7())
    path = f"/v1/conversations/{room}/messages?limit=200"
    connections = [ask_and_not_read(server, path, eve.access_token) for _ in range(CONNECTIONS)]

    async def eve_is_refused():
        try:
            await world.http.get("/v1/users/me", eve.access_token)
        except ApiError as refused:
            assert refused.code == "rate_limited" and refused.retry_after_ms > 0
            return True
        return False

    await eventually(eve_is_refused, "eve has too much under way")
    assert (await world.http.get("/v1/users/me", bob.access_token))["user"]["id"] == bob.id
    for connection in connections:
        connection.close()

    async def eve_is_answered():
        return not await eve_is_refused()

    await eventually(eve_is_answered, "what nobody will read any more is given back")


async def test_who_brings_no_token_may_say_little(world, server):
    for path in ("/v1/auth/login", "/v1/conversations"):
        status, _, _ = await world.http.send("POST", path, data=b"{" + b" " * 5000 + b"}")
        assert status == 413, path
    status, _, _ = await world.http.send("POST", "/v1/auth/login", data=b"{" + b" " * 3000 + b"}")
    assert status in (400, 401)
