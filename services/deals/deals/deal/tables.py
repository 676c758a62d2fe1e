"""The table the API reads, written in the transaction that appends: a deal as its stream now stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from events.sqlfile import sql as _sql
from events.store import Connection

from deals.deal.states import Deal, Lost, NoDeal, Nurtured, Open, State, Won

sql = partial(_sql, directory=Path(__file__).parent / "sql")


async def save_deals(connection: Connection, deals: Sequence[tuple[State, int, datetime]]) -> None:
    """Writes deals as (state, stream version, business time of the change)."""
    rows = [_row(state, version, at) for state, version, at in deals]
    if rows:
        await connection.execute(sql("deals_save"), *map(list, zip(*rows, strict=True)))


async def draw_numbers(connection: Connection, count: int) -> list[str]:
    """New numbers for deals. They are drawn outside of the transaction's fate: one not used is a gap."""
    rows = await connection.fetch("SELECT nextval('deal_numbers') AS n FROM generate_series(1, $1)", count)
    return [f"D-{row['n']:06d}" for row in rows]


def _row(state: State, version: int, at: datetime) -> tuple[object, ...]:
    if isinstance(state, NoDeal):
        raise TypeError("a deal that was never opened has no row")
    deal: Deal = state.deal
    names = {Open: "open", Nurtured: "nurture", Won: "won", Lost: "lost"}
    return (
        deal.deal_id,
        version,
        deal.number,
        deal.customer_id,
        deal.lead_id,
        deal.pipeline,
        deal.pipeline_version,
        deal.deal_type,
        names[type(state)],
        state.stage,
        deal.value.amount,
        deal.value.currency,
        deal.manager_id,
        deal.direction,
        state.reason if isinstance(state, Lost) else None,
        at,
    )
