"""Mappings: how the columns of a row become a request."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from events.store import Cause
from events.webhooks import Unreadable
from leads.imports.mapping import Mapping
from pydantic import ValidationError

NOW = datetime(2026, 3, 2, tzinfo=UTC)

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


@pytest.mark.parametrize(
    "state",
    [
        {"becomes": "disqualified"},
        {"becomes": "new", "reason": "spam"},
        {"becomes": "new", "temperature": "hot"},
        {"becomes": "gone"},
    ],
)
def test_a_state_that_cannot_be_is_refused(state: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Mapping.model_validate({**CONTACTS, "state": {"column": "Status", "values": {"x": state}}})


def test_what_became_of_a_lead_is_not_before_the_request_and_is_no_detail() -> None:
    at = {"column": "Closed", "format": "%d.%m.%Y"}
    state = {"column": "Status", "at": at, "values": {"Sold": {"becomes": "qualified"}, "Open": {"becomes": "new"}}}
    mapping = Mapping.model_validate({**CONTACTS, "state": state})
    asked_at = datetime(2025, 3, 5, 9, 30, tzinfo=UTC)
    told = mapping.became({**ROW, "Status": "SOLD", "Closed": "01.01.2025"}, asked_at)
    assert told is not None
    assert told.at == asked_at
    assert mapping.became({**ROW, "Status": "Open"}, asked_at) is None
    assert mapping.became({**ROW, "Status": "Select"}, asked_at) is None
    row = {**ROW, "Status": "Sold"}
    assert mapping.capture("old", row, NOW, Cause("test", UUID(int=1))).inquiry.details == {"City": "Perm"}


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
