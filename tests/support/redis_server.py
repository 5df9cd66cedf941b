"""A Redis for tests: keeps what it has over a restart (append-only file), so that old data would be found if we let it."""
import socket

from child import Child
from stack.ports import free_port


class RedisServer(Child):
    def __init__(self, folder=None):
        super().__init__(folder)
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self):
        return ["redis-server", "--bind", "127.0.0.1", "--port", self.port, "--dir", self.folder, "--save", "",
                "--appendonly", "yes", "--daemonize", "no", "--logfile", ""]

    def call(self, *words: str) -> bytes:
        """One inline command; the first kilobytes of its answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.recv(4096)

    def is_ready(self):
        try:
            return self.call("PING") == b"+PONG\r\n"
        except OSError:
            return False

    def drop(self):
        """Ends the connections of all subscribers, as Redis does with one that reads too slowly."""
        self.call("CLIENT", "KILL", "TYPE", "pubsub")

    def flush(self):
        self.call("FLUSHALL")
