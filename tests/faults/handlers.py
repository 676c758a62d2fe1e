"""What the consumers of the three services do with a batch, as those of a running system do it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg
from analytics import builds
from analytics.main import SALES
from automation import letters, rules
from automation.react import Reactions as Automation
from deals import pipelines
from deals.reactions import Reactions as Deals
from events.watermark import Apply


@dataclass(frozen=True)
class Handler:
    """A consumer: whose database holds its watermarks, its name there, what it reads, what it does."""

    service: str
    consumer: str
    sources: tuple[str, ...]
    apply: Apply
    parks_streams: bool


def deals() -> Handler:
    """Deals: opens a deal for each qualified lead."""
    reactions = Deals(pipelines.load(), open_on_qualified=True, currency="RUB")
    return Handler("deals", "deals.reactions", ("leads",), reactions.apply, parks_streams=True)


def automation() -> Handler:
    """Automation with the rules that are shipped: a task and a letter for each new lead."""
    shipped = rules.load(rules.SHIPPED, letters.Templates().names)
    reactions = Automation(shipped, "ru", _forget)
    return Handler("automation", "automation.rules", rules.SOURCES, reactions.apply, parks_streams=True)


async def sales(pool: asyncpg.Pool) -> Handler:
    """Analytics: the build that reports read."""
    async with pool.acquire() as connection:
        live = await builds.live_build(connection, SALES)
    return Handler("analytics", live.consumer_name, SALES.sources, live.applier(), parks_streams=False)


def _forget(_customer: UUID) -> None:
    """Nobody caches keys here."""
