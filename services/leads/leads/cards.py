"""Reading: leads, and customers' cards with the fields that name them opened for those who may see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from events.auth import Principal
from events.contracts.leads import Touch
from events.event import decode
from events.privacy import CustomerKey, Keyring
from events.problems import NotFound
from events.sqlfile import sql
from pydantic import BaseModel, ConfigDict, Field

from leads.capture import SQL

MOST_TOUCHES = 200

Status = Literal["new", "qualified", "disqualified"]


class LeadCard(BaseModel):
    """A lead as it stands."""

    model_config = ConfigDict(frozen=True)

    lead_id: UUID
    customer_id: UUID
    version: int = Field(description="For `If-Match`.")
    status: Status
    direction: str | None
    channel: str = Field(description="Where the person came from.")
    intake: str = Field(description="The way the first request came in.")
    source: str
    campaign: str | None
    is_returning: bool
    is_test: bool
    captured_at: datetime = Field(description="Business time of the first request.")
    last_touch_at: datetime
    touches: int
    manager_id: str | None
    temperature: Literal["cold", "warm", "hot"] | None
    category: str | None
    reason: str | None = Field(description="Why it was disqualified.")


class LeadPage(BaseModel):
    """Leads, newest first; `next` is the cursor of the next page, empty on the last."""

    leads: list[LeadCard]
    next: str | None


class TouchCard(BaseModel):
    """One request of a person, opened."""

    lead_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    touch: Touch = Field(description="As in the event; `text` and `details` are left out here.")
    text: str | None
    details: dict[str, Any] | None


class CustomerCard(BaseModel):
    """What is known of a person. An erased customer has no personal fields."""

    customer_id: UUID
    version: int
    direction: str | None
    registered_at: datetime
    name: str | None
    phones: list[str]
    emails: list[str]
    messengers: list[str] = Field(description="`messenger:handle`.")
    erased: bool


class CustomerDetails(CustomerCard):
    """A card with its leads and requests, newest first, at most 200 requests."""

    leads: list[LeadCard]
    touches: list[TouchCard]


async def visible_lead(pool: asyncpg.Pool, lead_id: UUID, principal: Principal) -> LeadCard:
    """The lead; one of a line of business the caller does not see is not there (``NotFound``)."""
    row = await pool.fetchrow("SELECT * FROM leads WHERE id = $1", lead_id)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such lead.")
    return LeadCard(lead_id=row["id"], **row)


class Cards:
    """Customers' cards, opened by the keyring."""

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring

    async def find(self, customer_ids: Sequence[UUID], principal: Principal) -> list[CustomerCard]:
        """The cards of these customers that the caller may see."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT * FROM customers WHERE id = ANY($1::uuid[]) ORDER BY id", customer_ids
            )
            keys = await self._keyring.read(connection, customer_ids)
        return [CustomerCard(**_opened(row, keys.get(row["id"]))) for row in rows if principal.sees(row["direction"])]

    async def read(self, customer_id: UUID, principal: Principal) -> CustomerDetails:
        """A card with its leads and requests; raises ``NotFound``."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow("SELECT * FROM customers WHERE id = $1", customer_id)
            if row is None or not principal.sees(row["direction"]):
                raise NotFound("There is no such customer.")
            key = (await self._keyring.read(connection, [customer_id])).get(customer_id)
            found = await connection.fetch(sql("leads_of_customer", SQL), customer_id)
            leads = [LeadCard(**lead) for lead in found if principal.sees(lead["direction"])]
            ids = [lead.lead_id for lead in leads]
            touches = await connection.fetch(sql("touches_of_leads", SQL), ids, MOST_TOUCHES)
        return CustomerDetails(**_opened(row, key), leads=leads, touches=[_touch_card(touch, key) for touch in touches])


def _opened(row: asyncpg.Record, key: CustomerKey | None) -> dict[str, Any]:
    fields = dict(row)
    fields["customer_id"] = fields.pop("id")
    fields["erased"] = key is None
    fields["name"] = key.open(fields["name"]) if key and fields["name"] else None
    for name in ("phones", "emails", "messengers"):
        opened = [key.open(sealed) for sealed in fields[name]] if key else []
        fields[name] = [text for text in opened if text is not None]
    return fields


def _touch_card(row: asyncpg.Record, key: CustomerKey | None) -> TouchCard:
    touch: Touch = getattr(decode(row["type"], row["data"].encode()), "touch")  # noqa: B009
    text = key.open(touch.text) if key and touch.text else None
    details = key.open(touch.details) if key and touch.details else None
    return TouchCard(
        lead_id=row["lead_id"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        touch=touch.model_copy(update={"text": None, "details": None}),
        text=text,
        details=orjson.loads(details) if details else None,
    )
