"""What all black-box tests share: servers, people, and `async def` tests."""
import asyncio
import contextlib
import inspect
import itertools

import pytest

from target import TARGET, make_server
from world import World

# An asynchronous test that takes longer counts as hung; @pytest.mark.seconds(n) says otherwise.
TEST_SECONDS = 120


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Runs an `async def` test on an event loop of its own, inside those of its arguments that can be entered."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    marker = pyfuncitem.get_closest_marker("seconds")
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}

    async def bounded():
        async with asyncio.timeout(marker.args[0] if marker else TEST_SECONDS), contextlib.AsyncExitStack() as entered:
            for name, value in arguments.items():
                if hasattr(value, "__aenter__"):
                    arguments[name] = await entered.enter_async_context(value)
            await pyfuncitem.obj(**arguments)

    asyncio.run(bounded())
    return True


def pytest_collection_modifyitems(items):
    """@pytest.mark.target("embedded", ..., why="...") names the targets that a test is for; without it, all."""
    for item in items:
        marker = item.get_closest_marker("target")
        if marker and TARGET not in marker.args:
            item.add_marker(pytest.mark.skip(reason=f"not for target {TARGET}: {marker.kwargs['why']}"))


@pytest.fixture
def start_server(tmp_path):
    """Starts servers for one test: start_server(MOLVA_LOG_LEVEL="debug")."""
    with contextlib.ExitStack() as servers:
        numbers = itertools.count(1)

        def start(*args: str, **settings: str):
            return servers.enter_context(make_server(tmp_path / f"server{next(numbers)}", *args, **settings))

        yield start


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that the tests of a module share."""
    with make_server(tmp_path_factory.mktemp("shared")) as shared:
        yield shared


@pytest.fixture
def world(server):
    """People on the module's server."""
    return World(server)
