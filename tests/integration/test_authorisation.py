"""Every method of the contract, by every kind of caller, over every transport, against authorisation.yaml."""
import asyncio
import dataclasses
import itertools
import pathlib
import re

import pytest
import yaml

import contract
import grpc_api
from expect import eventually_refused
from http_api import Account, ApiError, Http, Unreachable, uuid7
from molva_client import Device, Refused
from server import Server
from target import make_server

TABLE = yaml.safe_load(pathlib.Path(__file__).with_name("authorisation.yaml").read_text())
CALLERS = TABLE["callers"]
METHODS = {method.name: method for method in contract.methods()}
NO_TOKEN = ("nobody", "expired", "revoked")

_numbers = itertools.count(1)


def method_of(row: str) -> str:
    """Rows are named after their method; a # tells several of one method apart."""
    return row.partition("#")[0]


def test_the_table_has_every_method_of_the_contract_and_no_other():
    assert {method_of(row) for row in TABLE["methods"]} == set(METHODS)


def test_reflection_tells_of_every_method_of_the_contract(cast):
    assert cast.grpc.methods == set(METHODS)
    assert {"grpc.health.v1.Health", grpc_api.REFLECTION} <= cast.grpc.services


def test_the_table_has_an_outcome_for_every_caller():
    for row, case in TABLE["methods"].items():
        assert len(case["outcomes"]) == len(CALLERS), row


def test_the_table_agrees_with_the_access_levels_of_the_contract():
    """PUBLIC admits nobody in particular, ADMIN no plain user, SERVICE nobody at all."""
    for row, case in TABLE["methods"].items():
        outcomes = dict(zip(CALLERS, case["outcomes"]))
        match METHODS[method_of(row)].access:
            case "PUBLIC":
                assert set(outcomes.values()) == {"ok"}, row
            case "USER":
                assert {outcomes[caller] for caller in NO_TOKEN} == {"unauthenticated"}, row
            case "ADMIN":
                assert {outcomes[caller] for caller in NO_TOKEN} == {"unauthenticated"}, row
                assert "ok" not in [outcomes[c] for c in CALLERS if c != "server_admin"], row
            case "SERVICE":
                assert set(outcomes.values()) == {"not_found"}, row
            case access:
                raise AssertionError(f"{row}: access {access}")


@dataclasses.dataclass
class Cast:
    """The people that all cases share; their conversations are made anew for each case."""

    server: Server
    people: dict[str, Account]
    boss: Account
    grpc: grpc_api.Grpc

    @property
    def target(self) -> Account:
        return self.people["target"]


async def register_cast(server: Server, grpc: grpc_api.Grpc) -> Cast:
    async with Http(server.url) as http:
        boss = await http.register("the.boss", invite_code=server.owner_code)
        names = ("other", "removed", "member", "admin", "owner", "server_admin", "target", "newcomer", "revoked")
        people = {name: await http.register(f"the.{name}") for name in names}
        await http.call("PATCH", f"/v1/accounts/{people['server_admin'].id}", {"role": "ADMIN_ACCOUNT"},
                        token=boss.access_token)
        # Roles may stand in tokens: a new one has the new role.
        people["server_admin"] = await http.login(people["server_admin"])
        await http.post("/v1/auth/logout", {}, people["revoked"].access_token)
        await eventually_refused("unauthenticated",
                                 lambda: http.get("/v1/users/me", people["revoked"].access_token))
    return Cast(server, people, boss, grpc)


async def expired_account(tmp_path_factory, server: Server) -> Account:
    """A token of the server under test that has run out: made by the same server while tokens lived for 5 s."""
    async with Http(server.url) as http:
        account = await http.register("the.expired")
        await eventually_refused("unauthenticated", lambda: http.get("/v1/users/me", account.access_token))
    return account


@pytest.fixture(scope="module")
def cast(tmp_path_factory):
    """First the token that is to expire, from a server with a short token life; then the real one on the same data."""
    folder = tmp_path_factory.mktemp("authorisation")
    with make_server(folder, MOLVA_ACCESS_TOKEN_SECONDS="5") as server:
        code = server.owner_code
        expired = asyncio.run(expired_account(tmp_path_factory, server))
    with make_server(folder, grpc=True) as server:
        assert server.owner_code, f"no code for an owner who is not there yet (the first was {code})"
        with grpc_api.Grpc(server.grpc_addresses) as grpc:
            cast = asyncio.run(register_cast(server, grpc))
            cast.people["expired"] = expired
            yield cast


class Case:
    """One call by one caller, in a group of its own."""

    def __init__(self, cast: Cast, http: Http, caller: str, own_session: bool):
        self.cast, self.http, self.caller, self.own_session = cast, http, caller, own_session
        self.account: Account | None = cast.people.get(caller)

    async def prepare(self) -> None:
        people = self.cast.people
        owner = people["owner"]
        self.group = await self.http.create_group(owner, "the group", *(
            people[name] for name in ("admin", "member", "removed", "target")))
        self.direct = await self.http.create_direct(people["target"], people["newcomer"])
        member = f"/v1/conversations/{self.group}/members/"
        await self.http.call("PATCH", member + people["admin"].id, {"role": "ADMIN_MEMBER"}, token=owner.access_token)
        for name in ("admin", "member", "removed", "target"):  # who never answers is not added for ever
            await self.http.call("PUT", f"/v1/conversations/{self.group}/read", {"seq": 1}, token=people[name].access_token)
        await self.http.call("DELETE", member + people["removed"].id, token=owner.access_token)
        await self.http.send_message(owner, self.group, "hello")
        if self.own_session and self.caller not in NO_TOKEN:
            self.account = await self.http.login(self.account)

    async def tidy_up(self) -> None:
        """A call that ends sessions may have ended the one that all cases share."""
        if self.own_session and self.caller not in NO_TOKEN:
            self.cast.people[self.caller] = await self.http.login(self.account)

    async def fill(self, value):
        """The request with its words filled in; only what is asked for is made."""
        if isinstance(value, dict):
            return {name: await self.fill(one) for name, one in value.items()}
        if isinstance(value, list):
            return [await self.fill(one) for one in value]
        if not (isinstance(value, str) and value.startswith("$")):
            return value
        people, target = self.cast.people, self.cast.target
        match value[1:]:
            case "group":
                return self.group
            case "direct":
                return self.direct
            case "target" | "newcomer" | "owner" as name:
                return people[name].id
            case "self":
                return (self.account or people["member"]).id
            case "target_name":
                return target.username
            case "password":
                return target.password  # everybody has the same
            case "new_name":
                return f"new.{next(_numbers)}.{uuid7()[:8]}"[:32]
            case "uuid":
                return uuid7()
            case "fresh_refresh_token":
                return (await self.http.login(people["newcomer"])).refresh_token
            case "target_session":
                return await self.session_of(target)
            case "own_session":
                return await self.session_of(target if self.caller in NO_TOKEN else self.account)
            case "invite":
                made = await self.http.post("/v1/auth/invites", {"max_uses": 1}, self.cast.boss.access_token)
                return made["invite"]["id"]
        raise AssertionError(f"the test cannot fill in {value}")

    async def session_of(self, account: Account) -> str:
        sessions = (await self.http.get("/v1/auth/sessions", account.access_token))["sessions"]
        [current] = [session["id"] for session in sessions if session["current"]]
        return current

    async def over_rest(self, method: contract.Method, request: dict) -> str:
        """The outcome: ok, or the error's name."""
        token = self.account.access_token if self.account else None
        if method.access == "SERVICE":
            return await self.rest_paths_of_service_methods(method, request, token)
        path, rest = method.path, dict(request)
        for name in re.findall(r"{(\w+)}", path):
            path = path.replace("{%s}" % name, rest.pop(name))
        in_query = method.verb in ("GET", "DELETE")
        try:
            await self.http.call(method.verb, path, None if in_query else rest, token=token,
                                 query=rest if in_query else None)
        except ApiError as refusal:
            return refusal.code
        return "ok"

    async def rest_paths_of_service_methods(self, method: contract.Method, request: dict, token: str | None) -> str:
        """They have no path. Those that somebody might guess must not exist."""
        service, name = method.name.split(".")
        outcomes = set()
        for path in (f"/v1/{service}/{name}", f"/v1/{service}.{name}",
                     f"/molva.{service}.v1.{service.title()}Service/{name}"):
            try:
                await self.http.post(path, request, token)
                outcomes.add("ok")
            except ApiError as refusal:
                outcomes.add(refusal.code)
        return "not_found" if outcomes == {"not_found"} else str(sorted(outcomes))

    async def over_websocket(self, method: contract.Method, request: dict) -> str:
        device = Device(self.http, self.account)
        try:
            await device.connect()
            await device.call(method.name, **request)
        except ApiError as refusal:
            return refusal.code
        except Unreachable as lost:
            # A call that ends its own session may lose its answer with the socket.
            return "ok" if self.own_session and device.close_code == 4403 else str(lost)
        finally:
            await device.close()
            assert not device.violations, device.violations
        return "ok"

    async def over_grpc(self, method: contract.Method, request: dict) -> str:
        try:
            await self.cast.grpc.call(method.name, request, self.account.access_token if self.account else None)
        except ApiError as refusal:
            return refusal.code
        return "ok"

    async def hello_alone(self) -> str:
        """Without a good token there is no socket to call on: the outcome is that of hello, whatever the method."""
        device = Device(self.http, self.account or Account("", "", "", "", "", 0))
        try:
            await device.connect()
        except Refused as refusal:
            return "unauthenticated" if refusal.code in (4401, 4403) else str(refusal)
        finally:
            await device.close()
        return "ok"


@pytest.mark.parametrize("transport", ("rest", "websocket", "grpc"))
@pytest.mark.parametrize("row", TABLE["methods"])
async def test_outcomes_are_those_of_the_table(cast, row, transport):
    method, case_of = METHODS[method_of(row)], TABLE["methods"][row]
    want = dict(zip(CALLERS, case_of["outcomes"]))
    got = {}
    async with Http(cast.server.url) as http:
        for caller in CALLERS:
            case = Case(cast, http, caller, case_of.get("session") == "own")
            await case.prepare()
            request = await case.fill(case_of["request"])
            if transport == "rest":
                got[caller] = await case.over_rest(method, request)
            elif transport == "grpc":
                got[caller] = await case.over_grpc(method, request)
                if method.access == "SERVICE":  # it is there, for others
                    want[caller] = "unauthenticated" if caller in NO_TOKEN else "forbidden"
            elif caller in NO_TOKEN:
                got[caller] = await case.hello_alone()
                want[caller] = "unauthenticated"
            else:
                got[caller] = await case.over_websocket(method, request)
            await case.tidy_up()
    assert got == want
