"""Rows of a price list as they are sent to the catalogue."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from voronka.importing_prices import Entry, _entries

DAY = date(2026, 3, 1)
RUSSIAN = {
    "columns": {"code": "Артикул", "title": "Наименование", "price": "Цена", "tax_rate": "НДС", "unit": "Ед."},
    "constants": {"kind": "service"},
}


def read(mapping: dict[str, Any], *rows: dict[str, str | None]) -> tuple[list[Entry], list[str]]:
    refused: list[Any] = []
    entries = list(_entries(list(enumerate(rows, 2)), mapping, DAY, refused))
    return entries, [reason for _, _, reason in refused]


def test_columns_are_called_as_in_the_mapping_and_numbers_written_as_people_do() -> None:
    row = {"Артикул": "SITE-1", "Наименование": " Сайт ", "Цена": "45\u00a0000,50 ₽", "НДС": "20 %", "Ед.": "шт"}
    (entry,), refused = read(RUSSIAN, row)
    assert entry.product == {
        "code": "SITE-1", "title": "Сайт", "unit": "шт", "external_id": None, "kind": "service", "tax_rate": "20",
    }  # fmt: skip
    assert (entry.price, refused) == ({"product": "SITE-1", "valid_from": "2026-03-01", "price": "45000.50"}, [])


def test_without_a_mapping_columns_are_called_as_the_fields_and_a_row_may_have_a_day_of_its_own() -> None:
    row = {"code": "A", "title": "A", "price": "10", "valid_from": "2026-05-01"}
    (entry, bare), refused = read({}, row, {"code": "B", "title": "B", "price": ""})
    assert entry.price == {"product": "A", "valid_from": "2026-05-01", "price": "10"}
    assert (bare.product["kind"], bare.price, refused) == ("goods", None, [])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"code": "", "title": "A"}, "code is empty"),
        ({"code": "A", "title": None}, "title is empty"),
        ({"code": "A", "title": "A", "price": "by agreement"}, "price is not a number"),
        ({"code": "A", "title": "A", "price": "-1"}, "price is not a number"),
        ({"code": "A", "title": "A", "price": "1", "valid_from": "soon"}, "valid_from is no day such as 2026-03-01"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_reason(row: dict[str, str | None], reason: str) -> None:
    assert read({}, row) == ([], [reason])
