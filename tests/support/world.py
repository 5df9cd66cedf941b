"""A server and the people of one test."""
import itertools
import os

from http_api import Account, Http
from molva_client import Device
from server import Server

_numbers = itertools.count(1)


class World:
    """Makes users and connects their devices. At the end every device must have seen the protocol kept."""

    def __init__(self, server: Server):
        self.server = server
        self.http = Http(server.url)
        self._devices: list[Device] = []

    async def person(self, name: str = "person", **fields) -> Account:
        """A new user. The name is made unique, since tests share servers."""
        return await self.http.register(f"{name}.{os.getpid()}.{next(_numbers)}", name.capitalize(), **fields)

    async def people(self, *names: str) -> list[Account]:
        return [await self.person(name) for name in names]

    def device(self, account: Account, **options) -> Device:
        """A client that is not connected yet."""
        device = Device(self.http, account, **options)
        self._devices.append(device)
        return device

    async def online(self, account: Account, **options) -> Device:
        """A connected client."""
        device = self.device(account, **options)
        await device.connect()
        return device

    async def __aenter__(self) -> "World":
        await self.http.__aenter__()
        return self

    async def __aexit__(self, kind, *exc) -> None:
        for device in self._devices:
            await device.close()
        await self.http.__aexit__(kind, *exc)
        violations = [violation for device in self._devices for violation in device.violations]
        if kind is None:
            assert not violations, "the server broke the protocol:\n" + "\n".join(violations)
