"""One process of the stack: started in a session of its own, ended by its process group, known by pid and start time."""
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

STOP_SECONDS = 30


class StackError(Exception):
    """A member did not start, or did not stop; the text says which and why."""


def answers(url: str, status: int = 200) -> bool:
    """Whether a GET is answered with this status."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == status
    except urllib.error.HTTPError as refusal:
        return refusal.code == status
    except OSError:
        return False


def start_time(pid: int) -> str:
    """When the process began, as the kernel counts; empty when there is none, or only its remains."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def children_of(pid: int) -> list[int]:
    """The processes that this one has started and that still run."""
    try:
        return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                for child in (task / "children").read_text().split()]
    except OSError:
        return []


class Member:
    """A process with a name. Subclasses say how it is started and when it is ready."""

    stop_signal = signal.SIGTERM
    ready_seconds = 60

    def __init__(self, name: str, folder: pathlib.Path):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / f"{name}.log"
        self.pid = 0
        self.starts = 0
        self.under: list[str] = []  # what execs the command: ["setpriv", ...]
        self._began = ""
        self._process: subprocess.Popen | None = None

    # ---- what a subclass says ----

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def is_ready(self) -> bool:
        raise NotImplementedError

    def prepare(self) -> None:
        """Before the first start."""

    def prepared_once(self) -> None:
        """After the first start, when it is ready."""

    def clean_up(self) -> None:
        """After it has ended, however that came."""

    # ---- life ----

    def spawn(self) -> None:
        """Starts it without waiting until it is ready."""
        if self.running:
            return
        if not self.starts:
            self.prepare()
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen([*self.under, *self.command()], env=self.environment(), stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log, start_new_session=True)
        self.pid = self._process.pid
        self._began = start_time(self.pid)
        self.starts += 1

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        first = self.starts == 0
        self.spawn()
        self.wait_ready()
        if first:
            self.prepared_once()

    def wait_ready(self) -> None:
        deadline = time.monotonic() + self.ready_seconds
        while not self.is_ready():
            if not self.running:
                raise StackError(f"{self.name} ended at once:\n{self.log[-2000:]}")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} is not ready after {self.ready_seconds} s:\n{self.log[-2000:]}")
            time.sleep(0.02)

    @property
    def running(self) -> bool:
        if self._process:
            return self._process.poll() is None
        return bool(self._began) and start_time(self.pid) == self._began

    @property
    def exit_code(self) -> int | None:
        """Of a process that this object has started."""
        return self._process.poll() if self._process else None

    def _signal(self, number: int, whole_group: bool) -> None:
        if not self.running:
            return
        try:
            (os.killpg if whole_group else os.kill)(self.pid, number)
        except ProcessLookupError:
            pass  # it has just ended

    def _wait_end(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.running:
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} did not end within {seconds} s:\n{self.log[-2000:]}")
            time.sleep(0.01)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Asks it to end, and waits. A paused one goes on first."""
        self._signal(signal.SIGCONT, True)
        self._signal(self.stop_signal, False)
        self._wait_end(seconds)
        self.clean_up()

    def strike(self) -> None:
        """SIGKILL to all of its processes, without waiting."""
        self._signal(signal.SIGKILL, True)

    def kill(self) -> None:
        """SIGKILL to all of its processes, and waits."""
        self._signal(signal.SIGKILL, True)
        self._wait_end(STOP_SECONDS)
        self.clean_up()

    kill9 = kill

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """It stands still: to others it is there and does not answer."""
        self._signal(signal.SIGSTOP, True)

    def resume(self) -> None:
        self._signal(signal.SIGCONT, True)

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # ---- for another process that goes on with it ----

    def state(self) -> dict:
        return {"pid": self.pid, "began": self._began}

    def adopt(self, state: dict) -> None:
        """Takes on a process that another run has started; nothing when it has ended since."""
        self.pid, self._began, self.starts = state["pid"], state["began"], 1
        if not self.running:
            self.pid = 0
