"""What can happen to the stack, by name. Each kind breaks something, leaves it so for a while, and puts it right again."""
import asyncio
import time
from typing import Awaitable, Callable

from stack import LAYOUTS

OURS = tuple(LAYOUTS["stack"])
BACKENDS = ("postgres", "redis", "rabbitmq")
PUBLISHERS = ("group",)  # whose events the users' logs and feeds are made of
OUTBOX_SECONDS = 60


class Faults:
    """The kinds, for one stack. `while_away` is called while the member is out of reach."""

    def __init__(self, stack, network, partition_seconds: float, wrong: list[str]):
        self._stack, self._network, self._wrong = stack, network, wrong
        self._partition_seconds = partition_seconds
        self.kinds: dict[str, Callable[[Callable[[], Awaitable]], Awaitable]] = {}
        for name in (*OURS, *BACKENDS):
            self._add(f"kill-{name}", self._kill, name)
        for name in BACKENDS:
            self._add(f"restart-{name}", self._restart, name)
        for name in PUBLISHERS:
            self._add(f"outbox-{name}", self._kill_with_outbox, name)
        self._add("flush-redis", self._flush)
        for name in (*OURS, *BACKENDS):
            self._add(f"partition-{name}", self._partition, name)
        self._add("rolling", self._rolling)

    def _add(self, kind: str, what, *arguments) -> None:
        self.kinds[kind] = lambda while_away: what(while_away, *arguments)

    async def _kill(self, while_away, name: str) -> None:
        member = self._stack[name]
        member.strike()
        await asyncio.to_thread(member.kill)
        await while_away()
        await asyncio.to_thread(member.start)

    async def _kill_with_outbox(self, while_away, name: str) -> None:
        """While RabbitMQ is away, events lie in its outbox; it dies, and what is started next must publish them."""
        await self._stop_in_order("rabbitmq")
        await while_away()
        await self._until_outbox_holds(name)
        await asyncio.to_thread(self._stack[name].kill)
        self._stack[name].spawn()
        await asyncio.to_thread(self._stack["rabbitmq"].start)
        await asyncio.to_thread(self._stack[name].start)

    async def _until_outbox_holds(self, name: str) -> None:
        deadline = time.monotonic() + OUTBOX_SECONDS
        while await asyncio.to_thread(self._outbox_rows, name) == 0:
            if time.monotonic() > deadline:
                self._wrong.append(f"nothing came into the outbox of {name} while RabbitMQ was away")
                return
            await asyncio.sleep(0.05)

    def _outbox_rows(self, name: str) -> int:
        return int(self._stack["postgres"].sql("SELECT count(*) FROM outbox_bus", f"{self._stack.prefix}_{name}"))

    async def _restart(self, while_away, name: str) -> None:
        await self._stop_in_order(name)
        await while_away()
        await asyncio.to_thread(self._stack[name].start)

    async def _stop_in_order(self, name: str) -> None:
        member = self._stack[name]
        await asyncio.to_thread(member.stop)
        if name in OURS and member.exit_code != 0:
            self._wrong.append(f"{name} was asked to stop and ended with {member.exit_code}")

    async def _flush(self, while_away) -> None:
        await asyncio.to_thread(self._stack["redis"].call, "FLUSHALL")

    async def _partition(self, while_away, name: str) -> None:
        self._network.cut(self._stack[name])
        try:
            await asyncio.gather(while_away(), asyncio.sleep(self._partition_seconds))
        finally:
            self._network.heal()
        await asyncio.to_thread(self._stack[name].wait_ready)

    async def _rolling(self, while_away) -> None:
        """As docs/distributed.md tells operators to upgrade: one instance after the other, each ready before the next."""
        for name in OURS:
            await self._stop_in_order(name)
            await asyncio.to_thread(self._stack[name].start)
