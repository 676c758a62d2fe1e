"""Commands on contacts: many registered at once, and one concluded, moved or cancelled under its lock."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.leads.interactions import CallReturned, InteractionPlanned, InteractionRegistered
from events.decider import Rejected
from events.event import Event
from events.privacy import CustomerKey, Keyring
from events.problems import Conflict, NotFound, StaleVersion
from events.sqlfile import sql
from events.store import Append, Connection, Store, append_all, append_one, deterministic_id, load
from uuid_utils.compat import uuid7

from leads.interactions.domain import DECIDER, Cancelled, Command, Concluded, Contact, Plan, Planned, Register
from leads.interactions.models import NewInteraction
from leads.interactions.reading import SQL
from leads.interactions.told import interaction_id

INTAKE = "api"

Prepare = Callable[[CustomerKey | None], Awaitable[Command]] | Callable[[CustomerKey | None], Command]


@dataclass(frozen=True, slots=True)
class Asked:
    """A contact to register, and the key by which a second request finds it; None: there is none."""

    new: NewInteraction
    key: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of it; ``reason`` where it was refused."""

    interaction_id: UUID | None
    created: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class Desk:
    """Registers and concludes contacts."""

    store: Store
    keyring: Keyring

    async def register(self, asked: Sequence[Asked], principal: Principal, now: datetime) -> list[Answer]:
        """Registers all that can be, in one transaction; one answer each, in order."""
        cause = cause_of_call(principal)
        ids = [_id(one, principal) for one in asked]
        async with self.store.pool.acquire() as connection, connection.transaction():
            customers = await _customers(connection, [one.new for one in asked])
            keys = await self.keyring.read(connection, list(customers))
            answers: list[Answer] = []
            begun: dict[UUID, tuple[Event, datetime]] = {}
            for id_, one in zip(ids, asked, strict=True):
                refused = _refusal(one.new, principal, customers, keys)
                if refused is None and id_ not in begun:
                    (event,) = DECIDER.decide(_command(id_, one.new, customers, keys), DECIDER.initial)
                    begun[id_] = (event, now if one.new.planned_at else one.new.at or now)
                answers.append(Answer(None, reason=refused) if refused else Answer(id_))
            new = await insert(connection, begun)
            appends = [Append(id_, 0, [begun[id_][0]], cause, begun[id_][1]) for id_ in sorted(new)]
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)
        seen: set[UUID] = set()
        for number, answer in enumerate(answers):
            if answer.interaction_id in new and answer.interaction_id not in seen:
                seen.add(answer.interaction_id)
                answers[number] = Answer(answer.interaction_id, created=True)
        return answers

    async def run(
        self,
        id_: UUID,
        prepare: Callable[[CustomerKey | None], Command],
        principal: Principal,
        now: datetime,
        expected: int | None,
    ) -> None:
        """Decides a command on one contact; ``prepare`` gets the key of its customer.

        Raises ``NotFound`` (also for what the caller does not see), ``StaleVersion``, and ``Conflict`` where a rule
        refuses.
        """
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow("SELECT * FROM interactions WHERE id = $1 FOR UPDATE", id_)
            if row is None or not principal.sees(row["direction"]):
                raise NotFound("There is no such interaction.")
            if expected is not None and expected != row["version"]:
                raise StaleVersion(f"The interaction is at version {row['version']}.")
            customer = row["customer_id"]
            keys = await self.keyring.read(connection, [customer]) if customer else {}
            history = await load(connection, self.store.service, id_)
            state = DECIDER.fold(entry.event for entry in history)
            try:
                events = list(DECIDER.decide(prepare(keys.get(customer)), state))
            except Rejected as rejected:
                raise Conflict(str(rejected), hint=f"rule: {rejected.code}") from None
            if not events:
                return
            state = DECIDER.fold(events, state)
            if isinstance(state, Concluded) and row["callback"] == "due":
                events.append(CallReturned(interaction_id=id_, by_interaction_id=id_, customer_id=customer))
            await _save(connection, row, len(history) + len(events), state, now)
            decision = Append(id_, len(history), events, cause_of_call(principal), now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])


def _id(asked: Asked, principal: Principal) -> UUID:
    if asked.new.provider_id is not None:
        return interaction_id(INTAKE, cast(str, asked.new.source), asked.new.provider_id)
    if asked.key is None:
        return uuid7()
    return deterministic_id("interaction", "key", principal.kind, principal.id, asked.key)


async def _customers(connection: Connection, new: Sequence[NewInteraction]) -> dict[UUID, asyncpg.Record]:
    ids = {one.customer_id for one in new if one.customer_id is not None}
    rows = await connection.fetch(sql("customers_with_lead", SQL), list(ids)) if ids else []
    return {row["id"]: row for row in rows}


def _refusal(new: NewInteraction, principal: Principal, customers: Any, keys: Any) -> str | None:
    """Why this one cannot be registered, in plain words."""
    if new.customer_id is not None:
        row = customers.get(new.customer_id)
        if row is None or not principal.sees(row["direction"]):
            return "There is no such customer."
        if new.customer_id not in keys:
            return "The customer is erased: nothing can be written about this person."
        if new.lead_id is not None and new.lead_id not in row["leads"]:
            return "The lead is not one of this customer."
    return None if principal.sees(new.direction) else "You do not see this line of business."


def _command(id_: UUID, new: NewInteraction, customers: Any, keys: Any) -> Plan | Register:
    row = customers.get(new.customer_id) if new.customer_id else None
    contact = Contact(
        id_,
        new.kind,
        new.flow,
        new.customer_id,
        new.organisation_id,
        new.manager_id or (row["manager_id"] if row else None),
        new.lead_id or (row["lead_id"] if row else None),
        new.deal_id,
        new.direction or (row["direction"] if row else None),
    )
    text = keys[new.customer_id].seal(new.text) if new.text else None
    if new.planned_at is not None:
        return Plan(contact, new.planned_at, text)
    return Register(contact, INTAKE, new.source or INTAKE, new.duration_seconds, text)


async def insert(connection: Connection, begun: dict[UUID, tuple[Event, datetime]]) -> set[UUID]:
    """Makes the rows; those whose ids were there before are left out of the answer."""
    columns = ("kind", "flow", "customer_id", "organisation_id", "manager_id", "lead_id", "deal_id", "direction")
    events = [cast(InteractionPlanned | InteractionRegistered, event) for event, _ in begun.values()]
    rows = await connection.fetch(
        sql("interactions_insert", SQL),
        list(begun),
        *([getattr(event, name) for event in events] for name in columns),
        [getattr(event, "duration_seconds", None) for event in events],
        [getattr(event, "source", INTAKE) for event in events],
        ["planned" if isinstance(event, InteractionPlanned) else "registered" for event in events],
        [event.planned_at if isinstance(event, InteractionPlanned) else at for event, (_, at) in
         zip(events, begun.values(), strict=True)],
    )  # fmt: skip
    return {row["id"] for row in rows}


async def _save(connection: Connection, row: asyncpg.Record, version: int, state: Any, now: datetime) -> None:
    name, at, told = row["state"], row["at"], None
    match state:
        case Planned():
            at = state.planned_at
        case Cancelled():
            name = "cancelled"
        case Concluded():
            name, told = "concluded", state.event
    await connection.execute(
        sql("interaction_save", SQL),
        row["id"],
        version,
        name,
        min(at, now) if name == "concluded" else at,
        told.held if told else None,
        told.result if told else None,
        told.next_contact_at if told else None,
        told.next_contact_kind if told else None,
        told.duration_seconds if told else None,
    )
