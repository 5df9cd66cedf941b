"""PostgreSQL, Redis and RabbitMQ, of Debian's packages, with data of their own. As root, PostgreSQL runs as its user."""
import base64
import glob
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import urllib.request

from services import NAMES

from .ports import free_port
from .process import Member, StackError, children_of

PROVISION = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "postgres" / "provision.sh"


def _tool(pattern: str, package: str) -> str:
    found = sorted(glob.glob(pattern))
    if not found:
        raise StackError(f"{pattern} is missing: install {package}")
    return found[-1]


def write_secret(path: pathlib.Path, text: str) -> pathlib.Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


class Postgres(Member):
    """A cluster with a role for each service. Databases: make_databases()."""

    stop_signal = signal.SIGINT  # fast: does not wait for clients

    def __init__(self, folder: pathlib.Path, port: int, *, durable: bool = False):
        super().__init__("postgres", folder)
        self.port, self.durable = port, durable
        self.bin = pathlib.Path(_tool("/usr/lib/postgresql/*/bin/postgres", "postgresql-15")).parent
        self.data = self.folder / "postgres"
        # A socket's path may have 107 bytes.
        self.sockets = pathlib.Path(f"/tmp/molva-pg-{port}")

    def _as_owner(self, *command) -> list[str]:
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.geteuid() == 0 else []
        return [*as_user, *map(str, command)]

    def prepare(self) -> None:
        self.sockets.mkdir(mode=0o755, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.sockets, "postgres", "postgres")
        if (self.data / "PG_VERSION").exists():
            return
        self.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres", "postgres")
        done = subprocess.run(self._as_owner(self.bin / "initdb", "-D", self.data, "-U", "molva_admin", "--auth-local=trust",
                                             "--auth-host=scram-sha-256", "--no-sync", "-E", "UTF8", "--no-locale"),
                              capture_output=True, text=True, check=False, cwd="/")
        if done.returncode:
            raise StackError(f"initdb fails (may user postgres enter {self.data.parent}?): {done.stderr}")

    def command(self) -> list[str]:
        fast = [] if self.durable else ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=on"]
        return self._as_owner(self.bin / "postgres", "-D", self.data, "-k", self.sockets, "-h", "127.0.0.1", "-p", self.port,
                              "-c", "shared_buffers=64MB", "-c", "max_connections=400", *fast)

    def is_ready(self) -> bool:
        return subprocess.run([self.bin / "pg_isready", "-q", "-h", self.sockets, "-p", str(self.port)],
                              check=False).returncode == 0

    def _signal(self, number: int, whole_group: bool) -> None:
        """Its children lead groups of their own."""
        children = children_of(self.pid) if whole_group and self.running else []
        super()._signal(number, whole_group)
        for child in children:
            try:
                os.kill(child, number)
            except ProcessLookupError:
                continue

    def _run_tool(self, tool: str, *arguments, stdin: str = "") -> str:
        done = subprocess.run([tool, "-h", str(self.sockets), "-p", str(self.port), "-U", "molva_admin", *map(str, arguments)],
                              input=stdin, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(f"{tool}: {done.stderr}")
        return done.stdout

    def sql(self, text: str, database: str = "postgres") -> str:
        return self._run_tool("psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database, stdin=text)

    def prepared_once(self) -> None:
        """A role and a database for each service, as operators make them; the passwords lie in postgres.passwords."""
        done = subprocess.run([PROVISION, self.folder / "postgres.passwords", *NAMES], capture_output=True, text=True,
                              env=os.environ | {"PGHOST": str(self.sockets), "PGPORT": str(self.port),
                                                "PGUSER": "molva_admin", "PGDATABASE": "postgres"}, check=False)
        if done.returncode:
            raise StackError(f"{PROVISION}: {done.stderr}")

    def make_databases(self, prefix: str) -> None:
        """<prefix>_<service>, each for its own role only."""
        for service in NAMES:
            name = f"{prefix}_{service}"
            if self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'").strip():
                continue
            self.sql(f'CREATE DATABASE "{name}" OWNER molva_{service};')
            self.sql(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;')

    def back_up(self, prefix: str, folder: pathlib.Path) -> None:
        """One dump per service, as operators make them."""
        folder.mkdir()
        for service in NAMES:
            self._run_tool("pg_dump", "-Fc", "-f", folder / service, f"{prefix}_{service}")

    def put_back(self, prefix: str, folder: pathlib.Path) -> None:
        self.drop_databases(prefix)
        self.make_databases(prefix)
        for service in NAMES:
            self._run_tool("pg_restore", "--exit-on-error", "-d", f"{prefix}_{service}", folder / service)

    def drop_databases(self, prefix: str) -> None:
        for service in NAMES:
            self.sql(f'DROP DATABASE IF EXISTS "{prefix}_{service}" WITH (FORCE);')

    def url(self, prefix: str) -> str:
        return f"postgresql://molva_{{service}}@127.0.0.1:{self.port}/{prefix}_{{service}}"

    @property
    def password_file(self) -> str:
        return f"{self.folder}/postgres.passwords/{{service}}"


class Redis(Member):
    """Keeps nothing on disk unless asked to; what it holds may go at any time."""

    def __init__(self, folder: pathlib.Path, port: int, *, keeps_data: bool = False):
        super().__init__("redis", folder)
        self.port, self.keeps_data = port, keeps_data
        self.password_file = self.folder / "redis.password"

    def prepare(self) -> None:
        if not self.password_file.exists():
            write_secret(self.password_file, secrets.token_urlsafe(24))
        data = self.folder / "redis"
        data.mkdir(mode=0o700, exist_ok=True)
        keeps = "appendonly yes" if self.keeps_data else "appendonly no"
        write_secret(self.folder / "redis.conf", f"bind 127.0.0.1\nport {self.port}\ndir {data}\nsave \"\"\n{keeps}\n"
                                                 f"daemonize no\nrequirepass {self.password_file.read_text()}\n")

    def command(self) -> list[str]:
        return [_tool("/usr/bin/redis-server", "redis-server"), str(self.folder / "redis.conf")]

    def call(self, *words: str) -> str:
        """One command, by hand: "FLUSHALL"."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            stream = connection.makefile("rwb")
            for command in (("AUTH", self.password_file.read_text()), words):
                encoded = b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in command)
                stream.write(b"*%d\r\n%s" % (len(command), encoded))
                stream.flush()
                answer = stream.readline().decode().strip()
                if answer.startswith("-"):
                    raise StackError(f"redis: {answer}")
        return answer

    def is_ready(self) -> bool:
        try:
            return self.call("PING") == "+PONG"
        except (OSError, StackError):
            return False

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


class RabbitMq(Member):
    """One node with the management plug-in. Virtual hosts: make_vhost()."""

    ready_seconds = 90

    def __init__(self, folder: pathlib.Path, port: int):
        super().__init__("rabbitmq", folder)
        self.port = port
        self.ports = {name: free_port() for name in ("management", "distribution", "epmd")}
        self.data = self.folder / "rabbitmq"
        self.password_file = self.folder / "rabbitmq.password"

    def state(self) -> dict:
        return super().state() | {"ports": self.ports}

    def adopt(self, state: dict) -> None:
        super().adopt(state)
        self.ports = state["ports"]

    def prepare(self) -> None:
        for name in ("home", "mnesia", "log", "gen", "exp"):
            (self.data / name).mkdir(parents=True, exist_ok=True)
        cookie = self.data / "home" / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(16))
            cookie.chmod(0o400)
        if not self.password_file.exists():
            write_secret(self.password_file, "guest")  # RabbitMQ takes guest from this machine only
        (self.data / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (self.data / "env.conf").write_text("")
        (self.data / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{self.port}\nmanagement.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self.ports['management']}\nlog.console = true\nlog.file = false\n"
            "vm_memory_high_watermark.absolute = 400MB\ndisk_free_limit.absolute = 50MB\n")

    def environment(self) -> dict[str, str]:
        data = str(self.data)
        return {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ} | {
            "HOME": f"{data}/home", "RABBITMQ_NODENAME": f"molva{self.port}@localhost",
            "RABBITMQ_CONF_ENV_FILE": f"{data}/env.conf", "RABBITMQ_CONFIG_FILE": f"{data}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{data}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{data}/enabled_plugins", "RABBITMQ_PID_FILE": f"{data}/pid",
            "RABBITMQ_MNESIA_BASE": f"{data}/mnesia", "RABBITMQ_LOG_BASE": f"{data}/log",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{data}/gen", "RABBITMQ_SCHEMA_DIR": f"{data}/gen",
            "RABBITMQ_PLUGINS_EXPAND_DIR": f"{data}/exp", "RABBITMQ_DIST_PORT": str(self.ports["distribution"]),
            "ERL_EPMD_PORT": str(self.ports["epmd"]), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP": f"{data}/log/erl_crash.dump",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none "
                                                   "-kernel inet_dist_use_interface {127,0,0,1}"}

    def command(self) -> list[str]:
        return [_tool("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")]

    def api(self, verb: str, path: str, body: dict | None = None):
        """A call of the management interface."""
        credentials = base64.b64encode(b"guest:" + self.password_file.read_bytes()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports['management']}/api/{path}", method=verb,
            data=None if verb == "GET" else json.dumps(body or {}).encode(),
            headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def is_ready(self) -> bool:
        try:
            self.api("GET", f"health/checks/port-listener/{self.port}")
            return True
        except OSError:
            return False

    def ctl(self, *words: str, tool: str = "rabbitmqctl") -> str:
        done = subprocess.run([f"/usr/lib/rabbitmq/bin/{tool}", "-q", *words], env=self.environment(), capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise StackError(f"{tool} {' '.join(words)}: {done.stderr or done.stdout}")
        return done.stdout

    def make_vhost(self, name: str) -> None:
        self.api("PUT", f"vhosts/{name}")
        self.api("PUT", f"permissions/{name}/guest", {"configure": ".*", "write": ".*", "read": ".*"})

    def drop_vhost(self, name: str) -> None:
        self.api("DELETE", f"vhosts/{name}")

    def url(self, vhost: str) -> str:
        return f"amqp://guest@127.0.0.1:{self.port}/{vhost}"

    def clean_up(self) -> None:
        """Erlang's name server is a daemon of its own."""
        epmd = sorted(glob.glob("/usr/lib/erlang/erts-*/bin/epmd")) or ["epmd"]
        subprocess.run([epmd[-1], "-port", str(self.ports["epmd"]), "-kill"], capture_output=True, check=False)


class Backends:
    """PostgreSQL and RabbitMQ, which take a while to start: shared by stacks, each with databases and a virtual host of its own.
    (Redis starts at once; each stack has one.)"""

    def __init__(self, folder: pathlib.Path, *, postgres_port: int = 0, rabbitmq_port: int = 0, durable: bool = False):
        self.folder = pathlib.Path(folder)
        self.postgres = Postgres(self.folder, postgres_port or free_port(), durable=durable)
        self.rabbitmq = RabbitMq(self.folder, rabbitmq_port or free_port())

    @property
    def members(self) -> list[Member]:
        return [self.postgres, self.rabbitmq]

    def start(self) -> None:
        self.rabbitmq.spawn()
        self.postgres.start()
        self.rabbitmq.start()

    def stop(self) -> None:
        for member in reversed(self.members):
            member.stop()
        shutil.rmtree(self.postgres.sockets, ignore_errors=True)

    def __enter__(self) -> "Backends":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc) -> None:
        self.stop()

    # ---- handing them to another process ----

    def export(self) -> str:
        """For attach(), as text."""
        return json.dumps({"folder": str(self.folder), "postgres": self.postgres.state() | {"port": self.postgres.port},
                           "rabbitmq": self.rabbitmq.state() | {"port": self.rabbitmq.port}})

    @classmethod
    def attach(cls, exported: str) -> "Backends":
        """Backends that another process has started, and will stop."""
        state = json.loads(exported)
        backends = cls(state["folder"], postgres_port=state["postgres"]["port"], rabbitmq_port=state["rabbitmq"]["port"])
        backends.postgres.adopt(state["postgres"])
        backends.rabbitmq.adopt(state["rabbitmq"])
        return backends
