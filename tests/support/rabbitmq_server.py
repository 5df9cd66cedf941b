"""A RabbitMQ for tests: one node with its own epmd, folders and ports. Starting takes about ten seconds; start it once and
isolate by vhost or by names."""
import base64
import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from child import Child
from stack.ports import free_port

BIN = "/usr/lib/rabbitmq/bin"


class RabbitmqServer(Child):
    ready_seconds = 120

    def __init__(self, folder=None):
        super().__init__(folder)
        self.port, self.dist_port, self.epmd_port, self.http_port = (free_port() for _ in range(4))
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        cookie = home / ".erlang.cookie"
        cookie.write_text("test")
        cookie.chmod(0o400)
        (self.folder / "env.conf").write_text("")
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{self.port}\n"
            "management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self.http_port}\n"
            "log.console = true\n"
            "log.file = false\n"
            "vm_memory_high_watermark.absolute = 256MB\n"
            "disk_free_limit.absolute = 50MB\n")

    @property
    def url(self) -> str:
        return f"amqp://guest@127.0.0.1:{self.port}/"

    password = "guest"

    def command(self):
        return [f"{BIN}/rabbitmq-server"]

    def environment(self):
        return dict(
            os.environ, HOME=str(self.folder / "home"), RABBITMQ_NODENAME=f"rabbit{self.port}@localhost",
            RABBITMQ_CONF_ENV_FILE=str(self.folder / "env.conf"),
            RABBITMQ_CONFIG_FILE=str(self.folder / "rabbitmq.conf"),
            RABBITMQ_ADVANCED_CONFIG_FILE=str(self.folder / "advanced.config"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(self.folder / "enabled_plugins"),
            RABBITMQ_PID_FILE=str(self.folder / "pid"), RABBITMQ_MNESIA_BASE=str(self.folder / "mnesia"),
            RABBITMQ_LOG_BASE=str(self.folder / "log"), RABBITMQ_GENERATED_CONFIG_DIR=str(self.folder / "gen"),
            RABBITMQ_SCHEMA_DIR=str(self.folder / "gen"), RABBITMQ_PLUGINS_EXPAND_DIR=str(self.folder / "exp"),
            RABBITMQ_DIST_PORT=str(self.dist_port), ERL_EPMD_PORT=str(self.epmd_port), ERL_EPMD_ADDRESS="127.0.0.1",
            ERL_CRASH_DUMP=str(self.folder / "erl_crash.dump"),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
                                                " -kernel inet_dist_use_interface {127,0,0,1}")

    def api(self, path: str, method: str = "GET", body: dict | None = None):
        """The management API: api("queues")."""
        login = base64.b64encode(b"guest:guest").decode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}/api/{path}", method=method,
                                         data=json.dumps(body).encode() if body is not None else None,
                                         headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def queue_length(self, name: str, vhost: str = "/") -> int:
        """Messages that a queue holds now, asked of the queue itself."""
        path = f"queues/{urllib.parse.quote(vhost, safe='')}/{urllib.parse.quote(name)}"
        return self.api(path).get("messages", 0)

    def queues(self) -> str:
        """What the broker tells of each queue, on one line."""
        return json.dumps(self.api("queues?columns=name,state,messages,consumers"))

    def settle(self):
        """Waits until the broker has written down which log belongs to which quorum queue, as it does when nothing was declared
        for a while (docs/adr/0012)."""
        def is_written():
            written = b"".join(file.read_bytes() for file in self.folder.glob("mnesia/*/quorum/*/names.dets"))
            # A name, and where the text after it begins: one queue's name may be the beginning of another's.
            return all(f"%2F_{queue['name']}".encode() + b"m\0" in written for queue in self.api("queues?columns=name"))

        self._wait_for(is_written, "does not write down its queues")

    def is_ready(self):
        try:
            self.api(f"health/checks/port-listener/{self.port}")
            return True
        except (OSError, urllib.error.URLError, ValueError):
            return False

    def close(self):
        self.stop()
        if (self.folder / "home").exists():
            subprocess.run(["epmd", "-port", str(self.epmd_port), "-kill"], check=False, capture_output=True,
                           env=self.environment())
        super().close()
