"""What clients are told after the server's data came back from a backup."""
import asyncio
from collections.abc import Callable

from expect import eventually
from http_api import Account
from world import World


async def _say(world: World, writer: Account, room: str, what: str, count: int) -> None:
    for i in range(count):
        await world.http.send_message(writer, room, f"{what} {i}")


async def _last_changes(world: World, person: Account, room: str) -> tuple[dict, dict]:
    """Of the conversation, and of the person's feed."""
    log = await world.http.get(f"/v1/conversations/{room}/sync", person.access_token, limit=500)
    feed = await world.http.get("/v1/feed", person.access_token, limit=500)
    return log["changes"][-1], feed["changes"][-1]


async def _read_all(world: World, reader: Account, room: str) -> None:
    await world.http.call("PUT", f"/v1/conversations/{room}/read", {"seq": 1000}, token=reader.access_token)

    async def told():
        feed = await world.http.get("/v1/feed", reader.access_token, limit=500)
        heads = await world.http.get("/v1/heads", reader.access_token)
        reads = [change["data"]["read"]["read_seq"] for change in feed["changes"] if change["name"] == "read.moved"]
        return reads and reads[-1] == heads["heads"][room]["seq"]

    await eventually(told, "the feed tells of it")


async def check_restored(server, back_up: Callable, put_back: Callable) -> None:
    """A client that has what the backup lacks is told so for ever, one that has no more goes on. `back_up` and `put_back` are called
    while no process of ours runs."""
    async with World(server) as world:
        ann, bob = await world.people("ann", "bob")
        room = await world.http.create_group(ann, "room", bob)
        await _say(world, ann, room, "kept", 3)
        await _read_all(world, bob, room)
        kept, kept_feed = await _last_changes(world, bob, room)
        await asyncio.to_thread(server.kill9)
        await asyncio.to_thread(back_up)
        await asyncio.to_thread(server.start)
        await _say(world, ann, room, "lost", 2)
        await _read_all(world, bob, room)
        lost, lost_feed = await _last_changes(world, bob, room)
        await asyncio.to_thread(server.kill9)
        await asyncio.to_thread(put_back)
        await asyncio.to_thread(server.start)
        for i in range(3):  # both have grown past what was lost
            await _say(world, ann, room, f"new {i}", 1)
            await _read_all(world, bob, room)

        async def reset(path: str, **after) -> bool:
            return (await world.http.get(path, bob.access_token, **after))["reset"]

        sync = f"/v1/conversations/{room}/sync"
        assert await reset(sync, after_rev=lost["rev"], after_tag=lost["tag"])
        assert not await reset(sync, after_rev=kept["rev"], after_tag=kept["tag"])
        assert not await reset(sync, after_rev=lost["rev"]), "a client that knows no tags goes on, as before"
        assert await reset("/v1/feed", after_urev=lost_feed["urev"], after_tag=lost_feed["tag"])
        assert not await reset("/v1/feed", after_urev=kept_feed["urev"], after_tag=kept_feed["tag"])
        for change, feed, diverged in ((lost, lost_feed, True), (kept, kept_feed, False)):
            device = world.device(bob)
            welcome = await device.connect(have={room: {"rev": change["rev"], "tag": change["tag"]}}, revs={},
                                           urev=feed["urev"], feed_tag=feed["tag"])
            assert (welcome["diverged"], welcome["feed_diverged"]) == ([room] if diverged else [], diverged)
            assert welcome["heads"][room]["rev"] > change["rev"]
