"""What a route takes from a call besides its body: who stands behind it, and which version the caller has read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from uuid_utils.compat import uuid7

from events import tracing
from events.auth import EVERYTHING, Principal
from events.store import Cause

IfMatch = Annotated[
    str | None,
    Header(pattern=r'^(W/)?"?\d{1,9}"?$', description="The version you read; 412 if it has changed since."),
]


def expected_version(if_match: str | None) -> int | None:
    """The version of an ``If-Match`` header; None where any will do."""
    return int(if_match.strip('W/"')) if if_match else None


def cause_of_call(principal: Principal) -> Cause:
    """Who calls, and the trail of the call, for the events that come of it."""
    trail = tracing.current_trail()
    return Cause(principal.actor, trail.correlation_id if trail else uuid7(), None, tracing.current_traceparent())


def directions_of(principal: Principal) -> list[str] | None:
    """The lines of business that the caller sees, for a query; None for all."""
    return None if EVERYTHING in principal.directions else sorted(principal.directions)
