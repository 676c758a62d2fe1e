"""Two months of a shop that sells by several channels, ending today: something to draw for every chart."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from events.contracts.automation import Cause, TaskAssigned, TaskCompleted, TaskCreated
from events.contracts.deals import (
    DealLinesChanged,
    DealLost,
    DealOpened,
    DealStageChanged,
    DealWon,
    Line,
    Money,
    PaymentReceived,
    ProductRegistered,
    Totals,
)
from events.contracts.leads import CustomerRegistered, LeadAssigned, LeadCaptured, LeadQualified, LeadTouched, Touch
from events.contracts.leads.interactions import InteractionRegistered
from events.contracts.leads.spend import SpendRecorded
from events.sealed import Sealed
from events.store import ROOT
from events.testing import Log

DAYS = 60
PRODUCTS = {"SITE": 4, "SHOP": 3, "ADVERT": 2, "SUPPORT": 1}
CHANNELS = {"site": 9, "yandex_direct": 7, "vk": 5, "avito": 4, "telegram": 3, "recommendation": 2}
MANAGERS = ("anna", "boris", "vera", "gleb")
STAGES = ("first-contact", "offer", "negotiation", "payment")
SECRET = Sealed("s1." + "Iv4n0v" * 8)


@dataclass
class ShopLife:
    """What happens in the shop, in the contracts' own events."""

    today: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    log: Log = field(default_factory=Log)
    _made: int = 0

    def id(self) -> UUID:
        self._made += 1
        return uuid5(ROOT, f"shop {self._made}")

    def live(self, leads: int) -> None:
        """Everything that came of so many leads, and what was spent on them."""
        for code in PRODUCTS:
            product = uuid5(ROOT, code)
            registered = ProductRegistered(product_id=product, code=code, title=code.title(), kind="service")
            self.append(product, self.today - timedelta(days=DAYS + 1), registered)
        for _ in range(leads):
            self.lead(self.today - timedelta(days=DAYS * self.chance.random() ** 1.3, minutes=1))
        for day in range(DAYS):
            self.spend("yandex_direct", self.today - timedelta(days=day), self.chance.randint(2_000, 6_000))

    def lead(self, at: datetime) -> None:
        """A request, and perhaps a deal and a payment; what would be after today has not happened yet."""
        customer, lead, manager = self.id(), self.id(), self.chance.choice(MANAGERS)
        (channel,) = self.chance.choices(list(CHANNELS), weights=list(CHANNELS.values()))
        clock = self.clock(at)
        self.append(customer, at, CustomerRegistered(customer_id=customer, name=SECRET))
        touch = {"channel": channel, "intake": "form", "source": "main", "kind": "form"}
        ids = {"lead_id": lead, "customer_id": customer}
        self.append(lead, at, LeadCaptured(**ids, touch=Touch(touch_id=self.id(), **touch)))
        assigned = {"strategy": "round_robin", "explanation": "next in line"}
        self.append(lead, next(clock), LeadAssigned(**ids, manager_id=manager, **assigned))
        self.contact(next(clock), customer, lead, manager)
        self.task(at, next(clock), manager, customer, lead)
        if self.chance.random() < 0.3:
            self.append(lead, next(clock), LeadTouched(**ids, touch=Touch(touch_id=self.id(), **touch)))
        if self.chance.random() < 0.62:
            self.append(lead, next(clock), LeadQualified(**ids, temperature="warm", manager_id=manager))
            self.deal(clock, customer, lead, manager)

    def deal(self, clock: Iterator[datetime], customer: UUID, lead: UUID, manager: str) -> None:
        deal = self.id()
        value = Money(amount=Decimal(round(20_000 * self.chance.paretovariate(1.3))), currency="RUB")
        ids = {"deal_id": deal, "customer_id": customer}
        opened = {"number": f"D-{self._made}", "pipeline": "sales", "pipeline_version": 1, "stage": STAGES[0]}
        self.append(deal, next(clock), DealOpened(**ids, lead_id=lead, value=value, manager_id=manager, **opened))
        self.append(deal, next(clock), self.lines(ids, value))
        stage = STAGES[0]
        for following in STAGES[1 : self.chance.randint(1, 5)]:
            step = {"from_stage": stage, "to_stage": following, "to_kind": "open"}
            self.append(deal, next(clock), DealStageChanged(**ids, **step))
            self.contact(next(clock), customer, lead, manager)
            stage = following
        if stage == STAGES[-1] and self.chance.random() < 0.8:
            payment = self.id()
            told = {"provider": "yookassa", "provider_payment_id": f"p{self._made}", "reference": "D"}
            self.append(payment, next(clock), PaymentReceived(payment_id=payment, received=value, **told, **ids))
            self.append(deal, next(clock), DealWon(**ids, from_stage=stage, stage="won", value=value))
        elif self.chance.random() < 0.5:
            lost = DealLost(**ids, from_stage=stage, stage="lost", reason="price", comment=SECRET)
            self.append(deal, next(clock), lost)

    def lines(self, ids: dict[str, UUID], value: Money) -> DealLinesChanged:
        """One product, whose cost is known of all but support."""
        (code,) = self.chance.choices(list(PRODUCTS), weights=list(PRODUCTS.values()))
        net, none = (value.amount / Decimal("1.2")).quantize(Decimal("0.01")), Decimal(0)
        sums = {"discounted": none, "net": net, "tax": value.amount - net, "gross": value.amount}
        line = Line(
            product_id=uuid5(ROOT, code), title=code, quantity=Decimal(1), price=value.amount, tax_rate=Decimal(20),
            unit_cost=None if code == "SUPPORT" else value.amount * Decimal("0.55"), **sums,
        )  # fmt: skip
        return DealLinesChanged(**ids, lines=(line,), totals=Totals(currency="RUB", subtotal=value.amount, **sums))

    def contact(self, at: datetime, customer: UUID, lead: UUID, manager: str) -> None:
        contact, kind = self.id(), self.chance.choice(("call", "call", "email", "meeting"))
        ids = {"customer_id": customer, "lead_id": lead, "manager_id": manager}
        told = {"kind": kind, "intake": "manual", "source": "main", "flow": "out"}
        self.append(contact, at, InteractionRegistered(interaction_id=contact, **told, **ids))

    def task(self, at: datetime, done: datetime, manager: str, customer: UUID, lead: UUID) -> None:
        task = self.id()
        cause = Cause(rule="contact", rule_version=1, action="task", event_id=self.id(), event_type="lead.captured.v1")
        told = {"kind": "call", "title": "Contact the customer", "due_at": at + timedelta(hours=4), "cause": cause}
        self.append(task, at, TaskCreated(task_id=task, customer_id=customer, lead_id=lead, **told))
        self.append(task, at, TaskAssigned(task_id=task, assignee=manager))
        if self.chance.random() < 0.8:
            self.append(task, done, TaskCompleted(task_id=task, result="reached", customer_id=customer))

    def spend(self, channel: str, at: datetime, amount: int) -> None:
        spend = self.id()
        told = {"day": at.date(), "channel": channel, "amount": Decimal(amount), "currency": "RUB"}
        self.append(spend, at, SpendRecorded(spend_id=spend, **told))

    def clock(self, at: datetime) -> Iterator[datetime]:
        """Moments that follow each other by hours."""
        while True:
            at += timedelta(hours=self.chance.expovariate(1 / 9))
            yield at

    def append(self, stream: UUID, at: datetime, event) -> None:
        if at <= self.today:
            self.log.append(stream, event, occurred_at=at)
