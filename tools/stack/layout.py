"""Who runs what: a process for each service, two of those that carry the load, nginx before them; or one process for all."""
import os
import pathlib
import re
import secrets

from services import NAMES, SERVICES

from .backends import Backends, Redis
from .ports import free_port
from .process import Member, StackError
from .servers import Molva, Nginx

# Name of the member -> the services that it runs. Members with several names of one service share it.
LAYOUTS: dict[str, dict[str, tuple[str, ...]]] = {
    "stack": {member: (service.name,) for service in SERVICES for member in service.members},
    "drivers": {"molva": ("all",)},
}


class Stack:
    """All processes of ours with a Redis, on databases and a virtual host of their own.

    `settings` are environment names for every process of ours, `environment` what they start from. `ports` gives members
    fixed ports by name, or none takes free ones.
    """

    def __init__(self, folder: pathlib.Path, backends: Backends, binary: pathlib.Path, *, layout: str = "stack",
                 prefix: str = "molva", settings: dict[str, str] | None = None,
                 environment: dict[str, str] | None = None, ports: dict[str, int] | None = None,
                 overrides: dict[str, dict[str, str]] | None = None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.backends, self.prefix, self.layout = backends, prefix, layout
        ports = ports or {}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MOLVA_")}
        base = inherited if environment is None else environment
        self.redis = Redis(self.folder, ports.get("redis") or free_port())
        self.key_file = self.folder / "service.key"
        if not self.key_file.exists():
            self.key_file.write_bytes(secrets.token_bytes(32))
            self.key_file.chmod(0o600)
        common = self._common_settings() | (settings or {})
        self.servers = {
            name: Molva(name, self.folder, binary, hosted, common | (overrides or {}).get(name, {}), base,
                        ports.get(name, 0), ports.get(f"{name}.grpc", 0))
            for name, hosted in LAYOUTS[layout].items()}
        self._tell_addresses()
        self.edge = None
        if len(self.servers) > 1:
            self.edge = Nginx(self.folder, {service: self.of(service) for service in NAMES}, ports.get("edge", 0))

    def _common_settings(self) -> dict[str, str]:
        return {
            "MOLVA_DATABASE": self.backends.postgres.url(self.prefix),
            "MOLVA_DATABASE_PASSWORD_FILE": self.backends.postgres.password_file,
            "MOLVA_REDIS": self.redis.url, "MOLVA_REDIS_PASSWORD_FILE": str(self.redis.password_file),
            "MOLVA_BUS": self.backends.rabbitmq.url(self.prefix),
            "MOLVA_BUS_PASSWORD_FILE": str(self.backends.rabbitmq.password_file),
            "MOLVA_SERVICE_KEY_FILE": str(self.key_file), "MOLVA_TRUSTED_PROXIES": "1" if len(LAYOUTS[self.layout]) > 1 else ""}

    def _tell_addresses(self) -> None:
        for service in NAMES:
            addresses = ",".join(member.grpc_address for member in self.of(service))
            for server in self.servers.values():
                server.settings.setdefault(f"MOLVA_{service.upper()}_ADDRESS", f"ipv4:{addresses}")

    def of(self, service: str) -> list[Molva]:
        """The members that run a service."""
        return [server for server in self.servers.values() if service in server.services or "all" in server.services]

    @property
    def members(self) -> list[Member]:
        """In the order of their start, without the backends."""
        return [self.redis, *self.servers.values(), *([self.edge] if self.edge else [])]

    def __getitem__(self, name: str) -> Member:
        for member in (*self.backends.members, *self.members):
            if member.name == name:
                return member
        raise KeyError(name)

    @property
    def url(self) -> str:
        return self.edge.url if self.edge else next(iter(self.servers.values())).url

    @property
    def owner_code(self) -> str:
        """The one-time code that makes its bearer the owner; the last one printed holds."""
        logs = "".join(member.log for member in self.of("auth"))
        found = re.findall(r"#owner=(\S+)", logs)
        return found[-1] if found else ""

    def start(self) -> None:
        self.backends.postgres.make_databases(self.prefix)
        self.backends.rabbitmq.make_vhost(self.prefix)
        for member in self.members:
            if member is not self.edge:
                member.spawn()
        for member in self.members:
            member.start()

    def stop(self) -> None:
        """The edge first, then the others against the order of their start."""
        failures = []
        for member in reversed(self.members):
            try:
                member.stop()
            except StackError as failure:
                failures.append(str(failure))
                member.kill()
        if failures:
            raise StackError("\n".join(failures))

    def drop(self) -> None:
        """Removes the databases and the virtual host."""
        self.backends.postgres.drop_databases(self.prefix)
        self.backends.rabbitmq.drop_vhost(self.prefix)

    def __enter__(self) -> "Stack":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc) -> None:
        self.stop()
