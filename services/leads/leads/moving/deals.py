"""Deals of other CRMs: the whole life of each is said once, and again when it has changed there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from events.blind_index import BlindIndex
from events.contracts.deals.money import Money
from events.contracts.leads.history import DealHistoryReported, StageVisit
from events.privacy import CustomerKey, Keyring
from events.sqlfile import sql
from events.store import Append, Connection

from leads.moving.told import DealTold

SQL = Path(__file__).parent / "sql"
MOST_OF_TITLE = 500
MOST_OF_COMMENT = 5_000


@dataclass(frozen=True)
class DealRecorder:
    """Works in the transaction that captures the requests of the deals' customers."""

    keyring: Keyring
    blind: BlindIndex

    async def __call__(self, connection: Connection, told: Sequence[DealTold]) -> list[Append]:
        """What is to be said. A deal whose request was not captured, or whose customer is erased, is not told of: the
        request waits in quarantine with its reason, and brings the deal along when it is replayed.
        """
        newest: dict[UUID, DealTold] = {}
        for one in sorted(told, key=lambda one: one.fact.as_of):
            newest[one.id_of("deal_history", one.fact.deal_id)] = one
        touches = [one.touch_id(one.fact.request_id) for one in newest.values()]
        whose = {row["touch_id"]: row for row in await connection.fetch(sql("touches_read", SQL), touches)}
        keys = await self.keyring.read(connection, {row["customer_id"] for row in whose.values()})
        known = {row["id"]: row for row in await connection.fetch(sql("histories_lock", SQL), list(newest))}
        rows: list[tuple[Any, ...]] = []
        appends: list[Append] = []
        for (id_, one), touch in zip(newest.items(), touches, strict=True):
            row, before = whose.get(touch), known.get(id_)
            key = keys.get(row["customer_id"]) if row else None
            digest = self.blind.first("deal_history", _content(one))
            if (
                row is None
                or key is None
                or (before and (before["digest"] == digest or before["as_of"] > one.fact.as_of))
            ):
                continue
            version = before["version"] if before else 0
            rows.append((id_, version + 1, one.fact.as_of, digest))
            event = _reported(one, row["lead_id"], row["customer_id"], key)
            appends.append(Append(id_, version, (event,), one.cause, min(one.fact.as_of, one.received_at)))
        if rows:
            await connection.execute(sql("histories_save", SQL), *zip(*rows, strict=True))
        return appends


def _content(told: DealTold) -> str:
    fact = told.fact
    said = [getattr(fact, name) for name in fact.__slots__ if name != "as_of"]
    return orjson.dumps([*said, told.direction], default=str).decode()


def _reported(told: DealTold, lead_id: UUID, customer_id: UUID, key: CustomerKey) -> DealHistoryReported:
    fact = told.fact
    value = Money(amount=fact.amount, currency=fact.currency) if fact.amount is not None and fact.currency else None
    return DealHistoryReported(
        lead_id=lead_id,
        customer_id=customer_id,
        provider=told.channel,
        source=told.source,
        provider_id=fact.deal_id,
        pipeline=fact.pipeline,
        title=key.seal(fact.title[:MOST_OF_TITLE]) if fact.title else None,
        value=value,
        manager_id=fact.manager_id,
        direction=told.direction,
        opened_at=fact.opened_at,
        visits=tuple(StageVisit(stage=stage, at=at) for stage, at in fact.visits),
        outcome=fact.outcome,
        closed_at=fact.closed_at,
        reason=fact.reason,
        comment=key.seal(fact.comment[:MOST_OF_COMMENT]) if fact.comment else None,
    )
