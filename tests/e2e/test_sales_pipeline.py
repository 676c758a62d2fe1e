"""A real sales pipeline, rebuilt from its files with its history, against an independent count of those files."""

from __future__ import annotations

import asyncio
import csv
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from embedded.system import System
from voronka.client import Api
from voronka.importing_deals import Files, import_pipeline
from voronka.sales_file import code_of, manager_id

from .pipeline_reports import FileDeal, counted, reported

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = Files(
    DATA / "maven_sales_pipeline.csv",
    DATA / "maven_accounts.csv",
    DATA / "maven_products.csv",
    DATA / "maven_sales_teams.csv",
)
STAGES = {"Prospecting": "first_contact", "Engaging": "negotiation", "Won": "won", "Lost": "lost"}
OUTCOMES = {"Won": "won", "Lost": "lost"}
LAST_DAY_OF_THE_FILE = "31-12-17"
LOOKED_AT = ("GTX-PRO", "MG-SPECIAL")

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.timeout(900)]

FACTS = """
SELECT stage, manager_id, date_trunc('quarter', opened_date)::date AS opened,
       date_trunc('quarter', closed_at AT TIME ZONE 'Europe/Moscow')::date AS closed, count(*) AS number,
       sum(amount) AS amount
  FROM bi.fct_deals WHERE deal_id = ANY($1::uuid[]) GROUP BY 1, 2, 3, 4
"""

Figures = dict[tuple[str, ...], tuple[int, Decimal]]


def quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def day_of(text: str) -> date:
    """The files have days, months, and years of this century."""
    day, month, year = map(int, text.split("-"))
    return date(2000 + year, month, day)


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures(deals: list[tuple[tuple[str, ...], Decimal]]) -> Figures:
    """How many deals, and what they come to, by whatever."""
    found: defaultdict[tuple[str, ...], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for key, value in deals:
        number, total = found[key]
        found[key] = number + 1, total + value
    return dict(found)


def counted_in_the_files() -> Figures:
    """By stage, agent, quarter of opening and quarter of closing. Open deals are worth what the price list says."""
    prices = {row["product"]: Decimal(row["sales_price"]) for row in rows("maven_products.csv")}
    deals = []
    for row in rows("maven_sales_pipeline.csv"):
        opened = day_of(row["engage_date"] or LAST_DAY_OF_THE_FILE)
        closed = day_of(row["close_date"]) if row["close_date"] else None
        product = {"GTXPro": "GTX Pro"}.get(row["product"], row["product"])
        value = Decimal(row["close_value"]) if row["close_value"] else prices[product]
        by = (quarter(opened), quarter(closed) if closed else "")
        deals.append(((STAGES[row["deal_stage"]], manager_id(row["sales_agent"]), *by), value))
    return figures(deals)


async def counted_by_the_service(api: Api, source: set[str]) -> Figures:
    deals = []
    async for deal in api.pages("/deals", "deals"):
        if deal["deal_id"] in source:
            opened = datetime.fromisoformat(deal["opened_at"]).date()
            closed = datetime.fromisoformat(deal["closed_at"]).date() if deal["closed_at"] else None
            by = (deal["stage"], deal["manager_id"], quarter(opened), quarter(closed) if closed else "")
            deals.append((by, Decimal(deal["value"]["amount"])))
    return figures(deals)


async def deal_ids(api: Api) -> set[str]:
    ids = [row["opportunity_id"] for row in rows("maven_sales_pipeline.csv")]
    found: set[str] = set()
    for start in range(0, len(ids), 200):
        params: dict[str, Any] = {"source": "sales-pipeline", "external_id": ids[start : start + 200]}
        found |= {one["deal_id"] for one in await api.get("/imported-deals", **params)}
    return found


async def test_a_real_pipeline_is_rebuilt_and_equals_an_independent_count_of_its_files(system: System) -> None:
    if not FILES.deals.exists():
        pytest.skip("the folder with real data is not beside the repository")
    key, leads_url, deals_url = system.secrets.admin_key, system.url("leads"), system.url("deals")

    first = await import_pipeline(FILES, leads_url, deals_url, key)
    again = await import_pipeline(FILES, leads_url, deals_url, key)

    assert (first["rows"], first["opened"], first["rejected"]) == (8800, 8800, 0), first["reasons"]
    assert (again["unchanged"], again["opened"], again["extended"], again["rejected"]) == (8800, 0, 0, 0)
    expected = counted_in_the_files()
    async with Api(deals_url, key) as deals:
        ids = await deal_ids(deals)
        assert len(ids) == 8800
        assert await counted_by_the_service(deals, ids) == expected
    async with Api(leads_url, key) as leads:
        managers = {manager["id"]: manager for manager in await leads.get("/managers")}
        for row in rows("maven_sales_teams.csv"):
            assert managers[manager_id(row["sales_agent"])]["department"] == row["regional_office"]
        named = [one async for one in leads.pages("/organisations", "organisations")]
        assert {row["account"] for row in rows("maven_accounts.csv")} <= {one["name"] for one in named}
    await until_the_read_model_says(system, ids, expected)
    figures_of_reports = counted(file_deals(), LOOKED_AT)
    async with Api(system.url("analytics"), key) as analytics:
        assert await reported(analytics, figures_of_reports) == figures_of_reports


def file_deals() -> list[FileDeal]:
    """The rows of the file. Open deals are worth what the price list says."""
    prices = {row["product"]: Decimal(row["sales_price"]) for row in rows("maven_products.csv")}
    found = []
    for row in rows("maven_sales_pipeline.csv"):
        product = {"GTXPro": "GTX Pro"}.get(row["product"], row["product"])
        found.append(
            FileDeal(
                product=code_of(product),
                manager=manager_id(row["sales_agent"]),
                buyer=row["account"] or row["opportunity_id"],
                opened=day_of(row["engage_date"] or LAST_DAY_OF_THE_FILE),
                closed=day_of(row["close_date"]) if row["close_date"] else None,
                outcome=OUTCOMES.get(row["deal_stage"], "open"),
                value=Decimal(row["close_value"]) if row["close_value"] else prices[product],
            )
        )
    return found


async def until_the_read_model_says(system: System, ids: set[str], expected: Figures) -> None:
    """Waits until BI sees all of them as they are, which is when analytics has heard of the last event of each."""
    connection = await asyncpg.connect(system.database_url("analytics"))
    found: Figures = {}
    try:
        async with asyncio.timeout(240):
            while (found := counted_in(await connection.fetch(FACTS, list(ids)))) != expected:
                await asyncio.sleep(0.5)
    except TimeoutError:
        assert found == expected
    finally:
        await connection.close()


def counted_in(found: list[asyncpg.Record]) -> Figures:
    return {
        (row["stage"], row["manager_id"], quarter(row["opened"]), quarter(row["closed"]) if row["closed"] else ""): (
            row["number"],
            row["amount"],
        )
        for row in found
    }
