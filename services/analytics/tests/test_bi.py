"""The schema bi: what BI tools may rely on, and what they may not see."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from analytics import builds
from analytics.main import SALES
from events.envelope import topic_of
from events.quarantine import Quarantine
from events.watermark import Watermark

CONTRACT = Path(__file__).parent / "bi_contract.txt"
COLUMNS = """
SELECT c.relname AS view, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       col_description(c.oid, a.attnum) AS meaning, obj_description(c.oid) AS view_meaning, c.reloptions
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
 WHERE c.relnamespace = 'bi'::regnamespace AND c.relkind = 'v' ORDER BY c.relname, a.attnum
"""
# By what rows of a view are one's own; the others have no line of business.
OWN = {
    "fct_leads": "direction",
    "fct_touches": "direction",
    "fct_deals": "direction",
    "fct_deal_stage_changes": "direction",
    "dim_customer": "direction",
}
OPEN = {"dim_date", "freshness"}

Reader = Callable[..., Awaitable[asyncpg.Connection]]


@pytest.fixture
async def filled(sales, history):
    """A database with facts, applied as its consumer would."""
    watermark = Watermark(
        sales.build.consumer_name,
        [topic_of(source) for source in SALES.sources],
        sales.pool,
        sales.build.applier(),
        Quarantine(sales.build.consumer_name),
    )
    await watermark.prepare()
    await watermark.apply(history("bi", 60).log.records)
    return sales


@pytest.fixture
async def reader(filled) -> AsyncIterator[Reader]:
    """``await reader("b2b")``: a connection of a new login role that was admitted to these lines of business."""
    where = urlsplit(filled.dsn)
    opened: list[asyncpg.Connection] = []
    names: list[str] = []

    async def connect(*directions: str) -> asyncpg.Connection:
        names.append(f"{where.path[1:]}_reader_{len(names)}")
        await filled.pool.execute(f"CREATE ROLE {names[-1]} LOGIN PASSWORD 'reader'")
        await filled.pool.execute(f"CALL bi_admit('{names[-1]}', VARIADIC $1)".replace("$1", _array(directions)))
        opened.append(
            await asyncpg.connect(
                host=where.hostname,
                port=where.port,
                user=names[-1],
                password="reader",
                database=where.path[1:],
                ssl=False,
            )
        )
        return opened[-1]

    yield connect
    for connection in opened:
        await connection.close()
    for name in names:
        await filled.pool.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def _array(values: tuple[str, ...]) -> str:
    return "'{" + ",".join(values) + "}'::text[]"


async def views(connection) -> list[str]:
    return sorted({row["view"] for row in await connection.fetch(COLUMNS)})


async def count(connection, view: str, where: str = "true") -> int:
    return await connection.fetchval(f"SELECT count(*) FROM bi.{view} WHERE {where}")


async def test_the_views_are_the_published_contract(sales) -> None:
    rows = await sales.pool.fetch(COLUMNS)
    lines, view = [], None
    for row in rows:
        if row["view"] != view:
            view = row["view"]
            lines.append(f"\n{view}: {row['view_meaning']}")
        lines.append(f"  {row['column']} {row['type']}: {row['meaning']}")
    found = "\n".join(lines).strip() + "\n"
    if os.environ.get("WRITE_BI_CONTRACT"):
        CONTRACT.write_text(found)

    assert found == CONTRACT.read_text(), (
        "columns may only be added; run with WRITE_BI_CONTRACT=1 and tell it in the changelog"
    )


async def test_every_view_and_column_is_explained_in_two_languages_and_reads_with_the_readers_rights(sales) -> None:
    for row in await sales.pool.fetch(COLUMNS):
        assert row["reloptions"] == ["security_invoker=true"], row["view"]
        for meaning in (row["view_meaning"], row["meaning"]):
            russian, _, english = (meaning or "").partition(" / ")
            assert any("а" <= letter <= "я" for letter in russian), row
            assert english, row
            assert english.isascii(), row


async def test_there_is_no_float_no_json_and_no_time_without_a_zone(sales) -> None:
    types = {row["type"] for row in await sales.pool.fetch(COLUMNS)}
    assert types <= {
        "uuid", "text", "character varying(3)", "boolean", "integer", "bigint", "numeric(18,2)", "date",
        "timestamp with time zone",
    }  # fmt: skip


async def test_a_reader_of_everything_sees_every_fact(filled, reader) -> None:
    everybody = await reader("*")
    for view in await views(filled.pool):
        assert await count(everybody, view) == await count(filled.pool, view) > 0, view


async def test_a_reader_of_one_line_of_business_sees_it_and_what_has_none_in_every_view(filled, reader) -> None:
    b2b, nobody = await reader("b2b"), await reader()
    for view in await views(filled.pool):
        whole, own, none = [await count(connection, view) for connection in (filled.pool, b2b, nobody)]
        if view in OPEN:
            assert own == none == whole
        elif view in OWN:
            column = OWN[view]
            assert own == await count(filled.pool, view, f"{column} = 'b2b' OR {column} IS NULL"), view
            assert none == await count(filled.pool, view, f"{column} IS NULL"), view
            assert none < own < whole
        elif view.startswith("fct_"):
            assert none < own < whole, view
        else:
            assert own <= whole, view


@pytest.mark.parametrize(
    ("view", "key"), [("fct_payments", "deal_id"), ("fct_tasks", "lead_id"), ("fct_messages", "customer_id")]
)
async def test_facts_without_a_line_of_business_follow_what_they_belong_to(filled, reader, view, key) -> None:
    parent = {"deal_id": "fct_deals", "lead_id": "fct_leads", "customer_id": "dim_customer"}[key]
    retail = await reader("retail")

    seen = {row[0] for row in await retail.fetch(f"SELECT DISTINCT {key} FROM bi.{view} WHERE {key} IS NOT NULL")}
    allowed = {row[0] for row in await retail.fetch(f"SELECT {key} FROM bi.{parent}")}
    assert seen
    assert seen <= allowed


async def test_a_reader_cannot_write_leave_its_lines_of_business_or_read_what_is_not_published(reader) -> None:
    b2b = await reader("b2b")
    before = await count(b2b, "fct_leads")
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await b2b.execute("CREATE TABLE mine (x int)")
    await b2b.execute("SET default_transaction_read_only = off")
    for statement in (
        "INSERT INTO bi_directions VALUES (current_user, '*')",
        "DELETE FROM sales_v3_b1.leads",
        "UPDATE bi.fct_leads SET channel = 'x'",
        "SELECT * FROM public.events",
        "SELECT * FROM public.quarantine",
        "SELECT * FROM public.api_keys",
        "SET ROLE voronka_service",
        "CALL public.bi_admit(current_user, '*')",
        "CREATE TABLE public.mine (x int)",
        "CREATE VIEW bi.mine AS SELECT 1 AS x",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await b2b.execute(
                statement if "bi_directions" not in statement else statement.replace("bi_d", "public.bi_d")
            )
    assert await count(b2b, "fct_leads") == before
    assert {row[0] for row in await b2b.fetch("SELECT direction FROM public.bi_directions")} == {"b2b"}
    assert await b2b.fetchval("SHOW statement_timeout") == "1min"


async def test_a_group_role_passes_its_lines_of_business_to_its_members(filled, reader) -> None:
    nobody = await reader()
    name = await nobody.fetchval("SELECT current_user")
    alone = await count(nobody, "fct_leads")
    await filled.pool.execute(f"CREATE ROLE {name}_retail NOLOGIN; GRANT {name}_retail TO {name}")
    await filled.pool.execute(
        f"INSERT INTO bi_directions VALUES ('{name}_retail', 'retail'), ('a role that is gone', '*')"
    )

    assert await count(nobody, "fct_leads") == await count(
        filled.pool, "fct_leads", "direction = 'retail' OR direction IS NULL"
    )
    await filled.pool.execute(f"DROP ROLE {name}_retail")
    assert await count(nobody, "fct_leads") == alone


async def test_readers_notice_nothing_of_a_rebuild(filled, reader, history) -> None:
    b2b = await reader("b2b")
    before = [await count(b2b, view) for view in await views(filled.pool)]
    async with filled.pool.acquire() as connection:
        async with connection.transaction():
            build = await builds.start(connection, SALES, "building")
        async with connection.transaction():
            await build.applier()(connection, history("bi", 60).log.records)
            await connection.execute(
                "INSERT INTO watermarks SELECT $1, source, shard, position FROM watermarks WHERE consumer = $2",
                build.consumer_name, filled.build.consumer_name,
            )  # fmt: skip
            await builds.go_live(connection, build)
        async with connection.transaction():
            await builds.drop_retired(connection, SALES, seconds=-1)

    assert await filled.pool.fetchval("SELECT to_regnamespace('sales_v3_b1') IS NULL")
    assert [await count(b2b, view) for view in await views(filled.pool)] == before
    assert await b2b.fetchval("SELECT obj_description('bi.fct_leads'::regclass)")


async def test_stage_changes_tell_where_a_deal_came_from_and_how_long_it_stayed(filled) -> None:
    rows = await filled.pool.fetch("SELECT * FROM bi.fct_deal_stage_changes ORDER BY deal_id, change_number")
    assert sum(row["is_current"] for row in rows) == await count(filled.pool, "fct_deals")
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        if following is not None and following["deal_id"] == row["deal_id"]:
            assert row["left_at"] == following["entered_at"]
            assert following["from_stage"] == row["stage"]
            assert float(row["hours_in_stage"]) == pytest.approx(
                (row["left_at"] - row["entered_at"]).total_seconds() / 3600, abs=0.01
            )
        else:
            assert (row["left_at"], row["hours_in_stage"], row["is_current"]) == (None, None, True)


async def test_no_table_holds_a_sealed_value_or_a_name(filled) -> None:
    tables = await filled.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", filled.build.schema)
    assert len(tables) == 8
    for (table,) in tables:
        text = await filled.pool.fetchval(f"SELECT string_agg(t::text, ' ') FROM \"{filled.build.schema}\".{table} t")
        assert text
        assert "s1." not in text, table
    columns = await filled.pool.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = $1", filled.build.schema
    )
    forbidden = {"name", "phone", "email", "title", "comment", "text", "details", "identities", "reference"}
    assert not {row[0] for row in columns} & forbidden
