"""Refunds from the door to the payment, of every provider, in whatever order; YooKassa is asked back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from deals_system import System
from voronka import payment_samples
from voronka.payment_samples import Paid
from voronka.samples import Delivery

Refunded = Callable[[str, str], list[Delivery]]


def now() -> datetime:
    return datetime.now(UTC)


def paid(provider: str, number: str) -> Delivery:
    money = Paid(number, Decimal(100))
    match provider:
        case "cloudpayments":
            return payment_samples.cloudpayments(money, 7, secret="api-secret", at=now())
        case "tbank":
            return payment_samples.tbank(money, 7, password="terminal-password")
        case _:
            return payment_samples.stripe_payment_intent(money, "pi_7", secret="whsec_test", at=now())


def refunded(provider: str, number: str) -> list[Delivery]:
    """Two refunds, of 30 and of 25, as each provider tells them."""
    match provider:
        case "cloudpayments":
            return [
                payment_samples.cloudpayments_refund(Paid(number, Decimal(a)), i, 7, secret="api-secret", at=now())
                for i, a in ((8, 30), (9, 25))
            ]
        case "tbank":
            return [
                payment_samples.tbank(
                    Paid(number, Decimal(left)), 7, password="terminal-password", status="PARTIAL_REFUNDED"
                )
                for left in (70, 45)
            ]
        case _:
            return [
                payment_samples.stripe_refund(Paid(number, Decimal(a)), "pi_7", secret="whsec_test", at=now())
                for a in (30, 55)
            ]


async def payment_of(system: System, **filters: Any) -> dict[str, Any]:
    (found,) = (await system.manager.get("/payments", **filters)).json()["payments"]
    return dict((await system.manager.get(f"/payments/{found['payment_id']}")).json())


def sums(payment: dict[str, Any]) -> tuple[str, ...]:
    return tuple(payment[name]["amount"] for name in ("received", "allocated", "refunded", "free"))


@pytest.mark.parametrize("provider", ["cloudpayments", "tbank", "stripe"])
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_in_every_order_and_repeated_a_payment_and_its_refunds_come_to_the_same(
    system: System, provider: str, order: tuple[int, ...]
) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    told = [paid(provider, deal["number"]), *refunded(provider, deal["number"])]
    for at in (*order, *order):
        answer = await system.delivered(provider, told[at])
        assert answer.status_code == 200
        await system.understood()
    payment = await payment_of(system)
    assert sums(payment) == ("100.00", "0.00", "55.00", "45.00")
    shown = (await system.manager.get(f"/deals/{deal['deal_id']}")).json()
    assert shown["paid"]["amount"] == "45.00"
    assert (await system.manager.get("/payments/waiting-refunds")).json()["refunds"] == []


async def test_everything_at_once_in_one_batch_comes_to_the_same(system: System) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    for delivery in [*reversed(refunded("tbank", deal["number"])), paid("tbank", deal["number"])] * 2:
        await system.delivered("tbank", delivery)
    rows = await system.understood()
    assert [row["reason"] for row in rows] == [
        "the refund waits for its payment",
        "the refund waits for its payment",
        None,
        "repeat",
        "repeat",
        "repeat",
    ]
    assert sums(await payment_of(system)) == ("100.00", "0.00", "55.00", "45.00")


async def test_the_whole_payment_refunded_at_t_bank_leaves_nothing(system: System) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    await system.delivered("tbank", paid("tbank", deal["number"]))
    whole = payment_samples.tbank(Paid("", Decimal(100)), 7, password="terminal-password", status="REFUNDED")
    await system.delivered("tbank", whole)
    await system.understood()
    assert sums(await payment_of(system)) == ("100.00", "0.00", "100.00", "0.00")


async def test_a_refund_without_its_payment_waits_where_people_see_it(system: System) -> None:
    await system.delivered("stripe", refunded("stripe", "")[0])
    await system.understood()
    (waiting,) = (await system.manager.get("/payments/waiting-refunds")).json()["refunds"]
    assert (waiting["provider_payment_id"], waiting["means"], waiting["amount"]) == ("pi_7", "in_all", "30.00")


async def test_a_refund_of_more_than_was_paid_is_kept_for_a_person(system: System) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    await system.delivered("cloudpayments", paid("cloudpayments", deal["number"]))
    too_much = payment_samples.cloudpayments_refund(Paid("", Decimal(101)), 8, 7, secret="api-secret", at=now())
    await system.delivered("cloudpayments", too_much)
    rows = await system.understood()
    assert (rows[1]["state"], rows[1]["reason"]) == (
        "quarantined",
        "The refund is larger than what is left of the payment.",
    )
    assert sums(await payment_of(system)) == ("100.00", "0.00", "0.00", "100.00")


async def test_yookassa_is_answered_at_once_and_believed_only_when_it_was_asked(system: System) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    system.yookassa.pays("yk-1", "100.00", deal["number"])
    answer = await system.delivered("yookassa", payment_samples.yookassa("yk-1"))
    assert (answer.status_code, answer.text, system.yookassa.asked) == (200, "ok", 0)
    (row,) = await system.understood()
    assert (row["state"], row["reason"]) == ("done", "the provider is asked")
    assert (await system.manager.get("/payments")).json()["payments"] == []
    assert await system.parts.payments.asking.run_due() == 1
    payment = await payment_of(system)
    assert (payment["provider"], payment["deal_id"], sums(payment)[0]) == ("yookassa", deal["deal_id"], "100.00")
    assert row["subject_ids"] == [await system.pool.fetchval("SELECT payment_id FROM payments")]


async def test_what_a_forged_notification_of_yookassa_says_is_never_believed(system: System) -> None:
    await system.delivered("yookassa", payment_samples.yookassa("yk-nobody-paid"))
    system.yookassa.pays("yk-held", "10.00", "D-1", status="waiting_for_capture", paid=False)
    await system.delivered("yookassa", payment_samples.yookassa("yk-held"))
    await system.understood()
    assert await system.parts.payments.asking.run_due() == 2
    assert await system.parts.payments.asking.run_due() == 0
    assert (await system.manager.get("/payments")).json()["payments"] == []


async def test_from_another_address_yookassa_is_refused(system: System) -> None:
    answer = await system.delivered("yookassa", payment_samples.yookassa("yk-1"), "strict")
    assert answer.status_code == 401
    (row,) = await system.understood()
    assert (row["state"], row["reason"]) == ("quarantined", "signature: the sender's address is not YooKassa's")


async def test_while_yookassa_is_down_the_task_waits_and_the_payment_comes_later(system: System) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    system.yookassa.pays("yk-1", "100.00", deal["number"])
    system.yookassa.down = True
    await system.delivered("yookassa", payment_samples.yookassa("yk-1"))
    await system.understood()
    await system.parts.payments.asking.run_due()
    assert await system.pool.fetchval("SELECT last_error FROM tasks") == "YooKassa answered 500"
    system.yookassa.down = False
    await system.pool.execute("UPDATE tasks SET due_at = now()")
    await system.parts.payments.asking.run_due()
    assert sums(await payment_of(system))[0] == "100.00"


@pytest.mark.parametrize("order", list(permutations(["payment.succeeded", "refund.succeeded", "refund.succeeded"])))
async def test_notifications_of_yookassa_in_every_order_and_repeated_come_to_what_it_says(
    system: System, order: tuple[str, ...]
) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    system.yookassa.pays("yk-1", "100.00", deal["number"])
    for at, event in enumerate(order):
        system.yookassa.refunds("yk-1", ("10.00", "10.00", "55.00")[at])
        for _ in range(2):
            await system.delivered("yookassa", payment_samples.yookassa("yk-1", event))
        await system.understood()
        await system.parts.payments.asking.run_due()
    payment = await payment_of(system)
    assert sums(payment) == ("100.00", "0.00", "55.00", "45.00")
    assert [one["amount"]["amount"] for one in payment["refunds"]] == ["10.00", "45.00"]
