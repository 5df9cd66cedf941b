"""The WebSocket: events, resuming, typing, presence, tokens, revocation, slow readers, stopping."""
import asyncio
import json

import pytest
import websockets

from expect import eventually, refused
from http_api import ApiError, Unreachable, uuid7
from molva_client import Refused
from world import World

CLIENT_VALUES = ("ws", "http")


async def room_of(world, *names: str):
    """A group with these people, the first as owner."""
    people = await world.people(*names)
    return await world.http.create_group(people[0], "room", *people[1:]), people


async def raw_socket(world):
    """A WebSocket that has said nothing yet."""
    return await websockets.connect(world.server.url.replace("http", "ws") + "/v1/ws", compression=None,
                                    ping_interval=None)


async def frames_to_end(websocket) -> list[dict]:
    """All frames until the server closes; the test's own bound ends it if it never does."""
    frames = []
    try:
        while True:
            frames.append(json.loads(await websocket.recv()))
    except websockets.exceptions.ConnectionClosed:
        return frames


# ---- hello ----


async def test_hello_is_welcomed_with_where_everything_stands(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    await world.http.send_message(ann, room, "hello")
    device = await world.online(bob)
    welcome = device.welcome
    assert welcome["user_id"] == bob.id
    assert welcome["resumed"] is False
    assert welcome["heads"][room]["seq"] == 1 and welcome["heads"][room]["unread"] == 1
    assert welcome["heartbeat_ms"] > 0 and welcome["token_expires_at"].endswith("Z")
    await device.until(lambda: room in device.conversations and not device._syncing, "synced")
    again = await world.online(bob, name="in step")
    assert again.welcome["epoch"] == welcome["epoch"]
    assert again.welcome["session"] != welcome["session"]


async def test_conversations_in_step_are_left_out_of_heads(world):
    room, [ann] = await room_of(world, "ann")
    device = await world.online(ann)
    await device.send(room, "one")
    await device.until(lambda: device.conversations[room].number >= 2, "the log")
    await device.connect(resume=False)
    assert room not in device.welcome["heads"]
    await world.http.send_message(ann, room, "two")
    await device.until(lambda: device.conversations[room].number >= 3, "the event")


@pytest.mark.parametrize("label, first", (
    ("no JSON", "hello"), ("no object", "[]"), ("an unknown type", '{"type":"hallo"}'), ("no type", '{"id":1}'),
    ("a call before hello", '{"type":"call","id":1,"method":"auth.GetMe","params":{}}'),
    ("an unknown field", '{"type":"hello","id":1,"token":"x","admin":true}')), ids=lambda value: str(value)[:20])
async def test_a_bad_first_frame_ends_the_socket_with_4400(world, label, first):
    websocket = await raw_socket(world)
    await websocket.send(first)
    frames = await frames_to_end(websocket)
    assert frames[-1]["type"] == "bye" and frames[-1]["code"] == 4400, frames
    assert websocket.close_code == 4400


@pytest.mark.parametrize("token", ("", "nonsense", "a.b.c"))
async def test_a_hello_without_a_good_token_ends_the_socket(world, token):
    websocket = await raw_socket(world)
    await websocket.send(json.dumps({"type": "hello", "id": 1, "token": token}))
    frames = await frames_to_end(websocket)
    assert frames[-1]["type"] == "bye" and frames[-1]["code"] in (4400, 4401, 4403), frames
    assert websocket.close_code == frames[-1]["code"]


async def test_a_socket_that_never_says_hello_is_closed(world):
    """After 10 s, which this waits for."""
    websocket = await raw_socket(world)
    frames = await frames_to_end(websocket)
    assert websocket.close_code == 4400 and frames[-1]["code"] == 4400, (websocket.close_code, frames)


@pytest.mark.parametrize("bad", ("{", '{"type":"nothing"}', '{"type":"call","id":7,"method":5}', "[]", "nul\\u0000"))
async def test_a_bad_later_frame_never_passes_in_silence(world, bad):
    ann = await world.person("ann")
    device = await world.online(ann)
    mark = len(device.frames)
    await device._websocket.send(bad)
    await device.until(lambda: device.bye or any(frame["type"] == "error" for frame in device.frames[mark:]),
                       "an error or bye")
    if device.bye:
        assert device.bye["code"] == 4400


async def test_a_binary_frame_ends_the_socket(world):
    device = await world.online(await world.person("ann"))
    await device._websocket.send(b'{"type":"ping","n":0}')
    await device.until_closed()
    assert device.close_code in (1003, 4400)


async def test_a_frame_over_64_kib_ends_the_socket_with_4413(world):
    device = await world.online(await world.person("ann"))
    await device._websocket.send(json.dumps({"type": "typing", "conversation_id": "x" * 70_000}))
    await device.until_closed()
    assert device.close_code == 4413


async def test_a_foreign_origin_is_refused(world):
    url = world.server.url.replace("http", "ws") + "/v1/ws"
    with pytest.raises(websockets.exceptions.InvalidStatusCode) as caught:
        await websockets.connect(url, origin="https://evil.example", ping_interval=None)
    assert caught.value.status_code == 403
    own = await websockets.connect(url, origin=world.server.url, ping_interval=None)
    await own.close()


async def test_the_subprotocol_is_chosen_when_it_is_offered(world):
    url = world.server.url.replace("http", "ws") + "/v1/ws"
    offered = await websockets.connect(url, subprotocols=["other", "molva.v1+json"], ping_interval=None)
    assert offered.subprotocol == "molva.v1+json"
    await offered.close()
    silent = await websockets.connect(url, ping_interval=None)
    assert silent.subprotocol is None
    await silent.close()


# ---- events ----


@pytest.mark.parametrize("over", CLIENT_VALUES)
async def test_a_message_reaches_every_device_of_every_member(world, over):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    devices = [await world.online(ann, name="laptop"), await world.online(ann, name="phone"), await world.online(bob)]
    client_id = uuid7()
    answer = await devices[0].send(room, "Привет 🙂", client_id=client_id, over=over)
    for device in devices:
        assert await device.message(room, client_id) == answer["message"]


async def test_a_new_conversation_appears_by_itself(world):
    ann, bob = await world.people("ann", "bob")
    device = await world.online(bob)
    room = await world.http.create_group(ann, "surprise", bob)
    client_id = uuid7()
    await world.http.send_message(ann, room, "welcome", client_id)
    await device.message(room, client_id)
    await device.until(lambda: room in device.joined, "joined by the feed")
    await device.frame("event", name="conversation.joined")


async def test_titles_and_members_are_events_too(world):
    room, [ann, bob, cem] = await room_of(world, "ann", "bob", "cem")
    device = await world.online(bob)
    await world.http.call("PATCH", f"/v1/conversations/{room}", {"title": "new"}, token=ann.access_token)
    event = await device.frame("event", name="conversation.updated", conversation_id=room)
    assert event["data"]["conversation"]["title"] == "new"
    await world.http.call("DELETE", f"/v1/conversations/{room}/members/{cem.id}", token=ann.access_token)
    event = await device.frame("event", name="member.removed", conversation_id=room)
    assert event["data"]["member"]["user_id"] == cem.id


async def test_what_comes_live_has_the_time_that_is_stored(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    device = await world.online(bob)
    await world.http.call("PATCH", f"/v1/conversations/{room}", {"title": "new"}, token=ann.access_token)
    await world.http.send_message(ann, room, "1")
    await device.call("message.MarkRead", conversation_id=room, seq=1)
    await device.frame("event", name="read.moved")
    await device.frame("event", name="message.created")
    changes = (await device.call("message.Sync", conversation_id=room, after_rev=0))["changes"]
    feed = (await device.call("notification.SyncFeed", after_urev=0))["changes"]
    for name in ("conversation.updated", "message.created", "read.moved"):
        [stored] = [change["created_at"] for change in changes + feed if change["name"] == name]
        assert (await device.frame("event", name=name))["created_at"] == stored


async def test_who_is_removed_gets_nothing_any_more(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    device = await world.online(bob)
    await world.http.send_message(ann, room, "before")
    await device.until(lambda: device.conversations.get(room) and device.conversations[room].number, "the log")
    await world.http.call("DELETE", f"/v1/conversations/{room}/members/{bob.id}", token=ann.access_token)
    await device.frame("event", name="conversation.left")
    mark = len(device.frames)
    secret = (await world.http.send_message(ann, room, "after"))["message"]
    # Whatever would be delivered is delivered before the answer to a later call and a later event.
    other = await world.http.create_group(ann, "other", bob)
    marker = uuid7()
    await world.http.send_message(ann, other, "marker", marker)
    await device.message(other, marker)
    assert secret["id"] not in json.dumps(device.frames[mark:])
    with pytest.raises(ApiError):
        await device.call("message.Sync", conversation_id=room, after_rev=0)


async def test_reading_on_one_device_is_seen_on_the_other(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    laptop, phone = await world.online(bob, name="laptop"), await world.online(bob, name="phone")
    await world.http.send_message(ann, room, "1")
    await world.http.send_message(ann, room, "2")
    await laptop.call("message.MarkRead", conversation_id=room, seq=1)
    event = await phone.frame("event", name="read.moved")
    assert event["data"]["read"] == {"conversation_id": room, "read_seq": 1, "unread": 1}
    assert event["urev"] > 0


async def test_others_see_how_far_somebody_has_read(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    device = await world.online(ann)
    await world.http.send_message(ann, room, "1")
    await world.http.call("PUT", f"/v1/conversations/{room}/read", {"seq": 1}, token=bob.access_token)
    frame = await device.frame("ephemeral", name="read", conversation_id=room)
    assert frame["data"] == {"user_id": bob.id, "seq": 1}


async def test_the_other_one_sees_what_has_arrived_and_a_group_does_not(world):
    ann, bob = await world.people("ann", "bob")
    room, group = await world.http.create_direct(ann, bob), await world.http.create_group(ann, "group", bob)
    for where in (group, room):
        await world.http.send_message(bob, where, "1")  # who has answered is seen
    device, phone = await world.online(ann), await world.online(bob)
    for where in (group, room):
        await world.http.send_message(ann, where, "2")
        await phone.call("message.MarkDelivered", conversation_id=where, seq=2)
    frame = await device.frame("ephemeral", name="delivered", conversation_id=room)
    assert frame["data"] == {"user_id": bob.id, "seq": 2}
    # Of what was said again, or only read, nothing more is told; nor is the one who told.
    await phone.call("message.MarkDelivered", conversation_id=room, seq=2)
    for where in (group, room):
        await phone.call("message.MarkRead", conversation_id=where, seq=2)
        await device.frame("ephemeral", name="read", conversation_id=where)
    told = [frame for each in (device, phone) for frame in each.frames if frame.get("name") == "delivered"]
    assert told == [frame]


async def test_calls_of_one_socket_keep_their_order(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    device, watcher = await world.online(ann), await world.online(bob)
    for _ in range(10):
        answers = [await device.start_call("message.Send", {
            "conversation_id": room, "client_id": uuid7(), "text": str(i)}) for i in range(20)]
        seqs = [(await device.answer_of(answer))["message"]["seq"] for answer in answers]
        assert seqs == sorted(seqs)
    await watcher.until(lambda: watcher.conversations.get(room) and any(
        entry.seq == 200 for entry in watcher.conversations[room].entries), "all 200")


async def test_a_failed_call_names_the_error_and_the_socket_lives_on(world):
    device = await world.online(await world.person("ann"))
    await refused("not_found", device.call("message.Sync", conversation_id="01900000-0000-7000-8000-000000000000"))
    await refused("invalid", device.call("message.Send", conversation_id="x"))
    for method in ("message.Nothing", "", "Send", "group.CheckMember", "notification.GetFeedHead"):
        with pytest.raises(ApiError) as caught:
            await device.call(method)
        assert caught.value.code in ("not_found", "invalid", "unimplemented"), (method, caught.value)
    assert (await device.call("auth.GetMe"))["user"]["id"] == device.account.id


async def test_ping_is_answered_with_the_last_number_sent(world):
    room, [ann] = await room_of(world, "ann")
    device = await world.online(ann)
    for i in range(3):
        await device.send(room, str(i))
    await device.until(lambda: device.conversations.get(room) and any(
        entry.seq == 3 for entry in device.conversations[room].entries), "three messages")
    assert await device.ping() == device._n > 0


# ---- passing things ----


async def test_typing_reaches_the_others_and_is_not_kept(world):
    room, [ann, bob, eve] = await room_of(world, "ann", "bob", "eve")
    writer, reader, stranger = await world.online(ann), await world.online(bob), await world.online(eve)
    await world.http.call("DELETE", f"/v1/conversations/{room}/members/{eve.id}", token=ann.access_token)
    await stranger.frame("event", name="conversation.left")  # who passes typing on has heard of it
    await writer.send_frame({"type": "typing", "conversation_id": room})
    frame = await reader.frame("ephemeral", name="typing", conversation_id=room)
    assert frame["data"]["user_id"] == ann.id
    marker = await world.http.create_direct(eve, ann)
    client_id = uuid7()
    await world.http.send_message(ann, marker, "marker", client_id)
    await stranger.message(marker, client_id)
    assert not [frame for frame in stranger.frames if frame["type"] == "ephemeral" and frame["name"] == "typing"]


async def test_typing_by_a_stranger_goes_nowhere(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    eve = await world.person("eve")
    reader, stranger = await world.online(bob), await world.online(eve)
    await stranger.send_frame({"type": "typing", "conversation_id": room})
    await stranger.ping()
    client_id = uuid7()
    await world.http.send_message(ann, room, "marker", client_id)
    await reader.message(room, client_id)
    assert not [frame for frame in reader.frames if frame.get("name") == "typing"]


async def test_presence_is_told_to_those_who_share_a_conversation(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    eve = await world.person("eve")
    await world.http.send_message(bob, room, "hello")  # who acts in it is seen in it
    watcher = await world.online(ann)
    coming = await world.online(bob)
    frame = await watcher.until(lambda: next((
        frame for frame in watcher.frames if frame["type"] == "ephemeral" and frame["name"] == "presence"
        and frame["data"]["user_id"] == bob.id and frame["data"]["online"]), None), "bob online")
    assert frame
    asked = (await world.http.get("/v1/presence", ann.access_token, user_ids=[bob.id, eve.id]))["presences"]
    assert [(presence["user_id"], presence["online"]) for presence in asked] == [(bob.id, True)]
    mark = len(watcher.frames)
    await coming.close()
    gone = await watcher.until(lambda: next((
        frame for frame in watcher.frames[mark:] if frame["type"] == "ephemeral" and frame["name"] == "presence"
        and frame["data"]["user_id"] == bob.id and not frame["data"]["online"]), None), "bob offline")
    assert gone["data"]["last_seen_at"].endswith("Z")


# ---- resuming ----

HOT = pytest.mark.target("embedded", "drivers", why="the next connection may come to another gateway, which has nothing of the last")


@HOT
async def test_hot_resume_brings_what_was_missed_and_nothing_twice(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    device = await world.online(bob)
    for i in range(5):
        await world.http.send_message(ann, room, str(i))
    await device.until(lambda: device.conversations.get(room) and any(
        entry.seq == 5 for entry in device.conversations[room].entries), "five messages")
    await device.disconnect()
    for i in range(5, 10):
        await world.http.send_message(ann, room, str(i))
    syncs = device.counts["syncs"]
    await device.connect()
    assert device.welcome["resumed"] is True
    await device.until(lambda: any(entry.seq == 10 for entry in device.conversations[room].entries), "ten messages")
    assert device.counts["syncs"] == syncs, "a hot resume needs no sync"


@HOT
async def test_hot_resume_from_an_older_number_sends_again_from_there(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    device = await world.online(bob)
    for i in range(5):
        await world.http.send_message(ann, room, str(i))
    await device.until(lambda: device.conversations.get(room) and any(
        entry.seq == 5 for entry in device.conversations[room].entries), "five messages")
    seen = [frame for frame in device.frames if frame["type"] == "event"]
    await device.disconnect()
    device._undelivered = {seen[2]["n"]}  # as if everything from the third event on had been lost on the way
    mark = len(device.frames)
    await device.connect()
    assert device.welcome["resumed"] is True
    await device.until(lambda: device._n >= seen[-1]["n"], "the same events again")
    again = [frame for frame in device.frames[mark:] if frame["type"] == "event"][:len(seen) - 2]
    assert again == seen[2:]


async def test_warm_resume_tells_what_moved(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    quiet = await world.http.create_group(ann, "quiet", bob)
    device = await world.online(bob)
    await world.http.send_message(ann, room, "1")
    await device.until(lambda: {room, quiet} <= device.joined and not device._syncing, "synced")
    await device.disconnect()
    client_id = uuid7()
    await world.http.send_message(ann, room, "2", client_id)
    await device.connect(resume=False)
    assert device.welcome["resumed"] is False
    assert list(device.welcome["heads"]) == [room]
    await device.message(room, client_id)


@pytest.mark.parametrize("resume", ({"session": "nonsense", "n": 1}, {"session": "", "n": 0},
                                    {"session": "01900000-0000-7000-8000-000000000000", "n": 4_000_000_000}))
async def test_a_resume_of_nothing_is_a_warm_one(world, resume):
    room, [ann] = await room_of(world, "ann")
    websocket = await raw_socket(world)
    await websocket.send(json.dumps({"type": "hello", "id": 9, "token": ann.access_token, "resume": resume}))
    first = json.loads(await websocket.recv())
    assert (first["type"], first["id"], first["resumed"]) == ("welcome", 9, False)
    assert room in first["heads"]
    await websocket.close()


async def test_nobody_resumes_the_connection_of_somebody_else(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    victim = await world.online(ann)
    await world.http.send_message(ann, room, "secret")
    await victim.until(lambda: victim._n, "an event")
    await victim.disconnect()
    websocket = await raw_socket(world)
    await websocket.send(json.dumps({"type": "hello", "id": 1, "token": bob.access_token,
                                     "resume": {"session": victim.welcome["session"], "n": 0}}))
    first = json.loads(await websocket.recv())
    assert (first["user_id"], first["resumed"]) == (bob.id, False)
    await websocket.close()


async def test_a_client_that_lost_frames_heals_by_sync(world):
    room, [ann, bob] = await room_of(world, "ann", "bob")
    lost = []

    def lossy(event, deliver):
        if event["n"] % 3 == 0:
            lost.append(event)
        else:
            deliver(event)

    device = await world.online(bob, distort=lossy)
    sent = [(await world.http.send_message(ann, room, str(i)))["message"] for i in range(20)]
    await device.ping()
    await device.until(lambda: [entry.data["message"] for entry in device.conversations.get(
        room, device.feed).entries if entry.name == "message.created"] == sent, "the whole log")
    assert lost


# ---- tokens and sessions ----


async def test_a_socket_takes_a_new_token_of_the_same_user_only(world):
    ann, bob = await world.people("ann", "bob")
    device = await world.online(ann)
    second = await world.http.post("/v1/auth/refresh", {"refresh_token": ann.refresh_token})
    answer = await device.renew(second["access_token"])
    assert answer["token_expires_at"] >= device.welcome["token_expires_at"]
    assert (await device.call("auth.GetMe"))["user"]["id"] == ann.id
    try:
        await device.renew(bob.access_token)
    except (ApiError, Unreachable):
        pass
    else:
        raise AssertionError("a socket changed its user")


@pytest.mark.parametrize("how", ("logout", "revoked elsewhere", "others", "password"))
async def test_the_sockets_of_an_ended_session_close_with_4403(world, how):
    ann = await world.person("ann")
    phone = await world.http.login(ann, "phone")
    device, other = await world.online(phone), await world.online(ann)
    match how:
        case "logout":
            await world.http.post("/v1/auth/logout", {}, phone.access_token)
        case "revoked elsewhere":
            sessions = (await world.http.get("/v1/auth/sessions", ann.access_token))["sessions"]
            [session] = [session["id"] for session in sessions if session["device"] == "phone"]
            await world.http.call("DELETE", f"/v1/auth/sessions/{session}", token=ann.access_token)
        case "others":
            await world.http.call("DELETE", "/v1/auth/sessions", token=ann.access_token)
        case "password":
            await world.http.post("/v1/auth/password", {"old_password": ann.password, "new_password": "next password"},
                                  ann.access_token)
    await device.until_closed()
    assert device.close_code == 4403
    assert device.bye["code"] == 4403 and device.bye["resume"] is False
    with pytest.raises(Refused) as caught:
        await device.connect()
    assert caught.value.code == 4403
    assert (await other.call("auth.GetMe"))["user"]["id"] == ann.id


async def test_logging_out_over_the_socket_closes_it(world):
    device = await world.online(await world.person("ann"))
    try:
        await device.call("auth.Logout")
    except Unreachable:
        pass
    await device.until_closed()
    assert device.close_code == 4403


@pytest.mark.seconds(180)
async def test_an_expired_token_ends_the_socket_with_4401_unless_renewed(start_server):
    """Life 5 s, then the grace of 25 s: the slowest test here, and the only way to see a clock run out from outside."""
    async with World(start_server(MOLVA_ACCESS_TOKEN_SECONDS="5")) as world:
        ann, bob = await world.people("ann", "bob")
        assert ann.expires_in == 5
        ending, renewed = await world.online(ann), await world.online(bob)

        async def renew():
            pair = await world.http.post("/v1/auth/refresh", {"refresh_token": bob.refresh_token})
            bob.refresh_token = pair["refresh_token"]
            await renewed.renew(pair["access_token"])

        async def keep_renewing():
            while True:
                await renew()
                await asyncio.sleep(3)

        renewing = asyncio.create_task(keep_renewing())
        await ending.until(lambda: not ending.connected, "the end of the token", seconds=90)
        assert ending.close_code == 4401 and ending.bye["code"] == 4401
        with pytest.raises(Refused) as caught:
            await ending.connect()
        assert caught.value.code == 4401
        await refused("unauthenticated", world.http.get("/v1/users/me", ann.access_token))
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        assert renewed.connected
        await renew()  # the last one may be as old as its token
        assert (await renewed.call("auth.GetMe"))["user"]["id"] == bob.id


async def test_a_disabled_account_is_out_at_once(start_server):
    async with World(start_server()) as world:
        boss = await owner_of(world)
        ann = await world.person("ann")
        device = await world.online(ann)
        await world.http.call("PATCH", f"/v1/accounts/{ann.id}", {"disabled": True}, token=boss.access_token)
        await device.until_closed()
        assert device.close_code == 4403
        await refused("forbidden", world.http.login(ann))
        ann.password = "a wrong password"  # who does not know it is not told that the account is closed
        await refused("unauthenticated", world.http.login(ann))


async def owner_of(world):
    """The owner's account, made with the code of the first start."""
    return await world.http.register("the.owner", invite_code=world.server.owner_code)


# ---- slow readers and stopping ----


@pytest.mark.seconds(180)
async def test_a_reader_that_stops_reading_is_told_of_a_gap_or_let_go_and_then_catches_up(world):
    room, [ann, bob, cem] = await room_of(world, "ann", "bob", "cem")
    # Straight to its gateway, and with a small buffer of its own: else what nobody reads has 33 MB of room in Linux, twice.
    slow = await world.online(bob, max_queue=1, gateway=world.server.gateways[0], receive_buffer=65536)
    quick, writer = await world.online(cem), await world.online(ann)
    await slow.until(lambda: not slow._syncing, "synced")
    slow.reading.clear()
    text, sent = "x" * 16_000, []
    # More than all that lies between can hold: 4 MB of the sending kernel (tcp_wmem), and the 1 MiB that the server grants.
    for _ in range(40):
        answers = [await writer.start_call("message.Send", {"conversation_id": room, "client_id": uuid7(),
                                                            "text": text}) for _ in range(20)]
        sent += [(await writer.answer_of(answer))["message"]["seq"] for answer in answers]
    await quick.until(lambda: any(entry.seq == sent[-1] for entry in quick.conversations[room].entries),
                      "the other reader is not held up")
    slow.reading.set()
    await slow.until(lambda: slow.counts["gaps"] or not slow.connected or len(
        slow.conversations[room].entries) > len(sent), "a gap, the end, or everything")
    assert slow.counts["gaps"] or slow.close_code == 4408, "13 MB fitted into no budget"
    if not slow.connected:
        await slow.connect()
    else:
        await slow.ping()
    await slow.until(lambda: slow.conversations[room].number == quick.conversations[room].number, "caught up")
    assert slow.conversations[room].entries == quick.conversations[room].entries


@pytest.mark.target("embedded", "drivers", why="tests/stack/faults.py stops each process in order: rolling")
async def test_sigterm_says_bye_4410_and_ends_within_ten_seconds(start_server):
    server = start_server()
    async with World(server) as world:
        room, [ann, bob] = await room_of(world, "ann", "bob")
        devices = [await world.online(who) for who in (ann, bob, bob)]
        answers = [await devices[0].start_call("message.Send", {"conversation_id": room, "client_id": uuid7(),
                                                                "text": str(i)}) for i in range(10)]
        code = await asyncio.to_thread(server.terminate, 10)
        assert code == 0
        for device in devices:
            await device.until_closed()
            assert device.close_code == 4410
            assert device.bye["code"] == 4410 and device.bye["resume"] is True
        acknowledged = []
        for answer in answers:
            try:
                acknowledged.append((await devices[0].answer_of(answer))["message"])
            except (Unreachable, ApiError):
                pass
        server.start()
        page = await world.http.get(f"/v1/conversations/{room}/messages", ann.access_token)
        stored = {message["client_id"]: message for message in page["messages"]}
        for message in acknowledged:
            assert stored[message["client_id"]] == message
        for device in devices:
            await device.connect()
            assert device.welcome["resumed"] is False


async def test_tokens_and_logs_survive_a_restart(start_server):
    server = start_server()
    async with World(server) as world:
        room, [ann, bob] = await room_of(world, "ann", "bob")
        device = await world.online(bob)
        before = (await world.http.send_message(ann, room, "before"))["message"]
        await device.message(room, before["client_id"])
        await device.until(lambda: device.conversations[room].number >= 3, "the log: created, bob, before")
        await asyncio.to_thread(server.restart)
        await device.until_closed()
        await device.connect()
        assert device.welcome["resumed"] is False and room not in device.welcome["heads"]
        after = (await world.http.send_message(ann, room, "after"))["message"]
        assert await device.message(room, after["client_id"]) == after
        assert after["seq"] == before["seq"] + 1

        async def both():
            page = await world.http.get(f"/v1/conversations/{room}/messages", bob.access_token)
            return page["messages"] == [before, after]

        await eventually(both, "both messages")
