"""Every report: the past does not change, corrections are told, and no line of business leaks into another."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from datetime import timedelta
from io import BytesIO

import httpx2
import pytest
from analytics.main import SERVICE
from analytics.reports.catalogue import BY_NAME, REPORTS
from analytics.settings import Settings
from events.app import build
from events.contracts.leads import CustomerErased, CustomerRegistered
from events.envelope import Received
from events.sealed import Sealed
from python_calamine import CalamineWorkbook

KEY = "vk_head_" + "head" * 10 + "abc"
SECRET = Sealed("s1." + "Iv4n0v" * 8)
FORMATS = ("json", "csv", "xlsx")
PRYING = {"direction": "retail", "compare_to": "2026-03-01/2026-04-30"}
SETTINGS = ("manager.set-up.v1", "pipeline.saved.v1", "target.set.v1")
READS = {
    "mailings": {
        "message.requested.v1", "message.sent.v1", "message.failed.v1", "message.unconfirmed.v1",
        "message.opened.v1", "message.clicked.v1", "message.unsubscribed.v1", "customer.registered.v1",
        "customer.merged.v1",
    },
    "marketing-events": {
        "marketing_event.planned.v1", "marketing_event.held.v1", "marketing_event.cost-recorded.v1",
        "marketing_event.result-recorded.v1", "participant.moved.v1", "customer.merged.v1",
    },
}  # fmt: skip


def rows_of(answer) -> list:
    return [row.model_dump() for row in answer.rows]


@pytest.mark.parametrize("seed", ["one", "two"])
async def test_what_a_report_said_at_a_moment_it_says_of_that_moment_for_ever(sales, department, asked, seed) -> None:
    records = department(seed, 25)
    times = [record.recorded().recorded_at for record in records]
    moments = [times[len(times) * part // 4] for part in (1, 2, 3)]
    told = {}
    for moment in moments:
        await sales.apply([record for record, at in zip(records, times, strict=True) if at <= moment])
        for report in REPORTS:
            answer = await report.read(sales.pool, sales.build, asked(as_of=moment))
            assert answer.corrections == 0
            told[report.name, moment] = rows_of(answer)
    await sales.apply(records)

    for (name, moment), rows in told.items():
        report = next(report for report in REPORTS if report.name == name)
        again = await report.read(sales.pool, sales.build, asked(as_of=moment, known_at=moment))
        assert rows_of(again) == rows, f"{name} as of {moment}"
        assert again.corrections == 0
        corrected = await report.read(sales.pool, sales.build, asked(as_of=moment))
        assert corrected.corrections > 0 or rows_of(corrected) == rows, f"{name} changed without a word"
    assert all(any(rows for (one, _), rows in told.items() if one == report.name) for report in REPORTS)


async def test_what_happens_later_changes_nothing_and_what_comes_in_late_is_counted(sales, department, asked) -> None:
    records = department("late", 12)
    plain = [record.recorded() for record in records]
    moment = sorted(one.occurred_at for one in plain)[len(plain) // 2]
    await sales.apply(records)
    before = {one.name: await one.read(sales.pool, sales.build, asked(as_of=moment)) for one in REPORTS}
    for name, types in READS.items():
        late = [one for one in plain if one.occurred_at <= moment < one.recorded_at and one.type in types]
        assert before[name].corrections == len(late), name
    await sales.apply([later(record, moment + timedelta(days=900)) for record in department("other", 8)])

    for one in REPORTS:
        assert await one.read(sales.pool, sales.build, asked(as_of=moment)) == before[one.name], one.name


async def test_who_was_erased_later_was_a_customer_then(sales, history, asked) -> None:
    made = history("erased", 0)
    customer = made.id()
    made.append(customer, CustomerRegistered(customer_id=customer, name=SECRET))
    moment = made.now
    made.append(customer, CustomerErased(customer_id=customer))
    await sales.apply(made.log.records)

    async def customers(**question) -> int:
        answer = await BY_NAME["customers"].read(sales.pool, sales.build, asked(**question))
        return sum(row.customers for row in answer.rows)

    assert [await customers(as_of=moment - timedelta(seconds=1)), await customers()] == [1, 0]


def later(record: Received, at) -> Received:
    moved = copy(record)
    stamp = at.isoformat().encode()
    moved.attributes = {**record.attributes, "ce_time": stamp, "ce_recordedtime": stamp}
    return moved


@asynccontextmanager
async def head_of_b2b(sales) -> AsyncIterator[httpx2.AsyncClient]:
    keys = [{"key": KEY, "name": "head", "roles": ["head"], "directions": ["b2b"]}]
    app = build(SERVICE, Settings(database_url=sales.dsn, api_keys=json.dumps(keys), roles="api"))
    headers = {"Authorization": f"Bearer {KEY}"}
    transport = httpx2.ASGITransport(app)
    async with (
        app.running(),
        httpx2.AsyncClient(transport=transport, base_url="http://analytics", headers=headers) as client,
    ):
        yield client


async def exported(client, name: str, kind: str) -> object:
    prying = PRYING if kind == "prying" else {"format": kind}
    answer = await client.get(f"/reports/{name}", params={"as_of": "2026-05-20", **prying})
    assert answer.status_code == 200, answer.text
    if kind == "xlsx":
        return CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    return answer.text if kind == "csv" else answer.json()


async def test_nobody_sees_anything_of_a_line_of_business_that_is_not_his(sales, department, asked) -> None:
    ours = department("ours", 15)
    theirs = [directed(record, "retail") for record in department("theirs", 15) if record.type not in SETTINGS]
    await sales.apply(ours)
    async with head_of_b2b(sales) as client:
        kinds = (*FORMATS, "prying")
        before = {(one.name, kind): await exported(client, one.name, kind) for one in REPORTS for kind in kinds}
        everything = {one.name: await one.read(sales.pool, sales.build, asked()) for one in REPORTS}
        await sales.apply(theirs)
        for (name, kind), answer in before.items():
            assert await exported(client, name, kind) == answer, f"{name} as {kind}"
    for one in REPORTS:
        seen_by_all = await one.read(sales.pool, sales.build, asked())
        assert rows_of(seen_by_all) != rows_of(everything[one.name]), f"{one.name} tells nothing of them to anybody"


def directed(record: Received, direction: str) -> Received:
    """The event in another line of business, where it has one."""
    event = record.recorded().event
    moved = copy(record)
    if "direction" in type(event).model_fields:
        moved.body = event.model_copy(update={"direction": direction}).to_json()
    return moved
