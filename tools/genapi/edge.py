"""Which service answers a path: the map of the edge proxy, from the contract."""
import re

from . import contract

HEAD = """\
# Made from the contract by tools/gen_api.py: which service answers a path of the REST face.
"""


def _pattern(path: str) -> str:
    """As nginx's map takes it: the path itself, or a regular expression with one segment for each variable."""
    if "{" not in path:
        return path
    parts = re.split(r"\{[^}]*\}", path)
    return '"~^' + "[^/]+".join(re.escape(part).replace("\\-", "-") for part in parts) + '$"'


def routes(api: contract.Contract) -> dict[str, str]:
    """path -> service. Whatever the verb: two services cannot share a path."""
    found: dict[str, contract.Method] = {}
    for method in api.methods():
        if not method.path:
            continue
        known = found.setdefault(method.path, method)
        if known.service != method.service:
            raise contract.ContractError(f"{method.where}: {method.path} belongs to {known.wire_name} already, of another "
                                         "service; the edge proxy routes by path")
    return {path: method.service for path, method in found.items()}


def nginx_map(api: contract.Contract) -> str:
    """nginx looks for whole paths first, then tries the expressions in this order; those with fewer variables go first."""
    ordered = sorted(routes(api).items(), key=lambda route: (route[0].count("{"), route[0]))
    width = max(len(_pattern(path)) for path, _ in ordered)
    lines = [f"    {_pattern(path):<{width}} {service};" for path, service in ordered]
    return HEAD + "map $uri $molva_service {\n    default notification;\n" + "\n".join(lines) + "\n}\n"
