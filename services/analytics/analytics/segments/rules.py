"""By what rules segments are told, and why a customer's has changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from events.contracts.analytics import (
    CustomerSegmentChanged,
    Segment,
    SegmentReason,
    SegmentReasonCode,
    SegmentRules,
)
from events.contracts.deals import Money

from analytics.settings import Settings

ORDER: tuple[Segment, ...] = ("gold", "silver", "bronze", "casual")


def of_settings(settings: Settings) -> SegmentRules:
    """The rules that this installation is configured by."""
    return SegmentRules(
        gold_percent=settings.segments_gold_percent,
        silver_percent=settings.segments_silver_percent,
        window_days=settings.segments_window_days,
        currency=settings.base_currency,
    )


def change(
    row: Mapping[str, Any], rules: SegmentRules, known: SegmentRules | None, at: datetime
) -> CustomerSegmentChanged:
    """The event of a row of ``changes.sql``; ``known`` are the rules of the time before, None at the first time."""
    return CustomerSegmentChanged(
        customer_id=row["customer_id"],
        segment=row["segment"],
        previous_segment=row["previous"],
        reason=_reason(row, rules, known),
        revenue=Money(amount=row["revenue"], currency=rules.currency),
        rules=rules,
        as_of=at,
    )


def percent(part: Decimal, total: Decimal | None) -> Decimal:
    """The share, percent, rounded to 0.01; 0 of nothing."""
    return (100 * part / total).quantize(Decimal("0.01")) if total else Decimal("0.00")


def _reason(row: Mapping[str, Any], rules: SegmentRules, known: SegmentRules | None) -> SegmentReason:
    code, cut = _what_happened(row, rules)
    if known is None:
        code = "introduced"
    elif known != rules:
        code = "rules_changed"
    is_buyer = row["segment"] != "casual"
    return SegmentReason(
        code=code,
        cut_percent=cut,
        share_percent=percent(row["revenue"], row["total"]),
        ahead_percent=percent(row["ahead"], row["total"]) if is_buyer else None,
        previous_share_percent=row["previous_share"],
    )


def _what_happened(row: Mapping[str, Any], rules: SegmentRules) -> tuple[SegmentReasonCode, Decimal | None]:
    """What led from the previous segment to this one, and the cut that was passed, the last of several."""
    segment, previous = row["segment"], row["previous"]
    if segment == "casual":
        if row["is_merged"]:
            return "merged", None
        return ("refunded" if row["bought_in_window"] else "no_purchase_in_window"), None
    above = {"gold": rules.gold_percent, "silver": rules.silver_percent, "bronze": None}[segment]
    if previous == "casual":
        return ("returned" if row["bought_before"] else "first_purchase"), above
    if ORDER.index(segment) < ORDER.index(previous):
        return "rose_over_cut", above
    return "fell_under_cut", rules.gold_percent if segment == "silver" else rules.silver_percent
