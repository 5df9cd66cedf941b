#!/usr/bin/env python3
"""Generates the parts of deploy/ that list the services, from src/app/services.def: services.py write|check [ROOT]

The part of a file between the lines "# services.py: NAME" and "# services.py: end" is generated; the rest is written
by hand. `check` lists files that do not match the rows. nginx's map of paths is generated from the contract
(tools/genapi/edge.py).
"""
import pathlib
import re
import sys
from typing import Callable, NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[1]
TABLE = "src/app/services.def"
ROW = re.compile(r"^SERVICE\((\w+), (\w+), (.+), (\d+)\)$", re.M)
FIRST_PORT = 8081  # of upstreams.conf.example


class Service(NamedTuple):
    name: str
    copies: int

    @property
    def members(self) -> list[str]:
        """Its processes: "auth", or "message1" and "message2"."""
        return [self.name] if self.copies == 1 else [f"{self.name}{number}" for number in range(1, self.copies + 1)]


def read(root: pathlib.Path = ROOT) -> list[Service]:
    return [Service(name, int(copies)) for name, _, _, copies in ROW.findall((root / TABLE).read_text())]


SERVICES = read()
NAMES = tuple(service.name for service in SERVICES)


# ---- the parts ----

def names(services: list[Service]) -> str:
    return f"services='{' '.join(service.name for service in services)}'"


def compose_addresses(services: list[Service]) -> str:
    return "\n".join(f"MOLVA_{name.upper()}_ADDRESS: dns:///{name}:7001" for name, _ in services)


def compose_waits(services: list[Service]) -> str:
    return "\n".join(f"{name}: {{ condition: service_healthy }}" for name, _ in services)


def compose_services(services: list[Service]) -> str:
    return "\n\n".join(f"""\
{name}:
  <<: *service
  image: molva-{name}:${{MOLVA_VERSION:-latest}}
  build: {{ context: ../.., dockerfile: deploy/docker/Dockerfile, target: {name} }}{f'''
  scale: {copies}''' if copies > 1 else ''}
  environment: *environment
  networks: [services, data]
  secrets: [database_{name}, redis, bus, service_key]
  depends_on: *depends""" for name, copies in services)


def compose_database_secrets(services: list[Service]) -> str:
    return f"secrets: [postgres, {', '.join(f'database_{name}' for name, _ in services)}]"


def compose_secrets(services: list[Service]) -> str:
    return "\n".join(f"database_{name}: {{ file: ./secrets/database_{name} }}" for name, _ in services)


def images(services: list[Service]) -> str:
    return "\n\n".join(f"FROM service AS {name}\nENV MOLVA_SERVICES={name}" for name, _ in services)


def upstream(name: str, servers: list[str]) -> str:
    return "\n".join([f"upstream molva_{name} {{", *(f"    server {server};" for server in servers), "    keepalive 32;", "}"])


def container_upstreams(services: list[Service]) -> str:
    return "\n".join(upstream(name, [f"{name}:8080 max_fails=2 fail_timeout=5s", f"{name}:8080 max_fails=0 backup"])
                     for name, _ in services)


def example_upstreams(services: list[Service]) -> str:
    found, port = [], FIRST_PORT
    for name, copies in services:
        addresses = [f"127.0.0.1:{port + number}" for number in range(copies)]
        port += copies
        backups = [f"{address} max_fails=0 backup" for address in addresses] if copies > 1 else []
        found.append(upstream(name, [f"{address} max_fails=2 fail_timeout=5s" for address in addresses] + backups))
    return "\n".join(found)


PARTS: dict[str, dict[str, Callable[[list[Service]], str]]] = {
    "deploy/docker/compose.yaml": {"addresses": compose_addresses, "waits": compose_waits, "services": compose_services,
                                   "database secrets": compose_database_secrets, "secrets": compose_secrets},
    "deploy/docker/Dockerfile": {"images": images},
    "deploy/docker/upstreams.conf": {"upstreams": container_upstreams},
    "deploy/docker/edge.sh": {"names": names},
    "deploy/docker/up": {"names": names},
    "deploy/nginx/upstreams.conf.example": {"upstreams": example_upstreams},
    "deploy/postgres/provision.sh": {"names": names},
}


# ---- the files ----

def with_parts(text: str, parts: dict[str, Callable[[list[Service]], str]], services: list[Service]) -> str:
    """The text with each part regenerated. A part has the indentation of its first line."""
    for name, make in parts.items():
        part = re.compile(rf"^( *)# services\.py: {name}\n.*?^ *# services\.py: end$", re.M | re.S)
        if len(part.findall(text)) != 1:
            raise ValueError(f'needs the lines "# services.py: {name}" and "# services.py: end" once')
        indent = part.search(text)[1]
        lines = [f"# services.py: {name}", *make(services).split("\n"), "# services.py: end"]
        written = "\n".join(indent + line if line else line for line in lines)
        text = part.sub(lambda _, written=written: written, text)
    return text


def main(command: str, root: str = str(ROOT)) -> int:
    base, stale = pathlib.Path(root), []
    services = read(base)
    for path, parts in PARTS.items():
        file = base / path
        text = file.read_text()
        try:
            wanted = with_parts(text, parts, services)
        except ValueError as trouble:
            print(f"{path}: {trouble}")
            return 1
        if text != wanted:
            stale.append(path)
            if command == "write":
                file.write_text(wanted)
    if command == "check" and stale:
        print(f"not what {TABLE} says now: {', '.join(stale)}; run tools/services.py write")
        return 1
    print(f"{len(services)} services, {len(PARTS)} files{f', {len(stale)} written' if command == 'write' else ''}")
    return 0 if services else 1


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("write", "check"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:3]))
