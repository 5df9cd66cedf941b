"""A short run of faults.py: every manner of fault once. `./dev faults` is the long one."""
import contextlib
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
STOP_SECONDS = 300  # each process drains in turn; only what hangs takes so long


@contextlib.contextmanager
def faults(*args):
    """faults.py while it runs. However this ends, it is asked to end first, since it stops what it has started."""
    with subprocess.Popen([sys.executable, PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                running.terminate()
                try:
                    running.communicate(timeout=STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    running.kill()


def test_nothing_is_lost_whatever_happens_to_the_stack(record_property):
    kinds = KINDS + (PARTITIONS if os.geteuid() == 0 else ())
    with faults("--rounds", "1", "--partition-seconds", "3", *kinds) as running:
        output, errors = running.communicate(timeout=SECONDS)
    record_property("faults", output)
    print(output)
    assert running.returncode == 0, output + errors
    for kind in kinds:
        assert f" {kind} 1: works again" in output


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
    with faults("--folder", folder, "flush-redis") as running:
        assert any("works again" in line for line in running.stdout), "it ended by itself"
        assert processes_of(folder)
    assert running.returncode == 1
    assert not processes_of(folder)
