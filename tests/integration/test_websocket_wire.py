"""RFC 6455 on the wire: frames in pieces, and frames that no library would send."""
import json
import socket

import pytest

from raw_websocket import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_code, connect, frame, frames,
                           read_to_end, text)

HELLO = json.dumps({"type": "hello", "id": 1, "token": "nonsense"}).encode()


def answer_to(server, sent: bytes) -> bytes:
    with connect(server.address, server.port) as connection:
        connection.sendall(sent)
        return read_to_end(connection)


BAD_FRAMES = (
    ("not masked", frame(TEXT, HELLO, masked=False), 1002),
    ("a reserved bit", frame(TEXT, HELLO, reserved=4), 1002),
    ("a reserved opcode", frame(3, b"x"), 1002),
    ("a reserved control opcode", frame(11, b"x"), 1002),
    ("a control frame in pieces", frame(PING, b"x", final=False), 1002),
    ("a control frame too long", frame(PING, bytes(126)), 1002),
    ("a continuation of nothing", frame(CONTINUATION, b"x"), 1002),
    ("a new message inside another", frame(TEXT, b"{", final=False) + frame(TEXT, b"}"), 1002),
    ("a close of one byte", frame(CLOSE, b"\x03"), 1002),
    ("a close with a reserved code", frame(CLOSE, b"\x03\xed"), 1002),
    ("broken UTF-8", frame(TEXT, b'{"type":"\xff"}'), 1007),
    ("an overlong UTF-8 sequence", frame(TEXT, b'{"type":"\xc0\xaf"}'), 1007),
    ("a surrogate in UTF-8", frame(TEXT, b'{"type":"\xed\xa0\x80"}'), 1007),
    ("UTF-8 cut off at the end", frame(TEXT, "{ё".encode()[:-1]), 1007),
    ("binary", frame(BINARY, HELLO), 1003),
    ("a hello too large in pieces", (frame(TEXT, b"x" * 3000, final=False)
                                     + frame(CONTINUATION, b"x" * 3000, final=False)
                                     + frame(CONTINUATION, b"x" * 3000)), 4426),
    ("a hello too large by its header", frame(TEXT, b"{", length=8193), 4426),
    ("frames that bring nothing", frame(TEXT, b"", final=False) + 100 * frame(CONTINUATION, b"", final=False), 4413),
)


@pytest.mark.parametrize("label, sent, code", BAD_FRAMES, ids=[bad[0] for bad in BAD_FRAMES])
def test_a_bad_frame_ends_the_socket_with_its_code(server, label, sent, code):
    assert close_code(answer_to(server, sent)) == code


def test_a_close_is_answered_with_the_same_code(server):
    stream = answer_to(server, frame(CLOSE, b"\x03\xe8bye"))
    assert frames(stream) == [(CLOSE, b"\x03\xe8")]


async def test_a_message_in_pieces_of_one_byte_with_pings_between_is_one_message(world):
    ann = await world.person("ann")
    hello = json.dumps({"type": "hello", "id": 7, "token": ann.access_token, "device": "ё🙂"},
                       ensure_ascii=False).encode()
    sent = frame(TEXT, b"", final=False)
    for i in range(0, len(hello)):
        sent += frame(CONTINUATION, hello[i:i + 1], final=False)
        if i % 50 == 0:
            sent += frame(PING, b"%d" % i)
    sent += frame(CONTINUATION, b"")
    with connect(world.server.address, world.server.port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(0, len(sent), 97):  # and cut anywhere by the network
            connection.sendall(sent[i:i + 97])
        connection.sendall(frame(CLOSE, b"\x03\xe8"))
        got = frames(read_to_end(connection))
    welcome = [json.loads(payload) for opcode, payload in got if opcode == TEXT]
    assert welcome and welcome[0]["type"] == "welcome" and welcome[0]["id"] == 7
    assert any(opcode == PONG for opcode, _ in got)


async def test_frames_sent_with_the_handshake_are_read(world):
    ann = await world.person("ann")
    request = (b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
               b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    request += text({"type": "hello", "id": 3, "token": ann.access_token}) + frame(CLOSE, b"\x03\xe8")
    with socket.create_connection((world.server.address, world.server.port), timeout=20) as connection:
        connection.sendall(request)
        head, _, stream = read_to_end(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head, "the sample of RFC 6455"
    assert b"permessage-deflate" not in head.lower()
    assert frames(stream)[-1] == (CLOSE, b"\x03\xe8")


BAD_HANDSHAKES = (
    ("no key", b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", b"400"),
    ("a short key", b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
     b"Sec-WebSocket-Key: abc=\r\n", b"400"),
    ("an old version", b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
     b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"426"),
    ("no upgrade", b"", b"400"),
)


@pytest.mark.parametrize("label, headers, status", BAD_HANDSHAKES, ids=[bad[0] for bad in BAD_HANDSHAKES])
def test_what_is_no_handshake_is_refused(server, label, headers, status):
    with socket.create_connection((server.address, server.port), timeout=20) as connection:
        connection.sendall(b"GET /v1/ws HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
        assert connection.recv(4096)[9:12] == status
