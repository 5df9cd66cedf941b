"""What strangers can cause in somebody's account, over every transport. The rules one by one: tests/unit/services/group/admission_test.c."""
import contextlib

import pytest

import grpc_api
from expect import refused
from http_api import Http, uuid7
from molva_client import Device
from target import make_server

UNANSWERED_ADDS_MAX = 50
PATHS = {"group.CreateConversation": "/v1/conversations", "group.AddMembers": "/v1/conversations/{id}/members"}
TRANSPORTS = ("rest", "websocket", "grpc")


@pytest.fixture(scope="module", name="host")
def host_with_grpc(tmp_path_factory):
    with make_server(tmp_path_factory.mktemp("strangers"), grpc=True) as server:
        yield server


@pytest.fixture(scope="module", name="strict")
def host_with_limits(tmp_path_factory):
    with make_server(tmp_path_factory.mktemp("strict"), grpc=True, MOLVA_RATE_LIMITS="on",
                     MOLVA_ADDS_PER_HOUR="3") as server:
        yield server


@contextlib.asynccontextmanager
async def caller(host, http: Http, account, transport: str):
    """call(method, **request) over this transport."""
    async def over_rest(method: str, **request):
        path = PATHS[method].replace("{id}", request.get("id", ""))
        return await http.post(path, {name: value for name, value in request.items() if name != "id"},
                               account.access_token)

    async def over_grpc(method: str, **request):
        return await grpc.call(method, request, account.access_token)

    device = Device(http, account)
    with grpc_api.Grpc(host.grpc_addresses) as grpc:
        if transport == "websocket":
            await device.connect()
        yield {"rest": over_rest, "websocket": device.call, "grpc": over_grpc}[transport]
        await device.close()


async def conversations_of(http: Http, account) -> set[str]:
    page = await http.get("/v1/conversations", account.access_token)
    return {conversation["id"] for conversation in page["conversations"]}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_who_cannot_be_added_is_named_without_a_reason_and_the_others_are_there(host, transport):
    async with Http(host.url) as http:
        ann, left, tired, bob = [await http.register(f"{name}.{transport}") for name in ("ann", "left", "tired", "bob")]
        group = await http.create_group(ann, "a group", left)
        await http.call("DELETE", f"/v1/conversations/{group}/members/{left.id}", token=left.access_token)
        for _ in range(UNANSWERED_ADDS_MAX):
            await http.create_group(ann, "and another", tired)

        async with caller(host, http, ann, transport) as call:
            added = await call("group.AddMembers", id=group, user_ids=[left.id, tired.id, bob.id])
            assert [member["user_id"] for member in added["members"]] == [bob.id]
            assert added["refused_user_ids"] == sorted([left.id, tired.id])
            assert await conversations_of(http, left) == set()
            assert group not in await conversations_of(http, tired)

            request = {"kind": "GROUP", "title": "one more", "member_ids": [tired.id, bob.id], "client_id": uuid7()}
            for existed in (False, True):
                made = await call("group.CreateConversation", **request)
                assert (made["existed"], made["refused_user_ids"]) == (existed, [tired.id])
                assert made["conversation"]["member_count"] == 2

            direct = await http.create_direct(ann, left)
            await http.send_message(left, direct, "let me in again")
            added = await call("group.AddMembers", id=group, user_ids=[left.id])
            assert [member["user_id"] for member in added["members"]] == [left.id]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_who_has_added_as_many_as_one_may_is_told_when_to_come_back(strict, transport):
    async with Http(strict.url) as http:
        ann, *others = [await http.register(f"{name}.{transport}") for name in ("ann", "bob", "cem", "dan", "eve")]
        bob, cem, dan, eve = [one.id for one in others]
        group = await http.create_group(ann, "a group", others[0])
        async with caller(strict, http, ann, transport) as call:
            await call("group.AddMembers", id=group, user_ids=[bob, cem, dan])
            for method, request in (("group.AddMembers", {"id": group, "user_ids": [bob, eve]}),
                                    ("group.CreateConversation", {"kind": "DIRECT", "member_ids": [eve]}),
                                    ("group.CreateConversation", {"kind": "GROUP", "title": "T", "member_ids": [eve]})):
                refusal = await refused("rate_limited", call(method, **request))
                assert 0 < refusal.retry_after_ms <= 3600_000 / 3
            assert await conversations_of(http, others[3]) == set()
            await call("group.AddMembers", id=group, user_ids=[bob, cem])  # nobody new
            alone = await call("group.CreateConversation", kind="GROUP", title="alone", member_ids=[])
            assert alone["conversation"]["member_count"] == 1
