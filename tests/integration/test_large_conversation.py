"""Hundreds of members who come at once; over 1,000 online at once: full events to those who look, heads to the others. Nobody
loses anything."""
import asyncio
import json

import pytest
import websockets

from http_api import uuid7

ONLINE = 1010  # LARGE_CONVERSATION is 1000
AT_ONCE = 8


async def for_each(values, work) -> list:
    """work(value) for all of them, some at a time: a thousand registrations at once are another test."""
    values, done = list(values), []
    for start in range(0, len(values), AT_ONCE):
        done += await asyncio.gather(*(work(value) for value in values[start:start + AT_ONCE]))
    return done


async def silent_socket(world, account):
    """Says hello and reads along without a thought."""
    websocket = await websockets.connect(world.server.url.replace("http", "ws") + "/v1/ws", compression=None,
                                         ping_interval=None, max_queue=None)
    await websocket.send(json.dumps({"type": "hello", "id": 1, "token": account.access_token}))
    assert json.loads(await websocket.recv())["type"] == "welcome"
    return websocket


@pytest.mark.target("embedded", "drivers", why="what is large counts per gateway")
@pytest.mark.seconds(300)
async def test_those_who_focus_get_events_and_the_others_heads(world):
    ann, *people = await for_each(range(ONLINE), lambda i: world.person(f"p{i}"))
    room = await world.http.create_group(ann, "crowd", *people[:900])
    await world.http.post(f"/v1/conversations/{room}/members", {"user_ids": [one.id for one in people[900:]]},
                          ann.access_token)
    crowd = await for_each(people[2:], lambda one: silent_socket(world, one))
    focused, other = await world.online(people[0]), await world.online(people[1])
    writer = await world.online(ann)
    await focused.send_frame({"type": "focus", "conversation_ids": [room]})
    await focused.ping()
    for device in (focused, other):
        await device.until(lambda d=device: room in d.joined and not d._syncing, "synced")
    marks = len(focused.frames), len(other.frames)
    sent = [(await writer.send(room, f"message {i}", client_id=uuid7()))["message"] for i in range(20)]

    await focused.message(room, sent[-1]["client_id"])
    events = [frame for frame in focused.frames[marks[0]:] if frame["type"] == "event"
              and frame.get("conversation_id") == room]
    assert [event["data"]["message"] for event in events if event["name"] == "message.created"] == sent

    def told():
        heads = [frame["heads"][room] for frame in other.frames[marks[1]:] if frame["type"] == "heads"
                 and room in frame["heads"]]
        return heads and heads[-1]["seq"] == sent[-1]["seq"] and heads

    heads = await other.until(told, "heads with the newest message")
    assert heads[-1]["rev"] == sent[-1]["rev"]
    assert len(heads) < len(sent), "heads are for many changes at once"
    assert not [frame for frame in other.frames[marks[1]:] if frame["type"] == "event"
                and frame.get("conversation_id") == room], "full events without focus"

    await other.send_frame({"type": "focus", "conversation_ids": [room]})
    other._want_sync(room)
    await other.message(room, sent[-1]["client_id"])
    last = (await writer.send(room, "the last"))["message"]
    assert await other.message(room, last["client_id"]) == last
    assert other.conversations[room].entries == (await whole_log(focused, room, last["rev"]))
    await asyncio.gather(*(websocket.close() for websocket in crowd))


@pytest.mark.seconds(300)
async def test_however_many_come_at_once_all_of_them_stand_in_the_log(world):
    """Nothing else happens meanwhile: no later change brings to light what an earlier one has left waiting."""
    ann, *people = await for_each(range(601), lambda i: world.person(f"p{i}"))
    reader = await world.online(ann)
    for count in (256, 511, 600):
        room = await world.http.create_group(ann, f"{count} at once")
        await world.http.post(f"/v1/conversations/{room}/members", {"user_ids": [one.id for one in people[:count]]},
                              ann.access_token)

        def scope(room=room):
            return reader.conversations.get(room)

        await reader.until(lambda count=count, scope=scope: scope() and scope().number == 1 + count, f"{count} members in the log")
        assert {entry.data["member"]["user_id"] for entry in scope().entries[1:]} == {one.id for one in people[:count]}


async def whole_log(device, room: str, rev: int):
    await device.until(lambda: device.conversations[room].number >= rev, "the last message")
    return device.conversations[room].entries
