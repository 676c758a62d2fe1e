"""The schema bi: what BI tools may rely on, and what they may not see."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
from analytics import builds
from analytics.bi import contract
from analytics.main import SALES
from events.contracts.leads import CustomerFieldsChanged, FieldChange, FieldDefined
from events.envelope import topic_of
from events.event import REGISTRY
from events.quarantine import Quarantine
from events.testing import received
from events.watermark import Watermark
from every_event import POOL, EveryEvent, subject_id

COLUMNS = """
SELECT c.relname AS view, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       col_description(c.oid, a.attnum) AS meaning, obj_description(c.oid) AS view_meaning, c.reloptions
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
 WHERE c.relnamespace = 'bi'::regnamespace AND c.relkind = 'v' ORDER BY c.relname, a.attnum
"""
# Views of subjects that have a line of business of their own: exactly these rows are seen.
OWN = ("fct_leads", "fct_deals", "dim_customer", "dim_organisation", "fct_ad_spend", "dim_marketing_event")
OPEN = {"dim_date", "freshness"}
LINES = (None, "b2b", "retail")

Reader = Callable[..., Awaitable[asyncpg.Connection]]


def facts(history) -> tuple[list, list]:
    """What a sales department did, and then random events of every type, each of one line of business."""
    said, contracts = EveryEvent("bi", LINES), [REGISTRY[type_] for type_ in SALES.statements]
    said.begin(contracts)
    for _ in range(3):
        said.say(contracts)
    return history("bi", 60).log.records, said.log.records


@pytest.fixture
async def department(sales, history):
    """A database with what a sales department did, applied as its consumer would."""
    watermark = Watermark(
        sales.build.consumer_name,
        [topic_of(source) for source in SALES.sources],
        sales.pool,
        sales.build.applier(),
        Quarantine(sales.build.consumer_name),
    )
    await watermark.prepare()
    await watermark.apply(facts(history)[0])
    return sales


@pytest.fixture
async def filled(department, history):
    """And with events of every type."""
    await department.apply(facts(history)[1])
    return department


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


async def ids(connection) -> list[str]:
    return sorted({row["column"] for row in await connection.fetch(COLUMNS) if row["type"] == "uuid"})


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
        contract.CONTRACT.write_text(found)

    assert found == contract.CONTRACT.read_text(), (
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
        "uuid", "text", "character varying(3)", "boolean", "integer", "bigint", "numeric(18,2)", "numeric(18,3)",
        "date", "timestamp with time zone",
    }  # fmt: skip


async def test_a_reader_of_everything_sees_every_fact(filled, reader) -> None:
    everybody = await reader("*")
    for view in await views(filled.pool):
        assert await count(everybody, view) == await count(filled.pool, view) > 0, view


async def test_a_reader_of_one_line_of_business_sees_it_and_what_has_none_in_every_view(filled, reader) -> None:
    b2b, nobody = await reader("b2b"), await reader()
    less = 0
    for view in await views(filled.pool):
        whole, own, none = [await count(connection, view) for connection in (filled.pool, b2b, nobody)]
        assert none <= own <= whole, view
        if view in OPEN:
            assert own == none == whole
        elif view in OWN:
            assert own == await count(filled.pool, view, "direction = 'b2b' OR direction IS NULL"), view
            assert none == await count(filled.pool, view, "direction IS NULL"), view
            assert none < own < whole
        less += own < whole
    assert less > 30


async def test_nothing_of_another_line_of_business_stands_in_any_column_of_any_view(filled, reader) -> None:
    kinds = {name.removesuffix("_id").rpartition("_")[2] for name in await ids(filled.pool)}
    kinds -= {"product"}  # what is sold is no secret of a line of business
    foreign = {str(subject_id("retail", kind, number)) for kind in kinds for number in range(POOL)}
    people = [f"retail-people-{number}" for number in (1, 2)]
    b2b = await reader("b2b")
    seen_by_all = seen_by_one = 0
    for view in await views(filled.pool):
        for connection in (filled.pool, b2b):
            text = await connection.fetchval(f"SELECT string_agg(v::text, ' ') FROM bi.{view} v") or ""
            found = {word for word in re.split(r"[(), {}]+", text) if word in foreign or word in people}
            if connection is b2b:
                assert found == set(), view
                assert "retail" not in re.split(r"[(), ]", text), view
                seen_by_one += "b2b-people" in text or any(
                    str(subject_id("b2b", kind, number)) in text for kind in kinds for number in range(POOL)
                )
            else:
                seen_by_all += bool(found)
    assert seen_by_all > 30
    assert seen_by_one > 30


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
        "DELETE FROM sales_v11_b1.leads",
        "UPDATE bi.fct_interactions SET kind = 'x'",
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
            for records in facts(history):
                await build.applier()(connection, records)
            await connection.execute(
                "INSERT INTO watermarks SELECT $1, source, shard, position FROM watermarks WHERE consumer = $2",
                build.consumer_name, filled.build.consumer_name,
            )  # fmt: skip
            await builds.go_live(connection, build)
        async with connection.transaction():
            await builds.drop_retired(connection, SALES, seconds=-1)

    assert await filled.pool.fetchval("SELECT to_regnamespace('sales_v11_b1') IS NULL")
    assert [await count(b2b, view) for view in await views(filled.pool)] == before
    assert await b2b.fetchval("SELECT obj_description('bi.fct_leads'::regclass)")


async def test_stage_changes_tell_where_a_deal_came_from_and_how_long_it_stayed(department) -> None:
    rows = await department.pool.fetch("SELECT * FROM bi.fct_deal_stage_changes ORDER BY deal_id, change_number")
    assert sum(row["is_current"] for row in rows) == await count(department.pool, "fct_deals")
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        if following is not None and following["deal_id"] == row["deal_id"]:
            assert row["left_at"] == following["entered_at"]
            assert following["from_stage"] == row["stage"]
            assert float(row["hours_in_stage"]) == pytest.approx(
                (row["left_at"] - row["entered_at"]).total_seconds() / 3600, abs=0.01
            )
        else:
            assert (row["left_at"], row["hours_in_stage"], row["is_current"]) == (None, None, True)


async def test_a_field_that_became_personal_is_shown_to_nobody_in_views_and_tables(department, reader) -> None:
    customer = await department.pool.fetchval("SELECT customer_id FROM bi.dim_customer LIMIT 1")
    changed = CustomerFieldsChanged(customer_id=customer, changes=(FieldChange(field="hobby", value="chess"),))
    await department.apply([received(changed, customer, 900, version=900)])
    everybody = await reader("*")
    table = f'"{department.build.schema}".trait_changes'
    for personal, seen in ((False, 1), (True, 0)):
        defined = FieldDefined(subject="customer", code="hobby", kind="text", title="Hobby", personal=personal)
        await department.apply([received(defined, UUID(int=77), 1 + personal, version=1 + personal)])
        assert await count(everybody, "fct_field_values", "field = 'hobby'") == seen
        assert await everybody.fetchval(f"SELECT count(*) FROM {table} WHERE field = 'hobby'") == seen
    assert await count(department.pool, "fct_field_values", "field = 'hobby'") == 0


async def test_the_keys_of_the_contract_tell_rows_apart(filled) -> None:
    for view in contract.views():
        key = ", ".join(view.key)
        # Random requests share ids; those of the department do not.
        rows = f"bi.{view.name}" + " WHERE kind = 'form'" * (view.name == "fct_touches")
        whole, apart, named = await filled.pool.fetchrow(
            f"SELECT count(*), count(DISTINCT ({key})), count(*) FILTER (WHERE ({key}) IS NOT NULL) FROM {rows}"
        )
        assert whole == apart == named > 0, view.name


async def test_the_reconciliation_agrees_for_whoever_looks(filled, reader) -> None:
    for connection in (filled.pool, await reader("*"), await reader("b2b")):
        rows = await connection.fetch("SELECT * FROM bi.reconciliation")
        assert len(rows) == 7
        assert [row["check_code"] for row in rows if not row["is_right"]] == []
        assert sum(row["found_count"] > 0 for row in rows) > 4
    await filled.pool.execute(f'DELETE FROM "{filled.build.schema}".deal_stage_changes')
    wrong = await filled.pool.fetch("SELECT check_code FROM bi.reconciliation WHERE NOT is_right")
    assert {row[0] for row in wrong} == {"deals", "stages"}


async def test_no_table_holds_a_sealed_value_or_a_name(filled) -> None:
    tables = await filled.pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename NOT LIKE 'rolled%'", filled.build.schema
    )
    for (table,) in tables:
        text = await filled.pool.fetchval(f"SELECT string_agg(t::text, ' ') FROM \"{filled.build.schema}\".{table} t")
        assert text, table
        assert "s1." not in text, table
    columns = await filled.pool.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = $1", filled.build.schema
    )
    forbidden = {"name", "phone", "email", "title", "comment", "text", "details", "identities", "reference"}
    assert not {row[0] for row in columns} & forbidden
