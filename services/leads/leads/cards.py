"""Reading: leads, and customers' cards in short, with the fields that name them opened for those who may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from events import disclosure
from events.auth import Principal
from events.calls import directions_of
from events.contracts.leads import Touch
from events.contracts.leads.identity import MatchReason, MergeReason
from events.event import decode
from events.privacy import CustomerKey, Keyring
from events.problems import NotFound
from events.sqlfile import sql
from events.store import Connection
from pydantic import BaseModel, ConfigDict, Field

from leads.identity.cards import SQL as IDENTITY_SQL
from leads.identity.cards import members_of, root_of, seen_among
from leads.known import SQL

Status = Literal["new", "qualified", "disqualified"]


class LeadCard(BaseModel):
    """A lead as it stands."""

    model_config = ConfigDict(frozen=True)

    lead_id: UUID
    customer_id: UUID = Field(description="The card; of merged ones, the one that all count as.")
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
    is_blacklisted: bool = Field(description="The person is on the black list: nobody is to work on the lead.")
    taken_at: datetime | None = Field(None, description="When the manager responsible began to work on it.")
    postponed_until: datetime | None = Field(None, description="Nothing is to be done before.")


class LeadPage(BaseModel):
    """Leads, newest first; `next` is the cursor of the next page, empty on the last."""

    leads: list[LeadCard]
    next: str | None


class TouchCard(BaseModel):
    """One request of a person, opened."""

    lead_id: UUID
    customer_id: UUID = Field(description="The member of the card by whose contacts it came.")
    occurred_at: datetime
    recorded_at: datetime
    touch: Touch = Field(description="As in the event; `text` and `details` are left out here.")
    text: str | None
    details: dict[str, Any] | None


class MergedCard(BaseModel):
    """A member of the card: whom it was merged into, by whom, when and why."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    into_customer_id: UUID
    merged_at: datetime
    actor: str = Field(examples=["user:anna"])
    reason: MergeReason
    matched_by: list[MatchReason]
    explanation: str
    why: str | None = Field(description="What a person wrote.")
    erased: bool = Field(description="What this member knew is unreadable.")


class CustomerCard(BaseModel):
    """A card in short, by all cards that were merged. Who is erased has no personal fields."""

    customer_id: UUID = Field(description="The card that all members count as; it answers for their ids too.")
    version: int = Field(description="Of the card's own stream; `If-Match` takes the `ETag` of `GET /customers/{id}`.")
    direction: str | None
    registered_at: datetime = Field(description="When the first of the members was made.")
    name: str | None
    phones: list[str]
    emails: list[str]
    messengers: list[str] = Field(description="`messenger:handle`.")
    erased: bool = Field(description="Of a merged card: all its members are.")
    merged: list[MergedCard] = Field(description="The members besides the card itself.")


async def visible_lead(pool: asyncpg.Pool, lead_id: UUID, principal: Principal) -> LeadCard:
    """The lead; one of a line of business the caller does not see is not there (``NotFound``)."""
    row = await pool.fetchrow(sql("lead_read", SQL), lead_id)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such lead.")
    return lead_card(row)


def lead_card(row: asyncpg.Record) -> LeadCard:
    """A row of ``leads`` with the root of its customer's tree as ``card_id``."""
    return LeadCard(**{**row, "lead_id": row["id"], "customer_id": row["card_id"]})


@dataclass(frozen=True, slots=True)
class _Tree:
    """The rows of a card's members, the root first, and how they came together."""

    rows: Sequence[asyncpg.Record]
    merges: Sequence[asyncpg.Record]


class Cards:
    """Customers' cards, opened by the keyring. Any member's id stands for the card."""

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring

    async def find(self, customer_ids: Sequence[UUID], principal: Principal) -> list[CustomerCard]:
        """The cards of these customers that the caller may see, by id."""
        async with self._pool.acquire() as connection:
            return await self.find_by(connection, customer_ids, principal)

    async def find_by(
        self, connection: Connection, customer_ids: Sequence[UUID], principal: Principal
    ) -> list[CustomerCard]:
        """The same, by the caller's connection."""
        trees, keys = await self._trees(connection, customer_ids, directions_of(principal))
        return [CustomerCard(**_opened(tree, keys)) for tree in trees]

    async def _trees(
        self, connection: Connection, customer_ids: Sequence[UUID], directions: list[str] | None
    ) -> tuple[list[_Tree], dict[UUID, CustomerKey]]:
        seen = await seen_among(connection, customer_ids, directions)
        roots = sorted(set((await root_of(connection, seen)).values()))
        trees = await members_of(connection, roots)
        members = [member for tree in trees.values() for member in tree]
        rows = {row["id"]: row for row in await connection.fetch(sql("customers_read", SQL), members)}
        merges: list[asyncpg.Record] = []
        if len(members) > len(roots):
            merges = await connection.fetch(sql("merges_in_force", IDENTITY_SQL), members)
        keys = await self._keyring.read(connection, members)
        return [
            _Tree([rows[member] for member in trees[root]], [m for m in merges if m["customer_id"] in trees[root]])
            for root in roots
        ], keys


@disclosure.shown
def _opened(tree: _Tree, keys: Mapping[UUID, CustomerKey]) -> dict[str, Any]:
    """The fields of a card: the root's own, and what any member has, the root's first."""
    root = tree.rows[0]
    names = [_open(keys, row["id"], row["name"]) for row in tree.rows]
    fields: dict[str, Any] = {
        "customer_id": root["id"],
        "version": root["version"],
        "direction": root["direction"],
        "registered_at": min(row["registered_at"] for row in tree.rows),
        "name": next((name for name in names if name is not None), None),
        "erased": not any(row["id"] in keys for row in tree.rows),
        "merged": [_merged(merge, keys) for merge in tree.merges],
    }
    for kind in ("phones", "emails", "messengers"):
        opened = [_open(keys, row["id"], sealed) for row in tree.rows for sealed in row[kind]]
        fields[kind] = list(dict.fromkeys(text for text in opened if text is not None))
    return fields


def _merged(merge: asyncpg.Record, keys: Mapping[UUID, CustomerKey]) -> MergedCard:
    card = merge["customer_id"]
    return MergedCard(**{**merge, "why": _open(keys, card, merge["why"]), "erased": card not in keys})


def _open(keys: Mapping[UUID, CustomerKey], customer_id: UUID, sealed: str | None) -> str | None:
    key = keys.get(customer_id)
    return key.open(sealed) if key and sealed else None


@disclosure.shown
def touch_card(row: asyncpg.Record, key: CustomerKey | None) -> TouchCard:
    """A row of requests, opened."""
    touch: Touch = getattr(decode(row["type"], row["data"].encode()), "touch")  # noqa: B009
    text = key.open(touch.text) if key and touch.text else None
    details = key.open(touch.details) if key and touch.details else None
    return TouchCard(
        lead_id=row["lead_id"],
        customer_id=row["customer_id"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        touch=touch.model_copy(update={"text": None, "details": None}),
        text=text,
        details=orjson.loads(details) if details else None,
    )
