"""Segments over HTTP: as of any moment and by any cuts, for who may see them, and without effects."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from analytics.main import SERVICE
from analytics.settings import Settings
from events.app import build
from events.contracts.leads import CustomerRegistered

from .conftest import NOW, Shop, person

ANNA, BORIS, VERA, GLEB = map(person, (1, 2, 3, 4))
KEYS = {"admin": (["admin"], ["*"]), "head": (["head"], ["b2b"]), "machine": (["integration"], ["*"])}


def key(name: str) -> str:
    return f"vk_{name}_" + (name * 12)[:43]


@pytest.fixture
async def api(shop: Shop) -> AsyncIterator[httpx2.AsyncClient]:
    directions = {ANNA: "b2b", BORIS: None, VERA: "retail", GLEB: "retail"}
    for customer, direction in directions.items():
        event = CustomerRegistered(customer_id=customer, direction=direction)
        await shop.sales.apply(shop.log.append(customer, event, occurred_at=NOW - timedelta(days=100)))
    await shop.pays((ANNA, 60, 30), (BORIS, 30, 20), (VERA, 10, 10), (BORIS, 200, 2))
    await shop.sales.apply(shop.payment(None, 5, 3))
    await shop.sales.apply(shop.payment(ANNA, 7, 3, currency="USD"))
    keys = [
        {"key": key(name), "name": name, "roles": roles, "directions": seen} for name, (roles, seen) in KEYS.items()
    ]
    app = build(SERVICE, Settings(database_url=shop.sales.dsn, api_keys=json.dumps(keys), roles="api"))
    async with (
        app.running(),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://analytics") as client,
    ):
        yield client


async def ask(api, path: str, name: str = "admin", **query):
    answer = await api.get(path, params={"as_of": NOW.isoformat()} | query, headers={"X-API-Key": key(name)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def divided(answer) -> dict[str, tuple[int, str]]:
    return {row["segment"]: (row["customers"], row["revenue"]) for row in answer["segments"]}


async def test_customers_and_revenue_are_divided_and_what_is_left_out_is_said(api) -> None:
    answer = await ask(api, "/segments")
    assert divided(answer) == {"gold": (1, "230"), "silver": (1, "60"), "bronze": (1, "10"), "casual": (1, "0")}
    assert (answer["revenue_of_nobody"], answer["other_currencies"]) == ("5", {"USD": "7"})
    assert answer["segments"][0]["share_percent"] == "76.67"


async def test_a_past_moment_is_answered_as_it_was_and_nothing_is_said_by_asking(api, shop) -> None:
    then = (NOW - timedelta(days=5)).isoformat()
    assert divided(await ask(api, "/segments", as_of=then)) == {
        "gold": (1, "60"),
        "silver": (1, "30"),
        "bronze": (1, "10"),
        "casual": (1, "0"),
    }
    assert await shop.segments() == {}
    before = (NOW - timedelta(days=200)).isoformat()
    assert {customers for customers, _ in divided(await ask(api, "/segments", as_of=before)).values()} == {0}


async def test_what_was_recorded_later_is_left_out_where_only_what_was_known_counts(api, shop) -> None:
    late = shop.payment(VERA, 1000, 20)
    late[0].attributes["ce_recordedtime"] = (NOW + timedelta(days=1)).isoformat().encode()
    await shop.sales.apply(late)
    assert divided(await ask(api, "/segments"))["gold"] == (1, "1010")
    assert divided(await ask(api, "/segments", known_at=NOW.isoformat()))["gold"] == (1, "230")


async def test_other_cuts_and_another_window_may_be_tried(api) -> None:
    answer = await ask(api, "/segments", gold_percent="80", silver_percent="99", window_days="15")
    assert divided(answer) == {"gold": (1, "200"), "silver": (1, "10"), "bronze": (0, "0"), "casual": (2, "0")}
    wrong = await api.get("/segments?gold_percent=95", headers={"X-API-Key": key("admin")})
    assert (wrong.status_code, wrong.json()["errors"][0]["parameter"]) == (422, "query:silver_percent")


async def test_customers_are_listed_by_what_they_bring_page_by_page(api) -> None:
    first = await ask(api, "/segments/customers", limit="2")
    rest = await ask(api, "/segments/customers", after=str(first["customers"][-1]["place"]))
    listed = [(row["customer_id"], row["segment"], row["place"]) for row in first["customers"] + rest["customers"]]
    assert listed == [(str(BORIS), "gold", 1), (str(ANNA), "silver", 2), (str(VERA), "bronze", 3)]
    (silver,) = (await ask(api, "/segments/customers", segment="silver"))["customers"]
    assert (silver["share_percent"], silver["ahead_percent"]) == ("20.00", "76.67")


async def test_who_sees_one_line_of_business_sees_its_customers_and_learns_nothing_of_the_whole(api, shop) -> None:
    answer = await ask(api, "/segments", name="head")
    assert divided(answer) == {"gold": (1, "230"), "silver": (1, "60"), "bronze": (0, "0"), "casual": (0, "0")}
    assert (answer["revenue_of_nobody"], answer["other_currencies"]) == (None, None)
    listed = (await ask(api, "/segments/customers", name="head"))["customers"]
    assert [(row["customer_id"], row["share_percent"]) for row in listed] == [(str(BORIS), None), (str(ANNA), None)]
    assert [row["place"] for row in listed] == [1, 2]
    hidden = await api.get(f"/segments/customers/{VERA}", headers={"X-API-Key": key("head")})
    assert hidden.status_code == 404
    await shop.pays((VERA, 100, 1))
    listed = (await ask(api, "/segments/customers", name="head"))["customers"]
    assert [(row["customer_id"], row["place"]) for row in listed] == [(str(BORIS), 1), (str(ANNA), 2)]
    assert (await api.get("/segments", headers={"X-API-Key": key("machine")})).status_code == 403


async def test_why_a_customer_is_where_he_is_can_be_read(api, shop) -> None:
    await shop.tells(NOW - timedelta(days=5))
    await shop.tells(NOW)
    answer = await api.get(f"/segments/customers/{ANNA}", headers={"X-API-Key": key("admin")})
    said = [(one["change"]["segment"], one["change"]["reason"]["code"]) for one in answer.json()]
    assert said == [("silver", "fell_under_cut"), ("gold", "introduced")]
