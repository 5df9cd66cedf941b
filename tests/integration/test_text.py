"""What text may not have in it, whatever brings it."""
import re

import pytest

import contract
import grpc_api
from expect import refused
from http_api import Http, uuid7
from molva_client import Device
from target import make_server

NUL = "a\0b"
METHODS = [method for method in contract.methods() if method.access != "SERVICE"]
FIELDS = [(method, field, is_list) for method in METHODS
          for fields, is_list in ((method.strings, False), (method.string_lists, True)) for field in fields]


@pytest.fixture(scope="module", name="host")
def host_with_grpc(tmp_path_factory):
    with make_server(tmp_path_factory.mktemp("text"), grpc=True) as server:
        yield server


async def over_rest(http: Http, owner, method: contract.Method, field: str, value) -> None:
    path, in_query = method.path, method.verb in ("GET", "DELETE")
    in_path = re.findall(r"{(\w+)}", path)
    for name in in_path:
        path = path.replace("{%s}" % name, "a%00b" if name == field else owner.id)
    request = {} if field in in_path else {field: value}
    await http.call(method.verb, path, None if in_query else request, token=owner.access_token,
                    query=[(field, text) for text in ([value] if isinstance(value, str) else value)]
                    if in_query and request else None)


@pytest.mark.parametrize("method, field, is_list", FIELDS, ids=[f"{method.name}.{field}" for method, field, _ in FIELDS])
async def test_nul_is_refused_in_every_string_of_every_method_over_every_transport(host, method, field, is_list):
    value = ["good", NUL] if is_list else NUL
    async with Http(host.url) as http:
        owner = await http.register(f"u{abs(hash((method.name, field))) % 10**12}")
        if method.access == "ADMIN":
            owner = await administrator(host, http)
        device = Device(http, owner)
        await device.connect()
        try:
            await refused("invalid", over_rest(http, owner, method, field, value))
            await refused("invalid", device.call(method.name, **{field: value}))
            with grpc_api.Grpc(host.grpc_addresses) as grpc:
                refusal = await refused("invalid", grpc.call(method.name, {field: value}, owner.access_token))
                assert refusal.message.startswith(field + ":"), "the field is named"
        finally:
            await device.close()


async def administrator(host, http: Http):
    if not hasattr(host, "boss"):
        host.boss = await http.register("the.boss", invite_code=host.owner_code)
    return host.boss


async def test_a_password_is_not_cut_at_a_nul(host):
    """Over gRPC all that stood behind it used to be left out: any tail signed in."""
    async with Http(host.url) as http:
        ann = await http.register("ann.with.password")
        with grpc_api.Grpc(host.grpc_addresses) as grpc:
            await grpc.call("auth.Login", {"username": ann.username, "password": ann.password})
            await refused("invalid", grpc.call("auth.Login", {"username": ann.username, "password": f"{ann.password}\0tail"}))


# U+2028 and U+2066 came through in titles, U+FEFF and tags in display names.
UNFIT = ("a\u202eb", "\u2066a", "a\u2028b", "\u200b", "a\ufeff", "a\U000e0041", "a\u200db", "\u0301", "a\x9b", "\uf8ff")


async def shown_fields(http: Http) -> dict:
    """How each text that others are shown is set: a call with the text, which returns what is kept."""
    ann = await http.register(f"ann.{uuid7()[-8:]}")
    group = await http.create_group(ann, "the group")

    async def set_(path: str, field: str, text: str, part: str) -> str:
        return (await http.call("PATCH", path, {field: text}, token=ann.access_token))[part][field]

    async def created(field: str, text: str) -> str:
        body = {"kind": "GROUP", "title": "a title"} | {field: text}
        return (await http.post("/v1/conversations", body, ann.access_token))["conversation"][field]

    async def registered(text: str) -> str:
        user = await http.register(f"bob.{uuid7()[-8:]}", text)
        return (await http.get("/v1/users/me", user.access_token))["user"]["display_name"]

    return {
        "display name": lambda text: set_("/v1/users/me", "display_name", text, "user"),
        "display name at registration": registered,
        "about": lambda text: set_("/v1/users/me", "about", text, "user"),
        "title": lambda text: set_(f"/v1/conversations/{group}", "title", text, "conversation"),
        "title of a new group": lambda text: created("title", text),
        "description": lambda text: set_(f"/v1/conversations/{group}", "description", text, "conversation"),
        "description of a new group": lambda text: created("description", text),
    }


async def test_every_text_that_others_are_shown_has_one_rule(host):
    async with Http(host.url) as http:
        for label, call in (await shown_fields(http)).items():
            for text in UNFIT:
                refusal = await refused("invalid", call(text))
                assert refusal.message.isprintable(), label
            assert await call(" Jose\u0301\u00a0\U0001f469\u200d\U0001f680 ") == "Jos\u00e9 \U0001f469\u200d\U0001f680", label
