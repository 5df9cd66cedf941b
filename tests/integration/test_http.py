"""HTTP as other programs speak it: curl, raw bytes, and what operators and balancers ask."""
import json
import re
import socket
import subprocess

import pytest

import contract
from http_api import uuid7

pytestmark = pytest.mark.target("embedded", "drivers", why="behind nginx it is nginx that reads what clients write")

READ_SECONDS = 20


def curl(server, *args: str, data: bytes | None = None) -> tuple[int, dict, bytes]:
    """Status, headers in lower case, and body."""
    done = subprocess.run(["/usr/bin/curl", "--silent", "--show-error", "--max-time", "20", "--include", *args],
                          input=data, capture_output=True, check=True)
    head, _, body = done.stdout.rpartition(b"\r\n\r\n") if "--head" in args else done.stdout.partition(b"\r\n\r\n")
    while re.match(rb"HTTP/1.1 100", head):
        head, _, body = body.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def post(path: str, value: dict) -> bytes:
    body = json.dumps(value).encode()
    return f"POST {path} HTTP/1.1\r\nHost: molva\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def speak(server, request: bytes, *, finish: bool = True) -> bytes:
    """Sends raw bytes and returns all that comes until the server closes."""
    with socket.create_connection((server.address, server.port), timeout=READ_SECONDS) as connection:
        connection.sendall(request)
        if finish:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def answers(stream: bytes) -> list[tuple[int, bytes]]:
    """The (status, body) of each answer in a stream; all must say their length."""
    found = []
    while stream:
        head, _, rest = stream.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        if status == 100:
            stream = rest
            continue
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        found.append((status, rest[:length]))
        stream = rest[length:]
    return found


def error_of(status: int, body: bytes) -> dict:
    error = json.loads(body)["error"]
    assert set(error) == {"code", "message", "retryable", "retry_after_ms"}, error
    assert error["message"], "an error must say something"
    return error


# ---- what operators ask ----


def test_health_and_readiness(server):
    for path in ("/healthz", "/readyz"):
        status, _, _ = curl(server, server.url + path)
        assert status == 200


def test_the_keys_are_served_as_rfc_7517_wants_them(server):
    status, headers, body = curl(server, server.url + "/.well-known/jwks.json")
    assert status == 200 and headers["content-type"].startswith("application/json")
    for key in json.loads(body)["keys"]:
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
        assert len(key["x"]) == len(key["y"]) == 43 and key["kid"]
        assert "d" not in key, "the private key"


def test_the_openapi_document_describes_every_rest_method(server):
    status, _, body = curl(server, server.url + "/v1/openapi.json")
    document = json.loads(body)
    assert status == 200 and document["openapi"].startswith("3.1")
    described = {(verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs
                 if verb in ("get", "put", "post", "patch", "delete")}
    wanted = {(method.verb, method.path) for method in contract.methods() if method.verb}
    assert wanted <= described, wanted - described


METRIC_LINE = re.compile(r"""
    (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    (\{(?P<labels>[a-zA-Z_]\w*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_]\w*="([^"\\\n]|\\["\\n])*")*,?)?\})?
    \ (?P<value>[-+]?(\d+(\.\d+)?([eE][-+]?\d+)?|Inf)|NaN)(\ \d+)?""", re.VERBOSE)


def test_the_metrics_are_in_the_prometheus_text_format(server):
    status, headers, body = curl(server, server.url + "/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain")
    text = body.decode()
    assert text.endswith("\n")
    types, seen = {}, set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types and kind in ("counter", "gauge", "histogram", "summary", "untyped"), line
            types[name] = kind
        elif line and not line.startswith("#"):
            match = METRIC_LINE.fullmatch(line)
            assert match, f"not a sample: {line!r}"
            series = (match["name"], match["labels"])
            assert series not in seen, f"twice: {line}"
            seen.add(series)
            family = re.sub(r"_(bucket|sum|count)$", "", match["name"])
            assert match["name"] in types or types.get(family) in ("histogram", "summary"), f"no type: {line}"
            if types.get(match["name"]) == "counter":
                assert float(match["value"]) >= 0, line
    assert any(name.startswith("molva_") for name in types)


def test_histograms_count_what_they_bucket(server):
    text = curl(server, server.url + "/metrics")[2].decode()
    buckets: dict[tuple, list[float]] = {}
    counts = {}
    for line in text.splitlines():
        match = METRIC_LINE.fullmatch(line)
        if not match or not match["name"].endswith(("_bucket", "_count")):
            continue
        labels = re.sub(r'(^|,)le="[^"]*"', "", match["labels"] or "").strip(",")
        family = re.sub(r"_(bucket|count)$", "", match["name"])
        if match["name"].endswith("_bucket"):
            buckets.setdefault((family, labels), []).append(float(match["value"]))
        else:
            counts[family, labels] = float(match["value"])
    assert buckets, "no histogram"
    for key, values in buckets.items():
        assert values == sorted(values) and values[-1] == counts[key], key


# ---- the protocol ----


def test_head_is_get_without_the_body(server):
    _, get_headers, get_body = curl(server, server.url + "/.well-known/jwks.json")
    status, headers, body = curl(server, "--head", server.url + "/.well-known/jwks.json")
    assert status == 200 and body == b""
    assert headers["content-length"] == get_headers["content-length"] == str(len(get_body))


def register_body() -> bytes:
    return json.dumps({"username": "http." + uuid7()[-12:], "password": "a good password"}).encode()


@pytest.mark.parametrize("label, args", (
    ("a length", []), ("chunks", ["-H", "Transfer-Encoding: chunked"]),
    ("100-continue", ["-H", "Expect: 100-continue"]),
    ("chunks after 100-continue", ["-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue"])))
def test_a_body_may_come_with(server, label, args):
    status, _, body = curl(server, "--data-binary", "@-", "-H", "Content-Type: application/json", *args,
                           server.url + "/v1/auth/register", data=register_body())
    assert status == 200 and json.loads(body)["access_token"]


def test_a_body_in_pieces_of_one_byte_is_put_together(server):
    body = register_body()
    chunks = b"".join(b"1;some=extension\r\n" + body[i:i + 1] + b"\r\n" for i in range(len(body)))
    request = (b"POST /v1/auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
               b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks + b"0\r\nTrailer: x\r\n\r\n")
    [(status, body)] = answers(speak(server, request))
    assert status == 200 and json.loads(body)["access_token"]


def test_an_expectation_of_too_much_is_refused_before_the_body_is_sent(server):
    request = (b"POST /v1/auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
               b"Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n")
    stream = speak(server, request, finish=False)
    assert not stream.startswith(b"HTTP/1.1 100")
    [(status, body)] = answers(stream)
    assert status == 413 and error_of(status, body)["code"] == "too_large"


def test_pipelined_requests_are_answered_in_order(server):
    paths = ["/healthz", "/v1/nothing", "/.well-known/jwks.json", "/v1/users/me", "/healthz"] * 10
    request = b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths[:-1])
    request += f"GET {paths[-1]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    statuses = [status for status, _ in answers(speak(server, request, finish=False))]
    assert statuses == [200, 404, 200, 401, 200] * 10


def test_requests_cut_anywhere_are_put_together(server):
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for cut in range(1, len(request), 3):
        with socket.create_connection((server.address, server.port), timeout=READ_SECONDS) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(request[:cut])
            connection.sendall(request[cut:])
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_http_1_0_gets_an_answer_and_the_end(server):
    [(status, _)] = answers(speak(server, b"GET /healthz HTTP/1.0\r\n\r\n", finish=False))
    assert status == 200


BAD_REQUESTS = (
    ("no HTTP", b"hello\r\n\r\n", 400),
    ("bytes of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50), 400),
    ("HTTP/9.9", b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n", 505),
    ("no host", b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    ("two hosts", b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    ("two origins", b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nOrigin: http://evil.example\r\n\r\n", 400),
    ("two origins that are one", b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\norigin: http://x\r\n\r\n", 400),
    ("two tokens", b"GET /v1/users/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
     400),
    ("a space before the colon", b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    ("a folded header", b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
    ("a NUL in a header", b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
    ("length and chunks", b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("two lengths", b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
     400),
    ("a negative length", b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    ("a length beyond 64 bits", b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\n"
     b"Content-Length: 99999999999999999999999\r\n\r\n", 400),
    ("an unknown coding", b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ("a bad chunk", b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ("a target too long", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ("headers too long", b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 20_000 + b"\r\n\r\n", 431),
    ("too many headers", b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100 + b"\r\n", 431),
    ("a body too large", b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000,
     413),
    ("chunks too large", b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
     + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 5, 413),
)


@pytest.mark.parametrize("label, request_, status", BAD_REQUESTS, ids=[bad[0] for bad in BAD_REQUESTS])
def test_bad_requests_get_a_json_error_and_the_end(server, label, request_, status):
    found = answers(speak(server, request_, finish=False))
    assert [one for one, _ in found] == [status], found
    error_of(*found[0])


UNROUTED = (
    ("an unknown path", "GET", "/v1/nothing", 404, "not_found"),
    ("an unknown verb", "DELETE", "/v1/users/me", 405, "method_not_allowed"),
    ("a bad escape", "GET", "/v1/users/%zz", 400, "invalid"),
    ("a NUL in the path", "GET", "/v1/users/%00", 400, "invalid"),
    ("an unknown parameter", "GET", "/.well-known/jwks.json?what=1", 400, "invalid"),
    ("dots", "GET", "/v1/../metrics", 404, "not_found"),
)


@pytest.mark.parametrize("label, verb, path, status, code", UNROUTED, ids=[one[0] for one in UNROUTED])
async def test_what_is_not_there_says_so(world, label, verb, path, status, code):
    ann = await world.person("ann")
    stream = speak(world.server, f"{verb} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                 f"Authorization: Bearer {ann.access_token}\r\n\r\n".encode())
    [(got, body)] = answers(stream)
    assert (got, error_of(got, body)["code"]) == (status, code)


@pytest.mark.parametrize("path, verb, allowed", (
    ("/v1/users/me", "PUT", ["GET", "HEAD", "PATCH"]),  # also a /v1/users/{id}, which knows GET
    ("/v1/auth/sessions", "PUT", ["DELETE", "GET", "HEAD"]), ("/v1/auth/login", "GET", ["POST"]),
    ("/healthz", "POST", ["GET", "HEAD"])))
def test_a_405_names_the_verbs_that_work_each_once(server, path, verb, allowed):
    status, headers, _ = curl(server, "-X", verb, server.url + path)
    assert status == 405
    assert sorted(verb.strip() for verb in headers["allow"].split(",")) == allowed


def test_a_401_says_how_to_authenticate(server):
    status, headers, _ = curl(server, server.url + "/v1/users/me")
    assert status == 401 and headers["www-authenticate"].startswith("Bearer")


async def test_a_token_in_the_url_is_not_taken(world):
    ann = await world.person("ann")
    for name in ("token", "access_token", "authorization"):
        status, _, _ = await world.http.send("GET", f"/v1/users/me?{name}={ann.access_token}")
        assert status in (400, 401)


def test_answers_are_not_for_caches_or_frames(server):
    _, headers, _ = curl(server, server.url + "/v1/users/me")
    assert headers["content-type"].startswith("application/json")
    assert headers["x-content-type-options"] == "nosniff"
    assert "no-store" in headers["cache-control"]


def test_too_many_tries_are_told_when_to_come_back(start_server):
    """The only test with rate limits: 30 credentials at once, then one a second."""
    server = start_server(MOLVA_RATE_LIMITS="on")
    # In one breath, so that however slow the machine is no token comes back in between.
    answers = speak(server, 60 * post("/v1/auth/refresh", {}) +
                    post("/v1/auth/login", {"username": "nobody", "password": "a wrong password"}))
    replies = answers.split(b"HTTP/1.1 ")[1:]
    assert len(replies) == 61 and replies[0].startswith(b"400"), replies[0]
    assert replies[-1].startswith(b"429"), "all that guess secrets share a bucket"
    head, _, body = replies[-1].partition(b"\r\n\r\n")
    error = error_of(429, body)
    assert error["code"] == "rate_limited" and error["retryable"] and error["retry_after_ms"] > 0
    assert int(re.search(rb"retry-after: (\d+)", head.lower())[1]) >= 1
    status, _, _ = curl(server, server.url + "/.well-known/jwks.json")
    assert status == 200, "reading has a bucket of its own"
