#!/usr/bin/env python3
"""Runs test programs with a server of their own: with_server.py redis|rabbitmq PROGRAM...

The programs run one after the other. They find the server in MOLVA_TEST_REDIS or MOLVA_TEST_RABBITMQ, and may order it
about: a line such as "kill" written to descriptor MOLVA_TEST_ORDERS is carried out and answered with "ok" on
MOLVA_TEST_ANSWERS (tests/support/server.h).
"""
import os
import pathlib
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from rabbitmq_server import RabbitmqServer  # noqa: E402
from redis_server import RedisServer  # noqa: E402

KINDS = {"redis": RedisServer, "rabbitmq": RabbitmqServer}
ORDERS = {"start", "stop", "kill", "pause", "resume", "flush", "drop", "settle"}


def obey(server, orders: int, answers: int):
    with os.fdopen(orders) as lines:
        for line in lines:
            order, _, rest = line.strip().partition(" ")
            try:
                if order == "length":
                    answer = str(server.queue_length(rest))
                elif order == "queues":
                    answer = server.queues()
                elif order in ORDERS:
                    getattr(server, order)()
                    answer = "ok"
                else:
                    answer = "unknown"
            except Exception as error:  # pylint: disable=broad-except
                answer = f"failed: {error}".replace("\n", " ")
            os.write(answers, (answer + "\n").encode())


def run(server, kind: str, program: str) -> int:
    (orders_read, orders_write), (answers_read, answers_write) = os.pipe(), os.pipe()
    environment = dict(os.environ, MOLVA_TEST_ORDERS=str(orders_write), MOLVA_TEST_ANSWERS=str(answers_read))
    environment[f"MOLVA_TEST_{kind.upper()}"] = server.url
    obeying = threading.Thread(target=obey, args=(server, orders_read, answers_write), daemon=True)
    process = subprocess.Popen([program], env=environment, pass_fds=(orders_write, answers_read))
    os.close(orders_write)
    os.close(answers_read)
    obeying.start()
    try:
        status = process.wait()
    except BaseException:
        process.kill()
        raise
    obeying.join()
    os.close(answers_write)
    return status


def main() -> int:
    kind, programs = sys.argv[1], sys.argv[2:]
    # So that the server is ended too when this takes too long.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with KINDS[kind]() as server:
        for program in programs:
            if server.process is None:
                server.start()
            status = run(server, kind, program)
            if status:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
