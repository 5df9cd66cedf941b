"""Ports on loopback for servers that are told theirs before they start."""
import random
import socket

# Below the range from which Linux gives ports to outgoing connections and to servers that ask for any (32768 and up): what
# `./dev stack` started keeps its ports when the program that chose them has ended.
FIRST, LAST = 20000, 32000


class Port:
    """A port that nobody else is given while this lives, also between two runs of its server. Any, or the one asked for;
    OSError when that is taken.

    The socket is bound and never listens. The server may bind beside it, since both set SO_REUSEADDR and SO_REUSEPORT, and gets
    all connections; whoever looks for a free port binds without, and may not."""

    def __init__(self, address: str = "127.0.0.1", number: int = 0):
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            self._socket.bind((address, number))
        except OSError:
            self._socket.close()
            raise
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            self._socket.setsockopt(socket.SOL_SOCKET, option, 1)
        self.number = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()


_kept: list[Port] = []  # until this process ends


def free_port() -> int:
    """One for whoever has no place to keep a Port: nobody else is given it while this process runs."""
    while True:
        try:
            _kept.append(Port(number=random.randrange(FIRST, LAST)))
        except OSError:
            continue
        return _kept[-1].number
