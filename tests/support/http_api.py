"""The REST face: one method of the contract per call, errors as exceptions."""
import asyncio
import collections
import dataclasses
import os
import time
import uuid

import aiohttp

import document


class ApiError(Exception):
    """The server answered: no. The outcome is certain unless `retryable`."""

    def __init__(self, status: int, code: str, message: str, retryable: bool, retry_after_ms: int):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.retryable, self.retry_after_ms = retryable, retry_after_ms

    @classmethod
    def of(cls, status: int, error: dict) -> "ApiError":
        return cls(status, error["code"], error["message"], error["retryable"], error["retry_after_ms"])


class Unreachable(Exception):
    """No answer: what was asked for may have happened or not."""


def uuid7() -> str:
    """A UUID version 7 (RFC 9562): what clients name their writes with."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


@dataclasses.dataclass
class Account:
    """A signed-in user: one session."""

    id: str
    username: str
    password: str
    access_token: str
    refresh_token: str
    expires_in: int

    @classmethod
    def of(cls, answer: dict, password: str) -> "Account":
        user = answer["user"]
        return cls(user["id"], user["username"], password, answer["access_token"], answer["refresh_token"],
                   answer["expires_in"])


class Http:
    """One HTTP client with its connections. Usable by several coroutines at once."""

    def __init__(self, url: str):
        self.url = url
        self.counts = collections.Counter()  # refused_<code>, unreachable
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Http":
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0),
                                              timeout=aiohttp.ClientTimeout(total=30))
        return self

    async def __aexit__(self, *exc) -> None:
        await self._session.close()

    async def send(self, verb: str, path: str, *, json=None, data=None, query=None, token=None, headers=None):
        """Any request. Returns status, headers and body, whatever the status."""
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.request(verb, self.url + path, json=json, data=data, params=query,
                                             headers=headers) as answer:
                return answer.status, answer.headers, await answer.read()
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as failure:
            self.counts["unreachable"] += 1
            raise Unreachable(f"{verb} {path}: {failure!r}") from failure

    async def call(self, verb: str, path: str, body=None, *, token=None, query=None) -> dict:
        """A method of the contract: the response, or ApiError, or Unreachable."""
        status, headers, text = await self.send(verb, path, json=body, token=token, query=query)
        answer = decode(headers, text)
        if status >= 400:
            self.counts["refused_" + answer["error"]["code"]] += 1
            document.check_outcome(verb, path, status, answer["error"]["code"])
            raise ApiError.of(status, answer["error"])
        return answer

    async def get(self, path: str, token=None, **query) -> dict:
        return await self.call("GET", path, token=token, query=query or None)

    async def post(self, path: str, body: dict, token=None) -> dict:
        return await self.call("POST", path, body, token=token)

    async def register(self, username: str, display_name: str = "", password: str = "correct horse battery",
                       **fields) -> Account:
        return Account.of(await self.post("/v1/auth/register", {
            "username": username, "password": password, "display_name": display_name, **fields}), password)

    async def login(self, account: Account, device: str = "") -> Account:
        """Another session of the same user."""
        return Account.of(await self.post("/v1/auth/login", {
            "username": account.username, "password": account.password, "device": device}), account.password)

    async def create_group(self, owner: Account, title: str, *members: Account) -> str:
        answer = await self.post("/v1/conversations", {
            "kind": "GROUP", "title": title, "member_ids": [member.id for member in members]}, owner.access_token)
        return answer["conversation"]["id"]

    async def create_direct(self, one: Account, other: Account) -> str:
        answer = await self.post("/v1/conversations", {"kind": "DIRECT", "member_ids": [other.id]}, one.access_token)
        return answer["conversation"]["id"]

    async def send_message(self, sender: Account, conversation_id: str, text: str, client_id: str = "") -> dict:
        return await self.post(f"/v1/conversations/{conversation_id}/messages", {
            "client_id": client_id or uuid7(), "text": text}, sender.access_token)


def decode(headers, text: bytes):
    """The JSON of an answer; a body that is no JSON object is a fault of the server."""
    import json

    kind = headers.get("Content-Type", "")
    if not kind.startswith("application/json"):
        raise AssertionError(f"not JSON but {kind!r}: {text[:200]!r}")
    answer = json.loads(text)
    if not isinstance(answer, dict):
        raise AssertionError(f"not an object: {text[:200]!r}")
    return answer
