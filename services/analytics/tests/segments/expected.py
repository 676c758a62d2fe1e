"""Segments by plain Python, to compare with: the definition word by word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from events.contracts.analytics import SegmentRules

Payment = tuple[UUID, Decimal, datetime]


def segments(payments: Iterable[Payment], rules: SegmentRules, at: datetime) -> dict[UUID, str]:
    """Who brings the first 60 %, who the next 30 %, who the rest, of what was paid in the window."""
    brought: dict[UUID, Decimal] = defaultdict(Decimal)
    last: dict[UUID, datetime] = {}
    for customer, amount, paid_at in payments:
        if at - timedelta(days=rules.window_days) < paid_at <= at:
            brought[customer] += amount
            last[customer] = max(paid_at, last.get(customer, paid_at))
    total, so_far, found = sum(brought.values()), Decimal(0), {}
    for customer in sorted(brought, key=lambda one: (-brought[one], -last[one].timestamp(), one)):
        if so_far < rules.gold_percent / 100 * total:
            found[customer] = "gold"
        elif so_far < rules.silver_percent / 100 * total:
            found[customer] = "silver"
        else:
            found[customer] = "bronze"
        so_far += brought[customer]
    return found
