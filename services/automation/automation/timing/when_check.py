"""What is wrong with the timing of an action, told when its rule is saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from events.event import Event

from automation.actions.effect import Timed
from automation.facts.shape import FOLLOWED, SHAPES
from automation.rules.condition_check import type_at
from automation.rules.where_check import check_where
from automation.timing.when import EVENT, Timing

_DATES = (datetime, datetime | None, date, date | None, str, str | None, Any)
"""Facts hold days as text; what a custom field holds is only known when it is read."""


def check_timing(action: Timed, event: type[Event]) -> Iterator[str]:
    """A date that is not there, or a condition ``still`` that can never hold: ``.timing.before.field: why``."""
    if action.timing:
        yield from _date(action.timing, event)
    if action.still:
        yield from (f".still: {fault}" for fault in check_where(action.still, event))


def _date(timing: Timing, event: type[Event]) -> Iterator[str]:
    if timing.field is None:
        return
    place = f".timing.{'before' if timing.before else 'after'}.field"
    root, _, path = timing.field.partition(".")
    if root != EVENT and root not in FOLLOWED:
        yield f"{place}: must begin with one of {', '.join((EVENT, *FOLLOWED))}, as deal.expected_on"
        return
    if root != EVENT and f"{root}_id" not in event.model_fields:
        yield f"{place}: {event.type} has no {root}_id, so there is no {root}"
        return
    try:
        kind = type_at(event if root == EVENT else SHAPES[root], path, root)
    except LookupError as error:
        yield f"{place}: {error}"
        return
    if kind not in _DATES:
        yield f"{place}: {timing.field} is no date"
