"""May a customer be written to, and now? Black list, consent, quiet hours, the order of messages, caps.

What says no for good raises ``Refused``, what says not yet raises ``PutOff``: waiting costs no attempt. All is asked
again on each attempt, so a consent that is withdrawn meanwhile counts. Only the database's clock is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
from events.privacy import CustomerKey
from events.sqlfile import sql
from events.tasks import PutOff

from automation.messages.media.port import Contact, Refused
from automation.messages.quiet import QuietHours
from automation.messages.request import SERVICE, Request

SQL: Final = Path(__file__).parent / "sql"
_BEHIND: Final = 0.25
"""Seconds after which a message looks again whether the one before it is done."""
_HISTORY: Final = 5.0
"""Seconds after which it is looked again whether all is known that customers said."""


@dataclass(frozen=True)
class Word:
    """What a customer said on a purpose, of one medium or of all (``""``)."""

    channel: str
    at: datetime
    given: bool


def agrees(words: Sequence[Word], purpose: str, medium: str) -> bool:
    """The latest word on this medium or on all counts; of two at one moment, no. Service needs no word."""
    about = [word for word in words if word.channel in ("", medium)]
    latest = max(about, key=lambda word: (word.at, not word.given), default=None)
    return latest.given if latest else purpose == SERVICE


@dataclass(frozen=True)
class Standing:
    """Asks the tables. ``most_a_day`` is the number of messages to a customer in 24 hours, None for any number."""

    pool: asyncpg.Pool
    quiet: QuietHours | None
    most_a_day: int | None

    async def allowed(self, request: Request) -> list[str]:
        """The media, of those requested, by which the customer may be written to. Raises ``Refused``, and ``PutOff``
        while the history is being read that tells it.
        """
        if not await self.pool.fetchval("SELECT NOT EXISTS (SELECT FROM refills WHERE state <> 'done')"):
            raise PutOff("the history is being read", _HISTORY)
        rows = await self.pool.fetch(sql("words_on_purpose", SQL), request.customer_id, request.purpose)
        words = [Word(row["channel"], row["at"], row["given"]) for row in rows]
        media = [medium for medium in request.media if agrees(words, request.purpose, medium)]
        if not media:
            raise Refused("unsubscribed" if any(not word.given for word in words) else "no_consent")
        return media

    async def wait(self, request: Request, contact: Contact) -> None:
        """Raises ``PutOff`` while it is not this message's time."""
        if self.quiet and not request.urgent:
            now = await self.pool.fetchval("SELECT now()")
            over = self.quiet.over_at(now, self.quiet.zone_of(contact.phones))
            if over is not None:
                raise PutOff("quiet hours", max((over - now).total_seconds(), 1))
        line = request.line, request.urgent
        before = await self.pool.fetchval(
            sql("earlier_messages", SQL), str(request.customer_id), request.message_id, *line
        )
        if before is not None:
            raise PutOff("an earlier message to this customer is on its way", before + _BEHIND)
        if self.most_a_day is not None and not request.urgent:
            counted = request.message_id, request.customer_id, self.most_a_day
            seconds = await self.pool.fetchval(sql("try_within_cap", SQL), *counted)
            if seconds > 0:
                raise PutOff("enough messages to this customer for a day", seconds)


def opened(row: asyncpg.Record, key: CustomerKey, preferred: dict[str, str]) -> Contact:
    """How a customer can be reached. Raises ``Refused`` where there is something, and none of it can be read."""
    read = _Reading(key, preferred)
    contact = Contact(
        name=key.open(row["name"]) if row["name"] else None,
        emails=read("email", row["emails"]),
        phones=read("phone", row["phones"]),
        messengers=read("messenger", row["messengers"]),
    )
    if read.unreadable and not (contact.emails or contact.phones or contact.messengers):
        raise Refused("unreadable")
    return contact


class _Reading:
    """Opens lists of addresses: the preferred one first, then the newest."""

    def __init__(self, key: CustomerKey, preferred: dict[str, str]) -> None:
        self._open: Callable[[str], str | None] = key.open
        self._preferred = preferred
        self.unreadable = False

    def __call__(self, kind: str, sealed: Sequence[str]) -> list[str]:
        first = self._preferred.get(kind)
        newest_first = sealed[::-1]
        ordered = sorted(newest_first, key=lambda value: value != first)
        texts = [self._open(value) for value in ordered]
        self.unreadable |= None in texts
        return [text for text in texts if text is not None]
