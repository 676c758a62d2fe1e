"""Marketing events: exhibitions, seminars, webinars; who took part, and what it brought."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.deals.money import Money
from events.event import Event


class Resource(BaseModel):
    """What an event takes: a hall, a stand, people, and how much of it."""

    model_config = ConfigDict(frozen=True)

    name: str
    quantity: int = 1
    cost: Money | None = None


class MarketingEventPlanned(Event):
    """An event is to take place; ``stages`` are what participants go through, in order."""

    type: ClassVar[str] = "marketing_event.planned.v1"

    event_id: UUID
    name: str
    kind: str
    stages: tuple[str, ...]
    planned_from: datetime
    planned_to: datetime
    place: str | None = None
    budget: Money | None = None
    resources: tuple[Resource, ...] = ()
    direction: str | None = None


class MarketingEventChanged(Event):
    """The plan of an event is another now; the whole plan is told."""

    type: ClassVar[str] = "marketing_event.changed.v1"

    event_id: UUID
    name: str
    kind: str
    stages: tuple[str, ...]
    planned_from: datetime
    planned_to: datetime
    place: str | None = None
    budget: Money | None = None
    resources: tuple[Resource, ...] = ()


class MarketingEventHeld(Event):
    """It took place, from and to."""

    type: ClassVar[str] = "marketing_event.held.v1"

    event_id: UUID
    held_from: datetime
    held_to: datetime


class MarketingEventCostRecorded(Event):
    """What the event has cost in all, as known now; it replaces what was told before."""

    type: ClassVar[str] = "marketing_event.cost-recorded.v1"

    event_id: UUID
    cost: Money


class MarketingEventResultRecorded(Event):
    """What came of it with an organisation: loyalty and interest, 1 (low) to 5 (high)."""

    type: ClassVar[str] = "marketing_event.result-recorded.v1"

    event_id: UUID
    organisation_id: UUID
    loyalty: int
    interest: int


class MarketingEventClosed(Event):
    """Nothing more will be told of it."""

    type: ClassVar[str] = "marketing_event.closed.v1"

    event_id: UUID


class MarketingEventCancelled(Event):
    """It will not take place; ``reason`` is a short code."""

    type: ClassVar[str] = "marketing_event.cancelled.v1"

    event_id: UUID
    reason: str


class ParticipantMoved(Event):
    """A person reached a stage of an event: was invited, registered, came."""

    type: ClassVar[str] = "participant.moved.v1"

    participation_id: UUID
    event_id: UUID
    customer_id: UUID
    stage: str
    previous_stage: str | None = None
    organisation_id: UUID | None = None
