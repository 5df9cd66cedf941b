"""Real texts: every fortune of Debian's fortunes and fortunes-ru goes from one client to another, byte for byte, over
the WebSocket and over plain HTTP. MOLVA_FORTUNES=all takes all of them; a number, or nothing, takes so many."""
import asyncio
import os
import pathlib
import re

import pytest

from http_api import uuid7

FOLDER = pathlib.Path("/usr/share/games/fortunes")
TEXT_BYTES_MAX = 16384
TAKEN = os.environ.get("MOLVA_FORTUNES", "4000")
AT_ONCE = 24  # calls of a socket that wait for their turn; the server takes 32


def fortunes() -> list[str]:
    """The texts that fit a message, without repetitions, spread over all files when not all are taken."""
    files = [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and path.suffix not in (".dat", ".u8")]
    assert files, f"no texts in {FOLDER}: install fortunes and fortunes-ru"
    texts = {}
    for path in files:
        for text in re.split(rb"^%\n", path.read_bytes(), flags=re.MULTILINE):
            if 0 < len(text) <= TEXT_BYTES_MAX and b"\0" not in text:
                texts.setdefault(text.decode())
    texts = list(texts)
    if TAKEN == "all" or int(TAKEN) >= len(texts):
        return texts
    step = len(texts) / int(TAKEN)
    return [texts[int(i * step)] for i in range(int(TAKEN))]


def test_there_are_texts_in_two_alphabets_with_odd_characters():
    together = "".join(fortunes())
    assert re.search("[a-z]", together) and re.search("[а-яё]", together)
    assert "\t" in together and '"' in together and "\\" in together


def check(sent: list[str], received: list[str]) -> None:
    assert len(received) == len(sent)
    for i, (one, other) in enumerate(zip(sent, received)):
        assert one.encode() == other.encode(), f"text {i} was changed on its way"


@pytest.mark.seconds(900)
async def test_every_text_arrives_over_the_websocket_as_it_was_sent(world):
    texts = fortunes()
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_direct(ann, bob)
    writer, reader = await world.online(ann, keep_frames=False), await world.online(bob, keep_frames=False)
    for start in range(0, len(texts), AT_ONCE):
        answers = [await writer.start_call("message.Send", {
            "conversation_id": room, "client_id": uuid7(), "text": text}) for text in texts[start:start + AT_ONCE]]
        for answer, text in zip(answers, texts[start:]):
            assert (await writer.answer_of(answer))["message"]["text"] == text

    def received():
        scope = reader.conversations.get(room)
        return scope and [entry for entry in scope.entries if entry.name == "message.created"]

    await reader.until(lambda: len(received() or ()) >= len(texts), f"{len(texts)} messages", seconds=120)
    check(texts, [entry.data["message"]["text"] for entry in received()])


@pytest.mark.seconds(900)
async def test_every_text_arrives_over_http_as_it_was_sent(world):
    texts = fortunes()
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_direct(bob, ann)
    order = {}

    async def send(text: str) -> None:
        message = (await world.http.send_message(bob, room, text))["message"]
        order[message["seq"]] = text

    for start in range(0, len(texts), AT_ONCE):
        await asyncio.gather(*(send(text) for text in texts[start:start + AT_ONCE]))
    received, oldest, more = [], 0, True
    while more:  # backwards from the newest
        page = await world.http.get(f"/v1/conversations/{room}/messages", ann.access_token, before_seq=oldest,
                                    limit=200)
        received[:0] = [message["text"] for message in page["messages"]]
        oldest, more = page["messages"][0]["seq"], page["has_more"]
    check([order[seq] for seq in sorted(order)], received)
