"""Lines of a deal by HTTP: prices of the catalogue, and the value they make."""

from __future__ import annotations

from typing import Any

import pytest
from deals_system import System

PRODUCTS = [
    {"code": "SITE", "title": "Сайт под ключ", "kind": "service", "unit": "шт", "tax_rate": "20"},
    {"code": "HOST", "title": "Хостинг, год", "kind": "service", "unit": "год", "tax_rate": "20"},
    {"code": "OLD", "title": "Лендинг", "kind": "service", "archived": True},
]
PRICES = [
    {"product": "SITE", "valid_from": "2026-01-01", "price": "45000"},
    {"product": "SITE", "valid_from": "2026-07-01", "price": "50000"},
    {"product": "OLD", "valid_from": "2026-01-01", "price": "1000"},
]


@pytest.fixture
async def path(system: System) -> str:
    head = system.callers["head"]
    await head.post("/products/bulk", PRODUCTS)
    listed = {"code": "retail", "title": "Розница", "currency": "RUB", "tax_included": True}
    list_id = (await head.post("/price-lists", listed)).json()["price_list_id"]
    await head.post(f"/price-lists/{list_id}/prices", PRICES)
    deal = await system.opened()
    return f"/deals/{deal['deal_id']}"


async def test_prices_come_from_the_list_as_of_a_day_and_given_ones_are_kept(system: System, path: str) -> None:
    asked: dict[str, Any] = {
        "price_list": "retail",
        "priced_on": "2026-06-30",
        "lines": [
            {"product": "SITE", "quantity": "2"},
            {"product": "HOST", "quantity": 1, "price": "3000", "tax_rate": None, "title": "Хостинг в подарок"},
        ],
        "discount": {"percent": "10"},
    }
    answer = await system.manager.put(f"{path}/lines", asked, if_match='"1"')
    assert answer.status_code == 200, answer.text
    told = answer.json()
    site, host = told["lines"]
    assert (site["title"], site["unit"], site["price"], site["gross"], site["tax"]) == (
        "Сайт под ключ", "шт", "45000.00", "81000.00", "13500.00",
    )  # fmt: skip
    assert (host["title"], host["unit"], host["tax_rate"], host["gross"]) == (
        "Хостинг в подарок", "год", None, "2700.00",
    )  # fmt: skip
    assert (told["totals"]["gross"], told["version"], answer.headers["etag"]) == ("83700.00", 3, '"3"')
    assert (await system.manager.get(path)).json()["value"] == {"amount": "83700.00", "currency": "RUB"}
    assert (await system.manager.get(f"{path}/lines")).json() == told
    later = await system.manager.put(f"{path}/lines", {**asked, "priced_on": "2026-07-01"})
    assert later.json()["lines"][0]["price"] == "50000.00"


async def test_a_line_takes_over_what_its_product_costs_the_firm_in_the_currency_of_the_deal(
    system: System, path: str
) -> None:
    costs = {"SITE": {"amount": "31000", "currency": "RUB"}, "HOST": {"amount": "20", "currency": "EUR"}}
    told = [{**one, "cost": costs.get(one["code"])} for one in PRODUCTS]
    await system.callers["head"].post("/products/bulk", told)
    asked = [
        {"product": "SITE", "quantity": "1", "price": "45000"},
        {"product": "SITE", "quantity": "1", "price": "45000", "unit_cost": "12.50"},
        {"product": "HOST", "quantity": "1", "price": "3000"},
        {"title": "Правки", "quantity": "2", "price": "1000", "unit_cost": "400"},
    ]
    lines = (await system.manager.put(f"{path}/lines", {"lines": asked})).json()["lines"]
    assert [line["unit_cost"] for line in lines] == ["31000.00", "12.50", None, "400.00"]


async def test_while_there_are_lines_the_value_is_not_said_by_hand(system: System, path: str) -> None:
    await system.manager.put(f"{path}/lines", {"lines": [{"title": "Правки", "quantity": "2.5", "price": "1000"}]})
    by_hand = {"value": {"amount": "1", "currency": "RUB"}}
    refused = await system.manager.post(f"{path}/value", by_hand)
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: value_of_lines")
    none = await system.manager.put(f"{path}/lines", {"lines": []})
    assert (none.json()["lines"], none.json()["totals"]) == ([], None)
    assert (await system.manager.get(path)).json()["value"]["amount"] == "2500.00"
    assert (await system.manager.post(f"{path}/value", by_hand)).status_code == 200


async def test_a_stale_version_is_refused_and_the_same_again_changes_nothing(system: System, path: str) -> None:
    asked = {"lines": [{"title": "Правки", "quantity": "1", "price": "1000"}]}
    first = await system.manager.put(f"{path}/lines", asked)
    again = await system.manager.put(f"{path}/lines", asked)
    assert first.headers["etag"] == again.headers["etag"]
    assert (await system.manager.put(f"{path}/lines", asked, if_match='"1"')).status_code == 412


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"lines": [{"product": "NONE", "quantity": 1}]}, "unknown_product"),
        ({"lines": [{"product": "SITE", "quantity": 1}]}, "no_price"),
        ({"lines": [{"product": "SITE", "quantity": 1}], "price_list": "none"}, "unknown_price_list"),
        ({"lines": [{"product": "OLD", "quantity": 1}], "price_list": "retail"}, "no_price"),
        (
            {"lines": [{"product": "SITE", "quantity": 1}], "price_list": "retail", "priced_on": "2025-12-31"},
            "no_price",
        ),
        ({"lines": [{"title": "x", "price": "1", "quantity": 1}], "discount": {"amount": "2"}}, "discount_too_large"),
    ],
)
async def test_what_cannot_be_priced_is_refused_by_its_rule(
    system: System, path: str, given: dict[str, Any], rule: str
) -> None:
    answer = await system.manager.put(f"{path}/lines", given)
    assert (answer.status_code, answer.json()["hint"]) == (422, f"rule: {rule}")


async def test_a_price_list_in_another_currency_is_refused(system: System, path: str) -> None:
    listed = {"code": "usd", "title": "Export", "currency": "USD", "tax_included": False}
    await system.callers["head"].post("/price-lists", listed)
    answer = await system.manager.put(f"{path}/lines", {"lines": [], "price_list": "usd"})
    assert (answer.status_code, answer.json()["hint"]) == (422, "rule: lines_in_other_currency")


async def test_lines_of_a_deal_one_does_not_see_are_not_there(system: System) -> None:
    deal = await system.opened(direction="west")
    path = f"/deals/{deal['deal_id']}/lines"
    assert (await system.callers["east"].get(path)).status_code == 404
    assert (await system.callers["east"].put(path, {"lines": []})).status_code == 404
    assert (await system.callers["finance"].put(path, {"lines": []})).status_code == 403
