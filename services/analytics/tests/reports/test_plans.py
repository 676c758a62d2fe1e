"""As of now no report reads what its period excludes: every table of facts is entered by an index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg
from analytics.main import SALES
from analytics.reports.catalogue import REPORTS
from analytics.reports.filters import Filters
from analytics.reports.period import Period
from analytics.reports.statement import statement

from bench.history.fill import ENDS, History, fill, last_days

from .conftest import MOSCOW

SETTINGS = {
    "ad_spend", "customer_merges", "manager_setups", "marketing_events", "marketing_event_changes",
    "marketing_event_results", "participant_moves", "payment_refunds", "pipeline_stages", "pipeline_versions",
    "target_changes", "targets",
}  # fmt: skip
"""Settings of the firm, and what has few rows whatever comes in."""

OPEN = {"deals_open", "tasks_open", "rolled_invoices_due"}
"""Indexes that hold nothing but what is asked for."""

_ANY = re.compile(r"(\(\w+ IS NOT NULL\))?")

WHOLE = {"forecast", "plans"}
"""Reports about everybody or everything there is, or whose plan with few rows says nothing of that with many."""

SUMMED = {"managers": {"rolled_loads"}, "cash-gaps": {"rolled_delays"}}
"""Parts of which all days are summed up, or all months: rows by line of business, or by who has anything left to do."""


async def test_no_report_of_a_day_reads_what_was_on_other_days(new_database) -> None:
    # given some years of history, and joins by nothing but keys
    dsn = await new_database("analytics")
    await fill(dsn, SALES, History(400, managers=6), lambda _leads, _events: None)
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "SET plan_cache_mode = force_custom_plan; SET enable_seqscan = off; SET enable_hashjoin = off;"
        " SET enable_mergejoin = off"
    )
    # when the reports are planned for a day, and for a reader of one line of business
    question = Filters(zone=MOSCOW, now=ENDS, period=Period.of(*last_days(1), MOSCOW))
    found = {
        report.name: await read_whole(connection, report, question)
        | await read_whole(connection, report, replace(question, visible=("b2b",)))
        for report in REPORTS
        if report.name not in WHOLE
    }
    await connection.close()
    # then they reach their facts by an index, but for those that are about all there is
    assert {name: tables for name, tables in found.items() if tables} == SUMMED


async def read_whole(connection: asyncpg.Connection, report, question: Filters) -> set[str]:
    forms = report.forms_of(is_now=True, stale=[])
    asked = statement(report.name, SALES.build(1).schema, forms)
    values = {"stale": [], "stale_months": [], "beside": []} | question.parameters() | report.options
    values |= {"is_cohort": report.is_cohort, "reach_days": report.reach_days}
    told = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {asked.text}", *asked.arguments(values))
    scans = {node["Relation Name"] for node in _nodes(json.loads(told)[0]["Plan"]) if _reads_all(node)}
    return scans - SETTINGS


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _reads_all(node: dict[str, Any]) -> bool:
    if node["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Heap Scan"):
        condition = node.get("Index Cond", "") + node.get("Recheck Cond", "")
        return _ANY.fullmatch(condition) is not None and node.get("Index Name") not in OPEN
    return bool(node["Node Type"] == "Seq Scan")
