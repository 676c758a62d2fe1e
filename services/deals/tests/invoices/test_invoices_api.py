"""Invoices by HTTP with money on them: issued, paid in parts, overdue, cancelled."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from deals_system import System
from voronka import payment_samples
from voronka.payment_samples import Paid

LINES = {"lines": [{"title": "Настройка", "quantity": "2", "price": "50", "tax_rate": "20"}]}


def day(offset: int) -> str:
    return (datetime.now(ZoneInfo("Europe/Moscow")).date() + timedelta(days=offset)).isoformat()


async def issued(
    system: System, deal: dict[str, Any], amount: str = "100", due: int = 7, **more: Any
) -> dict[str, Any]:
    lines = {"lines": [{"title": "Настройка", "quantity": "1", "price": amount}]}
    body = {"deal_id": deal["deal_id"], "due_on": day(due), "lines": lines, **more}
    answer = await system.callers["finance"].post("/invoices", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def pays(system: System, reference: str, amount: str, number: int = 1, currency: str = "RUB") -> dict[str, Any]:
    paid = Paid(reference, Decimal(amount), currency)
    await system.delivered(
        "cloudpayments", payment_samples.cloudpayments(paid, number, secret="api-secret", at=datetime.now(UTC))
    )
    await system.understood()
    payments = (await system.manager.get("/payments", limit=500)).json()["payments"]
    return next(one for one in payments if one["provider_payment_id"] == str(number))


async def read(system: System, invoice: dict[str, Any]) -> dict[str, Any]:
    return dict((await system.manager.get(f"/invoices/{invoice['invoice_id']}")).json())


def sums(one: dict[str, Any], *names: str) -> tuple[str, ...]:
    return tuple(one[name]["amount"] for name in names)


async def fall_due(system: System) -> None:
    await system.pool.execute("UPDATE tasks SET due_at = now() WHERE kind = 'invoice.fall-due'")
    while await system.parts.invoices.worker.run_due():
        pass


async def told(system: System, type_: str) -> int:
    return int(await system.pool.fetchval("SELECT count(*) FROM events WHERE type = $1", type_))


@pytest.fixture
async def deal(system: System) -> dict[str, Any]:
    return await system.opened(value={"amount": "100", "currency": "RUB"})


async def test_an_invoice_is_issued_from_the_deals_lines_and_numbered(system: System, deal: dict[str, Any]) -> None:
    put = system.client.put(f"/deals/{deal['deal_id']}/lines", json=LINES, headers=system.manager.headers)
    assert (await put).status_code == 200
    finance = system.callers["finance"]
    body = {"deal_id": deal["deal_id"], "due_on": day(7)}
    first = await finance.post("/invoices", body)
    invoice = first.json()
    assert (first.status_code, first.headers["etag"], invoice["number"]) == (201, '"1"', "I-000001")
    assert (invoice["state"], invoice["deal_number"], invoice["lines"][0]["gross"]) == (
        "issued",
        deal["number"],
        "100.00",
    )
    assert sums(invoice, "total", "allocated", "refunded", "due") == ("100.00", "0.00", "0.00", "100.00")
    assert (await finance.post("/invoices", body)).json()["number"] == "I-000002"


async def test_a_prepayment_and_a_final_invoice_come_to_the_deal(system: System, deal: dict[str, Any]) -> None:
    await system.client.put(f"/deals/{deal['deal_id']}/lines", json=LINES, headers=system.manager.headers)
    finance, body = system.callers["finance"], {"deal_id": deal["deal_id"], "due_on": day(7)}
    ahead = (await finance.post("/invoices", {**body, "kind": "prepayment", "percent": "30"})).json()
    final = (await finance.post("/invoices", {**body, "kind": "final"})).json()
    assert (sums(ahead, "total"), sums(final, "total")) == (("30.00",), ("70.00",))
    refused = await finance.post("/invoices", {**body, "kind": "final"})
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: nothing_left_to_invoice")
    await finance.post(f"/invoices/{final['invoice_id']}/cancel", {"reason": "mistake"})
    assert (await finance.post("/invoices", {**body, "kind": "final"})).status_code == 201


async def test_two_final_invoices_at_once_are_one(system: System, deal: dict[str, Any]) -> None:
    await system.client.put(f"/deals/{deal['deal_id']}/lines", json=LINES, headers=system.manager.headers)
    body = {"deal_id": deal["deal_id"], "due_on": day(7), "kind": "final"}
    answers = await asyncio.gather(*(system.callers["finance"].post("/invoices", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_the_same_key_issues_one_invoice_also_at_once(system: System, deal: dict[str, Any]) -> None:
    lines = {"lines": [{"title": "x", "quantity": "1", "price": "5"}]}
    body = {"deal_id": deal["deal_id"], "due_on": day(1), "lines": lines}
    calls = [system.callers["finance"].post("/invoices", body, idempotency_key="k-1") for _ in range(4)]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["invoice_id"] for answer in answers}) == 1
    assert await system.pool.fetchval("SELECT last FROM invoice_series") == 1


async def test_without_lines_of_its_own_or_of_the_deal_it_is_invalid(system: System, deal: dict[str, Any]) -> None:
    answer = await system.callers["finance"].post("/invoices", {"deal_id": deal["deal_id"], "due_on": day(1)})
    assert (answer.status_code, answer.json()["hint"]) == (422, "rule: no_lines")


async def test_a_payment_that_names_the_invoice_pays_it_in_parts_and_the_rest_stays_free(
    system: System, deal: dict[str, Any]
) -> None:
    invoice = await issued(system, deal)
    await pays(system, f"Оплата по счёту {invoice['number']} от 12.03, НДС нет", "60", 1)
    shown = await read(system, invoice)
    assert (shown["state"], shown["version"]) == ("part_paid", 2)
    payment = await pays(system, invoice["number"].lower(), "60", 2)
    shown = await read(system, invoice)
    assert (shown["state"], *sums(shown, "allocated", "due")) == ("paid", "100.00", "0.00")
    assert [one["allocated"]["amount"] for one in shown["payments"]] == ["60.00", "40.00"]
    assert sums(payment, "received", "allocated", "free") == ("60.00", "40.00", "20.00")
    (free,) = (await system.manager.get("/payments", state="free")).json()["payments"]
    assert free["payment_id"] == payment["payment_id"]
    assert (await system.manager.get(f"/deals/{deal['deal_id']}")).json()["paid"]["amount"] == "120.00"


async def test_a_payment_by_the_deals_number_pays_its_oldest_due_invoice_first(
    system: System, deal: dict[str, Any]
) -> None:
    later, sooner = await issued(system, deal, due=9), await issued(system, deal, due=3)
    await pays(system, deal["number"], "130")
    assert (await read(system, sooner))["state"] == "paid"
    assert sums(await read(system, later), "due") == ("70.00",)


async def test_a_payment_in_another_currency_waits_and_says_why(system: System, deal: dict[str, Any]) -> None:
    invoice = await issued(system, deal)
    payment = await pays(system, invoice["number"], "10", currency="USD")
    assert payment["why_unmatched"] == f"paid in USD, the invoice {invoice['number']} is in RUB"


async def test_a_reference_with_invoices_of_two_customers_waits_for_a_person(
    system: System, deal: dict[str, Any]
) -> None:
    other = await issued(system, await system.opened(value={"amount": "1", "currency": "RUB"}))
    invoice = await issued(system, deal)
    payment = await pays(system, f"{invoice['number']} и {other['number']}", "10")
    assert payment["why_unmatched"] == "its reference names several deals"


async def test_a_test_payment_pays_no_invoice(system: System, deal: dict[str, Any]) -> None:
    invoice = await issued(system, deal)
    at = datetime.now(UTC)
    paid = payment_samples.cloudpayments(Paid(invoice["number"], Decimal(9)), 1, secret="api-secret", at=at, test=True)
    await system.delivered("cloudpayments", paid)
    await system.understood()
    assert (await read(system, invoice))["state"] == "issued"


async def test_an_invoice_is_overdue_once_and_no_more_when_paid(system: System, deal: dict[str, Any]) -> None:
    invoice = await issued(system, deal, due=-1)
    await fall_due(system)
    assert (await read(system, invoice))["state"] == "overdue"
    await pays(system, invoice["number"], "100", 1)
    assert (await read(system, invoice))["state"] == "paid"
    refund = payment_samples.cloudpayments_refund(
        Paid("", Decimal(40)), 2, 1, secret="api-secret", at=datetime.now(UTC)
    )
    await system.delivered("cloudpayments", refund)
    await system.understood()
    await fall_due(system)
    shown = await read(system, invoice)
    assert (shown["state"], *sums(shown, "allocated", "refunded", "due")) == ("overdue", "100.00", "40.00", "40.00")
    assert await told(system, "invoice.overdue.v1") == 1


async def test_one_paid_in_time_is_overdue_only_when_a_refund_opens_it_again(
    system: System, deal: dict[str, Any]
) -> None:
    invoice = await issued(system, deal, due=-1)
    payment = await pays(system, invoice["number"], "100")
    await fall_due(system)
    assert await told(system, "invoice.overdue.v1") == 0
    path = f"/payments/{payment['payment_id']}/deallocate"
    await system.callers["finance"].post(path, {"invoice_id": invoice["invoice_id"]})
    await fall_due(system)
    assert (await read(system, invoice))["state"] == "overdue"


async def test_before_its_day_has_passed_where_the_business_is_nothing_is_overdue(
    system: System, deal: dict[str, Any]
) -> None:
    invoice = await issued(system, deal, due=0)
    due_at = await system.pool.fetchval("SELECT due_at FROM tasks WHERE kind = 'invoice.fall-due'")
    assert due_at.astimezone(ZoneInfo("Europe/Moscow")).isoformat().startswith(f"{day(1)}T00:00:00")
    await fall_due(system)
    assert (await read(system, invoice))["state"] == "issued"


async def test_a_cancelled_invoice_frees_what_was_paid(system: System, deal: dict[str, Any]) -> None:
    invoice = await issued(system, deal)
    payment = await pays(system, invoice["number"], "60")
    finance, path = system.callers["finance"], f"/invoices/{invoice['invoice_id']}/cancel"
    stale = await finance.post(path, {"reason": "replaced"}, if_match='"1"')
    assert stale.status_code == 412
    cancelled = await finance.post(path, {"reason": "replaced"}, if_match='"2"')
    shown = cancelled.json()
    assert (cancelled.status_code, shown["state"], shown["cancel_reason"]) == (200, "cancelled", "replaced")
    assert sums(shown, "total", "allocated", "due") == ("100.00", "0.00", "0.00")
    after = (await system.manager.get(f"/payments/{payment['payment_id']}")).json()
    assert sums(after, "allocated", "free") == ("0.00", "60.00")
    assert (await finance.post(path, {"reason": "mistake"})).json()["cancel_reason"] == "replaced"
    late = await pays(system, invoice["number"], "5", 2)
    assert (late["deal_id"], *sums(late, "free")) == (deal["deal_id"], "5.00")
    assert (await system.manager.get(f"/deals/{deal['deal_id']}")).json()["paid"]["amount"] == "65.00"


async def test_money_left_over_pays_another_invoice_of_the_customer_by_hand(
    system: System, deal: dict[str, Any]
) -> None:
    other_deal = await system.opened(customer_id=deal["customer_id"], value={"amount": "1", "currency": "RUB"})
    stranger = await issued(system, await system.opened(value={"amount": "1", "currency": "RUB"}))
    invoice, other = await issued(system, deal), await issued(system, other_deal)
    payment = await pays(system, invoice["number"], "150")
    finance, path = system.callers["finance"], f"/payments/{payment['payment_id']}"
    refused = await finance.post(f"{path}/allocate", {"invoice_id": stranger["invoice_id"]})
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: other_customer")
    too_much = await finance.post(f"{path}/allocate", {"invoice_id": other["invoice_id"], "amount": "51"})
    assert too_much.json()["hint"] == "rule: more_than_free"
    done = await finance.post(f"{path}/allocate", {"invoice_id": other["invoice_id"]}, if_match='"2"')
    assert (done.status_code, *sums(done.json(), "allocated", "free")) == (200, "150.00", "0.00")
    assert (await system.manager.get(f"/deals/{deal['deal_id']}")).json()["paid"]["amount"] == "100.00"
    assert (await system.manager.get(f"/deals/{other_deal['deal_id']}")).json()["paid"]["amount"] == "50.00"
    back = await finance.post(f"{path}/deallocate", {"invoice_id": other["invoice_id"], "amount": "20"})
    assert sums(back.json(), "allocated", "free") == ("130.00", "20.00")
    stale = await finance.post(f"{path}/allocate", {"invoice_id": other["invoice_id"]}, if_match='"2"')
    assert stale.status_code == 412


async def test_a_payment_that_waits_is_matched_by_an_invoices_number(system: System, deal: dict[str, Any]) -> None:
    invoice = await issued(system, deal)
    payment = await pays(system, "за настройку", "100")
    assert payment["why_unmatched"] == "no deal has the number in its reference"
    matched = await system.callers["finance"].post(
        f"/payments/{payment['payment_id']}/match", {"invoice_number": invoice["number"]}
    )
    assert (matched.status_code, matched.json()["why_unmatched"]) == (200, None)
    assert (await read(system, invoice))["state"] == "paid"


async def test_a_payment_by_hand_is_registered_once_and_refunded_once(system: System, deal: dict[str, Any]) -> None:
    invoice, finance = await issued(system, deal), system.callers["finance"]
    body = {"method": "cash", "received": {"amount": "100", "currency": "RUB"}, "number": invoice["number"]}
    first = await finance.post("/payments", body, idempotency_key="p-1")
    again = await finance.post("/payments", body, idempotency_key="p-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["payment_id"] == again.json()["payment_id"]
    path = f"/payments/{first.json()['payment_id']}/refund"
    for _ in range(2):
        refunded = await finance.post(path, {"amount": "25"}, idempotency_key="r-1")
        assert sums(refunded.json(), "allocated", "refunded", "free") == ("75.00", "25.00", "0.00")
    assert sums(await read(system, invoice), "allocated", "refunded", "due") == ("100.00", "25.00", "25.00")
    too_much = await finance.post(path, {"amount": "76"})
    assert (too_much.status_code, too_much.json()["hint"]) == (409, "rule: refund_too_large")


async def test_what_a_provider_reports_is_refunded_at_the_provider(system: System, deal: dict[str, Any]) -> None:
    payment = await pays(system, deal["number"], "100")
    refused = await system.callers["finance"].post(f"/payments/{payment['payment_id']}/refund", {"amount": "1"})
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: refund_by_provider")


async def test_of_what_a_payer_wrote_only_numbers_are_kept(system: System, deal: dict[str, Any]) -> None:
    invoice = await issued(system, deal)
    purpose = f"Иванов Иван, тел. 89123456789, оплата {invoice['number']} от 12.03 ИНН 7707083893"
    body = {"method": "bank", "received": {"amount": "100", "currency": "RUB"}, "reference": purpose}
    payment = (await system.callers["finance"].post("/payments", body)).json()
    assert (payment["reference"], payment["invoices"][0]["invoice_number"]) == ("I-000001 12 03", invoice["number"])
    stored = await system.pool.fetchval("SELECT string_agg(data::text, '') FROM events WHERE type LIKE 'payment.%'")
    assert "Иванов" not in stored
    assert "89123456789" not in stored


async def test_a_payment_by_hand_for_a_number_that_is_not_there_is_not_found(system: System) -> None:
    body = {"method": "cash", "received": {"amount": "1", "currency": "RUB"}, "number": "I-999999"}
    assert (await system.callers["finance"].post("/payments", body)).status_code == 404


async def test_a_bank_statement_is_taken_in_at_once_and_again_without_effect(
    system: System, deal: dict[str, Any]
) -> None:
    invoice, finance = await issued(system, deal), system.callers["finance"]
    payments = [
        {
            "method": "bank",
            "received": {"amount": "40", "currency": "RUB"},
            "reference": f"Счет № {invoice['number']}",
            "external_id": f"doc-{n}",
        }
        for n in (1, 2, 3, 1)
    ]
    first = (await finance.post("/payments/bulk", {"payments": payments})).json()["items"]
    assert [item["outcome"] for item in first] == ["registered"] * 3 + ["repeat"]
    again = (await finance.post("/payments/bulk", {"payments": payments})).json()["items"]
    assert {item["outcome"] for item in again} == {"repeat"}
    assert (await read(system, invoice))["state"] == "paid"
    (free,) = (await system.manager.get("/payments", state="free")).json()["payments"]
    assert sums(free, "free") == ("20.00",)


async def test_invoices_are_found_by_what_people_ask_for(system: System, deal: dict[str, Any]) -> None:
    first, late = await issued(system, deal, due=9), await issued(system, deal, due=-1)
    await fall_due(system)

    async def found(**filters: Any) -> list[str]:
        page = (await system.manager.get("/invoices", **filters)).json()
        return [one["number"] for one in page["invoices"]]

    assert await found(state="overdue") == [late["number"]]
    assert await found(due_from=day(1)) == [first["number"]]
    assert await found(deal_id=deal["deal_id"], customer_id=deal["customer_id"], kind="full") == [
        "I-000002",
        "I-000001",
    ]
    assert await found(number="i-000001") == ["I-000001"]
    page = (await system.manager.get("/invoices", limit=1)).json()
    rest = (await system.manager.get("/invoices", limit=1, cursor=page["next"])).json()
    assert [page["invoices"][0]["number"], rest["invoices"][0]["number"]] == ["I-000002", "I-000001"]
    assert rest["next"] is None


async def test_invoices_of_another_directions_deal_are_not_there(system: System) -> None:
    deal = await system.opened(direction="west", value={"amount": "1", "currency": "RUB"})
    invoice = await issued(system, deal)
    payment = await pays(system, invoice["number"], "1")
    east = system.callers["east"]
    assert (await east.get("/invoices")).json()["invoices"] == []
    assert (await east.get(f"/invoices/{invoice['invoice_id']}")).status_code == 404
    assert (await east.get(f"/payments/{payment['payment_id']}")).status_code == 404


async def test_a_series_has_its_prefix_and_keeps_it(system: System, deal: dict[str, Any]) -> None:
    finance = system.callers["finance"]

    async def put(code: str, prefix: str) -> int:
        answer = await system.client.put(f"/invoice-series/{code}", json={"prefix": prefix}, headers=finance.headers)
        return answer.status_code

    assert await put("services", "УСЛ-") == 200
    assert (await issued(system, deal, series="services"))["number"] == "УСЛ-000001"
    assert [await put("services", "У-"), await put("goods", "УСЛ-"), await put("goods", "D-")] == [409] * 3
    assert [await put("goods", "T1"), await put("goods", "T-")] == [422, 200]
    assert [one["code"] for one in (await finance.get("/invoice-series")).json()] == ["default", "goods", "services"]
    unknown = await finance.post(
        "/invoices", {"deal_id": deal["deal_id"], "due_on": day(1), "series": "no", "lines": LINES}
    )
    assert (unknown.status_code, unknown.json()["hint"]) == (422, "rule: unknown_series")
