"""A server of others as a child process: its own folder, its own ports on loopback, ended by its own pid."""
import os
import pathlib
import signal
import subprocess
import tempfile
import time

STOP_SECONDS = 30


def _state_and_group(stat: pathlib.Path) -> tuple[str, int]:
    """Of a process or thread: what it does, as the kernel's letter; X when it has ended."""
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return "X", 0
    return fields[0], int(fields[2])


def states_of(group: int) -> set[str]:
    """What the threads of a process group do; without those that are dead."""
    members = [stat.parent for stat in pathlib.Path("/proc").glob("[0-9]*/stat") if _state_and_group(stat)[1] == group]
    return {_state_and_group(task)[0] for member in members for task in member.glob("task/*/stat")} - {"Z", "X"}


class ServerFailed(Exception):
    """The server did not start, did not stop, or ended by itself."""


class Child:
    """Subclasses say how to start it (command, environment) and when it is ready (is_ready)."""

    ready_seconds = 20

    def __init__(self, folder: pathlib.Path | None = None):
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="molva-test-")
        self.folder = pathlib.Path(folder or self._temporary.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen | None = None

    def command(self) -> list:
        raise NotImplementedError

    def environment(self) -> dict:
        return dict(os.environ)

    def is_ready(self) -> bool:
        raise NotImplementedError

    @property
    def log(self) -> pathlib.Path:
        return self.folder / "output.log"

    def launch(self):
        """Starts it and does not wait, so that slow ones can start side by side."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([str(word) for word in self.command()], env=self.environment(),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def wait_until_ready(self):
        until = time.monotonic() + self.ready_seconds
        while not self.is_ready():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > until:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise ServerFailed(f"{type(self).__name__} {'ended' if ended else 'is not ready'}:\n{tail}")
            time.sleep(0.02)

    def start(self):
        self.launch()
        self.wait_until_ready()

    def stop(self):
        """As an operator would."""
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def pause(self):
        """Returns when all of it stands still; until a thread sees the signal, it goes on."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        self._wait_for(lambda: states_of(self.process.pid) <= {"T"}, "does not stand still")

    def resume(self):
        os.killpg(self.process.pid, signal.SIGCONT)

    def _wait_for(self, stands, complaint: str):
        until = time.monotonic() + STOP_SECONDS
        while not stands():
            if time.monotonic() > until:
                raise ServerFailed(f"{type(self).__name__} {complaint}")
            time.sleep(0.01)

    def _end(self, number: int):
        """The whole group, and waits for all of it: RabbitMQ's start script has the broker as a child."""
        if self.process is None:
            return
        group = self.process.pid
        os.killpg(group, number)
        os.killpg(group, signal.SIGCONT)
        try:
            self.process.wait(STOP_SECONDS)
            self._wait_for(lambda: not states_of(group), "does not end")
        except (subprocess.TimeoutExpired, ServerFailed):
            if states_of(group):
                os.killpg(group, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
            self._wait_for(lambda: not states_of(group), "does not die")
        self.process = None

    def close(self):
        self.stop()
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()
