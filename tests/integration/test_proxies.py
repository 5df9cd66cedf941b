"""Where the client is: behind no proxy, one, and two in a row."""
import asyncio
import contextlib

import pytest

from forwarding_proxy import FORGED, ForwardingProxy, ask, seen_from
from http_api import uuid7

NEAR, FAR = "127.0.0.8", "127.0.0.9"  # whence the proxies call; clients call from other addresses of 127.0.0.0/8


@pytest.fixture(name="two_proxies")
def proxies_of(tmp_path):
    """two_proxies(url) is the URL of two real proxies in a row in front of it."""
    with contextlib.ExitStack() as running:
        def start(url: str) -> str:
            near = ForwardingProxy("near", tmp_path, url, NEAR)
            far = ForwardingProxy("far", tmp_path, near.url, FAR)
            for proxy in (near, far):
                running.callback(proxy.stop)
                proxy.start()
            return far.url

        yield start


@pytest.mark.target("embedded", "drivers", why="on the stack it is the edge that clients reach")
@pytest.mark.parametrize("trusted", ("2", f"{NEAR}, {FAR}", "127.0.0.8/31"), ids=("a number", "addresses", "a network"))
def test_behind_two_proxies_the_client_is_whom_the_first_one_saw(start_server, two_proxies, trusted):
    url = two_proxies(start_server(MOLVA_TRUSTED_PROXIES=trusted).url)
    assert seen_from(url, client="127.0.0.2") == "127.0.0.2"
    assert seen_from(url, client="127.0.0.3", forwarded=(FORGED.encode(),)) == "127.0.0.3"
    assert seen_from(url, client="127.0.0.3", forwarded=(FORGED.encode(), b"127.0.0.4, 127.0.0.5")) == "127.0.0.3"


@pytest.mark.target("embedded", "drivers", why="on the stack it is the edge that clients reach")
def test_one_trusted_proxy_of_two_is_all_that_is_believed(start_server, two_proxies):
    url = two_proxies(start_server(MOLVA_TRUSTED_PROXIES="1").url)
    assert seen_from(url, client="127.0.0.2", forwarded=(FORGED.encode(),)) == FAR


@pytest.mark.target("compose", why="the edge's image trusts the host it runs on")
def test_the_edge_of_the_compose_file_takes_the_client_from_a_proxy_on_its_host(server):
    assert seen_from(server.url, forwarded=(FORGED.encode(),)) == FORGED


# As a proxy in front would have passed them on: HAProxy adds a line, others an item.
LINES = {
    "one line": ((b"192.0.2.1",), "192.0.2.1"),
    "a forged line before": ((FORGED.encode(), b"192.0.2.1"), "192.0.2.1"),
    "a forged item before": ((FORGED.encode() + b", 192.0.2.1",), "192.0.2.1"),
    "IPv6": ((b"2001:db8::0:1",), "2001:db8::1"),
    "a word": ((b"unknown",), "127.0.0.2"),
    "bytes that are no UTF-8": ((b"\xff\xfe\x80",), "127.0.0.2"),
    "text as long as an address may be": ((b"a" * 45,), "127.0.0.2"),
}


@pytest.mark.target("embedded", "drivers", why="on the stack the edge writes the header anew")
def test_only_the_last_item_counts_and_only_if_it_is_an_address(start_server):
    url = start_server(MOLVA_TRUSTED_PROXIES="1").url
    seen = {label: seen_from(url, client="127.0.0.2", forwarded=lines) for label, (lines, _) in LINES.items()}
    assert seen == {label: want for label, (_, want) in LINES.items()}


@pytest.mark.target("embedded", "drivers", why="on the stack the edge writes the header anew")
async def test_nobody_is_believed_who_is_not_trusted(start_server):
    for trusted in ("", "192.0.2.0/24"):
        server = await asyncio.to_thread(start_server, MOLVA_TRUSTED_PROXIES=trusted)
        assert await asyncio.to_thread(seen_from, server.url, forwarded=(FORGED.encode(),)) == "127.0.0.1"


@pytest.mark.target("embedded", "drivers", why="on the stack the rates of each process count")
def test_those_behind_a_proxy_do_not_share_their_failures(start_server):
    """Thirty wrong passwords make one address wait, and leave the others alone."""
    url = start_server(MOLVA_TRUSTED_PROXIES="1", MOLVA_RATE_LIMITS="on").url
    last = 0
    for _ in range(31):
        last, _ = ask(url, "POST", "/v1/auth/login", body={"username": f"no.{uuid7()[-8:]}", "password": "a wrong password"},
                      forwarded=(b"192.0.2.1",))
    assert last == 429
    other, _ = ask(url, "POST", "/v1/auth/login", body={"username": "nobody.at.all", "password": "a wrong password"},
                   forwarded=(b"192.0.2.2",))
    assert other == 401
