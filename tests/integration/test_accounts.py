"""Accounts, sessions, profiles: what auth promises, over REST."""
import asyncio
import base64
import json
import unicodedata

import pytest

from expect import eventually, eventually_refused, refused
from http_api import Http
from world import World


async def test_registering_signs_in_and_the_profile_is_there(world):
    ann = await world.person("ann")
    me = await world.http.get("/v1/users/me", ann.access_token)
    assert me["user"]["id"] == ann.id
    assert me["user"]["username"] == ann.username
    assert me["user"]["display_name"] == "Ann"
    assert me["account"]["role"] == "MEMBER_ACCOUNT"
    assert ann.expires_in > 0


async def test_a_name_is_taken_once_in_any_case(world):
    ann = await world.person("ann")
    await refused("conflict", world.http.register(ann.username))
    await refused("conflict", world.http.register(ann.username.upper()))


@pytest.mark.parametrize("username", ("", "ab", "a" * 33, "has space", "semi;colon", "ann\u0430bc", "a\u0000bc"))
async def test_bad_names_are_refused(world, username):
    await refused("invalid", world.http.register(username))


@pytest.mark.parametrize("password", ("", "short12", "x" * 257))
async def test_bad_passwords_are_refused(world, password):
    await refused("invalid", world.http.register("somebody.new", password=password))


async def test_login_needs_the_password_and_ignores_the_case_of_the_name(world):
    ann = await world.person("ann")
    again = await world.http.post("/v1/auth/login", {"username": ann.username.upper(), "password": ann.password})
    assert again["user"]["id"] == ann.id
    wrong = await refused("unauthenticated", world.http.post(
        "/v1/auth/login", {"username": ann.username, "password": "not the password"}))
    unknown = await refused("unauthenticated", world.http.post(
        "/v1/auth/login", {"username": "nobody.at.all", "password": "not the password"}))
    assert wrong.message == unknown.message, "the answers must not tell which names exist"


async def test_a_password_is_the_same_composed_and_decomposed(world):
    composed, decomposed = (unicodedata.normalize(form, "caf\u00e9 \u0439\u043e\u0434") for form in ("NFC", "NFD"))
    ann = await world.person("ann", password=decomposed)
    for typed in (composed, decomposed, composed.replace(" ", "\u00a0")):
        await world.http.post("/v1/auth/login", {"username": ann.username, "password": typed})
    await refused("invalid", world.http.register("somebody.new", password="a\tcontrol character"))


async def test_a_password_is_as_long_as_it_is_kept_not_as_it_was_typed(world):
    longest = "\u0439" * 128
    composed, decomposed = (unicodedata.normalize(form, longest) for form in ("NFC", "NFD"))
    assert (len(composed.encode()), len(decomposed.encode())) == (256, 512)
    ann = await world.person("ann", password=decomposed)
    await world.http.post("/v1/auth/login", {"username": ann.username, "password": composed})
    await world.http.post("/v1/auth/password", {"old_password": composed, "new_password": decomposed}, ann.access_token)
    for typed in (decomposed + "x", "x" * 257, "\u0439" * 129, "\U0001f600" * 65, "x" * 1025):
        await refused("invalid", world.http.register("somebody.new", password=typed))
        await refused("invalid", world.http.post(
            "/v1/auth/password", {"old_password": composed, "new_password": typed}, ann.access_token))


async def test_access_tokens_are_es256_and_name_user_and_session(world):
    ann = await world.person("ann")
    header, claims, _ = (json.loads(base64.urlsafe_b64decode(part + "==")) if i < 2 else part
                         for i, part in enumerate(ann.access_token.split(".")))
    assert header["alg"] == "ES256"
    assert claims["sub"] == ann.id
    keys = (await world.http.get("/.well-known/jwks.json"))["keys"]
    assert header["kid"] in [key["kid"] for key in keys]


async def refresh(world, token: str) -> dict:
    return await world.http.post("/v1/auth/refresh", {"refresh_token": token})


async def test_refresh_rotates_and_the_new_pair_works(world):
    ann = await world.person("ann")
    second = await refresh(world, ann.refresh_token)
    assert second["refresh_token"] != ann.refresh_token
    assert second["user"]["id"] == ann.id
    await world.http.get("/v1/users/me", second["access_token"])
    third = await refresh(world, second["refresh_token"])
    await world.http.get("/v1/users/me", third["access_token"])


async def test_a_refresh_token_from_before_the_last_one_ends_the_session_for_both(world):
    ann = await world.person("ann")
    second = await refresh(world, ann.refresh_token)
    third = await refresh(world, second["refresh_token"])
    await refused("unauthenticated", refresh(world, ann.refresh_token))
    await refused("unauthenticated", refresh(world, third["refresh_token"]))
    await until_refused(world, third["access_token"])
    await until_refused(world, ann.access_token)


async def test_one_refresh_token_raced_by_many_gives_all_the_same_next_one(world):
    ann = await world.person("ann")
    answers = await asyncio.gather(*(refresh(world, ann.refresh_token) for _ in range(8)))
    assert len({answer["refresh_token"] for answer in answers}) == 1
    for answer in answers:
        await world.http.get("/v1/users/me", answer["access_token"])
    await refresh(world, answers[0]["refresh_token"])


async def test_a_refresh_whose_answer_was_lost_is_answered_again_also_after_kill_9(start_server):
    server = start_server()
    async with World(server) as world:
        ann = await world.person("ann")
        [before] = (await world.http.get("/v1/auth/sessions", ann.access_token))["sessions"]

        async def is_used():
            [now] = (await world.http.get("/v1/auth/sessions", ann.access_token))["sessions"]
            return now["last_seen_at"] != before["last_seen_at"]

        # Asked, and nobody reads the answer.
        body = json.dumps({"refresh_token": ann.refresh_token}).encode()
        _, writer = await asyncio.open_connection(server.address, server.port)
        writer.write(b"POST /v1/auth/refresh HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        await eventually(is_used, "the refresh")
        writer.transport.abort()
        await asyncio.to_thread(server.restart)
    async with World(server) as world:
        again = await refresh(world, ann.refresh_token)
        await world.http.get("/v1/users/me", again["access_token"])
        await refresh(world, again["refresh_token"])


async def test_wrong_passwords_of_strangers_do_not_keep_a_known_device_or_a_session_waiting(start_server):
    server = start_server(MOLVA_RATE_LIMITS="on")
    async with Http(server.url) as http:
        password = "correct horse battery"
        ann = await http.post("/v1/auth/register", {"username": "ann.known", "password": password})

        def sign_in(word, *device_tokens):
            body = {"username": "ann.known", "password": word, "device_tokens": device_tokens}
            return http.post("/v1/auth/login", body)

        for _ in range(5):
            await refused("unauthenticated", sign_in("not the password"))
        refusal = await refused("rate_limited", sign_in(password))
        assert refusal.retry_after_ms > 0
        await refused("rate_limited", sign_in(password, "x", "A" * 43))
        again = await sign_in(password, "x", ann["device_token"])
        assert again["device_token"] == ann["device_token"]
        changed = await http.post("/v1/auth/password", {"old_password": password, "new_password": "another horse"},
                                  again["access_token"])
        await sign_in("another horse", changed["device_token"])
        await refused("too_large", sign_in(password, *["x"] * 9))


async def until_refused(world, access_token: str) -> None:
    """The token of an ended session is refused, on every transport within a second."""
    await eventually_refused("unauthenticated", lambda: world.http.get("/v1/users/me", access_token))


async def test_logout_ends_this_session_and_no_other(world):
    ann = await world.person("ann")
    phone = await world.http.login(ann, "phone")
    await world.http.post("/v1/auth/logout", {}, ann.access_token)
    await until_refused(world, ann.access_token)
    await refused("unauthenticated", refresh(world, ann.refresh_token))
    await world.http.get("/v1/users/me", phone.access_token)


async def test_sessions_are_listed_and_can_be_ended(world):
    ann = await world.person("ann")
    phone = await world.http.login(ann, "phone")
    sessions = (await world.http.get("/v1/auth/sessions", ann.access_token))["sessions"]
    assert len(sessions) == 2
    assert [session["current"] for session in sessions].count(True) == 1
    [phone_session] = [session for session in sessions if session["device"] == "phone"]
    assert not phone_session["current"]
    await world.http.call("DELETE", f"/v1/auth/sessions/{phone_session['id']}", token=ann.access_token)
    await until_refused(world, phone.access_token)
    assert len((await world.http.get("/v1/auth/sessions", ann.access_token))["sessions"]) == 1


async def test_nobody_ends_a_session_of_somebody_else(world):
    ann, bob = await world.people("ann", "bob")
    [session] = (await world.http.get("/v1/auth/sessions", ann.access_token))["sessions"]
    await refused("not_found", world.http.call("DELETE", f"/v1/auth/sessions/{session['id']}", token=bob.access_token))
    await world.http.get("/v1/users/me", ann.access_token)


async def test_all_other_sessions_end_at_once(world):
    ann = await world.person("ann")
    others = [await world.http.login(ann) for _ in range(3)]
    answer = await world.http.call("DELETE", "/v1/auth/sessions", token=ann.access_token)
    assert answer["revoked"] == 3
    for other in others:
        await until_refused(world, other.access_token)
    await world.http.get("/v1/users/me", ann.access_token)


async def test_a_new_password_replaces_the_old_and_ends_the_other_sessions(world):
    ann = await world.person("ann")
    phone = await world.http.login(ann)
    await refused("forbidden", world.http.post(
        "/v1/auth/password", {"old_password": "wrong wrong", "new_password": "next password"}, ann.access_token))
    await world.http.post("/v1/auth/password", {"old_password": ann.password, "new_password": "next password"},
                          ann.access_token)
    await until_refused(world, phone.access_token)
    await world.http.get("/v1/users/me", ann.access_token)
    await refused("unauthenticated", world.http.login(ann))
    ann.password = "next password"
    await world.http.login(ann)


async def test_a_profile_changes_only_where_asked(world):
    ann, bob = await world.people("ann", "bob")
    changed = await world.http.call("PATCH", "/v1/users/me", {"about": "Привет 🙂", "theme": "dark"},
                                    token=ann.access_token)
    assert changed["user"]["about"] == "Привет 🙂"
    assert changed["user"]["display_name"] == "Ann"
    assert changed["account"]["theme"] == "dark"
    seen = await world.http.get(f"/v1/users/{ann.id}", bob.access_token)
    assert seen["user"] == changed["user"]
    cleared = await world.http.call("PATCH", "/v1/users/me", {"about": ""}, token=ann.access_token)
    assert cleared["user"]["about"] == ""
    assert cleared["account"]["theme"] == "dark"


@pytest.mark.parametrize("change", ({"display_name": ""}, {"display_name": "x" * 65}, {"about": "x" * 281},
                                    {"theme": "pink"}, {"language": "x" * 36}, {"username": "other"}))
async def test_bad_profiles_are_refused(world, change):
    ann = await world.person("ann")
    await refused("invalid", world.http.call("PATCH", "/v1/users/me", change, token=ann.access_token))


async def test_people_are_found_by_name_and_by_id(world):
    ann = await world.person("ann")
    zoe = await world.http.register(f"zoe.{ann.username}", "Zoë Żółć")
    by_username = await world.http.get("/v1/users", ann.access_token, query=zoe.username[:8])
    assert zoe.id in [user["id"] for user in by_username["users"]]
    by_word = await world.http.get("/v1/users", ann.access_token, query="żół")
    assert zoe.id in [user["id"] for user in by_word["users"]]
    by_id = await world.http.get("/v1/users", ann.access_token, ids=[ann.id, zoe.id, "0" * 8 + zoe.id[8:]])
    assert {user["id"] for user in by_id["users"]} == {ann.id, zoe.id}
    assert "about" in by_id["users"][0] and "password" not in str(by_id)


async def test_an_unknown_user_is_not_found(world):
    ann = await world.person("ann")
    await refused("not_found", world.http.get("/v1/users/01900000-0000-7000-8000-000000000000", ann.access_token))
    await refused("invalid", world.http.get("/v1/users/no-uuid", ann.access_token))


@pytest.mark.parametrize("token", ("", "x", "a.b.c", "Zm9v.YmFy.", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."))
async def test_tokens_that_are_none_are_refused(world, token):
    status, _, _ = await world.http.send("GET", "/v1/users/me", headers={"Authorization": f"Bearer {token}"})
    assert status == 401


async def test_a_changed_token_is_refused(world):
    ann = await world.person("ann")
    header, claims, signature = ann.access_token.split(".")
    other = (await world.person("bob")).access_token.split(".")
    for forged in (f"{header}.{other[1]}.{signature}", f"{header}.{claims}.{other[2]}", f"{header}.{claims}."):
        await refused("unauthenticated", world.http.get("/v1/users/me", forged))


async def test_the_people_of_a_server_are_listed_a_page_at_a_time(world):
    """Other tests share the server: those of this one are told by their names."""
    ann, bob, cem = await world.people("ann", "bob", "cem")
    for who, name in ((ann, "zz list Ёж"), (bob, "ZZ list Емеля"), (cem, "zz list Яна")):
        await world.http.call("PATCH", "/v1/users/me", {"display_name": name}, token=who.access_token)

    async def listed(order):
        names, after = [], ""
        while True:
            page = await world.http.get("/v1/people", ann.access_token, order=order, after_id=after, limit=100)
            names += [(user["id"], user["display_name"]) for user in page["users"]]
            if not page["has_more"]:
                return names
            after = page["users"][-1]["id"]

    by_name, newest = await listed("BY_NAME"), await listed("NEWEST_FIRST")
    assert len(set(by_name)) == len(by_name) and set(by_name) == set(newest)
    ours = {ann.id, bob.id, cem.id}
    assert [name for id, name in by_name if id in ours] == ["zz list Ёж", "ZZ list Емеля", "zz list Яна"]
    assert [id for id, _ in newest if id in ours] == sorted(ours, reverse=True)
    await refused("unauthenticated", world.http.get("/v1/people"))
