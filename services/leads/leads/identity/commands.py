"""Merging, splitting and answering suggestions: one transaction per command, tried again where others were faster."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import directions_of
from events.contracts.leads.identity import MatchReason, MergeReason
from events.decider import Rejected
from events.privacy import Keyring
from events.problems import Conflict, FieldError, Invalid, NotFound, Problem, StaleVersion, Unavailable
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append_all
from events.store import Conflict as Faster

from leads.identity.cards import SQL, root_of, seen_among
from leads.identity.match import EXPLANATION, STRENGTH, Dismiss
from leads.identity.matches import Matches
from leads.identity.merging import Merging, merge
from leads.identity.splitting import Splitting, split

ATTEMPTS = 5

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[tuple[Sequence[Append], T]]]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Merges of a period [since, until) that were wrong, by who did them or for which reason."""

    since: datetime
    until: datetime
    actor: str | None = None
    reason: MergeReason | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """How many merges were found, which cards were split of the rest, and the leads that were opened for them."""

    found: int
    split: Sequence[UUID]
    leads: Sequence[UUID]


class _Rehearsed(Exception):
    """Ends a transaction that was only to show what would come of it."""


class IdentityCommands:
    """Runs commands on cards and matches. Each is refused with ``NotFound`` for cards out of the caller's sight."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    async def merge(
        self, into: UUID, others: Sequence[UUID], merging: Merging, principal: Principal, tag: str | None = None
    ) -> None:
        """Merges the cards of ``others`` into the card of ``into``; what is one already needs nothing."""

        async def work(connection: Connection) -> tuple[Sequence[Append], None]:
            await _see(connection, [into, *others], principal)
            return await merge(connection, self._keyring, into, others, merging, tag), None

        await self._run(work)

    async def split(self, of: UUID, leaving: UUID, splitting: Splitting, principal: Principal) -> Sequence[UUID]:
        """Splits a member off its card; answers with the leads that were opened."""

        async def work(connection: Connection) -> tuple[Sequence[Append], Sequence[UUID]]:
            await _see(connection, [of, leaving], principal)
            sides = await split(connection, self._keyring, [leaving], splitting, of)
            return sides.appends, sides.leads

        return await self._run(work)

    async def undo(
        self, wrong: Wrong, splitting: Splitting, principal: Principal, most: int, *, rehearse: bool
    ) -> Undone:
        """Splits the newest merges that were wrong, ``most`` of them; a rehearsal shows what would come of it."""
        shown: list[Undone] = []

        async def work(connection: Connection) -> tuple[Sequence[Append], Undone]:
            bounds = (wrong.since, wrong.until, wrong.actor, wrong.reason)
            rows = await connection.fetch(sql("merges_found", SQL), *bounds, directions_of(principal), most)
            leaving = [row["customer_id"] for row in rows]
            if not leaving:
                return [], Undone(0, [], [])
            sides = await split(connection, self._keyring, leaving, splitting)
            undone = Undone(rows[0]["found"], leaving, sides.leads)
            if rehearse:
                shown.append(undone)
                raise _Rehearsed
            return sides.appends, undone

        try:
            return await self._run(work)
        except _Rehearsed:
            return shown[-1]

    async def dismiss(
        self, match_id: UUID, why: str | None, cause: Cause, at: datetime, principal: Principal, version: int | None
    ) -> None:
        """The two cards are of different persons."""

        async def work(connection: Connection) -> tuple[Sequence[Append], None]:
            row = await read_match(connection, match_id, principal)
            matches = await Matches.of(connection, [row["low"], row["high"]])
            entry = matches.entry(match_id)
            if version is not None and entry.version != version:
                raise StaleVersion(f"The match is at version {entry.version}.")
            if matches.tree(row["low"]) == matches.tree(row["high"]):
                raise Rejected("merged", "The cards count as one; split them instead.")
            keys = await self._keyring.read(connection, [row["low"]]) if why else {}
            sealed = keys[row["low"]].seal(why) if why and keys else None
            matches.decide(Dismiss(row["low"], row["high"], "Said to be different persons.", sealed), cause, at)
            return await matches.save(connection), None

        await self._run(work)

    async def agree(
        self, match_id: UUID, into: UUID | None, why: str | None, cause: Cause, at: datetime, principal: Principal
    ) -> UUID:
        """The two cards are of one person; ``into`` stays, or the older. Answers with the card that stays."""

        async def work(connection: Connection) -> tuple[Sequence[Append], UUID]:
            row = await read_match(connection, match_id, principal)
            roots = row["low_root"], row["high_root"]
            stays = (await root_of(connection, [into])).get(into) if into else row["older_root"]
            if stays not in roots:
                raise Rejected("not_a_member", "The card that stays must be one of the two.")
            reasons: list[MatchReason] = sorted(row["reasons"], key=lambda reason: -STRENGTH[reason])
            explanation = EXPLANATION[reasons[0]] if reasons else "Chosen by hand."
            merging = Merging(cause, at, "match", tuple(reasons), explanation, why)
            others = [root for root in roots if root != stays]
            return await merge(connection, self._keyring, stays, others, merging), stays

        return await self._run(work)

    async def _run(self, work: Work[T]) -> T:
        for _ in range(ATTEMPTS):
            try:
                async with self._store.pool.acquire() as connection, connection.transaction():
                    appends, result = await work(connection)
                    appended = await append_all(connection, appends)
            except (Faster, asyncpg.DeadlockDetectedError):
                continue
            except Rejected as rejected:
                raise _problem(rejected) from None
            self._store.count(appends, appended)
            return result
        raise Unavailable("These cards are being changed by others at this moment.", retry_after=1)


async def read_match(connection: Connection, match_id: UUID, principal: Principal) -> asyncpg.Record:
    """A match whose cards the caller sees, with the roots they count as; raises ``NotFound``."""
    row = await connection.fetchrow(sql("match_read", SQL), match_id, directions_of(principal))
    if row is None:
        raise NotFound("There is no such match.")
    return row


async def _see(connection: Connection, ids: Sequence[UUID], principal: Principal) -> None:
    seen = await seen_among(connection, ids, directions_of(principal))
    unseen = [id_ for id_ in ids if id_ not in seen]
    if unseen:
        raise NotFound("There is no such customer.", errors=[FieldError(f"no customer {id_}") for id_ in unseen])


def _problem(rejected: Rejected) -> Problem:
    kinds: dict[str, type[Problem]] = {"no_customer": NotFound, "itself": Invalid}
    return kinds.get(rejected.code, Conflict)(str(rejected), hint=f"rule: {rejected.code}")
