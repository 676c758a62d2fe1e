"""Fixtures of analytics: a database with a live build of ``sales``, and histories of a made-up sales department."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest
from analytics import builds
from analytics.main import SALES
from events.contracts.automation import (
    Cause,
    MessageFailed,
    MessageRequested,
    MessageSent,
    MessageUnconfirmed,
    TaskAssigned,
    TaskCompleted,
    TaskCreated,
    TaskRescheduled,
)
from events.contracts.deals import (
    DealLost,
    DealOpened,
    DealReassigned,
    DealReopened,
    DealStageChanged,
    DealValueChanged,
    DealWon,
    Money,
    PaymentMatched,
    PaymentReceived,
)
from events.contracts.leads import (
    CustomerErased,
    CustomerRegistered,
    LeadAssigned,
    LeadCaptured,
    LeadDisqualified,
    LeadQualified,
    LeadTouched,
    Touch,
)
from events.envelope import Received
from events.projection import Build
from events.sealed import Sealed
from events.testing import Log

CHANNELS = ("web", "tilda", "telegram", "google_ads")
STAGES = ("unsorted", "first-contact", "offer", "negotiation", "payment")
DIRECTIONS = (None, "b2b", "retail")
MANAGERS = ("m-anna", "m-boris")
START = datetime(2026, 3, 1, tzinfo=UTC)
SECRET = Sealed("s1." + "Iv4n0v" * 8)


@dataclass
class Sales:
    """A database with a build of the projection, and what a consumer would do with records."""

    pool: asyncpg.Pool
    build: Build
    dsn: str

    async def apply(self, records: Sequence[Received]) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await self.build.applier()(connection, records)

    async def empty(self) -> None:
        """Takes all rows out of the build."""
        deletes = await self.pool.fetchval(
            "SELECT string_agg(format('DELETE FROM %I.%I', schemaname, tablename), '; ') FROM pg_tables"
            " WHERE schemaname = $1",
            self.build.schema,
        )
        await self.pool.execute(deletes)

    async def rows(self, table: str, columns: str = "*", order: str = "1") -> list[tuple]:
        found = await self.pool.fetch(f'SELECT {columns} FROM "{self.build.schema}".{table} ORDER BY {order}')
        return [tuple(row) for row in found]

    async def row(self, table: str, columns: str) -> tuple:
        (found,) = await self.rows(table, columns)
        return found


@pytest.fixture
async def sales(new_database) -> AsyncIterator[Sales]:
    dsn = await new_database("analytics")
    async with await asyncpg.create_pool(dsn, min_size=1, max_size=8) as pool:
        await builds.ensure(pool, SALES)
        yield Sales(pool, SALES.build(1), dsn)


@dataclass
class History:
    """A made-up sales department: everything that happens is in ``log``, in the contracts' own events."""

    random: random.Random
    log: Log = field(default_factory=Log)
    now: datetime = START

    def id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def pass_time(self) -> None:
        self.now += timedelta(minutes=self.random.randint(1, 600))

    def append(self, stream: UUID, *events) -> None:
        self.log.append(stream, *events, occurred_at=self.now)
        self.pass_time()

    def touch(self, **more) -> Touch:
        channel = self.random.choice(CHANNELS)
        return Touch(
            touch_id=self.id(),
            channel=channel,
            intake=channel,
            source="main",
            kind="form",
            text=SECRET,
            campaign=self.random.choice((None, "spring")),
            is_test=self.random.random() < 0.1,
            **more,
        )

    def lead(self) -> None:
        """A lead with all that comes of it."""
        r, customer, lead = self.random, self.id(), self.id()
        direction = r.choice(DIRECTIONS)
        self.append(customer, CustomerRegistered(customer_id=customer, name=SECRET, direction=direction))
        touch = self.touch()
        self.append(lead, LeadCaptured(lead_id=lead, customer_id=customer, touch=touch, direction=direction))
        self.task(customer, lead)
        for _ in range(r.randint(0, 2)):
            self.append(lead, LeadTouched(lead_id=lead, customer_id=customer, touch=self.touch()))
        for _ in range(r.randint(0, 2)):
            self.append(
                lead,
                LeadAssigned(
                    lead_id=lead,
                    customer_id=customer,
                    manager_id=r.choice(MANAGERS),
                    strategy="round_robin",
                    explanation="next in line",
                ),
            )
        for reason in r.sample(("spam", "no answer"), r.choice((0, 0, 1, 2))):
            self.append(lead, LeadDisqualified(lead_id=lead, customer_id=customer, reason=reason, comment=SECRET))
        if r.random() < 0.7:
            for _ in range(r.randint(1, 2)):
                self.append(
                    lead,
                    LeadQualified(
                        lead_id=lead,
                        customer_id=customer,
                        temperature=r.choice(("cold", "warm", "hot")),
                        comment=SECRET,
                        manager_id=r.choice((None, *MANAGERS)),
                        direction=r.choice(DIRECTIONS),
                    ),
                )
        for _ in range(r.choice((0, 1, 1, 2))):
            self.deal(customer, lead, direction)
        if r.random() < 0.1:
            self.append(customer, CustomerErased(customer_id=customer))

    def deal(self, customer: UUID, lead: UUID | None, direction: str | None) -> None:
        """A deal that goes forward, skips, goes back, is won or lost, and perhaps comes back."""
        r, deal = self.random, self.id()
        value = Money(amount=Decimal(r.randint(1, 900)) + Decimal("0.50"), currency=r.choice(("RUB", "USD")))
        self.append(
            deal,
            DealOpened(
                deal_id=deal,
                customer_id=customer,
                lead_id=lead,
                number=f"D-{r.randint(1, 9999)}",
                pipeline="default",
                pipeline_version=1,
                stage=STAGES[0],
                value=value,
                manager_id=r.choice((None, *MANAGERS)),
                direction=direction,
                title=SECRET,
            ),
        )
        stage = STAGES[0]
        for _ in range(r.randint(0, 5)):
            to = r.choice(STAGES[min(STAGES.index(stage) + 1, 4) :] if r.random() < 0.8 else STAGES)
            if to != stage:
                self.append(
                    deal,
                    DealStageChanged(deal_id=deal, customer_id=customer, from_stage=stage, to_stage=to, to_kind="open"),
                )
                stage = to
        for _ in range(r.choice((0, 0, 1, 2))):
            self.append(deal, DealReassigned(deal_id=deal, customer_id=customer, manager_id=r.choice(MANAGERS)))
        for _ in range(r.choice((0, 0, 1, 2))):
            value = Money(amount=Decimal(r.randint(1, 900)), currency=value.currency)
            self.append(deal, DealValueChanged(deal_id=deal, customer_id=customer, value=value))
        outcome = r.random()
        if outcome < 0.4:
            self.payment(customer, deal, value)
            self.append(deal, DealWon(deal_id=deal, customer_id=customer, from_stage=stage, stage="won", value=value))
        elif outcome < 0.7:
            self.append(
                deal,
                DealLost(
                    deal_id=deal, customer_id=customer, from_stage=stage, stage="lost", reason="price", comment=SECRET
                ),
            )
            if r.random() < 0.6:
                self.append(deal, DealReopened(deal_id=deal, customer_id=customer, from_stage="lost", to_stage=stage))
                won = r.random() < 0.5
                self.append(
                    deal,
                    DealWon(deal_id=deal, customer_id=customer, from_stage=stage, stage="won", value=value)
                    if won
                    else DealLost(
                        deal_id=deal,
                        customer_id=customer,
                        from_stage=stage,
                        stage="lost",
                        reason="silence",
                        comment=SECRET,
                    ),
                )
        if r.random() < 0.2:
            self.append(
                deal,
                DealStageChanged(
                    deal_id=deal, customer_id=customer, from_stage="won", to_stage="nurture", to_kind="nurture"
                ),
            )
            self.append(deal, DealValueChanged(deal_id=deal, customer_id=customer, value=value))

    def payment(self, customer: UUID, deal: UUID, value: Money) -> None:
        payment, waits = self.id(), self.random.random() < 0.4
        self.append(
            payment,
            PaymentReceived(
                payment_id=payment,
                provider="yookassa",
                provider_payment_id=f"p{payment.int % 10**9}",
                reference="D",
                received=value,
                is_test=self.random.random() < 0.1,
                deal_id=None if waits else deal,
                customer_id=None if waits else customer,
            ),
        )
        if waits:
            for wrong_first in (self.id(), deal) if self.random.random() < 0.3 else (deal,):
                self.append(
                    payment,
                    PaymentMatched(payment_id=payment, deal_id=wrong_first, customer_id=customer, received=value),
                )

    def task(self, customer: UUID, lead: UUID) -> None:
        r, task, message = self.random, self.id(), self.id()
        cause = Cause(rule="contact", rule_version=1, action="task", event_id=self.id(), event_type="lead.captured.v1")
        self.append(
            task,
            TaskCreated(
                task_id=task,
                kind="call",
                title="Contact the customer",
                due_at=self.now,
                customer_id=customer,
                lead_id=lead,
                cause=cause,
                comment=SECRET,
            ),
        )
        for _ in range(r.randint(0, 2)):
            self.append(task, TaskAssigned(task_id=task, assignee=r.choice(MANAGERS)))
        for days in r.sample((1, 2, 7), r.choice((0, 0, 1, 2))):
            later = self.now + timedelta(days=days)
            self.append(task, TaskRescheduled(task_id=task, due_at=later, previous_due_at=self.now))
        for result in r.sample(("reached", "no answer"), r.choice((0, 1, 1, 2))):
            self.append(task, TaskCompleted(task_id=task, result=result, customer_id=customer))
        self.append(
            message,
            MessageRequested(message_id=message, customer_id=customer, medium="email", template="welcome", cause=cause),
        )
        fate = r.random()
        if fate < 0.8:
            self.append(
                message, MessageSent(message_id=message, customer_id=customer, medium="email", template="welcome")
            )
        elif fate < 0.9:
            self.append(
                message,
                MessageUnconfirmed(
                    message_id=message,
                    customer_id=customer,
                    medium="email",
                    template="welcome",
                    handed_over_at=self.now,
                ),
            )
        else:
            self.append(
                message,
                MessageFailed(
                    message_id=message, customer_id=customer, medium="email", template="welcome", reason="bounced"
                ),
            )


@pytest.fixture
def history() -> Callable[..., History]:
    """``history(seed, leads)``: the history of that many leads."""

    def make(seed: int | str, leads: int) -> History:
        made = History(random.Random(seed))
        for _ in range(leads):
            made.lead()
            if made.random.random() < 0.2:
                made.deal(made.id(), None, made.random.choice(DIRECTIONS))
        return made

    return make
