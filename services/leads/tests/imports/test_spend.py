"""What advertising costs: said again it replaces, and the log has every correction."""

import csv
import io
from decimal import Decimal
from typing import Any

import orjson
import pytest
from leads.imports.spend import SpendMapping

from .conftest import imported, outcomes

Run = Any
SPEND = {"day": "2026-03-01", "channel": "Yandex", "campaign": "spring", "amount": "1250.50", "currency": "RUB"}
MAPPING = {
    "columns": {"day": "Дата", "channel": "Площадка", "amount": "Расход", "clicks": "Клики"},
    "constants": {"currency": "RUB"},
    "day_format": "%d.%m.%Y",
    "decimal": ",",
}
ROW = {"Дата": "01.03.2026", "Площадка": "Яндекс", "Расход": "1 250,50", "Клики": "312"}


def test_a_row_is_read_in_the_format_of_the_mapping() -> None:
    spend = SpendMapping.model_validate(MAPPING).read(ROW)
    assert (spend.day.isoformat(), spend.where, spend.amount, spend.clicks) == (
        "2026-03-01", "яндекс", Decimal("1250.50"), 312,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [{"Дата": "2026-03-01"}, {"Расход": "free"}, {"Расход": "-5"}, {"Площадка": ""}, {"Клики": "1,5"}]
)
def test_a_row_with_a_fault_is_refused_without_repeating_its_values(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError) as refused:
        SpendMapping.model_validate(MAPPING).read({**ROW, **wrong})
    assert all(value not in str(refused.value) for value in wrong.values() if value)


async def _told(leads: Any) -> list[Any]:
    rows = await leads.pool.fetch("SELECT data FROM events WHERE type = 'spend.recorded.v1' ORDER BY version")
    return [orjson.loads(row["data"])["amount"] for row in rows]


async def test_a_sum_said_again_adds_nothing_and_a_corrected_one_replaces_it(run: Run) -> None:
    async with run() as leads:
        for amount, recorded in (("1250.50", 1), ("1250.5", 0), ("1300", 1)):
            answer = await leads.call("POST", "/ad-spend", "marketer", json={"spend": [{**SPEND, "amount": amount}]})
            assert (answer.status_code, answer.json()) == (200, {"recorded": recorded})
        page = (await leads.call("GET", "/ad-spend?channel=yandex", "marketer")).json()
        assert [(sum_["day"], sum_["channel"], sum_["amount"]) for sum_ in page["spend"]] == [
            ("2026-03-01", "yandex", "1300")
        ]
        assert await _told(leads) == ["1250.50", "1300"]


async def test_spend_is_listed_in_pages_by_day_and_line_of_business(run: Run) -> None:
    days = [
        {**SPEND, "day": f"2026-03-{day:02}", "direction": "retail" if day % 2 else "wholesale"} for day in range(1, 8)
    ]
    async with run(head_directions=["retail"]) as leads:
        await leads.call("POST", "/ad-spend", json={"spend": days})
        first = (await leads.call("GET", "/ad-spend?limit=3&since=2026-03-02", "head")).json()
        assert [sum_["day"][-2:] for sum_ in first["spend"]] == ["07", "05", "03"]
        assert first["next"] is None
        page = (await leads.call("GET", "/ad-spend?limit=3", "head")).json()
        rest = (await leads.call("GET", f"/ad-spend?limit=3&cursor={page['next']}", "head")).json()
        assert [sum_["day"][-2:] for sum_ in rest["spend"]] == ["01"]
        assert (await leads.call("POST", "/ad-spend", "head", json={"spend": days})).status_code == 403


async def test_spend_is_imported_from_a_file_and_foreseen(run: Run) -> None:
    rows = [ROW, {**ROW, "Площадка": "Google"}, {**ROW, "Расход": "?"}]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(ROW), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    content = out.getvalue().encode("cp1251")
    async with run() as leads:
        seen = await imported(leads, content, kind="ad-spend", mapping=MAPPING, dry_run="true")
        done = await imported(leads, content, kind="ad-spend", mapping=MAPPING)
        again = await imported(leads, content + b"\n", kind="ad-spend", mapping=MAPPING)
        assert outcomes(seen) == outcomes(done) == (2, 0, 0, 1)
        assert outcomes(again) == (0, 0, 2, 1)
        answer = await leads.call("GET", f"/imports/{done['import_id']}/rejected.csv", "head")
        (rejected,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
        assert (rejected["Площадка"], rejected["Расход"], rejected["_line"]) == ("Яндекс", "?", "4")
