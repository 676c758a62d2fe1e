"""Contacts with a person: calls, e-mails, messages, meetings, visits; and what a person does on the site."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.cause import Cause
from events.event import Event
from events.sealed import Sealed

InteractionKind = Literal["call", "email", "message", "meeting", "visit"]
Flow = Literal["in", "out"]
"""Who began it: the customer (in) or the company (out)."""
CallResult = Literal["answered", "missed", "busy", "failed"]


class Leg(BaseModel):
    """An employee's telephone in a call: when it was first heard of, and when it was picked up."""

    model_config = ConfigDict(frozen=True)

    extension: str
    rang_at: datetime
    answered_at: datetime | None = None


class Recording(BaseModel):
    """A recording of a call: the provider's link or id. Without a card there is no key, and ``link`` is left out."""

    model_config = ConfigDict(frozen=True)

    recording_id: UUID
    link: Sealed[str] | None = None


class Call(BaseModel):
    """Everything that is known of a call so far.

    ``result`` is there once the call has ended; ``told_result`` is the exchange's word, which ``result`` follows unless
    all telephones of the call are known and none was picked up.
    """

    model_config = ConfigDict(frozen=True)

    flow: Flow | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: int | None = None
    result: CallResult | None = None
    told_result: CallResult | None = None
    legs: tuple[Leg, ...] = ()
    recordings: tuple[Recording, ...] = ()
    command_id: UUID | None = None


class InteractionPlanned(Event):
    """A meeting, visit, call or letter is to take place at ``planned_at``; ``cause`` where a rule asked for it."""

    type: ClassVar[str] = "interaction.planned.v1"

    interaction_id: UUID
    kind: InteractionKind
    planned_at: datetime
    flow: Flow | None = None
    customer_id: UUID | None = None
    organisation_id: UUID | None = None
    manager_id: str | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    direction: str | None = None
    text: Sealed[str] | None = None
    cause: Cause | None = None


class InteractionRegistered(Event):
    """It took place, or began. A message or letter that came as a request names its touch, where its text is."""

    type: ClassVar[str] = "interaction.registered.v1"

    interaction_id: UUID
    kind: InteractionKind
    intake: str
    source: str
    flow: Flow | None = None
    customer_id: UUID | None = None
    organisation_id: UUID | None = None
    manager_id: str | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    direction: str | None = None
    touch_id: UUID | None = None
    duration_seconds: int | None = None
    text: Sealed[str] | None = None
    call: Call | None = None


class InteractionRescheduled(Event):
    """It is to take place at another time."""

    type: ClassVar[str] = "interaction.rescheduled.v1"

    interaction_id: UUID
    planned_at: datetime
    previously_planned_at: datetime
    customer_id: UUID | None = None


class InteractionCancelled(Event):
    """It will not take place; ``reason`` is a short code."""

    type: ClassVar[str] = "interaction.cancelled.v1"

    interaction_id: UUID
    reason: str
    customer_id: UUID | None = None


class InteractionConcluded(Event):
    """What came of it. ``held`` is False where nobody came or answered; ``next_contact_at`` proposes the next one."""

    type: ClassVar[str] = "interaction.concluded.v1"

    interaction_id: UUID
    kind: InteractionKind
    held: bool
    result: str
    next_contact_at: datetime | None = None
    next_contact_kind: InteractionKind | None = None
    duration_seconds: int | None = None
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    manager_id: str | None = None
    comment: Sealed[str] | None = None


class CallProgressed(Event):
    """The telephone exchange told more of a call; ``call`` is the whole of what is known now."""

    type: ClassVar[str] = "call.progressed.v1"

    interaction_id: UUID
    call: Call
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    manager_id: str | None = None
    direction: str | None = None


class CallMissed(Event):
    """A customer called and nobody talked to him: he is to be called back."""

    type: ClassVar[str] = "call.missed.v1"

    interaction_id: UUID
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    manager_id: str | None = None
    direction: str | None = None


class CallReturned(Event):
    """A missed call needs nobody any more: there was a talk afterwards, or somebody said what came of it."""

    type: ClassVar[str] = "call.returned.v1"

    interaction_id: UUID
    by_interaction_id: UUID
    customer_id: UUID | None = None


class CallRequested(Event):
    """A person asked the telephone exchange to connect his telephone with a customer's."""

    type: ClassVar[str] = "call.requested.v1"

    command_id: UUID
    customer_id: UUID
    manager_id: str
    extension: str
    intake: str
    source: str
    lead_id: UUID | None = None
    direction: str | None = None


class CallPlaced(Event):
    """The exchange took the command. ``interaction_id`` is the call, where the exchange named it in its answer."""

    type: ClassVar[str] = "call.placed.v1"

    command_id: UUID
    customer_id: UUID
    interaction_id: UUID | None = None
    attempts: int = 1


class CallRefused(Event):
    """The exchange will not make the call; ``reason`` is a code without personal data."""

    type: ClassVar[str] = "call.refused.v1"

    command_id: UUID
    customer_id: UUID
    reason: str


class BehaviourObserved(Event):
    """A visitor of a site who is known to be this customer: pages and products seen, as a list in ``seen``."""

    type: ClassVar[str] = "behaviour.observed.v1"

    visitor_id: UUID
    customer_id: UUID
    source: str
    count: int
    first_at: datetime
    last_at: datetime
    seen: Sealed[dict[str, object]]
