"""Fixtures of segments: payments as events, and a worker's turn at a given moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from analytics.main import SALES
from analytics.segments.changing import MOST, Changes
from events.contracts.analytics import CustomerSegmentChanged, SegmentRules
from events.contracts.deals import Money, PaymentReceived, PaymentRefunded
from events.envelope import Received, topic_of
from events.store import Store
from events.streams import segment_stream
from events.testing import Log

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RULES = SegmentRules(gold_percent=Decimal(60), silver_percent=Decimal(90), window_days=365, currency="RUB")
_STANDING = """
WITH marks AS (
  INSERT INTO watermarks AS w (consumer, source, shard, position)
  SELECT $1, $2, n, 1 FROM generate_series(0, 15) n
  ON CONFLICT (consumer, source, shard) DO UPDATE SET position = w.position + 1
)
INSERT INTO log_ends (consumer, source, shard, next_offset, seen_at)
SELECT $1, $2, n, 0, $3 FROM generate_series(0, 15) n
ON CONFLICT (consumer, source, shard) DO UPDATE SET seen_at = excluded.seen_at
"""


def person(number: int) -> UUID:
    return UUID(int=number)


@dataclass
class Shop:
    """Customers who pay, and what analytics says of them."""

    sales: object
    rules: SegmentRules = RULES
    log: Log = field(default_factory=Log)
    _payments: int = 0

    def payment(
        self,
        customer: UUID | None,
        amount: Decimal | str | int,
        days_ago: float = 1,
        *,
        currency: str = "RUB",
        is_test: bool = False,
    ) -> list[Received]:
        self._payments += 1
        payment_id = UUID(int=10**6 + self._payments)
        event = PaymentReceived(
            payment_id=payment_id,
            provider="yookassa",
            provider_payment_id=str(self._payments),
            reference="D",
            received=Money(amount=Decimal(amount), currency=currency),
            is_test=is_test,
            deal_id=UUID(int=payment_id.int + 10**6) if customer else None,
            customer_id=customer,
        )
        return self.log.append(payment_id, event, occurred_at=NOW - timedelta(days=days_ago))

    async def pays(self, *payments: tuple) -> None:
        """Payments as (customer, amount, days ago), and their facts."""
        await self.sales.apply([record for payment in payments for record in self.payment(*payment)])

    async def refunds(self, customer: UUID, amount: int) -> None:
        """Gives back so much of the customer's first payment."""
        payment = next(r for r in self.log.records if r.recorded().event.customer_id == customer)
        event = PaymentRefunded(
            payment_id=payment.stream_id, refund_id=str(amount), refunded=Money(amount=Decimal(amount), currency="RUB")
        )
        await self.sales.apply(self.log.append(payment.stream_id, event, occurred_at=NOW - timedelta(hours=1)))

    async def caught_up(self, at: datetime = NOW) -> None:
        """The build has applied what deals has published until now."""
        await self.sales.pool.execute(_STANDING, self.sales.build.consumer_name, topic_of("deals"), at)

    def changes(self, rules: SegmentRules | None = None) -> Changes:
        return Changes(Store("analytics", self.sales.pool), SALES, rules or self.rules)

    async def tells(self, at: datetime = NOW, *, rules: SegmentRules | None = None, most: int = MOST) -> int:
        """One turn after something was paid."""
        await self.caught_up(at)
        return await self.changes(rules).tell(at, most)

    async def told(self, customer: UUID) -> Sequence[CustomerSegmentChanged]:
        """All that was said of a customer."""
        history = await Store("analytics", self.sales.pool).load(segment_stream(customer))
        assert [entry.version for entry in history] == list(range(1, len(history) + 1))
        return [entry.event for entry in history]

    async def segments(self) -> dict[UUID, str]:
        """What was said last of everybody."""
        rows = await self.sales.pool.fetch(
            "SELECT DISTINCT ON (stream_id) data->>'customer_id' AS id, data->>'segment' AS segment"
            " FROM events ORDER BY stream_id, version DESC"
        )
        return {UUID(row["id"]): row["segment"] for row in rows}


@pytest.fixture
async def shop(sales) -> Shop:
    return Shop(sales)
