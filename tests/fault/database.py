"""The rows of the message service, read while no server runs, against the log that it gave out."""
import csv
import pathlib
import sqlite3
import uuid
from datetime import datetime, timezone
from typing import Sequence

import contract
from model import MESSAGE
from molva_client import Entry

# EntryKind of src/services/message/rules.h.
KINDS = {1: MESSAGE, 2: "member.added", 3: "member.removed", 4: "member.updated", 5: "conversation.created",
         6: "conversation.updated"}
SYSTEM = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def check(server, logs: dict[str, Sequence[Entry]]) -> list[str]:
    """What differs between the database of a server, in files or of PostgreSQL, and the logs."""
    return check_postgres(server, logs) if hasattr(server, "message_rows") else check_files(server.data, logs)


def check_postgres(server, logs: dict[str, Sequence[Entry]]) -> list[str]:
    def rows_of(query: str) -> list[list[str]]:
        return list(csv.reader(server.message_rows(query).splitlines(keepends=True)))

    wrong = []
    for conversation_id, log in logs.items():
        rows = [(int(rev), int(seq) if seq else None, int(kind), bytes.fromhex(id_), bytes.fromhex(sender),
                 bytes.fromhex(client), int(created), bytes.fromhex(text).decode(), bytes.fromhex(payload))
                for rev, seq, kind, id_, sender, client, created, text, payload in rows_of(
                    "SELECT rev, seq, kind, replace(id::text, '-', ''), replace(sender_id::text, '-', ''), "
                    "replace(client_id::text, '-', ''), created_at, encode(convert_to(coalesce(text, ''), 'UTF8'), 'hex'), "
                    f"encode(coalesce(payload, ''), 'hex') FROM entries WHERE conversation_id = '{conversation_id}' "
                    "ORDER BY rev")]
        wrong += check_rows(conversation_id, rows, log)
        [head] = rows_of(f"SELECT rev, seq FROM heads WHERE conversation_id = '{conversation_id}'") or [None]
        newest = [str(len(log)), str(max((entry.seq for entry in log), default=0))]
        if log and head != newest:
            wrong.append(f"{conversation_id}: head {head} in the database, {newest} by the log")
    others = {row[0] for row in rows_of("SELECT DISTINCT conversation_id FROM entries")} - set(logs)
    return wrong + [f"entries of a conversation that nobody made: {other}" for other in others]


def check_files(data: pathlib.Path, logs: dict[str, Sequence[Entry]]) -> list[str]:
    """Also whatever SQLite itself finds wrong with the files."""
    wrong = []
    for path in sorted(data.rglob("*.db")):
        with open_database(path) as database:
            verdict = [row[0] for row in database.execute("PRAGMA integrity_check")]
        if verdict != ["ok"]:
            wrong.append(f"{path.name}: {verdict[:5]}")
    [path] = data.rglob("message.db")
    with open_database(path) as database:
        for conversation_id, log in logs.items():
            rows = database.execute(
                "SELECT rev, seq, kind, id, sender_id, client_id, created_at, text, payload FROM entries "
                "WHERE conversation_id = ? ORDER BY rev", (uuid.UUID(conversation_id).bytes,)).fetchall()
            wrong += check_rows(conversation_id, rows, log)
            head = database.execute("SELECT rev, seq FROM heads WHERE conversation_id = ? AND NOT deleted",
                                    (uuid.UUID(conversation_id).bytes,)).fetchone()
            newest = (len(log), max((entry.seq for entry in log), default=0))
            if log and head != newest:
                wrong.append(f"{conversation_id}: head {head} in the database, {newest} by the log")
        known = {uuid.UUID(conversation_id).bytes for conversation_id in logs}
        others = {row[0] for row in database.execute("SELECT DISTINCT conversation_id FROM entries")} - known
        wrong += [f"entries of a conversation that nobody made: {uuid.UUID(bytes=other)}" for other in others]
    return wrong


def open_database(path: pathlib.Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def check_rows(conversation_id: str, rows: list[tuple], log: Sequence[Entry]) -> list[str]:
    """Row by row; client_ids and ids as in the log, events applied once."""
    if len(rows) != len(log):
        return [f"{conversation_id}: {len(rows)} rows in the database, {len(log)} entries by sync"]
    wrong = []
    for row, entry in zip(rows, log):
        if entry_of(conversation_id, row) != entry:
            wrong.append(f"{conversation_id}: {entry_of(conversation_id, row)} in the database, {entry} by sync")
    return wrong


def entry_of(conversation_id: str, row: tuple) -> Entry:
    """A row as sync gives it."""
    rev, seq, kind, message_id, sender_id, client_id, created_at, text, payload = row
    if KINDS.get(kind) != MESSAGE:
        return Entry(rev, KINDS.get(kind, f"kind {kind}"), seq or 0, contract.to_json(
            "molva.message.v1.ChangeData", payload))
    return Entry(rev, MESSAGE, seq, {"message": {
        "id": text_of(message_id), "conversation_id": conversation_id, "seq": seq, "rev": rev,
        "sender_id": text_of(sender_id), "client_id": text_of(client_id), "text": text,
        "created_at": rfc3339(created_at)}})


def text_of(value: bytes) -> str:
    return str(uuid.UUID(bytes=value))


def rfc3339(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"
