"""A WebSocket by hand, for what a library would refuse to send."""
import base64
import json
import os
import socket
import struct

READ_SECONDS = 30
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes, *, final: bool = True, length: int | None = None, masked: bool = True,
          reserved: int = 0) -> bytes:
    """One client frame. `length` overrides what it says of itself."""
    said = len(payload) if length is None else length
    first, mask_bit = (0x80 if final else 0) | reserved << 4 | opcode, 0x80 if masked else 0
    if said < 126:
        head = struct.pack("!BB", first, mask_bit | said)
    elif said < 1 << 16:
        head = struct.pack("!BBH", first, mask_bit | 126, said)
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, said)
    if not masked:
        return head + payload
    mask = b"\x37\xfa\x21\x3d"
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def text(value: dict) -> bytes:
    """One text frame of JSON."""
    return frame(TEXT, json.dumps(value).encode())


def connect(address: str, port: int, *, token: str = "", receive_buffer: int = 0) -> socket.socket:
    """A socket after the handshake; with a token it has said hello."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(READ_SECONDS)
    connection.connect((address, port))
    key = base64.b64encode(os.urandom(16))
    connection.sendall(b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n")
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    if token:
        connection.sendall(text({"type": "hello", "id": 1, "token": token}))
    return connection


def read_to_end(connection: socket.socket) -> bytes:
    """All that comes until the other side closes, or says nothing for the socket's timeout."""
    stream = b""
    try:
        while piece := connection.recv(65536):
            stream += piece
    except OSError:
        pass
    return stream


def frames(stream: bytes) -> list[tuple[int, bytes]]:
    """The (opcode, payload) of the whole server frames at the beginning of a stream."""
    found, at = [], 0
    while at + 2 <= len(stream):
        opcode, length = stream[at] & 0xF, stream[at + 1]
        at += 2
        if length == 126 and at + 2 <= len(stream):
            length, at = struct.unpack_from("!H", stream, at)[0], at + 2
        elif length == 127 and at + 8 <= len(stream):
            length, at = struct.unpack_from("!Q", stream, at)[0], at + 8
        if at + length > len(stream):
            break
        found.append((opcode, stream[at:at + length]))
        at += length
    return found


def close_code(stream: bytes) -> int:
    """The code of the close frame; 0 when there is none."""
    for opcode, payload in frames(stream):
        if opcode == CLOSE and len(payload) >= 2:
            return struct.unpack_from("!H", payload)[0]
    return 0
