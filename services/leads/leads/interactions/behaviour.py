"""What visitors of the sites see: kept for a while as long as they are strangers, on the card once a form names them.

A visitor is known by the id that the site's script gave him. A form that carries the same id (`visitor_id`) links him
to the customer: what he saw before goes into one event, sealed, and what he sees from then on follows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from events.blind_index import BlindIndex
from events.contracts.leads.interactions import BehaviourObserved
from events.privacy import Keyring
from events.sqlfile import sql
from events.store import Append, Cause, Connection, deterministic_id

from leads.interactions.reading import SQL
from leads.interactions.told import ViewTold

MOST_OF_A_STRANGER: Final = 500
MOST_OF_A_CUSTOMER: Final = 5_000
"""Views taken from one visitor; what he sends beyond is counted and not kept."""
DAYS_KEPT: Final = 30
"""Days that views of strangers, and ids to know repeats by, are kept."""
MOST_IN_AN_EVENT: Final = 500


@dataclass(frozen=True, slots=True)
class Named:
    """A request that names the visitor it was made by."""

    visitor: str
    customer_id: UUID
    cause: Cause
    occurred_at: datetime


@dataclass(frozen=True)
class BehaviourRecorder:
    """Records views, and links visitors to customers, in the caller's transaction."""

    keyring: Keyring
    blind: BlindIndex

    async def __call__(self, connection: Connection, told: Sequence[ViewTold]) -> list[Append]:
        """Keeps what strangers saw; the caller appends what customers saw."""
        views = {self._view_id(one): one for one in told}
        await connection.execute(sql("views_forget", SQL), told[0].received_at, DAYS_KEPT)
        visitors = [self._visitor(one.view.visitor) for one in views.values()]
        times = [one.received_at for one in views.values()]
        known = {row["id"]: row for row in await connection.fetch(sql("visitors_see", SQL), visitors, times)}
        taken = await connection.fetch(sql("views_take", SQL), list(views), times)
        fresh = [(row["id"], views[row["id"]]) for row in taken]
        strangers, seen = [], dict[UUID, list[ViewTold]]()
        for id_, one in sorted(fresh, key=lambda item: item[1].view.occurred_at):
            visitor = known[self._visitor(one.view.visitor)]
            if visitor["customer_id"] is None:
                if visitor["views"] <= MOST_OF_A_STRANGER:
                    strangers.append((id_, visitor["id"], one.source, one.view.occurred_at, _written(one)))
            elif visitor["views"] <= MOST_OF_A_CUSTOMER:
                seen.setdefault(visitor["id"], []).append(one)
        if strangers:
            await connection.execute(sql("views_keep", SQL), *zip(*strangers, strict=True))
        observed = [
            _Observed(
                known[visitor]["id"],
                known[visitor]["customer_id"],
                some[0].source,
                [(one.view.occurred_at, _written(one)) for one in some],
                some[0].cause,
            )
            for visitor, some in seen.items()
        ]
        return await self._tell(connection, observed)

    async def name(self, connection: Connection, named: Sequence[Named]) -> list[Append]:
        """Links visitors to customers and tells what they saw until now; a visitor named twice is the newest's."""
        newest = {self._visitor(one.visitor): one for one in sorted(named, key=lambda one: one.occurred_at)}
        if not newest:
            return []
        customers = [one.customer_id for one in newest.values()]
        times = [one.occurred_at for one in newest.values()]
        await connection.execute(sql("visitors_name", SQL), list(newest), customers, times)
        kept: dict[UUID, list[Any]] = {}
        for row in await connection.fetch(sql("views_give", SQL), list(newest)):
            kept.setdefault(row["visitor_id"], []).append(row)
        observed = []
        for visitor, rows in kept.items():
            rows.sort(key=lambda row: row["at"])
            views = [(row["at"], row["view"]) for row in rows]
            one = newest[visitor]
            observed.append(_Observed(visitor, one.customer_id, rows[0]["source"], views, one.cause))
        return await self._tell(connection, observed)

    async def _tell(self, connection: Connection, observed: Sequence["_Observed"]) -> list[Append]:
        if not observed:
            return []
        keys = await self.keyring.read(connection, {one.customer_id for one in observed})
        readable = [one for one in observed if one.customer_id in keys]
        ids = [one.visitor for one in readable]
        counts = [len(one.parts()) for one in readable]
        versions = {row["id"]: row["version"] for row in await connection.fetch(sql("visitors_told", SQL), ids, counts)}
        appends = []
        for one, count in zip(readable, counts, strict=True):
            key = keys[one.customer_id]
            events = [one.event(part, key.seal_json({"views": _opened(part)})) for part in one.parts()]
            at = events[-1].last_at
            appends.append(Append(one.visitor, versions[one.visitor] - count, events, one.cause, at))
        return appends

    def _visitor(self, given: str) -> UUID:
        return UUID(hex=self.blind.first("visitor", given))

    def _view_id(self, told: ViewTold) -> UUID:
        return deterministic_id("view", self._visitor(told.view.visitor), told.view.view_id)


@dataclass(frozen=True, slots=True)
class _Observed:
    """Views of one visitor who is known, oldest first, as (time, JSON)."""

    visitor: UUID
    customer_id: UUID
    source: str
    views: Sequence[tuple[datetime, str]]
    cause: Cause

    def parts(self) -> list[Sequence[tuple[datetime, str]]]:
        return [self.views[start : start + MOST_IN_AN_EVENT] for start in range(0, len(self.views), MOST_IN_AN_EVENT)]

    def event(self, part: Sequence[tuple[datetime, str]], seen: Any) -> BehaviourObserved:
        return BehaviourObserved(
            visitor_id=self.visitor,
            customer_id=self.customer_id,
            source=self.source,
            count=len(part),
            first_at=part[0][0],
            last_at=part[-1][0],
            seen=seen,
        )


def _written(told: ViewTold) -> str:
    view = told.view
    fields: Mapping[str, Any] = {
        "kind": view.kind,
        "page": view.page,
        "title": view.title,
        "product": view.product,
        "at": view.occurred_at,
    }
    return orjson.dumps({name: value for name, value in fields.items() if value is not None}).decode()


def _opened(part: Iterable[tuple[datetime, str]]) -> list[Any]:
    return [orjson.loads(view) for _, view in part]
