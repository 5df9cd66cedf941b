"""The database server dies in the middle of writes: what was answered is there, and every event of it goes out."""
import os
import pathlib
import queue
import signal
import subprocess
import threading

import pytest

from postgres import Postgres

LOAD = pathlib.Path(os.environ.get("MOLVA_BIN", "build/test/src/app/molva")).parents[2] / "tests" / "contract" / "postgres_load"
SECONDS = 60


class Load:
    """Writers and a relay in a process of their own."""

    def __init__(self, url: str):
        self.told = {"ack": [], "err": [], "bus": []}
        self.news = queue.Queue()
        self.process = subprocess.Popen([LOAD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            what, item = line.split()
            self.told[what].append(item)
            self.news.put(what)

    def wait(self, what: str, count: int) -> None:
        """Until so many more were told."""
        while count:
            count -= self.news.get(timeout=SECONDS) == what

    def wait_published(self, items: set) -> None:
        while not items <= set(self.told["bus"]):
            self.news.get(timeout=SECONDS)

    def end(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(SECONDS) == 0
        self.reader.join()
        self.process.stdout.close()


def publish_the_rest(server: Postgres, items: set) -> None:
    """What the relay had not published when it ended is left in the outbox and goes out with the next one."""
    left = set(server.sql("SELECT convert_from(payload, 'UTF8') FROM outbox_bus", "load").split())
    assert not items - left
    successor = Load(server.url("load"))
    try:
        successor.wait_published(items)
    finally:
        successor.end()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT, signal.SIGINT], ids=["kill -9", "at once", "in order"])
def test_what_was_answered_outlives_the_server(how):
    with Postgres(durable=True) as server:
        server.sql("CREATE DATABASE load")
        load = Load(server.url("load"))
        try:
            for _ in range(3):
                load.wait("ack", 200)
                server.end(how)
                load.wait("err", 8)  # everybody has noticed
                server.start()
            load.wait("ack", 200)
        finally:
            load.end()
        stored = server.sql("SELECT name FROM items", "load").split()
        acked, failed, published = (set(load.told[what]) for what in ("ack", "err", "bus"))
        assert len(stored) == len(set(stored))
        assert not acked - set(stored)  # nothing that was answered is lost
        assert not set(stored) - acked - failed
        # Whoever ran into the crash during its commit was told that nobody knows; everybody else's failure is one.
        assert len(set(stored) & failed) <= 3 * 8
        publish_the_rest(server, set(stored) - published)


def test_connections_that_are_cut_one_after_another_cost_nobody_an_error():
    with Postgres(durable=True) as server:
        server.sql("CREATE DATABASE load")
        load = Load(server.url("load"))
        try:
            for _ in range(15):
                load.wait("ack", 40)
                server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'load' ORDER BY random() LIMIT 3")
        finally:
            load.end()
        stored = server.sql("SELECT name FROM items", "load").split()
        assert load.told["err"] == []
        assert sorted(stored) == sorted(load.told["ack"])
        publish_the_rest(server, set(stored) - set(load.told["bus"]))
