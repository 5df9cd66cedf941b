"""What operators do: starting wrongly, settings, accounts from the command line, a full disk, a damaged file."""
import asyncio
import contextlib
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone

import pytest

from expect import eventually, eventually_refused, refused
from http_api import Account, ApiError, Http, Unreachable, uuid7
from restored_log import check_restored
from server import READY_SECONDS, STOP_SECONDS, TEST_SETTINGS, Server, run
from services import NAMES
from stack.ports import Port
from world import World

pytestmark = pytest.mark.target("embedded", why="a data folder with SQLite, started by hand; tests/stack/test_processes.py has the others")

SMALL_DISK_MIB = 24


# ---- starting ----


def test_a_second_server_on_the_same_folder_is_refused_and_the_first_lives_on(start_server):
    first = start_server()
    port = Port()
    second = run("serve", "--data", first.data, "--listen", f"127.0.0.1:{port.number}", timeout=READY_SECONDS)
    port.close()
    assert second.returncode == 1
    assert str(first.data) in second.stderr, second.stderr
    assert "another" in second.stderr or "in use" in second.stderr, second.stderr
    assert first.is_ready()


def test_a_port_that_is_taken_is_refused(start_server, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("serve", "--data", tmp_path / "data", "--listen", address, timeout=READY_SECONDS)
    assert done.returncode == 1
    assert address in done.stderr and "another program" in done.stderr, done.stderr


def test_a_port_that_another_molva_has_is_refused(start_server, tmp_path):
    """Both set SO_REUSEPORT, so the system alone would let them share the port and its connections."""
    first = start_server()
    done = run("serve", "--data", tmp_path / "other", "--listen", f"127.0.0.1:{first.port}", timeout=READY_SECONDS)
    assert done.returncode == 1
    assert "another program" in done.stderr, done.stderr


@pytest.mark.parametrize("args, words", (
    (["--no-such-flag", "1"], ["no-such-flag"]), (["--registration", "sometimes"], ["registration", "sometimes"]),
    (["--loops", "many"], ["loops", "many"]), (["--loops", "65"], ["loops", "65"]),
    (["--listen", "nowhere"], ["listen", "nowhere"]), (["--config", "/no/such/file"], ["/no/such/file"]),
    (["--data"], ["data"]), (["extra"], ["extra"])), ids=lambda value: " ".join(map(str, value)))
def test_wrong_flags_are_refused_with_what_is_wrong(tmp_path, args, words):
    data = [] if args == ["--data"] else ["--data", tmp_path / "data"]
    done = run("serve", *data, *args, timeout=READY_SECONDS)
    assert done.returncode in (1, 2)
    for word in words:
        assert word in done.stderr
    assert len(done.stderr.splitlines()) <= 3, "one line says it"
    assert not (tmp_path / "data").exists(), "nothing is made by a command that is refused"


def test_a_wrong_value_in_the_environment_is_refused(tmp_path):
    done = run("serve", "--data", tmp_path / "data", timeout=READY_SECONDS, MOLVA_REGISTRATION="maybe")
    assert done.returncode in (1, 2) and "MOLVA_REGISTRATION" in done.stderr and "maybe" in done.stderr


def test_a_wrong_line_in_the_file_is_refused_with_its_number(tmp_path):
    file = tmp_path / "molva.conf"
    file.write_text("# a comment\nregistration = open\nno_such_setting = 1\n")
    done = run("serve", "--data", tmp_path / "data", "--config", file, timeout=READY_SECONDS)
    assert done.returncode in (1, 2)
    assert "no_such_setting" in done.stderr and "molva.conf:3" in done.stderr


@pytest.mark.parametrize("args", ([], ["nonsense"]), ids=str)
def test_a_wrong_command_says_what_there_is(args):
    done = run(*args)
    assert done.returncode == 2
    assert "molva" in done.stderr + done.stdout


def test_help_and_version_are_there():
    for args in (["help"], ["--help"], ["help", "serve"], ["serve", "--help"]):
        done = run(*args)
        assert done.returncode == 0 and "molva serve" in done.stdout and not done.stderr
    assert run("version").stdout.startswith("molva ")


def test_config_prints_every_value_with_its_origin(tmp_path):
    file = tmp_path / "molva.conf"
    file.write_text("registration = closed\nworkers = 7\n")
    done = run("config", "--config", file, "--listen", "127.0.0.1:1234", MOLVA_WORKERS="9")
    assert done.returncode == 0
    lines = {line.split(" = ")[0]: line for line in done.stdout.splitlines() if " = " in line}
    assert "closed" in lines["registration"] and "molva.conf:1" in lines["registration"]
    assert "9" in lines["workers"] and "MOLVA_WORKERS" in lines["workers"], "the environment goes before the file"
    assert "127.0.0.1:1234" in lines["listen"] and "--listen" in lines["listen"]
    assert "default" in lines["rate_limits"]
    again = tmp_path / "again.conf"
    again.write_text(done.stdout)
    copy = run("config", "--config", again)
    values = [line.split("#")[0].strip() for line in done.stdout.splitlines()]
    assert [line.split("#")[0].strip() for line in copy.stdout.splitlines()] == values, "what it prints can be used"


def test_config_shows_no_password():
    done = run("config", "--redis", "redis://molva:s3cret@cache", MOLVA_DATABASE="postgresql://u@h/d?password=s3cret")
    assert done.returncode == 0 and "s3cret" not in done.stdout + done.stderr
    assert 'redis = "redis://molva:***@cache"' in done.stdout


@pytest.mark.parametrize("setting, words", (
    ({"MOLVA_REDIS": "redis://u:s3cret@h"}, "redis must not hold a password"),
    ({"MOLVA_DATABASE": "mysql://u:s3cret@h/d"}, "mysql://u:***@h/d"),
    ({"MOLVA_BUS": "amqp://u:s3c/ret@h"}, "bus must not hold a password"),
), ids=("redis", "database", "bus"))
def test_a_refusal_shows_no_password(tmp_path, setting, words):
    done = run("serve", "--data", tmp_path / "data", timeout=READY_SECONDS, **setting)
    assert done.returncode == 2
    assert words in done.stderr and "s3c" not in done.stderr, done.stderr


def test_a_flag_that_is_none_is_repeated_without_its_value():
    done = run("serve", "--redis-password=s3cret")
    assert done.returncode == 2
    assert '"--redis-password"' in done.stderr and "s3cret" not in done.stderr


def test_a_mistyped_setting_in_the_environment_is_warned_of(start_server):
    server = start_server(MOLVA_REGISTRATON="closed")
    assert "MOLVA_REGISTRATON in the environment is no setting" in server.log
    assert "did you mean MOLVA_REGISTRATION?" in server.log


def test_lifting_the_rate_limits_is_warned_of(start_server):
    assert "rate" in start_server(MOLVA_RATE_LIMITS="off").log.lower()


def test_the_data_folder_is_for_its_owner_only(start_server):
    server = start_server()
    for path in (server.data, *server.data.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, f"{path} can be read by others"


def test_a_data_folder_that_others_could_read_is_closed(start_server):
    server = start_server()
    server.terminate()
    server.data.chmod(0o755)
    (server.data / "auth.db").chmod(0o644)  # as a backup leaves it
    server.start()
    for path in (server.data, *server.data.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, f"{path} can be read by others"
    assert "data.closed_to_others" in server.log


def test_a_data_folder_that_holds_other_things_stays_as_it_is_and_is_warned_of(start_server):
    server = start_server()
    server.terminate()
    server.data.chmod(0o755)
    (server.data / "notes.txt").touch(0o644)
    server.start()
    assert server.data.stat().st_mode & 0o777 == 0o755
    assert "data.open_to_others" in server.log


def test_a_service_key_that_others_can_read_is_refused(tmp_path):
    key = tmp_path / "service.key"
    key.write_bytes(os.urandom(32))
    key.chmod(0o644)
    arguments = ("serve", "--data", tmp_path / "data", "--grpc-listen", "127.0.0.1:0", "--service-key-file", key)
    done = run(*arguments, timeout=READY_SECONDS)
    assert done.returncode == 2 and "service_key_file" in done.stderr and "chmod 600" in done.stderr, done.stderr
    key.write_bytes(bytes(32))
    key.chmod(0o600)
    done = run(*arguments, timeout=READY_SECONDS)
    assert done.returncode == 2 and "the same few bytes" in done.stderr, done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root")
def test_a_secret_on_a_read_only_mount_of_its_own_is_what_a_container_is_given(tmp_path):
    with small_disk(tmp_path / "secrets") as secrets, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()  # so that no server comes up
        key = secrets / "key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o444)
        arguments = ("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:%d" % taken.getsockname()[1],
                     "--grpc-listen", "127.0.0.1:0", "--service-key-file", key)
        assert "can be read by others" in run(*arguments).stderr
        subprocess.run(["/usr/bin/mount", "-o", "remount,ro", secrets], check=True)
        done = run(*arguments)
        assert "service_key_file" not in done.stderr and "cannot listen" in done.stderr, done.stderr


# ---- accounts ----


async def test_the_owners_link_works_once_and_stays_until_then(start_server):
    server = start_server(MOLVA_REGISTRATION="closed")
    code = server.owner_code
    assert code
    async with Http(server.url) as http:
        await refused("forbidden", http.register("somebody"))
        for wrong in ("", code + "x", code.swapcase(), code[:-1]):
            await refused("forbidden", http.register("somebody", invite_code=wrong))
        await asyncio.to_thread(server.restart)
        newest = server.owner_code
        assert newest, "still nobody owns this server"
        owner = await http.register("the.owner", invite_code=newest)
        me = await http.get("/v1/users/me", owner.access_token)
        assert me["account"]["role"] == "OWNER_ACCOUNT"
        for used in (code, newest):
            await refused("forbidden", http.register("another.owner", invite_code=used))
        log_before = server.log
        await asyncio.to_thread(server.restart)
        assert "#owner=" not in server.log[len(log_before):], "there is an owner: no more links"


@pytest.mark.parametrize("setting, mode", [
    ("open", "OPEN_REGISTRATION"), ("invite", "INVITE_REGISTRATION"), ("closed", "CLOSED_REGISTRATION"),
])
async def test_whoever_asks_is_told_who_may_register(start_server, setting, mode):
    server = start_server(MOLVA_REGISTRATION=setting)
    async with Http(server.url) as http:
        assert await http.get("/v1/auth/registration") == {"mode": mode}


async def sign_in(http: Http, username: str, password: str) -> Account:
    return Account.of(await http.post("/v1/auth/login", {"username": username, "password": password}), password)


async def test_invitations_admit_as_many_as_they_say(start_server):
    server = start_server(MOLVA_REGISTRATION="invite")
    async with Http(server.url) as http:
        owner = await http.register("the.owner", invite_code=server.owner_code)
        made = await http.post("/v1/auth/invites", {"max_uses": 2}, owner.access_token)
        await http.register("first", invite_code=made["code"])
        await http.register("second", invite_code=made["code"])
        await refused("forbidden", http.register("third", invite_code=made["code"]))
        await refused("forbidden", http.register("fourth"))
        withdrawn = await http.post("/v1/auth/invites", {"max_uses": 2}, owner.access_token)
        await http.call("DELETE", f"/v1/auth/invites/{withdrawn['invite']['id']}", token=owner.access_token)
        await refused("forbidden", http.register("fifth", invite_code=withdrawn["code"]))


async def test_accounts_are_made_and_mended_from_the_command_line_while_it_runs(start_server):
    server = start_server()
    added = run("user", "add", "zoe", "--display-name", "Zoë", "--data", server.data, **TEST_SETTINGS)
    assert added.returncode == 0, added.stderr
    password = added.stdout.strip()
    async with Http(server.url) as http:
        zoe = await sign_in(http, "zoe", password)
        assert (await http.get("/v1/users/me", zoe.access_token))["user"]["display_name"] == "Zoë"
        again = run("user", "add", "ZOE", "--data", server.data, **TEST_SETTINGS)
        assert again.returncode == 1 and "taken" in again.stderr, again.stderr
        listed = run("user", "list", "--data", server.data, **TEST_SETTINGS)
        assert listed.returncode == 0 and "zoe" in listed.stdout and zoe.id in listed.stdout
        assert password not in listed.stdout
        reset = run("user", "reset-password", "zoe", "--data", server.data, **TEST_SETTINGS)
        assert reset.returncode == 0, reset.stderr
        await refused("unauthenticated", sign_in(http, "zoe", password))
        await eventually_refused("unauthenticated",
                                 lambda: http.post("/v1/auth/refresh", {"refresh_token": zoe.refresh_token}))
        await eventually_refused("unauthenticated", lambda: http.get("/v1/users/me", zoe.access_token))
        await sign_in(http, "zoe", reset.stdout.strip())
        unknown = run("user", "reset-password", "nobody", "--data", server.data, **TEST_SETTINGS)
        assert unknown.returncode == 1 and "nobody" in unknown.stderr


async def test_an_account_made_before_the_first_visit_can_sign_in(start_server, tmp_path):
    server = start_server()
    await asyncio.to_thread(server.terminate)
    made = run("user", "add", "early", "--admin", "--password-stdin", "--data", server.data,
               stdin="an early password\n", **TEST_SETTINGS)
    assert made.returncode == 0, made.stderr
    assert made.stdout == ""
    server.start()
    async with Http(server.url) as http:
        early = await sign_in(http, "early", "an early password")
        assert (await http.get("/v1/users/me", early.access_token))["account"]["role"] == "ADMIN_ACCOUNT"


# ---- troubles with the disk ----


@contextlib.contextmanager
def small_disk(folder: pathlib.Path):
    """A file system of a few MiB, only for this."""
    folder.mkdir()
    subprocess.run(["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_MIB}m,mode=700", "molva-test", folder],
                   check=True)
    try:
        yield folder
    finally:
        subprocess.run(["/usr/bin/umount", folder], check=True)


def fill(path: pathlib.Path) -> None:
    """Takes all the space that is left."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))
    with open(path, "ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system takes root")
async def test_a_full_disk_is_answered_and_nothing_is_half_stored(tmp_path):
    with small_disk(tmp_path / "disk") as disk, Server(disk) as server:
        server.log_path = tmp_path / "server.log"
        async with World(server) as world:
            ann, bob = await world.people("ann", "bob")
            room = await world.http.create_group(ann, "room", bob)
            device = await world.online(ann)
            acknowledged = [(await device.send(room, "before"))["message"]]
            fill(disk / "filler")
            refusals = 0
            for i in range(200):
                try:
                    answer = await world.http.send_message(ann, room, "x" * 10_000)
                    acknowledged.append(answer["message"])
                except ApiError as refusal:
                    assert (refusal.code, refusal.status) == ("storage_full", 507), refusal
                    assert refusal.retryable
                    refusals += 1
                    if refusals == 5:
                        break
            assert refusals == 5, "the disk never was full"
            with pytest.raises(ApiError) as caught:
                await device.send_once(room, "over the socket", uuid7())
            assert caught.value.code == "storage_full"
            page = await world.http.get(f"/v1/conversations/{room}/messages", bob.access_token, limit=200)
            assert page["messages"] == acknowledged[-len(page["messages"]):], "reading goes on"
            (disk / "filler").unlink()
            acknowledged.append((await device.send(room, "after"))["message"])
            page = await world.http.get(f"/v1/conversations/{room}/sync", bob.access_token, limit=500)
            stored = [change["data"]["message"] for change in page["changes"] if change["name"] == "message.created"]
            assert stored == acknowledged
            assert server.running
        await asyncio.to_thread(server.restart)
        async with World(server) as world:
            page = await world.http.get(f"/v1/conversations/{room}/sync", bob.access_token, limit=500)
            stored = [change["data"]["message"] for change in page["changes"] if change["name"] == "message.created"]
            assert stored == acknowledged


def alter(server: Server, service: str, *statements: tuple) -> None:
    """Changes what a server that is stopped has stored."""
    with contextlib.closing(sqlite3.connect(server.data / f"{service}.db")) as database, database:
        for sql, *values in statements:
            assert database.execute(sql, values).rowcount > 0, sql


async def test_what_was_closed_before_anybody_was_told_is_handed_on_at_a_start(start_server):
    server = start_server()
    async with World(server) as world:
        boss = await world.person("boss", invite_code=server.owner_code)
        ann, bob = await world.people("ann", "bob")
        room = await world.http.create_group(ann, "room", bob)
        await world.http.call("PATCH", f"/v1/accounts/{ann.id}", {"disabled": True}, token=boss.access_token)

        async def owns() -> bool:
            page = await world.http.get(f"/v1/conversations/{room}/members", bob.access_token)
            return {one["user_id"]: one["role"] for one in page["members"]}[bob.id] == "OWNER"
        await eventually(owns, "an heir")
    await asyncio.to_thread(server.terminate)
    owner, other = uuid.UUID(ann.id).bytes, uuid.UUID(bob.id).bytes
    alter(server, "group", ("UPDATE members SET role = 1 WHERE user_id = ?", other),
          ("UPDATE members SET role = 3 WHERE user_id = ?", owner), ("UPDATE users SET closed = 0",))
    alter(server, "auth", ("UPDATE account SET closed_told = 0",))
    await asyncio.to_thread(server.start)
    async with World(server) as world:
        await eventually(owns, "an heir after the start")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system takes root")
async def test_on_a_full_disk_people_sign_in_and_read(tmp_path):
    with small_disk(tmp_path / "disk") as disk, Server(disk) as server:
        server.log_path = tmp_path / "server.log"
        async with World(server) as world:
            ann, bob = await world.people("ann", "bob")
            room = await world.http.create_group(ann, "room", bob)
            await world.http.send_message(ann, room, "before")
            fill(disk / "filler")

            async def reads(token: str) -> None:
                page = await world.http.get(f"/v1/conversations/{room}/messages", token)
                assert page["messages"][-1]["text"].startswith(("before", "x"))

            async def login(password: str) -> dict:
                return await world.http.post("/v1/auth/login", {"username": bob.username, "password": password})

            async def refresh() -> dict:
                return await world.http.post("/v1/auth/refresh", {"refresh_token": ann.refresh_token})

            refusals = 0
            while refusals < 5:
                try:
                    await world.http.send_message(ann, room, "x" * 10_000)
                except ApiError as refusal:
                    assert refusal.code == "storage_full"
                    refusals += 1
            # Each database has some room in its log; from then on sessions are lent.
            for _ in range(2000):
                lent = await login(bob.password)
                sessions = await world.http.get("/v1/auth/sessions", lent["access_token"])
                if not any(session.get("current") for session in sessions["sessions"]):
                    break
            else:
                raise AssertionError("every session found room")
            await reads(lent["access_token"])
            await refused("unauthenticated", world.http.post(
                "/v1/auth/refresh", {"refresh_token": lent["refresh_token"]}))
            for _ in range(2):
                again = await refresh()
                assert again["refresh_token"] == ann.refresh_token
                await reads(again["access_token"])

            (disk / "filler").unlink()
            rotated = await refresh()
            assert rotated["refresh_token"] != ann.refresh_token
            await world.http.post("/v1/auth/logout", {}, rotated["access_token"])
            await refused("unauthenticated", reads(again["access_token"]))


async def test_after_a_crash_it_is_known_when_people_were_last_seen(start_server):
    server = start_server(MOLVA_LAST_SEEN_SECONDS="1")
    async with World(server) as world:
        ann, bob = await world.people("ann", "bob")
        room = await world.http.create_group(ann, "room", bob)
        await world.http.send_message(bob, room, "who takes part is seen")
        device = await world.online(bob)

        async def kept() -> bool:
            with contextlib.closing(sqlite3.connect(f"file:{server.data / 'notification.db'}?mode=ro", uri=True)) as database:
                return bool(database.execute("SELECT 1 FROM last_seen WHERE user_id = ?", (uuid.UUID(bob.id).bytes,)).fetchall())

        came = datetime.now(timezone.utc)
        await eventually(kept, "a time is kept although the socket is open")
        assert device.connected
        await asyncio.to_thread(server.kill9)
        await asyncio.to_thread(server.start)
        [presence] = (await world.http.get("/v1/presence", ann.access_token, user_ids=bob.id))["presences"]
        assert not presence["online"]
        assert came - timedelta(seconds=5) < datetime.fromisoformat(presence["last_seen_at"]) < datetime.now(timezone.utc)


async def test_a_client_that_is_ahead_of_a_restored_backup_is_told_so_for_ever(start_server, tmp_path):
    server = start_server()

    def put_back():
        shutil.rmtree(server.data)
        shutil.copytree(tmp_path / "backup", server.data)

    await check_restored(server, lambda: shutil.copytree(server.data, tmp_path / "backup"), put_back)


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize("damage", ("header", "all", "cut"))
async def test_a_damaged_database_is_told_at_start_with_its_name(start_server, service, damage):
    server = start_server()
    async with World(server) as world:
        ann, bob = await world.people("ann", "bob")
        room = await world.http.create_group(ann, "room", bob)
        for i in range(20):
            await world.http.send_message(ann, room, "x" * 1000)
    await asyncio.to_thread(server.terminate)
    [path] = server.data.rglob(f"{service}.db")
    content = bytearray(path.read_bytes())
    rng = random.Random(1)
    match damage:
        case "header":
            content[:100] = rng.randbytes(100)
        case "all":
            content[:] = rng.randbytes(len(content))
        case "cut":
            del content[len(content) // 2:]
    path.write_bytes(content)
    for companion in path.parent.glob(path.name + "-*"):
        companion.unlink()
    server.spawn()
    code = await asyncio.to_thread(server.process.wait, READY_SECONDS)
    said = server.log.splitlines()[-5:]
    assert code == 1, said
    assert any(path.name in line for line in said), said


async def test_no_secret_reaches_the_log(start_server):
    server = start_server(MOLVA_LOG_LEVEL="debug")
    async with World(server) as world:
        ann, bob = await world.people("ann", "bob")
        device = await world.online(ann)
        room = await world.http.create_group(ann, "room", bob)
        await device.send(room, "the text of a message")
        with pytest.raises(ApiError):
            await world.http.post("/v1/auth/login", {"username": ann.username, "password": "a wrong password"})
        with contextlib.suppress(ApiError, Unreachable):
            await world.http.post(f"/v1/conversations/{room}/messages", {"client_id": "x", "text": "a refused text"},
                                  ann.access_token)
        pair = await world.http.post("/v1/auth/refresh", {"refresh_token": ann.refresh_token})
    log = server.log
    for secret in (ann.password, "a wrong password", ann.access_token, ann.refresh_token, pair["refresh_token"],
                   "the text of a message", "a refused text", ann.access_token.split(".")[2]):
        assert secret not in log


def test_the_healthcheck_tells_by_its_exit_code(start_server):
    server = start_server()
    address = f"127.0.0.1:{server.port}"
    assert run("healthcheck", "--listen", address).returncode == 0
    server.terminate()
    assert run("healthcheck", "--listen", address).returncode == 1


@pytest.mark.parametrize("listen, own, shown", (("[::1]", "::1", "[::1]"), ("0.0.0.0", "127.0.0.1", "localhost")))
def test_it_prints_where_a_browser_finds_it_whatever_it_listens_on(tmp_path, listen, own, shown):
    port = Port(own)
    server = Server(tmp_path, "--listen", f"{listen}:{port.number}")  # the last --listen counts
    server.url = f"http://{shown}:{port.number}"
    try:
        with server:
            assert server.is_ready()
            assert f"{server.url}/#owner=" in server.log
    finally:
        port.close()


def test_ctrl_c_is_a_good_end_too(start_server):
    server = start_server()
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(STOP_SECONDS) == 0


@pytest.mark.parametrize("number", (signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP),
                         ids=lambda number: number.name)
def test_a_signal_that_asks_for_nothing_ends_nothing(start_server, number):
    server = start_server()
    server.process.send_signal(number)
    assert server.is_ready()
    assert server.terminate() == 0
    assert "server.stopped" in server.log


# ---- what operators watch ----


def ask(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def watched(start_server):
    """A server that shows its metrics at an address of their own, and that address."""
    port = Port()
    address = f"127.0.0.1:{port.number}"
    yield start_server(MOLVA_METRICS_LISTEN=address), f"http://{address}"
    port.close()


def test_metrics_have_an_address_of_their_own_where_nothing_else_is(watched):
    server, inside = watched
    status, text = ask(inside + "/metrics")
    assert status == 200 and "molva_request_seconds" in text
    for path in ("/healthz", "/readyz"):
        assert ask(inside + path)[0] == 200
        assert ask(server.url + path)[0] == 200, "balancers ask there"
    assert ask(server.url + "/metrics")[0] == 404
    for path in ("/", "/v1/openapi.json", "/v1/auth/registration", "/.well-known/jwks.json", "/v1/ws"):
        assert ask(inside + path)[0] == 404, path


def test_a_stop_can_be_watched_until_its_end(watched):
    server, inside = watched
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")  # a request that is on its way holds the stop up
        assert ask(inside + "/readyz")[0] == 200
        server.process.send_signal(signal.SIGTERM)
        while (answer := ask(inside + "/readyz"))[0] == 200:
            pass
        assert answer[0] == 503 and '"draining"' in answer[1]
        assert ask(inside + "/metrics")[0] == 200
        slow.sendall(b"\r\n")
        assert slow.recv(4096).startswith(b"HTTP/1.1 200")
    assert server.process.wait(STOP_SECONDS) == 0


@pytest.mark.parametrize("address, code, words", (("nowhere", 2, "metrics_listen takes"),
                                                  ("{taken}", 1, "metrics_listen: cannot listen")))
def test_a_wrong_address_for_metrics_is_refused(tmp_path, address, code, words):
    port = Port()
    listen = f"127.0.0.1:{port.number}"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = address.format(taken="127.0.0.1:%d" % taken.getsockname()[1])
        done = run("serve", "--data", tmp_path / "data", "--listen", listen, "--metrics-listen", address,
                   timeout=READY_SECONDS)
    port.close()
    assert done.returncode == code and words in done.stderr, done.stderr
