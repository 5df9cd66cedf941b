#!/usr/bin/python3
"""One user who does with every right they have what harms most, as a process of its own.

    abuse_load.py NAME ADDRESS PORT SECONDS < plan.json

The plan names the user's token and what they belong to (abuse.py makes it). Says "ready" when it begins, and at the end one line of
JSON: how often it connected and was cut off, what came back. Bounded in connections and in time; ends when its parent does.
"""
import collections
import dataclasses
import json
import os
import pathlib
import re
import selectors
import socket
import struct
import sys
import threading
import time
import urllib.parse
from typing import Callable, Iterator

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from http_api import uuid7  # noqa: E402

CONNECTS_PER_SECOND = 500
PING, TEXT = 9, 1
MARKUP = "**_~~`[x](http://a.b)||> - "


# ---- what is said ----

def frame(opcode: int, payload: bytes) -> bytes:
    """A client frame whose mask changes nothing, which is quick to make."""
    length = len(payload)
    head = struct.pack("!BB", 0x80 | opcode, 0x80 | length) if length < 126 else \
        struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
    return head + bytes(4) + payload


def text(value: dict) -> bytes:
    return frame(TEXT, json.dumps(value).encode())


def call(method: str, params: dict, number: int = 1) -> bytes:
    return text({"type": "call", "id": number, "method": method, "params": params})


def handshake(token: str = "") -> bytes:
    """With a token, hello follows at once."""
    request = (b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    return request + (text({"type": "hello", "id": 1, "token": token}) if token else b"")


def http(verb: str, path: str, token: str = "", body: dict | None = None, length: int | None = None) -> bytes:
    payload = json.dumps(body).encode() if body is not None else b""
    lines = [f"{verb} {path} HTTP/1.1", "Host: x"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None or length is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


# ---- connections ----

@dataclasses.dataclass
class Lines:
    """So many connections that say `opening` and then `again` over and over. `reads`: bytes a second of each; None: all.
    `drips`: a byte of `again` every half second instead. `leaves`: as soon as something came behind the handshake."""

    count: int
    opening: bytes = b""
    again: Callable[[], bytes] | None = None
    reads: int | None = None
    drips: bytes = b""
    leaves: bool = False
    source: Callable[[int], str] = lambda number: "127.0.0.2"


class Line:
    def __init__(self, attack: "Attack", kind: Lines, number: int):
        self.attack, self.kind, self.number = attack, kind, number
        self.connection: socket.socket | None = None

    def connect(self) -> bool:
        connection = socket.socket()
        if self.kind.reads is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        try:
            connection.bind((self.kind.source(self.number), 0))
            connection.connect(self.attack.address)
        except BlockingIOError:
            pass
        except OSError:
            connection.close()
            return False
        self.connection, self.waiting, self.tail, self.took = connection, memoryview(self.kind.opening), b"", 0
        self.begun = self.dripped = time.monotonic()
        self.attack.counts["connects"] += 1
        self.attack.selector.register(connection, self.wanted(), self)
        return True

    def wanted(self) -> int:
        wants = selectors.EVENT_READ if self.may_read() else 0
        return wants | (selectors.EVENT_WRITE if self.waiting or self.kind.again else 0) or selectors.EVENT_READ

    def may_read(self) -> bool:
        return self.kind.reads is None or self.took < self.kind.reads * (time.monotonic() - self.begun)

    def end(self) -> None:
        self.attack.selector.unregister(self.connection)
        self.connection.close()
        self.connection = None
        self.attack.gone.append(self)

    def write(self) -> None:
        if not self.waiting and self.kind.again:
            self.waiting = memoryview(self.kind.again())
        if self.waiting:
            sent = self.connection.send(self.waiting)
            self.attack.counts["bytes_sent"] += sent
            self.waiting = self.waiting[sent:]

    def read(self) -> None:
        if not self.may_read():
            return
        piece = self.connection.recv(65536 if self.kind.reads is None else 1024)
        if not piece:
            raise ConnectionError
        self.took += len(piece)
        self.attack.counts["bytes_read"] += len(piece)
        self.attack.note(self.tail + piece, len(self.tail))
        self.tail = piece[-40:]
        if self.kind.leaves and b"\r\n\r\n" not in piece[-4:]:
            raise ConnectionError

    def drip(self, now: float) -> None:
        if self.kind.drips and not self.waiting and now > self.dripped + 0.5:
            self.dripped = now
            self.connection.send(self.kind.drips)

    def turn(self, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                self.read()
            if events & selectors.EVENT_WRITE:
                self.write()
            self.drip(time.monotonic())
            self.attack.selector.modify(self.connection, self.wanted(), self)
        except BlockingIOError:
            pass
        except OSError:
            self.end()


class Attack:
    SAID = re.compile(rb'HTTP/1\.1 (\d{3})|"code":(\d{4}),"resume"|"code":"([a-z_]+)"')

    def __init__(self, address: tuple[str, int]):
        self.address = address
        self.selector = selectors.DefaultSelector()
        self.counts, self.answers = collections.Counter(), collections.Counter()
        self.gone: list[Line] = []

    def note(self, stream: bytes, seen: int) -> None:
        for found in self.SAID.finditer(stream):
            if found.end() > seen:
                self.answers[b"".join(group or b"" for group in found.groups()).decode()] += 1

    def run(self, kinds: list[Lines], seconds: float) -> None:
        self.gone = [Line(self, kind, number) for kind in kinds for number in range(kind.count)]
        begun = swept = time.monotonic()
        print("ready", flush=True)
        while (now := time.monotonic()) < begun + seconds and os.getppid() != 1:
            room = (now - begun) * CONNECTS_PER_SECOND + 100 - self.counts["connects"]
            while self.gone and room > 0:
                line = self.gone.pop(0)
                if not line.connect():
                    self.gone.append(line)
                room -= 1
            for key, events in self.selector.select(0.02):
                key.data.turn(events)
            if now > swept + 0.25:
                swept = now
                for key in list(self.selector.get_map().values()):
                    key.data.turn(0)


# ---- the abuses; each docstring is the line of the table ----

def repeated(*said: bytes) -> Callable[[], bytes]:
    """The same again and again, some of it at once."""
    once = b"".join(said)
    batch = once * max(1, 8192 // len(once))
    return lambda: batch


def giant_frames(plan) -> list[Lines]:
    """frames of 64 KiB on 32 sockets"""
    return [Lines(32, handshake(plan["token"]), repeated(call("message.Send", {"conversation_id": "x" * 65000})))]


def waiting_calls(plan) -> list[Lines]:
    """31 calls of 64 KiB of {} waiting behind unread answers, on 32 sockets"""
    unread = call("message.History", {"conversation_id": plan["room"], "limit": 200}) * 8
    junk = frame(TEXT, b'{"type":"call","id":1,"method":"auth.GetMe","params":{"a":[' + b"{}," * 21000 + b"{}]}}")
    return [Lines(32, handshake(plan["token"]) + unread + junk * 31, reads=0)]


def slow_readers(plan) -> list[Lines]:
    """large lists over 32 sockets, read at 2 KiB a second"""
    asked = [call("message.History", {"conversation_id": plan["room"], "limit": 200}), call("message.ListHeads", {"limit": 1000})]
    return [Lines(32, handshake(plan["token"]), repeated(*asked), reads=2048)]


def unread_answers(plan) -> list[Lines]:
    """large lists over 300 HTTP connections, never read"""
    path = f"/v1/conversations/{plan['room']}/messages?limit=200"
    return [Lines(300, again=repeated(http("GET", path, plan["token"])), reads=0)]


def hello_flood(plan) -> list[Lines]:
    """hello, gone, hello, gone on 64 connections; half with a token that is none"""
    return [Lines(32, handshake(plan["token"]), leaves=True), Lines(32, handshake("no.such.token" * 20), leaves=True)]


def ping_flood(plan) -> list[Lines]:
    """pings of the WebSocket and of the protocol on 48 sockets, some before hello"""
    hello = handshake(plan["token"])
    return [Lines(16, hello, repeated(frame(PING, b"x" * 100))), Lines(16, hello, repeated(text({"type": "ping", "n": 0}))),
            Lines(16, handshake(), repeated(frame(PING, b"")))]


def silent_connections(plan) -> list[Lines]:
    """8000 connections that say nothing"""
    return [Lines(8000)]


def half_requests(plan) -> list[Lines]:
    """3000 requests whose 15 KiB of headers never end"""
    return [Lines(3000, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 15000, drips=b"a")]


def slow_bodies(plan) -> list[Lines]:
    """2000 bodies that come a byte at a time, half of them with a token"""
    with_token = http("POST", "/v1/conversations", plan["token"], length=65000) + b"{" * 32000
    without = http("POST", "/v1/auth/login", length=4000) + b"{" * 3900
    return [Lines(1000, with_token, drips=b" "), Lines(1000, without, drips=b" ")]


def group_crowds(plan) -> list[Lines]:
    """groups of everybody, made over 8 connections"""
    def group() -> bytes:
        return http("POST", "/v1/conversations", plan["token"], {"kind": "GROUP", "title": "all", "member_ids": plan["crowd"]})
    return [Lines(8, again=group)]


def add_and_remove(plan) -> list[Lines]:
    """members of a crowd added and removed over 8 connections"""
    path = f"/v1/conversations/{plan['hall']}/members"
    one = [http("POST", path, plan["token"], {"user_ids": plan["crowd"][:20]})]
    one += [http("DELETE", f"{path}/{user}", plan["token"]) for user in plan["crowd"][:20]]
    return [Lines(8, again=repeated(*one))]


def typing(plan) -> list[Lines]:
    """typing in all conversations at once from 32 sockets"""
    frames = [text({"type": "typing", "conversation_id": room}) for room in plan["rooms"]]
    return [Lines(32, handshake(plan["token"]), repeated(*frames))]


def presence_lists(plan) -> list[Lines]:
    """the presence of a hundred people over 32 connections"""
    query = urllib.parse.urlencode([("user_ids", user) for user in (plan["crowd"] * 100)[:100]])
    return [Lines(32, again=repeated(http("GET", f"/v1/presence?{query}", plan["token"])))]


def sync_from_zero(plan) -> list[Lines]:
    """a whole log and feed again and again over 32 connections"""
    asked = [http("GET", f"/v1/conversations/{plan['room']}/sync?after_rev=0&limit=1000", plan["token"]),
             http("GET", "/v1/feed?after_urev=0&limit=1000", plan["token"])]
    return [Lines(32, again=repeated(*asked))]


def people_lists(plan) -> list[Lines]:
    """searches, lists of people and of accounts over 32 connections"""
    asked = [http("GET", path, plan["token"]) for path in ("/v1/users?query=a", "/v1/people?limit=100", "/v1/accounts?limit=200")]
    return [Lines(32, again=repeated(*asked))]


def sign_in_guesses(plan) -> list[Lines]:
    """wrong passwords for known and unknown names, from 16 addresses"""
    def guess() -> bytes:
        name = plan["username"] if time.monotonic_ns() % 2 else f"no.{uuid7()[-12:]}"
        return http("POST", "/v1/auth/login", body={"username": name, "password": "x" * 200, "device": "x" * 100})
    return [Lines(64, again=guess, source=lambda number: f"127.0.0.{10 + number % 16}")]


def invitations(plan) -> list[Lines]:
    """invitations made and listed over 16 connections"""
    return [Lines(16, again=repeated(http("POST", "/v1/auth/invites", plan["token"], {}), http("GET", "/v1/auth/invites", plan["token"])))]


def long_markup(plan) -> list[Lines]:
    """texts of 16 KB of markup to all of a group over 16 connections"""
    body = (MARKUP * 1000)[:16000]

    def message() -> bytes:
        return http("POST", f"/v1/conversations/{plan['hall']}/messages", plan["token"], {"client_id": uuid7(), "text": body})
    return [Lines(16, again=message)]


def read_positions(plan) -> list[Lines]:
    """reading, delivering and asking who has read, over 32 connections"""
    room = f"/v1/conversations/{plan['room']}"
    asked = [http("PUT", f"{room}/read", plan["token"], {"seq": 5}), http("PUT", f"{room}/delivered", plan["token"], {"seq": 7}),
             http("GET", f"{room}/reads", plan["token"])]
    return [Lines(32, again=repeated(*asked))]


def in_threads(count: int, seconds: float, work: Callable[[int], Iterator[str]]) -> collections.Counter:
    """What `work` yields, counted, in so many threads until the time is over."""
    answers, until = collections.Counter(), time.monotonic() + seconds

    def run(number: int) -> None:
        for answer in work(number):
            answers[answer] += 1
            if time.monotonic() > until:
                return

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    print("ready", flush=True)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until + 5 - time.monotonic()))
    return answers


def refresh_loop(plan, address, seconds) -> dict:
    """every renewed token renewed again, and a new session when that is refused, in 8 threads"""
    import http.client

    def work(number: int) -> Iterator[str]:
        connection = http.client.HTTPConnection(*address, timeout=20, source_address=(f"127.0.0.{30 + number}", 0))
        refresh = plan["refresh"] if number == 0 else ""
        while True:
            path, body = ("refresh", {"refresh_token": refresh}) if refresh else (
                "login", {"username": plan["username"], "password": plan["password"]})
            try:
                connection.request("POST", f"/v1/auth/{path}", json.dumps(body), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                got = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                connection.close()
                yield "cut off"
                continue
            refresh = got.get("refresh_token", "") if answer.status == 200 or answer.status == 429 else ""
            if answer.status == 429:
                refresh = body.get("refresh_token", "")
            yield str(answer.status)

    return {"answers": in_threads(8, seconds, work)}


def grpc_streams(plan, address, seconds) -> dict:
    """gRPC: 2000 health watches, and large lists in 16 threads over 8 connections"""
    import grpc

    channels = [grpc.insecure_channel(plan["grpc"], options=[("grpc.use_local_subchannel_pool", 1)]) for _ in range(8)]
    raw = {"request_serializer": bytes, "response_deserializer": bytes}
    watches = [channel.unary_stream("/grpc.health.v1.Health/Watch", **raw)(b"", timeout=seconds + 5)
               for channel in channels for _ in range(250)]
    room = plan["room"].encode()
    # HistoryRequest and SyncRequest begin with the conversation; 3 is the page.
    request = b"\x0a" + bytes([len(room)]) + room
    metadata = (("authorization", f"Bearer {plan['token']}"),)

    def work(number: int) -> Iterator[str]:
        ask = channels[number % len(channels)].unary_unary("/molva.message.v1.MessageService/History", **raw)
        while True:
            try:
                ask(request, metadata=metadata, timeout=10)
                yield "OK"
            except grpc.RpcError as error:
                yield error.code().name

    answers = in_threads(16, seconds, work)
    for watch in watches:
        watch.cancel()
    return {"answers": answers}


LINES = (giant_frames, waiting_calls, slow_readers, unread_answers, hello_flood, ping_flood, silent_connections, half_requests,
         slow_bodies, group_crowds, add_and_remove, typing, presence_lists, sync_from_zero, people_lists, sign_in_guesses,
         invitations, long_markup, read_positions)
PROGRAMS = (refresh_loop, grpc_streams)
ABUSES = {abuse.__name__.replace("_", "-"): abuse for abuse in (*LINES, *PROGRAMS)}


def main() -> None:
    name, address, port, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    plan, abuse = json.load(sys.stdin), ABUSES[name]
    os.nice(10)  # what the others feel is to be the server's doing, not that of a process beside it
    if abuse in PROGRAMS:
        print(json.dumps(abuse(plan, (address, port), seconds)), flush=True)
        return
    attack = Attack((address, port))
    attack.run(abuse(plan), seconds)
    print(json.dumps({**attack.counts, "answers": attack.answers}), flush=True)


if __name__ == "__main__":
    main()
