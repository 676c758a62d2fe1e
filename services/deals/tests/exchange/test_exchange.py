"""The exchange with an ERP: batches in by its own ids, and a feed that misses and repeats nothing."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from deals_system import System

NOW = datetime.now(UTC).isoformat()


def line(price: str) -> list[dict[str, str]]:
    return [{"title": "Поддержка", "quantity": "1", "price": price, "tax_rate": "20"}]


def invoice(deal: dict[str, Any], n: int, price: str = "100", **more: Any) -> dict[str, Any]:
    body = {"external_id": f"УТ-{n}", "deal_number": deal["number"], "due_on": "2030-01-01", "lines": line(price)}
    return body | more


def payment(n: int, amount: str = "100", **more: Any) -> dict[str, Any]:
    received = {"amount": amount, "currency": "RUB"}
    return {"external_id": f"ПП-{n}", "received": received, "received_at": NOW} | more


async def hand_in(system: System, what: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    key = "invoices" if what == "paid" else what
    answer = await system.callers["erp"].post(f"/exchange/1c/{what}", {key: items})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def changes(system: System, after: int = 0, limit: int = 500) -> dict[str, Any]:
    answer = await system.callers["erp"].get("/exchange/changes", after=after, limit=limit)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def shown(system: System, number: str) -> dict[str, Any]:
    (found,) = (await system.manager.get("/invoices", number=number)).json()["invoices"]
    return dict(found)


@pytest.fixture
async def deal(system: System) -> dict[str, Any]:
    return await system.opened(value={"amount": "100", "currency": "RUB"})


async def test_invoices_are_handed_in_once_with_numbers_of_the_erp_or_of_ours(
    system: System, deal: dict[str, Any]
) -> None:
    given = [invoice(deal, 1, number="УТ-777"), invoice(deal, 2)]
    first = await hand_in(system, "invoices", given)
    again = await hand_in(system, "invoices", given)
    assert [(item["outcome"], item["number"]) for item in first] == [("done", "УТ-777"), ("done", "I-000001")]
    assert [item["outcome"] for item in again] == ["repeat", "repeat"]
    assert [item["id"] for item in again] == [item["id"] for item in first]
    assert (await shown(system, "УТ-777"))["external_id"] == "УТ-1"


async def test_each_item_is_answered_and_a_bad_one_holds_up_no_other(system: System, deal: dict[str, Any]) -> None:
    await hand_in(system, "invoices", [invoice(deal, 1, number="УТ-777")])
    items = await hand_in(
        system,
        "invoices",
        [
            invoice(deal, 2, deal_number="D-999999"),
            invoice(deal, 3, number="УТ-777"),
            invoice(deal, 4, number="I-000009"),
            invoice(deal, 5, price="0"),
            invoice(deal, 1, price="101", number="УТ-777"),
            invoice(deal, 6, number="Н-1"),
            invoice(deal, 7, number="Н-1"),
        ],
    )
    assert [item["outcome"] for item in items] == ["refused"] * 5 + ["done", "refused"]
    assert items[0]["why"] == "There is no deal D-999999."
    assert items[4]["why"].startswith("It was handed in before")


async def test_an_invoice_that_the_erp_cancels_is_cancelled_once(system: System, deal: dict[str, Any]) -> None:
    await hand_in(system, "invoices", [invoice(deal, 1)])
    outcomes = [(await hand_in(system, "invoices", [invoice(deal, 1, cancelled=True)]))[0] for _ in range(2)]
    assert [item["outcome"] for item in outcomes] == ["done", "repeat"]
    assert (await shown(system, "I-000001"))["state"] == "cancelled"


async def test_payments_pay_the_invoice_of_their_external_id_and_bring_their_refunds(
    system: System, deal: dict[str, Any]
) -> None:
    await hand_in(system, "invoices", [invoice(deal, 1)])
    given = [payment(1, "60", invoice_external_id="УТ-1"), payment(2, "60", reference="по I-000001", refunded="50")]
    assert [item["outcome"] for item in await hand_in(system, "payments", given)] == ["done", "done"]
    assert [item["outcome"] for item in await hand_in(system, "payments", given)] == ["repeat", "repeat"]
    found = await shown(system, "I-000001")
    sums = [found[name]["amount"] for name in ("allocated", "refunded", "due")]
    assert sums == ["100.00", "30.00", "30.00"]
    refused = await hand_in(
        system,
        "payments",
        [
            payment(3, invoice_external_id="УТ-9"),
            payment(4, received_at="2100-01-01T00:00:00Z"),
            payment(5, refunded="101"),
        ],
    )
    assert [item["outcome"] for item in refused] == ["refused"] * 3
    more = await hand_in(system, "payments", [payment(2, "60", refunded="60")])
    assert more[0]["outcome"] == "done"


async def test_a_paid_state_brings_what_is_missing_and_nothing_twice(system: System, deal: dict[str, Any]) -> None:
    await hand_in(system, "invoices", [invoice(deal, 1)])
    await hand_in(system, "payments", [payment(1, "30", invoice_external_id="УТ-1")])
    state = {"external_id": "УТ-1", "paid": "80", "paid_at": NOW}
    assert [(await hand_in(system, "paid", [state]))[0]["outcome"] for _ in range(2)] == ["done", "repeat"]
    assert (await shown(system, "I-000001"))["due"]["amount"] == "20.00"
    less = await hand_in(system, "paid", [state | {"paid": "79"}, state | {"external_id": "?"}])
    assert [item["outcome"] for item in less] == ["refused", "refused"]
    answers = await asyncio.gather(*(hand_in(system, "paid", [state | {"paid": "100"}]) for _ in range(4)))
    assert sorted(items[0]["outcome"] for items in answers) == ["done", "repeat", "repeat", "repeat"]
    assert (await shown(system, "I-000001"))["state"] == "paid"


async def test_a_thousand_at_once_are_taken_and_more_or_twice_the_same_are_invalid(
    system: System, deal: dict[str, Any]
) -> None:
    thousand = [invoice(deal, n, "1") for n in range(1000)]
    items = await hand_in(system, "invoices", thousand)
    assert {item["outcome"] for item in items} == {"done"}
    paid = [payment(n, "1", invoice_external_id=f"УТ-{n}") for n in range(1000)]
    assert {item["outcome"] for item in await hand_in(system, "payments", paid)} == {"done"}
    assert await system.pool.fetchval("SELECT count(*) FROM invoices WHERE state = 'paid'") == 1000
    erp = system.callers["erp"]
    assert (await erp.post("/exchange/1c/invoices", {"invoices": [*thousand, invoice(deal, 1000)]})).status_code == 422
    assert (await erp.post("/exchange/1c/invoices", {"invoices": thousand[:1] * 2})).status_code == 422


async def test_the_feed_gives_each_changed_thing_once_and_goes_on_from_where_it_stopped(
    system: System, deal: dict[str, Any]
) -> None:
    await hand_in(system, "invoices", [invoice(deal, 1), invoice(deal, 2)])
    first = await changes(system)
    assert [one["invoice"]["external_id"] for one in first["changes"]] == ["УТ-1", "УТ-2"]
    assert (await changes(system, first["next"])) == {"changes": [], "next": first["next"]}
    await hand_in(system, "payments", [payment(1, "60", invoice_external_id="УТ-1")])
    second = await changes(system, first["next"])
    assert {(one["payment"] or one["invoice"])["version"] for one in second["changes"]} == {2}
    assert {one["invoice"]["state"] for one in second["changes"] if one["invoice"]} == {"part_paid"}
    assert len(second["changes"]) == 2


async def test_whoever_polls_while_several_write_misses_nothing_and_reads_every_last_state(
    system: System, deal: dict[str, Any]
) -> None:
    luck, seen, after, done = random.Random(1), {}, 0, asyncio.Event()

    async def write(part: int) -> None:
        for n in range(part * 100, part * 100 + 12):
            await hand_in(system, "invoices", [invoice(deal, n)])
            for _ in range(luck.randrange(3)):
                given = [payment(luck.randrange(1000), "5", invoice_external_id=f"УТ-{n}")]
                await hand_in(system, "payments", given)

    async def poll() -> None:
        nonlocal after
        last = False
        while True:
            page = await changes(system, after, limit=3)
            assert [one["change"] for one in page["changes"]] == sorted({one["change"] for one in page["changes"]})
            for one in page["changes"]:
                what = one["invoice"] or one["payment"]
                id_ = what.get("invoice_id") or what["payment_id"]
                assert seen.get(id_, 0) < what["version"], "nothing is repeated"
                seen[id_] = what["version"]
            after = page["next"]
            if last and not page["changes"]:
                return
            last = done.is_set()
            await asyncio.sleep(0)

    async def write_all() -> None:
        await asyncio.gather(*(write(part) for part in range(4)))
        done.set()

    await asyncio.gather(
        write_all(),
        poll(),
    )
    rows = await system.pool.fetch(
        "SELECT invoice_id::text AS id, version + movements AS version FROM invoices"
        " UNION ALL SELECT payment_id::text, version FROM payments"
    )
    assert seen == {row["id"]: row["version"] for row in rows}


async def test_who_may_not_write_payments_hands_nothing_in(system: System) -> None:
    answer = await system.manager.post("/exchange/1c/payments", {"payments": [payment(1)]})
    assert answer.status_code == 403
