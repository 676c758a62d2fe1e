"""A made-up sales department in which everything happens that a report tells of, and what a report is asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from analytics.reports.filters import Filters
from events.contracts.analytics import CustomerSegmentChanged, SegmentReason, SegmentRules
from events.contracts.automation import MessageClicked, MessageOpened, MessageUnsubscribed
from events.contracts.deals import (
    DealCloseExpected,
    DealLinesChanged,
    InvoiceCancelled,
    InvoiceIssued,
    Line,
    Money,
    PaymentAllocated,
    PaymentRefunded,
    PipelineSaved,
    PipelineStage,
    ProductRegistered,
    QuoteSent,
    TargetSet,
    Totals,
)
from events.contracts.leads import (
    CustomerContactAdded,
    CustomerFieldsChanged,
    CustomerTagged,
    CustomerUntagged,
    FieldChange,
    Identity,
    LeadFieldsChanged,
    LeadQualified,
    LeadTaken,
    ManagerSetUp,
    SpendRecorded,
)
from events.contracts.leads.identity import CustomerMerged
from events.contracts.leads.interactions import (
    Call,
    InteractionCancelled,
    InteractionConcluded,
    InteractionPlanned,
    InteractionRegistered,
)
from events.contracts.leads.marketing import (
    MarketingEventCostRecorded,
    MarketingEventHeld,
    MarketingEventPlanned,
    MarketingEventResultRecorded,
    ParticipantMoved,
)
from events.envelope import Received
from events.sealed import Sealed

MOSCOW = ZoneInfo("Europe/Moscow")
SECRET = Sealed("s1." + "Iv4n0v" * 8)
LATER = datetime(2027, 6, 1, tzinfo=UTC)
MANAGERS = ("m-anna", "m-boris")
STAGES = ("unsorted", "first-contact", "offer", "negotiation", "payment")


@pytest.fixture
def asked() -> Callable[..., Filters]:
    """``asked(period=…, direction=…)``: what a report is asked, long after all has happened."""

    def make(**filters) -> Filters:
        return Filters(**{"zone": MOSCOW, "now": LATER, **filters})

    return make


class Office:
    """What happens around the leads and deals of a history."""

    def __init__(self, made) -> None:
        self.made, self.random = made, made.random
        self.customers: list[UUID] = []
        self.products = [made.id() for _ in range(2)]
        self.merged: set[UUID] = set()

    def open(self) -> None:
        made = self.made
        for manager, department, directions in (("m-anna", "north", ()), ("m-boris", "south", ("retail",))):
            made.append(
                made.id(),
                ManagerSetUp(
                    manager_id=manager, name=manager, active=True, department=department, directions=directions
                ),
            )
        stages = [
            PipelineStage(code=code, kind="open", title_ru=code, title_en=code, probability=Decimal(n) / 10, days=days)
            for n, (code, days) in enumerate(zip(STAGES, (1, None, 2, 3, 1), strict=True), 1)
        ]
        made.append(
            made.id(),
            PipelineSaved(code="default", version=1, title_ru="d", title_en="d", stages=tuple(stages), loss_reasons=()),
        )
        for number, product in enumerate(self.products):
            made.append(product, ProductRegistered(product_id=product, code=f"p{number}", title="P", kind="goods"))
        for manager in MANAGERS:
            self.target("manager", manager)
        self.target("department", "south")
        self.target("company", "")

    def target(self, kind: str, owner: str) -> None:
        measures = ("revenue_won", "deals_won", "leads", "contacts", "conversion", "quotes_sent", "new_customers")
        for measure in measures:
            id_ = self.made.id()
            self.made.append(
                id_,
                TargetSet(
                    target_id=id_, period="2026", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31),
                    owner_kind=kind, owner_id=owner, measure=measure, amount=Decimal(50),
                    currency="RUB" if measure == "revenue_won" else None,
                ),
            )  # fmt: skip

    def around(self, records: Sequence[Received]) -> None:
        """What follows from what was just appended."""
        for event in [record.recorded().event for record in records]:
            match event.type:
                case "lead.captured.v1":
                    self.lead(event)
                case "deal.opened.v1":
                    self.deal(event)
                case "payment.received.v1" if self.random.random() < 0.3:
                    part = Money(amount=event.received.amount / 2, currency=event.received.currency)
                    self.made.append(
                        event.payment_id, PaymentRefunded(payment_id=event.payment_id, refund_id="r", refunded=part)
                    )
                case "deal.won.v1" if self.random.random() < 0.6:
                    for _ in range(4):
                        self.made.pass_time()
                    self.made.payment(event.customer_id, event.deal_id, event.value)
                case "message.sent.v1" if self.random.random() < 0.6:
                    same = {"message_id": event.message_id, "customer_id": event.customer_id, "medium": "email"}
                    self.made.append(event.message_id, MessageOpened(**same))
                    if self.random.random() < 0.5:
                        self.made.append(event.message_id, MessageClicked(**same), MessageClicked(**same))
                    if self.random.random() < 0.2:
                        gone = MessageUnsubscribed(**same, purpose="marketing", how="link")
                        self.made.append(event.message_id, gone)

    def lead(self, event) -> None:
        r, made = self.random, self.made
        customer = event.customer_id
        self.customers.append(customer)
        manager = r.choice((None, *MANAGERS))
        spend = made.id()
        for amount in r.sample((100, 50, 70), r.choice((0, 1, 2))):
            made.append(
                spend,
                SpendRecorded(
                    spend_id=spend, day=made.now.date(), channel=event.touch.channel, amount=Decimal(amount),
                    currency="RUB", direction=event.direction,
                ),
            )  # fmt: skip
        if r.random() < 0.5:
            kinds = (Identity(kind="email", index="a" * 32), Identity(kind="phone", index="b" * 32))
            made.append(
                customer,
                CustomerContactAdded(
                    customer_id=customer, emails=(SECRET,) * r.randint(0, 2), phones=(SECRET,), identities=kinds
                ),
            )
        if r.random() < 0.6:
            made.append(event.lead_id, LeadTaken(lead_id=event.lead_id, customer_id=customer, manager_id=MANAGERS[0]))
        for _ in range(r.randint(0, 3)):
            self.contact(customer, manager, lead_id=event.lead_id, direction=event.direction)
        if r.random() < 0.5:
            made.append(customer, CustomerTagged(customer_id=customer, tags=("vip", "old")))
            made.append(customer, CustomerUntagged(customer_id=customer, tags=("old",)))
            value = FieldChange(field="colour", value=r.choice(("red", "blue", ["red", "green"])))
            made.append(customer, CustomerFieldsChanged(customer_id=customer, changes=(value,)))
        if customer.int % 2:
            same = {"lead_id": event.lead_id, "customer_id": customer}
            sorts = {"temperature": "warm", "category": f"sort {customer.int % 5}"}
            told: list = [LeadQualified(**same, **sorts)]
            for topic in ("site", ["site", "advert"], None)[: customer.int % 7 % 4]:
                changes = FieldChange(field="topic", value=topic), FieldChange(field="urgent", value=True)
                told.append(LeadFieldsChanged(**same, changes=changes))
            made.log.append(event.lead_id, *told, occurred_at=made.now)
        if r.random() < 0.5:
            self.segment(customer, r.choice(("gold", "silver")), customer.int % 3 == 0)
        roots = [one for one in self.customers if one not in self.merged]
        if len(roots) > 4 and r.random() < 0.15:
            gone, into = r.sample(roots, 2)
            self.merged.add(gone)
            made.append(
                gone,
                CustomerMerged(customer_id=gone, into_customer_id=into, reason="by_hand", explanation="the same"),
            )

    def segment(self, customer: UUID, segment: str, falls: bool) -> None:
        rules = SegmentRules(gold_percent=Decimal(60), silver_percent=Decimal(90), window_days=365, currency="RUB")
        changed = CustomerSegmentChanged(
            customer_id=customer, segment=segment, previous_segment="casual",
            reason=SegmentReason(code="introduced", share_percent=Decimal(1)),
            revenue=Money(amount=Decimal(1), currency="RUB"), as_of=self.made.now, rules=rules,
        )  # fmt: skip
        self.made.append(UUID(int=customer.int ^ 1), changed)
        if falls:
            reason = SegmentReason(code="fell_under_cut", share_percent=Decimal(1))
            later = {"segment": "bronze", "previous_segment": segment, "reason": reason, "as_of": self.made.now}
            fallen = changed.model_copy(update=later)
            self.made.log.append(UUID(int=customer.int ^ 1), fallen, occurred_at=self.made.now)

    def contact(self, customer: UUID, manager: str | None, **of) -> None:
        r, made, id_ = self.random, self.made, self.made.id()
        kind = r.choice(("call", "call", "email", "message", "meeting", "meeting", "visit"))
        same = {"interaction_id": id_, "customer_id": customer, "manager_id": manager, "kind": kind, **of}
        if kind in ("meeting", "visit") or r.random() < 0.2:
            made.append(id_, InteractionPlanned(**same, planned_at=made.now + timedelta(hours=r.randint(1, 90))))
            outcome = r.random()
            if outcome < 0.2:
                made.append(id_, InteractionCancelled(interaction_id=id_, reason="ill"))
            elif outcome < 0.8:
                concluded = {name: value for name, value in same.items() if name != "direction"}
                made.append(id_, InteractionConcluded(**concluded, held=r.random() < 0.7, result="ok"))
            return
        result = r.choice(("answered", "missed"))
        call = Call(result=result, talk_seconds=r.randint(1, 900) if result == "answered" else 0)
        made.append(
            id_,
            InteractionRegistered(
                **same, flow=r.choice(("in", "out")), intake="pbx", source="main", call=call if kind == "call" else None
            ),
        )

    def deal(self, event) -> None:
        r, made = self.random, self.made
        same = {"deal_id": event.deal_id, "customer_id": event.customer_id}
        if r.random() < 0.6:
            made.append(event.deal_id, DealCloseExpected(**same, expected_on=(made.now + timedelta(days=20)).date()))
        if r.random() < 0.5:
            made.append(event.deal_id, DealLinesChanged(**same, **self.lines(event.deal_id, event.value.currency)))
        if r.random() < 0.5:
            id_ = made.id()
            sent = QuoteSent(**same, quote_id=id_, revision=1, sending=1, sending_id=made.id(), channel="email")
            made.append(id_, sent)
        for _ in range(r.choice((0, 1, 1, 2))):
            self.contact(event.customer_id, event.manager_id, deal_id=event.deal_id, direction=event.direction)
        for _ in range(r.choice((0, 1, 2))):
            self.invoice(same)

    def lines(self, deal: UUID, currency: str) -> dict:
        """Lines with tax; what the first product costs is known, of the other in every third deal."""
        zero, net, tax = Decimal(0), Decimal("8.33"), Decimal("1.67")
        costs = dict(zip(self.products, (Decimal("2.155"), Decimal(9) if deal.int % 3 == 0 else None), strict=True))
        lines = tuple(
            Line(
                product_id=product, title="P", quantity=Decimal(1), price=Decimal(10), discounted=zero,
                net=net, tax=tax, gross=net + tax, unit_cost=costs[product],
            )
            for product in self.random.sample(self.products, self.random.randint(1, 2))
        )  # fmt: skip
        n = len(lines)
        whole = Decimal(10 * n)
        totals = Totals(currency=currency, subtotal=whole, discounted=zero, net=net * n, tax=tax * n, gross=whole)
        return {"lines": lines, "totals": totals}

    def invoice(self, same: dict) -> None:
        r, made, id_, payment = self.random, self.made, self.made.id(), self.made.id()
        total = Money(amount=Decimal(r.randint(10, 99)), currency="RUB")
        named = {**same, "invoice_id": id_}
        due_on = (made.now + timedelta(days=r.randint(-3, 9))).date()
        made.append(id_, InvoiceIssued(**named, number="I", kind="full", lines=(), total=total, due_on=due_on))
        if r.random() < 0.15:
            made.append(id_, InvoiceCancelled(**named, number="I", reason="mistake"))
        elif r.random() < 0.6:
            paid = Money(amount=total.amount if r.random() < 0.7 else Decimal(5), currency="RUB")
            due = Money(amount=total.amount - paid.amount, currency="RUB")
            made.append(
                payment,
                PaymentAllocated(payment_id=payment, **named, invoice_number="I", amount=paid, invoice_due=due),
            )

    def marketing(self) -> None:
        r, made, id_ = self.random, self.made, self.made.id()
        begin = made.now + timedelta(days=1)
        made.append(
            id_,
            MarketingEventPlanned(
                event_id=id_, name="Fair", kind="exhibition", stages=("invited", "came"), planned_from=begin,
                planned_to=begin + timedelta(days=1), budget=Money(amount=Decimal(900), currency="RUB"),
                direction=r.choice((None, "b2b")),
            ),
        )  # fmt: skip
        made.append(id_, MarketingEventHeld(event_id=id_, held_from=begin, held_to=begin + timedelta(days=1)))
        made.append(id_, MarketingEventCostRecorded(event_id=id_, cost=Money(amount=Decimal(1000), currency="RUB")))
        for customer in r.sample(self.customers, min(3, len(self.customers))):
            participation = made.id()
            moved = {"participation_id": participation, "event_id": id_, "customer_id": customer}
            made.append(participation, ParticipantMoved(**moved, stage="invited"))
            if r.random() < 0.6:
                made.append(participation, ParticipantMoved(**moved, stage="came", previous_stage="invited"))
        result = MarketingEventResultRecorded(event_id=id_, organisation_id=made.id(), loyalty=3, interest=4)
        made.append(id_, result)


@pytest.fixture
def department(history) -> Callable[[int | str, int], list[Received]]:
    """``department(seed, leads)``: the records of a whole department, in the order in which they were recorded."""

    def make(seed: int | str, leads: int) -> list[Received]:
        made = history(seed, 0)
        office = Office(made)
        office.open()
        for number in range(leads):
            known = len(made.log.records)
            made.lead()
            office.around(made.log.records[known:])
            if number % 8 == 7:
                office.marketing()
        return late(made.log.records, made.random)

    return make


def late(records: Sequence[Received], chance: random.Random) -> list[Received]:
    """Some events are recorded days after they happened, and no later event of their stream before them."""
    recorded: dict[UUID, datetime] = {}
    changed = []
    for record in records:
        plain = record.recorded()
        delay = timedelta(days=chance.randint(1, 20)) if chance.random() < 0.1 else timedelta()
        at = max(plain.recorded_at + delay, recorded.get(plain.stream_id, plain.recorded_at))
        recorded[plain.stream_id] = at
        moved = copy(record)
        moved.attributes = {**record.attributes, "ce_recordedtime": at.isoformat().encode()}
        changed.append(moved)
    return sorted(changed, key=lambda one: one.recorded().recorded_at)
