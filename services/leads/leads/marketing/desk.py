"""Commands on marketing events and their participants, each in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call
from events.decider import Rejected
from events.problems import Conflict, Invalid, NotFound, StaleVersion
from events.sqlfile import sql
from events.store import Append, Connection, Store, append_all, append_one, deterministic_id, load
from pydantic import TypeAdapter

from leads.marketing.domain import (
    DECIDER,
    Cancelled,
    Closed,
    Command,
    Gathering,
    Held,
    Organise,
    RecordResult,
    State,
    Unknown,
)
from leads.marketing.models import NewParticipant, ParticipantOutcome
from leads.marketing.participation import moved

SQL = Path(__file__).parent / "sql"
GATHERING: TypeAdapter[Gathering] = TypeAdapter(Gathering)


@dataclass(frozen=True)
class EventsDesk:
    """Plans, holds and closes events, and moves participants."""

    store: Store

    async def organise(self, command: Organise, principal: Principal, now: datetime) -> bool:
        """Plans an event; False if it was there."""
        if not principal.sees(command.direction):
            raise Invalid("You do not see this line of business.")
        events = DECIDER.decide(command, DECIDER.initial)
        async with self.store.pool.acquire() as connection, connection.transaction():
            added = await _insert(connection, command.event_id, DECIDER.fold(events))
            if not added:
                return False
            decision = Append(command.event_id, 0, events, cause_of_call(principal), now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return True

    async def run(
        self, event_id: UUID, command: Command, principal: Principal, now: datetime, expected: int | None
    ) -> None:
        """Decides a command on an event. Raises ``NotFound``, ``StaleVersion``, ``Conflict``."""
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await _locked(connection, event_id, principal)
            if expected is not None and expected != row["version"]:
                raise StaleVersion(f"The marketing event is at version {row['version']}.")
            history = await load(connection, self.store.service, event_id)
            state = DECIDER.fold(entry.event for entry in history)
            try:
                events = DECIDER.decide(command, state)
            except Rejected as rejected:
                raise Conflict(str(rejected), hint=f"rule: {rejected.code}") from None
            if not events:
                return
            await _save(connection, event_id, len(history) + len(events), DECIDER.fold(events, state))
            if isinstance(command, RecordResult):
                await connection.execute(
                    sql("result_save", SQL), event_id, command.organisation_id, command.loyalty, command.interest
                )
            decision = Append(event_id, len(history), events, cause_of_call(principal), now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])

    async def move(
        self, event_id: UUID, wanted: Sequence[NewParticipant], principal: Principal, now: datetime
    ) -> list[ParticipantOutcome]:
        """Moves participants to their stages, the last word of a request holds; one outcome each, in order."""
        last = {participant.customer_id: participant for participant in wanted}
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await _locked(connection, event_id, principal)
            if row["state"] in ("closed", "cancelled"):
                raise Conflict(f"The marketing event is {row['state']}.", hint=f"rule: {row['state']}")
            stages = GATHERING.validate_json(row["body"]).plan.stages
            visible = await _visible(connection, list(last), principal)
            known = {
                found["customer_id"]: found
                for found in await connection.fetch(sql("participants_known", SQL), event_id, list(last))
            }
            refused = {
                customer: "There is no such customer." if customer not in visible else "The event has no such stage."
                for customer, participant in last.items()
                if customer not in visible or participant.stage not in stages
            }
            appends = []
            for customer, participant in sorted(last.items()):
                before = known.get(customer)
                id_ = deterministic_id("participation", event_id, customer)
                previous = before["stage"] if before else None
                organisation = participant.organisation_id or (before["organisation_id"] if before else None)
                events = moved(id_, event_id, customer, participant.stage, previous, organisation)
                if events and customer not in refused:
                    version = before["version"] if before else 0
                    appends.append(Append(id_, version, events, cause_of_call(principal), now))
            await _write(connection, event_id, appends, now)
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)
        changed = {append.stream_id for append in appends}
        return [_outcome(event_id, participant.customer_id, refused, changed) for participant in wanted]


def _outcome(event_id: UUID, customer: UUID, refused: dict[UUID, str], changed: set[UUID]) -> ParticipantOutcome:
    if customer in refused:
        return ParticipantOutcome(outcome="rejected", customer_id=customer, reason=refused[customer])
    is_new = deterministic_id("participation", event_id, customer) in changed
    return ParticipantOutcome(outcome="moved" if is_new else "unchanged", customer_id=customer)


async def _locked(connection: Connection, event_id: UUID, principal: Principal) -> asyncpg.Record:
    row = await connection.fetchrow("SELECT * FROM marketing_events WHERE id = $1 FOR UPDATE", event_id)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such marketing event.")
    return row


async def _visible(connection: Connection, customers: Sequence[UUID], principal: Principal) -> set[UUID]:
    rows = await connection.fetch("SELECT id, direction FROM customers WHERE id = ANY($1::uuid[])", customers)
    return {row["id"] for row in rows if principal.sees(row["direction"])}


async def _insert(connection: Connection, event_id: UUID, state: State) -> bool:
    name, gathering = _told(state)
    query = sql("event_insert", SQL)
    written = await connection.fetchval(
        query, event_id, name, gathering.direction, gathering.plan.planned_from, _json(gathering)
    )
    return written is not None


async def _save(connection: Connection, event_id: UUID, version: int, state: State) -> None:
    name, gathering = _told(state)
    await connection.execute(
        sql("event_save", SQL), event_id, version, name, gathering.plan.planned_from, _json(gathering)
    )


def _told(state: State) -> tuple[str, Gathering]:
    assert not isinstance(state, Unknown)
    names: dict[type, str] = {Held: "held", Closed: "closed", Cancelled: "cancelled"}
    return names.get(type(state), "planned"), state.gathering


def _json(gathering: Gathering) -> str:
    return GATHERING.dump_json(gathering).decode()


async def _write(connection: Connection, event_id: UUID, appends: Sequence[Append], now: datetime) -> None:
    if not appends:
        return
    rows = [(append, append.events[0]) for append in appends]
    await connection.execute(
        sql("participants_save", SQL),
        event_id,
        [append.stream_id for append, _ in rows],
        [append.expected_version + 1 for append, _ in rows],
        [getattr(event, "customer_id") for _, event in rows],  # noqa: B009
        [getattr(event, "organisation_id") for _, event in rows],  # noqa: B009
        [getattr(event, "stage") for _, event in rows],  # noqa: B009
        now,
    )
