"""The distributed server as plain processes on this machine: for `./dev stack`, for the tests, for fault injection.

    with Backends(folder) as backends, Stack(folder, backends) as stack:
        stack.url                         the edge
        stack["message1"].kill()          SIGKILL; also stop(), start(), pause(), resume(), log, url, pid
        stack["postgres"].restart()

Members have names; each has a log of its own. Nothing is ended by name: only processes started here, by their ids.
"""
from .backends import Backends
from .layout import LAYOUTS, Stack
from .process import Member, StackError

__all__ = ["Backends", "LAYOUTS", "Member", "Stack", "StackError"]
