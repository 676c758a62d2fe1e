"""Calls, meetings, letters, tasks and notes that another CRM keeps about a person, taken over into the card's history.

Each is told once, by the id it has there. What was planned there is planned here, moved as it is moved there and
concluded when it is done there; what our people did with it meanwhile stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from events.contracts.leads import CustomerNoted
from events.decider import Rejected
from events.event import Event
from events.privacy import CustomerKey, Keyring
from events.sqlfile import sql
from events.store import Append, Connection, load

from leads.interactions.domain import (
    DECIDER,
    UNKNOWN,
    Command,
    Conclude,
    Concluded,
    Contact,
    Plan,
    Planned,
    Registered,
    Reschedule,
    State,
)
from leads.interactions.domain import Register as RegisterContact
from leads.interactions.told import interaction_id
from leads.moving.deals import SQL
from leads.moving.told import ContactTold

MOST_OF_TEXT: Final = 20_000
DONE: Final = "done"
"""The result of a task or a contact that its CRM calls done; what came of it stands in the comment."""


@dataclass(frozen=True, slots=True)
class _Whose:
    """The customer a contact is about, by the request that stands for the person or lead there."""

    customer_id: UUID
    lead_id: UUID
    key: CustomerKey


@dataclass(frozen=True)
class ContactRecorder:
    """Works in the transaction that captures the requests of the persons."""

    service: str
    keyring: Keyring

    async def missing(self, connection: Connection, told: Sequence[ContactTold]) -> set[str]:
        """The requests that these are about and that are not here."""
        touches = {one.touch_id(one.fact.request_id): one.fact.request_id for one in told}
        rows = await connection.fetch(sql("touches_read", SQL), list(touches))
        known = {row["touch_id"] for row in rows}
        return {request_id for touch_id, request_id in touches.items() if touch_id not in known}

    async def __call__(self, connection: Connection, told: Sequence[ContactTold]) -> list[Append]:
        """What is to be said. Nothing of a person who is erased, or whose request is not here."""
        newest: dict[UUID, ContactTold] = {}
        for one in sorted(told, key=lambda one: one.fact.as_of):
            newest[_id(one)] = one
        whose = await self._whose(connection, list(newest.values()))
        here = {id_: one for id_, one in newest.items() if one.fact.request_id in whose}
        notes = {id_: one for id_, one in here.items() if one.fact.kind == "note"}
        contacts = {id_: one for id_, one in here.items() if one.fact.kind != "note"}
        return [*await _note(connection, notes, whose), *await self._contact(connection, contacts, whose)]

    async def _whose(self, connection: Connection, told: Sequence[ContactTold]) -> dict[str, _Whose]:
        requests = {one.touch_id(one.fact.request_id): one.fact.request_id for one in told}
        rows = await connection.fetch(sql("touches_read", SQL), list(requests))
        keys = await self.keyring.read(connection, {row["customer_id"] for row in rows})
        return {
            requests[row["touch_id"]]: _Whose(row["customer_id"], row["lead_id"], keys[row["customer_id"]])
            for row in rows
            if row["customer_id"] in keys
        }

    async def _contact(
        self, connection: Connection, told: dict[UUID, ContactTold], whose: dict[str, _Whose]
    ) -> list[Append]:
        if not told:
            return []
        known = {row["id"]: row["state"] for row in await connection.fetch(sql("contacts_lock", SQL), sorted(told))}
        rows: list[tuple[Any, ...]] = []
        appends: list[Append] = []
        for id_, one in sorted(told.items()):
            history = await load(connection, self.service, id_) if id_ in known else []
            before = DECIDER.fold(entry.event for entry in history)
            events, state = _lived(before, _commands(id_, one, whose[one.fact.request_id], before))
            if events:
                version = len(history) + len(events)
                rows.append(_row(one, state, version))
                last = history[-1].occurred_at if history else one.fact.occurred_at
                at = min(max(one.fact.as_of if history else one.fact.occurred_at, last), one.received_at)
                appends.append(Append(id_, len(history), events, one.cause, at))
        if rows:
            await connection.execute(sql("contacts_save", SQL), *map(list, zip(*rows, strict=True)))
        return appends


def _id(told: ContactTold) -> UUID:
    if told.fact.kind == "note":
        return told.id_of("note", told.fact.contact_id)
    return interaction_id(told.channel, told.source, told.fact.contact_id)


async def _note(connection: Connection, told: dict[UUID, ContactTold], whose: dict[str, _Whose]) -> list[Append]:
    if not told:
        return []
    rows = [
        (id_, whose[one.fact.request_id].customer_id, one.direction, one.fact.occurred_at) for id_, one in told.items()
    ]
    fresh = await connection.fetch(sql("notes_keep", SQL), *map(list, zip(*rows, strict=True)))
    appends = []
    for row in fresh:
        one = told[row["id"]]
        about = whose[one.fact.request_id]
        event = CustomerNoted(
            note_id=row["id"],
            customer_id=about.customer_id,
            lead_id=about.lead_id,
            text=about.key.seal((one.fact.text or "")[:MOST_OF_TEXT]),
            intake=one.channel,
            source=one.source,
            manager_id=one.fact.manager_id,
        )
        appends.append(Append(row["id"], 0, (event,), one.cause, one.fact.occurred_at))
    return appends


def _commands(id_: UUID, told: ContactTold, whose: _Whose, state: State) -> list[Command]:
    fact = told.fact
    assert fact.kind != "note"
    contact = Contact(
        id_, fact.kind, fact.flow, whose.customer_id, None, fact.manager_id, whose.lead_id, None, told.direction
    )
    text = whose.key.seal(fact.text[:MOST_OF_TEXT]) if fact.text else None
    commands: list[Command] = []
    if state == UNKNOWN and fact.planned_at is not None:
        commands.append(Plan(contact, fact.planned_at, text))
    elif state == UNKNOWN:
        commands.append(RegisterContact(contact, told.channel, told.source, fact.talk_seconds, text))
    elif fact.planned_at is not None and not fact.is_done:
        commands.append(Reschedule(fact.planned_at))
    if (fact.is_done and isinstance(state, Planned)) or (fact.is_done and state == UNKNOWN):
        comment = whose.key.seal(fact.came_of_it[:MOST_OF_TEXT]) if fact.came_of_it else None
        commands.append(Conclude(held=True, result=DONE, comment=comment))
    return commands


def _lived(state: State, commands: Sequence[Command]) -> tuple[list[Event], State]:
    """What our people have done with it meanwhile is not run over: a command that does not fit any more is passed."""
    events: list[Event] = []
    for command in commands:
        try:
            decided = DECIDER.decide(command, state)
        except Rejected:
            continue
        events += decided
        state = DECIDER.fold(decided, state)
    return events, state


def _row(told: ContactTold, state: State, version: int) -> tuple[Any, ...]:
    assert isinstance(state, Planned | Registered | Concluded)
    contact, fact = state.contact, told.fact
    name, at = ("planned", state.planned_at) if isinstance(state, Planned) else ("registered", fact.occurred_at)
    held, result = (state.event.held, state.event.result) if isinstance(state, Concluded) else (None, None)
    if isinstance(state, Concluded):
        name = "concluded"
    columns = ("kind", "flow", "customer_id", "manager_id", "lead_id", "direction")
    told_of = [getattr(contact, column) for column in columns]
    return (
        contact.interaction_id, version, *told_of, fact.talk_seconds, told.channel, told.source, name,
        min(at, told.received_at) if name == "concluded" else at, held, result,
    )  # fmt: skip
