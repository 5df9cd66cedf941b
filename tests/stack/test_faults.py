"""A short run of faults.py: every manner of fault once. `./dev faults` is the long one."""
import os
import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.target("stack", why="it is about several processes")

PROGRAM = pathlib.Path(__file__).parent / "faults.py"
# Killing RabbitMQ, which takes ten seconds to start, is left to the long run.
KINDS = ("kill-message1", "kill-notification1", "kill-group", "kill-redis", "restart-postgres", "rolling")
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
