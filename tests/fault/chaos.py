"""What goes wrong: frames that come twice, late, in another order or never, and a server that is killed."""
import asyncio
import collections
import random
from typing import Callable

from server import Server

# A server that acknowledges nothing for this long after a restart counts as broken.
PROGRESS_SECONDS = 30


class BadNetwork:
    """Bends the events of one device before its client sees them. `calm` lets everything through again."""

    def __init__(self, rng: random.Random, counts: collections.Counter):
        self._rng, self._counts = rng, counts
        self.calm = False

    def __call__(self, event: dict, deliver: Callable) -> None:
        fate = 1.0 if self.calm else self._rng.random()
        if fate < 0.03:
            self._count("bent_lost")
        elif fate < 0.10:
            self._count("bent_late")
            self._later(self._rng.uniform(0, 0.3), deliver, event)
        elif fate < 0.12:
            self._count("bent_too_late")  # beyond the time that the client holds what came after
            self._later(self._rng.uniform(0.6, 1.0), deliver, event)
        elif fate < 0.18:
            self._count("bent_twice")
            deliver(event)
            self._later(self._rng.uniform(0, 0.3), deliver, event)
        else:
            deliver(event)

    def _count(self, what: str) -> None:
        self._counts[what] += 1

    @staticmethod
    def _later(seconds: float, deliver: Callable, event: dict) -> None:
        asyncio.get_running_loop().call_later(seconds, deliver, event)


class Moments:
    """What happens right now, for a killer that waits for the worst moment."""

    def __init__(self):
        self.acknowledged = 0
        self._watchers: list[tuple[str, asyncio.Future]] = []

    def tell(self, what: str) -> None:
        """`what` just happened: "acknowledged" or "in_flight", and for changes of a group "changed" or "changing"."""
        if what == "acknowledged":
            self.acknowledged += 1
        for watched, future in self._watchers:
            if watched == what and not future.done():
                future.set_result(None)

    async def next(self, what: str) -> None:
        future = asyncio.get_running_loop().create_future()
        self._watchers.append((what, future))
        try:
            await asyncio.wait_for(future, PROGRESS_SECONDS)
        except asyncio.TimeoutError:
            raise AssertionError(f"nothing was {what} for {PROGRESS_SECONDS} s") from None
        finally:
            self._watchers.remove((what, future))

    async def progress(self, acknowledgements: int) -> None:
        """Waits until so many more calls were acknowledged."""
        for _ in range(acknowledgements):
            await self.next("acknowledged")


class Killer:
    """Kills the server again and again, at moments of all kinds, and starts it on what is left. Of a stack, one process."""

    def __init__(self, server: Server, rng: random.Random, moments: Moments, counts: collections.Counter):
        self._server, self._rng, self._moments, self._counts = server, rng, moments, counts

    async def kill(self, times: int) -> None:
        done = 0
        while done < times:
            done += await self._kill_once()
        self._counts["kills"] = done

    async def _kill_once(self) -> int:
        """Returns how often it killed."""
        await self._moments.progress(self._rng.randrange(1, 60))
        # A change of a group goes on in other services after its own commit: the moments when it is under way count most.
        moment = self._rng.choice(("random", "acknowledged", "in_flight", "changed", "changing"))
        if moment == "random":
            await asyncio.sleep(self._rng.uniform(0, 0.2))
        else:
            await self._moments.next(moment)
        if moment == "changing":
            await asyncio.sleep(self._rng.uniform(0, 0.003))
        self._counts[f"killed_{moment}"] += 1
        kills = 1
        victim = self._server.victim(self._rng)
        victim.strike()
        await asyncio.to_thread(victim.kill9)
        while self._rng.random() < 0.1:  # while it recovers, too
            victim.spawn()
            await asyncio.sleep(self._rng.uniform(0, 0.1))
            victim.kill9()
            self._counts["killed_starting"] += 1
            kills += 1
        await asyncio.to_thread(victim.start)
        return kills
