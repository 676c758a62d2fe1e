"""What came of a delivery, in one transaction: the attempt, the endpoint's health, the end, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import asyncpg
import orjson
from events.contracts.automation import WebhookCallDelivered, WebhookCallFailed, WebhookDisabled
from events.event import Event
from events.store import Append, Cause, Connection, Store, append_all
from events.tasks import Task

from automation.actions.effect import ACTOR
from automation.webhooks.endpoints import sql, stream_of
from automation.webhooks.matching import ABOUT, answer_of

FAILING_DAYS: Final = 5
"""Days without a good answer after which an endpoint is disabled."""
GONE: Final = 410
_TROUBLE: Final = frozenset((408, 425, 429))
FIRST_BREAK_SECONDS: Final = 5.0
LONGEST_BREAK_SECONDS: Final = 3600.0

FinalState = Literal["delivered", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call: when, how long, and the status, or why there is none."""

    at: datetime
    seconds: float
    status: int | None = None
    error: str | None = None
    retry_after: float | None = None

    @property
    def is_good(self) -> bool:
        """Was it taken?"""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_trouble(self) -> bool:
        """Is the endpoint as a whole not well, whatever the message?"""
        return self.status is None or self.status in _TROUBLE or self.status >= 500


@dataclass(frozen=True, slots=True)
class End:
    """The delivery is over."""

    state: FinalState
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """What is to be written. ``row`` is that of ``delivery_read``; without an attempt nothing was sent."""

    row: asyncpg.Record
    task: Task
    now: datetime
    end: End | None
    attempt: Attempt | None = None


async def settle(store: Store, given: Settling) -> bool:
    """Writes it; True if the delivery is over, which it also is when its endpoint is disabled for this."""
    async with store.pool.acquire() as connection, connection.transaction():
        appends: list[Append] = []
        end = given.end
        if given.attempt is not None:
            disabled = await _health(connection, given, given.attempt)
            if disabled is not None:
                appends.append(disabled)
                end = End("failed", "endpoint_disabled")
            await _log(connection, given, given.attempt)
        if end is not None:
            delivery_id = given.row["delivery_id"]
            written = await connection.fetchval(sql("delivery_settle"), delivery_id, end.state, end.reason)
            if written and given.row["request_id"] is not None:
                appends.append(_answer(given, end))
        appended = await append_all(connection, appends)
    store.count(appends, appended)
    return end is not None


async def _health(connection: Connection, given: Settling, attempt: Attempt) -> Append | None:
    """Remembers how the endpoint does; the decision to disable it, where it is time."""
    code = given.row["code"]
    pause = attempt.retry_after or FIRST_BREAK_SECONDS
    health = await connection.fetchrow(
        sql("endpoint_health"), code, attempt.is_good, attempt.is_trouble, pause, LONGEST_BREAK_SECONDS, FAILING_DAYS
    )
    if health is None or not (attempt.status == GONE or health["is_failing"]):
        return None
    reason: Literal["gone", "failing"] = "gone" if attempt.status == GONE else "failing"
    version = await connection.fetchval(sql("endpoint_switch"), code, "disabled", reason)
    event = WebhookDisabled(code=code, host=urlsplit(given.row["url"]).hostname or "", reason=reason)
    cause = Cause(ACTOR, given.task.cause.correlation_id, given.task.cause.causation_id, given.task.cause.traceparent)
    return Append(stream_of(code), version - 1, [event], cause, given.now)


async def _log(connection: Connection, given: Settling, attempt: Attempt) -> None:
    row = given.row
    await connection.execute(
        sql("attempt_add"), row["delivery_id"], row["sendings"], given.task.attempts, attempt.at, attempt.status,
        attempt.error, attempt.seconds,
    )  # fmt: skip


def _answer(given: Settling, end: End) -> Append:
    row = given.row
    data: dict[str, Any] = orjson.loads(row["body"])["data"]
    about = {name: value for name, value in data.items() if name in ABOUT}
    event: Event
    if end.state == "delivered" and given.attempt is not None and given.attempt.status is not None:
        event = WebhookCallDelivered(**about, status=given.attempt.status)
    else:
        event = WebhookCallFailed(**about, reason=end.reason or end.state)
    return Append(answer_of(row["request_id"], row["sendings"]), 0, [event], given.task.cause, given.now)
