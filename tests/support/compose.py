"""The containers of deploy/docker/compose.yaml with the face of a server.

tests/containers/compose.sh has started them and takes them down; COMPOSE_PROJECT_NAME and DOCKER_HOST lead there. Settings of
a test's own make the containers of the services anew, on the same data.
"""
import json
import pathlib
import re
import subprocess
import time
import urllib.error
import urllib.request

from server import STOP_SECONDS, TEST_SETTINGS, ServerFailed
from services import NAMES as SERVICES

FILE = pathlib.Path(__file__).parents[2] / "deploy/docker/compose.yaml"
GRPC_PORT = 7001
HEALTHY_SECONDS = 90  # only a bound, after which a container counts as broken


def run(*command: str, given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServerFailed(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout


class Container:
    """One of ours, to be killed and started again."""

    def __init__(self, identity: str):
        self.identity = identity

    def state(self) -> dict:
        return json.loads(run("docker", "inspect", "--format", "{{json .State}}", self.identity))

    def strike(self) -> None:
        run("docker", "kill", self.identity)

    def kill9(self) -> None:
        if self.state()["Running"]:
            self.strike()
        run("docker", "wait", self.identity)

    def spawn(self) -> None:
        run("docker", "start", self.identity)

    def start(self) -> None:
        self.spawn()
        self.wait_healthy()

    def wait_healthy(self) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS
        while self.state()["Health"]["Status"] != "healthy":
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.identity} is not healthy after {HEALTHY_SECONDS} s: {run('docker', 'logs', self.identity)}")
            time.sleep(0.1)


class ComposeServer:
    """All the containers. There is one platform, so a second one is the same."""

    def __init__(self, folder: pathlib.Path, *, grpc: bool = False, **settings: str):
        self._folder, self._grpc, self._settings = pathlib.Path(folder), grpc, TEST_SETTINGS | settings
        self.starts = 0

    def _compose(self, *arguments: str, given: str = "") -> str:
        return run("docker-compose", "-f", str(FILE), "-f", str(self._folder / "override.json"), *arguments, given=given)

    def _containers(self, *services: str) -> list[Container]:
        return [Container(identity) for identity in self._compose("ps", "-q", *services).split()]

    @property
    def metrics_urls(self) -> list[str]:
        """None: from outside only the edge can be reached."""
        return []

    @property
    def address(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return int(self._compose("port", "edge", "8080").rpartition(":")[2])

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self._port}"

    @property
    def gateways(self) -> list[str]:
        """The edge: theirs are not published."""
        return [self.url]

    @property
    def grpc_addresses(self) -> list[str]:
        """Of every container of ours, as published on this machine."""
        addresses = []
        for container in self._containers(*SERVICES):
            addresses.append(run("docker", "port", container.identity, str(GRPC_PORT)).split()[0])
        return addresses

    @property
    def log(self) -> str:
        return self._compose("logs", "--no-color", *SERVICES)

    @property
    def owner_code(self) -> str:
        found = re.findall(r"#owner=([\w-]+)", self._compose("logs", "--no-color", "auth"))
        return found[-1] if found else ""

    def message_rows(self, query: str) -> str:
        """What PostgreSQL's COPY (query) prints as CSV, from the database of message."""
        return self._compose("exec", "-T", "postgres", "sh", "-c",
                             "PGPASSWORD=$(cat /run/secrets/postgres) psql -qAt -h 127.0.0.1 -U postgres molva_message",
                             given=f"COPY ({query}) TO STDOUT (FORMAT csv);\n")

    def start(self) -> None:
        """Makes those containers anew whose settings are others now, and waits until all serve."""
        self._folder.mkdir(parents=True, exist_ok=True)
        service: dict = {"environment": self._settings}
        if self._grpc:
            service |= {"ports": [f"127.0.0.1::{GRPC_PORT}"], "networks": ["services", "data", "public"]}
        (self._folder / "override.json").write_text(json.dumps(
            {"services": {name: service for name in SERVICES}}))
        self._compose("up", "-d", "--no-build")
        self._port = self.port
        for container in self._containers(*SERVICES, "edge"):
            container.wait_healthy()
        deadline = time.monotonic() + HEALTHY_SECONDS
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise ServerFailed(f"nothing serves at {self.url} after {HEALTHY_SECONDS} s")
            time.sleep(0.1)
        self.starts += 1

    def is_ready(self) -> bool:
        """Whether the edge reaches a container of each service."""
        try:
            for path in ("/readyz", "/.well-known/jwks.json"):
                urllib.request.urlopen(self.url + path, timeout=5).close()
        except (OSError, urllib.error.URLError):
            return False
        return True

    @property
    def running(self) -> bool:
        return all(container.state()["Running"] for container in self._containers(*SERVICES, "edge"))

    def victim(self, rng) -> Container:
        """Whom a fault test kills: one of our containers."""
        return rng.choice(self._containers(*SERVICES))

    def kill9(self) -> None:
        """All of ours, at once; what is outside lives on."""
        for container in self._containers(*SERVICES):
            container.kill9()

    def restart(self) -> None:
        containers = self._containers(*SERVICES)
        self.kill9()
        for container in containers:
            container.spawn()
        for container in containers:
            container.wait_healthy()

    def terminate(self, seconds: float = STOP_SECONDS) -> int:
        """Asks all of ours to stop; the highest exit code."""
        containers = self._containers(*SERVICES)
        self._compose("stop", "-t", str(int(seconds)), *SERVICES)
        return max(container.state()["ExitCode"] for container in containers)

    def close(self) -> None:
        """It stays, for the next test and for its data."""

    def __enter__(self) -> "ComposeServer":
        self.start()
        return self

    def __exit__(self, *exc) -> None:
        self.close()
