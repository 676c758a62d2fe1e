"""What all reports share, over HTTP: filters, comparison, files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx2
import pytest
from analytics.main import SERVICE
from analytics.reports.catalogue import REPORTS
from analytics.reports.filters import FILTERS
from analytics.reports.period import EARLIEST, Period
from analytics.settings import Settings
from events.app import build
from events.problems import Invalid
from python_calamine import CalamineWorkbook

KEY = "vk_admin_" + "admin" * 8 + "abc"
MOSCOW = ZoneInfo("Europe/Moscow")
MARCH, FEBRUARY = "from=2026-03-01&to=2026-03-31", "2026-02-01/2026-02-28"


@pytest.fixture
async def api(sales, department) -> AsyncIterator[httpx2.AsyncClient]:
    await sales.apply(department("frame", 25))
    keys = [{"key": KEY, "name": "admin", "roles": ["admin"]}]
    app = build(SERVICE, Settings(database_url=sales.dsn, api_keys=json.dumps(keys), roles="api"))
    client = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://a", headers={"Authorization": f"Bearer {KEY}"}
    )
    async with app.running(), client:
        yield client


async def test_every_report_is_a_csv_and_a_workbook_with_the_same_numbers(api) -> None:
    for report in REPORTS:
        where = f"/reports/{report.name}?as_of=2026-05-20"
        rows = (await api.get(where)).json()["rows"]
        text = list(csv.reader(io.StringIO((await api.get(f"{where}&format=csv")).text)))
        book = (
            await api.get(
                where, headers={"Accept": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
            )
        ).content
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()

        assert len(text) == len(sheet) == len(rows) + 1, report.name
        assert text[0] == sheet[0]
        for line, cells in zip(text[1:], sheet[1:], strict=True):
            numbers = [(cell, line[n]) for n, cell in enumerate(cells) if isinstance(cell, int | float) and line[n]]
            assert all(float(cell) == pytest.approx(float(told)) for cell, told in numbers if told[0] in "-0123456789")


async def test_another_period_stands_beside_the_one_asked_for(api) -> None:
    for report in REPORTS:
        both = (
            await api.get(f"/reports/{report.name}?{MARCH}&compare_to=2026-04-01/2026-04-30&as_of=2026-05-20")
        ).json()
        april = (await api.get(f"/reports/{report.name}?from=2026-04-01&to=2026-04-30&as_of=2026-05-20")).json()
        march = (await api.get(f"/reports/{report.name}?{MARCH}&as_of=2026-05-20")).json()

        assert both["rows"] == march["rows"], report.name
        assert both["compared"] == {name: value for name, value in april.items() if name != "compared"}, report.name


async def test_dynamics_come_to_the_same_by_day_week_month_quarter_and_year(api) -> None:
    sums = set()
    for grain in ("day", "week", "month", "quarter", "year"):
        answer = await api.get("/reports/dynamics", params={"grain": grain, "as_of": "2026-05-20"})
        assert answer.status_code == 200, answer.text
        rows = answer.json()["rows"]
        sums.add(tuple(sum(row[name] for row in rows) for name in ("requests", "deals", "sales", "calls")))
    ((*each,),) = sums
    assert min(each) > 0


async def test_what_changed_between_two_dates_is_the_same_report_as_of_both(api) -> None:
    both = (await api.get("/reports/funnel?as_of=2026-05-20&compare_as_of=2026-03-10")).json()
    then = (await api.get("/reports/funnel?as_of=2026-03-10")).json()
    text = (await api.get("/reports/funnel?as_of=2026-05-20&compare_as_of=2026-03-10&format=csv")).text

    assert both["compared"]["rows"] == then["rows"] != both["rows"]
    assert len(list(csv.reader(io.StringIO(text)))) == 1 + len(both["rows"]) + len(then["rows"])


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("as_of=2999-01-01", "query:as_of"),
        ("known_at=soon", "query:known_at"),
        ("compare_to=lately", "query:compare_to"),
        ("compare_to=previous", "query:compare_to"),
        ("compare_to=2026-03-05/2026-03-01", "query:compare_to"),
    ],
)
async def test_what_cannot_be_meant_is_told_by_its_parameter(api, query, parameter) -> None:
    answer = await api.get(f"/reports/dynamics?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter


REFUSED = {
    "plans": {"pipeline", "channel", "campaign", "segment", "product"},
}
ALL_LEADS = {
    "funnel": {"entered", "to_next_percent", "of_leads_percent"},
    "channels": {"touches", "repeats", "leads", "qualified"},
    "paths": {"leads", "answered", "qualified", "hours_to_answer", "hours_to_qualified"},
    "managers": {"leads", "open_leads", "reaction_minutes", "unanswered_leads"},
    "dynamics": {"requests", "leads", "qualified"},
    "needs": {"customers", "share_percent"},
}
"""Numbers of requests and leads, which are of no pipeline and have no products yet."""


async def test_a_filter_selects_nothing_where_there_is_nothing_or_is_refused_never_ignored(api) -> None:
    assert (await api.get("/reports/funnel?chanel=web")).status_code == 422
    for report in REPORTS:
        refused = set()
        for name in FILTERS:
            answer = await api.get(f"/reports/{report.name}?{name}=nobody")
            if answer.status_code == 422:
                refused.add(name)
                assert answer.json()["errors"][0]["parameter"] == f"query:{name}"
                continue
            left = {key for row in answer.json()["rows"] for key, value in row.items() if counts(key, value)}
            allowed = ALL_LEADS.get(report.name, set()) if name in ("pipeline", "product") else set()
            assert left == allowed, f"{report.name}?{name}=nobody"
        assert refused == REFUSED.get(report.name, set()), report.name


def counts(field: str, value: object) -> bool:
    """Whether a value says that something was found; how long a stage should take and what a target is are settings."""
    is_number = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None and float(value) != 0
    is_thing = isinstance(value, int | float | dict) and not isinstance(value, bool) and bool(value)
    return field not in ("expected_hours", "plan", "time_percent", "period") and (is_number or is_thing)


async def test_filters_select_what_has_the_property(api) -> None:
    async def sales_of(**query) -> int:
        answer = await api.get("/reports/managers", params=query)
        return sum(row["sales"] for row in answer.json()["rows"])

    north, south = await sales_of(department="north"), await sales_of(department="south")
    assert north > 0
    assert south > 0
    assert north + south == await sales_of() == await sales_of(pipeline="default")
    assert await sales_of(manager="m-anna") == north
    assert 0 < await sales_of(product="p1") < north + south
    assert await sales_of(campaign="nobody's") == 0


@pytest.mark.parametrize(
    ("name", "values", "fields"),
    [
        ("channel", ("web", "tilda", "telegram", "google_ads"), ("requests", "leads", "qualified")),
        (
            "segment",
            ("gold", "silver", "bronze", "casual"),
            ("requests", "leads", "qualified", "deals", "sales", "lost", "calls"),
        ),
        ("pipeline", ("default",), ("deals", "sales", "lost")),
    ],
)
async def test_what_the_values_of_a_filter_select_is_together_what_no_filter_selects(api, name, values, fields) -> None:
    async def counted(**query) -> Counter:
        rows = (await api.get("/reports/dynamics", params={"grain": "year", **query})).json()["rows"]
        return Counter({field: sum(row[field] for row in rows) for field in fields})

    parts = [await counted(**{name: value}) for value in values]
    assert all(part.total() > 0 for part in parts)
    assert sum(parts, Counter()) == await counted()


def test_a_period_is_compared_with_one_of_its_own_length_or_a_year_before() -> None:
    march = Period.of("2026-03-01", "2026-03-31", MOSCOW)
    leap = Period.of("2024-02-29", "2024-02-29", MOSCOW)

    assert march.compared("previous", MOSCOW) == Period.of("2026-01-29", "2026-02-28", MOSCOW)
    assert march.compared("year", MOSCOW) == Period.of("2025-03-01", "2025-03-31", MOSCOW)
    assert march.compared(FEBRUARY, MOSCOW) == Period.of("2026-02-01", "2026-02-28", MOSCOW)
    assert Period.of("1971-01-01", "9998-01-01", MOSCOW).compared("previous", MOSCOW).start == EARLIEST
    assert leap.compared("year", MOSCOW).start == datetime(2023, 2, 27, 21, tzinfo=UTC)
    with pytest.raises(Invalid):
        Period().compared("year", MOSCOW)
