"""Types of the API take what they promise and nothing else."""

from datetime import UTC, date, datetime

import pytest
from events.inputs import Day, Input, Moment, Whole
from pydantic import TypeAdapter, ValidationError

DAY: TypeAdapter[date] = TypeAdapter(Day)
WHOLE: TypeAdapter[int] = TypeAdapter(Whole)
MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


@pytest.mark.parametrize("text", ["2026-03-31", date(2026, 3, 31)])
def test_a_day_is_an_iso_date(text: object) -> None:
    assert DAY.validate_python(text) == date(2026, 3, 31)


@pytest.mark.parametrize("text", ["2026-03-31T09:30:00+03:00", "2026-03-31T06:30:00Z", "2026-03-31 06:30:00.000Z"])
def test_a_moment_is_an_iso_time_with_its_offset(text: str) -> None:
    assert MOMENT.validate_python(text) == datetime(2026, 3, 31, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [0, 1_800_000_000, 1.5, "0", "1800000000", True, None, "", "31.03.2026", "2026-13-01"]
)
def test_numbers_and_guesses_are_refused(value: object) -> None:
    for adapter in (DAY, MOMENT):
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python("2026-03-31T09:30:00")


def test_the_description_says_what_they_are() -> None:
    assert DAY.json_schema() == {"type": "string", "format": "date"}
    assert MOMENT.json_schema() == {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(("value", "number"), [(0, 0), (199, 199), (199.0, 199), (-(2**70), -(2**70))])
def test_a_whole_number_is_what_json_schema_calls_an_integer(value: object, number: int) -> None:
    assert WHOLE.validate_python(value) == number


@pytest.mark.parametrize("value", [True, False, "5", 1.5, None, float("nan"), float("inf"), []])
def test_what_is_not_a_whole_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        WHOLE.validate_python(value)


def test_a_misspelt_field_is_told() -> None:
    class Wanted(Input):
        name: str

    with pytest.raises(ValidationError):
        Wanted.model_validate({"name": "x", "nmae": "y"})
