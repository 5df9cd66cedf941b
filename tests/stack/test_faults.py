"""A short run of faults.py: every manner of fault once. `./dev faults` is the long one."""
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

pytestmark = pytest.mark.target("stack", why="it is about several processes")

PROGRAM = pathlib.Path(__file__).parent / "faults.py"
# RabbitMQ takes ten seconds to start: only what nothing else shows stops it here.
KINDS = ("kill-message1", "kill-notification1", "kill-group", "kill-redis", "restart-postgres", "outbox-group", "rolling")
PARTITIONS = ("partition-message2", "partition-redis", "partition-rabbitmq")  # take root
SECONDS = 600


def test_nothing_is_lost_whatever_happens_to_the_stack(record_property):
    kinds = KINDS + (PARTITIONS if os.geteuid() == 0 else ())
    done = subprocess.run([sys.executable, PROGRAM, "--rounds", "1", "--partition-seconds", "3", *kinds],
                          capture_output=True, text=True, timeout=SECONDS, check=False)
    record_property("faults", done.stdout)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    for kind in kinds:
        assert f" {kind} 1: works again" in done.stdout


def processes_of(folder: pathlib.Path) -> list[str]:
    """The command lines that name a folder."""
    lines = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended meanwhile
    return [line for line in lines if f"{folder}/" in line]


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="molva-faults-") as name:
        os.chmod(name, 0o755)  # user postgres has to get in
        yield pathlib.Path(name)


def test_sigterm_ends_all_that_it_has_started(folder):
    with subprocess.Popen([sys.executable, PROGRAM, "--folder", folder, "flush-redis"], stdout=subprocess.PIPE,
                          text=True) as running:
        try:
            assert any("works again" in line for line in running.stdout), "it ended by itself"
            assert processes_of(folder)
        finally:
            running.terminate()
            running.stdout.read()
        assert running.wait(SECONDS) == 1
    assert not processes_of(folder)
