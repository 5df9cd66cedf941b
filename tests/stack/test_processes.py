"""What operators see of the processes: readiness, refusals at start, the edge, the command line."""
import asyncio
import collections
import json
import subprocess
import urllib.error
import urllib.request

import pytest

from expect import eventually, refused
from forwarding_proxy import FORGED, ForwardingProxy, seen_from
from http_api import ApiError, Http, uuid7
from restored_log import check_restored
from server import READY_SECONDS, run
from stack.servers import Molva
from target import backends

pytestmark = pytest.mark.target("stack", why="it is about several processes")


def readiness(member) -> tuple[int, dict]:
    try:
        with urllib.request.urlopen(f"{member.url}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


async def until_ready(member, status: str) -> dict:
    async def stands():
        _, answer = await asyncio.to_thread(readiness, member)
        return answer if answer["status"] == status else None

    return await eventually(stands, f"{member.name} {status}")


async def metric(member, name: str) -> int:
    """A counter's value; 0 when it is not there."""
    async with Http(member.url) as http:
        _, _, text = await http.send("GET", "/metrics")
    return next((int(line.rpartition(" ")[2]) for line in text.decode().splitlines() if line.startswith(name + " ")), 0)


async def test_readiness_names_what_is_missing_and_what_is_only_wanted(server):
    message, redis = server.stack["message1"], server.stack["redis"]
    status, answer = await asyncio.to_thread(readiness, message)
    assert status == 200 and answer["status"] == "ready"
    assert set(answer["checks"]) >= {"message.db", "redis.cache", "redis.pubsub", "bus", "auth.keys", "group"}
    await asyncio.to_thread(redis.kill)
    try:
        answer = await until_ready(message, "degraded")
        assert answer["checks"]["redis.pubsub"] == "unavailable" and answer["checks"]["message.db"] == "ok"
    finally:
        await asyncio.to_thread(redis.start)
    await until_ready(message, "ready")


async def test_a_process_without_its_database_is_not_ready_and_recovers(server):
    postgres, group = server.stack["postgres"], server.stack["group"]
    database = f"{server.stack.prefix}_group"
    postgres.sql(f"""ALTER DATABASE "{database}" WITH ALLOW_CONNECTIONS false;
                     SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}';""")
    try:
        answer = await until_ready(group, "not ready")
        assert answer["checks"]["group.db"] != "ok" and answer["checks"]["bus"] == "ok"
    finally:
        postgres.sql(f'ALTER DATABASE "{database}" WITH ALLOW_CONNECTIONS true;')
    await until_ready(group, "ready")


async def test_a_process_that_has_lost_auth_goes_on_and_says_so(server, world):
    auth, message = server.stack["auth"], server.stack["message1"]
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "room", bob)
    await asyncio.to_thread(auth.kill)
    try:
        await until_ready(message, "degraded")
        await world.http.send_message(ann, room, "auth is away")
    finally:
        await asyncio.to_thread(auth.start)
    await until_ready(message, "ready")


CROWD = 100  # more than a process has workers


async def outcome(call) -> str:
    try:
        await call
    except ApiError as refusal:
        return refusal.code
    return "ok"


@pytest.mark.parametrize("asked", ("/v1/heads", "/v1/conversations/{unknown}/messages"), ids=("many questions", "one question"))
async def test_a_service_that_stands_still_leaves_workers_to_calls_that_do_not_need_it(server, world, asked):
    """Of the crowd that needs group, the few that have a place wait, and the others are refused; the role of `known` is cached."""
    group, message = server.stack["group"], server.stack["message1"]
    ann, bob = await world.people("ann", "bob")
    known, unknown, written = [await world.http.create_group(ann, "room", bob) for _ in range(3)]
    name, refused_before = uuid7(), await metric(message, 'molva_grpc_refused_total{service="group"}')
    async with Http(message.url) as http:
        await http.get(f"/v1/conversations/{known}/messages", ann.access_token)
        await asyncio.to_thread(group.pause)
        try:
            crowd = [asyncio.create_task(outcome(http.get(asked.format(unknown=unknown), ann.access_token)))
                     for _ in range(CROWD)]
            await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED)  # all of them have come by then
            await http.get(f"/v1/conversations/{known}/messages", ann.access_token)
            refusal = await refused("unavailable", http.send_message(ann, written, "once", name))
            assert refusal.retryable and refusal.retry_after_ms
        finally:
            await asyncio.to_thread(group.resume)
        answers = collections.Counter(await asyncio.gather(*crowd))
    assert set(answers) == {"ok", "unavailable"}, answers  # those who waited are answered now
    assert await metric(message, 'molva_grpc_refused_total{service="group"}') - refused_before > answers["unavailable"]
    await until_ready(message, "ready")
    await world.http.send_message(ann, written, "once", name)
    page = await world.http.get(f"/v1/conversations/{written}/messages", bob.access_token)
    assert [sent["text"] for sent in page["messages"]] == ["once"]


async def test_the_edge_goes_round_an_instance_that_is_away(server, world):
    ann, bob = await world.people("ann", "bob")
    room = await world.http.create_group(ann, "room", bob)
    await asyncio.to_thread(server.stack["message2"].kill)
    try:
        for number in range(20):
            await world.http.send_message(ann, room, str(number))
        page = await world.http.get(f"/v1/conversations/{room}/messages", ann.access_token)
        assert [message["text"] for message in page["messages"]] == [str(number) for number in range(20)]
    finally:
        await asyncio.to_thread(server.stack["message2"].start)


async def test_the_edge_asks_whom_it_left_out_before_it_says_that_nobody_answers(server, world):
    """A restart of one instance after the other leaves both out of nginx's choice for a while: a WebSocket that goes well
    does not count as a success before it ends."""
    ann = await world.person("ann")
    gateways = server.stack.of("notification")
    for member in gateways:
        await asyncio.to_thread(member.kill)
    try:
        for _ in range(3):  # each asks both; the second failure leaves an instance out
            await refused("unavailable", world.http.get("/v1/feed", ann.access_token))
    finally:
        for member in gateways:
            await asyncio.to_thread(member.start)
    await world.http.get("/v1/feed", ann.access_token)


async def sign_in(member, username: str, password: str) -> str:
    """What an instance of auth answers."""
    async with Http(member.url) as http:
        return await outcome(http.post("/v1/auth/login", {"username": username, "password": password}))


async def test_wrong_passwords_are_slowed_down_by_all_instances_of_auth_alike(start_server):
    server = await asyncio.to_thread(start_server, MOLVA_RATE_LIMITS="on")
    auth = server.stack["auth"]
    other = Molva("auth2", auth.folder, auth.binary, auth.services, auth.settings, auth.environment())
    await asyncio.to_thread(other.start)
    try:
        async with Http(server.url) as http:
            ann = await http.register(f"ann.{uuid7()[-8:]}", "Ann")
        for number in range(5):
            member = (auth, other)[number % 2]
            assert await sign_in(member, ann.username, "a wrong password") == "unauthenticated", member.name
        for member in (auth, other):
            assert await sign_in(member, ann.username, ann.password) == "rate_limited", member.name
    finally:
        await asyncio.to_thread(other.stop)


async def test_a_refresh_that_is_repeated_at_another_instance_of_auth_gives_the_same_successor(start_server):
    server = await asyncio.to_thread(start_server)
    auth = server.stack["auth"]
    other = Molva("auth2", auth.folder, auth.binary, auth.services, auth.settings, auth.environment())
    await asyncio.to_thread(other.start)
    try:
        async with Http(server.url) as edge, Http(auth.url) as one, Http(other.url) as two:
            token = (await edge.register(f"ann.{uuid7()[-8:]}", "Ann")).refresh_token
            for _ in range(10):  # all at once, at both
                answers = await asyncio.gather(*(http.post("/v1/auth/refresh", {"refresh_token": token})
                                                 for http in (one, two) * 3))
                [successor] = {answer["refresh_token"] for answer in answers}
                stolen, token = token, successor
            await one.post("/v1/auth/refresh", {"refresh_token": token})
            await refused("unauthenticated", two.post("/v1/auth/refresh", {"refresh_token": stolen}))
            await refused("unauthenticated", one.post("/v1/auth/refresh", {"refresh_token": token}))
    finally:
        await asyncio.to_thread(other.stop)


async def test_a_client_that_is_ahead_of_a_restored_backup_is_told_so_for_ever(start_server, tmp_path):
    server = await asyncio.to_thread(start_server)
    stack, postgres = server.stack, server.stack["postgres"]

    def put_back():
        postgres.put_back(stack.prefix, tmp_path / "backup")
        stack["redis"].kill()  # what it has cached is of the time that is lost
        stack["redis"].start()

    await check_restored(server, lambda: postgres.back_up(stack.prefix, tmp_path / "backup"), put_back)


async def test_an_answer_names_its_trace_and_every_process_logs_it(server, world):
    ann = await world.person("ann")
    trace = uuid7().replace("-", "")
    status, headers, _ = await world.http.send("GET", "/v1/users/me", token=ann.access_token,
                                               headers={"traceparent": f"00-{trace}-00000000000000a1-01"})
    assert status == 200 and headers["X-Request-Id"] == trace
    status, headers, _ = await world.http.send("GET", "/v1/users/me", token=ann.access_token)
    assert len(headers["X-Request-Id"]) == 32 and headers["X-Request-Id"] != trace


def test_behind_a_proxy_and_the_edge_the_client_is_whom_the_proxy_saw(server, tmp_path):
    edge, before = server.stack.edge, "127.0.0.9"
    trusted = edge.home / "trusted_proxies.conf"
    proxy = ForwardingProxy("proxy", tmp_path, edge.url, before)
    proxy.start()
    try:
        assert seen_from(proxy.url, client="127.0.0.2") == before, "nobody is trusted yet"
        trusted.write_text(f"set_real_ip_from {before};\n")
        edge.stop()
        edge.start()
        assert seen_from(proxy.url, client="127.0.0.2") == "127.0.0.2"
        lines = (FORGED.encode(), b"127.0.0.4, 127.0.0.5")
        assert seen_from(proxy.url, client="127.0.0.3", forwarded=lines) == "127.0.0.3"
        assert seen_from(edge.url, client="127.0.0.4", forwarded=lines) == "127.0.0.4", "past the proxy"
    finally:
        trusted.write_text("")
        proxy.stop()


def test_nginx_takes_the_configuration(server):
    edge = server.stack["edge"]
    done = subprocess.run([*edge.command(), "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def test_each_service_answers_only_for_itself(server):
    async with Http(server.stack["group"].url) as http:
        status, _, _ = await http.send("GET", "/v1/users/me")
        assert status == 404
    async with Http(server.url) as http:
        status, _, _ = await http.send("GET", "/metrics")
        assert status == 404, "the edge keeps metrics to itself"


def settings_of(server, **changes: str) -> dict[str, str]:
    return server.stack["auth"].settings | {"MOLVA_LISTEN": "127.0.0.1:0",
                                              "MOLVA_GRPC_LISTEN": "127.0.0.1:0", "MOLVA_START_WAIT_SECONDS": "0"} | changes


@pytest.mark.parametrize("changes, words", (
    ({"MOLVA_DATABASE": "postgresql://molva_{service}@127.0.0.1:1/x_{service}"}, ("auth", "127.0.0.1")),
    ({"MOLVA_DATABASE_PASSWORD_FILE": "/dev/null"}, ("database_password_file", "/dev/null")),
    ({"MOLVA_DATABASE": "postgresql://nobody@127.0.0.1:{port}/none_{service}"}, ("auth",)),
    ({"MOLVA_SERVICE_KEY_FILE": ""}, ("service_key_file",)),
    ({"MOLVA_REDIS": "redis://:secret@127.0.0.1:1/0"}, ("redis",)),
), ids=("no database there", "an empty password file", "another role", "no service key", "a password in a URL"))
def test_a_start_that_cannot_be_is_refused_in_one_line(server, changes, words):
    changes = {name: value.replace("{port}", str(backends().postgres.port)) for name, value in changes.items()}
    done = run("serve", timeout=READY_SECONDS, **settings_of(server, MOLVA_SERVICES="auth", **changes))
    assert done.returncode in (1, 2), done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("molva:")]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]
    assert "secret" not in done.stderr


def test_accounts_are_made_from_the_command_line(server):
    settings = settings_of(server, MOLVA_SERVICES="auth")
    name = f"cli{uuid7()[:8]}{uuid7()[-8:]}"[:30].replace("-", "")
    done = run("user", "add", name, "--password-stdin", stdin="correct horse battery\n", **settings)
    assert done.returncode == 0, done.stderr

    async def sign_in():
        async with Http(server.url) as http:
            return await http.post("/v1/auth/login", {"username": name, "password": "correct horse battery"})

    assert asyncio.run(sign_in())["user"]["username"] == name
