"""A price list from a file, as a seller's accountant exports it, into the catalogue of the running system."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from embedded.system import System
from voronka.client import Api
from voronka.importing_prices import PriceList, import_prices

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MAPPING: dict[str, Any] = {
    "columns": {"code": "Артикул", "title": "Наименование", "price": "Цена", "tax_rate": "НДС"},
    "constants": {"kind": "service"},
}
LIST = PriceList("prices-e2e", None, "RUB", True, date(2026, 1, 1))
HEADER = "Артикул;Наименование;Цена;НДС\n"


async def test_prices_of_a_file_hold_from_their_day_and_the_file_again_adds_nothing(
    system: System, tmp_path: Path
) -> None:
    url, key, file = system.url("deals"), system.secrets.admin_key, tmp_path / "prices.csv"
    file.write_text(HEADER + "E2E-1;Сайт;120 000,00;20 %\nE2E-2;Хостинг;9999,99;\nE2E-3;;1;\n", "cp1251")
    rejected = tmp_path / "rejected.csv"

    first = await import_prices(file, MAPPING, LIST, url, key, rejected)
    again = await import_prices(file, MAPPING, LIST, url, key)
    file.write_text(HEADER + "E2E-1;Сайт;130 000,00;20 %\n", "cp1251")
    later = await import_prices(
        file, MAPPING, PriceList("prices-e2e", "Розница", "RUB", True, date(2026, 7, 1)), url, key
    )

    assert (first["products"]["registered"], first["prices"]["set"], first["rejected"]) == (2, 2, 1)
    assert "title is empty" in rejected.read_text("utf-8-sig")
    assert (again["products"]["unchanged"], again["prices"]) == (2, {"set": 0, "unchanged": 2})
    assert (later["products"]["unchanged"], later["prices"]["set"]) == (1, 1)
    async with Api(url, key) as deals:
        (found,) = [one for one in await deals.get("/price-lists") if one["code"] == "prices-e2e"]
        spring = await deals.get(f"/price-lists/{found['price_list_id']}/prices", as_of="2026-06-30")
        autumn = await deals.get(f"/price-lists/{found['price_list_id']}/prices", as_of="2026-07-01")
    assert found["title"] == "Розница"
    assert [(one["code"], one["price"]) for one in spring["prices"]] == [("E2E-1", "120000.00"), ("E2E-2", "9999.99")]
    assert [(one["code"], one["price"]) for one in autumn["prices"]] == [("E2E-1", "130000.00"), ("E2E-2", "9999.99")]
