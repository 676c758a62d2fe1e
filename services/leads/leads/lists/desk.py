"""Commands on lists, each in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.contracts.leads.lists import ListMembersAdded, ListMembersRemoved
from events.decider import Rejected
from events.event import Event
from events.problems import Conflict, Invalid, NotFound, StaleVersion
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append_all, append_one

from leads.identity.cards import members_of
from leads.lists import SQL
from leads.lists.domain import (
    DECIDER,
    MOST_FROZEN,
    AddMembers,
    Closed,
    Command,
    CreateList,
    FreezeList,
    Open,
    RemoveMembers,
    State,
    Unknown,
)
from leads.lists.models import MemberOutcome
from leads.lists.people import Named, People
from leads.lists.reading import Selecting, selection_of
from leads.lists.sealed_values import SealedIndexes

Move = Literal["added", "removed"]


class ListsDesk:
    """Saves lists and changes who is on them."""

    def __init__(self, store: Store, people: People, indexes: SealedIndexes) -> None:
        self.store = store
        self._people = people
        self._indexes = indexes

    async def create(self, command: CreateList, principal: Principal, now: datetime) -> bool:
        """Saves a list; False if it was there."""
        if not principal.sees(command.direction):
            raise Invalid("You do not see this line of business.")
        events = DECIDER.decide(command, Unknown())
        written = (command.list_id, command.name, _json(command.criteria), command.direction, now, principal.actor)
        async with self.store.pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(sql("list_insert", SQL), *written) is None:
                return False
            decision = Append(command.list_id, 0, events, cause_of_call(principal), now)
            await _write(connection, decision, DECIDER.fold(events), now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return True

    async def run(
        self, list_id: UUID, command: Command, principal: Principal, now: datetime, expected: int | None
    ) -> None:
        """Decides a command on a list. Raises ``NotFound``, ``StaleVersion``, ``Conflict``."""
        await self._run(list_id, command, principal, now, expected)

    async def freeze(self, list_id: UUID, principal: Principal, now: datetime, expected: int | None) -> None:
        """Makes a list by criteria one by hand: of all it selects, whatever the caller sees of them."""
        await self._run(list_id, None, principal, now, expected)

    async def _run(
        self, list_id: UUID, command: Command | None, principal: Principal, now: datetime, expected: int | None
    ) -> None:
        """``None`` stands for freezing: whom that concerns is known when the list is locked."""
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await _locked(connection, list_id, directions_of(principal))
            if expected is not None and expected != row["version"]:
                raise StaleVersion(f"The list is at version {row['version']}.")
            try:
                events = DECIDER.decide(command or await _frozen(connection, row, now, self._indexes), _state(row))
            except Rejected as rejected:
                raise Conflict(str(rejected), hint=f"rule: {rejected.code}") from None
            if not events:
                return
            decision = Append(list_id, row["version"], events, cause_of_call(principal), now)
            await _write(connection, decision, DECIDER.fold(events, _state(row)), now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])

    async def move(
        self, list_id: UUID, move: Move, named: Sequence[Named], principal: Principal, now: datetime
    ) -> list[MemberOutcome]:
        """Puts people on a list by hand or takes them off; one outcome each, in order."""
        async with self.store.pool.acquire() as connection, connection.transaction():
            try:
                outcomes, appends = await self.decide_move(
                    connection, list_id, move, named, directions_of(principal), cause_of_call(principal), now
                )
            except Rejected as rejected:
                raise Conflict(str(rejected), hint=f"rule: {rejected.code}") from None
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)
        return outcomes

    async def decide_move(
        self,
        connection: Connection,
        list_id: UUID,
        move: Move,
        named: Sequence[Named],
        directions: list[str] | None,
        cause: Cause,
        now: datetime,
        is_dry: bool = False,
    ) -> tuple[list[MemberOutcome], list[Append]]:
        """Like :meth:`move`, in the caller's transaction: the outcomes, and what is to be appended in it.

        Raises ``NotFound`` and :class:`Rejected`; ``is_dry`` writes nothing.
        """
        row = await _locked(connection, list_id, directions)
        found = await self._people.find(connection, named, directions)
        trees = await members_of(connection, {one for one in found if isinstance(one, UUID)})
        members = [member for tree in trees.values() for member in tree]
        known = await connection.fetch(sql("members_known", SQL), list_id, members)
        before = {one["root"] for one in known}
        if move == "added":
            new = [root for root in trees if root not in before]
            command: Command = AddMembers(tuple(new))
        else:
            command = RemoveMembers(tuple(one["customer_id"] for one in known))
        state = _state(row, frozenset(one["customer_id"] for one in known))
        events = DECIDER.decide(command, state)
        appends = [Append(list_id, row["version"], events, cause, now)] if events else []
        if not is_dry:
            for append in appends:
                await _write(connection, append, DECIDER.fold(events, state), now)
        return _outcomes(move, found, before), appends


def _outcomes(move: Move, found: Sequence[UUID | str], before: set[UUID]) -> list[MemberOutcome]:
    """Who is named twice was moved once."""
    there, outcomes = set(before), []
    for one in found:
        if isinstance(one, str):
            outcomes.append(MemberOutcome(outcome="rejected", reason=one))
            continue
        is_moved = (one not in there) if move == "added" else (one in there)
        outcomes.append(MemberOutcome(outcome=move if is_moved else "unchanged", customer_id=one))
        (there.add if move == "added" else there.discard)(one)
    return outcomes


async def _frozen(connection: Connection, row: asyncpg.Record, now: datetime, indexes: SealedIndexes) -> FreezeList:
    if row["criteria"] is None:
        return FreezeList(())
    selecting = Selecting(connection, indexes)
    which = await selecting.compiled(selection_of(row), None, now)
    return FreezeList(tuple(await selecting.ids(which, MOST_FROZEN + 1)))


async def _locked(connection: Connection, list_id: UUID, directions: list[str] | None) -> asyncpg.Record:
    row = await connection.fetchrow("SELECT * FROM lists WHERE id = $1 FOR UPDATE", list_id)
    if row is None or not (directions is None or row["direction"] is None or row["direction"] in directions):
        raise NotFound("There is no such list.")
    return row


def _state(row: asyncpg.Record, members: frozenset[UUID] = frozenset()) -> State:
    criteria = None if row["criteria"] is None else orjson.loads(row["criteria"])
    saved = Open(row["id"], row["name"], criteria, members)
    return Closed(saved) if row["closed"] else saved


async def _write(connection: Connection, decision: Append, state: State, now: datetime) -> None:
    """Brings the tables to where the events lead."""
    assert not isinstance(state, Unknown)
    saved = state.saved if isinstance(state, Closed) else state
    version = decision.expected_version + len(decision.events)
    columns = (version, saved.name, _json(saved.criteria), isinstance(state, Closed))
    await connection.execute(sql("list_save", SQL), decision.stream_id, *columns)
    if added := _customers(decision.events, ListMembersAdded):
        await connection.execute(sql("members_add", SQL), decision.stream_id, added, now)
    if removed := _customers(decision.events, ListMembersRemoved):
        await connection.execute(sql("members_remove", SQL), decision.stream_id, removed)


def _customers(events: Sequence[Event], kind: type[ListMembersAdded] | type[ListMembersRemoved]) -> list[UUID]:
    return [customer for event in events if isinstance(event, kind) for customer in event.customer_ids]


def _json(criteria: Any) -> str | None:
    return None if criteria is None else orjson.dumps(criteria).decode()
