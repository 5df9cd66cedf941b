#!/usr/bin/python3
"""One user after the other who does with every right they have what harms most, while two others write to each other: the server must
stay, within its memory, and the others must hardly feel it.

    ./dev abuse                                     60 s of each: half an hour
    ./dev abuse --seconds=10 hello-flood silent     some only, by name or beginning; --list names them

Each abuse has a server of its own, with the limits that are the default, on a copy of the same data: an owner who may do everything, a
crowd, a long log. The program that abuses is tests/fault/abuse_load.py. A message goes ten times a second from one of the two
others to the other, before and during the abuse; its time is that until it was both answered and delivered.

The server may have 256 MiB of data (RLIMIT_DATA: heap, stacks and every other private mapping that it may write, whether touched or
not, so it bounds what is resident of them), and its resident memory is watched besides. Beyond that limit an allocation fails, which ends the
server.
"""
import argparse
import asyncio
import dataclasses
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / folder) for folder in ("tests/fault", "tests/support", "tools")]

import websockets  # noqa: E402

from abuse_load import ABUSES  # noqa: E402
from http_api import Account, ApiError, Http, uuid7  # noqa: E402
from server import Server  # noqa: E402

LOAD = pathlib.Path(__file__).with_name("abuse_load.py")
MEMORY_MIB = 256
EVERY_SECONDS = 0.1
LOST_SECONDS = 10.0  # a message that takes longer counts as this long
TIMES_MAX, P99_MAX_MS = 3.0, 250.0
PASSWORD = "correct horse battery"


@dataclasses.dataclass
class Scale:
    """How much there is to abuse."""

    crowd: int
    rooms: int
    messages: int


SMALL, FULL = Scale(crowd=60, rooms=5, messages=60), Scale(crowd=600, rooms=40, messages=400)


@dataclasses.dataclass
class Prepared:
    """A folder of data, and who is in it."""

    data: pathlib.Path
    eve: str
    ann: str
    bob: str
    direct: str
    plan: dict


async def prepare(folder: pathlib.Path, scale: Scale) -> Prepared:
    """Without rate limits, which the abuses then have."""
    server = await asyncio.to_thread(Server(folder / "prepare").__enter__)
    try:
        async with Http(server.url) as http:
            eve = await http.register("eve", "Eve", PASSWORD, invite_code=server.owner_code)
            ann, bob = await http.register("ann", "Ann", PASSWORD), await http.register("bob", "Bob", PASSWORD)
            crowd = []
            for first in range(0, scale.crowd, 20):
                crowd += await asyncio.gather(*(http.register(f"crowd{n}", f"Crowd {n}", PASSWORD) for n in range(first, first + 20)))
            direct = await http.create_direct(ann, bob)
            await http.send_message(ann, direct, "hello")
            await http.send_message(bob, direct, "hello")  # so that both are seen by the other
            hall = await http.create_group(eve, "hall", ann, bob, *crowd[:len(crowd) // 2])
            rooms = [await http.create_group(eve, f"room {n}", *crowd[:3]) for n in range(scale.rooms)]
            for n in range(scale.messages):
                await http.send_message(eve, rooms[0], "x" * (16000 if n % 4 == 0 else 200))
            plan = {"username": "eve", "password": PASSWORD, "room": rooms[0], "rooms": rooms, "hall": hall,
                    "crowd": [one.id for one in crowd]}
            return Prepared(server.data, eve.username, ann.username, bob.username, direct, plan)
    finally:
        await asyncio.to_thread(server.close)


def prepare_now(folder: pathlib.Path, scale: Scale) -> Prepared:
    """The same outside of an event loop."""
    return asyncio.run(prepare(folder, scale))


def status_of(pid: int) -> dict[str, int]:
    """KiB by name, from proc(5)."""
    return {name: int(size) for name, size in re.findall(r"^(Vm\w+):\s+(\d+) kB$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)}


class Pair:
    """One who writes to another."""

    def __init__(self, url: str, direct: str, ann: Account, bob: Account):
        self.url, self.direct, self.accounts = url, direct, (ann, bob)
        self.sockets: list = []
        self.tasks: list[asyncio.Task] = []
        self.pending: dict[str, tuple[float, asyncio.Event, asyncio.Event]] = {}
        self.times: list[float] = []

    async def __aenter__(self) -> "Pair":
        for account in self.accounts:
            socket = await websockets.connect(self.url.replace("http", "ws", 1) + "/v1/ws", subprotocols=["molva.v1+json"],
                                              compression=None, ping_interval=None, max_size=None)
            await socket.send(json.dumps({"type": "hello", "id": 1, "token": account.access_token}))
            assert json.loads(await socket.recv())["type"] == "welcome"
            self.sockets.append(socket)
        self.tasks = [asyncio.create_task(self._hear(socket, n)) for n, socket in enumerate(self.sockets)]
        return self

    async def __aexit__(self, *exc) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in self.sockets))

    async def _hear(self, socket, number: int) -> None:
        async for text in socket:
            frame = json.loads(text)
            if number == 0 and frame["type"] == "result":
                name = frame["result"].get("message", {}).get("client_id", "")
            elif number == 1 and frame["type"] == "event" and frame["name"] == "message.created":
                name = frame["data"].get("message", {}).get("client_id", "")
            else:
                continue
            if name in self.pending:
                self.pending[name][1 + number].set()

    async def _send(self, number: int) -> None:
        name, begun = uuid7(), time.monotonic()
        answered, delivered = asyncio.Event(), asyncio.Event()
        self.pending[name] = (begun, answered, delivered)
        params = {"conversation_id": self.direct, "client_id": name, "text": "hello"}
        try:
            async with asyncio.timeout(LOST_SECONDS):
                await self.sockets[0].send(json.dumps({"type": "call", "id": number, "method": "message.Send", "params": params}))
                await answered.wait()
                await delivered.wait()
            self.times.append(time.monotonic() - begun)
        except (TimeoutError, websockets.exceptions.ConnectionClosed):
            self.times.append(LOST_SECONDS)
        del self.pending[name]

    async def write(self, seconds: float, until: asyncio.Task | None = None) -> list[float]:
        """How long each message took that was written in this time, or until the task has ended."""
        self.times, sends, begun = [], [], time.monotonic()
        while not until.done() if until else time.monotonic() < begun + seconds:
            sends.append(asyncio.create_task(self._send(len(sends) + 2)))
            await asyncio.sleep(EVERY_SECONDS)
        await asyncio.gather(*sends)
        return self.times


@dataclasses.dataclass
class Verdict:
    name: str
    before: list[float]
    during: list[float]
    hwm_mib: float  # resident, most
    data_mib: float  # of what RLIMIT_DATA counts, most that was seen
    running: bool
    how: dict

    @staticmethod
    def _p99(times: list[float]) -> float:
        return sorted(times)[min(len(times) - 1, len(times) * 99 // 100)]

    def figures(self) -> tuple[float, float, float, float]:
        """Milliseconds: median and p99 before, median and p99 during."""
        return tuple(1000 * figure for times in (self.before, self.during) for figure in (statistics.median(times), self._p99(times)))

    def misses(self) -> list[str]:
        """What must hold whatever the machine."""
        missed = [] if self.running else ["the server ended"]
        if not self.during or min(self.during) >= LOST_SECONDS:
            missed.append("the others were not served")
        if not os.environ.get("MOLVA_SANITIZE") and self.hwm_mib > MEMORY_MIB:
            missed.append(f"{self.hwm_mib:.0f} MiB")
        return missed

    def late(self) -> list[str]:
        """What must hold on a machine that does nothing else."""
        before, _, median, p99 = self.figures()
        late = [f"median {median / before:.1f} times"] if median > TIMES_MAX * before else []
        return late + ([f"p99 {p99:.0f} ms"] if p99 > P99_MAX_MS else [])


async def watch_memory(pid: int, seen: dict[str, int]) -> None:
    """Keeps the most of each figure, until it is cancelled or the process has ended."""
    while True:
        try:
            for name, size in status_of(pid).items():
                seen[name] = max(size, seen.get(name, 0))
        except OSError:
            return
        await asyncio.sleep(0.1)


async def attack(server: Server, name: str, seconds: float, plan: dict) -> dict:
    """What the abuse tells at its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LOAD), name, server.address, str(server.port), str(seconds), stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate(json.dumps(plan).encode())
    lines = out.decode().splitlines()
    if lines[:1] != ["ready"] or process.returncode != 0:
        raise RuntimeError(f"{name}: the abuse itself failed: {lines}")
    return json.loads(lines[-1])


async def abuse(prepared: Prepared, folder: pathlib.Path, name: str, seconds: float, before_seconds: float) -> Verdict:
    """One abuse, on a server of its own."""
    shutil.copytree(prepared.data, folder / "data")
    server = Server(folder, grpc=True, MOLVA_RATE_LIMITS="on", MOLVA_LOG_LEVEL="warn")
    await asyncio.to_thread(server.start)
    seen: dict[str, int] = {}
    watching = None
    try:
        if not os.environ.get("MOLVA_SANITIZE"):
            resource.prlimit(server.pid, resource.RLIMIT_DATA, (MEMORY_MIB << 20, MEMORY_MIB << 20))
        watching = asyncio.create_task(watch_memory(server.pid, seen))
        async with Http(server.url) as http:
            eve, ann, bob = [Account.of(await http.post("/v1/auth/login", {"username": who, "password": PASSWORD}), PASSWORD)
                             for who in (prepared.eve, prepared.ann, prepared.bob)]
            plan = prepared.plan | {"token": eve.access_token, "refresh": eve.refresh_token, "grpc": server.grpc_addresses[0]}
            async with Pair(server.url, prepared.direct, ann, bob) as pair:
                before = await pair.write(before_seconds)
                under_attack = asyncio.create_task(attack(server, name, seconds, plan))
                during = await pair.write(seconds, until=under_attack)
                how = await under_attack
            try:
                how["after"] = (await http.get("/v1/users/me", ann.access_token))["user"]["username"]
            except ApiError as refused:
                how["after"] = str(refused)
        return Verdict(name, before, during, seen.get("VmHWM", 0) / 1024, seen.get("VmData", 0) / 1024, server.running, how)
    finally:
        if watching:
            watching.cancel()
        await asyncio.to_thread(server.close)


def row(verdict: Verdict) -> str:
    before, before_p99, median, p99 = verdict.figures()
    answers = " ".join(f"{code}:{count}" for code, count in sorted(verdict.how.get("answers", {}).items(), key=lambda one: -one[1])[:4])
    said = ", ".join(verdict.misses() + verdict.late()) or "ok"
    return (f"| {verdict.name} | {before:.1f} | {before_p99:.1f} | {median:.1f} | {p99:.1f} | {verdict.hwm_mib:.0f} | "
            f"{verdict.data_mib:.0f} | {verdict.how.get('connects', '')} | {answers} | {said} |")


HEADER = ("| abuse | median before, ms | p99 | median during, ms | p99 | resident, MiB | data, MiB | connects | answers | |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")


async def run(options: argparse.Namespace, folder: pathlib.Path) -> int:
    prepared = await prepare(folder, FULL)
    missed = 0
    print(HEADER, flush=True)
    for name in options.names:
        try:
            verdict = await abuse(prepared, folder / name, name, options.seconds, min(10.0, max(3.0, options.seconds / 3)))
        except Exception as failure:  # the others are still to be seen
            print(f"| {name} | {failure!r} |", flush=True)
            missed += 1
            continue
        print(row(verdict), flush=True)
        missed += bool(verdict.misses() or verdict.late())
    print(f"{len(options.names) - missed} held, {missed} missed", flush=True)
    return 1 if missed else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev abuse", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="some only; a beginning names several")
    parser.add_argument("--seconds", type=float, default=60, help="how long each lasts (60)")
    parser.add_argument("--folder", type=pathlib.Path, help="where logs and data go; kept afterwards")
    parser.add_argument("--list", action="store_true", help="names them and says what they do")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{name:20} {what.__doc__}" for name, what in ABUSES.items()))
        sys.exit(0)
    options.names = [name for name in ABUSES if not options.names or any(name.startswith(one) for one in options.names)]
    if not options.names:
        parser.error("no such abuse: --list names them")
    return options


def main() -> int:
    options = parse()
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
        return asyncio.run(run(options, options.folder))
    with tempfile.TemporaryDirectory(prefix="molva-abuse-") as folder:
        return asyncio.run(run(options, pathlib.Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
