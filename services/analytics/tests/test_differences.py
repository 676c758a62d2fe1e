"""What is not as the log says is named row by row; a rebuild may be given up."""

from __future__ import annotations

import random

import pytest
from analytics import builds
from analytics.differences import RowDifference, differing_rows
from analytics.main import SALES
from events.projection import Build, hashes


async def shadow(sales, records) -> Build:
    async with sales.pool.acquire() as connection, connection.transaction():
        build = await builds.start(connection, SALES, "shadow")
        await build.applier()(connection, records)
    return build


async def named(sales, other: Build, table: str) -> list[RowDifference]:
    rows = next(found.rows for found in await hashes(sales.pool, sales.build) if found.name == table)
    async with sales.pool.acquire() as here, sales.pool.acquire() as there:
        return await differing_rows((here, sales.build), (there, other), table, rows)


@pytest.mark.parametrize("rows_of_a_slice", [1, 10_000])
async def test_a_planted_corruption_is_named_whatever_the_slices(sales, history, monkeypatch, rows_of_a_slice) -> None:
    monkeypatch.setattr("analytics.differences.ROWS_OF_A_SLICE", rows_of_a_slice)
    records = history("planted", 30).log.records
    await sales.apply(records)
    rebuilt = await shadow(sales, records)
    assert await named(sales, rebuilt, "leads") == []
    leads = [row[0] for row in await sales.rows("leads", "lead_id")]
    changed, deleted = leads[3], leads[7]
    schema = sales.build.schema

    await sales.pool.execute(f"UPDATE {schema}.leads SET channel = 'radio' WHERE lead_id = $1", changed)
    await sales.pool.execute(f"DELETE FROM {schema}.leads WHERE lead_id = $1", deleted)
    invented = random.Random(1).randbytes(16).hex()
    column = await sales.pool.fetchval(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
        " WHERE table_schema = $1 AND table_name = 'leads' AND column_name <> 'lead_id'",
        schema,
    )
    await sales.pool.execute(
        f"INSERT INTO {schema}.leads (lead_id, {column}) SELECT $1::uuid, {column} FROM {schema}.leads LIMIT 1",
        invented,
    )

    found = {row.key.strip("()"): row.what for row in await named(sales, rebuilt, "leads")}
    told = {key.replace("-", ""): what for key, what in found.items()}
    assert told == {
        changed.hex: "other values of channel",
        deleted.hex: "not in the live build",
        invented: "not in the log",
    }


async def test_a_hundred_rows_are_named_and_no_more(sales, history) -> None:
    records = history("many", 150).log.records
    await sales.apply(records)
    rebuilt = await shadow(sales, records)
    await sales.pool.execute(f"UPDATE {sales.build.schema}.leads SET channel = 'radio'")

    found = await named(sales, rebuilt, "leads")

    assert (len(found), {row.what for row in found}) == (100, {"other values of channel"})


async def test_a_rebuild_that_is_given_up_leaves_the_live_build_alone(sales) -> None:
    async with sales.pool.acquire() as connection, connection.transaction():
        building = await builds.start(connection, SALES, "building")
        assert await builds.cancel(connection, SALES) == building.number
        assert await builds.cancel(connection, SALES) is None
        assert [(row.number, row.state) for row in await builds.builds(connection, SALES)] == [
            (1, "live"),
            (building.number, "retired"),
        ]
        again = await builds.start(connection, SALES, "building")
    assert again.number == building.number + 1
