"""Two gateways: what one hears, the other's clients see; with Redis and without. How soon, ./dev faults measures."""
import asyncio

import pytest

from expect import eventually, eventually_refused, refused
from http_api import Account, Http, uuid7
from molva_client import Device

pytestmark = pytest.mark.target("stack", why="it is about two gateways")


@pytest.fixture
def gateways(server) -> list[str]:
    return server.gateways


async def pair(world, gateways) -> tuple[str, Account, Account, Device, Device]:
    """Ann on the first gateway, Bob on the second, in one group."""
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "two gateways", bob)
    await world.http.send_message(bob, room, "hello")  # who acts in it is seen in it
    first, second = await world.online(ann, gateway=gateways[0]), await world.online(bob, gateway=gateways[1])
    for device in (first, second):
        await device.until(lambda device=device: room in device.conversations, "the room")
    return room, ann, bob, first, second


def presence_of(device: Device, user: Account, online: bool, since: int = 0):
    return next((frame for frame in device.frames[since:] if frame["type"] == "ephemeral" and frame["name"] == "presence"
                 and frame["data"]["user_id"] == user.id and frame["data"]["online"] == online), None)


async def test_messages_and_typing_pass_between_gateways(world, gateways):
    room, ann, bob, first, second = await pair(world, gateways)
    sent = await first.call("message.Send", conversation_id=room, client_id=uuid7(), text="over there")
    assert await second.message(room, sent["message"]["client_id"]) == sent["message"]
    back = await second.call("message.Send", conversation_id=room, client_id=uuid7(), text="and back")
    assert await first.message(room, back["message"]["client_id"]) == back["message"]
    await second.send_frame({"type": "typing", "conversation_id": room})
    await first.frame("ephemeral", name="typing", conversation_id=room)


async def test_every_method_is_reached_through_the_socket(world, gateways):
    room, ann, bob, first, second = await pair(world, gateways)
    assert (await first.call("auth.GetMe"))["user"]["id"] == ann.id
    assert (await first.call("group.GetConversation", id=room))["conversation"]["id"] == room
    assert room in (await second.call("message.ListHeads"))["heads"]
    await refused("not_found", second.call("group.GetConversation", id=uuid7()))


async def test_a_session_that_is_ended_at_one_gateway_is_out_at_the_other(world, gateways):
    bob = await world.person("bob")
    other = await world.http.login(bob)
    phone = await world.online(other, gateway=gateways[1])
    await world.http.post("/v1/auth/logout", {}, other.access_token)
    await phone.until_closed()
    assert phone.close_code == 4403
    # Each process hears of it by itself, and the edge asks any of them.
    await eventually_refused("unauthenticated", lambda: world.http.get("/v1/presence", other.access_token))
    await eventually_refused("unauthenticated", lambda: world.http.get("/v1/heads", other.access_token))


async def test_a_user_is_online_until_the_last_gateway_has_lost_them_and_people_are_told_once(world, gateways):
    room, ann, bob, first, second = await pair(world, gateways)
    await first.until(lambda: presence_of(first, bob, True), "bob online")
    also_here = await world.online(bob, gateway=gateways[0])
    mark = len(first.frames)
    await second.close()
    for url in gateways:
        async with Http(url) as http:
            [presence] = (await http.get("/v1/presence", ann.access_token, user_ids=[bob.id]))["presences"]
            assert presence["online"]
    await also_here.close()
    gone = await first.until(lambda: presence_of(first, bob, False, mark), "bob offline")
    assert gone["data"]["last_seen_at"].endswith("Z")
    client_id = uuid7()
    await first.call("message.Send", conversation_id=room, client_id=client_id, text="marker")
    await first.message(room, client_id)
    told = [frame for frame in first.frames[mark:] if frame.get("name") == "presence" and frame["data"]["user_id"] == bob.id]
    assert told == [gone], "once, and never online in between"
    for url in gateways:
        async with Http(url) as http:
            async def is_offline():
                [known] = (await http.get("/v1/presence", ann.access_token, user_ids=[bob.id]))["presences"]
                return not known["online"] and "last_seen_at" in known

            await eventually(is_offline, f"offline at {url}")


async def test_what_was_missed_while_redis_was_away_is_told_when_it_is_back(world, server, gateways):
    room, ann, bob, first, second = await pair(world, gateways)
    redis = server.stack["redis"]
    await asyncio.to_thread(redis.kill)
    try:
        text = uuid7()
        sent = await world.http.send_message(ann, room, text)  # right without Redis, only slower
        page = await world.http.get(f"/v1/conversations/{room}/messages", bob.access_token)
        assert page["messages"][-1] == sent["message"]
    finally:
        await asyncio.to_thread(redis.start)
    assert await second.message(room, sent["message"]["client_id"]) == sent["message"]
    assert await first.message(room, sent["message"]["client_id"]) == sent["message"]


async def test_who_was_removed_while_redis_was_away_hears_nothing_afterwards(world, server, gateways):
    room, ann, bob, first, second = await pair(world, gateways)
    redis = server.stack["redis"]
    await asyncio.to_thread(redis.kill)
    try:
        await world.http.call("DELETE", f"/v1/conversations/{room}/members/{bob.id}", token=ann.access_token)
    finally:
        await asyncio.to_thread(redis.start)
    client_id = uuid7()
    await world.http.send_message(ann, room, "without bob", client_id)
    await first.message(room, client_id)
    await second.until(lambda: room not in second.conversations, "the feed says so")
    await second.ping()
    assert not [frame for frame in second.frames if frame["type"] == "event" and
                frame["data"].get("message", {}).get("client_id") == client_id]


async def test_a_session_is_out_though_redis_is_away(world, server, gateways):
    bob = await world.person("bob")
    other = await world.http.login(bob)
    phone = await world.online(other, gateway=gateways[1])
    redis = server.stack["redis"]
    await asyncio.to_thread(redis.kill)
    try:
        await world.http.post("/v1/auth/logout", {}, other.access_token)
        await phone.until_closed()
        assert phone.close_code == 4403
    finally:
        await asyncio.to_thread(redis.start)
