"""Two people who show that everything works again: one on each gateway, in one group."""
import asyncio
import contextlib

from http_api import Account, ApiError, Http, Unreachable, uuid7
from molva_client import Device

# What must work again does so within this time of the fault's end; how long it takes is measured.
RECOVER_SECONDS = 60
# A live event that is not there by then has not come live: a client would get it by asking, which is not what is probed.
LIVE_SECONDS = 2
# docs/distributed.md: how long a revoked session may keep a socket.
REVOKED_SECONDS = 3


class Probe:
    """`urls` are the gateways themselves, so that both are probed, whatever the edge does."""

    def __init__(self, http: Http, urls: list[str]):
        self.http, self.urls = http, urls
        self.people: list[Account] = []
        self.devices: list[Device] = []
        self.room = ""
        self._titles = 0
        self._connections: list[asyncio.Task] = []

    async def open(self) -> None:
        self.people = [await self.http.register(f"probe{i}", f"Probe {i}") for i in range(2)]
        self.room = await self.http.create_group(self.people[0], "probe", self.people[1])
        self.devices = [Device(self.http, person, name="probe", gateway=url) for person, url in zip(self.people, self.urls)]
        self._connections = [asyncio.create_task(device.stay_connected()) for device in self.devices]
        await self.until_all_works("at the start")

    async def close(self) -> None:
        for task in self._connections:
            task.cancel()
        for device in self.devices:
            await device.close()

    @property
    def violations(self) -> list[str]:
        return [violation for device in self.devices for violation in device.violations]

    async def until_all_works(self, when: str) -> tuple[float, str]:
        """Returns the seconds it took, and what was waited for longest."""
        loop = asyncio.get_running_loop()
        began, waited = loop.time(), {}
        for what, works in (("live messages", self._live), ("events over the bus", self._bus), ("feeds", self._feed),
                            ("presence", self._presence)):
            since = loop.time()
            while not await self._holds(works):
                if loop.time() - began > RECOVER_SECONDS:
                    raise AssertionError(f"{when}: no {what} within {RECOVER_SECONDS} s")
                await asyncio.sleep(0.1)
            waited[what] = loop.time() - since
        for device in self.devices:
            device.frames.clear()
        return loop.time() - began, max(waited, key=waited.get)

    @staticmethod
    async def _holds(works) -> bool:
        with contextlib.suppress(Unreachable, ApiError, TimeoutError):
            return await works()
        return False

    async def _event(self, device: Device, fits) -> bool:
        """Whether an event came by itself, and not by a sync."""
        def found():
            return any(frame["type"] == "event" and fits(frame) for frame in device.frames)

        with contextlib.suppress(AssertionError):
            return bool(await device.until(lambda: found() or not device.connected, "a live event", LIVE_SECONDS)) and found()
        return False

    async def _live(self) -> bool:
        for sender, other in (self.devices, self.devices[::-1]):
            client_id = uuid7()
            await sender.call("message.Send", conversation_id=self.room, client_id=client_id, text="probe")
            for device in (sender, other):
                if not await self._event(device, lambda f: f["data"].get("message", {}).get("client_id") == client_id):
                    return False
        return True

    async def _bus(self) -> bool:
        """A change of a group reaches the conversation's log over the bus, and the sockets from there."""
        self._titles += 1
        title = f"probe {self._titles}"
        await self.devices[0].call("group.UpdateConversation", id=self.room, title=title)
        return await self._event(self.devices[1], lambda f: f["name"] == "conversation.updated" and title in str(f["data"]))

    async def _feed(self) -> bool:
        """A moved read position is told to the reader's own devices, over the bus."""
        heads = (await self.http.get("/v1/heads", self.people[1].access_token))["heads"]
        seq = heads[self.room]["seq"]
        if heads[self.room]["read_seq"] == seq:
            await self.devices[0].call("message.Send", conversation_id=self.room, client_id=uuid7(), text="to read")
            seq += 1
        await self.devices[1].call("message.MarkRead", conversation_id=self.room, seq=seq)
        return await self._event(self.devices[1], lambda f: f["name"] == "read.moved" and str(seq) in str(f["data"]))

    async def _presence(self) -> bool:
        ids = [person.id for person in self.people]
        for url in self.urls:
            async with Http(url) as http:
                presences = (await http.get("/v1/presence", self.people[0].access_token, user_ids=ids))["presences"]
            if not all(presence["online"] for presence in presences) or len(presences) != len(ids):
                return False
        return True

    # ---- while something is away ----

    async def revocable(self) -> Device:
        """Another session, on the second gateway."""
        device = Device(self.http, await self.http.login(self.people[0]), name="revoked", gateway=self.urls[1])
        await device.connect()
        return device

    async def revoke(self, device: Device) -> float:
        """Ends the session through the edge; returns after how many seconds its socket was closed."""
        loop = asyncio.get_running_loop()
        await self.http.post("/v1/auth/logout", {}, device.account.access_token)
        answered = loop.time()
        await device.until_closed()
        took = loop.time() - answered
        await device.close()
        if device.close_code != 4403:
            raise AssertionError(f"a revoked session's socket was closed with {device.close_code}")
        return took
