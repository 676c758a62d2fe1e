"""What a hand-over would do: who would get what, and why. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from events.sqlfile import sql
from events.store import Connection

from leads.card.locked import Whole, read
from leads.handover.choosing import SQL, Choice, Terms, chooser
from leads.handover.moving import BATCH, Moving, organisation_goes_to

MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One thing, with how many open leads would go along."""

    kind: Literal["customer", "organisation"]
    subject_id: UUID
    choice: Choice
    leads: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """Up to a thousand cards and their organisations; ``more``: there are others. Contacts and entries are counted."""

    items: list[Foreseen]
    more: bool
    contacts: int
    call_entries: int


async def preview(connection: Connection, moving: Moving, terms: Terms, now: datetime) -> Preview:
    """As the hand-over itself would decide at this moment."""
    wholes, more = await _cards(connection, moving, terms)
    choose = await chooser(connection, terms, now, locked=False)
    chosen = await moving.chosen(connection, terms, wholes, choose)
    members = {member: root for root, whole in wholes.items() for member in whole.members}
    leads: dict[UUID, int] = {}
    for row in await connection.fetch(sql("open_leads_count", SQL), list(members), terms.from_manager_id):
        leads[members[row["customer_id"]]] = leads.get(members[row["customer_id"]], 0) + row["leads"]
    items = [Foreseen("customer", root, choice, leads.get(root, 0)) for root, choice in chosen.items()]
    if terms.customer_ids is None:
        rows = await connection.fetch(
            sql("organisations_of_manager", SQL), terms.from_manager_id, None, terms.directions, BATCH
        )
        for row in rows:
            of_card = chosen.get(row["card_id"])
            theirs = of_card.manager_id if of_card else row["persons_manager"]
            items.append(Foreseen("organisation", row["id"], organisation_goes_to(row, theirs, terms, choose)))
    counts = await connection.fetchrow(
        sql("rest_count", SQL), terms.from_manager_id, terms.customer_ids, terms.directions
    )
    assert counts is not None
    return Preview(items, more, counts["contacts"], counts["call_entries"])


async def _cards(connection: Connection, moving: Moving, terms: Terms) -> tuple[dict[UUID, Whole], bool]:
    wholes: dict[UUID, Whole] = {}
    reached = None
    while len(wholes) < MOST:
        found = await connection.fetch(
            sql("customers_of_manager", SQL),
            terms.from_manager_id,
            reached,
            terms.customer_ids,
            terms.directions,
            BATCH,
        )
        if not found:
            return wholes, False
        reached = found[-1]["customer_id"]
        ids = [row["customer_id"] for row in found]
        wholes |= {whole.root: whole for whole in (await read(connection, moving.keyring, ids)).values()}
    return wholes, True
