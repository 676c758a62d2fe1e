"""The table the API reads, written in the transaction that appends: a deal as its stream now stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson
from events.sqlfile import sql as _sql
from events.store import Connection, recorded

from deals.deal.standing import Standing, standing_of
from deals.deal.states import Lost, NoDeal, Nurtured, Open, Won

sql = partial(_sql, directory=Path(__file__).parent / "sql")

_NAMES = {Open: "open", Nurtured: "nurture", Won: "won", Lost: "lost"}


class Interleaved(Exception):
    """This transaction has written a deal already whose events are not appended yet: another reaction did. A consumer
    then takes its records one by one.
    """


async def lock_deals(connection: Connection, service: str, deal_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """These deals as their streams stand, each locked until the end of the transaction; one that is not there too.

    Raises :class:`Interleaved`.
    """
    wanted = sorted(deal_ids)
    rows = {row["deal_id"]: row["version"] for row in await connection.fetch(sql("deals_lock"), wanted)}
    histories: dict[UUID, list[asyncpg.Record]] = {deal_id: [] for deal_id in wanted}
    for row in await connection.fetch(sql("streams_load"), wanted):
        histories[row["stream_id"]].append(row)
    standings = {
        deal_id: standing_of(recorded(service, row) for row in history) for deal_id, history in histories.items()
    }
    if any(standings[deal_id].version != version for deal_id, version in rows.items()):
        raise Interleaved
    return standings


async def save_deals(connection: Connection, deals: Sequence[Standing]) -> None:
    """Writes the rows of deals."""
    rows = [_row(standing) for standing in deals]
    if rows:
        await connection.execute(sql("deals_save"), *map(list, zip(*rows, strict=True)))


async def draw_numbers(connection: Connection, count: int) -> list[str]:
    """New numbers for deals. They are drawn outside of the transaction's fate: one not used is a gap."""
    rows = await connection.fetch("SELECT nextval('deal_numbers') AS n FROM generate_series(1, $1)", count)
    return [f"D-{row['n']:06d}" for row in rows]


def _row(standing: Standing) -> tuple[object, ...]:
    state = standing.state
    if isinstance(state, NoDeal):
        raise TypeError("a deal that was never opened has no row")
    deal = state.deal
    return (
        deal.deal_id,
        standing.version,
        deal.number,
        deal.customer_id,
        deal.lead_id,
        deal.pipeline,
        deal.pipeline_version,
        deal.deal_type,
        _NAMES[type(state)],
        state.stage,
        deal.value.amount,
        deal.value.currency,
        deal.manager_id,
        deal.direction,
        state.reason if isinstance(state, Lost) else None,
        standing.opened_at,
        standing.stage_since,
        standing.closed_at,
        deal.previous_deal_id,
        deal.organisation_id,
        deal.expected_on,
        state.wake_at if isinstance(state, Nurtured) else None,
        orjson.dumps(sorted(deal.tags)).decode(),
        orjson.dumps(sorted(map(str, deal.participants))).decode(),
    )
