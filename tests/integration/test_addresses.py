"""How many connections one address may have, so that none shuts the others out."""
import asyncio
import contextlib
import socket

import pytest

from expect import eventually
from forwarding_proxy import ask
from stack.servers import Nginx

pytestmark = pytest.mark.target("embedded", "drivers", why="behind nginx it is nginx that clients connect to")

MOST = 20
HANDSHAKE = (b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")


def connect(server, client: str, said: bytes = b"") -> socket.socket:
    connection = socket.create_connection((server.address, server.port), timeout=20, source_address=(client, 0))
    connection.sendall(said)
    return connection


def answer_to(server, client: str, said: bytes) -> str:
    """The status, or nothing when the connection just ends."""
    with connect(server, client) as connection:
        try:
            connection.sendall(said)
            return connection.recv(4096)[9:12].decode()
        except ConnectionError:
            return ""


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_silent_connections_of_one_address_shut_nobody_else_out(start_server):
    server = await asyncio.to_thread(start_server, MOLVA_RATE_LIMITS="on", MOLVA_CONNECTIONS_PER_ADDRESS=str(MOST),
                                     MOLVA_CONNECTIONS="64")
    with contextlib.ExitStack() as open_ones:
        silent = [open_ones.enter_context(connect(server, "127.0.0.2")) for _ in range(MOST)]
        assert answer_to(server, "127.0.0.2", HEALTH) == ""
        assert answer_to(server, "127.0.0.3", HEALTH) == "200"
        assert "http.address_full" in server.log and "127.0.0.2" in server.log
        assert server.metric('molva_http_connections_refused_total{reason="address"}') == 1
        silent.pop().close()

        async def is_served():
            return answer_to(server, "127.0.0.2", HEALTH) == "200"

        await eventually(is_served, "one that ended makes room for another")


def test_sockets_behind_a_proxy_count_for_their_client(start_server):
    server = start_server(MOLVA_RATE_LIMITS="on", MOLVA_CONNECTIONS_PER_ADDRESS=str(MOST), MOLVA_TRUSTED_PROXIES="1")

    def handshake(number: int) -> bytes:
        return HANDSHAKE + b"X-Forwarded-For: 2001:db8:%d::%d\r\n\r\n" % (number % 2, number)

    sockets = []
    for number in range(0, 2 * MOST, 2):  # all of one /64
        sockets.append(connect(server, "127.0.0.1", handshake(number)))
        assert sockets[-1].recv(4096)[9:12] == b"101"
    assert answer_to(server, "127.0.0.1", handshake(100)) == "429"
    assert answer_to(server, "127.0.0.1", handshake(101)) == "101"
    for connection in sockets:
        connection.close()


class SmallEdge(Nginx):
    """The edge as operators get it, which lets one client have fewer connections."""

    def files(self) -> dict[str, str]:
        files = super().files()
        assert "limit_conn molva_clients 1000;" in files["molva.conf"]
        files["molva.conf"] = files["molva.conf"].replace("molva_clients 1000;", f"molva_clients {MOST};")
        return files


async def test_the_edge_lets_one_client_have_so_many(start_server, tmp_path):
    server = await asyncio.to_thread(start_server, MOLVA_TRUSTED_PROXIES="1")
    services = dict.fromkeys(("auth", "group", "message", "notification"), [server])
    edge = SmallEdge(tmp_path, services, trusted_proxies=("127.0.0.1",))
    edge.address = "127.0.0.1"
    edge.start()
    sockets = []
    try:
        for number in range(MOST):  # all of one /64
            sockets.append(connect(edge, "127.0.0.1", HANDSHAKE + b"X-Forwarded-For: 2001:db8::%x:1\r\n\r\n" % number))
            assert sockets[-1].recv(4096)[9:12] == b"101"
        for client, status in (("2001:db8::77", "429"), ("2001:db8:0:1::77", "101"), ("192.0.2.1", "101")):
            said = HANDSHAKE + b"X-Forwarded-For: " + client.encode() + b"\r\n\r\n"
            assert answer_to(edge, "127.0.0.1", said) == status, client
        assert ask(edge.url, "GET", "/v1/heads", forwarded=(b"2001:db8::77",))[1]["error"]["code"] == "rate_limited"
        sockets.pop().close()

        async def has_room():
            return answer_to(edge, "127.0.0.1", HANDSHAKE + b"X-Forwarded-For: 2001:db8::77\r\n\r\n") == "101"

        await eventually(has_room, "one that ended makes room")
    finally:
        for connection in sockets:
            connection.close()
        edge.stop()
