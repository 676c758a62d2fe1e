"""Money never appears or vanishes: in any order of receipts, repeats, refunds, cancellations and work by hand."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from deals.invoices.domain import INVOICE, Invoice
from deals.money import money
from deals.payments.domain import PAYMENT
from deals.payments.ledger import Entry, Ledger
from deals.payments.orders import (
    Allocate,
    Claim,
    Command,
    Deallocate,
    InAll,
    Leaving,
    MatchPayment,
    Payee,
    ReceivePayment,
    Refund,
    ThisMuch,
)
from deals.payments.states import Payment
from deals_system import System
from events.decider import Rejected
from events.store import Cause, Conflict, recorded
from hypothesis import given, settings
from hypothesis import strategies as st
from voronka import payment_samples
from voronka.payment_samples import Paid

CAUSE = Cause("test", UUID(int=0))
AT = datetime(2026, 3, 2, tzinfo=UTC)
PAYMENTS = [UUID(int=n) for n in range(1, 4)]
INVOICES = [UUID(int=n) for n in range(11, 14)]
WHOSE = {"deal_id": UUID(int=100), "customer_id": UUID(int=101)}
PAYEE = Payee(**WHOSE, number="D-1", currency="RUB")

SUMS = st.decimals("0.01", "120", places=2)
Step = Callable[[Ledger], tuple[UUID, Command]]


def claim(ledger: Ledger, invoice_id: UUID) -> Claim:
    found = ledger.claim(invoice_id)
    assert found is not None
    return found


@st.composite
def steps(draw: st.DrawFn) -> Step:
    payment, invoice = draw(st.sampled_from(PAYMENTS)), draw(st.sampled_from(INVOICES))
    amount = draw(SUMS)
    some = draw(st.one_of(st.none(), SUMS))
    refund_id = draw(st.sampled_from("abcd"))
    known, to_deal = draw(st.booleans()), draw(st.booleans())
    kind = draw(st.sampled_from(["receive", "match", "allocate", "take off", "this much", "in all", "leaving"]))

    def step(ledger: Ledger) -> tuple[UUID, Command]:
        claims = ledger.owed(PAYEE.deal_id) if to_deal else (claim(ledger, invoice),)
        match kind:
            case "receive":
                received = money(amount, "RUB")
                return payment, ReceivePayment(
                    payment, "bank", str(payment), "", received, False, PAYEE if known else None, claims
                )
            case "match":
                return payment, MatchPayment(payment, PAYEE, claims)
            case "allocate":
                return payment, Allocate(claim(ledger, invoice), some, same_customer=True)
            case "take off":
                return payment, Deallocate(claim(ledger, invoice), some, "by_hand")
            case "this much":
                return payment, Refund(refund_id, ThisMuch(amount), None)
            case "in all":
                return payment, Refund(f"in all {amount}", InAll(amount), "RUB")
            case _:
                return payment, Refund(f"leaving {amount}", Leaving(amount), "RUB")

    return step


@given(st.lists(steps(), max_size=40), st.lists(SUMS, min_size=3, max_size=3))
@settings(max_examples=300)
def test_whatever_is_done_in_whatever_order_every_sum_adds_up(script: list[Step], totals: list[Decimal]) -> None:
    owed = {
        id_: (Claim(id_, f"I-{n}", **WHOSE, currency="RUB", due=total), date(2026, 3, 1 + n))
        for n, (id_, total) in enumerate(zip(INVOICES, totals, strict=True))
    }
    ledger = Ledger(None, {id_: Entry() for id_ in PAYMENTS}, owed)  # type: ignore[arg-type]
    for step in script:
        payment_id, command = step(ledger)
        with suppress(Rejected):
            ledger.run(payment_id, command, CAUSE, AT)
        states = [entry.state for entry in map(ledger.payment, PAYMENTS) if isinstance(entry.state, Payment)]
        for state in states:
            assert state.received.amount == state.allocated + state.refunded + state.free
            assert min(state.allocated, state.refunded, state.free) >= 0
            assert all(share.allocated >= share.refunded >= 0 for share in state.shares.values())
        for invoice_id, total in zip(INVOICES, totals, strict=True):
            shares = [state.shares[invoice_id] for state in states if invoice_id in state.shares]
            due = claim(ledger, invoice_id).due
            assert due >= 0
            assert total == sum(s.allocated for s in shares) - sum(s.refunded for s in shares) + due
    for payment_id in PAYMENTS:
        entry = ledger.payment(payment_id)
        assert PAYMENT.fold(entry.events) == entry.state


@given(st.lists(steps(), max_size=25))
def test_saying_everything_twice_changes_nothing(script: list[Step]) -> None:
    """What providers and people with a key repeat: receipts, matches and refunds."""

    def play(times: int) -> list[object]:
        owed = {
            id_: (Claim(id_, f"I-{n}", **WHOSE, currency="RUB", due=Decimal(100)), date(2026, 3, 1 + n))
            for n, id_ in enumerate(INVOICES)
        }
        ledger = Ledger(None, {id_: Entry() for id_ in PAYMENTS}, owed)  # type: ignore[arg-type]
        for step in script:
            payment_id, command = step(ledger)
            if isinstance(command, Allocate | Deallocate):
                continue
            for _ in range(times):
                with suppress(Rejected):
                    ledger.run(payment_id, command, CAUSE, AT)
        return [ledger.payment(id_).state for id_ in PAYMENTS]

    assert play(1) == play(2)


async def check_everything(system: System) -> None:
    """Each row adds up, is what its stream says, and no money is anywhere but once."""
    rows = await system.pool.fetch("SELECT * FROM events WHERE type LIKE 'payment.%' OR type LIKE 'invoice.%'")
    streams: dict[UUID, list[Any]] = {}
    for row in sorted(rows, key=lambda row: row["version"]):
        streams.setdefault(row["stream_id"], []).append(recorded("deals", row).event)
    on_invoices: dict[UUID, list[Decimal]] = {}
    received = net = given_back = free = Decimal(0)
    for row in await system.pool.fetch("SELECT * FROM payments"):
        state = PAYMENT.fold(streams[row["payment_id"]])
        assert isinstance(state, Payment)
        shown = tuple(row[name] for name in ("amount", "allocated", "refunded", "free", "deal_id", "version"))
        told = (state.received.amount, state.allocated, state.refunded, state.free, state.deal_id)
        assert shown == (*told, len(streams[row["payment_id"]]))
        assert row["amount"] == row["allocated"] + row["refunded"] + row["free"]
        for invoice_id, share in state.shares.items():
            sums = on_invoices.setdefault(invoice_id, [Decimal(0), Decimal(0)])
            sums[0] += share.allocated
            sums[1] += share.refunded
        received, net = received + row["amount"], net + row["allocated"]
        given_back, free = given_back + row["refunded"], free + row["free"]
    assert received == net + given_back + free
    for row in await system.pool.fetch("SELECT * FROM invoices"):
        invoice = INVOICE.fold(streams[row["invoice_id"]])
        assert isinstance(invoice, Invoice)
        assert [row["allocated"], row["refunded"]] == on_invoices.get(row["invoice_id"], [0, 0])
        assert row["due"] >= 0
        asked_no_more = row["total"] if invoice.cancelled else 0
        assert row["total"] == row["allocated"] - row["refunded"] + row["due"] + asked_no_more
        assert (row["cancelled_at"] is not None) == invoice.cancelled
    paid = await system.pool.fetchval("SELECT sum(paid_of_deal(deal_id, currency)) FROM deals")
    matched = await system.pool.fetchval("SELECT sum(amount - refunded) FROM payments WHERE deal_id IS NOT NULL")
    assert (paid or 0) == (matched or 0)


class Script:
    """Things that happen to a few deals of one customer, in an order that a seed gives."""

    def __init__(self, system: System, seed: int) -> None:
        self.system = system
        self.luck = random.Random(seed)
        self.deals: list[dict[str, Any]] = []
        self.invoices: list[dict[str, Any]] = []
        self.bad: list[str] = []

    async def prepare(self) -> None:
        customer = str(self.system.leads.customer())
        for _ in range(2):
            self.deals.append(await self.system.opened(customer_id=customer, value={"amount": "1", "currency": "RUB"}))
        await asyncio.gather(*(self.issue() for _ in range(4)))

    async def issue(self) -> None:
        lines = {"lines": [{"title": "x", "quantity": "1", "price": str(self.luck.randrange(1, 200))}]}
        due_on = (datetime.now(UTC).date() + timedelta(days=self.luck.randrange(-3, 4))).isoformat()
        body = {"deal_id": self.luck.choice(self.deals)["deal_id"], "due_on": due_on, "lines": lines}
        answer = await self.finance("/invoices", body)
        self.invoices.append(answer)

    async def finance(self, path: str, body: Any, **headers: str) -> Any:
        answer = await self.system.callers["finance"].post(path, body, **headers)
        if answer.status_code >= 500:
            self.bad.append(answer.text)
        return answer.json()

    def something(self) -> Awaitable[Any]:
        return self.luck.choice(
            [
                self.notified,
                self.notified,
                self.notified,
                self.by_hand,
                self.moved,
                self.moved,
                self.cancelled,
                self.issue,
            ]
        )()

    async def notified(self) -> None:
        number, amount = self.luck.randrange(1, 7), Decimal(self.luck.randrange(1, 150))
        reference = self.luck.choice([*self.deals, *self.invoices, {"number": "?"}])["number"]
        sent = self.luck.choice(
            [
                payment_samples.cloudpayments(
                    Paid(reference, Decimal(100 + number)), number, secret="api-secret", at=datetime.now(UTC)
                ),
                payment_samples.cloudpayments_refund(
                    Paid("", amount), self.luck.randrange(50, 60), number, secret="api-secret", at=datetime.now(UTC)
                ),
            ]
        )
        for _ in range(self.luck.randrange(1, 3)):
            answer = await self.system.delivered("cloudpayments", sent)
            assert answer.status_code == 200
            await self.work()

    async def work(self) -> None:
        with suppress(Conflict):
            # Another worker was faster: the worker's loop tries again, and so does the end of this test.
            await self.system.parts.worker.process(None)

    async def by_hand(self) -> None:
        body = {"method": "cash", "received": {"amount": str(self.luck.randrange(1, 150)), "currency": "RUB"}}
        number = self.luck.choice([*self.deals, *self.invoices])["number"]
        await self.finance("/payments", {**body, "number": number}, idempotency_key=f"k{self.luck.randrange(4)}")

    async def moved(self) -> None:
        payments = await self.system.pool.fetch("SELECT payment_id FROM payments ORDER BY payment_id")
        if not payments:
            return
        path = f"/payments/{self.luck.choice(payments)['payment_id']}"
        what = self.luck.choice(["allocate", "deallocate", "refund", "match"])
        invoice = self.luck.choice(self.invoices)
        amount = {"amount": str(self.luck.randrange(1, 60))} if self.luck.random() < 0.5 else {}
        match what:
            case "refund":
                body = {"amount": str(self.luck.randrange(1, 60))}
                await self.finance(f"{path}/refund", body, idempotency_key=f"r{self.luck.randrange(9)}")
            case "match":
                await self.finance(f"{path}/match", {"invoice_number": invoice["number"]})
            case _:
                await self.finance(f"{path}/{what}", {"invoice_id": invoice["invoice_id"], **amount})

    async def cancelled(self) -> None:
        invoice = self.luck.choice(self.invoices)
        await self.finance(f"/invoices/{invoice['invoice_id']}/cancel", {"reason": "mistake"})


@pytest.mark.parametrize("seed", range(6))
async def test_several_at_once_on_a_real_database_lose_and_make_no_money(system: System, seed: int) -> None:
    script = Script(system, seed)
    await script.prepare()

    async def actor() -> None:
        for _ in range(15):
            await script.something()

    await asyncio.gather(*(actor() for _ in range(3)))
    settled = await system.understood()
    await system.pool.execute("UPDATE tasks SET due_at = now()")
    while await system.parts.invoices.worker.run_due():
        pass
    assert script.bad == []
    reasons = {row["reason"] for row in settled if row["state"] == "quarantined"}
    assert reasons <= {"The refund is larger than what is left of the payment."}
    await check_everything(system)
