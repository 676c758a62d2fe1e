"""The card of a customer as one resource: read as a whole, shown after every change."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from events import disclosure
from events.auth import Principal
from events.calls import directions_of
from events.problems import NotFound
from events.sqlfile import sql
from events.store import Connection
from fastapi import Response

from leads.card.commands import CardCommands, Prepare
from leads.card.edits import Edits
from leads.card.etag import expected_tag
from leads.card.locked import SQL, Whole, read
from leads.card.models import CardParts, CustomerDetails, SpokenWith
from leads.card.parts import parts
from leads.cards import Cards, lead_card, touch_card
from leads.heard.reading import CustomerDeals, deals_of

MOST_TOUCHES = 200
_LEADS_SQL = Path(__file__).parents[1] / "sql"


class CardDesk:
    """Reads cards and runs commands on them, on behalf of a principal."""

    def __init__(self, commands: CardCommands, made: Edits, cards: Cards) -> None:
        self.commands = commands
        self.edits = made
        self._cards = cards

    async def whole(self, customer_id: UUID, principal: Principal) -> Whole:
        """The card; one of a line of business the caller does not see is not there (``NotFound``)."""
        async with self.commands.store.pool.acquire() as connection:
            found = (await read(connection, self.commands.keyring, [customer_id])).get(customer_id)
        if found is None or not found.seen_by(principal):
            raise NotFound("There is no such customer.")
        return found

    async def parts(self, connection: Connection, whole: Whole, principal: Principal) -> CardParts:
        """A card in short, with what people wrote on it."""
        (card,) = await self._cards.find_by(connection, [whole.root], principal)
        (written,) = await parts(connection, [whole], self.edits)
        return CardParts(**{**dict(card), **written})

    @disclosure.shown
    async def details(self, customer_id: UUID, principal: Principal) -> tuple[CustomerDetails, str]:
        """The whole card, and its tag; raises ``NotFound``."""
        whole, seen = await self.whole(customer_id, principal), directions_of(principal)
        async with self.commands.store.pool.acquire() as connection:
            card = await self.parts(connection, whole, principal)
            leads = await connection.fetch(sql("leads_of_customers", _LEADS_SQL), whole.members, seen)
            touches = await connection.fetch(sql("touches_of_customers", _LEADS_SQL), whole.members, seen, MOST_TOUCHES)
            spoken = await spoken_with(connection, whole.members, seen)
            deals = await deals_seen(connection, whole.members, principal)
        details = CustomerDetails(
            **dict(card),
            leads=[lead_card(lead) for lead in leads],
            touches=[touch_card(touch, whole.opener.keys.get(touch["customer_id"])) for touch in touches],
            spoken_with=spoken,
            deals=deals,
        )
        return details, whole.tag

    async def show(self, customer_id: UUID, principal: Principal, response: Response) -> CustomerDetails:
        """The whole card, with its ETag."""
        details, tag = await self.details(customer_id, principal)
        response.headers["ETag"] = f'"{tag}"'
        return details

    async def run(
        self, customer_id: UUID, prepare: Prepare, principal: Principal, response: Response, if_match: str | None
    ) -> CustomerDetails:
        """Runs a command, and shows the card."""
        await self.commands.run(customer_id, prepare, principal, datetime.now(UTC), expected_tag(if_match))
        return await self.show(customer_id, principal, response)


async def deals_seen(connection: Connection, members: Sequence[UUID], principal: Principal) -> CustomerDeals | None:
    """The deals of a card; None for who may not see deals."""
    if "deals:read" not in principal.permissions:
        return None
    return await deals_of(connection, members, directions_of(principal))


async def spoken_with(
    connection: Connection, members: Sequence[UUID], directions: Sequence[str] | None
) -> list[SpokenWith]:
    """The managers who were in contact with the person, who was last comes first."""
    rows = await connection.fetch(sql("spoken_with", SQL), list(members), directions)
    return [SpokenWith(**row) for row in rows]
