#!/usr/bin/python3
"""The model-checking client: users who write, read, leave and come back while the network lies and the server is
killed.

    MOLVA_BIN=build/test/src/app/molva tests/fault/model_check.py --seed 7 --kills 50

At the end every client's log, the server's log read by sync, and the rows of its database must be the same and hold
exactly what was acknowledged. The seed chooses what everybody does; the interleaving is the machine's, so a seed makes
a failure likely to come again and not certain.
"""
import argparse
import asyncio
import collections
import contextlib
import dataclasses
import os
import pathlib
import random
import sys
import tempfile
import urllib.request

if __name__ == "__main__":
    sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "support"),
                    str(pathlib.Path(__file__).parents[2] / "tools")]

import database
import model
from chaos import BadNetwork, Killer, Moments
from http_api import Account, ApiError, Http, Unreachable, uuid7
from model import ADDED, DONE, REFUSED, REMOVED, UNKNOWN, UPDATED
from molva_client import Device, Entry
from server import Server, ServerFailed
from target import make_server

USERS = 8
GROUPS = 3
DIRECTS = 2
SETTLE_SECONDS = 60
# How many people are added to a group in one call: on either side of what a relay of the outbox reads at once.
BURSTS = (256, 511, 600)
AT_ONCE = 16


@dataclasses.dataclass
class Plan:
    """How long and how hard. By environment: MOLVA_MODEL_SEED, MOLVA_MODEL_KILLS, MOLVA_MODEL_SECONDS."""

    seed: int
    kills: int
    seconds: float

    @classmethod
    def from_environment(cls, kills: int, seconds: float = 0) -> "Plan":
        """These, unless the environment says otherwise."""
        return cls(int(os.environ.get("MOLVA_MODEL_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31),
                   int(os.environ.get("MOLVA_MODEL_KILLS", kills)),
                   float(os.environ.get("MOLVA_MODEL_SECONDS", seconds)))


@dataclasses.dataclass
class Room:
    """A conversation as it was made."""

    id: str
    group: bool
    created_with: set[str]
    owner: str
    admins: set[str] = dataclasses.field(default_factory=set)  # with the owner; they may have been removed since


class User:
    """One user, on one device or two, doing things at random until told to stop."""

    def __init__(self, world: "World", account: Account, rng: random.Random, devices: int):
        self.world, self.account, self.rng = world, account, rng
        self.networks = [BadNetwork(rng, world.counts) for _ in range(devices)]
        self.devices = [Device(world.http, account, name=f"device{i}", rng=rng, distort=network, keep_frames=False)
                        for i, network in enumerate(self.networks)]
        self._sent: list[model.Send] = []

    @property
    def id(self) -> str:
        return self.account.id

    async def run(self) -> None:
        """Acts until the world stops; every write is followed until its outcome is known."""
        actions = ((self.burst, 40), (self.send_over_http, 10), (self.send_again, 8), (self.send_conflict, 3),
                   (self.mark_read, 12), (self.cut_off, 4), (self.read_slowly, 3), (self.ping, 5),
                   (self.change_title, 5), (self.add_member, 8), (self.remove_member, 6), (self.fill_hall, 1))
        kinds, weights = zip(*actions)
        while not self.world.stopping:
            device = self.rng.choice(self.devices)
            action = self.rng.choices(kinds, weights)[0]
            await action(device)
            await asyncio.sleep(self.rng.expovariate(self.world.pace))

    def _room(self) -> Room:
        """One that the user belongs to, mostly."""
        return self._mostly(lambda room: room.id in self.devices[0].joined, self.world.rooms)

    def _group(self) -> Room:
        """One that the user may change, mostly."""
        return self._mostly(lambda room: self.id in room.admins, [room for room in self.world.rooms if room.group])

    def _mostly(self, fits, rooms: list[Room]) -> Room:
        fitting = [room for room in rooms if fits(room)]
        return self.rng.choice(fitting if fitting and self.rng.random() < 0.95 else rooms)

    # ---- writing ----

    def _new_send(self, room: Room) -> model.Send:
        ending = self.rng.choice(("", "ё" * 40, "🙂\u2028\\\"\n", "x" * 900))
        text = f"{self.account.username} {len(self._sent)} {ending}"
        send = model.Send(self.id, room.id, uuid7(), text)
        self.world.record.sends[send.client_id] = send
        self._sent.append(send)
        return send

    def _answered(self, send: model.Send, answer: dict) -> None:
        send.answers.append(answer["message"])
        self.world.counts["acks"] += 1
        self.world.counts["duplicates"] += answer["duplicate"]
        self.world.moments.tell("acknowledged")

    async def _try(self, send: model.Send, attempt) -> bool:
        """One try of a send; notes what came of it. True when its outcome is known for good."""
        self.world.counts["sends"] += 1
        try:
            self._answered(send, await attempt)
            return True
        except Unreachable:
            send.unknown += 1
            return False
        except ApiError as refusal:
            send.refused += 1
            if refusal.retryable:
                send.unknown += 1
                self.world.counts["refused_for_now"] += 1
                return False
            self.world.counts["refused_" + refusal.code] += 1
            return True

    async def _finish(self, send: model.Send, device: Device, over: str) -> None:
        """Sends again with the same client_id until the outcome is known."""
        while True:
            await asyncio.sleep(self.rng.uniform(0.01, 0.1))
            if over == "ws" and not device.connected:
                await device.until(lambda: device.connected, "connected again", self.world.reconnect_seconds)
            self.world.counts["retries"] += 1
            if await self._try(send, device.send_once(send.conversation_id, send.text, send.client_id, over)):
                return

    async def burst(self, device: Device) -> None:
        """A few messages one after another on one socket, without waiting for the answers."""
        room = self._room()
        sends = [self._new_send(room) for _ in range(self.rng.randrange(1, 6))]
        started = []
        for send in sends:
            with contextlib.suppress(Unreachable):
                started.append((send, await device.start_call("message.Send", {
                    "conversation_id": send.conversation_id, "client_id": send.client_id, "text": send.text})))
        self.world.moments.tell("in_flight")
        known = [send for send, answer in started if await self._try(send, device.answer_of(answer))]
        for send in sends:
            if send not in known:
                await self._finish(send, device, "ws")
        self.world.record.bursts.append([send.client_id for send in sends])

    async def send_over_http(self, device: Device) -> None:
        send = self._new_send(self._room())
        self.world.moments.tell("in_flight")
        if not await self._try(send, device.send_once(send.conversation_id, send.text, send.client_id, "http")):
            await self._finish(send, device, "http")

    async def send_again(self, device: Device) -> None:
        """The network delivers what was acknowledged long ago a second time."""
        if self._sent:
            send = self.rng.choice(self._sent)
            await self._try(send, device.send_once(send.conversation_id, send.text, send.client_id,
                                                   self.rng.choice(("ws", "http"))))

    async def send_conflict(self, device: Device) -> None:
        """Another text under a client_id that was used must be refused."""
        acknowledged = [send for send in self._sent if send.answers]
        if not acknowledged:
            return
        send = self.rng.choice(acknowledged)
        try:
            answer = await device.send_once(send.conversation_id, send.text + "!", send.client_id, "http")
            self.world.wrong.append(f"another text under {send.client_id} was accepted: {answer}")
        except Unreachable:
            pass
        except ApiError as refusal:
            self.world.counts["refused_" + refusal.code] += 1

    async def mark_read(self, device: Device) -> None:
        room = self._room()
        scope = device.conversations.get(room.id)
        seqs = [entry.seq for entry in scope.entries if entry.seq] if scope else []
        if not seqs:
            return
        seq = self.rng.choice((seqs[-1], self.rng.choice(seqs)))
        reads = self.world.record.reads[self.id, room.id]
        reads.asked = max(reads.asked, seq)
        try:
            answer = await device.call("message.MarkRead", conversation_id=room.id, seq=seq)
        except (Unreachable, ApiError):
            return
        if answer["read_seq"] < seq:
            self.world.wrong.append(f"marked {seq} as read, was told {answer}")
        reads.told.append(answer["read_seq"])
        self.world.counts["reads"] += 1
        self.world.moments.tell("acknowledged")

    # ---- groups ----

    async def _change(self, room: Room, name: str, subject: str, request, happened=lambda answer: True) -> None:
        change = model.GroupChange(room.id, self.id, name, subject, UNKNOWN)
        self.world.moments.tell("in_flight")
        self.world.moments.tell("changing")
        try:
            answer = await request
            change.outcome = DONE if happened(answer) else REFUSED
            self.world.counts["group_changes"] += change.outcome == DONE
            self.world.moments.tell("acknowledged")
            self.world.moments.tell("changed")
        except Unreachable:
            self.world.counts["group_changes_unknown"] += 1
        except ApiError as refusal:
            change.outcome = UNKNOWN if refusal.retryable else REFUSED
        self.world.record.changes.append(change)

    async def change_title(self, device: Device) -> None:
        room = self._group()
        self.world.titles += 1
        title = f"title {self.world.titles}"
        await self._change(room, UPDATED, title, device.call("group.UpdateConversation", id=room.id, title=title))

    async def add_member(self, device: Device) -> None:
        room = self._group()
        user = self.rng.choice(self.world.users).id
        await self._change(room, ADDED, user, device.call("group.AddMembers", id=room.id, user_ids=[user]),
                           lambda answer: any(member["user_id"] == user for member in answer["members"]))

    async def remove_member(self, device: Device) -> None:
        """Somebody else, or the user's own leave, which is rare: only acquaintances could add them again. Owners stay, so that
        somebody can always change the group."""
        room = self._group()
        user = self.rng.choice(self.world.users).id
        leaves = user == self.id
        if user != room.owner and (not leaves or self.rng.random() < 0.1):
            await self._change(room, REMOVED, user, device.call("group.RemoveMember", id=room.id, user_id=user))

    async def fill_hall(self, device: Device) -> None:
        """Hundreds of people at once, to a group that was made for that."""
        if self.world.halls:
            await self.world.fill(self.world.halls.pop(), self.rng.choice(BURSTS))

    # ---- troubles ----

    async def cut_off(self, device: Device) -> None:
        self.world.counts["cuts"] += 1
        await device.disconnect()

    async def read_slowly(self, device: Device) -> None:
        self.world.counts["slow_reads"] += 1
        device.reading.clear()
        asyncio.get_running_loop().call_later(self.rng.uniform(0.1, 0.8), device.reading.set)

    async def ping(self, device: Device) -> None:
        with contextlib.suppress(Unreachable):
            await device.ping()


class World:
    """The server, its users and their rooms, and what is known of them."""

    def __init__(self, plan: Plan, server: Server, http: Http):
        self.plan, self.server, self.http = plan, server, http
        self.rng = random.Random(plan.seed)
        self.counts = collections.Counter()
        self.record = model.Record()
        self.moments = Moments()
        self.users: list[User] = []
        self.rooms: list[Room] = []
        self.crowd: list[str] = []  # people without a device
        self.halls: list[Room] = []  # rooms that wait for a crowd
        self.wrong: list[str] = []
        self.stopping = False
        self.pace = 20.0  # what a user does in a second, when answers take no time
        self.reconnect_seconds = 30.0  # who has no socket for so long counts as locked out
        self.titles = 0

    async def populate(self) -> None:
        for i in range(USERS):
            account = await self.http.register(f"user{i}", f"User {i}")
            self.users.append(User(self, account, random.Random(self.rng.random()), 2 if i < 2 else 1))
        for i in range(GROUPS):
            members = [self.users[i]] + self.rng.sample([user for user in self.users if user is not self.users[i]], 4)
            room_id = await self.http.create_group(members[0].account, f"group {i}", *(m.account for m in members[1:]))
            self.rooms.append(Room(room_id, True, {member.id for member in members}, members[0].id,
                                   {member.id for member in members[:3]}))
            for admin in members[1:3]:
                await self.http.call("PATCH", f"/v1/conversations/{room_id}/members/{admin.id}",
                                     {"role": "ADMIN_MEMBER"}, token=members[0].account.access_token)
        for i in range(DIRECTS):
            one, other = self.users[i], self.users[i + 3]
            room_id = await self.http.create_direct(one.account, other.account)
            self.rooms.append(Room(room_id, False, {one.id, other.id}, one.id))
        await self.gather_crowd()
        self.halls = [await self.make_hall() for _ in range(2 * len(BURSTS))]

    # ---- crowds ----

    async def gather_crowd(self) -> None:
        names = [f"crowd{i}" for i in range(max(BURSTS))]
        for start in range(0, len(names), AT_ONCE):
            accounts = await asyncio.gather(*(self.http.register(name) for name in names[start:start + AT_ONCE]))
            self.crowd += [account.id for account in accounts]

    async def make_hall(self) -> Room:
        """A group of three. Its owner, who stays, can add the crowd later."""
        owner, *guests = self.rng.sample(self.users, 3)
        room_id = await self.http.create_group(owner.account, "hall", *(guest.account for guest in guests))
        hall = Room(room_id, True, {owner.id, *(guest.id for guest in guests)}, owner.id, {owner.id})
        self.rooms.append(hall)
        return hall

    async def fill(self, hall: Room, count: int) -> None:
        """Adds part of the crowd in one call, again until the outcome is known: who is a member already is passed over."""
        people = self.rng.sample(self.crowd, count)
        owner = next(user for user in self.users if user.id == hall.owner)
        while not await self._add_at_once(hall, owner, people):
            await asyncio.sleep(self.rng.uniform(0.01, 0.1))
        self.counts["crowds"] += 1

    async def _add_at_once(self, hall: Room, owner: User, people: list[str]) -> bool:
        """True when the outcome is known."""
        outcomes = dict.fromkeys(people, UNKNOWN)
        self.moments.tell("changing")
        try:
            answer = await self.http.post(f"/v1/conversations/{hall.id}/members", {"user_ids": people},
                                          owner.account.access_token)
            added = {member["user_id"] for member in answer["members"]}
            outcomes = {user: DONE if user in added else REFUSED for user in people}
            self.moments.tell("acknowledged")
            self.moments.tell("changed")
        except Unreachable:
            pass
        except ApiError as refusal:
            if not refusal.retryable:
                raise
        self.record.changes += [model.GroupChange(hall.id, owner.id, ADDED, user, outcome)
                                for user, outcome in outcomes.items()]
        return UNKNOWN not in outcomes.values()

    async def fill_at_last(self, count: int) -> None:
        """No commit follows that would wake what fell asleep: all of the crowd comes into the log by itself."""
        hall = await self.make_hall()
        await self.fill(hall, count)
        page = await self.http.get(f"/v1/conversations/{hall.id}", self.token_of(hall.owner))
        entries = page["conversation"]["member_count"]  # what made the group, and each member but its creator
        deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
        while (number := len(await self.server_log(hall.id, self.token_of(hall.owner)))) < entries:
            if asyncio.get_running_loop().time() > deadline:
                self.wrong.append(f"the log of a hall stops at {number} of {entries}: the rest waits in the outbox")
                return
            await asyncio.sleep(0.1)

    def token_of(self, user_id: str) -> str:
        return next(user.account.access_token for user in self.users if user.id == user_id)

    @property
    def devices(self) -> list[Device]:
        return [device for user in self.users for device in user.devices]

    async def run_and_check(self) -> list[str]:
        """The whole. What ends it early, such as a server that does not come up again, is among what is wrong."""
        broken = []
        try:
            await self.populate()
            await self.run()
        except* (AssertionError, ServerFailed) as failures:
            broken = [str(failure) for failure in leaves(failures)]
        if broken:
            return broken + self.wrong + self.violations()
        return await self.check()

    def violations(self) -> list[str]:
        return [violation for device in self.devices for violation in device.violations]

    async def run(self) -> None:
        """Everybody acts while the killer kills; then all come to rest."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            connections = [group.create_task(device.stay_connected()) for device in self.devices]
            for device in self.devices:
                await device.until(lambda d=device: d.connected, "connected")
            async with asyncio.TaskGroup() as acting:
                for user in self.users:
                    acting.create_task(user.run())
                try:
                    await self.trouble()
                    await asyncio.sleep(self.plan.seconds - (asyncio.get_running_loop().time() - began))
                finally:
                    self.stopping = True  # a user may have been told so and have missed it in the middle of a call
            await self.settle()
            for connection in connections:
                connection.cancel()
        self.counts["seconds"] = round(asyncio.get_running_loop().time() - began)

    async def trouble(self) -> None:
        """What breaks while everybody acts."""
        await Killer(self.server, self.rng, self.moments, self.counts).kill(self.plan.kills)

    # ---- at the end ----

    async def settle(self) -> None:
        """Lets frames through again and waits until every client is in step with the server."""
        for user in self.users:
            for network in user.networks:
                network.calm = True
        for device in self.devices:
            device.reading.set()
        await asyncio.sleep(1.1)  # what the network still holds back comes out: the longest delay of BadNetwork
        for count in BURSTS:
            await self.fill_at_last(count)
        deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
        while late := await self.behind() + await asyncio.to_thread(self.waiting):
            if asyncio.get_running_loop().time() > deadline:
                self.wrong += [f"not in step after {SETTLE_SECONDS} s: {where}" for where in late]
                return
            await asyncio.sleep(0.1)

    async def behind(self) -> list[str]:
        """Who lacks something that the server has."""
        late = []
        for user in self.users:
            heads = (await self.http.get("/v1/heads", user.account.access_token))["heads"]
            memberships = await self.memberships(user)
            feed_number = await self.feed_number(user)
            for device in user.devices:
                with contextlib.suppress(Unreachable):
                    await device.ping()
                numbers = {cid: scope.number for cid, scope in device.conversations.items()}
                revs = {cid: head["rev"] for cid, head in heads.items()}
                if numbers != revs or set(revs) != memberships:
                    late.append(f"{user.account.username}/{device.name}: has {numbers}, the server {revs}, belongs to "
                                f"{sorted(memberships)}")
                if device.feed.number != feed_number:
                    late.append(f"{user.account.username}/{device.name}: feed {device.feed.number} of {feed_number}")
        return late

    def waiting(self) -> list[str]:
        """Which outboxes say that something waits in them."""
        return [f"{url}: {lag}" for url in self.server.metrics_urls for lag in lags(url)]

    async def memberships(self, user: User) -> set[str]:
        page = await self.http.get("/v1/conversations", user.account.access_token, limit=500)
        return {conversation["id"] for conversation in page["conversations"]}

    async def feed_number(self, user: User) -> int:
        number, more = 0, True
        while more:
            page = await self.http.get("/v1/feed", user.account.access_token, after_urev=number, limit=500)
            number, more = page["to_urev"], page["has_more"] or page["reset"]
        return number

    async def server_log(self, room_id: str, token: str) -> list[Entry]:
        """The whole log, by sync."""
        log, more = [], True
        while more:
            page = await self.http.get(f"/v1/conversations/{room_id}/sync", token, after_rev=len(log), limit=500)
            log += [Entry(change["rev"], change["name"], change["seq"], change["data"]) for change in page["changes"]]
            more = page["has_more"]
        return log

    async def check(self) -> list[str]:
        """Compares everything with everything, and stops the server to read its files."""
        wrong = self.wrong + self.violations()
        logs, members = {}, {}
        for room in self.rooms:
            reader = next(user for user in self.users if user.id in room.created_with
                          and room.id in user.devices[0].joined)
            logs[room.id] = await self.server_log(room.id, reader.account.access_token)
            page = await self.http.get(f"/v1/conversations/{room.id}/members", reader.account.access_token, limit=1000)
            members[room.id] = {member["user_id"] for member in page["members"]}
            conversation = await self.http.get(f"/v1/conversations/{room.id}", reader.account.access_token)
            if room.group:
                wrong += model.check_title(room.id, logs[room.id], conversation["conversation"]["title"])
            wrong += model.check_numbers(room.id, logs[room.id])
            wrong += model.check_members(room.id, logs[room.id], room.created_with, members[room.id])
        created_with = {room.id: room.created_with for room in self.rooms}
        wrong += model.check_sends(self.record, logs)
        wrong += model.check_order(self.record, logs)
        wrong += model.check_changes(self.record, logs, created_with)
        for user in self.users:
            wrong += await self.check_user(user, logs, created_with, members)
        code = await asyncio.to_thread(self.server.terminate)
        if code != 0:
            wrong.append(f"the server stopped with {code}")
        return wrong + database.check(self.server, logs)

    async def check_user(self, user: User, logs: dict, created_with: dict, members: dict) -> list[str]:
        wrong = []
        belongs = {room_id for room_id, users in members.items() if user.id in users}
        heads = (await self.http.get("/v1/heads", user.account.access_token))["heads"]
        for device in user.devices:
            where = f"{user.account.username}/{device.name}"
            if set(device.conversations) != belongs:
                wrong.append(f"{where}: has {sorted(device.conversations)}, belongs to {sorted(belongs)}")
            for room_id, scope in device.conversations.items():
                wrong += model.check_same(f"{where}: log of {room_id}", logs[room_id], scope.entries)
            feed = device.feed
            wrong += model.check_feed(user.id, feed.entries, feed.base, logs, created_with, belongs)
        for room_id in belongs:
            wrong += model.check_head(user.id, room_id, logs[room_id], heads[room_id],
                                      self.record.reads[user.id, room_id], user.devices[0].feed.entries)
        return wrong

    def summary(self) -> str:
        for device in self.devices:
            self.counts.update({name: device.counts[name] for name in (
                "events", "applied", "dropped", "held", "syncs", "gaps", "resumes_hot", "resumes_warm", "feed_resets")})
        counts = ", ".join(f"{name} {count}" for name, count in sorted(self.counts.items()))
        return f"seed {self.plan.seed}: {len(self.record.sends)} messages, {counts}"


def lags(url: str) -> list[str]:
    """The lines of molva_outbox_lag that are not 0, by a process's own account."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return [line for line in lines if line.startswith("molva_outbox_lag{") and not line.endswith(" 0")]


def leaves(group: BaseExceptionGroup) -> list[BaseException]:
    """The exceptions of a group, and of the groups in it."""
    return [leaf for one in group.exceptions
            for leaf in (leaves(one) if isinstance(one, BaseExceptionGroup) else [one])]


async def check(plan: Plan, folder: pathlib.Path, **server_options) -> tuple[list[str], str]:
    """Runs the whole. Returns what is wrong, and a line of counts."""
    server = make_server(folder, **server_options)
    try:
        server.start()
        async with Http(server.url) as http:
            world = World(plan, server, http)
            print(f"model check: seed {plan.seed}, {plan.kills} kills, at least {plan.seconds} s", flush=True)
            try:
                wrong = await world.run_and_check()
            finally:
                await asyncio.gather(*(device.close() for device in world.devices))
            return wrong, world.summary()
    finally:
        server.close()


def report(wrong: list[str], summary: str) -> int:
    """Prints the verdict; the exit code."""
    print(summary)
    for sentence in wrong[:50]:
        print(f"WRONG: {sentence}")
    print(f"{len(wrong)} things wrong")
    return 1 if wrong else 0


def main() -> int:
    defaults = Plan.from_environment(kills=50)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--kills", type=int, default=defaults.kills)
    parser.add_argument("--seconds", type=float, default=defaults.seconds, help="at least so long")
    parser.add_argument("--preload", type=pathlib.Path, help="libpowercut.so: a kill then is a power cut")
    parser.add_argument("--data", type=pathlib.Path, help="where to put the server's folder; kept afterwards")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        wrong, summary = asyncio.run(check(Plan(options.seed, options.kills, options.seconds),
                                           options.data or pathlib.Path(temporary), preload=options.preload))
    return report(wrong, summary)


if __name__ == "__main__":
    sys.exit(main())
