"""The life of a command on a lead: lock its row, decide on its stream, write the row and append, in one transaction.

The lock makes the version exact, so a conflict cannot happen here; and captures of the same person wait their turn.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from events.contracts.leads import LeadAssigned, Temperature
from events.decider import Rejected
from events.privacy import Keyring
from events.problems import Conflict, FieldError, Invalid, NotFound, StaleVersion
from events.sealed import Sealed
from events.sqlfile import sql
from events.store import Append, Appended, Cause, Connection, Store, append_one, load

from leads.capture import SQL
from leads.domain import decider
from leads.lead import (
    Assign,
    Command,
    Disqualify,
    Postpone,
    Qualify,
    Reopen,
    Return,
    State,
    Take,
    Unknown,
    judgement,
)
from leads.managers import had_turn, is_active, next_manager
from leads.routing.processing_lists import ProcessingLists, read_lists

Prepare = Callable[[Connection, asyncpg.Record], Awaitable[Command]]
"""Makes the command inside the transaction, from the lead's locked row."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command; ``appended`` is None where it was so already."""

    version: int
    appended: Appended | None


class Commands:
    """Runs commands on leads. ``reasons``: why a lead may be disqualified, until a list of reasons is set."""

    def __init__(self, store: Store, keyring: Keyring, reasons: Collection[str]) -> None:
        self.store = store
        self._keyring = keyring
        self._reasons = reasons

    async def run(
        self,
        lead_id: UUID,
        prepare: Prepare,
        cause: Cause,
        now: datetime,
        expected_version: int | None = None,
        *,
        locks_card: bool = False,
    ) -> Done:
        """Decides and appends; returns after commit. ``locks_card``: no request opens a lead on the card meanwhile.

        Raises :class:`NotFound`, :class:`StaleVersion` for another version than expected, and :class:`Conflict` or
        :class:`Invalid` where a rule refuses.
        """
        async with self.store.pool.acquire() as connection, connection.transaction():
            if locks_card:
                await connection.execute(sql("card_lock_of_lead", SQL), lead_id)
            row = await connection.fetchrow(
                "SELECT id, customer_id, direction, source FROM leads WHERE id = $1 FOR UPDATE", lead_id
            )
            if row is None:
                raise NotFound("There is no such lead.")
            history = await load(connection, self.store.service, lead_id)
            if expected_version is not None and expected_version != len(history):
                raise StaleVersion(f"The lead is at version {len(history)}.")
            lists = await read_lists(connection, self._reasons)
            rules = decider(lists.reasons, lists.return_reasons, lists.categories)
            state = rules.fold(entry.event for entry in history)
            command = await prepare(connection, row)
            try:
                events = rules.decide(command, state)
            except Rejected as rejected:
                kind = _PROBLEMS.get(rejected.code, Conflict)
                raise kind(str(rejected), hint=f"rule: {rejected.code}") from None
            if not events:
                return Done(len(history), None)
            for event in events:
                if isinstance(event, LeadAssigned):
                    await had_turn(connection, event.manager_id, now)
            version = len(history) + len(events)
            await save(connection, lead_id, version, rules.fold(events, state), now)
            decision = Append(lead_id, len(history), events, cause, now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return Done(version, appended)

    def qualifying(
        self, temperature: Temperature, category: str | None, comment: str | None, answers: Mapping[str, Any]
    ) -> Prepare:
        """``comment`` and ``answers`` to the check-list in the clear; they are sealed."""

        async def prepare(connection: Connection, lead: asyncpg.Record) -> Command:
            lists = await read_lists(connection, self._reasons)
            _check_answers(lists, answers, lead["direction"])
            written = orjson.dumps(answers).decode() if answers else None
            sealed = [await self._seal(connection, lead["customer_id"], text) for text in (comment, written)]
            return Qualify(temperature, category, sealed[0], Sealed(sealed[1]) if sealed[1] else None)

        return prepare

    def disqualifying(self, reason: str, comment: str | None) -> Prepare:
        """``comment`` in the clear; it is sealed."""

        async def prepare(connection: Connection, lead: asyncpg.Record) -> Command:
            return Disqualify(reason, await self._seal(connection, lead["customer_id"], comment))

        return prepare

    def assigning(self, manager_id: str | None, now: datetime) -> Prepare:
        """To this manager, or None: to the one whose turn it is."""

        async def prepare(connection: Connection, lead: asyncpg.Record) -> Command:
            if manager_id is not None:
                await _check_active(connection, manager_id)
                return Assign(manager_id, "by_hand", "Chosen by hand.")
            chosen = await next_manager(connection, lead["direction"], lead["source"], now)
            if chosen is None:
                raise Conflict("No manager can take leads of this line of business now.", hint="rule: no_manager")
            return chosen

        return prepare

    def taking(self, manager_id: str) -> Prepare:
        """By this manager."""

        async def prepare(connection: Connection, _: asyncpg.Record) -> Command:
            await _check_active(connection, manager_id)
            return Take(manager_id)

        return prepare

    def returning(self, reason: str, comment: str | None) -> Prepare:
        """``comment`` in the clear; it is sealed."""

        async def prepare(connection: Connection, lead: asyncpg.Record) -> Command:
            return Return(reason, await self._seal(connection, lead["customer_id"], comment))

        return prepare

    def postponing(self, until: datetime, comment: str | None, now: datetime) -> Prepare:
        """``comment`` in the clear; it is sealed."""

        async def prepare(connection: Connection, lead: asyncpg.Record) -> Command:
            return Postpone(until, now, await self._seal(connection, lead["customer_id"], comment))

        return prepare

    def reopening(self, comment: str | None) -> Prepare:
        """``comment`` in the clear; it is sealed."""

        async def prepare(connection: Connection, lead: asyncpg.Record) -> Command:
            if await connection.fetchval(sql("other_open_lead", SQL), lead["id"], lead["customer_id"]):
                raise Conflict("The customer has another open lead.", hint="rule: open_lead")
            return Reopen(await self._seal(connection, lead["customer_id"], comment))

        return prepare

    async def _seal(self, connection: Connection, customer_id: UUID, comment: str | None) -> Sealed[str] | None:
        if comment is None:
            return None
        keys = await self._keyring.read(connection, [customer_id])
        if customer_id not in keys:
            raise Conflict("The customer is erased: nothing can be written about this person.", hint="rule: no_key")
        return keys[customer_id].seal(comment)


_PROBLEMS = {"no_lead": NotFound, "unknown_reason": Invalid, "unknown_category": Invalid, "past": Invalid}


async def _check_active(connection: Connection, manager_id: str) -> None:
    if not await is_active(connection, manager_id):
        raise Invalid("There is no such active manager.", hint="rule: unknown_manager")


def _check_answers(lists: ProcessingLists, answers: Mapping[str, Any], direction: str | None) -> None:
    faults = lists.checklist.faults(answers, direction)
    if faults:
        places = [FieldError(fault, f"#/answers/{key}") for key, fault in sorted(faults.items())]
        raise Invalid("The answers do not fit the check-list.", errors=places, hint="rule: checklist")


async def save(connection: Connection, lead_id: UUID, version: int, state: State, now: datetime) -> None:
    """Writes the row of a lead as it now stands."""
    if isinstance(state, Unknown):
        raise AssertionError("a lead that was captured stays known")
    lead, (status, temperature, category, reason) = state.lead, judgement(state)
    statement = sql("lead_save", SQL)
    await connection.execute(
        statement, lead_id, version, status, lead.manager_id, temperature, category, reason,
        now if lead.is_taken else None, lead.postponed_until,
    )  # fmt: skip
