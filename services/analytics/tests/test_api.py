"""The service as it is built, over HTTP."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from analytics.main import SERVICE
from analytics.settings import Settings
from events.app import build

KEYS = {
    "admin": {"roles": ["admin"]},
    "head": {"roles": ["head"], "directions": ["b2b"]},
    "manager": {"roles": ["manager"]},
}


def key(name: str) -> str:
    return f"vk_{name}_" + (name * 12)[:43]


def settings(dsn: str, **more) -> Settings:
    keys = [{"key": key(name), "name": name, **holder} for name, holder in KEYS.items()]
    return Settings(database_url=dsn, api_keys=json.dumps(keys), **{"roles": "api", **more})


@asynccontextmanager
async def running(configured: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    app = build(SERVICE, configured)
    async with (
        app.running(),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://analytics") as client,
    ):
        yield client


def of(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key(name)}"}


@pytest.fixture
async def api(sales, history) -> AsyncIterator[httpx2.AsyncClient]:
    await sales.apply(history("api", 40).log.records)
    async with running(settings(sales.dsn)) as client:
        yield client


async def test_reports_need_a_key_and_its_permission(api) -> None:
    assert (await api.get("/reports/funnel")).status_code == 401
    assert (await api.get("/counts", headers=of("manager"))).status_code == 403
    assert (await api.get("/reports/funnel", headers=of("manager"))).status_code == 200


async def test_the_funnel_as_json_and_as_csv_tells_the_same(api) -> None:
    answer = (await api.get("/reports/funnel", headers=of("admin"))).json()
    text = await api.get("/reports/funnel?format=csv", headers=of("admin"))
    accepted = await api.get("/reports/funnel", headers=of("admin") | {"Accept": "text/csv"})

    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    assert accepted.text == text.text
    assert [(row["step"], row["stage"], int(row["entered"])) for row in rows] == [
        (step["step"], step["stage"] or "", step["entered"]) for step in answer["rows"]
    ]
    assert answer["rows"][1]["entered"] > 20


async def test_csv_takes_rows_out_and_needs_the_permission_for_that(api) -> None:
    assert (await api.get("/reports/channels?format=csv", headers=of("manager"))).status_code == 403
    text = (await api.get("/reports/channels?format=csv", headers=of("admin"))).text
    assert next(csv.reader(io.StringIO(text)))[8:10] == ["revenue_RUB", "revenue_USD"]


async def test_a_cell_that_a_spreadsheet_would_run_is_defused(sales, history) -> None:
    made = history(1, 3)
    made.touch = lambda **more: type(made).touch(made, **more).model_copy(
        update={"channel": "=HYPERLINK(\"http://x\")", "is_test": False}
    )  # fmt: skip
    made.lead()
    await sales.apply(made.log.records)
    async with running(settings(sales.dsn)) as client:
        text = (await client.get("/reports/channels?format=csv", headers=of("admin"))).text

    assert "'=HYPERLINK" in text
    assert not any(cell.startswith(("=", "+", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)


async def test_a_principal_sees_its_own_lines_of_business_and_those_without_one(api) -> None:
    async def leads(name: str, **query) -> int:
        report = (await api.get("/reports/funnel", headers=of(name), params=query)).json()
        return report["rows"][1]["entered"]

    everything = await leads("admin")
    b2b, retail = await leads("admin", direction="b2b"), await leads("admin", direction="retail")
    assert min(b2b, retail) > 0
    assert await leads("head") == everything - retail
    assert await leads("head", direction="retail") == 0


async def test_counts_are_events_counted(sales, history) -> None:
    log = history("counts", 30).log
    await sales.apply(log.records)
    await sales.pool.execute(
        "INSERT INTO quarantine (consumer, source, shard, position, headers, reason, error)"
        " VALUES ('sales.v2.b1', 'voronka.leads.v1', 3, 7, '{}', 'ValueError', 'x')"
    )
    async with running(settings(sales.dsn)) as client:
        counts = (await client.get("/counts", headers=of("admin"))).json()

    def events(*types: str) -> int:
        return sum(record.type.removesuffix(".v1") in types for record in log.records)

    assert counts["leads"] == events("lead.captured")
    assert counts["touches"] == events("lead.captured", "lead.touched")
    assert counts["repeats"] == events("lead.touched")
    assert counts["deals"] == events("deal.opened")
    assert counts["payments"] == events("payment.received")
    assert counts["tasks"] == events("task.created")
    assert counts["completed_tasks"] == len({r.stream_id for r in log.records if r.type == "task.completed.v1"})
    assert counts["messages"] == events("message.requested")
    assert counts["sent_messages"] == events("message.sent")
    assert counts["failed_messages"] == events("message.failed")
    assert counts["customers"] == events("customer.registered")
    assert counts["erased_customers"] == events("customer.erased")
    assert counts["quarantined"] == {"sales.v2.b1": 1}
    assert 0 < counts["test_leads"] < counts["leads"]


async def test_lag_is_measured_from_the_recording_to_the_row(sales, api) -> None:
    async def lag() -> dict:
        return (await api.get("/lag?last=5", headers=of("admin"))).json()

    assert await lag() == {"leads": 0, "p50_ms": None, "p99_ms": None, "max_ms": None}
    await sales.pool.execute(
        f"UPDATE \"{sales.build.schema}\".leads SET recorded_at = now(), loaded_at = now() + interval '20 ms'"
    )
    assert await lag() == {"leads": 5, "p50_ms": 20, "p99_ms": 20, "max_ms": 20}


async def test_a_period_that_cannot_be_read_is_a_problem_document(api) -> None:
    answer = await api.get("/reports/channels?from=soon", headers=of("admin"))

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["parameter"] == "query:from"


async def test_what_cannot_be_stored_is_refused_and_what_nobody_has_is_empty(api) -> None:
    refused = await api.get("/reports/funnel", params={"channel": "\0"}, headers=of("admin"))
    unknown = await api.get("/reports/funnel", params={"channel": "' OR 1=1 --"}, headers=of("admin"))

    assert refused.status_code in (400, 422)
    assert [step["entered"] for step in unknown.json()["rows"]] == [0, 0, 0, 0]


async def test_every_number_of_a_report_is_documented(api) -> None:
    schemas = (await api.get("/openapi.json")).json()["components"]["schemas"]

    for name in ("FunnelStep", "ChannelRow", "Counts", "Lag", "SourceState"):
        for column, described in schemas[name]["properties"].items():
            assert described.get("description"), f"{name}.{column}"
