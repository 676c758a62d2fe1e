"""What sends messages, on the database of a world of automation, with real media."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from automation.messages.letters import Templates
from automation.messages.media.email import Email
from automation.messages.media.port import Medium
from automation.messages.pace import Pace
from automation.messages.request import FORMER_KIND, KIND
from automation.messages.sending import Sending
from automation.messages.shelf import Shelf
from automation.messages.smtp import Server
from automation.messages.standing import Standing
from automation.messages.tracking import Tracking
from automation_world import World
from events.privacy import CachedKeys, Keys
from events.tasks import Worker
from post import Post

NOW = datetime(2026, 3, 2, 9, 31, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


def keys_of_all() -> Keys:
    async def fetch(customer_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        return {customer_id: customer_id.bytes * 2 for customer_id in customer_ids}

    return CachedKeys(fetch)


def by_email(post: Post, **server: Any) -> Email:
    how = {"security": "none", "username": None, "password": None, "timeout_seconds": 5.0} | server
    return Email(Server(host="127.0.0.1", port=post.port, **how), Address("Daisy", addr_spec="hello@daisy.test"))


def sending(automation: World, *media: Medium, **changes: Any) -> Sending:
    settings: dict[str, Any] = {
        "pool": automation.pool,
        "keys": keys_of_all(),
        "shelf": Shelf(automation.pool, Templates()),
        "media": {medium.name: medium for medium in media},
        "standing": Standing(automation.pool, None, None),
        "tracking": Tracking(automation.pool, None, None),
        "pace": Pace(automation.pool),
        "language": "en",
        "zone": MOSCOW,
        "company": "Daisy",
        "now": lambda: NOW,
    }
    return Sending(**(settings | changes))


def worker(automation: World, handler: Sending, **options: Any) -> Worker:
    handlers = {KIND: handler, FORMER_KIND: handler}
    return Worker("letters", automation.store, handlers, abandoned=handler.abandoned, **options)


async def run(automation: World, letters: Worker, times: int = 1) -> None:
    """Runs what is due, as if the pauses and the leases of the dead had passed."""
    for _ in range(times):
        await automation.pool.execute("UPDATE tasks SET due_at = now(), leased_until = NULL")
        await letters.run_due()
    await automation.settle()


async def pass_time(automation: World, seconds: float) -> None:
    """Everything that waits is so much nearer: the clock of the database, put forward."""
    await automation.pool.execute(
        "UPDATE tasks SET due_at = due_at - make_interval(secs => $1),"
        " leased_until = leased_until - make_interval(secs => $1)",
        seconds,
    )
    await automation.pool.execute("UPDATE message_tries SET tried_at = tried_at - make_interval(secs => $1)", seconds)
    await automation.pool.execute("UPDATE media_pace SET free_at = free_at - make_interval(secs => $1)", seconds)


async def waiting(automation: World) -> list[tuple[int, str | None]]:
    rows = await automation.pool.fetch("SELECT attempts, last_error FROM tasks WHERE failed_at IS NULL ORDER BY due_at")
    return [tuple(row) for row in rows]
