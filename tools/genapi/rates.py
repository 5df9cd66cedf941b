"""The page about rate limits and costs, generated from the contract."""
from __future__ import annotations

from genapi.contract import Contract, Cost, Method

BYTES_PER_TOKEN = 4096  # RPC_BYTES_PER_TOKEN of src/base/limits.h


def page(contract: Contract) -> str:
    """Markdown."""
    lines = [
        "# Rates",
        "",
        "Generated from `api/molva/options.proto` and the options of each method.",
        "",
        "Each caller has a token bucket per rate class; a caller is a signed-in user, or before sign-in an address (the /64 of",
        "an IPv6 address). A call takes one token, another one for each full 4 KiB of its request, and more for numbers that the",
        "caller chooses, as listed below: each multiple of the listed number beyond the first costs one token. A call that costs",
        "more than the bucket holds takes all of it. When the bucket is empty the response is `rate_limited`, with the time to",
        "retry in `retry_after_ms`. In OpenAPI each operation has `x-molva-rate` and `x-molva-cost`.",
        "",
        "| class | tokens a second | at once | for |",
        "| --- | --- | --- | --- |",
    ]
    for rate in contract.rates:
        comment = " ".join(rate.comment.split())
        lines.append(f"| {rate.name} | {rate.per_second:g} | {rate.burst} | {comment} |")
    lines += ["", "| method | who | class | one token for |", "| --- | --- | --- | --- |"]
    for method in contract.methods():
        if method.verb:
            lines.append(f"| `{method.wire_name}` | {method.access} | {method.rate} | {describe(method.costs)} |")
    return "\n".join(lines) + "\n"


def describe(costs: list[Cost]) -> str:
    return ", ".join(f"{cost.per_token} of `{cost.field}`" for cost in costs) or "each call"


def sentence(method: Method) -> str:
    """For people who read about one method."""
    if not method.costs:
        return ""
    return f"Takes one more token of its rate for each further {describe(method.costs)}."
