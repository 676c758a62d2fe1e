"""The life of a command on an organisation: lock its row, decide on its stream, write the rows and append, in one
transaction.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.leads import (
    OrganisationFieldsChanged,
    OrganisationPersonAttached,
    OrganisationPersonDetached,
    OrganisationTagged,
    OrganisationUntagged,
    Requisites,
)
from events.decider import ATTEMPTS, Rejected
from events.event import Event
from events.problems import NotFound, StaleVersion, Unavailable
from events.sqlfile import sql
from events.store import Append, Connection, Store, append_one, load
from events.store import Conflict as StreamMoved

from leads.card.commands import problem_of
from leads.card.tables import write_tags, write_values
from leads.organisations.domain import Command, Organisation, decider

SQL = Path(__file__).parent / "sql"

Prepare = Callable[[Connection, Organisation], Awaitable[Command]]
"""Makes the command inside the transaction, from the locked organisation."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An organisation as its stream now stands; ``is_new`` if this very command registered it."""

    organisation_id: UUID
    version: int
    state: Organisation
    is_new: bool = False


class Organisations:
    """Reads organisations and runs commands on them."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def read(self, organisation_id: UUID, principal: Principal) -> Stored:
        """The organisation; one of a line of business the caller does not see is not there (``NotFound``)."""
        async with self.store.pool.acquire() as connection:
            stored = await self._fold(connection, organisation_id)
        if not stored.state.name or not principal.sees(stored.state.direction):
            raise NotFound("There is no such organisation.")
        return stored

    async def run(
        self,
        organisation_id: UUID,
        prepare: Prepare,
        principal: Principal,
        now: datetime,
        expected_version: int | None = None,
    ) -> Stored:
        """Decides and appends; returns after commit. Raises ``NotFound``, ``StaleVersion``, or the problem that a
        rule's refusal is.
        """
        for _ in range(ATTEMPTS):
            try:
                return await self._run(organisation_id, prepare, principal, now, expected_version)
            except (StreamMoved, asyncpg.UniqueViolationError):
                continue  # somebody entered the same organisation at this moment
            except Rejected as rejected:
                raise problem_of(rejected) from None
        raise Unavailable("Others are entering this organisation at this moment.", retry_after=1)

    async def _run(
        self, organisation_id: UUID, prepare: Prepare, principal: Principal, now: datetime, expected: int | None
    ) -> Stored:
        async with self.store.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT FROM organisations WHERE id = $1 FOR UPDATE", organisation_id)
            before = await self._fold(connection, organisation_id)
            if before.version and not principal.sees(before.state.direction):
                raise NotFound("There is no such organisation.")
            if expected is not None and expected != before.version:
                raise StaleVersion(f"The organisation is at version {before.version}.")
            decides = decider(organisation_id)
            events = decides.decide(await prepare(connection, before.state), before.state)
            if not events:
                return before
            version, after = before.version + len(events), decides.fold(events, before.state)
            await _save(connection, organisation_id, version, after, now)
            await _write(connection, organisation_id, events)
            decision = Append(organisation_id, before.version, tuple(events), cause_of_call(principal), now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return Stored(organisation_id, version, after, is_new=before.version == 0)

    async def _fold(self, connection: Connection, organisation_id: UUID) -> Stored:
        history = await load(connection, self.store.service, organisation_id)
        state = decider(organisation_id).fold(entry.event for entry in history)
        return Stored(organisation_id, len(history), state)


async def check_unique(connection: Connection, organisation_id: UUID, requisites: Requisites) -> None:
    """Refuses with ``organisation_exists``, naming the organisation that has these INN and KPP."""
    if requisites.inn is None:
        return
    other = await connection.fetchval(sql("organisation_of_inn", SQL), requisites.inn, requisites.kpp, organisation_id)
    if other is not None:
        raise Rejected("organisation_exists", f"The organisation {other} has this INN and KPP.")


async def _save(
    connection: Connection, organisation_id: UUID, version: int, state: Organisation, now: datetime
) -> None:
    await connection.execute(
        sql("organisation_save", SQL),
        organisation_id,
        version,
        state.name,
        state.direction,
        state.manager_id,
        state.requisites.inn,
        state.requisites.kpp,
        now,
    )


async def _write(connection: Connection, organisation_id: UUID, events: Sequence[Event]) -> None:
    for event in events:
        match event:
            case OrganisationTagged(tags=tags):
                await write_tags(connection, "organisation", [(organisation_id, tag) for tag in tags], [])
            case OrganisationUntagged(tags=tags):
                await write_tags(connection, "organisation", [], [(organisation_id, tag) for tag in tags])
            case OrganisationFieldsChanged(changes=changes):
                await write_values(connection, "organisation", [(organisation_id, change) for change in changes])
            case OrganisationPersonAttached():
                told = (event.customer_id, event.role, event.since, event.until, event.is_primary)
                await connection.execute(sql("person_attach", SQL), organisation_id, *told)
            case OrganisationPersonDetached():
                await connection.execute(sql("person_detach", SQL), organisation_id, event.customer_id)
