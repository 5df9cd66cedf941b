"""Power cuts: kill -9 of a process whose unsynced writes are lost, because libpowercut.so kept them in its memory."""
import pathlib
import sqlite3
import subprocess

import pytest

import model_check
from server import build_dir, clean_environment

pytestmark = pytest.mark.target("embedded", why="the writes of SQLite are held back; PostgreSQL answers for its own")

PROBE = pathlib.Path(__file__).with_name("powercut_probe.py")
COMMITS = 500
# In the CI run, with the model-checking client; MOLVA_MODEL_KILLS says otherwise.
POWER_CUTS = 15


def powercut_library() -> pathlib.Path:
    library = build_dir() / "tests" / "support" / "libpowercut.so"
    assert library.exists(), f"{library} is not built"
    return library


def probe(*args, **environment) -> subprocess.Popen:
    # Debian's interpreter uses Debian's libsqlite3, as the server does.
    return subprocess.Popen(["/usr/bin/python3", str(PROBE), *map(str, args)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE,
                            env=clean_environment(LD_PRELOAD=str(powercut_library()), **environment))


def committed_before_cut(path: pathlib.Path, journal_mode: str, synchronous: str, **environment) -> int:
    """Lets the probe commit for a while, cuts the power, and returns the last row whose commit it was told of."""
    with probe("commits", path, journal_mode, synchronous, **environment) as process:
        for _ in range(COMMITS):
            process.stdout.readline()
        process.kill()
        lines = process.stdout.read().splitlines()
    return COMMITS + len(lines)


def stored(path: pathlib.Path) -> int:
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        try:
            rows = database.execute("SELECT count(*), max(number) FROM rows").fetchone()
        except sqlite3.OperationalError:
            return 0  # not even the table reached the disk
    assert rows[0] == (rows[1] or 0), "a hole among the rows"
    return rows[0]


@pytest.mark.parametrize("journal_mode", ("wal", "delete"))
@pytest.mark.parametrize("leak", (0, 30))
def test_with_full_sync_no_commit_is_lost(tmp_path, journal_mode, leak):
    path = tmp_path / "probe.db"
    told = committed_before_cut(path, journal_mode, "FULL", POWERCUT_LEAK_PERCENT=str(leak))
    assert stored(path) >= told


def test_without_sync_commits_are_lost_and_the_library_shows_it(tmp_path):
    path = tmp_path / "probe.db"
    told = committed_before_cut(path, "wal", "OFF")
    assert stored(path) < told


def test_sync_normal_loses_commits_of_a_wal_but_never_tears_it(tmp_path):
    path = tmp_path / "probe.db"
    told = committed_before_cut(path, "wal", "NORMAL", POWERCUT_LEAK_PERCENT="30")
    assert 0 <= stored(path) < told


@pytest.mark.parametrize("seed", range(8))
def test_the_process_sees_its_writes_and_the_disk_only_what_was_synced(tmp_path, seed):
    path = tmp_path / "probe.db"
    with probe("random", path, seed) as process:
        last_synced = b""
        while (line := process.stdout.readline().rstrip()) != b"done":
            assert process.poll() is None, "the probe read something else than was written"
            last_synced = line
        process.kill()
    assert path.read_bytes() == bytes.fromhex(last_synced.decode())


def test_an_exit_in_good_order_loses_nothing(tmp_path):
    path = tmp_path / "probe.db"
    with probe("random", path, 1) as process:
        *_, last_synced, done = process.communicate(b"x")[0].splitlines()
    assert done == b"done" and process.returncode == 0
    assert path.read_bytes() != bytes.fromhex(last_synced.decode()), "this seed must end with unsynced writes"


@pytest.mark.seconds(600)
async def test_power_cuts_lose_nothing(tmp_path, record_property):
    plan = model_check.Plan.from_environment(kills=POWER_CUTS)
    wrong, summary = await model_check.check(plan, tmp_path, preload=powercut_library(),
                                             POWERCUT_LEAK_PERCENT="20", POWERCUT_SEED=str(plan.seed))
    record_property("model", summary)
    print(summary)
    assert not wrong, f"{summary}\n" + "\n".join(wrong[:30])
