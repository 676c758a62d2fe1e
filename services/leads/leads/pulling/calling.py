"""Calls to a provider that allows only so many a second: spread out over a process, and tried again for a while.

What fails for longer ends the look; the next one goes on where this one got to.
"""

import asyncio
import time
from typing import Any, Final
from urllib.parse import urlsplit

import stamina
from events.outgoing import Outgoing, Trouble

ATTEMPTS: Final = 6
FIRST_WAIT_SECONDS: Final = 1.0
LONGEST_WAIT_SECONDS: Final = 30.0


class Calling:
    """Calls by one port, at most ``per_second`` to a host from this process."""

    def __init__(self, outgoing: Outgoing, per_second: float, first_wait_seconds: float = FIRST_WAIT_SECONDS) -> None:
        """``first_wait_seconds`` is waited after the first failure, and doubled after each further one."""
        self._outgoing = outgoing
        self._gap = 1 / per_second
        self._first_wait = first_wait_seconds
        self._free: dict[str | None, float] = {}

    async def call(self, method: str, url: str, **how: Any) -> bytes:
        """As ``Outgoing.call``; raises ``Trouble`` when the last attempt has failed, ``Refused`` at once."""
        async for attempt in self._attempts():
            with attempt:
                await self._turn(urlsplit(url).hostname)
                return await self._outgoing.call(method, url, **how)
        raise AssertionError("unreachable")

    async def json(self, method: str, url: str, **how: Any) -> dict[str, Any]:
        """As ``Outgoing.json``, likewise."""
        async for attempt in self._attempts():
            with attempt:
                await self._turn(urlsplit(url).hostname)
                return await self._outgoing.json(method, url, **how)
        raise AssertionError("unreachable")

    def _attempts(self) -> Any:
        return stamina.retry_context(
            on=_again,
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=self._first_wait,
            wait_max=LONGEST_WAIT_SECONDS,
            wait_jitter=self._first_wait,
        )

    async def _turn(self, host: str | None) -> None:
        now = time.monotonic()
        at = max(now, self._free.get(host, 0.0))
        self._free[host] = at + self._gap
        if at > now:
            await asyncio.sleep(at - now)


def _again(error: Exception) -> bool | float:
    """Whether to try again; a number: after so many seconds, because the provider says so."""
    if not isinstance(error, Trouble):
        return False
    return True if error.seconds is None else min(error.seconds, LONGEST_WAIT_SECONDS)
