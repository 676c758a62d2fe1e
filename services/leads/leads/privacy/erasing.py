"""The erasure of a person: the key goes and the log says so, in one transaction; everything else follows from that.

All cards of the person are erased, those that were merged too. What this transaction does not empty itself is emptied
by the reaction to ``customer.erased.v1``, here and in the other services, and by the search through stored requests
that belong to no card; each of them may die and goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from events import personal, tasks
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.leads import CustomerErased, ErasureGround
from events.decider import ATTEMPTS
from events.envelope import Received
from events.privacy import Keyring
from events.problems import NotFound, Unavailable
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append_all, deterministic_id
from events.store import Conflict as StreamMoved
from uuid_utils.compat import uuid7

from leads.card.locked import SQL as CARD_SQL
from leads.card.locked import Whole, lock
from leads.privacy import SQL
from leads.privacy.stores import SEARCH, STORES

NOWHERE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Erase:
    """Whose data are to go, on which ground of the law, and why, in words without the data themselves."""

    customer_id: UUID
    ground: ErasureGround
    reason: str


@dataclass(frozen=True)
class Erasing:
    """Runs erasures."""

    store: Store
    keyring: Keyring

    async def erase(self, wanted: Erase, principal: Principal, now: datetime) -> UUID | None:
        """The id of the erasure, after commit; None if all of the person was erased before.

        Raises ``NotFound`` where there is no such customer, or none that the caller may see.
        """
        for _ in range(ATTEMPTS):
            try:
                async with self.store.pool.acquire() as connection, connection.transaction():
                    whole = (await lock(connection, self.keyring, [wanted.customer_id])).get(wanted.customer_id)
                    if whole is None or not whole.seen_by(principal):
                        raise NotFound("There is no such customer.")
                    left = [member for member in whole.members if member not in whole.card.erased_members]
                    if not left:
                        return None
                    erasure, appends = await self._erase(connection, whole, left, wanted, cause_of_call(principal), now)
                    appended = await append_all(connection, appends)
            except (StreamMoved, asyncpg.DeadlockDetectedError):
                continue
            self.store.count(appends, appended)
            return erasure
        raise Unavailable("The card is being merged or changed by others at this moment.", retry_after=1)

    async def _erase(
        self, connection: Connection, whole: Whole, left: Sequence[UUID], wanted: Erase, cause: Cause, now: datetime
    ) -> tuple[UUID, list[Append]]:
        erasure = uuid7()
        contacts = [row["blind_index"] for row in await connection.fetch(sql("contacts_take", SQL), left)]
        for member in left:
            await self.keyring.delete(connection, member)
        await connection.execute(
            sql("erasure_add", SQL), erasure, left, wanted.ground, wanted.reason, cause.actor, now, contacts
        )
        await tasks.add(connection, [search(erasure, left[0], NOWHERE, now, cause)])
        versions = [whole.versions[member] for member in left]
        await connection.execute(sql("card_versions", CARD_SQL), left, [version + 1 for version in versions])
        appends = [
            Append(
                member,
                version,
                [CustomerErased(customer_id=member, erasure_id=erasure, ground=wanted.ground)],
                cause,
                now,
            )
            for member, version in zip(left, versions, strict=True)
        ]
        return erasure, appends


def search(erasure: UUID, customer_id: UUID, after: UUID, due: datetime, cause: Cause) -> tasks.NewTask:
    """The task that looks through stored requests behind this one."""
    payload = {"erasure_id": str(erasure), "customer_id": str(customer_id), "after": str(after)}
    return tasks.NewTask(deterministic_id(SEARCH, erasure, after), SEARCH, payload, due, cause)


async def forget(connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
    """The reaction to the own log: the tables that nobody else empties, and the stored requests of these customers."""
    erased = [record.stream_id for record in records if record.type == CustomerErased.type]
    if erased:
        await personal.forget(connection, STORES, erased)
    return ()
