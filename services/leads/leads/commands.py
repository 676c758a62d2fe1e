"""The life of a command on a lead: lock its row, decide on its stream, write the row and append, in one transaction.

The lock makes the version exact, so a conflict cannot happen here; and captures of the same person wait their turn.
"""

from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

import asyncpg
from events.contracts.leads import Temperature
from events.decider import Rejected
from events.event import Event
from events.privacy import Keyring
from events.problems import Conflict, Invalid, NotFound, StaleVersion
from events.sealed import Sealed
from events.sqlfile import sql
from events.store import Append, Appended, Cause, Connection, Store, append_one, load

from leads.capture import SQL
from leads.domain import (
    Assign,
    Assigned,
    Captured,
    Command,
    Disqualified,
    Disqualify,
    Qualified,
    Qualify,
    State,
    Unknown,
    decider,
)
from leads.managers import had_turn, is_active, next_manager

Prepare = Callable[[Connection, asyncpg.Record], Awaitable[Command]]
"""Makes the command inside the transaction, from the lead's locked row."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command; ``appended`` is None where it was so already."""

    version: int
    appended: Appended | None


class Commands:
    """Runs commands on leads."""

    def __init__(self, store: Store, keyring: Keyring, reasons: Set[str]) -> None:
        self.store = store
        self._keyring = keyring
        self._decider = decider(reasons)

    async def run(
        self, lead_id: UUID, prepare: Prepare, cause: Cause, now: datetime, expected_version: int | None = None
    ) -> Done:
        """Decides and appends; returns after commit.

        Raises :class:`NotFound`, :class:`StaleVersion` for another version than expected, and :class:`Conflict` or
        :class:`Invalid` where a rule refuses.
        """
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "SELECT customer_id, direction FROM leads WHERE id = $1 FOR UPDATE", lead_id
            )
            if row is None:
                raise NotFound("There is no such lead.")
            history = await load(connection, self.store.service, lead_id)
            if expected_version is not None and expected_version != len(history):
                raise StaleVersion(f"The lead is at version {len(history)}.")
            state = self._decider.fold(entry.event for entry in history)
            command = await prepare(connection, row)
            events = self._decide(command, state)
            if not events:
                return Done(len(history), None)
            if isinstance(command, Assign):
                await had_turn(connection, command.manager_id, now)
            version = len(history) + len(events)
            await _save(connection, lead_id, version, self._decider.fold(events, state))
            decision = Append(lead_id, len(history), events, cause, now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return Done(version, appended)

    def _decide(self, command: Command, state: State) -> Sequence[Event]:
        try:
            return self._decider.decide(command, state)
        except Rejected as rejected:
            kind = {"no_lead": NotFound, "unknown_reason": Invalid}.get(rejected.code, Conflict)
            raise kind(str(rejected), hint=f"rule: {rejected.code}") from None

    def qualifying(self, temperature: Temperature, category: str | None, comment: str | None) -> Prepare:
        """``comment`` in the clear; it is sealed."""

        async def prepare(connection: Connection, lead: asyncpg.Record) -> Command:
            return Qualify(temperature, category, await self._seal(connection, lead["customer_id"], comment))

        return prepare

    def disqualifying(self, reason: str, comment: str | None) -> Prepare:
        """``comment`` in the clear; it is sealed."""

        async def prepare(connection: Connection, lead: asyncpg.Record) -> Command:
            return Disqualify(reason, await self._seal(connection, lead["customer_id"], comment))

        return prepare

    def assigning(self, manager_id: str | None) -> Prepare:
        """To this manager, or None: to the one whose turn it is."""

        async def prepare(connection: Connection, lead: asyncpg.Record) -> Command:
            if manager_id is not None:
                if not await is_active(connection, manager_id):
                    raise Invalid("There is no such active manager.", hint="rule: unknown_manager")
                return Assign(manager_id, "by_hand", "Chosen by hand.")
            chosen = await next_manager(connection, lead["direction"])
            if chosen is None:
                raise Conflict("No active manager takes leads of this line of business.", hint="rule: no_manager")
            return chosen

        return prepare

    async def _seal(self, connection: Connection, customer_id: UUID, comment: str | None) -> Sealed[str] | None:
        if comment is None:
            return None
        keys = await self._keyring.read(connection, [customer_id])
        if customer_id not in keys:
            raise Conflict("The customer is erased: nothing can be written about this person.", hint="rule: no_key")
        return keys[customer_id].seal(comment)


async def _save(connection: Connection, lead_id: UUID, version: int, state: State) -> None:
    status, temperature, category, reason = "new", None, None, None
    match state:
        case Unknown():
            raise AssertionError("a lead that was captured stays known")
        case Captured() | Assigned():
            pass
        case Qualified():
            status, temperature, category = "qualified", state.temperature, state.category
        case Disqualified():
            status, reason = "disqualified", state.reason
        case _:
            assert_never(state)
    await connection.execute(
        sql("lead_save", SQL), lead_id, version, status, state.lead.manager_id, temperature, category, reason
    )
