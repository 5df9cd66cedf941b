"""The web client as the server hands it out; and what a build without it says."""
import re
import subprocess

import pytest

from server import build_dir

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def curl(server, path: str, *args: str) -> tuple[int, dict, bytes]:
    """Status, headers in lower case, and body as it was sent."""
    done = subprocess.run(["/usr/bin/curl", "--silent", "--show-error", "--max-time", "20", "--include", *args,
                           server.url + path], capture_output=True, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def has_client() -> bool:
    return "web_none.c" not in (build_dir() / "build.ninja").read_text()


@pytest.fixture
def client_server(server):
    if not has_client():
        pytest.skip("this server was built without the web client")
    return server


@pytest.fixture
def bare_server(server):
    if has_client():
        pytest.skip("this server was built with the web client")
    return server


def references(page: bytes) -> list[str]:
    return re.findall(r'(?:src|href)="(/[^"]*)"', page.decode())


def test_the_root_answers_with_the_policies(server):
    status, headers, body = curl(server, "/")
    assert status == 200 and body
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert not re.search(r"unsafe|\*|https?:", headers["content-security-policy"])
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-cache"


def test_no_answer_is_sniffed(server):
    for path in ("/", "/healthz", "/v1/openapi.json", "/v1/users/me", "/v1/nothing", "/nothing"):
        _, headers, _ = curl(server, path)
        assert headers["x-content-type-options"] == "nosniff", path


@pytest.mark.parametrize("path", ("/v1/nothing", "/v1", "/.well-known/nothing", "/assets/index-AbCdEfGh.js"))
def test_what_is_no_page_is_not_found_even_for_a_browser(server, path):
    status, headers, _ = curl(server, path, "-H", f"Accept: {BROWSER}")
    assert status == 404 and headers["content-type"] == "application/json"


def test_only_get_and_head_reach_the_client(server):
    for verb in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        status, headers, _ = curl(server, "/", "-X", verb)
        assert status == 404 and headers["content-type"] == "application/json", verb


def test_a_build_without_the_client_says_so(bare_server):
    status, headers, body = curl(bare_server, "/")
    assert status == 200 and headers["content-type"] == "text/plain; charset=utf-8"
    assert b"without the web client" in body
    status, _, _ = curl(bare_server, "/chat/1", "-H", f"Accept: {BROWSER}")
    assert status == 404


def test_the_page_and_all_it_names_are_there(client_server):
    _, headers, page = curl(client_server, "/")
    assert headers["content-type"] == "text/html; charset=utf-8"
    paths = references(page)
    assert any(path.endswith(".js") for path in paths) and any(path.endswith(".css") for path in paths)
    kinds = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "png": "image/png",
             "svg": "image/svg+xml", "webmanifest": "application/manifest+json"}
    for path in paths:
        status, headers, body = curl(client_server, path)
        assert status == 200 and body, path
        assert headers["content-type"] == kinds[path.rpartition(".")[2]], path
        if path.startswith("/assets/"):
            assert headers["cache-control"] == "public, max-age=31536000, immutable", path
        else:
            assert headers["cache-control"] == "no-cache", path


def test_nothing_in_the_page_is_inline(client_server):
    """The policy would refuse it, and the reader would see a blank page."""
    page = curl(client_server, "/")[2].decode()
    assert not re.search(r"<style|\bstyle=|\bon\w+=", page)
    for script in re.findall(r"<script\b[^>]*>", page):
        assert "src=" in script, script


def test_a_deep_link_opens_the_page(client_server):
    page = curl(client_server, "/")[2]
    for path in ("/chat/01900000-0000-7000-8000-000000000000", "/a/b/c/d/e/f/g/h/i/j", "/u/ann.lee?x=1"):
        status, headers, body = curl(client_server, path, "-H", f"Accept: {BROWSER}")
        assert status == 200 and body == page and headers["content-security-policy"], path
        assert curl(client_server, path, "-H", "Accept: */*")[0] == 404, path


def test_packed_forms_unpack_to_the_plain_one(client_server):
    script = next(path for path in references(curl(client_server, "/")[2]) if re.match(r"/assets/.*\.js$", path))
    plain = curl(client_server, script)[2]
    tags = {curl(client_server, script)[1]["etag"]}
    for coding in ("gzip", "br"):
        _, headers, packed = curl(client_server, script, "-H", f"Accept-Encoding: {coding}")
        assert headers["content-encoding"] == coding and headers["vary"] == "Accept-Encoding"
        assert len(packed) < 0.5 * len(plain)
        assert curl(client_server, script, "--compressed", "-H", f"Accept-Encoding: {coding}")[2] == plain
        tags.add(headers["etag"])
    assert len(tags) == 3, "each form has its own tag"


def test_head_measures_and_a_known_tag_saves_the_body(client_server):
    for path in ("/", "/sw.js", "/manifest.webmanifest"):
        status, headers, body = curl(client_server, path)
        assert status == 200, path
        status, head, nothing = curl(client_server, path, "--head")
        assert (status, head["content-length"], nothing) == (200, str(len(body)), b""), path
        status, again, nothing = curl(client_server, path, "-H", f'If-None-Match: {headers["etag"]}')
        assert (status, nothing) == (304, b"") and again["etag"] == headers["etag"], path
        assert curl(client_server, path, "-H", 'If-None-Match: "other"')[2] == body, path
