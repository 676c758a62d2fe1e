"""How often customers are to be talked to, by what they bring; and that the time for it has come."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.analytics import Segment
from events.event import Event


class CadenceRule(BaseModel):
    """Customers of this segment are to be talked to ``days`` after the last contact, at the latest ``latest_days``.

    ``nurture``: they are to get letters besides.
    """

    model_config = ConfigDict(frozen=True)

    segment: Segment
    days: int
    latest_days: int
    nurture: bool = False


class CadenceSetUp(Event):
    """How often customers of each segment are to be talked to, from now on; a segment that is left out: never."""

    type: ClassVar[str] = "cadence.set-up.v1"

    rules: tuple[CadenceRule, ...]


class CadenceExcepted(Event):
    """One customer is to be talked to at another pace than the segment, or (``paused``) not by pace at all."""

    type: ClassVar[str] = "cadence.excepted.v1"

    customer_id: UUID
    days: int | None = None
    latest_days: int | None = None
    paused: bool = False


class CadenceExceptionLifted(Event):
    """The pace of the segment holds for the customer again."""

    type: ClassVar[str] = "cadence.exception-lifted.v1"

    customer_id: UUID


class ContactDue(Event):
    """The customer is to be talked to, by ``latest_at``; once after each contact. Nobody has an open deal with him."""

    type: ClassVar[str] = "contact.due.v1"

    occasion_id: UUID
    customer_id: UUID
    segment: Segment
    last_contact_at: datetime
    latest_at: datetime
    manager_id: str | None = None
    nurture: bool = False
