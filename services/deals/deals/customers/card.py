"""A customer's card as deals has it: names, contacts and organisations of all cards that count as one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import orjson
from events.contracts.leads import Requisites
from events.privacy import CustomerKey
from events.sqlfile import sql
from events.store import Connection

from deals.customers.cards import SQL, members_of


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation, and in what role the customer acts for it."""

    organisation_id: UUID
    name: str
    full_name: str | None
    requisites: Requisites
    role: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Card:
    """What can be read of a customer, in the clear: never to be logged. Contacts are ordered, the first to be used."""

    customer_id: UUID
    details: dict[str, str] = field(repr=False)
    contacts: dict[str, list[str]] = field(repr=False)
    organisations: tuple[Organisation, ...] = ()

    @property
    def name(self) -> str | None:
        """The full name: last, first and middle name where they are known, else the name that was given."""
        parts = [self.details[part] for part in ("last_name", "first_name", "middle_name") if part in self.details]
        return " ".join(parts) or self.details.get("name")

    def contact(self, kind: str) -> str | None:
        """The contact to be used first."""
        return next(iter(self.contacts.get(kind, ())), None)


@dataclass(frozen=True, slots=True)
class SealedCard:
    """The rows of a card and of those merged with it, by member: ``customer_id`` first, then as the tree goes."""

    customer_id: UUID
    members: tuple[UUID, ...]
    details: tuple[tuple[UUID, str, str], ...]
    contacts: tuple[tuple[UUID, str, str], ...]
    organisations: tuple[tuple[UUID, str | None, Organisation], ...]

    def opened(self, keys: dict[UUID, CustomerKey]) -> Card:
        """What these keys open; what belongs to a member without a key is left out. The card asked for comes first."""
        details: dict[str, str] = {}
        contacts: dict[str, list[str]] = {}
        for member in self.members:
            told = {
                detail: text for card, detail, v in self.details if card == member and (text := _open(keys, card, v))
            }
            if not {"name", "last_name", "first_name"} & details.keys():
                details |= told
            for card, kind, value in self.contacts:
                text = _open(keys, card, value) if card == member else None
                if text and text not in contacts.setdefault(kind, []):
                    contacts[kind].append(text)
        found: dict[UUID, Organisation] = {}
        for card, role, one in self.organisations:
            known = Organisation(one.organisation_id, one.name, one.full_name, one.requisites, _open(keys, card, role))
            found.setdefault(one.organisation_id, known)
        return Card(self.customer_id, details, contacts, tuple(found.values()))


async def card_of(connection: Connection, customer_id: UUID, today: date) -> SealedCard:
    """The card as it is kept: to be opened with the keys of its ``members``."""
    tree = (await members_of(connection, [customer_id]))[customer_id]
    members = (customer_id, *(member for member in tree if member != customer_id))
    details = await connection.fetch(sql("card_details", SQL), members)
    contacts = await connection.fetch(sql("card_contacts", SQL), members)
    organisations = await connection.fetch(sql("card_organisations", SQL), members, today)
    return SealedCard(
        customer_id,
        members,
        tuple((row["customer_id"], row["detail"], row["value"]) for row in details),
        tuple((row["customer_id"], row["kind"], row["value"]) for row in contacts),
        tuple(
            (
                row["customer_id"],
                row["role"],
                Organisation(
                    row["organisation_id"],
                    row["name"],
                    row["full_name"],
                    Requisites(**orjson.loads(row["requisites"])),
                ),
            )
            for row in organisations
        ),
    )


def _open(keys: dict[UUID, CustomerKey], customer_id: UUID, value: str | None) -> str | None:
    key = keys.get(customer_id)
    return key.open(value) if key and value else None
