"""The life of a command on cards: lock their trees, decide on the folded state, write the rows and append, in one
transaction, for one card or a thousand.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call
from events.decider import ATTEMPTS, Rejected
from events.event import Event
from events.privacy import Keyring
from events.problems import Conflict, Invalid, NotFound, Problem, StaleVersion, Unavailable
from events.store import Append, Appended, Cause, Connection, Store, append_all
from events.store import Conflict as StreamMoved

from leads.card.domain import decider
from leads.card.locked import Whole, lock
from leads.card.orders import Command
from leads.card.tables import write_customers

Prepare = Callable[[Connection, Whole], Awaitable[Command]]
"""Makes the command inside the transaction, from the locked card."""

_INVALID: Final = frozenset(("bad_tag", "unknown_field", "field_not_here", "required_field", "bad_value"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command on one card; ``refused`` is why nothing did."""

    customer_id: UUID | None
    version: int | None
    changed: bool = False
    refused: Problem | None = None


def problem_of(rejected: Rejected) -> Problem:
    """A rule's refusal as it is answered."""
    kind: type[Problem] = Invalid if rejected.code in _INVALID else Conflict
    if rejected.code in ("unknown_customer", "unknown_organisation"):
        kind = NotFound
    return kind(str(rejected), hint=f"rule: {rejected.code}", code=rejected.code)


class CardCommands:
    """Runs commands on cards."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self.store = store
        self.keyring = keyring

    async def run(
        self,
        customer_id: UUID,
        prepare: Prepare,
        principal: Principal,
        now: datetime,
        expected_tag: str | None = None,
    ) -> Outcome:
        """Runs a command on one card; returns after commit. Raises ``NotFound``, ``StaleVersion``, or the problem that
        a rule's refusal is.
        """
        done = (await self.many([customer_id], prepare, principal, now, expected_tag))[customer_id]
        if done.refused is not None:
            raise done.refused
        return done

    async def many(
        self,
        ids: Collection[UUID],
        prepare: Prepare,
        principal: Principal,
        now: datetime,
        expected_tag: str | None = None,
    ) -> dict[UUID, Outcome]:
        """Runs the command on each of these cards in one transaction; what one is refused, the others still get."""
        cause = cause_of_call(principal)
        for _ in range(ATTEMPTS):
            try:
                async with self.store.pool.acquire() as connection, connection.transaction():
                    wholes = await lock(connection, self.keyring, ids)
                    visible = {w.root: w for w in wholes.values() if w.seen_by(principal)}
                    decided, refused = await _decide(connection, visible, prepare, expected_tag)
                    appends, appended = await write(connection, decided, cause, now)
            except (StreamMoved, asyncpg.DeadlockDetectedError):
                continue
            self.store.count(appends, appended)
            return {asked: _outcome(wholes.get(asked), visible, decided, refused) for asked in ids}
        raise Unavailable("The card is being merged or changed by others at this moment.", retry_after=1)


async def write(
    connection: Connection, decided: Mapping[UUID, tuple[Whole, Sequence[Event]]], cause: Cause, now: datetime
) -> tuple[list[Append], list[Appended]]:
    """Writes the tables and appends: the last statement of the transaction."""
    appends = appends_of(decided, cause, now)
    if appends:
        versions = {append.stream_id: append.expected_version + len(append.events) for append in appends}
        await write_customers(connection, versions, [e for append in appends for e in append.events], now)
    return appends, await append_all(connection, appends)


def appends_of(decided: Mapping[UUID, tuple[Whole, Sequence[Event]]], cause: Cause, now: datetime) -> list[Append]:
    """One decision for each stream: events stand with the member that they name."""
    appends: list[Append] = []
    for whole, events in decided.values():
        by_member: dict[UUID, list[Event]] = {}
        for event in events:
            by_member.setdefault(getattr(event, "customer_id"), []).append(event)  # noqa: B009
        appends.extend(
            Append(member, whole.versions[member], tuple(own), cause, now) for member, own in by_member.items()
        )
    return appends


async def _decide(
    connection: Connection, wholes: Mapping[UUID, Whole], prepare: Prepare, expected_tag: str | None
) -> tuple[dict[UUID, tuple[Whole, Sequence[Event]]], dict[UUID, Problem]]:
    decided: dict[UUID, tuple[Whole, Sequence[Event]]] = {}
    refused: dict[UUID, Problem] = {}
    for root, whole in wholes.items():
        if expected_tag not in (None, whole.tag):
            refused[root] = StaleVersion(f"The card is at version {whole.tag}.")
            continue
        try:
            decided[root] = whole, decider(root).decide(await prepare(connection, whole), whole.card)
        except Rejected as rejected:
            refused[root] = problem_of(rejected)
    return decided, refused


def _outcome(
    whole: Whole | None,
    visible: Mapping[UUID, Whole],
    decided: Mapping[UUID, tuple[Whole, Sequence[Event]]],
    refused: Mapping[UUID, Problem],
) -> Outcome:
    if whole is None or whole.root not in visible:
        return Outcome(None, None, refused=NotFound("There is no such customer."))
    root = whole.root
    if root in refused:
        return Outcome(root, whole.versions[root], refused=refused[root])
    events = decided[root][1]
    own = sum(1 for event in events if getattr(event, "customer_id") == root)  # noqa: B009
    return Outcome(root, whole.versions[root] + own, changed=bool(events))
