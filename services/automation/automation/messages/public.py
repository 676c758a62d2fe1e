"""What customers do with messages through signed links: open, follow a link, unsubscribe.

Each is told once for a message (a link: once for its place), however often it happens. Programs do it too: mail
programs that load pictures before anybody looks, scanners that follow links. What is asked for as a prefetch, or sooner
after the sending than a person could, is told as a machine's and counts for nothing; a person's is told beside it. That
is a guess: a scanner that waits looks like a person. Unsubscribing takes a POST, which scanners do not send (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from events import tracing
from events.contracts.automation import MessageClicked, MessageOpened, MessageUnsubscribed
from events.contracts.automation.messages import Unsubscribing
from events.links import LinkInvalid, Links
from events.privacy import Keys
from events.sqlfile import sql
from events.store import Append, Cause, Conflict, Store, deterministic_id
from uuid_utils.compat import uuid7

from automation.messages.sent import Sent, read
from automation.messages.standing import SQL
from automation.messages.tracking import CLICK, OPENING, UNSUBSCRIBING, clicked

ACTOR: Final = "customer:link"
SOONEST: Final = timedelta(seconds=5)
"""After the sending was said; whatever follows a link before that is no person."""


@dataclass(frozen=True)
class Following:
    """Opens links. Raises ``LinkInvalid`` and ``LinkExpired``, which tell nothing."""

    store: Store
    keys: Keys
    links: Links | None
    now: Callable[[], datetime]

    async def opened(self, token: str, *, is_prefetch: bool) -> None:
        """The picture of a letter was asked for."""
        sent = await self._sent(UUID(self._named(OPENING, token)))
        by_machine = is_prefetch or self._too_soon(sent)
        await self._tell(MessageOpened(**sent.names, by_machine=by_machine or None), "opened", by_machine)

    async def clicked(self, token: str, *, is_prefetch: bool) -> str:
        """A link was followed; where to. Raises whatever stands in the way of the customer's key."""
        message_id, place = clicked(self._named(CLICK, token))
        sent = await self._sent(message_id)
        sealed = await self.store.pool.fetchval(sql("kept_link", SQL), message_id, place)
        key = (await self.keys.read([sent.customer_id])).get(sent.customer_id)
        address = key.open(sealed) if key and sealed else None
        if address is None:
            raise LinkInvalid
        by_machine = is_prefetch or self._too_soon(sent)
        event = MessageClicked(**sent.names, link=str(place), by_machine=by_machine or None)
        await self._tell(event, "clicked", place, by_machine)
        return address

    async def may_unsubscribe(self, token: str) -> None:
        """Is the link good?"""
        await self._sent(UUID(self._named(UNSUBSCRIBING, token)))

    async def unsubscribe(self, token: str, how: Unsubscribing) -> None:
        """The customer wants no more messages of this kind by this medium."""
        sent = await self._sent(UUID(self._named(UNSUBSCRIBING, token)))
        await self._tell(MessageUnsubscribed(**sent.names, purpose=sent.purpose, how=how), "unsubscribed")

    def _named(self, purpose: str, token: str) -> str:
        if self.links is None:
            raise LinkInvalid
        return self.links.open(purpose, token, self.now())

    async def _sent(self, message_id: UUID) -> Sent:
        async with self.store.pool.acquire() as connection:
            found = (await read(connection, [message_id])).get(message_id)
        if found is None:
            raise LinkInvalid
        return found

    def _too_soon(self, sent: Sent) -> bool:
        return sent.sent_at is None or self.now() - sent.sent_at < SOONEST

    async def _tell(self, event: MessageOpened | MessageClicked | MessageUnsubscribed, *what: object) -> None:
        trail = tracing.current_trail()
        cause = Cause(ACTOR, trail.correlation_id if trail else uuid7(), None, tracing.current_traceparent())
        stream = deterministic_id(event.message_id, *what)
        with suppress(Conflict):  # told before
            await self.store.commit(Append(stream, 0, [event], cause, self.now()))
