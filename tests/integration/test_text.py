"""What text may not have in it, whatever brings it."""
import re

import pytest

import contract
import grpc_api
from expect import refused
from http_api import Http
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
