"""The API of the catalogue, on a real database."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from deals.catalogue.price_list import PRICE_LIST, PriceList
from deals.catalogue.product import PRODUCT
from deals.catalogue.tables import product_of
from deals_system import System

SITE = {"code": "SITE", "title": "Сайт под ключ", "kind": "service", "unit": "шт", "tax_rate": "20"}
RETAIL = {"code": "retail", "title": "Розница", "currency": "RUB", "tax_included": True}


async def bulk(system: System, *products: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await system.callers["head"].post("/products/bulk", list(products))
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def opened_list(system: System, *prices: dict[str, Any]) -> str:
    answer = await system.callers["head"].post("/price-lists", RETAIL)
    list_id = str(answer.json()["price_list_id"])
    if prices:
        await system.callers["head"].post(f"/price-lists/{list_id}/prices", list(prices))
    return list_id


async def test_products_are_registered_changed_and_left_alone_each_with_its_answer(system: System) -> None:
    first = await bulk(system, SITE, {**SITE, "code": "HOST", "title": "Хостинг"})
    assert [(one["outcome"], one["version"]) for one in first] == [("registered", 1), ("registered", 1)]
    second = await bulk(
        system, SITE, {**SITE, "code": "HOST", "title": "Хостинг, год", "archived": True}, {**SITE, "code": "NEW"}
    )
    assert [(one["outcome"], one["version"]) for one in second] == [
        ("unchanged", 1),
        ("changed", 3),
        ("registered", 1),
    ]
    assert [one["product_id"] for one in first] == [one["product_id"] for one in second[:2]]


async def test_what_cannot_be_is_rejected_and_the_rest_is_taken(system: System) -> None:
    await bulk(system, {**SITE, "external_id": "1c-1"})
    told = await bulk(
        system,
        {**SITE, "code": "A", "external_id": "1c-1"},
        {**SITE, "code": "B", "external_id": "1c-2"},
        {**SITE, "code": "C", "external_id": "1c-2"},
        {**SITE, "code": "D"},
        {**SITE, "code": "D"},
        {**SITE, "code": "E", "external_id": "1c-3"},
    )
    assert [one["outcome"] for one in told] == ["rejected"] * 5 + ["registered"]
    assert told[0]["reason"] == "Another product has this external_id."
    found = (await system.manager.get("/products", external_id="1c-3")).json()["products"]
    assert [one["code"] for one in found] == ["E"]


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ("хост", ["HOST-12", "HOST-1"]),
        ("год ХОСТИНГ", ["HOST-12"]),
        ("host 12", ["HOST-12"]),
        ("елк", ["TREE"]),
        ("остинг", []),
        (".*", ["TREE", "HOST-12", "HOST-1"]),
        ("хостинг.*", ["HOST-12", "HOST-1"]),
    ],
)
async def test_a_product_is_found_by_beginnings_of_its_words(system: System, asked: str, codes: list[str]) -> None:
    await bulk(system, {**SITE, "code": "HOST-1", "title": "Хостинг, месяц"})
    await bulk(system, {**SITE, "code": "HOST-12", "title": "Хостинг, год"})
    await bulk(system, {**SITE, "code": "TREE", "title": "Ёлка"})
    found = (await system.manager.get("/products", q=asked)).json()["products"]
    assert [one["code"] for one in found] == codes


async def test_a_product_is_changed_under_the_version_that_was_read(system: System) -> None:
    (product,) = await bulk(system, SITE)
    path = f"/products/{product['product_id']}"
    read = await system.manager.get(path)
    said = {name: value for name, value in SITE.items() if name != "code"}
    head = system.callers["head"]
    changed = await head.put(path, {**said, "title": "Сайт"}, if_match=read.headers["etag"])
    assert (changed.status_code, changed.json()["title"], changed.headers["etag"]) == (200, "Сайт", '"2"')
    stale = await head.put(path, said, if_match=read.headers["etag"])
    assert stale.status_code == 412
    assert (await system.manager.put(path, said)).status_code == 403


async def test_what_it_costs_stays_until_it_is_said_anew_and_null_takes_it_away(system: System) -> None:
    cost = {"amount": "31000.00", "currency": "RUB"}
    (product,) = await bulk(system, {**SITE, "cost": cost})
    path = f"/products/{product['product_id']}"

    async def told() -> Any:
        return (await system.manager.get(path)).json()["cost"]

    assert await told() == cost
    assert [one["outcome"] for one in await bulk(system, SITE)] == ["unchanged"]
    said = {name: value for name, value in SITE.items() if name != "code"}
    assert (await system.callers["head"].put(path, {**said, "title": "Сайт"})).json()["cost"] == cost
    dearer = {"amount": "32000.00", "currency": "RUB"}
    assert [one["outcome"] for one in await bulk(system, {**SITE, "cost": dearer})] == ["changed"]
    assert await told() == dearer
    await bulk(system, {**SITE, "cost": None})
    assert await told() is None


async def test_prices_are_asked_as_of_a_day(system: System) -> None:
    await bulk(system, SITE, {**SITE, "code": "HOST"})
    list_id = await opened_list(
        system,
        {"product": "SITE", "valid_from": "2026-01-01", "price": "45000"},
        {"product": "SITE", "valid_from": "2026-07-01", "price": "50000.50"},
        {"product": "HOST", "valid_from": "2026-07-01", "price": "100"},
    )

    async def prices(day: str, **more: Any) -> list[tuple[str, str]]:
        page = (await system.manager.get(f"/price-lists/{list_id}/prices", as_of=day, **more)).json()
        return [(one["code"], one["price"]) for one in page["prices"]]

    assert await prices("2025-12-31") == []
    assert await prices("2026-06-30") == [("SITE", "45000.00")]
    assert await prices("2026-07-01") == [("HOST", "100.00"), ("SITE", "50000.50")]
    assert await prices("2026-07-01", product="SITE") == [("SITE", "50000.50")]
    page = (await system.manager.get(f"/price-lists/{list_id}/prices", as_of="2026-07-01", limit=1)).json()
    assert (page["next"], page["price_list"]["version"]) == ("HOST", 2)
    assert await prices("2026-07-01", after=page["next"]) == [("SITE", "50000.50")]
    await bulk(system, {**SITE, "archived": True})
    assert await prices("2026-07-01") == [("HOST", "100.00")]


async def test_entries_of_a_price_list_have_their_answers(system: System) -> None:
    await bulk(system, SITE)
    list_id = await opened_list(system, {"product": "SITE", "valid_from": "2026-01-01", "price": "45000"})
    path = f"/price-lists/{list_id}/prices"
    told = await system.callers["head"].post(
        path,
        [
            {"product": "SITE", "valid_from": "2026-01-01", "price": "45000.00"},
            {"product": "SITE", "valid_from": "2026-02-01", "price": None},
            {"product": "NONE", "valid_from": "2026-02-01", "price": "1"},
            {"product": "SITE", "valid_from": "2026-03-01", "price": "1"},
            {"product": "SITE", "valid_from": "2026-03-01", "price": "2"},
        ],
        if_match='"2"',
    )
    assert [one["outcome"] for one in told.json()] == ["unchanged", "set", "rejected", "rejected", "rejected"]
    stale = await system.callers["head"].post(path, [{"product": "SITE", "valid_from": "2026-03-01", "price": "1"}],
                                              if_match='"2"')  # fmt: skip
    assert stale.status_code == 412


async def test_a_list_is_opened_once_renamed_and_keeps_its_currency(system: System) -> None:
    list_id = await opened_list(system)
    head = system.callers["head"]
    renamed = await head.post("/price-lists", {**RETAIL, "title": "Розница 2026"})
    assert (renamed.status_code, renamed.json()["title"], renamed.json()["version"]) == (200, "Розница 2026", 2)
    other = await head.post("/price-lists", {**RETAIL, "currency": "USD"})
    assert (other.status_code, other.json()["hint"]) == (409, "rule: other_price_list")
    assert [one["price_list_id"] for one in (await system.manager.get("/price-lists")).json()] == [list_id]


async def test_many_at_once_register_one_product_once(system: System) -> None:
    told = await asyncio.gather(*(bulk(system, SITE, {**SITE, "code": f"P{n % 2}"}) for n in range(6)))
    assert sorted(one[0]["outcome"] for one in told) == ["registered"] + ["unchanged"] * 5
    assert await system.pool.fetchval("SELECT count(*) FROM events WHERE type = 'product.registered.v1'") == 3


async def test_the_rows_are_what_the_log_says(system: System) -> None:
    await bulk(system, SITE, {**SITE, "code": "HOST", "archived": True})
    await bulk(system, {**SITE, "tax_rate": None}, {**SITE, "code": "HOST"})
    list_id = await opened_list(system, {"product": "SITE", "valid_from": "2026-01-01", "price": "45000"})
    store = system.parts.store
    for row in await system.pool.fetch("SELECT * FROM products"):
        history = await store.load(row["product_id"])
        assert PRODUCT.fold(entry.event for entry in history) == product_of(row)
        assert row["version"] == len(history)
    told = PRICE_LIST.fold(entry.event for entry in await store.load(list_id))  # type: ignore[arg-type]
    assert isinstance(told, PriceList)
    rows = await system.pool.fetch("SELECT * FROM prices")
    assert {(row["product_id"], row["valid_from"]): row["price"] for row in rows} == told.entries


@pytest.mark.parametrize("price", ["-1", "1e30", "0.00001", "NaN"])
async def test_a_price_that_is_none_is_invalid(system: System, price: str) -> None:
    list_id = await opened_list(system)
    wrong = [{"product": "SITE", "valid_from": "2026-01-01", "price": price}]
    assert (await system.callers["head"].post(f"/price-lists/{list_id}/prices", wrong)).status_code == 422


async def test_people_without_the_permission_change_nothing(system: System) -> None:
    assert (await system.manager.post("/products/bulk", [SITE])).status_code == 403
    assert (await system.manager.post("/price-lists", RETAIL)).status_code == 403
    assert (await system.callers["bi"].get("/products")).status_code == 403
