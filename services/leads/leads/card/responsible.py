"""Who answers for a customer: handing one card over, and its open leads with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.leads import LeadAssigned
from events.decider import ATTEMPTS, Rejected
from events.privacy import Keyring
from events.problems import Invalid, NotFound, StaleVersion, Unavailable
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append_all
from events.store import Conflict as StreamMoved

from leads.card.commands import appends_of, problem_of
from leads.card.domain import decider
from leads.card.edits import making_responsible
from leads.card.locked import SQL, Whole, lock
from leads.card.tables import write_customers

STRATEGY = "handed_over"


@dataclass(frozen=True, slots=True)
class NewResponsible:
    """Who is to answer for the customer (None: nobody), why, and whether his open leads go along."""

    manager_id: str | None
    reason: str
    comment: str | None
    with_leads: bool


class Responsible:
    """Hands single cards over."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    async def change(
        self, customer_id: UUID, new: NewResponsible, principal: Principal, now: datetime, expected_tag: str | None
    ) -> None:
        """Decides and appends; returns after commit. Raises ``NotFound``, ``Invalid`` for somebody who is no active
        manager, ``StaleVersion`` and what the rules refuse.
        """
        cause = cause_of_call(principal)
        for _ in range(ATTEMPTS):
            try:
                async with self._store.pool.acquire() as connection, connection.transaction():
                    whole = (await lock(connection, self._keyring, [customer_id])).get(customer_id)
                    if whole is None or not whole.seen_by(principal):
                        raise NotFound("There is no such customer.")
                    if expected_tag not in (None, whole.tag):
                        raise StaleVersion(f"The card is at version {whole.tag}.")
                    if new.manager_id is not None and not await is_active(connection, new.manager_id):
                        raise Invalid("There is no such active manager.", hint="rule: unknown_manager")
                    appends = await self._decide(connection, whole, new, principal, cause, now)
                    appended = await append_all(connection, appends)
            except (StreamMoved, asyncpg.DeadlockDetectedError):
                continue
            except Rejected as rejected:
                raise problem_of(rejected) from None
            self._store.count(appends, appended)
            return
        raise Unavailable("The card is being merged or changed by others at this moment.", retry_after=1)

    async def _decide(
        self,
        connection: Connection,
        whole: Whole,
        new: NewResponsible,
        principal: Principal,
        cause: Cause,
        now: datetime,
    ) -> list[Append]:
        prepare = making_responsible(new.manager_id, new.reason, new.comment)
        events = decider(whole.root).decide(await prepare(connection, whole), whole.card)
        appends = appends_of({whole.root: (whole, events)}, cause, now)
        if appends:
            versions = {append.stream_id: append.expected_version + len(append.events) for append in appends}
            await write_customers(connection, versions, events, now)
        if new.with_leads and new.manager_id is not None:
            targets = dict.fromkeys(whole.members, new.manager_id)
            explanation = f"Goes with the customer: {new.reason}."
            appends += await move_leads(connection, targets, explanation, cause, now, seen=principal.directions)
        return appends


async def is_active(connection: Connection, manager_id: str) -> bool:
    """May work be given to this manager?"""
    return bool(await connection.fetchval("SELECT active FROM managers WHERE id = $1", manager_id))


async def move_leads(
    connection: Connection,
    targets: Mapping[UUID, str],
    explanation: str,
    cause: Cause,
    now: datetime,
    *,
    from_manager_id: str | None = None,
    seen: Collection[str] = ("*",),
    only: Sequence[UUID] | None = None,
) -> list[Append]:
    """Gives the open leads of these customers to the managers named, in the caller's transaction, which appends.

    Only those of one manager if ``from_manager_id`` is given, of the lines of business ``seen``, and of these ids.
    """
    directions = None if "*" in seen else sorted(seen)
    rows = await connection.fetch(sql("leads_to_move", SQL), list(targets), from_manager_id, directions, only)
    moved = [row for row in rows if row["manager_id"] != targets[row["customer_id"]]]
    if not moved:
        return []
    managers: Sequence[str] = [targets[row["customer_id"]] for row in moved]
    await connection.execute(sql("leads_move", SQL), [row["id"] for row in moved], managers)
    return [
        Append(
            row["id"],
            row["version"],
            (
                LeadAssigned(
                    lead_id=row["id"],
                    customer_id=row["customer_id"],
                    manager_id=manager_id,
                    strategy=STRATEGY,
                    explanation=explanation,
                    previous_manager_id=row["manager_id"],
                ),
            ),
            cause,
            now,
        )
        for row, manager_id in zip(moved, managers, strict=True)
    ]
