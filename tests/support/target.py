"""What the black-box tests run against: MOLVA_TARGET, or `./dev test --target=...`.

embedded  one process, SQLite and nothing else (default)
drivers   one process for all services, on PostgreSQL, Redis and RabbitMQ
stack     a process for each service, two of message and of notification, behind nginx
compose   the containers of deploy/docker/compose.yaml, as tests/containers/compose.sh has started them: one platform for all
          tests, so one test at a time

But for compose, each server has databases, a virtual host and a Redis of its own; PostgreSQL and RabbitMQ are shared, and come from
MOLVA_BACKENDS when `./dev test` has started them, else are started once for each run of pytest's workers.
"""
import atexit
import functools
import itertools
import os
import pathlib
import tempfile

from compose import ComposeServer
from server import STOP_SECONDS, TEST_SETTINGS, Server, ServerFailed, binary, clean_environment, metric_at
from stack import Backends, Stack, StackError

TARGET = os.environ.get("MOLVA_TARGET", "embedded")
_numbers = itertools.count(1)


@functools.cache
def backends() -> Backends:
    exported = os.environ.get("MOLVA_BACKENDS")
    if exported:
        return Backends.attach(exported)
    folder = tempfile.TemporaryDirectory(prefix="molva-backends-")
    os.chmod(folder.name, 0o755)  # user postgres has to get in
    started = Backends(pathlib.Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(started.stop)
    started.start()
    return started


class StackServer:
    """A whole stack with the face of one Server. `stack[NAME]` is a member of it."""

    def __init__(self, folder: pathlib.Path, *, layout: str = TARGET, overrides: dict | None = None, on: Backends | None = None,
                 grpc: bool = True, **settings: str):
        # The same folder again is the same installation.
        prefix_file = pathlib.Path(folder) / "prefix"
        if not prefix_file.exists():
            prefix_file.parent.mkdir(parents=True, exist_ok=True)
            prefix_file.write_text(f"t{os.getpid()}_{next(_numbers)}")
        self.stack = Stack(folder, on or backends(), binary(), layout=layout, prefix=prefix_file.read_text(),
                           settings=TEST_SETTINGS | settings, environment=clean_environment(), overrides=overrides)
        self.starts = 0

    @property
    def url(self) -> str:
        return self.stack.url

    @property
    def address(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def grpc_addresses(self) -> list[str]:
        """Of every process: they call each other there, whether a test does or not."""
        return [member.grpc_address for member in self.stack.servers.values()]

    @property
    def owner_code(self) -> str:
        return self.stack.owner_code

    @property
    def gateways(self) -> list[str]:
        """Where sockets lead to a gateway without the edge between."""
        return [member.url for member in self.stack.of("notification")]

    @property
    def metrics_urls(self) -> list[str]:
        return [member.url for member in self.stack.servers.values()]

    def metric(self, name: str) -> float:
        """Of all processes together."""
        return sum(metric_at(url, name) for url in self.metrics_urls)

    def message_rows(self, query: str) -> str:
        """What PostgreSQL's COPY (query) prints as CSV, from the database of message."""
        return self.stack["postgres"].sql(f"COPY ({query}) TO STDOUT (FORMAT csv)", f"{self.stack.prefix}_message")

    @property
    def log(self) -> str:
        return "".join(member.log for member in self.stack.servers.values())

    @property
    def running(self) -> bool:
        return all(member.running for member in self.stack.members)

    def start(self) -> None:
        self.stack.start()
        self.starts += 1

    def is_ready(self) -> bool:
        return all(member.is_ready() for member in self.stack.servers.values())

    def kill9(self) -> None:
        """Every process of ours, at once; what is outside lives on."""
        for member in self.stack.servers.values():
            member.kill()

    def victim(self, rng):
        """Whom a fault test kills: one of our processes."""
        return rng.choice(list(self.stack.servers.values()))

    def restart(self) -> None:
        self.kill9()
        self.stack.start()

    def terminate(self, seconds: float = STOP_SECONDS) -> int:
        """Asks every process of ours to stop; the highest exit code."""
        try:
            for member in reversed(self.stack.servers.values()):
                member.stop(seconds)
        except StackError as failure:
            raise ServerFailed(str(failure)) from None
        return max(member.exit_code or 0 for member in self.stack.servers.values())

    def close(self) -> None:
        """An unclean end is an error, so that no test can overlook one."""
        self.stack.stop()
        for member in self.stack.servers.values():
            if member.exit_code:
                raise ServerFailed(f"{member.name} stopped with {member.exit_code}:\n{member.log[-4000:]}")

    def __enter__(self) -> "StackServer":
        try:
            self.start()
        except BaseException:
            self.stack.stop()
            raise
        return self

    def __exit__(self, *exc) -> None:
        self.close()


def make_server(folder: pathlib.Path, *args: str, **options):
    """A server of the target, not started. args and `preload` are for embedded ones."""
    if TARGET == "embedded":
        return Server(folder, *args, **options)
    if TARGET == "compose":
        return ComposeServer(folder, **options)
    return StackServer(folder, **options)
