"""A person shows interest: the card, the lead on it, and what the first line makes of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.cause import Cause
from events.event import Event
from events.sealed import Sealed

IdentityKind = Literal["phone", "email", "telegram", "whatsapp", "vk", "avito", "provider"]
Temperature = Literal["cold", "warm", "hot"]
IMPORTED: Final = ("import", "amocrm", "bitrix24")
"""Ways in by which the past comes too: a base that is taken over is nothing that its people do now."""
ErasureGround = Literal[
    "consent_withdrawn", "purpose_achieved", "unlawful_processing", "subject_demand", "retention_ended"
]
"""Of the duty to erase: 152-FZ, article 21, parts 3 to 5, and article 14; the firm's own term of retention."""


class Identity(BaseModel):
    """A contact that finds the person: its kind, and ``index``, what events of this customer call it (32 hex digits).

    An HMAC under the customer's key (``CustomerKey.named``), so it can be compared within a card only, and by nobody
    once the customer is erased. In events of earlier releases it is the blind index of the normalised value.
    """

    model_config = ConfigDict(frozen=True)

    kind: IdentityKind
    index: str


class Touch(BaseModel):
    """One request of a person. ``channel`` is where it came from, ``intake`` the way in which it was received."""

    model_config = ConfigDict(frozen=True)

    touch_id: UUID
    channel: str
    intake: str
    source: str
    kind: str
    campaign: str | None = None
    medium: str | None = None
    utm_source: str | None = None
    content: str | None = None
    term: str | None = None
    click_ids: dict[str, str] | None = None
    referrer_host: str | None = None
    landing_path: str | None = None
    wanted_call_at: datetime | None = None
    is_test: bool = False
    text: Sealed[str] | None = None
    details: Sealed[dict[str, object]] | None = None


class CustomerRegistered(Event):
    """The first contact made a card."""

    type: ClassVar[str] = "customer.registered.v1"

    customer_id: UUID
    name: Sealed[str] | None = None
    phones: tuple[Sealed[str], ...] = ()
    emails: tuple[Sealed[str], ...] = ()
    messengers: tuple[Sealed[str], ...] = ()
    identities: tuple[Identity, ...] = ()
    direction: str | None = None


class CustomerContactAdded(Event):
    """A later contact told more of the same person."""

    type: ClassVar[str] = "customer.contact-added.v1"

    customer_id: UUID
    name: Sealed[str] | None = None
    phones: tuple[Sealed[str], ...] = ()
    emails: tuple[Sealed[str], ...] = ()
    messengers: tuple[Sealed[str], ...] = ()
    identities: tuple[Identity, ...] = ()


class CustomerErased(Event):
    """The customer's key is deleted: what was sealed is unreadable; every service nulls its copies.

    ``erasure_id`` is one for all cards of a person; ``ground`` is that of the law.
    """

    type: ClassVar[str] = "customer.erased.v1"

    customer_id: UUID
    erasure_id: UUID | None = None
    ground: ErasureGround | None = None


class LeadCaptured(Event):
    """A person without an open lead showed interest: the lead's first touch.

    ``from_lead_id`` is there where merged cards were split: no new request, but the newest of one side, which stood on
    this lead of the other side.
    """

    type: ClassVar[str] = "lead.captured.v1"

    lead_id: UUID
    customer_id: UUID
    touch: Touch
    direction: str | None = None
    is_returning: bool = False
    from_lead_id: UUID | None = None


class LeadTouched(Event):
    """A person with an open lead showed interest again: a repeat is a touch, not a second lead."""

    type: ClassVar[str] = "lead.touched.v1"

    lead_id: UUID
    customer_id: UUID
    touch: Touch


class LeadAssigned(Event):
    """A manager became responsible. ``explanation`` says in plain words why this one.

    ``strategy`` is an open list, so that readers survive its growth: by_hand, taken, round_robin, least_busy, manager,
    own_manager. ``rule`` and ``rules_version`` name the rule of distribution that chose, where one did.
    """

    type: ClassVar[str] = "lead.assigned.v1"

    lead_id: UUID
    customer_id: UUID
    manager_id: str
    strategy: str
    explanation: str
    previous_manager_id: str | None = None
    rule: str | None = None
    rules_version: int | None = None
    cause: Cause | None = None


class LeadQualified(Event):
    """The first line found the interest real. ``answers`` are those to the check-list, by question.

    ``is_past`` is true where an import tells what happened elsewhere long ago: no deal is opened because of it.
    """

    type: ClassVar[str] = "lead.qualified.v1"

    lead_id: UUID
    customer_id: UUID
    temperature: Temperature
    category: str | None = None
    comment: Sealed[str] | None = None
    manager_id: str | None = None
    direction: str | None = None
    answers: Sealed[dict[str, object]] | None = None
    is_past: bool | None = None
    cause: Cause | None = None


class LeadDisqualified(Event):
    """The first line found nothing to sell; the reason is from a list."""

    type: ClassVar[str] = "lead.disqualified.v1"

    lead_id: UUID
    customer_id: UUID
    reason: str
    comment: Sealed[str] | None = None
    cause: Cause | None = None
