"""The model notices what it is there for: a good history passes, and each way of breaking it is told."""
import copy
import uuid

import pytest

import database
import model
from model import ADDED, CREATED, DONE, JOINED, LEFT, MESSAGE, READ, REMOVED, UNKNOWN, UPDATED
from molva_client import Entry

ANN, BOB, CEM, ROOM = "ann", "bob", "cem", "room"


def message(seq: int, rev: int, sender: str, text: str) -> dict:
    return {"id": f"m{seq}", "conversation_id": ROOM, "seq": seq, "rev": rev, "sender_id": sender,
            "client_id": f"c-{text}", "text": text, "created_at": "2026-01-01T00:00:00.000Z"}


def member(user: str, since_seq: int = 0) -> dict:
    return {"member": {"user_id": user, "role": "MEMBER", "actor_id": ANN, "since_seq": since_seq}}


class History:
    """Ann makes a room with Bob, Bob writes, Ann adds Cem, names the room, removes Cem."""

    def __init__(self):
        self.log = [
            Entry(1, CREATED, 0, {"conversation": {"title": "Room", "actor_id": ANN}}),
            Entry(2, MESSAGE, 1, {"message": message(1, 2, BOB, "one")}),
            Entry(3, ADDED, 0, member(CEM, 1)),
            Entry(4, MESSAGE, 2, {"message": message(2, 4, BOB, "two")}),
            Entry(5, UPDATED, 0, {"conversation": {"title": "New", "actor_id": ANN}}),
            Entry(6, UPDATED, 0, {"conversation": {"title": "Newer", "actor_id": ANN}}),
            Entry(7, REMOVED, 0, member(CEM)),
        ]
        self.feed = [
            Entry(1, JOINED, 0, {"membership": {"conversation_id": ROOM}}),
            Entry(2, READ, 0, {"read": {"conversation_id": ROOM, "read_seq": 1, "unread": 1}}),
            Entry(3, LEFT, 0, {"membership": {"conversation_id": ROOM}}),
        ]
        self.record = model.Record()
        for text, seq, rev in (("one", 1, 2), ("two", 2, 4)):
            self.record.sends[f"c-{text}"] = model.Send(BOB, ROOM, f"c-{text}", text, [message(seq, rev, BOB, text)])
        self.record.sends["c-no"] = model.Send(BOB, ROOM, "c-no", "no", refused=1)
        self.record.bursts = [["c-one", "c-two"]]
        self.record.changes = [model.GroupChange(ROOM, ANN, ADDED, CEM, DONE),
                               model.GroupChange(ROOM, ANN, UPDATED, "New", DONE),
                               model.GroupChange(ROOM, ANN, UPDATED, "Newer", DONE),
                               model.GroupChange(ROOM, ANN, REMOVED, CEM, DONE)]
        self.record.reads[ANN, ROOM] = model.Reads(asked=2, told=[1, 1])
        self.head = {"rev": 7, "seq": 2, "read_seq": 1, "unread": 1, "mentions": 0}
        self.members = {ANN, BOB}
        self.title = "Newer"

    def wrong(self) -> list[str]:
        logs, created_with = {ROOM: self.log}, {ROOM: {ANN, BOB}}
        return (model.check_numbers(ROOM, self.log)
                + model.check_sends(self.record, logs)
                + model.check_order(self.record, logs)
                + model.check_members(ROOM, self.log, created_with[ROOM], self.members)
                + model.check_changes(self.record, logs, created_with)
                + model.check_title(ROOM, self.log, self.title)
                + model.check_feed(CEM, self.feed, 0, logs, created_with, set())
                + model.check_head(ANN, ROOM, self.log, self.head, self.record.reads[ANN, ROOM], []))

    def set_message(self, index: int, **fields) -> None:
        entry = self.log[index]
        self.log[index] = entry._replace(data={"message": entry.data["message"] | fields})


def test_a_good_history_passes():
    assert History().wrong() == []


def test_what_was_never_answered_may_be_stored_or_not():
    history = History()
    history.record.sends["c-two"].answers.clear()
    history.record.sends["c-two"].unknown = 1
    history.record.sends["c-three"] = model.Send(BOB, ROOM, "c-three", "three", unknown=1)
    history.record.changes[1].outcome = UNKNOWN
    history.record.changes.append(model.GroupChange(ROOM, ANN, UPDATED, "Newest", UNKNOWN))
    assert history.wrong() == []


def test_a_log_that_adds_its_first_members_one_by_one_is_good_too():
    history = History()
    history.log[1:1] = [Entry(2, ADDED, 0, member(ANN)), Entry(3, ADDED, 0, member(BOB))]
    history.log = [entry._replace(number=rev) for rev, entry in enumerate(history.log, 1)]
    for index, rev in ((3, 4), (5, 6)):
        history.set_message(index, rev=rev)
    for answer, rev in (("c-one", 4), ("c-two", 6)):
        history.record.sends[answer].answers[0]["rev"] = rev
    history.head["rev"] = 9
    assert history.wrong() == []


def lose_an_acknowledged_message(history):
    del history.log[3]


def store_a_message_twice(history):
    history.log.append(Entry(8, MESSAGE, 3, {"message": message(3, 8, BOB, "two")}))


def change_a_text(history):
    history.set_message(1, text="other")


def renumber_a_message(history):
    history.record.sends["c-two"].answers[0]["seq"] = 3


def give_another_id(history):
    history.set_message(1, id="m9")


def give_it_to_another_sender(history):
    history.set_message(1, sender_id=ANN)
    history.record.sends["c-one"].answers[0]["sender_id"] = ANN


def store_what_was_refused(history):
    history.log.append(Entry(8, MESSAGE, 3, {"message": message(3, 8, BOB, "no")}))


def store_what_nobody_sent(history):
    history.log.append(Entry(8, MESSAGE, 3, {"message": message(3, 8, BOB, "ghost")}))


def put_it_into_another_conversation(history):
    history.set_message(1, conversation_id="elsewhere")
    history.record.sends["c-one"].answers[0]["conversation_id"] = "elsewhere"


def swap_messages_of_a_burst(history):
    history.record.bursts = [["c-two", "c-one"]]


def skip_a_rev(history):
    history.log[6] = history.log[6]._replace(number=8)


def skip_a_seq(history):
    history.log[3] = history.log[3]._replace(seq=3)


def number_a_system_entry(history):
    history.log[2] = history.log[2]._replace(seq=2)


def lose_an_acknowledged_member(history):
    del history.log[2]


def add_a_member_twice(history):
    history.log.append(Entry(8, ADDED, 0, member(BOB)))


def keep_a_removed_member(history):
    history.members = {ANN, BOB, CEM}


def lose_an_acknowledged_title(history):
    history.record.changes.append(model.GroupChange(ROOM, ANN, UPDATED, "Lost", DONE))


def log_a_title_twice(history):
    history.log.append(history.log[5]._replace(number=8))


def log_titles_in_another_order(history):
    history.log[4], history.log[5] = history.log[5]._replace(number=5), history.log[4]._replace(number=6)


def forget_the_title(history):
    history.title = "Room"


def forget_to_tell_the_feed(history):
    del history.feed[2]


def tell_the_feed_twice(history):
    history.feed.insert(1, history.feed[0])


def skip_a_urev(history):
    history.feed[2] = history.feed[2]._replace(number=4)


def let_a_read_position_fall(history):
    history.feed.insert(2, Entry(3, READ, 0, {"read": {"conversation_id": ROOM, "read_seq": 0, "unread": 2}}))
    history.feed[3] = history.feed[3]._replace(number=4)


def count_unread_wrongly(history):
    history.head["unread"] = 2


def forget_a_read_position(history):
    history.head |= {"read_seq": 0, "unread": 2}


def tell_that_a_read_position_fell(history):
    history.record.reads[ANN, ROOM].told = [1, 0]


def read_further_than_asked(history):
    history.record.reads[ANN, ROOM].asked = 1
    history.head |= {"read_seq": 2, "unread": 0}


def stay_behind_with_the_head(history):
    history.head |= {"rev": 6}


BREAKS = [value for value in list(globals().values())
          if callable(value) and getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("history",)
          and value.__code__.co_argcount == 1]


@pytest.mark.parametrize("damage", BREAKS, ids=lambda damage: damage.__name__)
def test_the_model_notices(damage):
    history = History()
    damage(history)
    assert history.wrong() != []


def test_who_was_removed_may_have_lost_the_read_position():
    history = History()
    history.record.reads[CEM, ROOM] = model.Reads(asked=2, told=[2, 1])
    head = history.head | {"read_seq": 0, "unread": 2}
    assert model.check_head(CEM, ROOM, history.log, head, history.record.reads[CEM, ROOM], history.feed) == []


@pytest.mark.parametrize("label, since_seq, read_seq, is_right", (
    ("where they came", 1, 1, True), ("further, as asked", 1, 2, True), ("everything again", 1, 0, False),
    ("the log was ahead when it heard of them", 0, 0, True), ("what was not written yet", 2, 2, False)))
def test_who_comes_has_read_what_was_there(label, since_seq, read_seq, is_right):
    log = History().log[:6]
    log[2] = log[2]._replace(data=member(CEM, since_seq))
    head = {"rev": 6, "seq": 2, "read_seq": read_seq, "unread": 2 - read_seq, "mentions": 0}
    assert (model.check_head(CEM, ROOM, log, head, model.Reads(asked=2), []) == []) is is_right, label


def test_differences_between_two_logs_are_found():
    log = History().log
    assert model.check_same("log", log, copy.deepcopy(log)) == []
    assert model.check_same("log", log, log[:-1]) != []
    assert model.check_same("log", log, [*log[:-1], log[-1]._replace(name=ADDED)]) != []


ROW_ID, ROOM_ID = uuid.UUID(int=7), uuid.UUID(int=9)
ROW = (2, 1, 1, ROW_ID.bytes, ROW_ID.bytes, ROW_ID.bytes, 1_767_225_600_123, "hello", None)
ROW_ENTRY = Entry(2, MESSAGE, 1, {"message": {
    "id": str(ROW_ID), "conversation_id": str(ROOM_ID), "seq": 1, "rev": 2, "sender_id": str(ROW_ID),
    "client_id": str(ROW_ID), "text": "hello", "created_at": "2026-01-01T00:00:00.123Z"}})


def test_rows_of_the_database_are_read_as_the_server_gives_them_out():
    assert database.check_rows(str(ROOM_ID), [ROW], [ROW_ENTRY]) == []


@pytest.mark.parametrize("column", range(len(ROW) - 1))
def test_a_row_that_differs_in_any_column_is_found(column):
    other = {int: 3, bytes: bytes(16), str: "other"}[type(ROW[column])]
    row = ROW[:column] + (other,) + ROW[column + 1:]
    if column == 2:
        row = row[:-1] + (b"",)  # a system entry has a payload instead of a text
    assert database.check_rows(str(ROOM_ID), [row], [ROW_ENTRY]) != []


def test_a_missing_row_is_found():
    assert database.check_rows(str(ROOM_ID), [], [ROW_ENTRY]) != []
