"""Ports on loopback for servers that are told theirs before they start."""
import random
import socket

# Below the range from which Linux gives ports to outgoing connections and to servers that ask for any (32768 and up).
FIRST, LAST = 20000, 32000

_reserved: list[socket.socket] = []  # open until this process ends


def free_port() -> int:
    """One that nobody else gets from here, in any process, while this one runs; the server may bind it again and again.

    A bound socket that does not listen keeps it: servers bind with SO_REUSEADDR, which goes beside it, and the next who
    looks for a free port does not."""
    while True:
        port = random.randrange(FIRST, LAST)
        keeper = socket.socket()
        try:
            keeper.bind(("127.0.0.1", port))
        except OSError:
            keeper.close()
            continue
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _reserved.append(keeper)
        return port
