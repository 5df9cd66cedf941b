"""The real server as a child process, with its own port and data folder.

Every process started here is ended here, by its own pid.
"""
import os
import pathlib
import re
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request

from stack.ports import Port

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Ready and stopped are events that are waited for; these are only the bounds after which something counts as broken.
READY_SECONDS = 30
STOP_SECONDS = 20

# What the tests need and production would not choose. Hashing passwords is what registering costs, so it is made cheap.
TEST_SETTINGS = {
    "MOLVA_REGISTRATION": "open",
    "MOLVA_RATE_LIMITS": "off",
    "MOLVA_PASSWORD_MEMORY_KIB": "1024",
    "MOLVA_PASSWORD_PASSES": "1",
}


class ServerFailed(Exception):
    """The server did not start, did not stop, or ended by itself."""


def binary() -> pathlib.Path:
    """MOLVA_BIN, else the newest one below build/."""
    named = os.environ.get("MOLVA_BIN")
    if named:
        return pathlib.Path(named).resolve()
    built = sorted(ROOT.glob("build/*/src/app/molva"), key=lambda path: path.stat().st_mtime)
    if not built:
        raise ServerFailed("no server to test: set MOLVA_BIN, or build one with meson below build/")
    return built[-1]


def build_dir() -> pathlib.Path:
    """The meson build folder that the binary lies in."""
    return binary().parents[2]


def clean_environment(**settings: str) -> dict:
    """The environment without settings of ours that happen to stand in it, plus these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MOLVA_", "POWERCUT_"))}
    return inherited | settings


def run(*args, stdin: str = "", timeout: float = 60, **settings: str) -> subprocess.CompletedProcess:
    """Runs a command of the binary to its end: run("config", "--data", folder)."""
    return subprocess.run([str(arg) for arg in (binary(), *args)], env=clean_environment(**settings), input=stdin,
                          text=True, timeout=timeout, capture_output=True, check=False)


def metric_at(url: str, name: str) -> float:
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        found = re.search(rf"^{re.escape(name)} (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found[1])


class Server:
    """One server. `settings` are environment names; `preload` is a library for LD_PRELOAD; with `grpc` it listens for that too."""

    def __init__(self, folder: pathlib.Path, *args: str, preload: pathlib.Path | None = None, grpc: bool = False,
                 **settings: str):
        self.data = pathlib.Path(folder) / "data"
        self.log_path = pathlib.Path(folder) / "server.log"
        self.address = "127.0.0.1"
        self._reserved = Port(self.address)
        self.port = self._reserved.number
        self.url = f"http://{self.address}:{self.port}"
        self.process: subprocess.Popen | None = None
        self.starts = 0
        self._args = args
        self._environment = clean_environment(**(TEST_SETTINGS | settings))
        if preload:
            self._environment["LD_PRELOAD"] = str(preload)
            # AddressSanitizer insists on coming first; behind a library that only holds writes back it works as well.
            asan = self._environment.get("ASAN_OPTIONS", "")
            self._environment["ASAN_OPTIONS"] = f"{asan}:verify_asan_link_order=0"
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        self._grpc_port = Port(self.address) if grpc else None
        if grpc:
            self._environment |= {"MOLVA_GRPC_LISTEN": self.grpc_addresses[0],
                                  "MOLVA_SERVICE_KEY_FILE": str(self._service_key(pathlib.Path(folder)))}

    @staticmethod
    def _service_key(folder: pathlib.Path) -> pathlib.Path:
        key = folder / "service.key"
        if not key.exists():
            key.write_bytes(secrets.token_bytes(32))
            key.chmod(0o600)
        return key

    @property
    def gateways(self) -> list[str]:
        return [self.url]

    @property
    def metrics_urls(self) -> list[str]:
        """Of every process, without the edge between."""
        return [self.url]

    @property
    def grpc_addresses(self) -> list[str]:
        return [f"{self.address}:{self._grpc_port.number}"] if self._grpc_port else []

    def __enter__(self) -> "Server":
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    @property
    def owner_code(self) -> str:
        """The one-time code of the first start, from the link that it prints; empty when there is an owner."""
        found = re.findall(r"#owner=(\S+)", self.log)
        return found[-1] if found else ""

    def spawn(self) -> None:
        """Starts it without waiting until it answers."""
        command = [binary(), "serve", "--data", self.data, "--listen", f"{self.address}:{self.port}", *self._args]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(list(map(str, command)), env=self._environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        self.starts += 1

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        self.spawn()
        self.wait_ready()

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if not self.running:
                raise ServerFailed(f"the server ended with {self.process.returncode}:\n{self.log[-4000:]}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"the server is not ready after {READY_SECONDS} s:\n{self.log[-4000:]}")
            time.sleep(0.01)

    def victim(self, rng) -> "Server":
        """Whom a fault test kills."""
        return self

    def strike(self) -> None:
        """SIGKILL, without waiting for the end; kill9() waits."""
        self.process.kill()

    def kill9(self) -> None:
        """Ends it without a chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def terminate(self, seconds: float = STOP_SECONDS) -> int:
        """Asks it to stop and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise ServerFailed(f"the server did not stop within {seconds} s:\n{self.log[-4000:]}") from None

    def restart(self) -> None:
        """kill -9, and up again with the same data on the same port."""
        self.kill9()
        self.start()

    def rss_kib(self) -> int:
        """Resident memory."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise ServerFailed("no VmRSS: the server is gone")

    def metric(self, name: str) -> float:
        """The value of a metric; `name` has its labels."""
        return metric_at(self.url, name)

    def close(self) -> None:
        """Ends it if it still runs; frees the port. An unclean end is an error, so that no test can overlook one."""
        try:
            if self.process and self.process.poll() is None:
                code = self.terminate()
                if code != 0:
                    raise ServerFailed(f"the server stopped with {code}:\n{self.log[-4000:]}")
        finally:
            if self.running:
                self.process.kill()
                self.process.wait()
            self._reserved.close()
            if self._grpc_port:
                self._grpc_port.close()
