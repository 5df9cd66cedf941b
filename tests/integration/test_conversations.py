"""Conversations, members, messages, reading: what group and message promise, over REST."""
import asyncio

import pytest

from expect import eventually, eventually_refused, refused
from http_api import ApiError, uuid7

NOWHERE = "01900000-0000-7000-8000-000000000000"


async def sync(world, who, conversation_id: str, after: int = 0, limit: int = 500) -> dict:
    return await world.http.get(f"/v1/conversations/{conversation_id}/sync", who.access_token, after_rev=after,
                                limit=limit)


async def history(world, who, conversation_id: str, **query) -> dict:
    return await world.http.get(f"/v1/conversations/{conversation_id}/messages", who.access_token, **query)


async def until_logged(world, who, conversation_id: str, name: str, count: int = 1) -> list[dict]:
    """The changes of this name, when there are so many: membership and titles reach the log after their answer."""
    async def found():
        changes = [change for change in (await sync(world, who, conversation_id))["changes"] if change["name"] == name]
        return changes if len(changes) >= count else None

    changes = await eventually(found, f"{count} x {name}")
    assert len(changes) == count
    return changes


async def send_texts(world, who, conversation_id: str, *texts: str) -> list[dict]:
    return [(await world.http.send_message(who, conversation_id, text))["message"] for text in texts]


# ---- conversations and members ----


async def test_a_group_has_its_title_members_and_one_owner(world):
    ann, bob, cem = await world.people("ann", "bob", "cem")
    room = await world.http.create_group(ann, "Комната 🙂", bob, cem)
    seen = (await world.http.get(f"/v1/conversations/{room}", bob.access_token))["conversation"]
    assert (seen["kind"], seen["title"], seen["member_count"], seen["role"]) == ("GROUP", "Комната 🙂", 3, "MEMBER")
    assert seen["created_by"] == ann.id
    members = (await world.http.get(f"/v1/conversations/{room}/members", cem.access_token))["members"]
    assert {member["user_id"]: member["role"] for member in members} == {
        ann.id: "OWNER", bob.id: "MEMBER", cem.id: "MEMBER"}


async def test_a_pair_has_one_direct_conversation_however_it_is_asked_for(world):
    ann, bob = await world.people("ann", "bob")
    rooms = await asyncio.gather(*(world.http.create_direct(*pair) for pair in ((ann, bob), (bob, ann)) * 4))
    assert len(set(rooms)) == 1
    seen = (await world.http.get(f"/v1/conversations/{rooms[0]}", ann.access_token))["conversation"]
    assert (seen["kind"], seen["title"], set(seen["member_ids"])) == ("DIRECT", "", {ann.id, bob.id})


async def test_a_conversation_with_oneself_is_there_once_and_for_nobody_else(world):
    ann, bob = await world.people("ann", "bob")
    rooms = await asyncio.gather(*(world.http.create_direct(ann, ann) for _ in range(6)))
    assert len(set(rooms)) == 1
    [room] = set(rooms)
    seen = (await world.http.get(f"/v1/conversations/{room}", ann.access_token))["conversation"]
    assert (seen["kind"], seen["member_count"], seen["member_ids"]) == ("DIRECT", 1, [ann.id])
    await send_texts(world, ann, room, "to remember")
    assert [message["text"] for message in (await history(world, ann, room))["messages"]] == ["to remember"]
    reads = await world.http.get(f"/v1/conversations/{room}/reads", ann.access_token)
    assert [(read["user_id"], read["seq"]) for read in reads["reads"]] == [(ann.id, 1)]
    await refused("not_found", world.http.get(f"/v1/conversations/{room}", bob.access_token))
    await refused("not_found", world.http.send_message(bob, room, "may I?"))
    await until_logged(world, ann, room, "conversation.created")


async def test_a_group_made_again_with_the_same_client_id_is_the_same_group(world):
    ann, bob = await world.people("ann", "bob")
    request = {"kind": "GROUP", "title": "once", "member_ids": [bob.id], "client_id": uuid7()}
    first = await world.http.post("/v1/conversations", request, ann.access_token)
    second = await world.http.post("/v1/conversations", request, ann.access_token)
    assert first["conversation"]["id"] == second["conversation"]["id"]
    assert (first["existed"], second["existed"]) == (False, True)
    await refused("conflict", world.http.post("/v1/conversations", request | {"title": "other"}, ann.access_token))


@pytest.mark.parametrize("request_", (
    {"kind": "GROUP", "title": ""}, {"kind": "GROUP", "title": "x" * 129}, {"title": "no kind"},
    {"kind": "DIRECT", "member_ids": []}, {"kind": "GROUP", "title": "x", "member_ids": ["no uuid"]},
    {"kind": "GROUP", "title": "x", "description": "y" * 1001}, {"kind": "NEITHER", "title": "x"}), ids=str)
async def test_bad_conversations_are_refused(world, request_):
    ann = await world.person("ann")
    await refused("invalid", world.http.post("/v1/conversations", request_, ann.access_token))


async def test_strangers_see_neither_group_nor_members_nor_messages(world):
    ann, bob, eve = await world.people("ann", "bob", "eve")
    room = await world.http.create_group(ann, "private", bob)
    await send_texts(world, ann, room, "secret")
    for path in ("", "/members", "/messages", "/sync", "/reads"):
        await refused("not_found", world.http.get(f"/v1/conversations/{room}{path}", eve.access_token))
    await refused("not_found", world.http.send_message(eve, room, "hello"))
    await refused("not_found", world.http.get(f"/v1/conversations/{NOWHERE}", eve.access_token))
    assert (await world.http.get("/v1/conversations", eve.access_token))["conversations"] == []


async def test_conversations_are_listed_page_by_page(world):
    ann = await world.person("ann")
    rooms = {await world.http.create_group(ann, f"room {i}") for i in range(5)}
    found, after, more = [], "", True
    while more:
        page = await world.http.get("/v1/conversations", ann.access_token, after_id=after, limit=2)
        found += [conversation["id"] for conversation in page["conversations"]]
        after, more = found[-1], page["has_more"]
    assert found == sorted(rooms)


async def test_groups_in_common_name_nothing_that_the_caller_is_not_in(world):
    ann, bob, eve = await world.people("ann", "bob", "eve")
    rooms = sorted([await world.http.create_group(ann, f"room {i}", bob) for i in range(3)])
    await world.http.create_group(bob, "without ann")
    await world.http.create_direct(ann, bob)

    async def shared(who, other: str) -> list[str]:
        found, more = [], True
        while more:
            page = await world.http.get(f"/v1/users/{other}/groups", who.access_token, limit=2,
                                        after_id=found[-1] if found else "")
            assert len(page["conversations"]) <= 2
            assert {conversation["kind"] for conversation in page["conversations"]} <= {"GROUP"}
            found += [conversation["id"] for conversation in page["conversations"]]
            more = page["has_more"]
        return found

    assert await shared(ann, bob.id) == rooms
    assert await shared(bob, ann.id) == rooms
    assert await shared(eve, bob.id) == []
    assert await shared(eve, NOWHERE) == [], "nobody learns by it who exists"
    await world.http.call("DELETE", f"/v1/conversations/{rooms[0]}/members/{bob.id}", token=ann.access_token)
    assert await shared(bob, ann.id) == rooms[1:]
    assert await shared(ann, bob.id) == rooms[1:]
    await refused("invalid", world.http.get("/v1/users/bob/groups", ann.access_token))


async def test_members_come_and_go_and_the_log_tells_each_once(world):
    ann, bob, cem = await world.people("ann", "bob", "cem")
    room = await world.http.create_group(ann, "room", bob)
    added = await world.http.post(f"/v1/conversations/{room}/members", {"user_ids": [cem.id, bob.id]},
                                  ann.access_token)
    assert [member["user_id"] for member in added["members"]] == [cem.id], "bob was there already"
    await send_texts(world, cem, room, "I am here")
    await world.http.call("DELETE", f"/v1/conversations/{room}/members/{cem.id}", token=ann.access_token)
    await eventually_refused("not_found", lambda: world.http.send_message(cem, room, "still here?"))
    [gone] = await until_logged(world, bob, room, "member.removed")
    assert gone["data"]["member"]["user_id"] == cem.id
    assert gone["data"]["member"]["actor_id"] == ann.id
    came = [change for change in (await sync(world, bob, room))["changes"] if change["name"] == "member.added"
            and change["data"]["member"]["user_id"] == cem.id]
    assert len(came) == 1


async def test_only_admins_and_the_owner_change_members_and_title(world):
    ann, bob, cem, dan = await world.people("ann", "bob", "cem", "dan")
    room = await world.http.create_group(ann, "room", bob, cem)
    members, member = f"/v1/conversations/{room}/members", f"/v1/conversations/{room}/members/"
    await refused("forbidden", world.http.post(members, {"user_ids": [dan.id]}, bob.access_token))
    await refused("forbidden", world.http.call("DELETE", member + cem.id, token=bob.access_token))
    await refused("forbidden", world.http.call("PATCH", f"/v1/conversations/{room}", {"title": "mine"},
                                               token=bob.access_token))
    await refused("forbidden", world.http.call("PATCH", member + bob.id, {"role": "ADMIN_MEMBER"},
                                               token=bob.access_token))
    await world.http.call("PATCH", member + bob.id, {"role": "ADMIN_MEMBER"}, token=ann.access_token)
    await world.http.post(members, {"user_ids": [dan.id]}, bob.access_token)
    await world.http.call("PATCH", f"/v1/conversations/{room}", {"title": "ours"}, token=bob.access_token)
    await refused("forbidden", world.http.call("DELETE", member + ann.id, token=bob.access_token))
    await world.http.call("DELETE", member + cem.id, token=bob.access_token)
    await refused("forbidden", world.http.call("DELETE", f"/v1/conversations/{room}", token=bob.access_token))


async def test_the_owner_hands_on_and_a_leaving_owner_has_an_heir(world):
    ann, bob, cem = await world.people("ann", "bob", "cem")
    room = await world.http.create_group(ann, "room", bob, cem)
    member = f"/v1/conversations/{room}/members/"

    async def roles():
        page = await world.http.get(f"/v1/conversations/{room}/members", cem.access_token)
        return {one["user_id"]: one["role"] for one in page["members"]}

    await world.http.call("PATCH", member + bob.id, {"role": "OWNER"}, token=ann.access_token)
    assert await roles() == {ann.id: "ADMIN_MEMBER", bob.id: "OWNER", cem.id: "MEMBER"}
    await world.http.call("DELETE", member + bob.id, token=bob.access_token)
    assert await roles() == {ann.id: "OWNER", cem.id: "MEMBER"}


async def test_what_a_closed_account_owned_has_an_heir_and_whoever_writes_to_it_is_told(world, server):
    boss = await world.person("boss", invite_code=server.owner_code)
    ann, bob, cem = await world.people("ann", "bob", "cem")
    room = await world.http.create_group(ann, "room", bob, cem)
    direct = await world.http.create_direct(bob, ann)
    await send_texts(world, bob, direct, "hello")

    async def set_closed(closed: bool) -> None:
        await world.http.call("PATCH", f"/v1/accounts/{ann.id}", {"disabled": closed}, token=boss.access_token)

    async def roles():
        page = await world.http.get(f"/v1/conversations/{room}/members", bob.access_token)
        return {one["user_id"]: one["role"] for one in page["members"]}

    async def handed_on():
        found = await roles()
        return found if found[ann.id] != "OWNER" else None

    await set_closed(True)
    found = await eventually(handed_on, "an heir")
    assert sorted(found.values()) == ["ADMIN_MEMBER", "MEMBER", "OWNER"] and found[ann.id] == "ADMIN_MEMBER"
    [heir, other] = [bob, cem] if found[bob.id] == "OWNER" else [cem, bob]
    changes = await until_logged(world, bob, room, "member.updated", 2)
    assert [(change["data"]["member"]["user_id"], change["data"]["member"]["role"]) for change in changes] == [
        (heir.id, "OWNER"), (ann.id, "ADMIN_MEMBER")], "there is an owner at any time"

    await eventually_refused("precondition", lambda: world.http.send_message(bob, direct, "are you there?"))
    assert (await world.http.get(f"/v1/users/{ann.id}", bob.access_token))["user"]["closed"] is True
    assert len((await history(world, bob, direct))["messages"]) >= 1, "what was said stays"
    await refused("precondition", world.http.call("PATCH", f"/v1/conversations/{room}/members/{ann.id}",
                                                  {"role": "OWNER"}, token=heir.access_token))

    await set_closed(False)

    async def sent():
        try:
            return await world.http.send_message(bob, direct, "welcome back")
        except ApiError as refusal:
            assert refusal.code == "precondition", refusal
            return None

    assert await eventually(sent, "the account is open again")
    assert (await world.http.get(f"/v1/users/{ann.id}", bob.access_token))["user"]["closed"] is False
    assert await roles() == found, "what was handed on stays there"


async def test_a_title_change_is_in_the_log_once(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "old", bob)
    answer = await world.http.call("PATCH", f"/v1/conversations/{room}", {"title": "new"}, token=ann.access_token)
    assert answer["conversation"]["title"] == "new"
    [change] = await until_logged(world, bob, room, "conversation.updated")
    assert change["data"]["conversation"]["title"] == "new"
    assert change["data"]["conversation"]["actor_id"] == ann.id


async def test_a_deleted_group_is_gone_for_all(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "short-lived", bob)
    await send_texts(world, bob, room, "hello")
    await world.http.call("DELETE", f"/v1/conversations/{room}", token=ann.access_token)
    for who in (ann, bob):
        await refused("not_found", world.http.get(f"/v1/conversations/{room}", who.access_token))
        await eventually_refused("not_found", lambda who=who: history(world, who, room))
        await eventually_refused("not_found", lambda who=who: world.http.send_message(who, room, "anybody?"))


async def test_a_direct_conversation_has_no_title_roles_or_third(world):
    ann, bob, cem = await world.people("ann", "bob", "cem")
    room = await world.http.create_direct(ann, bob)
    for verb, path, body in (("PATCH", "", {"title": "x"}), ("POST", "/members", {"user_ids": [cem.id]}),
                             ("DELETE", f"/members/{bob.id}", None), ("DELETE", "", None),
                             ("PATCH", f"/members/{bob.id}", {"role": "OWNER"})):
        await refused("forbidden", world.http.call(verb, f"/v1/conversations/{room}{path}", body,
                                                   token=ann.access_token))


# ---- messages ----


async def test_a_message_is_answered_as_it_is_stored(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "room", bob)
    client_id = uuid7()
    answer = await world.http.send_message(ann, room, "Привет\n\t🙂 \u2028\\\"", client_id)
    assert answer["duplicate"] is False
    sent = answer["message"]
    assert (sent["conversation_id"], sent["sender_id"], sent["client_id"]) == (room, ann.id, client_id)
    assert (sent["text"], sent["seq"]) == ("Привет\n\t🙂 \u2028\\\"", 1)
    assert (await history(world, bob, room))["messages"] == [sent]
    [change] = [c for c in (await sync(world, bob, room))["changes"] if c["name"] == "message.created"]
    assert change["data"]["message"] == sent
    assert (change["rev"], change["seq"]) == (sent["rev"], sent["seq"])


async def test_the_same_client_id_is_the_same_message_also_when_raced(world):
    ann = await world.person("ann")
    room = await world.http.create_group(ann, "room")
    client_id = uuid7()
    answers = await asyncio.gather(*(world.http.send_message(ann, room, "once", client_id) for _ in range(10)))
    assert len({answer["message"]["id"] for answer in answers}) == 1
    assert [answer["duplicate"] for answer in answers].count(False) == 1
    await refused("conflict", world.http.send_message(ann, room, "other", client_id))
    assert len((await history(world, ann, room))["messages"]) == 1


async def test_a_client_id_belongs_to_its_sender(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "room", bob)
    client_id = uuid7()
    one = await world.http.send_message(ann, room, "mine", client_id)
    other = await world.http.send_message(bob, room, "yours", client_id)
    assert one["message"]["id"] != other["message"]["id"]


async def test_a_client_id_used_in_another_conversation_is_a_conflict(world):
    ann = await world.person("ann")
    here, there = [await world.http.create_group(ann, title) for title in ("here", "there")]
    client_id = uuid7()
    await world.http.send_message(ann, here, "text", client_id)
    await refused("conflict", world.http.send_message(ann, there, "text", client_id))


@pytest.mark.parametrize("label, text, code", (
    ("empty", "", "invalid"), ("a NUL", "a\u0000b", "invalid"), ("one byte too long", "x" * 16385, "too_large"),
    ("too long in bytes", "ё" * 8193, "too_large"), ("a space", " ", "invalid"), ("a line break", "\n", "invalid"),
    ("zero width", "\u200b\ufeff", "invalid"), ("fillers", "\u3164\u2800", "invalid"),
    ("controls", "\u0001\u001f\u007f", "invalid")))
async def test_bad_texts_are_refused(world, label, text, code):
    ann = await world.person("ann")
    room = await world.http.create_group(ann, "room")
    await refused(code, world.http.send_message(ann, room, text))
    assert (await history(world, ann, room))["messages"] == []


@pytest.mark.parametrize("text", ("x" * 16384, "ё" * 8192, " a\n ", "\u200ba\ufeff", "\u0301",
                                  "\u0001.\u007f"), ids=lambda text: f"{text[:1].encode().hex()}x{len(text)}")
async def test_texts_at_the_edge_come_back_as_they_were(world, text):
    ann = await world.person("ann")
    room = await world.http.create_group(ann, "room")
    [sent] = await send_texts(world, ann, room, text)
    assert sent["text"] == text
    assert (await history(world, ann, room))["messages"] == [sent]


@pytest.mark.parametrize("client_id", ("", "x", NOWHERE + "0", "not-a-uuid-but-of-the-same-length-36"))
async def test_bad_client_ids_are_refused(world, client_id):
    ann = await world.person("ann")
    room = await world.http.create_group(ann, "room")
    await refused("invalid", world.http.post(f"/v1/conversations/{room}/messages",
                                             {"client_id": client_id, "text": "x"}, ann.access_token))


async def test_numbers_are_dense_when_many_write_at_once(world):
    people = await world.people("ann", "bob", "cem")
    room = await world.http.create_group(people[0], "room", *people[1:])
    await asyncio.gather(*(world.http.send_message(who, room, f"{i}") for i in range(30) for who in people))
    answer = await sync(world, people[0], room)
    assert [change["rev"] for change in answer["changes"]] == list(range(1, answer["to_rev"] + 1))
    seqs = [change["seq"] for change in answer["changes"] if change["name"] == "message.created"]
    assert seqs == list(range(1, 91))


async def test_history_pages_both_ways_and_around(world):
    ann = await world.person("ann")
    room = await world.http.create_group(ann, "room")
    await send_texts(world, ann, room, *(str(i) for i in range(1, 26)))

    async def seqs(**query):
        page = await history(world, ann, room, **query)
        return [message["seq"] for message in page["messages"]], page["has_more"]

    assert await seqs(limit=10) == (list(range(16, 26)), True)
    assert await seqs(before_seq=16, limit=10) == (list(range(6, 16)), True)
    assert await seqs(before_seq=6, limit=10) == (list(range(1, 6)), False)
    assert await seqs(after_seq=5, limit=10) == (list(range(6, 16)), True)
    assert await seqs(after_seq=20, limit=10) == (list(range(21, 26)), False)
    assert await seqs(after_seq=25, limit=10) == ([], False)
    around, _ = await seqs(around_seq=13, limit=5)
    assert around == [11, 12, 13, 14, 15]
    assert (await seqs())[0] == list(range(1, 26))
    await refused("invalid", history(world, ann, room, before_seq=5, after_seq=3))


async def test_sync_pages_without_a_hole(world):
    ann = await world.person("ann")
    room = await world.http.create_group(ann, "room")
    await send_texts(world, ann, room, *(str(i) for i in range(20)))
    revs, after, more = [], 0, True
    while more:
        page = await sync(world, ann, room, after, limit=7)
        revs += [change["rev"] for change in page["changes"]]
        after, more = page["to_rev"], page["has_more"]
        assert not page["reset"]
    assert revs == list(range(1, len(revs) + 1)) and len(revs) >= 20
    assert (await sync(world, ann, room, after))["changes"] == []
    ahead = await sync(world, ann, room, after + 100)
    assert ahead["reset"] or ahead["changes"] == [], "a client that is ahead of the log"


async def test_unread_counts_what_others_wrote_until_it_is_read(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "room", bob)

    async def head(who):
        return (await world.http.get("/v1/heads", who.access_token))["heads"][room]

    async def read(who, seq):
        return await world.http.call("PUT", f"/v1/conversations/{room}/read", {"seq": seq}, token=who.access_token)

    await send_texts(world, ann, room, "1", "2", "3", "4", "5")
    assert (await head(bob))["unread"] == 5
    assert (await head(ann))["unread"] == 0, "one's own messages count as read"
    assert await read(bob, 3) == {"read_seq": 3, "unread": 2}
    assert await read(bob, 1) == {"read_seq": 3, "unread": 2}, "read positions only grow"
    assert (await head(bob))["unread"] == 2
    assert await read(bob, 5) == {"read_seq": 5, "unread": 0}
    reads = (await world.http.get(f"/v1/conversations/{room}/reads", ann.access_token))["reads"]
    assert {"user_id": bob.id, "seq": 5, "delivered_seq": 5, "since_seq": 0} in reads
    await send_texts(world, bob, room, "6")
    assert (await head(bob))["unread"] == 0
    assert (await head(ann))["unread"] == 1
    answer = await world.http.call("PUT", f"/v1/conversations/{room}/read", {"seq": 1000}, token=ann.access_token)
    assert answer["read_seq"] <= 6, "nobody has read what is not written"


async def test_who_comes_has_nothing_unread_of_what_was_there(world):
    ann, bob, cem = await world.people("ann", "bob", "cem")
    room = await world.http.create_group(ann, "room", bob)
    members = f"/v1/conversations/{room}/members"

    async def come(want: int) -> dict:
        """Cem is added; the head as soon as the log has heard of it, and what the log then says."""
        await world.http.post(members, {"user_ids": [cem.id]}, ann.access_token)
        changes = await until_logged(world, cem, room, "member.added", want)
        assert changes[-1]["data"]["member"]["user_id"] == cem.id
        head = (await world.http.get("/v1/heads", cem.access_token))["heads"][room]
        return head | {"since_seq": changes[-1]["data"]["member"]["since_seq"]}

    await send_texts(world, ann, room, *"12345")
    head = await come(2)  # bob's is the first
    assert (head["seq"], head["read_seq"], head["unread"], head["since_seq"]) == (5, 5, 0, 5)
    assert len((await history(world, cem, room))["messages"]) == 5, "and can read all of it"
    await world.http.call("PUT", f"/v1/conversations/{room}/read", {"seq": 2}, token=cem.access_token)
    reads = (await world.http.get(f"/v1/conversations/{room}/reads", ann.access_token))["reads"]
    assert {read["user_id"]: (read["since_seq"], read["seq"]) for read in reads} == {ann.id: (0, 5), cem.id: (5, 5)}, \
        "which does not look like reading"
    await send_texts(world, ann, room, "6")
    assert (await world.http.get("/v1/heads", cem.access_token))["heads"][room]["unread"] == 1

    await world.http.call("DELETE", f"{members}/{cem.id}", token=ann.access_token)
    await send_texts(world, ann, room, "7")
    await until_logged(world, ann, room, "member.removed")
    head = await come(3)
    assert (head["seq"], head["unread"], head["since_seq"]) == (7, 0, 7), "not everything again"


async def test_what_arrived_counts_as_delivered_until_it_is_read(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_direct(ann, bob)

    async def deliver(who, seq):
        path = f"/v1/conversations/{room}/delivered"
        return (await world.http.call("PUT", path, {"seq": seq}, token=who.access_token))["delivered_seq"]

    async def position(who):
        reads = (await world.http.get(f"/v1/conversations/{room}/reads", ann.access_token))["reads"]
        return next(({"read": read["seq"], "delivered": read["delivered_seq"]} for read in reads
                     if read["user_id"] == who.id), None)

    await send_texts(world, bob, room, "0")  # who has answered is seen
    await send_texts(world, ann, room, "1", "2")
    assert await position(bob) == {"read": 1, "delivered": 1}
    assert await position(ann) == {"read": 3, "delivered": 3}, "one's own messages are where one is"
    assert await deliver(bob, 2) == 2
    assert await deliver(bob, 1) == 2, "it only grows"
    assert await position(bob) == {"read": 1, "delivered": 2}
    assert await deliver(bob, 1000) == 3, "nothing arrives that is not written"
    head = (await world.http.get("/v1/heads", bob.access_token))["heads"][room]
    assert (head["read_seq"], head["delivered_seq"], head["unread"]) == (1, 3, 2), "and is not read by that"
    await send_texts(world, ann, room, "4")
    await world.http.call("PUT", f"/v1/conversations/{room}/read", {"seq": 4}, token=bob.access_token)
    assert await position(bob) == {"read": 4, "delivered": 4}, "what is read has arrived"
    assert await deliver(bob, 4) == 4


async def test_who_has_not_answered_a_direct_chat_is_not_seen_in_it(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_direct(ann, bob)
    watcher, asked = await world.online(ann), await world.online(bob)
    await send_texts(world, ann, room, "hello", "are you there?")

    async def seen(who, by):
        return (await world.http.get("/v1/presence", by.access_token, user_ids=[who.id]))["presences"]

    async def positions():
        reads = (await world.http.get(f"/v1/conversations/{room}/reads", ann.access_token))["reads"]
        return {read["user_id"]: read["seq"] for read in reads}

    for what in ("read", "delivered"):
        await world.http.call("PUT", f"/v1/conversations/{room}/{what}", {"seq": 2}, token=bob.access_token)
    head = (await world.http.get("/v1/heads", bob.access_token))["heads"][room]
    assert (head["read_seq"], head["unread"]) == (2, 0), "his own devices know"
    await asked.send_frame({"type": "typing", "conversation_id": room})
    assert await seen(bob, ann) == []
    assert [presence["user_id"] for presence in await seen(ann, bob)] == [ann.id], "who begins is seen"
    assert await positions() == {ann.id: 2}

    # What could be told of him before would have been told by now.
    answer = (await world.http.send_message(bob, room, "yes"))["message"]
    await watcher.message(room, answer["client_id"])
    told = [frame["name"] for frame in watcher.frames if frame["type"] == "ephemeral"
            and frame["data"].get("user_id") == bob.id]
    assert told == [], "neither online, nor typing, nor read, nor delivered"
    [presence] = await seen(bob, ann)
    assert presence["online"] is True
    assert await positions() == {ann.id: 2, bob.id: 3}
    other_phone = await world.online(await world.http.login(bob))  # the first one has said so a moment ago
    await other_phone.send_frame({"type": "typing", "conversation_id": room})
    await watcher.frame("ephemeral", name="typing", conversation_id=room)


async def test_to_be_put_into_a_group_does_not_show_one_before_one_acts_there(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "room", bob)
    await world.online(bob)
    await send_texts(world, ann, room, "hello")

    async def seen():
        return (await world.http.get("/v1/presence", ann.access_token, user_ids=[bob.id]))["presences"]

    assert await seen() == []
    await world.http.call("PUT", f"/v1/conversations/{room}/read", {"seq": 1}, token=bob.access_token)
    assert [presence["user_id"] for presence in await seen()] == [bob.id]


async def test_whom_one_has_answered_may_put_one_into_a_group(world):
    ann, bob = await world.people("ann", "bob")
    direct = await world.http.create_direct(ann, bob)
    await send_texts(world, bob, direct, "hello")
    await world.http.call("POST", "/v1/conversations", {"kind": "GROUP", "title": "ours", "member_ids": [bob.id]},
                          token=ann.access_token)
    seen = (await world.http.get("/v1/presence", ann.access_token, user_ids=[bob.id]))["presences"]
    assert [presence["user_id"] for presence in seen] == [bob.id]


async def test_a_group_counts_no_deliveries(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "room", bob)
    await send_texts(world, ann, room, "1")
    path = f"/v1/conversations/{room}/delivered"
    assert await world.http.call("PUT", path, {"seq": 1}, token=bob.access_token) == {"delivered_seq": 0}
    reads = (await world.http.get(f"/v1/conversations/{room}/reads", ann.access_token))["reads"]
    assert reads == [{"user_id": ann.id, "seq": 1, "delivered_seq": 1, "since_seq": 0}]


async def test_heads_tell_the_newest_message_when_asked(world):
    ann = await world.person("ann")
    room = await world.http.create_group(ann, "room")
    await until_logged(world, ann, room, "conversation.created")  # takes a rev too, in its own time
    [_, newest] = await send_texts(world, ann, room, "1", "2")
    heads = (await world.http.get("/v1/heads", ann.access_token, last_message="true"))["heads"]
    assert heads[room]["last_message"] == newest
    assert (heads[room]["rev"], heads[room]["seq"]) == (newest["rev"], newest["seq"])
    plain = (await world.http.get("/v1/heads", ann.access_token))["heads"]
    assert "last_message" not in plain[room]


async def test_heads_come_in_pages_and_show_the_beginning_of_long_messages(world):
    ann = await world.person("ann")
    rooms = sorted([await world.http.create_group(ann, "room") for _ in range(5)])
    [newest] = await send_texts(world, ann, rooms[2], "long" * 4096)
    heads, pages, after = {}, [], ""
    while not pages or after:
        page = await world.http.get("/v1/heads", ann.access_token, last_message="true", limit="2", after_id=after)
        pages.append(list(page["heads"]))
        heads |= page["heads"]
        after = page["next_after_id"]
    assert pages == [rooms[:2], rooms[2:4], rooms[4:]]
    assert heads[rooms[2]]["last_message"] == newest | {"text": "long" * 50, "truncated": True}
    history = await world.http.get(f"/v1/conversations/{rooms[2]}/messages", ann.access_token)
    assert history["messages"] == [newest]


async def test_the_feed_tells_of_joining_and_leaving(world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "room", bob)
    await world.http.call("DELETE", f"/v1/conversations/{room}/members/{bob.id}", token=ann.access_token)

    async def told():
        page = await world.http.get("/v1/feed", bob.access_token)
        assert [change["urev"] for change in page["changes"]] == list(range(1, page["to_urev"] + 1))
        names = [change["name"] for change in page["changes"] if change["name"].startswith("conversation.")]
        return names if "conversation.left" in names else None

    assert await eventually(told, "conversation.left in the feed") == ["conversation.joined", "conversation.left"]


@pytest.mark.parametrize("text, expected", (('{"text": "x"', "invalid"), ("[]", "invalid"), ("null", "invalid"),
                                            ('{"text": 5}', "invalid"), ('{"texts": "x"}', "invalid"),
                                            ('{"text": "x", "text": "y"}', "invalid"),
                                            ('{"text": "\\ud800"}', "invalid"),
                                            ("{" * 100, "invalid"), ("\xff\xfe", "invalid")))
async def test_bad_json_is_refused_with_a_json_error(world, text, expected):
    ann = await world.person("ann")
    room = await world.http.create_group(ann, "room")
    status, headers, body = await world.http.send(
        "POST", f"/v1/conversations/{room}/messages", data=text.encode("latin-1"), token=ann.access_token,
        headers={"Content-Type": "application/json"})
    assert status == 400
    assert f'"{expected}"'.encode() in body
