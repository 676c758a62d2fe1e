"""Whose a notification is that came to no customer's payment: leads is asked whose contacts it names.

So an erasure empties it and an export holds it, though nobody matched the payment. It is asked again every day, for who
pays may become a customer later. What is nobody's after thirty days is emptied: all that a payment needs stands in its
events. Only what waits for people, in quarantine, waits on. A notification of an erased customer's payment, come or
matched after the erasure, is emptied too.

Whose full name alone stands in one is noted beside: it may be a namesake's, so an export names the notification without
its text, and an erasure empties it unless it waits for people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import structlog
from events.keys_client import KeysClient, KeysUnavailable, Named
from events.poller import Poller

from deals.payments.rows import sql

log = structlog.get_logger(__name__)

PAUSE_SECONDS: Final = 300.0
PORTION: Final = 100
AGAIN: Final = timedelta(days=1)
TERM: Final = timedelta(days=30)
"""Within which the law wants an erasure done (152-FZ, article 21, part 5)."""


@dataclass(frozen=True)
class Owners:
    """Looks through stored notifications."""

    pool: asyncpg.Pool
    leads: KeysClient
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def component(self) -> Poller:
        """The background part that looks."""
        return Poller("deals.notification-owners", self.look, PAUSE_SECONDS)

    async def look(self) -> int:
        """One portion; how many were looked at. While leads cannot be asked, what it would tell waits."""
        now = self.clock()
        rows = await self.pool.fetch(sql("notifications_to_ask"), now - AGAIN, PORTION)
        for row in rows:
            is_over = now - row["received_at"] >= TERM or row["is_alike_erased"]
            is_nobodys = row["state"] != "quarantined" and not row["is_claimed"]
            is_emptied = row["is_erased"] or (is_nobodys and is_over)
            named = Named()
            if not (is_emptied or row["is_claimed"]):
                text = b"\n".join((row["body"], row["corrected_body"], row["url"].encode(), row["headers"].encode()))
                try:
                    named = await self.leads.named_in(text.decode("utf-8", "replace"))
                except KeysUnavailable as error:
                    log.warning("notification_owners_not_asked", reason=str(error))
                    return 0
            settled = is_emptied or row["is_claimed"]
            await self.pool.execute(
                sql("notification_asked"), row["id"], now, named.customers, is_emptied, settled, named.namesakes
            )
        return len(rows)
