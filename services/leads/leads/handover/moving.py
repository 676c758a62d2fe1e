"""The batches of a hand-over: cards with their open leads, organisations, contacts still to be held.

What is still to be moved are the rows that name the manager, after the last one reached; so the work can stop anywhere
and go on, and doing it twice changes nothing. Locks are taken in the order of everybody: cards, leads, managers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
from events.contracts.leads import InteractionReassigned, OrganisationResponsibleChanged
from events.event import Event
from events.privacy import Keyring
from events.sources import Sources
from events.sqlfile import sql
from events.store import Append, Cause, Connection

from leads.card.commands import appends_of
from leads.card.domain import decider
from leads.card.locked import SQL as CARD_SQL
from leads.card.locked import Whole, lock
from leads.card.orders import HandOver
from leads.card.responsible import move_leads
from leads.card.tables import write_customers
from leads.handover.choosing import SQL, Choice, Chooser, Terms, chooser, facts_of, of_direction

BATCH = 200


@dataclass
class Moved:
    """What a batch did: counts, what has to wait and until when, and the events to append."""

    reached: UUID
    customers: int = 0
    leads: int = 0
    organisations: int = 0
    contacts: int = 0
    left: int = 0
    waiting: int = 0
    wait_until: datetime | None = None
    appends: list[Append] = field(default_factory=list)
    items: list[tuple[str, UUID, Choice]] = field(default_factory=list)

    def row(self) -> tuple[object, ...]:
        """How far the pass has come, and the counts."""
        counts = (self.customers, self.leads, self.organisations, self.contacts, self.left, self.waiting)
        return (self.reached, *counts, self.wait_until)

    def stays(self, choice: Choice) -> None:
        """Nobody can take it: for now, or at all."""
        if choice.waits_until is None:
            self.left += 1
            return
        self.waiting += 1
        self.wait_until = min(self.wait_until or choice.waits_until, choice.waits_until)


@dataclass(frozen=True)
class Moving:
    """Moves a batch in the caller's transaction, which appends; None where there is nothing left of its kind."""

    keyring: Keyring
    sources: Sources

    async def customers(
        self, connection: Connection, terms: Terms, reached: UUID | None, cause: Cause, now: datetime
    ) -> Moved | None:
        """Cards that he answers for, and cards with open leads of his."""
        found = await connection.fetch(
            sql("customers_of_manager", SQL),
            terms.from_manager_id,
            reached,
            terms.customer_ids,
            terms.directions,
            BATCH,
        )
        if not found:
            return None
        moved = Moved(found[-1]["customer_id"])
        ids = [row["customer_id"] for row in found]
        wholes = {whole.root: whole for whole in (await lock(connection, self.keyring, ids)).values()}
        members = [member for whole in wholes.values() for member in whole.members]
        await connection.fetch(sql("leads_to_move", CARD_SQL), members, terms.from_manager_id, terms.directions, None)
        choose = await chooser(connection, terms, now, locked=True)
        chosen = await self.chosen(connection, terms, wholes, choose)
        await choose.save(connection)
        targets: dict[UUID, str] = {}
        decided: dict[UUID, tuple[Whole, Sequence[Event]]] = {}
        for root, choice in chosen.items():
            whole = wholes[root]
            if choice.manager_id is None:
                moved.stays(choice)
                continue
            decided[root] = whole, _decide(whole, choice.manager_id, terms)
            targets |= dict.fromkeys(whole.members, choice.manager_id)
        moved.appends = appends_of(decided, cause, now)
        if moved.appends:
            versions = {append.stream_id: append.expected_version + len(append.events) for append in moved.appends}
            events = [event for append in moved.appends for event in append.events]
            await write_customers(connection, versions, events, now)
        leads = await move_leads(
            connection,
            targets,
            f"Handed over from {terms.from_manager_id}: {terms.reason}.",
            cause,
            now,
            from_manager_id=terms.from_manager_id,
            seen=("*",) if terms.directions is None else terms.directions,
        )
        root_of_member = {member: root for root, whole in wholes.items() for member in whole.members}
        moved.items = [("customer", root, chosen[root]) for root, (_, events) in decided.items() if events]
        went = {root for _, root, _ in moved.items}
        for append in leads:
            root = root_of_member[append.events[0].customer_id]  # type: ignore[attr-defined]
            if root not in went:
                moved.items.append(("lead", append.stream_id, chosen[root]))
        moved.customers, moved.leads = len(went), len(leads)
        moved.appends += leads
        return moved

    async def chosen(
        self, connection: Connection, terms: Terms, wholes: Mapping[UUID, Whole], choose: Chooser
    ) -> dict[UUID, Choice]:
        """Who gets each card, in the order of their ids; changes nothing."""
        by_rule = terms.to_manager_id is None
        facts = await facts_of(connection, self.keyring, self.sources, terms, wholes) if by_rule else {}
        nothing = of_direction(None)
        return {root: choose.next(facts.get(root, nothing)) for root in sorted(wholes)}

    async def organisations(
        self, connection: Connection, terms: Terms, reached: UUID | None, cause: Cause, now: datetime
    ) -> Moved | None:
        """Organisations that he answers for; with single customers none go."""
        if terms.customer_ids is not None:
            return None
        rows = await connection.fetch(
            sql("organisations_of_manager", SQL), terms.from_manager_id, reached, terms.directions, BATCH
        )
        if not rows:
            return None
        choose = await chooser(connection, terms, now, locked=True)
        moved, given = Moved(rows[-1]["id"]), []
        for row in rows:
            choice = organisation_goes_to(row, row["persons_manager"], terms, choose)
            if choice.manager_id is None:
                moved.stays(choice)
                continue
            changed = OrganisationResponsibleChanged(
                organisation_id=row["id"],
                manager_id=choice.manager_id,
                previous_manager_id=terms.from_manager_id,
                reason=terms.reason,
                handover_id=terms.handover_id,
            )
            given.append((row["id"], choice.manager_id))
            moved.appends.append(Append(row["id"], row["version"], (changed,), cause, now))
            moved.items.append(("organisation", row["id"], choice))
        await _write(connection, "organisations_move", given)
        await choose.save(connection)
        moved.organisations = len(given)
        return moved

    async def contacts(
        self, connection: Connection, terms: Terms, reached: UUID | None, cause: Cause, now: datetime
    ) -> Moved | None:
        """Planned contacts and missed calls: to who answers for the customer now; without a customer like all else."""
        rows = await connection.fetch(
            sql("contacts_of_manager", SQL),
            terms.from_manager_id,
            reached,
            terms.customer_ids,
            terms.directions,
            BATCH,
        )
        if not rows:
            await connection.execute(sql("leases_end", SQL), terms.from_manager_id, terms.directions)
            return None
        choose = await chooser(connection, terms, now, locked=True)
        moved, given = Moved(rows[-1]["id"]), []
        for row in rows:
            his = row["customers_manager"]
            if his == terms.from_manager_id:
                continue  # it goes with the customer, who is still his
            follows = Choice(his, f"{his} answers for the customer.") if his else None
            choice = follows or choose.next(of_direction(row["direction"]))
            if choice.manager_id is None:
                moved.stays(choice)
                continue
            reassigned = InteractionReassigned(
                interaction_id=row["id"],
                manager_id=choice.manager_id,
                previous_manager_id=terms.from_manager_id,
                customer_id=row["customer_id"],
                handover_id=terms.handover_id,
            )
            given.append((row["id"], choice.manager_id))
            moved.appends.append(Append(row["id"], row["version"], (reassigned,), cause, now))
            moved.items.append(("contact", row["id"], choice))
        await _write(connection, "contacts_move", given)
        await choose.save(connection)
        moved.contacts = len(given)
        return moved


def organisation_goes_to(row: asyncpg.Record, theirs: str | None, terms: Terms, choose: Chooser) -> Choice:
    """By rule: ``theirs``, who answers for the person who acts for it, gets the organisation too."""
    if terms.to_manager_id is None and theirs is not None and theirs != terms.from_manager_id:
        return Choice(theirs, f"{theirs} answers for the person who acts for it.")
    return choose.next(of_direction(row["direction"]))


async def keep_items(connection: Connection, handover_id: UUID, moved: Moved, now: datetime) -> None:
    """Remembers to whom each thing went, and why."""
    if moved.items:
        await connection.execute(
            sql("items_keep", SQL),
            handover_id,
            now,
            [kind for kind, _, _ in moved.items],
            [subject for _, subject, _ in moved.items],
            [choice.manager_id for _, _, choice in moved.items],
            [choice.explanation for _, _, choice in moved.items],
            ["[" + ",".join(s.model_dump_json(exclude_none=True) for s in c.steps) + "]" for _, _, c in moved.items],
        )


async def _write(connection: Connection, statement: str, given: Sequence[tuple[UUID, str]]) -> None:
    if given:
        await connection.execute(sql(statement, SQL), *map(list, zip(*given, strict=True)))


def _decide(whole: Whole, to: str, terms: Terms) -> Sequence[Event]:
    """A card of another line of business may have a lead of one that is seen: then only the lead goes."""
    seen = terms.directions
    if whole.card.erased or not (seen is None or whole.directions & {None, *seen}):
        return ()
    assert terms.handover_id is not None
    order = HandOver(terms.from_manager_id, to, terms.reason, terms.handover_id)
    return decider(whole.root).decide(order, whole.card)
