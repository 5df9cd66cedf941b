#!/usr/bin/python3
"""One hostile client, as a process of its own so that it does not slow down those who measure.

    hostile_load.py MODE ADDRESS PORT COUNT [TOKEN]

Says "ready" on standard output when the attack stands, and one line of JSON about how it ended. Every mode is bounded
in count and in time, and ends when standard input closes.
"""
import collections
import json
import pathlib
import selectors
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from raw_websocket import PING, TEXT, close_code, connect, frame, read_to_end  # noqa: E402

ENDS_SECONDS = 60
SOCKETS_PER_ADDRESS = 4000  # of the 28,000 ports that one source address has
GIB = 1 << 30


def source_address(number: int) -> str:
    """127.0.0.2, 127.0.0.3, ...: as if they were different machines."""
    return f"127.0.0.{2 + number // SOCKETS_PER_ADDRESS}"


def say(**how) -> None:
    print(json.dumps(how), flush=True)


def told_to_end() -> bool:
    """Whether standard input was closed."""
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))


def hold_connections(address: str, port: int, count: int, opening: bytes, drip: bytes) -> None:
    """Opens connections, says `opening` on each and `drip` every half second, until the server has ended them all."""
    selector = selectors.DefaultSelector()
    answers = collections.Counter()
    for i in range(count):
        connection = socket.socket()
        connection.bind((source_address(i), 0))
        connection.connect((address, port))
        if opening:
            connection.send(opening)
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ, b"")
    print("ready", flush=True)
    deadline, next_drip = time.monotonic() + ENDS_SECONDS, 0.0
    while selector.get_map() and time.monotonic() < deadline and not told_to_end():
        for key, _ in selector.select(0.05):
            try:
                piece = key.fileobj.recv(4096)
            except OSError:
                piece = b""
            if piece:
                selector.modify(key.fileobj, selectors.EVENT_READ, key.data + piece)
                continue
            answers[key.data[9:12].decode() or "nothing"] += 1
            selector.unregister(key.fileobj)
            key.fileobj.close()
        if drip and time.monotonic() > next_drip:
            next_drip = time.monotonic() + 0.5
            for key in list(selector.get_map().values()):
                try:
                    key.fileobj.send(drip)
                except OSError:
                    pass  # its end is read above
    say(answers=answers, left=len(selector.get_map()))


def half_open(address: str, port: int, count: int, token: str) -> None:
    hold_connections(address, port, count, b"", b"")


def slow_headers(address: str, port: int, count: int, token: str) -> None:
    hold_connections(address, port, count, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"a")


def big_body(address: str, port: int, count: int, token: str, framing: bytes, chunked: bool) -> None:
    """Sends up to 1 GiB, and stops when there is an answer or the connection ends."""
    print("ready", flush=True)
    sent, answer = 0, b""
    piece = bytes(65536)
    if chunked:
        piece = b"10000\r\n" + piece + b"\r\n"
    with socket.create_connection((address, port), timeout=ENDS_SECONDS) as connection:
        connection.sendall(b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           + framing + b"\r\n\r\n")
        connection.setblocking(False)
        try:
            while sent < count * GIB:
                try:
                    sent += connection.send(piece)
                except BlockingIOError:
                    pass
                try:
                    answer = connection.recv(4096)
                    break
                except BlockingIOError:
                    pass
        except OSError:
            pass
    say(sent=sent, status=answer[9:12].decode())


def declared_body(address: str, port: int, count: int, token: str) -> None:
    big_body(address, port, count, token, b"Content-Length: %d" % (count * GIB), False)


def chunked_body(address: str, port: int, count: int, token: str) -> None:
    big_body(address, port, count, token, b"Transfer-Encoding: chunked", True)


def long_frames(address: str, port: int, count: int, token: str) -> None:
    """Frames that say they are huge: refused by their header, before a byte of them."""
    print("ready", flush=True)
    codes = {}
    for length in (65537, 1 << 20, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)[:count]:
        with connect(address, port, token=token) as connection:
            connection.sendall(frame(TEXT, b"x", length=length))
            codes[length] = close_code(read_to_end(connection))
    say(codes=codes)


def rest(connection: socket.socket) -> bytes:
    """What is on the way already."""
    connection.settimeout(1)
    return read_to_end(connection)


def never_reads(address: str, port: int, count: int, token: str) -> None:
    """Sockets that say hello and never read anything."""
    connections = [connect(address, port, token=token, receive_buffer=4096) for _ in range(count)]
    print("ready", flush=True)
    deadline = time.monotonic() + ENDS_SECONDS
    while time.monotonic() < deadline and not told_to_end():
        time.sleep(0.05)
    say(codes=collections.Counter(close_code(rest(connection)) for connection in connections))


def flood(address: str, port: int, count: int, token: str, payload: bytes) -> None:
    """Small frames as fast as they go, until the server ends it."""
    connection = connect(address, port, token=token)
    print("ready", flush=True)
    connection.setblocking(False)
    batch = memoryview(payload * 100)
    at = sent = 0
    stream = b""
    deadline = time.monotonic() + ENDS_SECONDS
    try:
        while sent < count and time.monotonic() < deadline and not told_to_end():
            try:
                at += connection.send(batch[at:])
                if at == len(batch):
                    at, sent = 0, sent + 100
            except BlockingIOError:
                pass
            try:
                piece = connection.recv(65536)
                if not piece:
                    break
                stream += piece
            except BlockingIOError:
                pass
    except OSError:
        pass
    say(sent=sent, code=close_code(stream + rest(connection)))


def ping_flood(address: str, port: int, count: int, token: str) -> None:
    flood(address, port, count, token, frame(PING, b"x" * 100))


def json_ping_flood(address: str, port: int, count: int, token: str) -> None:
    flood(address, port, count, token, frame(TEXT, b'{"type":"ping","n":0}'))


def call_flood(address: str, port: int, count: int, token: str) -> None:
    flood(address, port, count, token, frame(TEXT, b'{"type":"call","id":1,"method":"auth.GetMe","params":{}}'))


MODES = {mode.__name__: mode for mode in (
    half_open, slow_headers, declared_body, chunked_body, long_frames, never_reads, ping_flood, json_ping_flood,
    call_flood)}

if __name__ == "__main__":
    MODES[sys.argv[1]](sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5] if len(sys.argv) > 5 else "")
