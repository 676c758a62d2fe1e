"""What the commands of the service share: how a refusal is told, what came of a command, and its business time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.decider import Rejected
from events.envelope import Recorded
from events.problems import Conflict, Invalid, NotFound, Problem

_MISSING = frozenset(("no_deal", "no_pipeline", "no_offer", "no_payment", "no_invoice", "no_price_list", "no_quote"))
_INPUT = frozenset(
    (
        "unknown_stage",
        "unknown_reason",
        "unknown_pipeline",
        "comment_required",
        "not_a_working_stage",
        "closing_stage",
        "not_a_nurture_stage",
        "no_nurture_stage",
        "unknown_type",
        "unknown_item",
        "own_customer",
        "bad_value",
        "unknown_field",
        "field_not_here",
        "required_field",
        "unknown_product",
        "unknown_price_list",
        "no_lines",
        "percent_required",
        "unknown_series",
        "no_price",
        "mixed_taxes",
        "discount_too_large",
        "finer_than_currency",
        "too_large",
        "valid_until_past",
        "lines_in_other_currency",
    )
)


def problem_of_rejection(rejected: Rejected) -> Problem:
    """The problem that tells a client why a rule refused; ``hint`` carries the rule's stable code."""
    kind = NotFound if rejected.code in _MISSING else Invalid if rejected.code in _INPUT else Conflict
    return kind(str(rejected), hint=f"rule: {rejected.code}")


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command; ``happened`` is False where it was so already."""

    version: int
    happened: bool


def business_time(history: Sequence[Recorded], now: datetime, given: datetime | None) -> datetime:
    """Business time never runs backwards in a stream: what is in a deal's past cannot be changed."""
    return business_time_after(history[-1].occurred_at if history else None, now, given)


def business_time_after(last: datetime | None, now: datetime, given: datetime | None) -> datetime:
    """When something happens in a stream whose last event happened at ``last``; refuses another time ``given``."""
    if given is not None:
        if given > now:
            raise Rejected("in_the_future", "occurred_at lies in the future.")
        if last is not None and given < last:
            raise Rejected("too_early", "occurred_at lies before the last thing that happened to the deal.")
        return given
    return now if last is None else max(now, last)
