"""Reading the parts of cards, for those who show one: each part by itself, from cards that are read already."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from events.custom_fields import missing
from events.sqlfile import sql
from events.store import Connection

from leads.card.definitions import definitions
from leads.card.edits import Edits
from leads.card.locked import SQL, Whole
from leads.card.models import ConsentPart, ContactPart, PersonOf
from leads.card.said import CONTACT_KINDS


async def parts(connection: Connection, wholes: Sequence[Whole], edits: Edits) -> list[dict[str, Any]]:
    """What people wrote on these cards, in order: all of ``CardParts`` but the card in short."""
    defined = await definitions(connection, "customer")
    managers = await responsible_of(connection, [whole.root for whole in wholes])
    organisations = await organisations_of(connection, wholes)
    return [
        {
            "details": whole.opener.details(whole.card),
            "contacts": contacts(whole, edits),
            "fields": (values := whole.opener.values(whole.card.values)),
            "missing_fields": missing(defined, values.keys(), whole.row["direction"]),
            "tags": sorted(whole.card.tags),
            "blacklisted": whole.card.blacklisted is not None,
            "blacklist_reason": whole.opener.text(whole.card.blacklisted),
            "consents": consents(whole),
            "manager_id": managers.get(whole.root),
            "segment": whole.row["segment"],
            "organisations": organisations.get(whole.root, []),
        }
        for whole in wholes
    ]


def contacts(whole: Whole, edits: Edits) -> list[ContactPart]:
    """The ways to reach the person that can be opened, the primary one of each kind first."""
    found: list[ContactPart] = []
    for kind in CONTACT_KINDS:
        for contact in whole.card.contacts_of(kind):
            contact_id, value = edits.contact_id(whole, contact), whole.opener.text(contact.value)
            if contact_id is not None and value is not None:
                first = all(one.kind != kind for one in found)
                found.append(ContactPart(contact_id=contact_id, kind=kind, value=value, primary=first))
    return found


def consents(whole: Whole) -> list[ConsentPart]:
    """What counts for each purpose and channel that the person ever spoke of."""
    found = []
    for purpose, channel in sorted(whole.card.consents, key=lambda key: (key[0], key[1] or "")):
        consent = whole.card.agrees(purpose, channel)
        assert consent is not None
        found.append(
            ConsentPart(
                purpose=purpose,
                channel=channel,
                given=consent.is_given,
                at=consent.at,
                source=consent.source,
                text_version=consent.text_version,
                evidence=whole.opener.text(consent.evidence),
            )
        )
    return found


async def responsible_of(connection: Connection, roots: Sequence[UUID]) -> dict[UUID, str]:
    """Who answers for each card (of a merged one by its root's id): the manager who was made to, else that of its
    newest lead. A returning customer goes to him. Cards without either are left out.
    """
    rows = await connection.fetch(sql("responsible_of", SQL), list(roots))
    return {row["root"]: row["manager_id"] for row in rows}


async def organisations_of(connection: Connection, wholes: Sequence[Whole]) -> Mapping[UUID, list[PersonOf]]:
    """The organisations that each card's person acts or acted for, present ones first."""
    by_member = {member: whole for whole in wholes for member in whole.members}
    found: dict[UUID, list[PersonOf]] = {}
    for row in await connection.fetch(sql("organisations_of_customers", SQL), list(by_member)):
        whole = by_member[row["customer_id"]]
        key = whole.opener.keys.get(row["customer_id"])
        fields = dict(row) | {"role": key.open(row["role"]) if key and row["role"] else None}
        found.setdefault(whole.root, []).append(PersonOf.model_validate(fields))
    return found


def is_present(person: PersonOf, today: date) -> bool:
    """Does the person act for the organisation today?"""
    return (person.since is None or person.since <= today) and (person.until is None or today <= person.until)
