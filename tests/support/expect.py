"""Waiting for what must come, and for what must be refused."""
import asyncio

import pytest

from http_api import ApiError

# What is waited for here must happen; the bound only ends a test that would hang.
EVENTUALLY_SECONDS = 20


async def refused(code: str, call) -> ApiError:
    """The call is answered with this error."""
    with pytest.raises(ApiError) as caught:
        await call
    assert caught.value.code == code, caught.value
    return caught.value


async def eventually_refused(code: str, make_call) -> None:
    """Calls until the answer is this error: what was forbidden a moment ago need not be known everywhere at once."""
    async with asyncio.timeout(EVENTUALLY_SECONDS):
        while True:
            try:
                await make_call()
            except ApiError as refusal:
                assert refusal.code == code, refusal
                return
            await asyncio.sleep(0.02)


async def eventually(condition, what: str = "the condition"):
    """Asks again and again until an asynchronous condition holds; returns its value."""
    try:
        async with asyncio.timeout(EVENTUALLY_SECONDS):
            while not (value := await condition()):
                await asyncio.sleep(0.02)
            return value
    except TimeoutError:
        raise AssertionError(f"not within {EVENTUALLY_SECONDS} s: {what}") from None
