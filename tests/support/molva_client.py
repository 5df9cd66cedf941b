"""A client of the realtime protocol that follows its one rule, and takes notes of whatever the server does against it.

    For a scope at local number L and an event numbered R: R == L+1 apply; R <= L drop; R > L+1 hold at most 500 ms,
    then sync after L. A sync answer is complete up to the number it names, or says reset.

A Device is one signed-in client with what it remembers across connections: the log of each conversation, the user's
feed, and where to resume. Frames can be bent on their way (`distort`), reading can stop (`reading`), connections can be
cut.
"""
import asyncio
import collections
import json
import random
import socket
import urllib.parse
from typing import Callable, NamedTuple

import websockets
import websockets.exceptions

from http_api import Account, ApiError, Http, Unreachable, uuid7

HOLD_SECONDS = 0.5
CALL_SECONDS = 30
CONNECT_SECONDS = 20
# Long enough for a loaded machine: what is waited for here must happen, the bound only ends a test that would hang.
UNTIL_SECONDS = 30
# How often a sync that is refused is tried again when the feed says that the user belongs there.
REFUSED_SYNCS_MAX = 100


class Refused(Exception):
    """The server answered hello with bye or error, or closed the socket instead."""

    def __init__(self, code: int, text: str, resume: bool = False):
        super().__init__(f"{code} {text}")
        self.code, self.text, self.resume = code, text, resume


class Entry(NamedTuple):
    """One change of a scope. Events and sync answers give equal ones."""

    number: int
    name: str
    seq: int
    data: dict


class Scope:
    """The log of a conversation, or a user's feed, as a client keeps it."""

    def __init__(self):
        self.number = 0
        self.base = 0  # the entries before this one are not kept
        self.entries: list[Entry] = []
        self.held: dict[int, Entry] = {}

    def entry(self, number: int) -> Entry | None:
        """What stands under this number, if it is kept."""
        index = number - self.base - 1
        return self.entries[index] if 0 <= index < len(self.entries) else None

    def offer(self, entry: Entry) -> list[Entry]:
        """The rule. Returns what could be applied now, in order."""
        if entry.number > self.number:
            self.held[entry.number] = entry
        applied = []
        while self.number + 1 in self.held:
            self.number += 1
            applied.append(self.held.pop(self.number))
        self.entries += applied
        return applied

    def complete_to(self, number: int) -> None:
        """A sync answer said: that was all up to here."""
        self.number = max(self.number, number)
        self.held = {n: entry for n, entry in self.held.items() if n > self.number}

    def reset(self, number: int = 0) -> None:
        """Forgets everything; continues after `number`."""
        self.number = self.base = number
        self.entries, self.held = [], {}

    @property
    def has_hole(self) -> bool:
        return bool(self.held)


GOING_AWAY = 4410
FEED = ""  # the key of the user's feed among the scopes that are being synced


class Device:
    """One client of one user. All methods run on the event loop that made it."""

    def __init__(self, http: Http, account: Account, *, name: str = "test", rng: random.Random | None = None,
                 distort: Callable | None = None, keep_frames: bool = True, max_queue: int | None = 64,
                 gateway: str = "", receive_buffer: int = 0):
        self.http, self.account, self.name = http, account, name
        self.rng = rng or random.Random()
        self.distort = distort or (lambda event, deliver: deliver(event))
        self.conversations: dict[str, Scope] = {}
        self.joined: set[str] = set()
        self.feed = Scope()
        self.counts = collections.Counter()
        self.violations: list[str] = []
        self.frames: list[dict] = []
        self.reading = asyncio.Event()
        self.reading.set()
        self.connected = False
        self.longest_away = 0.0  # seconds without a socket, of stay_connected()
        self.welcome: dict = {}
        self.bye: dict | None = None
        self.close_code: int | None = None
        self._gateway = gateway or http.url  # where the socket goes; calls over HTTP go to http
        self._receive_buffer = receive_buffer  # bytes that the kernel takes for a reader that stopped; 0: as many as it likes
        self._keep_frames = keep_frames
        self._max_queue = max_queue
        self._websocket = None
        self._reader: asyncio.Task | None = None
        self._connection = 0  # counts up, to tell late frames of an older connection
        self._n = 0  # newest event number that arrived
        self._gapped = False  # numbers were skipped with notice: they need not be dense any more
        self._undelivered: set[int] = set()  # arrived, but held back or lost by `distort`
        self._calls: dict[int, asyncio.Future] = {}
        self._pongs: collections.deque[asyncio.Future] = collections.deque()
        self._next_id = 0
        self._waiters: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task] = set()
        self._syncing: dict[str, bool] = {}  # scope -> asked for again meanwhile
        self._unfinished: set[str] = set()  # scopes whose sync the last connection took with it

    # ---- connecting ----

    @property
    def url(self) -> str:
        return self._gateway.replace("http", "ws", 1) + "/v1/ws"

    async def connect(self, *, resume: bool = True, token: str | None = None, **hello) -> dict:
        """Opens a socket and says hello, with whatever can be resumed. Returns the welcome; Refused or Unreachable."""
        await self.disconnect()
        opening = {"type": "hello", "id": self._new_id(), "token": token or self.account.access_token,
                   "device": self.name, "urev": self.feed.number,
                   "revs": {cid: scope.number for cid, scope in self.conversations.items()}}
        resume_n = min(self._undelivered) - 1 if self._undelivered else self._n
        if resume and self.welcome:
            opening["resume"] = {"session": self.welcome["session"], "n": resume_n}
        websocket, first = await self._open(opening | hello)
        if self._websocket is not websocket:
            raise Unreachable("cut off again at once")
        if first["type"] == "bye":
            await self._drop_socket()
            raise Refused(first["code"], "bye", first.get("resume", False))
        if first["type"] == "error":
            await self._drop_socket()
            raise Refused(0, first["error"]["code"])
        self._begin(first, opening["id"], resume_n)
        return first

    async def _open(self, hello: dict) -> tuple:
        """A socket that said hello, and the first frame that came back."""
        try:
            options = {"sock": await self._small_socket()} if self._receive_buffer else {}
            websocket = await asyncio.wait_for(websockets.connect(
                self.url, **options, subprotocols=["molva.v1+json"], compression=None, ping_interval=None, max_size=None,
                max_queue=self._max_queue), CONNECT_SECONDS)
            self._websocket = websocket
            await websocket.send(json.dumps(hello))
            return websocket, json.loads(await asyncio.wait_for(websocket.recv(), CONNECT_SECONDS))
        except websockets.exceptions.ConnectionClosed as closed:
            raise Unreachable(f"closed before the welcome: {closed!r}") from closed
        except (OSError, asyncio.TimeoutError, websockets.exceptions.WebSocketException) as failure:
            raise Unreachable(f"no socket: {failure!r}") from failure

    async def _small_socket(self) -> socket.socket:
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        small.setblocking(False)
        address = urllib.parse.urlsplit(self._gateway)
        await asyncio.get_running_loop().sock_connect(small, (address.hostname, address.port))
        return small

    def _begin(self, welcome: dict, hello_id: int, resume_n: int) -> None:
        if welcome["type"] != "welcome" or welcome["id"] != hello_id:
            self._note(f"the first frame is not the welcome: {welcome}")
        if self.welcome and welcome["epoch"] != self.welcome["epoch"]:
            self._note(f"the epoch changed from {self.welcome['epoch']} to {welcome['epoch']}")
        self.welcome, self.bye, self.close_code = welcome, None, None
        self._connection += 1
        self._n = resume_n if welcome["resumed"] else 0
        self._undelivered, self._gapped = set(), False
        self.connected = True
        self._keep(welcome)
        self.counts["resumes_hot" if welcome["resumed"] else "resumes_warm"] += 1
        self._reader = asyncio.create_task(self._read(self._websocket))
        self._reader.add_done_callback(self._finished)
        while self._unfinished:
            self._want_sync(self._unfinished.pop())
        if not welcome["resumed"]:
            if welcome["urev"] != self.feed.number:
                self._want_sync(FEED)
            for conversation_id, head in welcome["heads"].items():
                if head["rev"] != self._scope(conversation_id).number:
                    self._want_sync(conversation_id)
        self._wake()

    async def disconnect(self) -> None:
        """Cuts the connection without a goodbye, as a lost network does. Calls that run become Unreachable."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None
        await self._drop_socket()

    async def close(self) -> None:
        """Leaves for good."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.disconnect()

    async def __aenter__(self) -> "Device":
        await self.connect()
        return self

    async def __aexit__(self, *exc) -> None:
        await self.close()

    async def _drop_socket(self) -> None:
        websocket, self._websocket = self._websocket, None
        self.connected = False
        if websocket:
            websocket.transport.abort()
            await websocket.wait_closed()
        for future in [*self._calls.values(), *self._pongs]:
            if not future.done():
                future.set_exception(Unreachable("the connection was lost"))
                future.exception()  # nobody may be waiting any more
        self._calls.clear()
        self._pongs.clear()
        self._wake()

    # ---- asking ----

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    async def send_frame(self, frame: dict) -> None:
        """Any frame, as it is."""
        if not self.connected:
            raise Unreachable("not connected")
        try:
            await self._websocket.send(json.dumps(frame))
        except websockets.exceptions.ConnectionClosed as closed:
            raise Unreachable("the connection was lost") from closed

    async def start_call(self, method: str, params: dict, kind: str = "call", **fields) -> asyncio.Future:
        """Sends a call without waiting: calls of one socket run one after another, in order."""
        call_id = self._new_id()
        answer = asyncio.get_running_loop().create_future()
        self._calls[call_id] = answer
        frame = {"type": kind, "id": call_id} | fields
        if kind == "call":
            frame |= {"method": method, "params": params}
        try:
            await self.send_frame(frame)
        except Unreachable:
            self._calls.pop(call_id, None)
            raise
        return answer

    async def call(self, method: str, **params) -> dict:
        """Calls a method by name: the response, or ApiError, or Unreachable."""
        answer = await self.start_call(method, params)
        return await self.answer_of(answer)

    async def renew(self, token: str) -> dict:
        """Gives the live socket a new access token."""
        return await self.answer_of(await self.start_call("", {}, kind="auth", token=token))

    @staticmethod
    async def answer_of(answer: asyncio.Future) -> dict:
        """What start_call() promised: the response, or ApiError, or Unreachable."""
        try:
            return await asyncio.wait_for(answer, CALL_SECONDS)
        except asyncio.TimeoutError:
            raise Unreachable(f"no answer within {CALL_SECONDS} s") from None

    async def ping(self) -> int:
        """Asks how far the server has sent, and syncs everything when something did not come through."""
        pong = asyncio.get_running_loop().create_future()
        self._pongs.append(pong)
        try:
            await self.send_frame({"type": "ping", "n": self._n})
        except Unreachable:
            if pong in self._pongs:
                self._pongs.remove(pong)
            raise
        n = await self.answer_of(pong)
        if n > self._n or self._undelivered:
            self._n = max(self._n, n)
            self._undelivered = set()
            self.sync_everything()
        return n

    async def send(self, conversation_id: str, text: str, *, client_id: str = "", over: str = "ws",
                   tries: int = 1000) -> dict:
        """Sends a message, again and again with the same client_id until the outcome is known."""
        client_id = client_id or uuid7()
        while True:
            tries -= 1
            try:
                return await self.send_once(conversation_id, text, client_id, over)
            except Unreachable:
                if tries <= 0:
                    raise
                await self._until_worth_another_try(over)
            except ApiError as refusal:
                if tries <= 0 or not refusal.retryable:
                    raise
                await asyncio.sleep(max(refusal.retry_after_ms / 1000, 0.02))

    async def send_once(self, conversation_id: str, text: str, client_id: str, over: str = "ws") -> dict:
        """One try."""
        if over == "ws":
            return await self.call("message.Send", conversation_id=conversation_id, client_id=client_id, text=text)
        return await self.http.send_message(self.account, conversation_id, text, client_id)

    async def _until_worth_another_try(self, over: str) -> None:
        self.counts["retries"] += 1
        if over == "ws" and not self.connected:
            await self.until(lambda: self.connected, "connected again")
        else:
            await asyncio.sleep(0.02 + 0.1 * self.rng.random())

    async def stay_connected(self, quickest: float = 0.02, slowest: float = 0.5) -> None:
        """Connects whenever it is not connected, with full jitter, until cancelled or turned away for good."""
        pause, since = quickest, asyncio.get_running_loop().time()
        while True:
            if not self.connected:
                try:
                    await self.connect()
                    pause = quickest
                    self.longest_away = max(self.longest_away, asyncio.get_running_loop().time() - since)
                except (Unreachable, Refused) as failure:
                    if isinstance(failure, Refused) and not failure.resume and failure.code != GOING_AWAY:
                        self._note(f"a good token was refused: {failure}")
                        return
                    self.counts["connects_failed"] += 1
                    await asyncio.sleep(pause * self.rng.random())
                    pause = min(pause * 2, slowest)
                    continue
            await self.until(lambda: not self.connected, "cut off", seconds=None)
            since = asyncio.get_running_loop().time()

    # ---- receiving ----

    async def _read(self, websocket) -> None:
        try:
            while True:
                await self.reading.wait()
                self._on_frame(json.loads(await websocket.recv()))
        except websockets.exceptions.ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd else 1006
        if self._websocket is websocket:
            await self._drop_socket()

    def _on_frame(self, frame: dict) -> None:
        self._keep(frame)
        self.counts["frames"] += 1
        handler = getattr(self, "_on_" + frame["type"], None)
        if handler:
            handler(frame)
        elif frame["type"] != "ephemeral":
            self._note(f"a frame of an unknown type: {frame}")
        self._wake()

    def _on_result(self, frame: dict) -> None:
        answer = self._calls.pop(frame["id"], None)
        if answer is None:
            self._note(f"a result that nobody waits for: {frame}")
        elif not answer.done():
            answer.set_result(frame["result"])

    def _on_error(self, frame: dict) -> None:
        error = ApiError.of(0, frame["error"])
        self.counts["refused_" + error.code] += 1
        answer = self._calls.pop(frame["id"], None)
        if answer is None:
            self.counts["errors_without_call"] += 1
        elif not answer.done():
            answer.set_exception(error)
            answer.exception()

    def _on_pong(self, frame: dict) -> None:
        if frame["n"] != self._n and not self._gapped:
            self._note(f"pong says {frame['n']} events were sent, {self._n} arrived")
        if not self._pongs:
            self._note("a pong without a ping")
            return
        pong = self._pongs.popleft()
        if not pong.done():  # nobody waited long enough
            pong.set_result(frame["n"])

    def _on_bye(self, frame: dict) -> None:
        self.bye = frame

    def _on_gap(self, frame: dict) -> None:
        self.counts["gaps"] += 1
        self._gapped = True
        self._want_sync(frame.get("conversation_id") or FEED)

    def _on_heads(self, frame: dict) -> None:
        """Where conversations stand; of those that are ahead the client asks for the rest."""
        for conversation_id, head in frame["heads"].items():
            if conversation_id in self.joined and head["rev"] > self._scope(conversation_id).number:
                self._want_sync(conversation_id)

    def _on_event(self, frame: dict) -> None:
        self.counts["events"] += 1
        if frame["n"] != self._n + 1 and not self._gapped:
            self._note(f"event {frame['n']} came after {self._n}")
        self._n = frame["n"]
        self._undelivered.add(frame["n"])
        connection = self._connection

        def deliver(event: dict) -> None:
            if connection == self._connection:
                self._undelivered.discard(event["n"])
            self._take(event)
            self._wake()

        self.distort(frame, deliver)

    def _take(self, event: dict) -> None:
        conversation_id = event.get("conversation_id") or ""
        number = event.get("rev") if conversation_id else event.get("urev")
        if not number:
            self._note(f"an event without a number: {event}")
            return
        entry = Entry(number, event["name"], event.get("seq", 0), event["data"])
        self._offer(conversation_id or FEED, entry)

    # ---- the rule ----

    def _scope(self, key: str) -> Scope:
        """The scope of this key; a conversation that was unknown until now begins at 0."""
        return self.feed if key == FEED else self.conversations.setdefault(key, Scope())

    def _offer(self, key: str, entry: Entry) -> None:
        scope = self._scope(key)
        if entry.number <= scope.number:
            self.counts["dropped"] += 1
            known = scope.entry(entry.number)
            if known and known != entry:
                self._note(f"number {entry.number} of {key or 'the feed'} was {known} and is now {entry}")
            return
        had_hole = scope.has_hole
        applied = scope.offer(entry)
        self.counts["applied"] += len(applied)
        if key == FEED:
            for change in applied:
                self._follow_feed(change)
        if scope.has_hole and not had_hole:
            self.counts["held"] += 1
            self._spawn(self._heal(key))

    async def _heal(self, key: str) -> None:
        """Waits for what is missing, then asks for it."""
        await asyncio.sleep(HOLD_SECONDS)
        scope = self.feed if key == FEED else self.conversations.get(key)
        if scope and scope.has_hole:  # and was not left meanwhile
            self._want_sync(key)

    def _follow_feed(self, change: Entry) -> None:
        membership = change.data.get("membership")
        if not membership:
            return
        conversation_id = membership["conversation_id"]
        if change.name in ("conversation.left", "conversation.deleted"):
            self.joined.discard(conversation_id)
            self.conversations.pop(conversation_id, None)
        else:
            self.joined.add(conversation_id)
            self._want_sync(conversation_id)

    def sync_everything(self) -> None:
        """For when it is not known what was missed: asks where everything stands."""
        self._want_sync(FEED)
        for conversation_id in list(self.conversations):
            self._want_sync(conversation_id)

    def _want_sync(self, key: str) -> None:
        if key in self._syncing:
            self._syncing[key] = True
            return
        self._syncing[key] = False
        self._spawn(self._sync(key))

    async def _sync(self, key: str) -> None:
        try:
            while True:
                self._syncing[key] = False
                await (self._sync_feed() if key == FEED else self._sync_conversation(key))
                if not self._syncing[key]:
                    return
        except Unreachable:
            self._unfinished.add(key)
        except ApiError as refusal:
            if refusal.code != "unauthenticated":
                raise
            self._unfinished.add(key)  # the session has ended
        finally:
            del self._syncing[key]
            self._wake()

    async def _call_patiently(self, method: str, **params) -> dict:
        while True:
            try:
                return await self.call(method, **params)
            except ApiError as refusal:
                if not refusal.retryable:
                    raise
                await asyncio.sleep(max(refusal.retry_after_ms / 1000, 0.05))

    async def _sync_conversation(self, conversation_id: str) -> None:
        refusals = 0
        while True:
            scope = self._scope(conversation_id)
            after = scope.number
            try:
                answer = await self._call_patiently("message.Sync", conversation_id=conversation_id, after_rev=after,
                                                    limit=self.rng.choice((0, 3, 50)))
            except ApiError as refusal:
                if refusal.code not in ("not_found", "forbidden"):
                    raise
                # Joined a moment ago, and the log has not heard of it yet? Or really gone?
                refusals += 1
                if conversation_id in self.joined and refusals < REFUSED_SYNCS_MAX:
                    await asyncio.sleep(0.05)
                    continue
                self.conversations.pop(conversation_id, None)
                return
            self.counts["syncs"] += 1
            if self.conversations.get(conversation_id) is not scope:
                continue  # left meanwhile, or joined anew
            if answer["reset"]:
                scope.reset()
                continue
            self._take_sync(conversation_id, after, answer, "rev")
            if not answer["has_more"]:
                return

    async def _sync_feed(self) -> None:
        while True:
            after = self.feed.number
            answer = await self._call_patiently("notification.SyncFeed", after_urev=after,
                                                limit=self.rng.choice((0, 3, 50)))
            self.counts["syncs"] += 1
            if answer["reset"]:
                self.counts["feed_resets"] += 1
                self.feed.reset(answer["to_urev"])
                await self._list_conversations()
                continue
            self._take_sync(FEED, after, answer, "urev")
            if not answer["has_more"]:
                return

    def _take_sync(self, key: str, after: int, answer: dict, number: str) -> None:
        """A sync answer must name each number from after + 1 to its end once, in order."""
        numbers = [change[number] for change in answer["changes"]]
        end = answer["to_" + number]
        if numbers != list(range(after + 1, end + 1)):
            self._note(f"sync of {key or 'the feed'} after {after} to {end} brought {numbers}")
        if answer["has_more"] and end <= after:
            self._note(f"sync of {key or 'the feed'} after {after} promises more and brings nothing")
        for change in answer["changes"]:
            self._offer(key, Entry(change[number], change["name"], change.get("seq", 0), change["data"]))
        self._scope(key).complete_to(end)

    async def _list_conversations(self) -> None:
        """After a reset of the feed: what the user belongs to now."""
        found, after_id, more = set(), "", True
        while more:
            page = await self._call_patiently("group.ListConversations", after_id=after_id)
            found |= {conversation["id"] for conversation in page["conversations"]}
            more = page["has_more"]
            after_id = page["conversations"][-1]["id"] if more else ""
        self.joined = found
        for gone in set(self.conversations) - found:
            del self.conversations[gone]
        for conversation_id in found:
            self._want_sync(conversation_id)

    # ---- watching ----

    async def until(self, condition: Callable[[], object], what: str, seconds: float | None = UNTIL_SECONDS):
        """Waits until the condition holds, looking whenever something arrived. Returns its value."""
        wake = asyncio.Event()
        self._waiters.add(wake)
        try:
            async with asyncio.timeout(seconds):
                while not (value := condition()):
                    wake.clear()
                    await wake.wait()
                return value
        except TimeoutError:
            raise AssertionError(f"{self.account.username}/{self.name}: not within {seconds} s: {what}; "
                                 f"the last frames: {self.frames[-5:]}") from None
        finally:
            self._waiters.discard(wake)

    async def frame(self, kind: str, since: int = 0, **fields) -> dict:
        """The first frame of this type with these fields, at or after position `since` of `frames`."""
        def found():
            for frame in self.frames[since:]:
                if frame["type"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                    return frame
            return None

        return await self.until(found, f"a frame {kind} {fields}")

    async def message(self, conversation_id: str, client_id: str) -> dict:
        """The message with this client_id, when it has been applied to the log."""
        def found():
            scope = self.conversations.get(conversation_id)
            for entry in reversed(scope.entries if scope else []):
                if entry.data.get("message", {}).get("client_id") == client_id:
                    return entry.data["message"]
            return None

        return await self.until(found, f"message {client_id}")

    async def until_closed(self) -> None:
        await self.until(lambda: not self.connected, "the connection closed")

    def _keep(self, frame: dict) -> None:
        if self._keep_frames:
            self.frames.append(frame)

    def _note(self, violation: str) -> None:
        self.violations.append(f"{self.account.username}/{self.name}: {violation}")

    def _wake(self) -> None:
        for waiter in self._waiters:
            waiter.set()

    def _spawn(self, work) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            self._note(f"a background task failed: {task.exception()!r}")
