"""What the consumers of the three services do with a batch, as those of a running system do it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg
from analytics import builds
from analytics.main import SALES
from automation.messages import letters
from automation.messages.shelf import known_files
from automation.react import Reactions as Automation
from automation.rules.file import SHIPPED, load
from automation.rules.rule import SOURCES
from automation.webhooks import matching
from deals.customers import reactions as customers
from deals.deal.commands import Commands
from deals.handing.from_leads import FollowResponsible
from deals.opening.from_automation import FromAutomation
from deals.opening.from_leads import FromLeads
from deals.pipelines import files
from deals.pipelines.live import LivePipelines
from deals.pipelines.pipeline import Pipelines
from deals.reactions import TOPICS
from events.reactions import Reactions as Deals
from events.store import Connection, Store
from events.watermark import Apply


@dataclass(frozen=True)
class Handler:
    """A consumer: whose database holds its watermarks, its name there, what it reads, what it does."""

    service: str
    consumer: str
    sources: tuple[str, ...]
    apply: Apply
    parks_streams: bool


class Shipped(LivePipelines):
    """The pipelines that an installation starts with, on a database where nobody has set them up."""

    def __init__(self) -> None:
        super().__init__()
        self.set_up.set()

    async def now(self, connection: Connection | asyncpg.Pool) -> Pipelines:
        return files.load()


def deals() -> Handler:
    """Deals: knows customers, opens a deal for each qualified lead. All on the connection of a batch."""
    commands = Commands(Store("deals", None), Shipped())  # type: ignore[arg-type]
    leading = FromLeads(commands, open_on_qualified=True, currency="RUB")
    reactions = Deals(customers.react, leading.react, FromAutomation(commands).react, FollowResponsible(commands).react)
    return Handler("deals", "deals.reactions", TOPICS, reactions.apply, parks_streams=True)


def automation() -> Handler:
    """Automation with the rules that are shipped: a task and a letter for each new lead."""
    shipped = load(SHIPPED, known_files(letters.Templates()))
    reactions = Automation(shipped, "ru", _forget)
    return Handler("automation", "automation.rules", SOURCES, reactions.apply, parks_streams=True)


def webhooks() -> Handler:
    """Automation's other consumer, which matches events with endpoints of other systems; here there are none."""
    return Handler("automation", matching.NAME, SOURCES, matching.apply, parks_streams=False)


async def sales(pool: asyncpg.Pool) -> Handler:
    """Analytics: the build that reports read."""
    async with pool.acquire() as connection:
        live = await builds.live_build(connection, SALES)
    return Handler("analytics", live.consumer_name, SALES.sources, live.applier(), parks_streams=False)


def _forget(_customer: UUID) -> None:
    """Nobody caches keys here."""
