"""Payment notifications from the door to the payment, on a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from deals_system import System
from voronka import payment_samples
from voronka.payment_samples import Paid
from voronka.samples import Delivery


def now() -> datetime:
    return datetime.now(UTC)


def by_cloudpayments(paid: Paid, number: int = 1, **more: Any) -> Delivery:
    return payment_samples.cloudpayments(paid, number, secret="api-secret", at=now(), **more)


def by_tbank(paid: Paid, number: int = 1, **more: Any) -> Delivery:
    return payment_samples.tbank(paid, number, password="terminal-password", **more)


def by_stripe(paid: Paid, intent: str = "pi_1", **more: Any) -> Delivery:
    return payment_samples.stripe_payment_intent(paid, intent, secret="whsec_test", at=now(), **more)


async def roubles(system: System, amount: str = "100") -> dict[str, Any]:
    return await system.opened(value={"amount": amount, "currency": "RUB"})


async def paid_for(system: System, deal: dict[str, Any]) -> str:
    found = (await system.manager.get(f"/deals/{deal['deal_id']}")).json()
    return str(found["paid"]["amount"])


async def events_of(system: System) -> list[str]:
    rows = await system.pool.fetch("SELECT type FROM events WHERE type LIKE 'payment.%' ORDER BY recorded_at, version")
    return [row["type"] for row in rows]


async def test_each_provider_gets_its_own_answer_and_the_deal_its_money(system: System) -> None:
    deal = await roubles(system)
    paid = Paid(deal["number"], Decimal("10.50"))
    answers = [
        await system.delivered("cloudpayments", by_cloudpayments(paid)),
        await system.delivered("tbank", by_tbank(paid)),
        await system.delivered("stripe", by_stripe(paid)),
    ]
    assert [(a.status_code, a.text) for a in answers] == [(200, '{"code":0}'), (200, "OK"), (200, "ok")]
    assert [row["state"] for row in await system.understood()] == ["done"] * 3
    assert await paid_for(system, deal) == "31.50"
    payments = (await system.manager.get("/payments", deal_id=deal["deal_id"])).json()["payments"]
    assert {payment["provider"] for payment in payments} == {"cloudpayments", "tbank", "stripe"}
    assert {payment["deal_number"] for payment in payments} == {deal["number"]}


async def test_a_number_in_lower_case_names_the_deal_too(system: System) -> None:
    deal = await roubles(system)
    await system.delivered("tbank", by_tbank(Paid(deal["number"].lower(), Decimal(5))))
    await system.understood()
    assert await paid_for(system, deal) == "5.00"


async def test_ten_deliveries_of_one_payment_are_one_payment(system: System) -> None:
    deal = await roubles(system)
    delivery = by_cloudpayments(Paid(deal["number"], Decimal(10)))
    await asyncio.gather(*(system.delivered("cloudpayments", delivery) for _ in range(5)))
    await system.understood()
    await asyncio.gather(*(system.delivered("cloudpayments", delivery) for _ in range(5)))
    settled = await system.understood()
    assert sorted(str(row["reason"]) for row in settled) == ["None"] + ["repeat"] * 9
    assert {row["state"] for row in settled} == {"done"}
    assert await events_of(system) == ["payment.received.v1"]
    assert await paid_for(system, deal) == "10.00"


async def test_two_workers_at_once_make_one_payment(system: System) -> None:
    deal = await roubles(system)
    delivery = by_tbank(Paid(deal["number"], Decimal(10)))
    ids = []
    for _ in range(2):
        await system.delivered("tbank", delivery)
        ids.append(await system.pool.fetchval("SELECT max(id::text)::uuid FROM intake"))

    async def work(request_id: Any) -> None:
        while True:
            try:
                if not await system.parts.worker.process([request_id]):
                    return
            except Exception as error:
                assert type(error).__name__ == "Conflict"  # noqa: PT017 - the worker's loop tries again

    await asyncio.gather(*(work(request_id) for request_id in ids))
    assert await events_of(system) == ["payment.received.v1"]
    assert sorted(str(row["reason"]) for row in await system.understood()) == ["None", "repeat"]


async def test_a_payment_with_an_unknown_number_waits_until_a_person_matches_it(system: System) -> None:
    deal = await roubles(system)
    await system.delivered("tbank", by_tbank(Paid("D-999999", Decimal(70))))
    await system.understood()
    finance = system.callers["finance"]
    (waiting,) = (await finance.get("/payments", state="unmatched")).json()["payments"]
    assert waiting["why_unmatched"] == "no deal has the number in its reference"
    path = f"/payments/{waiting['payment_id']}/match"
    assert (await finance.post(path, {"deal_number": "D-000777"})).status_code == 404
    matched = await finance.post(path, {"deal_number": deal["number"]})
    assert (matched.status_code, matched.json()["deal_id"]) == (200, deal["deal_id"])
    assert (await finance.post(path, {"deal_number": deal["number"]})).status_code == 200
    other = await roubles(system)
    assert (await finance.post(path, {"deal_number": other["number"]})).status_code == 409
    assert await events_of(system) == ["payment.received.v1", "payment.matched.v1"]
    assert await paid_for(system, deal) == "70.00"
    assert (await finance.get("/payments", state="unmatched")).json()["payments"] == []
    assert (await finance.post(f"/payments/{uuid4()}/match", {"deal_number": deal["number"]})).status_code == 404


async def test_a_payment_in_another_currency_waits_and_is_not_matched_by_force(system: System) -> None:
    deal = await roubles(system)
    await system.delivered("stripe", by_stripe(Paid(deal["number"], Decimal(10), "USD")))
    await system.understood()
    finance = system.callers["finance"]
    (waiting,) = (await finance.get("/payments", state="unmatched")).json()["payments"]
    assert waiting["why_unmatched"] == f"paid in USD, the deal {deal['number']} is in RUB"
    refused = await finance.post(f"/payments/{waiting['payment_id']}/match", {"deal_number": deal["number"]})
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: other_currency")
    assert await paid_for(system, deal) == "0.00"


async def test_a_test_payment_is_kept_and_not_counted(system: System) -> None:
    deal = await roubles(system)
    await system.delivered("cloudpayments", by_cloudpayments(Paid(deal["number"], Decimal(10)), test=True))
    await system.understood()
    (payment,) = (await system.manager.get("/payments")).json()["payments"]
    assert (payment["is_test"], payment["deal_id"]) == (True, deal["deal_id"])
    assert await paid_for(system, deal) == "0.00"


@pytest.mark.parametrize("together", [True, False])
async def test_the_second_word_of_stripe_matches_what_the_first_left_open(system: System, together: bool) -> None:
    deal = await system.opened(value={"amount": "10", "currency": "USD"})
    nameless = by_stripe(Paid("", Decimal(10), "USD"), "pi_7")
    named = payment_samples.stripe_checkout(
        Paid(deal["number"], Decimal(10), "USD"), "cs_7", "pi_7", secret="whsec_test", at=now()
    )
    await system.delivered("stripe", nameless)
    if not together:
        await system.understood()
    await system.delivered("stripe", named)
    await system.understood()
    assert await events_of(system) == ["payment.received.v1", "payment.matched.v1"]
    assert await paid_for(system, deal) == "10.00"
    assert (await system.manager.get("/payments", state="unmatched")).json()["payments"] == []


@pytest.mark.parametrize(
    ("provider", "delivery", "reason"),
    [
        ("cloudpayments", Delivery({"content-hmac": "x"}, b"TransactionId=1"), "Content-HMAC is wrong"),
        ("tbank", payment_samples.tbank(Paid("D-1", Decimal(1)), 1, password="guess"), "Token is wrong"),
        (
            "stripe",
            payment_samples.stripe_payment_intent(
                Paid("D-1", Decimal(1)), "pi_1", secret="whsec_test", at=now() - timedelta(hours=1)
            ),
            "Stripe-Signature is older than 300 seconds",
        ),
    ],
)
async def test_what_is_not_proven_is_refused_and_kept(
    system: System, provider: str, delivery: Delivery, reason: str
) -> None:
    answer = await system.delivered(provider, delivery)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    (row,) = await system.understood()
    assert (row["state"], row["reason"], row["body"]) == ("quarantined", f"signature: {reason}", delivery.body)
    assert await events_of(system) == []


async def test_what_was_refused_is_still_refused_when_it_is_tried_again(system: System) -> None:
    """Money is believed by its signature only, whoever takes a request out of quarantine."""
    deal = await roubles(system)
    forged = payment_samples.tbank(Paid(deal["number"], Decimal(1)), 1, password="guess")
    await system.delivered("tbank", forged)
    head = system.callers["head"]
    (kept,) = (await head.get("/quarantined-requests")).json()["requests"]
    assert (await head.post(f"/quarantined-requests/{kept['id']}/replay")).json()["state"] == "quarantined"
    (row,) = await system.understood()
    assert (row["state"], row["reason"]) == ("quarantined", "signature: Token is wrong")
    assert await events_of(system) == []


async def test_a_corrected_body_of_money_is_not_believed(system: System) -> None:
    deal = await roubles(system)
    await system.delivered("stripe", by_stripe(Paid(deal["number"], Decimal(100), "UGX")))
    (row,) = await system.understood()
    head, path = system.callers["head"], f"/quarantined-requests/{row['id']}"
    corrected = row["body"].decode().replace("ugx", "rub")
    assert (await head.client.put(f"{path}/body", json={"text": corrected}, headers=head.headers)).status_code == 200
    replayed = (await head.post(f"{path}/replay")).json()
    assert (replayed["state"], replayed["reason"]) == ("quarantined", "signature: Stripe-Signature is wrong")
    assert await events_of(system) == []


@pytest.mark.parametrize(("path", "reason"), [("paypal/main", "unknown channel"), ("tbank/shop", "unknown source")])
async def test_a_source_that_is_not_configured_is_not_found(system: System, path: str, reason: str) -> None:
    provider, _, source = path.partition("/")
    answer = await system.delivered(provider, by_tbank(Paid("D-1", Decimal(1))), source)
    assert answer.status_code == 404
    (row,) = await system.understood()
    assert (row["state"], row["reason"]) == ("quarantined", reason)


async def test_one_that_cannot_be_read_does_not_hold_up_the_others(system: System) -> None:
    deal = await roubles(system)
    good = [by_cloudpayments(Paid(deal["number"], Decimal(1)), number) for number in range(1, 4)]
    ignored = by_tbank(Paid(deal["number"], Decimal(1)), 50, status="AUTHORIZED")
    unreadable = by_stripe(Paid(deal["number"], Decimal(1), "UGX"))
    await system.delivered("cloudpayments", good[0])
    await system.delivered("stripe", unreadable)
    await system.delivered("tbank", ignored)
    for delivery in good[1:]:
        await system.delivered("cloudpayments", delivery)
    settled = [(row["state"], row["reason"]) for row in await system.understood()]
    assert settled == [
        ("done", None),
        ("quarantined", "the unit of amounts in UGX is ambiguous"),
        ("ignored", "a payment that is not confirmed"),
        ("done", None),
        ("done", None),
    ]
    assert await paid_for(system, deal) == "3.00"


async def test_a_payment_is_told_with_its_time_its_provider_and_the_request_that_told_it(system: System) -> None:
    deal = await roubles(system)
    at = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
    sample = payment_samples.cloudpayments(Paid(deal["number"], Decimal(1)), 9, secret="api-secret", at=at)
    await system.delivered("cloudpayments", sample)
    (row,) = await system.understood()
    event = await system.pool.fetchrow("SELECT * FROM events WHERE type = 'payment.received.v1'")
    assert (event["occurred_at"], event["actor"]) == (at, "provider:cloudpayments")
    assert (event["causation_id"], row["subject_ids"]) == (row["id"], [event["stream_id"]])


async def test_an_erased_customers_notifications_are_emptied_repeats_and_late_matches_too(system: System) -> None:
    customer = system.leads.customer()
    deal = await system.opened(customer_id=str(customer), value={"amount": "1", "currency": "RUB"})
    other = await roubles(system)
    await system.delivered("cloudpayments", by_cloudpayments(Paid(deal["number"], Decimal(1))))
    await system.delivered("cloudpayments", by_cloudpayments(Paid(deal["number"], Decimal(1))))
    await system.delivered("tbank", by_tbank(Paid("", Decimal(1))))
    await system.delivered("tbank", by_tbank(Paid(other["number"], Decimal(1)), 2))
    await system.understood()
    (waiting,) = (await system.manager.get("/payments", state="unmatched")).json()["payments"]
    await system.callers["finance"].post(f"/payments/{waiting['payment_id']}/match", {"deal_number": deal["number"]})
    await system.erased(customer)
    rows = await system.pool.fetch("SELECT length(body) AS size, url, headers::text FROM intake ORDER BY id")
    assert [(row["size"], row["url"], row["headers"]) for row in rows[:3]] == [(0, "", "[]")] * 3
    assert rows[3]["size"] > 0
    assert await paid_for(system, deal) == "2.00"


async def test_a_payment_of_another_directions_deal_is_not_shown(system: System) -> None:
    deal = await system.opened(direction="west", value={"amount": "1", "currency": "RUB"})
    await system.delivered("tbank", by_tbank(Paid(deal["number"], Decimal(1))))
    await system.understood()
    assert (await system.callers["east"].get("/payments")).json()["payments"] == []
    assert len((await system.manager.get("/payments")).json()["payments"]) == 1
