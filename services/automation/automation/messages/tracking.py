"""Links in messages that tell when they are followed, the picture that tells that a letter was opened, unsubscribing.

Every address is signed by ``links.py`` for its purpose and names ids alone; where a link leads to stands in a table,
sealed. Tokens are made of the message and its time, so a repeated message has the same ones. Without an address under
which customers reach this service, or keys to sign with, messages go out as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from events.links import Links
from events.privacy import CustomerKey
from events.sqlfile import sql

from automation.messages.html import LINK
from automation.messages.request import Request
from automation.messages.standing import SQL
from automation.messages.wording import Said

CLICK, OPENING, UNSUBSCRIBING = "message-link", "message-opened", "message-unsubscribe"
QUESTIONNAIRE: Final = "questionnaire"
GOOD_FOR: Final = timedelta(days=730)
MOST_LINKS: Final = 50


@dataclass(frozen=True)
class Tracking:
    """Makes the addresses. ``follows`` says whether opening and following are told."""

    pool: asyncpg.Pool
    links: Links | None
    public_url: str | None
    follows: bool = True

    def unsubscribe(self, request: Request) -> str | None:
        """Where the customer says that he wants no more of this."""
        return self._address(UNSUBSCRIBING, str(request.message_id), request.written_at, "unsubscribe")

    def questionnaire(self, request: Request) -> str | None:
        """Where the customer answers the questions that he is asked."""
        return self._address(QUESTIONNAIRE, str(request.message_id), request.written_at, "questionnaires")

    def pixel(self, request: Request) -> str | None:
        """The picture of a letter."""
        if not self.follows:
            return None
        return self._address(OPENING, str(request.message_id), request.written_at, "opened")

    async def followed(self, request: Request, said: Said, key: CustomerKey) -> Said:
        """The texts with links of ours in the place of addresses; where they lead to is kept first.

        The same message keeps the same: an address that was kept before is left as it is.
        """
        if not (self.follows and self.links and self.public_url):
            return said
        own = f"{self.public_url}/public/"
        addresses: dict[str, int] = {}
        for text in filter(None, (said.body, said.short)):
            for address in LINK.findall(text):
                if not address.startswith(own) and len(addresses) < MOST_LINKS:
                    addresses.setdefault(address, len(addresses) + 1)
        if not addresses:
            return said
        rows = [(request.message_id, place, request.customer_id, key.seal(told)) for told, place in addresses.items()]
        await self.pool.executemany(sql("keep_link", SQL), rows)
        changed = self._changing(request, addresses)
        return replace(said, body=changed(said.body), short=changed(said.short))

    def _changing(self, request: Request, addresses: dict[str, int]) -> Callable[[str | None], str | None]:
        made = {
            address: self._address(CLICK, f"{request.message_id}:{place}", request.written_at, "links") or address
            for address, place in addresses.items()
        }
        return lambda text: LINK.sub(lambda found: made.get(found[0], found[0]), text) if text else text

    def _address(self, purpose: str, names: str, written_at: datetime, page: str) -> str | None:
        if self.links is None or self.public_url is None:
            return None
        return f"{self.public_url}/public/{page}/{self.links.make(purpose, names, written_at + GOOD_FOR)}"


def clicked(names: str) -> tuple[UUID, int]:
    """What the token of a link names."""
    message_id, _, place = names.partition(":")
    return UUID(message_id), int(place)
