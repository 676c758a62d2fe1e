"""Importing rows: mappings, rejected rows, running again."""

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from events.store import Cause
from events.webhooks import Unreadable
from leads.imports.mapping import Mapping
from leads_system import Running
from pydantic import ValidationError

Run = Any
NOW = datetime(2026, 3, 2, tzinfo=UTC)
LEADS = Path(__file__).parents[2]
X_EDUCATION = Mapping.model_validate(yaml.safe_load((LEADS / "mappings/x_education.yaml").read_text()))
REAL_FILE = LEADS.parents[1].parent / "shared/data/x_education_leads.csv"

CONTACTS = {
    "row_id": "ID",
    "columns": {
        "name": ["First", "Last"],
        "phone": "Phone",
        "email": "Mail",
        "channel": "Source",
        "utm.campaign": "Campaign",
    },
    "occurred_at": {"column": "Created", "format": "%d.%m.%Y %H:%M", "timezone": "Europe/Moscow"},
    "constants": {"direction": "retail"},
    "placeholders": ["Select"],
}
ROW = {
    "ID": "17",
    "First": "Анна",
    "Last": "Петрова",
    "Phone": "8 912 345-67-89",
    "Mail": "select",
    "Source": " Google ",
    "Campaign": "spring",
    "Created": "05.03.2025 12:30",
    "City": "Perm",
    "Note": "Select",
}


def _capture(row: dict[str, str | None], **changes: Any) -> Any:
    mapping = Mapping.model_validate({**CONTACTS, **changes})
    return mapping.capture("old", row, NOW, Cause("test", UUID(int=1)))


def test_columns_become_fields_and_the_rest_becomes_details() -> None:
    captured = _capture(ROW)
    inquiry = captured.inquiry
    assert (inquiry.name, inquiry.phones, inquiry.emails) == ("Анна Петрова", ("8 912 345-67-89",), ())
    assert inquiry.occurred_at == datetime(2025, 3, 5, 9, 30, tzinfo=UTC)
    assert (captured.channel, captured.direction, inquiry.utm) == ("google", "retail", {"campaign": "spring"})
    assert inquiry.details == {"City": "Perm"}
    assert (captured.intake, captured.source, captured.provider_identity) == ("import", "old", None)


def test_a_row_without_a_contact_is_recognised_by_its_id() -> None:
    assert _capture({"ID": "17"}).provider_identity == "import\x1fold\x1f17"


def test_a_row_without_a_channel_came_from_the_unknown() -> None:
    assert _capture({**ROW, "Source": "Select"}).channel == "unknown"


@pytest.mark.parametrize(("column", "value"), [("ID", ""), ("Created", "yesterday")])
def test_a_row_that_cannot_be_understood_names_the_column(column: str, value: str) -> None:
    with pytest.raises(Unreadable, match=f"column {column}"):
        _capture({**ROW, column: value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": {"shoe_size": "Shoes"}},
        {"constants": {"name": "Anna"}},
        {"occurred_at": {"column": "Created", "timezone": "Mars/Olympus"}},
        {"row_id": None},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Mapping.model_validate({**CONTACTS, **wrong})


async def _import(leads: Running, rows: list[dict[str, str]], mapping: Any = CONTACTS) -> list[dict[str, Any]]:
    body = {"import_name": "old", "mapping": mapping, "rows": rows}
    answer = await leads.call("POST", "/imports/rows", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_every_row_has_an_outcome_and_running_again_adds_nothing(run: Run) -> None:
    rows = [ROW, {**ROW, "ID": "18"}, {**ROW, "ID": "19", "Created": "?"}, {**ROW, "ID": ""}, {**ROW, "Phone": "x"}]
    rows[4]["ID"] = "20"
    async with run() as leads:
        first = await _import(leads, rows)
        assert [row["outcome"] for row in first] == ["captured", "touched", "rejected", "rejected", "rejected"]
        assert [row["row_id"] for row in first] == ["17", "18", "19", None, "20"]
        events = await leads.pool.fetchval("SELECT count(*) FROM events")
        second = await _import(leads, rows)
        assert [row["outcome"] for row in second] == ["duplicate", "duplicate", "rejected", "rejected", "rejected"]
        assert await leads.pool.fetchval("SELECT count(*) FROM events") == events
        kept = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        assert sorted(item["reason"] for item in kept) == sorted(row["reason"] for row in first[2:])


async def test_a_kept_row_is_corrected_and_replayed_with_its_mapping(run: Run) -> None:
    async with run() as leads:
        await _import(leads, [{**ROW, "Created": "?"}])
        (item,) = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        path = f"/quarantined-requests/{item['id']}"
        body = (await leads.call("GET", path)).json()["original_body"]["text"]
        await leads.call("PUT", f"{path}/body", json={"text": body.replace('"?"', '"05.03.2025 12:30"')})
        assert (await leads.call("POST", f"{path}/replay")).json()["state"] == "done"
        assert (await _import(leads, [ROW]))[0]["outcome"] == "duplicate"


async def test_leads_of_an_education_company_are_imported_by_their_mapping(run: Run) -> None:
    with (Path(__file__).parent / "x_education_sample.csv").open(newline="") as file:
        await _prove_channels(run, list(csv.DictReader(file)))


@pytest.mark.slow
async def test_the_whole_real_file_gives_the_channels_that_a_count_of_the_file_gives(run: Run) -> None:
    if not REAL_FILE.exists():
        pytest.skip(f"the real file is not here: {REAL_FILE.name} is looked for in shared/data beside the repository")
    with REAL_FILE.open(newline="", encoding="utf-8-sig") as file:
        await _prove_channels(run, list(csv.DictReader(file)))


async def _prove_channels(run: Run, rows: list[dict[str, str]]) -> None:
    expected = Counter(row["Lead Source"].strip().lower() or "unknown" for row in rows)
    async with run() as leads:
        for start in range(0, len(rows), 1_000):
            answers = await _import(leads, rows[start : start + 1_000], X_EDUCATION.model_dump(mode="json"))
            assert {row["outcome"] for row in answers} == {"captured"}
        found = await leads.pool.fetch("SELECT channel, count(*) AS n FROM leads GROUP BY 1")
        assert {row["channel"]: row["n"] for row in found} == expected
        again = await _import(leads, rows[:1_000], X_EDUCATION.model_dump(mode="json"))
        assert {row["outcome"] for row in again} == {"duplicate"}
