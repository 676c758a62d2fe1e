"""Every report against a count by hand: the same events folded one by one in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from pathlib import Path
from statistics import fmean, median
from types import SimpleNamespace as Thing
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from analytics.reports.catalogue import BY_NAME
from analytics.reports.filters import Filters
from analytics.reports.metrics import metrics
from analytics.reports.period import Period

MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass(frozen=True)
class Near:
    """Equal to what was rounded."""

    value: float
    by: float
    __hash__ = None

    def __eq__(self, other: object) -> bool:
        return other is not None and abs(float(other) - self.value) <= self.by


def near(value, digits: int = 1) -> Near | None:
    """Half a unit of the last digit either way, and a little for floating point."""
    return None if value is None else Near(float(value), 0.5 * 10**-digits + 1e-6)


def share(part, whole, digits: int = 1):
    return near(100 * part / whole, digits) if whole else None


def middle(values: Iterable[float], digits: int):
    values = list(values)
    return near(median(values), digits) if values else None


def money(pairs) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in pairs:
        sums[currency] += amount
    return dict(sums)


@dataclass
class World:
    """All that a log says until a moment, from what was recorded by another, as a person would follow it."""

    filters: Filters
    leads: dict = field(default_factory=dict)
    touches: list = field(default_factory=list)
    deals: dict = field(default_factory=dict)
    payments: dict = field(default_factory=dict)
    receipts: list = field(default_factory=list)
    contacts: dict = field(default_factory=dict)
    tasks: dict = field(default_factory=dict)
    spend: dict = field(default_factory=dict)
    customers: dict = field(default_factory=dict)
    messages: dict = field(default_factory=dict)
    invoices: dict = field(default_factory=dict)
    allocations: dict = field(default_factory=lambda: defaultdict(list))
    events: dict = field(default_factory=dict)
    moves: dict = field(default_factory=dict)
    targets: dict = field(default_factory=dict)
    departments: dict = field(default_factory=dict)
    stages: dict = field(default_factory=dict)
    quotes: list = field(default_factory=list)
    products: dict = field(default_factory=dict)
    roots: dict = field(default_factory=dict)
    changes: dict = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, records, filters: Filters) -> World:
        world = cls(filters)
        plain = [record.recorded() for record in records]
        for one in sorted(plain, key=lambda one: (str(one.stream_id), one.version)):
            if (filters.as_of is None or one.occurred_at <= filters.as_of) and (
                filters.known_at is None or one.recorded_at <= filters.known_at
            ):
                world.happens(one.type.removesuffix(".v1"), one.event, one.occurred_at)
        for payment in world.payments.values():
            if not payment.is_test:
                for at, amount in [(payment.at, payment.amount), *payment.refunds]:
                    world.receipts.append(
                        Thing(deal=payment.deal, at=at, paid_at=payment.at, currency=payment.currency, amount=amount)
                    )
        return world

    def happens(self, what: str, event, at: datetime) -> None:  # noqa: C901 - one arm per event
        match what:
            case "customer.registered":
                self.customers[event.customer_id] = Thing(
                    at=at, direction=event.direction, emails=len(event.emails), phones=len(event.phones), tags=set(),
                    fields={}, erased=False,
                )  # fmt: skip
            case "customer.contact-added" if event.customer_id in self.customers:
                self.customers[event.customer_id].emails += len(event.emails)
                self.customers[event.customer_id].phones += len(event.phones)
            case "customer.tagged" if event.customer_id in self.customers:
                self.customers[event.customer_id].tags |= set(event.tags)
            case "customer.untagged" if event.customer_id in self.customers:
                self.customers[event.customer_id].tags -= set(event.tags)
            case "customer.fields-changed" if event.customer_id in self.customers:
                self.customers[event.customer_id].fields |= {one.field: one.value for one in event.changes}
            case "customer.erased" if event.customer_id in self.customers:
                self.customers[event.customer_id].erased = True
            case "customer.segment-changed":
                self.changes[event.customer_id].append((at, event.segment, event.previous_segment, event.reason.code))
            case "customer.merged":
                self.roots[event.customer_id] = event.into_customer_id
            case "lead.captured":
                self.leads[event.lead_id] = Thing(
                    id=event.lead_id, at=at, touch=event.touch, customer=event.customer_id, manager=None,
                    direction=event.direction, qualified=None, status=None, temperature=None, answers=[],
                    category=None, wishes={},
                )  # fmt: skip
                self.touches.append(Thing(at=at, touch=event.touch, lead=event.lead_id, customer=event.customer_id))
            case "lead.touched":
                self.touches.append(Thing(at=at, touch=event.touch, lead=event.lead_id, customer=event.customer_id))
            case "lead.assigned" if event.lead_id in self.leads:
                self.leads[event.lead_id].manager = event.manager_id
            case "lead.taken" if event.lead_id in self.leads:
                self.leads[event.lead_id].answers.append(at)
            case "lead.disqualified" if event.lead_id in self.leads:
                self.leads[event.lead_id].status = "disqualified"
            case "lead.qualified" if event.lead_id in self.leads:
                lead = self.leads[event.lead_id]
                lead.status, lead.temperature, lead.category = "qualified", event.temperature, event.category
                lead.qualified = min(at, lead.qualified or at)
                lead.manager = event.manager_id or lead.manager
                lead.direction = event.direction or lead.direction
            case "lead.fields-changed" if event.lead_id in self.leads:
                self.leads[event.lead_id].wishes |= {one.field: one.value for one in event.changes}
            case "deal.opened":
                self.deals[event.deal_id] = Thing(
                    id=event.deal_id, at=at, lead=event.lead_id, customer=event.customer_id, pipeline=event.pipeline,
                    type=event.deal_type, direction=event.direction, manager=event.manager_id, value=event.value,
                    visits=[(event.stage, "open", at, None, None)], expected=None, products=set(), totals=None,
                    cost=None,
                )  # fmt: skip
            case "deal.stage-changed" if event.deal_id in self.deals:
                self.deals[event.deal_id].visits.append((event.to_stage, event.to_kind, at, None, event.from_stage))
            case "deal.reopened" if event.deal_id in self.deals:
                self.deals[event.deal_id].visits.append((event.to_stage, "open", at, None, event.from_stage))
            case "deal.won" if event.deal_id in self.deals:
                self.deals[event.deal_id].visits.append((event.stage, "won", at, None, event.from_stage))
                self.deals[event.deal_id].value = event.value
            case "deal.lost" if event.deal_id in self.deals:
                self.deals[event.deal_id].visits.append((event.stage, "lost", at, event.reason, event.from_stage))
            case "deal.reassigned" if event.deal_id in self.deals:
                self.deals[event.deal_id].manager = event.manager_id
            case "deal.value-changed" if event.deal_id in self.deals:
                self.deals[event.deal_id].value = event.value
            case "deal.close-expected" if event.deal_id in self.deals:
                self.deals[event.deal_id].expected = event.expected_on
            case "deal.lines-changed" if event.deal_id in self.deals:
                deal, costs = self.deals[event.deal_id], [line.unit_cost for line in event.lines]
                deal.products, deal.totals = {line.product_id for line in event.lines}, event.totals
                known = None not in costs and event.totals
                deal.cost = sum(one.quantity * one.unit_cost for one in event.lines) if known else None
            case "quote.sent":
                self.quotes.append((event.deal_id, at))
            case "payment.received":
                self.payments[event.payment_id] = Thing(
                    at=at, amount=event.received.amount, currency=event.received.currency, deal=event.deal_id,
                    is_test=event.is_test, refunds=[],
                )  # fmt: skip
            case "payment.matched" if event.payment_id in self.payments:
                self.payments[event.payment_id].deal = event.deal_id
            case "payment.refunded" if event.payment_id in self.payments:
                self.payments[event.payment_id].refunds.append((at, -event.refunded.amount))
            case "invoice.issued":
                self.invoices[event.invoice_id] = Thing(
                    deal=event.deal_id, amount=event.total.amount, currency=event.total.currency, due=event.due_on,
                    cancelled=False,
                )  # fmt: skip
            case "invoice.cancelled" if event.invoice_id in self.invoices:
                self.invoices[event.invoice_id].cancelled = True
            case "payment.allocated":
                self.allocations[event.invoice_id].append((at, event.amount.amount))
            case "task.created":
                self.tasks[event.task_id] = Thing(
                    customer=event.customer_id, lead=event.lead_id, due=event.due_at, manager=event.assignee, done=None
                )
            case "task.assigned" if event.task_id in self.tasks:
                self.tasks[event.task_id].manager = event.assignee
            case "task.rescheduled" if event.task_id in self.tasks:
                self.tasks[event.task_id].due = event.due_at
            case "task.completed" if event.task_id in self.tasks:
                self.tasks[event.task_id].done = min(at, self.tasks[event.task_id].done or at)
            case "interaction.planned":
                self.contacts[event.interaction_id] = contact(event, planned=event.planned_at)
            case "interaction.registered":
                self.contacts[event.interaction_id] = contact(event, at=at)
            case "interaction.cancelled" if event.interaction_id in self.contacts:
                self.contacts[event.interaction_id].is_open = False
            case "interaction.concluded" if event.interaction_id in self.contacts:
                self.contacts[event.interaction_id].is_open = False
                if event.held:
                    self.contacts[event.interaction_id].at = min(self.contacts[event.interaction_id].planned, at)
            case "spend.recorded":
                self.spend[event.spend_id] = event
            case "message.requested":
                self.messages[event.message_id] = Thing(at=at, event=event, seen=defaultdict(list))
            case (
                "message.sent"
                | "message.failed"
                | "message.unconfirmed"
                | "message.opened"
                | "message.clicked"
                | ("message.unsubscribed")
            ):
                if event.message_id in self.messages:
                    self.messages[event.message_id].seen[what.removeprefix("message.")].append(at)
            case "manager.set-up":
                self.departments[event.manager_id] = event.department
            case "pipeline.saved":
                self.stages = {stage.code: stage for stage in event.stages}
            case "product.registered":
                self.products[event.product_id] = event.code
            case "target.set":
                self.targets[event.target_id] = event
            case "marketing_event.planned":
                self.events[event.event_id] = Thing(
                    plan=event, held=None, cost=None, currency=event.budget.currency, people={}, results=[]
                )
            case "marketing_event.held" if event.event_id in self.events:
                self.events[event.event_id].held = event.held_from
            case "marketing_event.cost-recorded" if event.event_id in self.events:
                self.events[event.event_id].cost = event.cost.amount
            case "marketing_event.result-recorded" if event.event_id in self.events:
                self.events[event.event_id].results.append(event)
            case "participant.moved":
                self.moves[event.participation_id] = event

    # What is seen -----------------------------------------------------------------------------------------------------

    def sees(self, direction: str | None) -> bool:
        visible = self.filters.visible
        return visible is None or direction is None or direction in visible

    def in_period(self, at: datetime | None) -> bool:
        return at is not None and self.filters.period.start <= at < self.filters.period.end

    def person(self, customer: UUID) -> UUID:
        while customer in self.roots:
            customer = self.roots[customer]
        return customer

    def my_leads(self) -> list:
        return [lead for lead in self.leads.values() if not lead.touch.is_test and self.sees(lead.direction)]

    def cohort(self) -> list:
        return [lead for lead in self.my_leads() if self.in_period(lead.at)]

    def my_touches(self) -> list:
        return [
            one for one in self.touches
            if not one.touch.is_test and one.lead in self.leads and self.sees(self.leads[one.lead].direction)
        ]  # fmt: skip

    def my_deals(self) -> list:
        return [deal for deal in self.deals.values() if self.sees(deal.direction)]

    def my_receipts(self) -> list:
        return [one for one in self.receipts if one.deal in self.deals and self.sees(self.deals[one.deal].direction)]

    def of_customer(self, customer) -> str | None:
        return self.customers[customer].direction if customer in self.customers else None

    def chooses(self, customer: UUID) -> bool:
        """Whether the person is of the segment asked for, and has a lead or deal of the channel."""
        person, asked = self.person(customer), self.filters
        told = self.changes[person]
        brought = {lead.id for lead in self.leads.values() if lead.touch.channel == asked.channel}
        came = {self.person(lead.customer) for lead in self.my_leads() if lead.id in brought}
        came |= {self.person(deal.customer) for deal in self.my_deals() if deal.lead in brought}
        return (asked.channel is None or person in came) and (
            asked.segment is None or (told[-1][1] if told else "casual") == asked.segment
        )

    def my_contacts(self) -> list:
        def direction(one):
            deal, lead = self.deals.get(one.deal), self.leads.get(one.lead)
            lead = lead or (self.leads.get(deal.lead) if deal else None)
            told = (one.direction, deal and deal.direction, lead and lead.direction, self.of_customer(one.customer))
            return next((each for each in told if each), None)

        return [one for one in self.contacts.values() if self.sees(direction(one))]

    def held(self) -> list:
        return [one for one in self.my_contacts() if self.in_period(one.at)]

    def my_tasks(self) -> list:
        def direction(one):
            lead = self.leads.get(one.lead)
            return (lead and lead.direction) or self.of_customer(one.customer)

        return [one for one in self.tasks.values() if self.sees(direction(one))]

    def answered(self, lead) -> datetime | None:
        written = [
            one.at for one in self.contacts.values()
            if one.registered and one.flow == "out" and one.customer == lead.customer and one.at >= lead.at
        ]  # fmt: skip
        return min(lead.answers + written, default=None)


def contact(event, at=None, planned=None) -> Thing:
    call = getattr(event, "call", None)
    return Thing(
        kind=event.kind, flow=event.flow, at=at, planned=planned, manager=event.manager_id, customer=event.customer_id,
        lead=event.lead_id, deal=event.deal_id, direction=event.direction, is_open=at is None,
        registered=at is not None,
        talk=(call.talk_seconds if call else 0) or 0, result=call.result if call else None,
    )  # fmt: skip


def profit(world: World, receipt) -> Decimal | None:
    """What is left of money received, if the cost of all that it is for is known."""
    deal = world.deals[receipt.deal]
    if deal.cost is None or deal.totals.currency != receipt.currency:
        return None
    exact = receipt.amount * (deal.totals.net - deal.cost) / deal.totals.gross
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def now_of(deal) -> str:
    return deal.visits[-1][1]


def closed_at(deal) -> datetime:
    return deal.visits[-1][2]


def days(delta: timedelta) -> float:
    return delta / timedelta(days=1)


# The reports ----------------------------------------------------------------------------------------------------------


def funnel(world: World) -> dict:
    deals = [deal for deal in world.my_deals() if deal.lead in {lead.id for lead in world.cohort()}]
    found: dict = {}
    for stage, kind in {(stage, kind) for deal in deals for stage, kind, *_ in deal.visits}:
        expected = world.stages[stage].days if stage in world.stages else None
        stays = []
        for deal in deals:
            ends = [visit[2] for visit in deal.visits[1:]] + [None]
            stays += [(visit[2], end) for visit, end in zip(deal.visits, ends, strict=True) if visit[0] == stage]
        hours = [((end or world.filters.moment) - begin) / timedelta(hours=1) for begin, end in stays]
        over = [max(0, each - 24 * expected) for each in hours] if expected is not None and kind == "open" else None
        found["default", stage] = {
            "expected_hours": expected and 24.0 * expected,
            "late_now": sum(
                end is None and each > 24 * expected for (_, end), each in zip(stays, hours, strict=True)
            ) if expected is not None else 0,
            "hours_over": near(sum(over), 2) if over is not None else None,
            "median_hours": middle([each for (_, end), each in zip(stays, hours, strict=True) if end], 2),
            "over": sum(over) if over is not None else None,
        }  # fmt: skip
    overs = {key: row.pop("over") for key, row in found.items()}
    most = max((each for each in overs.values() if each is not None), default=0)
    for key, row in found.items():
        row["is_bottleneck"] = None if overs[key] is None else 0 < overs[key] == most
    return found


def channels(world: World) -> dict:
    cohort = {lead.id: lead for lead in world.cohort()}
    names = {one.touch.channel for one in world.my_touches() if world.in_period(one.at)}
    found = {}
    for name in names | {one.channel for one in world.spend.values() if spent(world, one)}:
        deals = [d for d in world.my_deals() if d.lead in cohort and cohort[d.lead].touch.channel == name]
        ids = {deal.id for deal in deals}
        revenue = money((one.currency, one.amount) for one in world.my_receipts() if one.deal in ids)
        cost = money(
            (one.currency, one.amount) for one in world.spend.values() if one.channel == name and spent(world, one)
        )
        leads = sum(lead.touch.channel == name for lead in cohort.values())
        found[name,] = {
            "leads": leads, "won": sum(now_of(deal) == "won" for deal in deals), "revenue": revenue, "cost": cost,
            "cost_per_lead": {code: near(each / leads, 2) for code, each in cost.items()} if leads else {},
            "roi_percent": {code: near(100 * (revenue.get(code, 0) - each) / each) for code, each in cost.items()},
        }  # fmt: skip
    return found


def spent(world: World, one) -> bool:
    return world.sees(one.direction) and world.in_period(datetime.combine(one.day, datetime.min.time(), MOSCOW))


MODELS = ("first", "last", "linear", "position", "time_decay")


def attribution(world: World) -> dict:
    credit: dict = defaultdict(lambda: defaultdict(Decimal))
    for one in world.my_receipts():
        if world.in_period(one.at):
            person = world.person(world.deals[one.deal].customer)
            path = sorted(
                (touch.at, str(touch.touch.touch_id), touch.touch.channel) for touch in world.my_touches()
                if world.person(touch.customer) == person and touch.at <= one.paid_at
            )  # fmt: skip
            for model, weights in models([one.paid_at - at for at, _, _ in path]).items():
                for (*_, channel), weight in zip(path, weights, strict=True):
                    credit[channel, one.currency][model] += one.amount * Decimal(weight)
                if not path:
                    credit[None, one.currency][model] += one.amount
    cost: dict = defaultdict(Decimal)
    for one in world.spend.values():
        if spent(world, one):
            cost[one.channel, one.currency] += one.amount
    return {
        key: {
            "cost": cost[key],
            "roi_percent": Near(float(100 * (credit[key]["linear"] - cost[key]) / cost[key]), 0.3)
            if cost[key]
            else None,
            **{model: Near(float(credit[key][model]), 0.1) for model in MODELS},
        }
        for key in {*credit, *cost}
    }


def models(ages: list[timedelta]) -> dict[str, list[float]]:
    n = len(ages)
    if n == 0:
        return {model: [] for model in MODELS}
    decay = [0.5 ** (days(age) / 7) for age in ages]
    ends = [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4] if n > 2 else [1 / n] * n
    return {
        "first": [1.0, *[0.0] * (n - 1)],
        "last": [*[0.0] * (n - 1), 1.0],
        "linear": [1 / n] * n,
        "position": ends,
        "time_decay": [each / sum(decay) for each in decay],
    }


def paths(world: World) -> dict:
    found = {}
    by_channel = defaultdict(list)
    for lead in world.cohort():
        by_channel[lead.touch.channel].append(lead)
    for channel, leads in by_channel.items():
        steps = defaultdict(list)
        touches = []
        for lead in leads:
            deals = [deal for deal in world.my_deals() if deal.lead == lead.id]
            ids = {deal.id for deal in deals}
            at = {
                "answer": world.answered(lead),
                "qualified": lead.qualified,
                "deal": min((deal.at for deal in deals), default=None),
                "won": min((closed_at(deal) for deal in deals if now_of(deal) == "won"), default=None),
                "payment": min((r.at for r in world.my_receipts() if r.deal in ids and r.amount > 0), default=None),
            }
            for step, moment in at.items():
                if moment is not None:
                    steps[step].append((moment - lead.at) / timedelta(hours=1))
            if at["payment"] is not None:
                person = world.person(lead.customer)
                touches.append(
                    sum(world.person(t.customer) == person and t.at <= at["payment"] for t in world.my_touches())
                )
        found[channel,] = {
            "leads": len(leads), "answered": len(steps["answer"]), "qualified": len(steps["qualified"]),
            "deals": len(steps["deal"]), "won": len(steps["won"]), "paid": len(steps["payment"]),
            "paid_percent": share(len(steps["payment"]), len(leads)),
            **{f"hours_to_{name}": middle(steps[name], 2) for name in at},
            "touches_to_payment": near(fmean(touches)) if touches else None,
        }  # fmt: skip
    return found


def managers(world: World) -> dict:
    held, now = world.held(), world.filters.moment
    names = {one.manager for one in [*world.my_contacts(), *world.my_tasks(), *world.my_leads(), *world.my_deals()]}
    found = {}
    for name in names - {None}:
        mine = [one for one in held if one.manager == name]
        calls = [one for one in mine if one.kind == "call"]
        planned = [one for one in world.my_contacts() if one.manager == name and world.in_period(one.planned)]
        tasks = [one for one in world.my_tasks() if one.manager == name]
        leads = [one for one in world.my_leads() if one.manager == name]
        cohort = [one for one in leads if world.in_period(one.at)]
        answers = [world.answered(one) for one in cohort]
        deals = [one for one in world.my_deals() if one.manager == name]
        closed = [one for one in deals if world.in_period(closed_at(one))]
        sales = [one for one in closed if now_of(one) == "won"]
        lost = [one for one in closed if now_of(one) == "lost"]
        ids = {one.id for one in deals}
        paid = [one for one in world.my_receipts() if one.deal in ids and world.in_period(one.at)]
        profits = [(one.deal, one.currency, left) for one in paid if (left := profit(world, one)) is not None]
        active = [one.done for one in tasks if one.done] + [
            closed_at(deal) for deal in deals if now_of(deal) in ("won", "lost")
        ]
        active = [one.at for one in mine] + [at for at in active if at >= world.filters.period.start]
        found[name,] = {
            "department": world.departments.get(name), "calls": len(calls),
            "answered_calls": sum(one.result == "answered" for one in calls),
            "talk_minutes": near(sum(one.talk for one in calls) / 60),
            "letters": sum(one.kind == "email" and one.flow == "out" for one in mine),
            "messages": sum(one.kind == "message" and one.flow == "out" for one in mine),
            "meetings_planned": sum(one.kind == "meeting" for one in planned),
            "meetings_held": sum(one.kind == "meeting" for one in mine), "contacts": len(mine),
            "overdue_contacts": sum(one.is_open and one.at is None and one.planned < now for one in planned),
            "tasks_done": sum(world.in_period(one.done) for one in tasks),
            "tasks_late": sum(world.in_period(one.done) and one.done > one.due for one in tasks),
            "open_tasks": sum(one.done is None for one in tasks),
            "overdue_tasks": sum(one.done is None and one.due < now for one in tasks),
            "leads": len(cohort), "open_leads": sum(one.status is None for one in leads),
            "reaction_minutes": middle(
                [(at - one.at) / timedelta(minutes=1) for one, at in zip(cohort, answers, strict=True) if at], 1
            ),
            "unanswered_leads": answers.count(None), "open_deals": sum(now_of(one) == "open" for one in deals),
            "sales": len(sales), "lost": len(lost), "win_percent": share(len(sales), len(sales) + len(lost)),
            "contacts_per_sale": near(len(mine) / len(sales)) if sales else None,
            "sold": money((one.value.currency, one.value.amount) for one in sales),
            "revenue": money((one.currency, one.amount) for one in paid),
            "profit": money((currency, left) for _, currency, left in profits),
            "paid_deals": len({one.deal for one in paid}), "costed_deals": len({deal for deal, *_ in profits}),
            "last_active_at": max(active, default=None),
            "is_idle": not active or max(active) < now - timedelta(days=3),
        }  # fmt: skip
    return found


def contacts(world: World) -> dict:
    found = defaultdict(list)
    for one in world.held():
        found[one.at.astimezone(MOSCOW).date(), one.manager].append(one)
    return {
        key: {
            "calls_out": sum(one.kind == "call" and one.flow == "out" for one in many),
            "calls_in": sum(one.kind == "call" and one.flow == "in" for one in many),
            "answered_calls": sum(one.kind == "call" and one.result == "answered" for one in many),
            "missed_calls": sum(one.kind == "call" and one.result == "missed" for one in many),
            "talk_minutes": near(sum(one.talk for one in many) / 60),
            "letters_out": sum(one.kind == "email" and one.flow == "out" for one in many),
            "letters_in": sum(one.kind == "email" and one.flow == "in" for one in many),
            "messages": sum(one.kind == "message" for one in many),
            "meetings": sum(one.kind == "meeting" for one in many),
            "visits": sum(one.kind == "visit" for one in many),
            "contacts": len(many),
            "customers": len({world.person(one.customer) for one in many}),
        }
        for key, many in found.items()
    }


def dynamics(world: World) -> dict:
    happened = [(one.at, "requests", None) for one in world.my_touches()]
    happened += [(one.at, "leads", None) for one in world.my_leads()]
    happened += [(one.qualified, "qualified", None) for one in world.my_leads() if one.qualified]
    happened += [(one.at, "deals", None) for one in world.my_deals()]
    for deal in world.my_deals():
        if now_of(deal) in ("won", "lost"):
            happened.append((closed_at(deal), "sales" if now_of(deal) == "won" else "lost", deal.value))
    kinds = {"call": "calls", "email": "letters", "message": "messages", "meeting": "meetings", "visit": "visits"}
    happened += [(one.at, kinds[one.kind], None) for one in world.my_contacts() if one.at]
    happened += [(one.at, "revenue", one) for one in world.my_receipts()]
    months = defaultdict(list)
    for at, what, value in happened:
        if world.in_period(at):
            months[at.astimezone(MOSCOW).date().replace(day=1)].append((what, value))
    found, day = {}, min(months, default=date.max)
    while months and day <= max(months):
        counted = Counter(what for what, _ in months[day])
        found[day,] = {
            **{name: counted[name] for name in ("requests", "leads", "qualified", "deals", "sales", "lost", "calls")},
            **{name: counted[name] for name in ("letters", "messages", "meetings")},
            "sold": money((value.currency, value.amount) for what, value in months[day] if what == "sales"),
            "revenue": money((value.currency, value.amount) for what, value in months[day] if what == "revenue"),
        }
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def forecast(world: World) -> dict:
    period, now = world.filters.period, world.filters.moment
    deals = world.my_deals()
    found: dict = {}
    for currency in {deal.value.currency for deal in deals}:
        mine = [deal for deal in deals if deal.value.currency == currency]
        won = [deal for deal in mine if now_of(deal) == "won" and world.in_period(closed_at(deal))]
        opened = [deal for deal in mine if now_of(deal) == "open"]
        if not won and not opened:
            continue
        weight = {deal.id: deal.value.amount * world.stages[deal.visits[-1][0]].probability for deal in opened}
        last_day, today = period.end.astimezone(MOSCOW).date(), now.astimezone(MOSCOW).date()
        soon = sum(weight[deal.id] for deal in opened if deal.expected and today <= deal.expected < last_day)
        sold = sum(deal.value.amount for deal in won)
        passed = min(max(now, period.start), period.end) - period.start
        bounded = period.end.year < 9999 and passed > timedelta()
        found[currency,] = {
            "sales": len(won), "sold": sold, "open_deals": len(opened),
            "open_sum": sum(deal.value.amount for deal in opened), "weighted": near(sum(weight.values()), 2),
            "weighted_in_period": near(soon, 2), "forecast": near(sold + soon, 2),
            "run_rate": near(float(sold) * ((period.end - period.start) / passed), 2) if bounded else None,
        }  # fmt: skip
    return found


def pareto(world: World) -> dict:
    brought: dict = defaultdict(lambda: defaultdict(Decimal))
    for one in world.my_receipts():
        if world.in_period(one.at):
            brought[one.currency][str(world.person(world.deals[one.deal].customer))] += one.amount
    return ranked(brought)


def pareto_of_profit(world: World) -> dict:
    brought: dict = defaultdict(lambda: defaultdict(Decimal))
    for one in world.my_receipts():
        if world.in_period(one.at) and (left := profit(world, one)) is not None:
            brought[one.currency][str(world.person(world.deals[one.deal].customer))] += left
    return ranked(brought)


def work(world: World) -> dict:
    brought: dict = {None: defaultdict(Decimal)}
    for one in world.held():
        brought[None][one.manager] += 1
    for one in world.my_tasks():
        if world.in_period(one.done):
            brought[None][one.manager] += 1
    brought[None].pop(None, None)
    return ranked(brought)


def ranked(brought: dict) -> dict:
    found = {}
    for currency, amounts in brought.items():
        order = sorted(((-amount, who) for who, amount in amounts.items() if amount > 0))
        total, before = -sum(amount for amount, _ in order), Decimal(0)
        for rank, (amount, who) in enumerate(order, 1):
            found[who, currency] = {
                "rank": rank, "amount": -amount, "share_percent": share(-amount, total),
                "cumulative_percent": share(before - amount, total), "of_all_percent": share(rank, len(order)),
                "is_vital": before * 100 < 80 * total,
            }  # fmt: skip
            before -= amount
    return found


def losses(world: World) -> dict:
    lost = [deal for deal in world.my_deals() if now_of(deal) == "lost" and world.in_period(closed_at(deal))]
    found = defaultdict(list)
    for deal in lost:
        found[deal.pipeline, deal.visits[-1][3], deal.visits[-1][4]].append(deal)
    return {
        key: {
            "lost": len(deals), "share_percent": share(len(deals), len(lost)),
            "median_days": middle([days(closed_at(deal) - deal.at) for deal in deals], 1),
            "amount": money((deal.value.currency, deal.value.amount) for deal in deals),
        }
        for key, deals in found.items()
    }  # fmt: skip


def cycles(world: World) -> dict:
    found = defaultdict(list)
    for deal in world.my_deals():
        if now_of(deal) == "won" and world.in_period(closed_at(deal)):
            found[deal.pipeline, deal.type].append(deal)

    def contacts_of(deal) -> int:
        person = world.person(deal.customer)
        return sum(
            one.at is not None and one.at <= closed_at(deal)
            and (
                one.deal == deal.id or (one.deal is None and one.lead is not None and one.lead == deal.lead)
                or (one.deal is one.lead is None and world.person(one.customer) == person and one.at >= deal.at)
            )
            for one in world.contacts.values()
        )  # fmt: skip

    def from_touch(deal) -> float | None:
        person = world.person(deal.customer)
        touches = [t.at for t in world.my_touches() if world.person(t.customer) == person and t.at <= closed_at(deal)]
        return days(closed_at(deal) - min(touches)) if touches else None

    return {
        key: {
            "sales": len(deals), "median_days": middle([days(closed_at(deal) - deal.at) for deal in deals], 1),
            "mean_days": near(fmean(days(closed_at(deal) - deal.at) for deal in deals)),
            "median_days_from_first_touch": middle(filter(None, map(from_touch, deals)), 1),
            "p90_days": near(ninth_decile([days(closed_at(deal) - deal.at) for deal in deals])),
            "contacts": sum(map(contacts_of, deals)),
            "contacts_per_sale": near(sum(map(contacts_of, deals)) / len(deals)),
        }
        for key, deals in found.items()
    }  # fmt: skip


def ninth_decile(values: list[float]) -> float:
    place = 0.9 * (len(values) - 1)
    below, above = sorted(values)[int(place)], sorted(values)[ceil(place)]
    return below + (above - below) * (place - int(place))


def customers(world: World) -> dict:
    people = defaultdict(list)
    for customer, card in world.customers.items():
        counts = card.at < world.filters.period.end and not card.erased
        if customer not in world.roots and world.sees(card.direction) and counts:
            people[card.direction].append(customer)
    cards = defaultdict(list)
    for customer, card in world.customers.items():
        cards[world.person(customer)].append(card)
    kinds = defaultdict(set)
    for deal in world.my_deals():
        kinds[world.person(deal.customer)].add(now_of(deal))
    return {
        (direction,): {
            "customers": len(many),
            "new_customers": sum(world.in_period(world.customers[one].at) for one in many),
            "with_email": sum(any(card.emails for card in cards[one]) for one in many),
            "emails": sum(card.emails for one in many for card in cards[one]),
            "with_phone": sum(any(card.phones for card in cards[one]) for one in many),
            "buyers": sum("won" in kinds[one] for one in many), "in_work": sum("open" in kinds[one] for one in many),
            "monitored": sum("nurture" in kinds[one] and "open" not in kinds[one] for one in many),
        }
        for direction, many in people.items()
    }  # fmt: skip


def retention(world: World) -> dict:
    def on(at: datetime) -> date:
        return at.astimezone(MOSCOW).date()

    start, gap = world.filters.period.start, timedelta(days=20)
    until = min(world.filters.period.end, world.filters.moment)
    bought = defaultdict(list)
    for one in world.my_receipts():
        if one.amount > 0 and one.at < world.filters.period.end:
            bought[world.person(world.deals[one.deal].customer)].append(one)
    states = defaultdict(list)
    for person, payments in bought.items():
        before = [one.at for one in payments if one.at < start]
        after = [one.at for one in payments if one.at >= start]
        if not before:
            state = "new"
        elif after:
            state = "returned" if on(min(after)) > on(max(before)) + gap else "retained"
        else:
            last = on(max(before))
            state = "waiting" if last >= on(until) - gap else "lost" if last >= on(start) - gap else "lost_before"
        states[state].append(person)
    return {
        (state,): {
            "customers": len(persons), "share_percent": share(len(persons), len(bought)),
            "revenue": money(
                (one.currency, one.amount) for person in persons for one in bought[person]
                if one.at >= start or state not in ("new", "retained", "returned")
            ),
        }
        for state, persons in states.items()
    }  # fmt: skip


def segments(world: World) -> dict:
    order = ("gold", "silver", "bronze", "casual")
    standing = {
        customer: world.changes[customer][-1][1]
        for customer, card in world.customers.items()
        if world.changes[customer] and customer not in world.roots and world.sees(card.direction)
        and card.at < world.filters.period.end and not card.erased
    }  # fmt: skip
    moved = [
        change for customer, changes in world.changes.items() if world.person(customer) in standing
        for change in changes if world.in_period(change[0])
    ]  # fmt: skip
    paid = [one for one in world.my_receipts() if world.in_period(one.at)]
    found = {}
    for segment in order:
        mine = {customer for customer, of in standing.items() if of == segment}
        into = [change for change in moved if change[1] == segment]
        found[segment,] = {
            "customers": len(mine), "share_percent": share(len(mine), len(standing)) if mine else None,
            "revenue": money(
                (one.currency, one.amount) for one in paid if world.person(world.deals[one.deal].customer) in mine
            ),
            "entered": len(into), "left_it": sum(change[2] == segment for change in moved),
            "from_below": sum(order.index(was) > order.index(segment) for _, _, was, _ in into),
            "entered_because": Counter(why for *_, why in into),
        }  # fmt: skip
    return found


def traits(world: World) -> dict:
    revenue: dict = defaultdict(Decimal)
    for one in world.my_receipts():
        if one.currency == "RUB" and world.in_period(one.at):
            revenue[world.person(world.deals[one.deal].customer)] += one.amount
    order = sorted((-amount, person) for person, amount in revenue.items() if amount > 0)
    best = {person for _, person in order[: ceil(len(order) * 0.2)]}
    of: dict = defaultdict(set)
    for customer, card in world.customers.items():
        person = world.person(customer)
        if customer == person and card.direction and world.sees(card.direction):
            of[person].add(("direction", card.direction))
        of[person] |= {("tag", tag) for tag in card.tags}
        for name, value in card.fields.items():
            of[person] |= {(f"field:{name}", each) for each in (value if isinstance(value, list) else [value])}
    for lead in sorted(world.my_leads(), key=lambda lead: (lead.at, lead.id), reverse=True):
        person = world.person(lead.customer)
        of[person] = {each for each in of[person] if each[0] != "channel"} | {("channel", lead.touch.channel)}
        of[person] |= {
            (name, value)
            for name, value in (
                ("campaign", lead.touch.campaign),
                ("category", lead.category),
                ("temperature", lead.temperature),
            )
            if value
        }
    for deal in world.my_deals():
        person = world.person(deal.customer)
        of[person] |= {("pipeline", deal.pipeline), ("deal_type", deal.type)}
        if now_of(deal) == "won":
            of[person] |= {("product", world.products[product]) for product in deal.products}
    found = {}
    for trait in {trait for _, person in order for trait in of[person]}:
        having = [person for _, person in order if trait in of[person]]
        mine = sum(person in best for person in having)
        found[trait] = {
            "customers": len(having), "best": mine, "share_percent": share(len(having), len(order)),
            "best_share_percent": share(mine, len(best)),
            "lift": near((mine / len(best)) / (len(having) / len(order)), 2),
            "revenue": sum(revenue[person] for person in having),
        }  # fmt: skip
    return found


def needs(world: World) -> dict:
    requests, opened = world.cohort(), [deal for deal in world.my_deals() if world.in_period(deal.at)]
    asking = {world.person(one.customer) for one in [*requests, *opened]}
    said: dict = defaultdict(set)
    for lead in requests:
        said[world.person(lead.customer)] |= {("category", lead.category)} if lead.category else set()
        said[world.person(lead.customer)] |= values_of("request", lead.wishes)
    for customer, card in world.customers.items():
        if world.person(customer) in asking:
            said[world.person(customer)] |= {("tag", tag) for tag in card.tags} | values_of("field", card.fields)
    people, deals = defaultdict(set), defaultdict(list)
    for person, wishes in said.items():
        for wish in wishes:
            people[wish].add(person)
            deals[wish] += [deal for deal in opened if world.person(deal.customer) == person]
    for deal in opened:
        for product in deal.products:
            people["product", world.products[product]].add(world.person(deal.customer))
            deals["product", world.products[product]].append(deal)
    return {
        wish: {
            "customers": len(persons), "share_percent": share(len(persons), len(asking)), "deals": len(deals[wish]),
            "won": len(won := [deal for deal in deals[wish] if now_of(deal) == "won"]),
            "lost": (lost := sum(now_of(deal) == "lost" for deal in deals[wish])),
            "win_percent": share(len(won), len(won) + lost),
            "sold": money((deal.value.currency, deal.value.amount) for deal in won),
        }
        for wish, persons in people.items()
    }  # fmt: skip


def values_of(kind: str, fields: dict) -> set[tuple[str, str]]:
    """Values of custom fields, each of a list by itself, as JSON writes them."""
    told = {name: value if isinstance(value, list | tuple) else [value] for name, value in fields.items()}
    return {
        (f"{kind}:{name}", str(each).lower() if isinstance(each, bool) else str(each))
        for name, many in told.items() for each in many if each is not None
    }  # fmt: skip


def plans(world: World) -> dict:
    found = {}
    first_sales: dict = {}
    for deal in sorted(world.my_deals(), key=lambda deal: (closed_at(deal), deal.id)):
        if now_of(deal) == "won":
            first_sales.setdefault(world.person(deal.customer), deal)
    won_leads = {deal.lead for deal in world.my_deals() if now_of(deal) == "won"}
    for target in world.targets.values():
        if target.owner_kind == "company" and world.filters.visible is not None:
            continue
        if world.filters.visible is not None and target.owner_id not in ("m-anna", "north"):
            continue

        def is_mine(manager, target=target) -> bool:
            if target.owner_kind == "company":
                return True
            return target.owner_id in (
                manager,
                world.departments.get(manager) if target.owner_kind == "department" else None,
            )

        def in_year(at) -> bool:
            return at is not None and at.astimezone(MOSCOW).year == 2026

        sales = [d for d in world.my_deals() if now_of(d) == "won" and is_mine(d.manager) and in_year(closed_at(d))]
        leads = [lead for lead in world.my_leads() if is_mine(lead.manager) and in_year(lead.at)]
        fact = {
            "revenue_won": sum(d.value.amount for d in sales if d.value.currency == "RUB"),
            "deals_won": len(sales), "leads": len(leads),
            "contacts": sum(is_mine(one.manager) and in_year(one.at) for one in world.my_contacts()),
            "conversion": 100 * sum(lead.id in won_leads for lead in leads) / len(leads) if leads else None,
            "quotes_sent": sum(
                deal in world.deals and world.sees(world.deals[deal].direction) and is_mine(world.deals[deal].manager)
                for deal, _ in world.quotes
            ),
            "new_customers": sum(is_mine(d.manager) and in_year(closed_at(d)) for d in first_sales.values()),
        }[target.measure]  # fmt: skip
        year = datetime(2026, 1, 1, tzinfo=MOSCOW), datetime(2027, 1, 1, tzinfo=MOSCOW)
        passed = min(1, (world.filters.moment - year[0]) / (year[1] - year[0]))
        elapsed = 1 if target.measure == "conversion" else passed
        found[target.owner_kind, target.owner_id, target.measure] = {
            "plan": target.amount, "fact": near(fact, 2), "time_percent": share(passed, 1),
            "reached_percent": near(100 * float(fact) / float(target.amount)) if fact is not None else None,
            "pace_percent": near(100 * float(fact) / float(target.amount) / elapsed) if fact is not None
            else None,
        }  # fmt: skip
    return found


def mailings(world: World) -> dict:
    mine = [
        one for one in world.messages.values()
        if world.in_period(one.at) and world.sees(world.of_customer(one.event.customer_id))
        and world.chooses(one.event.customer_id)
    ]  # fmt: skip
    sent = [one for one in mine if one.seen["sent"]]
    opened = [one for one in mine if one.seen["opened"]]
    hours = [(min(one.seen["opened"]) - min(one.seen["sent"])) / timedelta(hours=1) for one in opened]
    clicked = sum(bool(one.seen["clicked"]) for one in mine)
    counts = {
        "requested": len(mine), "sent": len(sent), "failed": sum(bool(one.seen["failed"]) for one in mine),
        "unconfirmed": sum(
            bool(one.seen["unconfirmed"]) and not any(map(one.seen.get, ("sent", "failed", "opened", "clicked")))
            for one in mine
        ),
        "opened": len(opened), "clicked": clicked, "clicked_percent": share(clicked, len(sent)),
        "unsubscribed": sum(bool(one.seen["unsubscribed"]) for one in mine),
        "opened_percent": share(len(opened), len(sent)), "hours_to_open": middle(hours, 2),
    }  # fmt: skip
    return {("welcome", "email"): counts} if mine else {}


def marketing_events(world: World) -> dict:
    found = {}
    is_whole = world.filters.channel is None and world.filters.segment is None
    for id_, one in world.events.items():
        if not world.sees(one.plan.direction) or not world.in_period(one.held or one.plan.planned_from):
            continue
        moves = [
            (world.person(move.customer_id), move.stage)
            for move in world.moves.values() if move.event_id == id_ and world.chooses(move.customer_id)
        ]  # fmt: skip
        people = len({person for person, _ in moves})
        came = len({person for person, stage in moves if stage == "came"})
        found[id_,] = {
            "status": "held" if one.held else "planned", "budget": one.plan.budget.amount if is_whole else None,
            "cost": one.cost if is_whole else None, "participants": people, "came": came,
            "cost_per_contact": near(one.cost / came, 2) if came and one.cost and is_whole else None,
            "cost_per_participant": near(one.cost / people, 2) if people and one.cost and is_whole else None,
            "organisations": len(one.results) if is_whole else 0, "loyalty": 3 if one.results and is_whole else None,
        }  # fmt: skip
    return found


def cash_gaps(world: World) -> dict:
    today = world.filters.moment.astimezone(MOSCOW).date()
    seen = {
        id_: one
        for id_, one in world.invoices.items()
        if one.deal in world.deals and world.sees(world.deals[one.deal].direction)
    }
    paid = {id_: sum(amount for _, amount in world.allocations[id_]) for id_ in seen}
    delays = [
        (max(at for at, _ in world.allocations[id_]).astimezone(MOSCOW).date() - one.due).days
        for id_, one in seen.items() if paid[id_] >= one.amount
    ]  # fmt: skip
    delay = ceil(max(0, median(delays))) if delays else 0
    sums: dict = defaultdict(lambda: {"due": Decimal(0), "overdue": Decimal(0), "expected": Decimal(0)})
    for id_, one in seen.items():
        rest = one.amount - paid[id_]
        if rest > 0 and not one.cancelled:
            sums[max(one.due, today), "RUB"]["due"] += rest
            sums[max(one.due, today), "RUB"]["overdue"] += rest if one.due < today else 0
            sums[max(one.due + timedelta(days=delay), today), "RUB"]["expected"] += rest
    gap = Decimal(0)
    for key in sorted(sums):
        gap += sums[key]["due"] - sums[key]["expected"]
        sums[key]["gap"] = gap
    begins = {key: datetime.combine(key[0], datetime.min.time(), MOSCOW) for key in sums}
    return {key: row for key, row in sums.items() if world.in_period(begins[key])}


@dataclass(frozen=True)
class Count:
    """How a report is counted by hand: its rows by their key."""

    report: str
    key: tuple[str, ...]
    by_hand: Callable[[World], dict]
    options: dict = field(default_factory=dict)
    only: Callable[[dict], bool] = lambda row: True


COUNTS = (
    Count("funnel", ("pipeline", "stage"), funnel, only=lambda row: row["step"] == "stage"),
    Count("channels", ("channel",), channels),
    Count("attribution", ("channel", "currency"), attribution),
    Count("paths", ("channel",), paths),
    Count("managers", ("manager",), managers),
    Count("contacts", ("day", "manager"), contacts),
    Count("plans", ("owner_kind", "owner", "measure"), plans),
    Count("dynamics", ("day",), dynamics, {"grain": "month"}),
    Count("forecast", ("currency",), forecast),
    Count("pareto", ("id", "currency"), pareto),
    Count("pareto", ("id", "currency"), pareto_of_profit, {"measure": "profit"}),
    Count("pareto", ("id", "currency"), work, {"by": "managers", "measure": "work"}),
    Count("losses", ("pipeline", "reason", "stage"), losses),
    Count("cycles", ("pipeline", "deal_type"), cycles),
    Count("customers", ("direction",), customers),
    Count("retention", ("state",), retention, {"lost_after_days": 20}),
    Count("segments", ("segment",), segments),
    Count("traits", ("trait", "value"), traits),
    Count("needs", ("need", "value"), needs),
    Count("marketing-events", ("id",), marketing_events),
    Count("mailings", ("template", "medium"), mailings),
    Count("cash-gaps", ("day", "currency"), cash_gaps),
)

APRIL = Period(datetime(2026, 3, 31, 21, tzinfo=UTC), datetime(2026, 4, 30, 21, tzinfo=UTC))
IN_MAY = datetime(2026, 5, 12, 9, tzinfo=UTC)
IN_APRIL = datetime(2026, 4, 20, 9, tzinfo=UTC)
QUESTIONS = (
    {},
    {"as_of": IN_MAY},
    {"as_of": IN_MAY, "known_at": IN_MAY, "visible": ["b2b"]},
    {"as_of": IN_MAY, "period": APRIL},
    {"as_of": IN_APRIL, "period": APRIL},
    {"channel": "web"},
    {"segment": "gold", "as_of": IN_MAY},
)
NARROWED = ("mailings", "marketing-events")
"""Reports whose filters by segment and channel are counted by hand."""


@pytest.mark.parametrize("seed", ["by hand", "again"])
async def test_every_report_agrees_with_a_count_by_hand(sales, department, asked, seed) -> None:
    records = department(seed, 40)
    await sales.apply(records)
    filled: Counter = Counter()
    wrong: list[str] = []
    for question in QUESTIONS:
        filters = asked(**question)
        world = World.of(records, filters)
        for count in COUNTS:
            if count.report == "plans" and "period" in question:
                continue
            if {"channel", "segment"} & question.keys() and count.report not in NARROWED:
                continue
            answer = await BY_NAME[count.report].read(sales.pool, sales.build, filters, **count.options)
            rows = [row.model_dump() for row in answer.rows]
            told = {tuple(row[name] for name in count.key): row for row in rows if count.only(row)}
            by_hand = count.by_hand(world)
            asked_for = f"{count.report} {count.options or ''} of {question}"
            wrong += [f"{asked_for}: {key} is in one only" for key in told.keys() ^ by_hand.keys()]
            wrong += [
                f"{asked_for}, {key}: {name} is {told[key][name]}, by hand {value}"
                for key, expected in by_hand.items() if key in told
                for name, value in expected.items() if told[key][name] != value
            ]  # fmt: skip
            filled[count.report] += len(told)
    assert wrong == []
    assert all(filled[count.report] > 0 for count in COUNTS), filled


async def test_every_field_of_a_metric_is_counted_by_hand(department, asked) -> None:
    world = World.of(department("by hand", 40), asked())
    counted = {
        f"{count.report}.{name}" for count in COUNTS for row in count.by_hand(world).values() for name in row
    }  # fmt: skip
    elsewhere = (Path(__file__).parents[1] / "test_reports.py").read_text()
    fields = {place for metric in metrics() for place in metric.fields} - counted
    assert [place for place in fields if f"row.{place.split('.')[1]} " not in elsewhere
            and f"step.{place.split('.')[1]} " not in elsewhere] == []  # fmt: skip
