"""Living histories through: a portion in one transaction, by the commands that deals know.

Each deal is lived whole or not at all; one that is refused leaves the others as they are. One statement writes the
rows, one appends all events.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Literal
from uuid import UUID

import orjson
from events import tasks
from events.decider import Rejected
from events.sqlfile import sql as _sql
from events.store import Append, Cause, Connection, deterministic_id

from deals.deal.batch import Batch, Order
from deals.deal.commands import Commands
from deals.deal.standing import Standing
from deals.deal.states import NoDeal
from deals.deal.tables import draw_numbers, lock_deals, save_deals
from deals.imports.history import commands_of, condensed, lived_elsewhere, steps_of
from deals.imports.past import Known, PastDeal, Said, Step, said_of

sql = partial(_sql, directory=Path(__file__).parent / "sql")


def deal_of(source: str, external_id: str) -> UUID:
    """The id of a deal that has this name elsewhere."""
    return deterministic_id("deal", "imported", source, external_id)


@dataclass(frozen=True, slots=True)
class Imported:
    """A history, and the name that the deal has where it comes from."""

    past: PastDeal
    source: str
    external_id: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Lived:
    """What became of a history: how many commands changed something, or ``code`` and ``why`` of the refusal."""

    deal_id: UUID
    outcome: Literal["opened", "extended", "unchanged", "refused"]
    version: int = 0
    number: str | None = None
    commands: int = 0
    code: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Living:
    """Lives histories through. ``currency`` is that of deals whose history knows no value."""

    commands: Commands
    currency: str

    async def live(
        self, connection: Connection, imported: Sequence[Imported], now: datetime
    ) -> tuple[list[Lived], list[Append]]:
        """Writes the rows; returns what became of each, in order, and what is to be appended as the last statement."""
        deal_ids = {one.past.deal_id for one in imported}
        pipelines = lived_elsewhere(await self.commands.pipelines.now(connection))
        batch = Batch(pipelines, await lock_deals(connection, self.commands.store.service, deal_ids), now)
        known = await _known(connection, batch)
        new = [deal_id for deal_id in sorted(deal_ids) if not batch.standings[deal_id].version]
        numbers = dict(zip(new, await draw_numbers(connection, len(new)) if new else [], strict=True))
        lived: list[Lived] = []
        told: dict[UUID, Imported] = {}
        for one in imported:
            past, before = one.past, known[one.past.deal_id]
            number = numbers.get(past.deal_id, "")
            try:
                timed = commands_of(past, number, self.currency, pipelines, before)
                orders = [
                    Order(past.deal_id, command.command, one.cause, command.at, is_history=True) for command in timed
                ]
                _take(Batch(pipelines, {past.deal_id: before.standing}, now), orders)
            except Rejected as rejected:
                lived.append(
                    Lived(past.deal_id, "refused", before.standing.version, code=rejected.code, why=str(rejected))
                )
                continue
            happened = _take(batch, orders)
            after = batch.standings[past.deal_id]
            if happened or said_of(past) != before.said:
                told[past.deal_id] = one
            steps = condensed(before.trail)
            if happened:
                lived_through = steps_of(past, pipelines[past.pipeline], steps)
                steps = lived_through if len(lived_through) >= len(steps) else steps
            known[past.deal_id] = Known(after, steps, said_of(past))
            lived.append(_lived(before.standing, after, happened))
        await save_deals(connection, batch.changed())
        await tasks.add(connection, batch.tasks)
        await _save(connection, list(told.values()))
        return lived, batch.appends()


def _take(batch: Batch, orders: Sequence[Order]) -> int:
    """How many commands changed something. Raises ``Rejected``."""
    return sum(batch.take(order).happened for order in orders)


def _lived(before: Standing, after: Standing, happened: int) -> Lived:
    state = after.state
    assert not isinstance(state, NoDeal)
    outcome: Literal["opened", "extended", "unchanged"] = (
        "opened" if not before.version else "extended" if happened else "unchanged"
    )
    return Lived(state.deal.deal_id, outcome, after.version, state.deal.number, happened)


async def _known(connection: Connection, batch: Batch) -> dict[UUID, Known]:
    """What is known here of the deals of a batch."""
    there = [deal_id for deal_id, standing in batch.standings.items() if standing.version]
    trails: dict[UUID, list[Step]] = {}
    said: dict[UUID, Said] = {}
    if there:
        rows = await connection.fetch(sql("trails"), there)
        for deal_id, steps in groupby(rows, key=lambda row: row["stream_id"]):
            trails[deal_id] = [Step(_WHAT.get(row["type"], "stage"), row["stage"], row["occurred_at"]) for row in steps]
        said = await _said(connection, there)
    return {
        deal_id: Known(standing, trails.get(deal_id, []), said.get(deal_id, Said()))
        for deal_id, standing in batch.standings.items()
    }


_WHAT: dict[str, Literal["won", "lost"]] = {"deal.won.v1": "won", "deal.lost.v1": "lost"}


async def _said(connection: Connection, deal_ids: Collection[UUID]) -> dict[UUID, Said]:
    rows = await connection.fetch("SELECT deal_id, said FROM imported_deals WHERE deal_id = ANY($1::uuid[])", deal_ids)
    return {row["deal_id"]: _read(orjson.loads(row["said"])) for row in rows}


def _read(said: dict[str, object]) -> Said:
    listed = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return Said(**listed)  # type: ignore[arg-type]


async def _save(connection: Connection, told: Sequence[Imported]) -> None:
    if told:
        await connection.execute(
            sql("imported_save"),
            [one.past.deal_id for one in told],
            [one.source for one in told],
            [one.external_id for one in told],
            [orjson.dumps(asdict(said_of(one.past))).decode() for one in told],
        )
