"""Rows of a price list as they are sent to the catalogue."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner
from voronka.importing_prices import Entry, PriceList, _entries
from voronka.main import app

RETAIL = PriceList("retail", None, "RUB", True, date(2026, 3, 1))
RUSSIAN = {
    "columns": {"code": "Артикул", "title": "Наименование", "price": "Цена", "tax_rate": "НДС", "unit": "Ед."},
    "constants": {"kind": "service"},
}


def read(mapping: dict[str, Any], *rows: dict[str, str | None]) -> tuple[list[Entry], list[str]]:
    refused: list[Any] = []
    entries = list(_entries(list(enumerate(rows, 2)), mapping, RETAIL, refused))
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


def test_a_product_whose_cost_is_not_told_keeps_the_one_it_has() -> None:
    costs = {"code": "A", "title": "A", "cost": "7,20 руб."}, {"code": "B", "title": "B", "cost": ""}
    (told, silent), refused = read({}, *costs)
    assert told.product["cost"] == {"amount": "7.20", "currency": "RUB"}
    assert ("cost" in silent.product, refused) == (False, [])


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


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/price-lists", method="GET").respond_with_json([{"code": "retail", "title": "Retail"}])
    catalogue = {"products": [{"code": "A"}], "next": None}
    httpserver.expect_request("/products", method="GET").respond_with_json(catalogue)
    file = tmp_path / "prices.csv"
    file.write_text("code,title,price\nA,Apple,10\nB,Bread,\n,Nobody,1\n")
    asked = ["import", "prices", str(file), "--list", "retail", "--dry-run", "--json", "--key", "k"]
    done = CliRunner().invoke(app, [*asked, "--url", httpserver.url_for("").rstrip("/")])
    assert (done.exit_code, json.loads(done.stdout)) == (
        3,
        {
            "dry_run": True,
            "list": "there",
            "products": {"new": 1, "known": 1},
            "prices": 1,
            "rejected": 1,
            "reasons": {"code is empty": 1},
        },
    )
    assert {request.method for request, _ in httpserver.log} == {"GET"}
