"""What must be true of a server after any number of crashes: pure functions over what clients were told and what is
stored.

Each check returns a list of sentences about what is wrong; an empty list means that all is well. test_model.py breaks a
good history in every way that is looked for here and expects to be told.
"""
import collections
import dataclasses
from typing import Iterable, Sequence

from molva_client import Entry

CREATED, UPDATED = "conversation.created", "conversation.updated"
ADDED, REMOVED = "member.added", "member.removed"
JOINED, LEFT = "conversation.joined", "conversation.left"
MESSAGE = "message.created"
READ = "read.moved"

DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"


@dataclasses.dataclass
class Send:
    """One message as its sender knows it. Several answers may have come, since it was sent again."""

    sender_id: str
    conversation_id: str
    client_id: str
    text: str
    answers: list[dict] = dataclasses.field(default_factory=list)
    unknown: int = 0  # tries whose outcome the sender never learnt
    refused: int = 0  # tries that were answered with no


@dataclasses.dataclass
class GroupChange:
    """A change of membership or title as the one who made it knows it."""

    conversation_id: str
    actor_id: str
    name: str  # as the log will call it
    subject: str  # the user, or the new title
    outcome: str


@dataclasses.dataclass
class Reads:
    """What one member asked for and was told about how far they have read, in order."""

    asked: int = 0  # the furthest
    told: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Record:
    """Everything that clients were told."""

    sends: dict[str, Send] = dataclasses.field(default_factory=dict)
    bursts: list[list[str]] = dataclasses.field(default_factory=list)  # client_ids, in the order of one socket
    changes: list[GroupChange] = dataclasses.field(default_factory=list)
    reads: dict[tuple[str, str], Reads] = dataclasses.field(default_factory=lambda: collections.defaultdict(Reads))


def messages(log: Iterable[Entry]) -> list[dict]:
    return [entry.data["message"] for entry in log if entry.name == MESSAGE]


def check_numbers(where: str, log: Sequence[Entry]) -> list[str]:
    """rev and seq are dense from 1, and messages carry the numbers under which they stand."""
    wrong = []
    revs = [entry.number for entry in log]
    if revs != list(range(1, len(log) + 1)):
        wrong.append(f"{where}: rev is not dense: {holes(revs)}")
    seqs = [entry.seq for entry in log if entry.name == MESSAGE]
    if seqs != list(range(1, len(seqs) + 1)):
        wrong.append(f"{where}: seq is not dense: {holes(seqs)}")
    for entry in log:
        if entry.name == MESSAGE:
            message = entry.data["message"]
            if (message["rev"], message["seq"]) != (entry.number, entry.seq):
                wrong.append(f"{where}: change {entry.number}/{entry.seq} carries message {message}")
        elif entry.seq != 0:
            wrong.append(f"{where}: change {entry.number} is no message and has seq {entry.seq}")
    return wrong


def holes(numbers: Sequence[int]) -> str:
    """The first place where a list that should be 1, 2, 3, ... is not."""
    for want, number in enumerate(numbers, 1):
        if number != want:
            return f"{number} stands where {want} should"
    return "none"


def check_same(where: str, want: Sequence[Entry], got: Sequence[Entry]) -> list[str]:
    """Two logs are equal."""
    if list(want) == list(got):
        return []
    for one, other in zip(want, got):
        if one != other:
            return [f"{where}: {other} instead of {one}"]
    return [f"{where}: {len(got)} entries instead of {len(want)}"]


def check_sends(record: Record, logs: dict[str, Sequence[Entry]]) -> list[str]:
    """Nothing that was acknowledged is lost, doubled, changed or renumbered, and nothing else is there."""
    wrong = []
    stored = collections.defaultdict(list)
    for conversation_id, log in logs.items():
        for message in messages(log):
            stored[message["client_id"]].append(message)
            if message["conversation_id"] != conversation_id:
                wrong.append(f"message {message['client_id']} of {message['conversation_id']} is in {conversation_id}")
    for client_id, found in stored.items():
        if client_id not in record.sends:
            wrong.append(f"nobody sent {found}")
        if len(found) > 1:
            wrong.append(f"stored {len(found)} times: {client_id}")
    for send in record.sends.values():
        found = stored.get(send.client_id, [])
        if not found and send.answers:
            wrong.append(f"acknowledged and lost: {send.answers[0]}")
        if found and not send.answers and not send.unknown:
            wrong.append(f"refused and stored: {found[0]}")
        for message in found:
            want = (send.sender_id, send.conversation_id, send.text)
            if (message["sender_id"], message["conversation_id"], message["text"]) != want:
                wrong.append(f"stored differently from what was sent: {message} instead of {want}")
            for answer in send.answers:
                if answer != message:
                    wrong.append(f"stored differently from what was acknowledged: {message} instead of {answer}")
    return wrong


def check_order(record: Record, logs: dict[str, Sequence[Entry]]) -> list[str]:
    """Messages sent one after another on one socket stand in that order."""
    place = {message["client_id"]: (conversation_id, message["seq"])
             for conversation_id, log in logs.items() for message in messages(log)}
    wrong = []
    for burst in record.bursts:
        # One that was answered with an error may have been sent again behind the others.
        kept = [place[client_id] for client_id in burst
                if client_id in place and not record.sends[client_id].refused]
        if kept != sorted(kept):
            wrong.append(f"sent in this order, stored in another: {kept}")
    return wrong


def initial_members(log: Sequence[Entry], created_with: set[str]) -> set[str]:
    """Those who came with the conversation, unless the log adds them one by one."""
    first = {}
    for entry in log:
        if entry.name in (ADDED, REMOVED):
            first.setdefault(entry.data["member"]["user_id"], entry.name)
    return {user for user in created_with if first.get(user) != ADDED}


def check_members(where: str, log: Sequence[Entry], created_with: set[str], members: set[str]) -> list[str]:
    """Nobody comes twice or leaves twice, and the log ends with those who are members now."""
    wrong = []
    present = initial_members(log, created_with)
    for entry in log:
        if entry.name not in (ADDED, REMOVED):
            continue
        user = entry.data["member"]["user_id"]
        if (user in present) == (entry.name == ADDED):
            wrong.append(f"{where}: {entry.name} of {user} at {entry.number} changes nothing")
        present = present | {user} if entry.name == ADDED else present - {user}
    if present != members:
        wrong.append(f"{where}: members by the log {sorted(present)}, by the group {sorted(members)}")
    return wrong


def check_changes(record: Record, logs: dict[str, Sequence[Entry]], created_with: dict[str, set[str]]) -> list[str]:
    """Each acknowledged change of title or membership stands in the log exactly once, in the order of its actor."""
    wrong = []
    told = collections.Counter()
    unknown = collections.Counter()
    for change in record.changes:
        key = (change.conversation_id, change.name, change.subject)
        if change.outcome == DONE:
            told[key] += 1
        elif change.outcome == UNKNOWN:
            unknown[key] += 1
    found = collections.Counter()
    for conversation_id, log in logs.items():
        initial = initial_members(log, created_with[conversation_id])
        for user in created_with[conversation_id] - initial:
            found[conversation_id, ADDED, user] -= 1  # came with the conversation, and the log says so
        for entry in log:
            if entry.name in (ADDED, REMOVED):
                found[conversation_id, entry.name, entry.data["member"]["user_id"]] += 1
            elif entry.name == UPDATED:
                found[conversation_id, entry.name, entry.data["conversation"]["title"]] += 1
    for key in told.keys() | unknown.keys() | found.keys():
        if not told[key] <= found[key] <= told[key] + unknown[key]:
            wrong.append(f"{key}: {told[key]} acknowledged, {unknown[key]} unknown, {found[key]} in the log")
    return wrong + check_order_of_changes(record, logs)


def check_order_of_changes(record: Record, logs: dict[str, Sequence[Entry]]) -> list[str]:
    """What one actor was told was done, one after another, stands in that order. Followed by titles: they are unique."""
    place = {(conversation_id, entry.data["conversation"]["title"]): entry.number
             for conversation_id, log in logs.items() for entry in log if entry.name == UPDATED}
    done = collections.defaultdict(list)
    for change in record.changes:
        key = (change.conversation_id, change.subject)
        if change.name == UPDATED and change.outcome == DONE and key in place:
            done[change.conversation_id, change.actor_id].append(place[key])
    return [f"titles of {actor} in {conversation_id}: done in this order, logged in another: {revs}"
            for (conversation_id, actor), revs in done.items() if revs != sorted(revs)]


def check_title(where: str, log: Sequence[Entry], title: str) -> list[str]:
    """The title is the one that the log set last."""
    last = [entry.data["conversation"]["title"] for entry in log if entry.name in (CREATED, UPDATED)]
    return [] if last and last[-1] == title else [f"{where}: title {title!r}, by the log {last[-1:]}"]


def check_feed(user_id: str, feed: Sequence[Entry], base: int, logs: dict[str, Sequence[Entry]],
               created_with: dict[str, set[str]], memberships: set[str]) -> list[str]:
    """urev is dense; the feed tells each coming and going once; read positions only grow. base: skipped by a reset."""
    wrong = []
    numbers = [entry.number - base for entry in feed]
    if numbers != list(range(1, len(feed) + 1)):
        wrong.append(f"feed of {user_id}: urev is not dense: {holes(numbers)}")
    told = collections.Counter()
    belongs: dict[str, bool] = {}
    read: dict[str, int] = collections.defaultdict(int)
    for entry in feed:
        if entry.name in (JOINED, LEFT):
            conversation_id = entry.data["membership"]["conversation_id"]
            told[conversation_id, entry.name] += 1
            if belongs.get(conversation_id, None if base else False) == (entry.name == JOINED):
                wrong.append(f"feed of {user_id}: {entry.name} of {conversation_id} at {entry.number} changes nothing")
            belongs[conversation_id] = entry.name == JOINED
            read[conversation_id] = 0  # who leaves gives up their position
        elif entry.name == READ:
            moved = entry.data["read"]
            if moved["read_seq"] < read[moved["conversation_id"]]:
                wrong.append(f"feed of {user_id}: the read position falls at {entry.number}: {moved}")
            read[moved["conversation_id"]] = moved["read_seq"]
    if base:
        return wrong
    present = {conversation_id for conversation_id, there in belongs.items() if there}
    if present != memberships:
        wrong.append(f"feed of {user_id}: belongs to {sorted(present)}, by the group {sorted(memberships)}")
    for conversation_id, log in logs.items():
        changes = collections.Counter(entry.name for entry in log if entry.name in (ADDED, REMOVED)
                                      and entry.data["member"]["user_id"] == user_id)
        joined = changes[ADDED] + (user_id in initial_members(log, created_with[conversation_id]))
        if (told[conversation_id, JOINED], told[conversation_id, LEFT]) != (joined, changes[REMOVED]):
            wrong.append(f"feed of {user_id}: {conversation_id} joined {told[conversation_id, JOINED]} times, left "
                         f"{told[conversation_id, LEFT]}; by the log {joined} and {changes[REMOVED]}")
    return wrong


def check_head(user_id: str, conversation_id: str, log: Sequence[Entry], head: dict, reads: Reads,
               feed: Sequence[Entry]) -> list[str]:
    """Where a conversation stands for one member: the newest numbers, and the arithmetic of unread."""
    where = f"head of {conversation_id} for {user_id}"
    wrong = []
    all_messages = messages(log)
    newest = (len(log), len(all_messages))
    if (head["rev"], head["seq"]) != newest:
        wrong.append(f"{where}: rev and seq {head['rev']}, {head['seq']}, by the log {newest}")
    if head["unread"] != head["seq"] - head["read_seq"]:
        wrong.append(f"{where}: unread {head['unread']} is not {head['seq']} - {head['read_seq']}")
    left = max((entry.number for entry in log if entry.name == REMOVED
                and entry.data["member"]["user_id"] == user_id), default=0)
    own = max((message["seq"] for message in all_messages
               if message["sender_id"] == user_id and message["rev"] > left), default=0)
    # Who leaves gives up their position, so what they were told before does not count any more.
    told = [] if left else reads.told
    if told != sorted(told):
        wrong.append(f"{where}: was told to have read up to {told}, which falls")
    since, newest_at_join = since_join(log, user_id)
    if since > newest_at_join:
        wrong.append(f"{where}: came when {since} was the newest message, by the log {newest_at_join}")
    least = max([own, since, *told])
    most = max(reads.asked, own, since)
    if not least <= head["read_seq"] <= most:
        wrong.append(f"{where}: read up to {head['read_seq']}, told at least {least}, asked for at most {most}")
    moved = [entry.data["read"]["read_seq"] for entry in feed
             if entry.name == READ and entry.data["read"]["conversation_id"] == conversation_id]
    if moved and not left and moved[-1] > head["read_seq"]:
        wrong.append(f"{where}: read up to {head['read_seq']}, the feed said {moved[-1]}")
    return wrong


def since_join(log: Sequence[Entry], user_id: str) -> tuple[int, int]:
    """The newest message when the user last came, which they have read up to: as it was said then, and by the log. The log
    may have heard of them late; what was written meanwhile is unread to them."""
    seq, since, at_join = 0, 0, 0
    for entry in log:
        seq = max(seq, entry.seq)
        if entry.name in (ADDED, REMOVED) and entry.data["member"]["user_id"] == user_id:
            since, at_join = (entry.data["member"]["since_seq"], seq) if entry.name == ADDED else (0, 0)
    return since, at_join
