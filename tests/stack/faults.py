#!/usr/bin/python3
"""Breaks the full stack again and again while users write, and lets the model checker say whether anything was lost,
doubled or reordered.

    ./dev faults                                    20 rounds of every kind: over an hour
    ./dev faults --rounds=3 kill-redis rolling      some kinds only; --list names them

One stack is started, in a network namespace of its own: PostgreSQL with fsync on, Redis, RabbitMQ, auth, group, two of
message, two of notification, nginx. With each fault hundreds of people are added to a group at once; after it two clients, one
on each gateway, must see live messages, events over the bus, feeds and presence work again. At the end everything comes to
rest, and every client's log, the log by sync and the rows of the database are compared; the outboxes, the queues and the dead
letters must be empty.
"""
import argparse
import asyncio
import collections
import os
import pathlib
import random
import re
import signal
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / folder) for folder in ("tests/stack", "tests/fault", "tests/support", "tools")]

import model  # noqa: E402
import model_check  # noqa: E402
from fault_kinds import Faults  # noqa: E402
from fault_network import Network, enter_namespace  # noqa: E402
from fault_probe import REVOKED_SECONDS, Probe  # noqa: E402
from http_api import ApiError, Http, Unreachable  # noqa: E402
from server import ServerFailed  # noqa: E402
from services import NAMES  # noqa: E402
from stack import Backends, StackError  # noqa: E402
from target import StackServer  # noqa: E402

# What clients may be told while users act at random and things break; everything else is wrong.
REFUSALS = {"conflict", "forbidden", "not_found", "precondition", "unavailable", "timeout"}
REST_SECONDS = 60


class FaultyWorld(model_check.World):
    """The load of the model checker, with other troubles."""

    def __init__(self, options, server: StackServer, http: Http, network: Network):
        super().__init__(model_check.Plan(options.seed, 0, 0), server, http)
        self.pace = options.pace
        # A hello that was under way when a network went is given up after 20 s, and so may be the next.
        self.reconnect_seconds = 90
        self.options = options
        self.faults = Faults(server.stack, network, options.partition_seconds, self.wrong)
        self.probe = Probe(http, server.gateways)
        self.recovered: dict[str, list[float]] = collections.defaultdict(list)
        self.revoked: dict[str, list[float]] = collections.defaultdict(list)
        self.away: dict[str, float] = collections.defaultdict(float)
        self.stalled: dict[str, float] = collections.defaultdict(float)
        self.sockets: list[int] = []

    async def trouble(self) -> None:
        await self.probe.open()
        await self._spread()
        for number in range(1, self.options.rounds + 1):
            kinds = list(self.options.kinds)
            self.rng.shuffle(kinds)
            for kind in kinds:
                if time.monotonic() > self.options.until:
                    print("faults: the time is over", flush=True)
                    return
                await self._one(kind, number)

    async def _spread(self) -> None:
        """There are users on both gateways."""
        self.sockets = [int(await asyncio.to_thread(self._metric, member, "molva_ws_sockets"))
                        for member in self.server.stack.of("notification")]
        if min(self.sockets) < 2:
            self.wrong.append(f"the gateways have {self.sockets} sockets")

    @staticmethod
    def _metric(member, name: str) -> float:
        with urllib.request.urlopen(f"{member.url}/metrics", timeout=10) as answer:
            return float(re.search(rf"^{name} (\S+)$", answer.read().decode(), re.MULTILINE)[1])

    async def _one(self, kind: str, number: int) -> None:
        await self.moments.progress(self.rng.randrange(2, 20))
        moment = self.rng.choice(("acknowledged", "in_flight"))
        await self.moments.next(moment)
        before = self._refusals()
        for device in self.devices:
            device.longest_away = 0
        revoked = await self.probe.revocable() if kind.endswith("-redis") else None

        async def while_away() -> None:
            if revoked:
                self._revoked(kind, await self.probe.revoke(revoked))

        watch = asyncio.create_task(self._longest_silence(kind))
        crowd = asyncio.create_task(self.fill(await self.make_hall(), self.rng.choice(model_check.BURSTS)))
        try:
            await self.faults.kinds[kind](while_away)
            if revoked and kind == "flush-redis":
                await while_away()
            seconds, last = await self.probe.until_all_works(f"{kind} {number}")
            await crowd
        finally:
            watch.cancel()
            crowd.cancel()
        self.recovered[kind].append(seconds)
        self.away[kind] = max(self.away[kind], *(device.longest_away for device in self.devices))
        told = self._refusals() - before
        print(f"{time.strftime('%H:%M:%S')} {kind} {number}: works again after {seconds:.1f} s ({last}); "
              f"{dict(told) or 'nobody noticed'}", flush=True)

    def _revoked(self, kind: str, seconds: float) -> None:
        self.revoked[kind].append(seconds)
        bound = 1 if kind == "flush-redis" else REVOKED_SECONDS
        if seconds > bound:
            self.wrong.append(f"{kind}: a revoked session kept its socket for {seconds:.1f} s")

    async def _longest_silence(self, kind: str) -> None:
        """How long nobody's call was answered with success."""
        known, since = self.moments.acknowledged, time.monotonic()
        while True:
            await asyncio.sleep(0.05)
            if self.moments.acknowledged != known:
                known, since = self.moments.acknowledged, time.monotonic()
            self.stalled[kind] = max(self.stalled[kind], time.monotonic() - since)

    def _refusals(self) -> collections.Counter:
        """What users were told, and calls that had no answer."""
        told = collections.Counter(self.http.counts)
        for device in self.devices:
            told.update({name: count for name, count in device.counts.items() if name.startswith("refused_")})
        return told

    async def settle(self) -> None:
        await super().settle()
        deadline = time.monotonic() + REST_SECONDS
        while rest := await asyncio.to_thread(self._rest):
            if time.monotonic() > deadline:
                self.wrong += rest
                break
            await asyncio.sleep(0.2)
        for device in self.probe.devices:
            log = await self.server_log(self.probe.room, self.probe.people[0].access_token)
            await device.until(lambda d=device: d.conversations[self.probe.room].number == len(log), "the whole log")
            self.wrong += model.check_same(f"log of {device.name}", log, device.conversations[self.probe.room].entries)
        self.wrong += self.probe.violations
        await self.probe.close()
        for name, count in self._refusals().items():
            if name.startswith("refused_") and name.removeprefix("refused_") not in REFUSALS:
                self.wrong.append(f"{count} calls were {name}")

    async def check(self) -> list[str]:
        """Of the probe's conversation the database has rows, too; settle() has compared them."""
        return [sentence for sentence in await super().check()
                if sentence != f"entries of a conversation that nobody made: {self.probe.room}"]

    def _rest(self) -> list[str]:
        """What lies in outboxes and queues."""
        stack, left = self.server.stack, []
        for service in NAMES:
            for table in ("outbox_live", "outbox_bus"):
                rows = stack["postgres"].sql(f"SELECT count(*) FROM {table}", f"{stack.prefix}_{service}").strip()
                if rows != "0":
                    left.append(f"{rows} rows in {table} of {service}")
        try:
            queues = stack["rabbitmq"].api("GET", f"queues/{stack.prefix}")
        except OSError as failure:
            return [*left, f"rabbitmq: {failure}"]
        return left + [f"{queue['messages']} messages in {queue['name']}" for queue in queues if queue.get("messages")]

    def table(self) -> str:
        lines = [f"{'kind':26}{'times':>6}{'works again after, median':>28}{'longest':>10}{'no call answered, longest':>28}"
                 f"{'without a socket, longest':>28}"]
        for kind in sorted(self.recovered):
            seconds = sorted(self.recovered[kind])
            revoked = f"   revoked sockets closed after at most {max(self.revoked[kind]):.2f} s" if self.revoked[kind] else ""
            lines.append(f"{kind:26}{len(seconds):6}{seconds[len(seconds) // 2]:26.1f} s{seconds[-1]:8.1f} s"
                         f"{self.stalled[kind]:26.1f} s{self.away[kind]:26.1f} s{revoked}")
        return "\n".join(lines)


async def run(options, server: StackServer, network: Network | None) -> tuple[list[str], str]:
    async with Http(server.url) as http:
        world = FaultyWorld(options, server, http, network)
        try:
            wrong = await world.run_and_check()
        except* (ApiError, Unreachable, StackError) as failures:
            wrong = world.wrong + [repr(failure) for failure in model_check.leaves(failures)]
        finally:
            await asyncio.gather(world.probe.close(), *(device.close() for device in world.devices))
        return wrong, f"{world.table()}\nsockets per gateway at the start {world.sockets}; {world.summary()}"


def run_on_stack(options, folder: pathlib.Path) -> tuple[list[str], str]:
    """What it starts it stops, however it ends. asyncio.run() returns when no thread starts a member any more."""
    with Backends(folder / "backends", durable=True) as backends:
        server = StackServer(folder / "stack", layout="stack", on=backends, MOLVA_ACCESS_TOKEN_SECONDS="86400")
        network = Network([*backends.members, *server.stack.members]) if os.geteuid() == 0 else None
        # The backends run already, outside of the groups: they only accept connections, and their ports are enough.
        try:
            server.start()
            return asyncio.run(run(options, server, network))
        finally:
            try:
                server.stack.stop()
            except StackError as failure:
                print(f"faults: {failure}")


def end_in_order(*_) -> None:
    """On SIGTERM; a second one changes nothing."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="some kinds only; a beginning names several: kill partition-re")
    parser.add_argument("--rounds", type=int, default=20, help="how often each kind happens (20)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1 << 31))
    parser.add_argument("--partition-seconds", type=float, default=15, help="how long a partition lasts (15)")
    parser.add_argument("--pace", type=float, default=5, help="what each of 8 users does in a second, at most (5)")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begins no fault after so long")
    parser.add_argument("--folder", type=pathlib.Path, help="where logs and data go; kept afterwards")
    parser.add_argument("--list", action="store_true", help="names the kinds")
    options = parser.parse_args()
    known = list(Faults(None, None, 0, []).kinds)
    if options.list:
        print("\n".join(known))
        sys.exit(0)
    options.kinds = [kind for kind in known if not options.kinds or any(kind.startswith(name) for name in options.kinds)]
    if os.geteuid() != 0:
        options.kinds = [kind for kind in options.kinds if not kind.startswith("partition")]
        print("faults: without root there are no partitions", file=sys.stderr)
    if not options.kinds:
        parser.error("no such kind: --list names them")
    options.until = time.monotonic() + options.minutes * 60
    return options


def main() -> int:
    options = parse()
    enter_namespace()
    signal.signal(signal.SIGTERM, end_in_order)
    with tempfile.TemporaryDirectory(prefix="molva-faults-") as temporary:
        folder = options.folder or pathlib.Path(temporary)
        os.chmod(temporary, 0o755)  # user postgres has to get in
        print(f"faults: seed {options.seed}, {options.rounds} rounds of {len(options.kinds)} kinds", flush=True)
        try:
            wrong, summary = run_on_stack(options, folder)
        except (StackError, ServerFailed) as failure:
            wrong, summary = [str(failure)], "not finished"
    return model_check.report(wrong, summary)


if __name__ == "__main__":
    sys.exit(main())
