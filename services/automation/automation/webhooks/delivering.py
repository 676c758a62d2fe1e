"""Sends messages to endpoints: the handler of a durable task, run by a worker outside of any transaction.

At least once: a message whose answer was lost is sent again with the same ``webhook-id``, by which its receiver knows
it. What came of a call is written in one transaction: the attempt, the endpoint's health, the end of the delivery, and
what is told of it. Pauses between attempts are those that Standard Webhooks recommends, over three days.

An endpoint in trouble (no connection, no answer, 408, 425, 429, 5xx) is left alone for a while, and then only one
message finds out whether it is back: so it holds up no other endpoint, however much waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import orjson
from events.keys_client import KeysUnavailable
from events.outgoing import Outgoing, Refused, Trouble
from events.privacy import CustomerKey, Keys
from events.store import Append, Store
from events.tasks import PutOff, Retry, Task

from automation.webhooks.endpoints import Endpoints, sql
from automation.webhooks.outcomes import Attempt, End, FinalState, Settling, settle
from automation.webhooks.payload import headers_of, holds_sealed, rendered

PAUSES: Final = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Seconds after each attempt that failed; after the last one it is given up."""
ANSWER_SECONDS: Final = 15.0
KEYS_SECONDS: Final = 15.0
DIRECTION_SECONDS: Final = 3600.0
"""By then the line of business of a lead or deal is known, or will not be: one topic may be read later than another."""


@dataclass(frozen=True)
class Delivering:
    """The handler."""

    store: Store
    endpoints: Endpoints
    outgoing: Outgoing
    keys: Keys
    now: Callable[[], datetime]

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Sends; raises ``PutOff`` while the endpoint is left alone and ``Retry`` after an attempt that failed."""
        row = await self.store.pool.fetchrow(sql("delivery_read"), UUID(task.payload["delivery_id"]))
        if row is None or row["state"] != "pending":
            return ()
        if (why := _hopeless(row)) is not None:
            await settle(self.store, Settling(row, task, self.now(), End(*why)))
            return ()
        await self._wait_for_endpoint(row)
        attempt = await self._send(row)
        pause = None if attempt.is_good else pause_after(task, attempt)
        end = End("delivered") if attempt.is_good else End("failed", "gave_up") if pause is None else None
        ended = await settle(self.store, Settling(row, task, self.now(), end, attempt))
        if not ended:
            raise Retry(attempt.error or f"answered {attempt.status}", pause)
        return ()

    async def _wait_for_endpoint(self, row: asyncpg.Record) -> None:
        """Of all that waits for an endpoint that was in trouble, one message finds out whether it is back."""
        if row["wait"] is None:
            return
        if row["wait"] > 0:
            raise PutOff("the endpoint is in trouble", row["wait"] * (1 + _spread(row["delivery_id"])))
        if not await self.store.pool.fetchval(sql("endpoint_try"), row["code"], 2 * ANSWER_SECONDS):
            raise PutOff("another message finds out whether the endpoint is back", ANSWER_SECONDS)

    async def _send(self, row: asyncpg.Record) -> Attempt:
        message = orjson.loads(row["body"])
        key = None
        if row["personal"] and row["customer_id"] is not None and holds_sealed(message["data"]):
            key = await self._key(row["customer_id"])
        body, at = rendered(message, key), self.now()
        secrets = await self.store.pool.fetch(sql("secrets_live"), row["code"])
        headers = headers_of(str(row["delivery_id"]), at, body, self.endpoints.secrets(secrets))
        started = time.monotonic()
        try:
            answer = await self.outgoing.post(row["url"], body, headers, seconds=ANSWER_SECONDS)
        except (Trouble, Refused) as trouble:
            return Attempt(at, time.monotonic() - started, error=str(trouble))
        return Attempt(at, time.monotonic() - started, answer.status, retry_after=answer.seconds)

    async def _key(self, customer_id: UUID) -> CustomerKey | None:
        """None: erased. While keys cannot be read nothing is sent, which is no attempt: the endpoint did not fail."""
        try:
            return (await self.keys.read([customer_id])).get(customer_id)
        except KeysUnavailable as away:
            raise PutOff(str(away), KEYS_SECONDS) from None


def pause_after(task: Task, attempt: Attempt) -> float | None:
    """Seconds until the next attempt, a little spread; None: there is none."""
    if task.attempts > len(PAUSES):
        return None
    pause = max(PAUSES[task.attempts - 1], min(attempt.retry_after or 0.0, PAUSES[-1]))
    return pause * (1 + _spread(task.id) / 10)


def _hopeless(row: asyncpg.Record) -> tuple[FinalState, str] | None:
    """Why it is not sent at all. Raises ``PutOff`` while it is not known whose line of business it is."""
    if row["endpoint_state"] != "enabled":
        return "failed", f"endpoint_{row['endpoint_state']}"
    if not row["directions"] or not row["has_subject"]:
        return None
    found = set(row["found"])
    if not found:
        if row["age"] < DIRECTION_SECONDS:
            raise PutOff("the line of business is not known yet", max(1.0, row["age"] / 10))
        return "skipped", "unknown_direction"
    return None if found & {"", *row["directions"]} else ("skipped", "other_direction")


def _spread(id_: UUID) -> float:
    """From 0 to 1, the same for the same id: what failed together does not come again together."""
    return (id_.int % 1000) / 1000
