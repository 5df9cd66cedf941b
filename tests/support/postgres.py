#!/usr/bin/env python3
"""A PostgreSQL server for tests: on 127.0.0.1, with its data in a temporary folder, as a user who is not root.

postgres.py run COMMAND...   runs the command with MOLVA_TEST_POSTGRES set to the URL of a server that ends with it; under a
                             second one, inside the first, it is the first's server
"""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from stack.ports import free_port  # noqa: E402

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
VARIABLE = "MOLVA_TEST_POSTGRES"
START_SECONDS = 60


class Postgres:
    """durable=True keeps what a commit promised through kill -9, as in production; the default is fast."""

    def __init__(self, durable: bool = False, **settings: str):
        if not (BIN / "postgres").exists():
            raise FileNotFoundError(f"{BIN}/postgres: install postgresql-15")
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="molva-postgres-"))
        self.port = free_port()
        self.settings = settings if durable else {"fsync": "off", "full_page_writes": "off", **settings}
        self.process = None
        self._own()
        self._tool("initdb", "-D", self.root / "data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--no-locale")

    @property
    def _as_user(self) -> dict:
        if os.getuid() != 0:
            return {}
        user = pwd.getpwnam("postgres")
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def _own(self) -> None:
        self.root.chmod(0o700)
        if os.getuid() == 0:
            shutil.chown(self.root, "postgres", "postgres")

    def _tool(self, name: str, *args) -> None:
        result = subprocess.run([BIN / name, *args], cwd="/", capture_output=True, text=True, check=False, **self._as_user)
        if result.returncode:
            raise RuntimeError(f"{name}: {result.stdout}{result.stderr}")

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": str(self.root),
                   "shared_buffers": "32MB", "max_connections": "200", **self.settings}
        command = [BIN / "postgres", "-D", self.root / "data"]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with open(self.root / "log", "ab") as log:
            self.process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, **self._as_user)
        until = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.root / "log").read_text(errors="replace")[-4000:])
            time.sleep(0.02)

    def is_ready(self) -> bool:
        command = [BIN / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def end(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: in order. SIGQUIT: at once, without a checkpoint. SIGKILL: the whole server dies on the spot."""
        if self.process is None:
            return
        if how == signal.SIGKILL:
            children = self._children()  # without their parent they would serve on
            self.process.kill()
            for pid in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        else:
            self.process.send_signal(how)
        self.process.wait(START_SECONDS)
        self.process = None

    def _children(self) -> list[int]:
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def sql(self, text: str, database: str = "postgres", user: str = "postgres") -> str:
        result = subprocess.run([BIN / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.url(database, user)], input=text,
                                capture_output=True, text=True, check=False)
        if result.returncode:
            raise RuntimeError(result.stderr)
        return result.stdout.strip()

    def close(self) -> None:
        self.end(signal.SIGQUIT)
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> "Postgres":
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.close()


def run(command: list[str]) -> int:
    if os.environ.get(VARIABLE):
        os.execvp(command[0], command)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Postgres() as server:
        return subprocess.run(command, env={**os.environ, VARIABLE: server.url()}, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] != "run":
        sys.exit(__doc__)
    sys.exit(run(sys.argv[2:]))
