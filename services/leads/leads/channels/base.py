"""What every channel is: a webhook of which inquiries come out, and facts of other kinds, as plain text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import UUID

from events.contracts.leads.deliveries import DeliveryState
from events.webhooks import Webhook

from leads.channels.pulled import Reference

Kind = Literal["form", "message", "call", "email", "lead_form", "chat", "import"]


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent given with a request: to a purpose, under a version of the text, by one channel or by any (None)."""

    purpose: str
    text_version: str
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What a channel understood of one request: plain text, as given, neither normalised nor sealed yet.

    `provider_id` is the idempotency key within the source. `details` keeps every field that has no place of its own;
    it may hold personal data too. All text is free of NUL and control characters, and `details` can be written as
    JSON.
    """

    provider_id: str
    occurred_at: datetime  # business time, aware, as the provider says it
    kind: Kind
    name: str | None = field(default=None, repr=False)
    person_id: str | None = field(default=None, repr=False)  # who the person is to the provider
    phones: tuple[str, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    messengers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # ("telegram", "123456")
    text: str | None = field(default=None, repr=False)
    utm: Mapping[str, str] = field(default_factory=dict)  # keys without prefix: source, medium, campaign, content, term
    click_ids: Mapping[str, str] = field(default_factory=dict, repr=False)  # gclid, yclid, fbclid …
    referrer: str | None = field(default=None, repr=False)
    landing_page: str | None = field(default=None, repr=False)
    wanted_call_at: datetime | None = None
    is_test: bool = False
    agreed: tuple[Agreed, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSign:
    """What a telephone exchange said of one call at one moment; what it did not say is None.

    Signs of a call may come in any order and again: `interactions.calls` joins them. `phone` is the other party's as
    `values.international` gives it. `extension` is the employee's telephone this sign is about, `answered_at` when it
    was picked up. `result` is that of the whole call, told once it has ended.
    """

    call_id: str
    occurred_at: datetime  # aware, as the exchange says it
    flow: Literal["in", "out"] | None = None
    phone: str | None = field(default=None, repr=False)
    extension: str | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: int | None = None
    result: Literal["answered", "missed", "busy", "failed"] | None = None
    recording: str | None = field(default=None, repr=False)  # the provider's link or id
    command_id: UUID | None = None  # of the click-to-call that this call follows from


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page or product that a visitor of a site saw. `view_id` is the idempotency key within the visitor."""

    visitor: str = field(repr=False)  # the id that the site's script gave him
    view_id: str
    occurred_at: datetime
    kind: Literal["page", "product"]
    page: str = field(repr=False)  # host and path, without query
    title: str | None = field(default=None, repr=False)
    product: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDeal:
    """The whole life of a deal as another CRM keeps it, in our codes; its customer is who made the inquiry
    ``request_id`` (a ``provider_id`` of the same source).

    ``visits`` are stages with the time of entering, in the order of time, without those of won and lost deals.
    ``as_of`` is when the CRM last changed the deal: of two tellings the later one counts.
    """

    deal_id: str
    request_id: str
    as_of: datetime
    pipeline: str
    opened_at: datetime
    title: str | None = field(default=None, repr=False)
    amount: Decimal | None = None
    currency: str | None = None
    manager_id: str | None = None
    visits: tuple[tuple[str, datetime], ...] = ()
    outcome: Literal["open", "won", "lost"] = "open"
    closed_at: datetime | None = None
    reason: str | None = None
    comment: str | None = field(default=None, repr=False)  # why it was lost, in words of its CRM


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """An organisation that another CRM keeps."""

    company_id: str
    name: str
    occurred_at: datetime
    manager_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The person of the inquiry ``request_id`` acts for these organisations of the same source."""

    request_id: str
    company_ids: tuple[str, ...]
    occurred_at: datetime
    role: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Our manager who answers, in another CRM, for the person of the inquiry ``request_id``."""

    request_id: str
    manager_id: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """A contact with the person of the inquiry ``request_id``, a task about him or a note, as another CRM keeps it.

    ``planned_at`` is there for what is or was planned; ``is_done`` where its CRM says so, ``came_of_it`` in its words.
    ``as_of`` is when the CRM last changed it: of two tellings the later one counts.
    """

    contact_id: str
    request_id: str
    kind: Literal["call", "email", "message", "meeting", "note"]
    occurred_at: datetime
    as_of: datetime
    flow: Literal["in", "out"] | None = None
    talk_seconds: int | None = None
    planned_at: datetime | None = None
    is_done: bool = False
    manager_id: str | None = None
    text: str | None = field(default=None, repr=False)
    came_of_it: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a message that was sent to a person, at one moment.

    ``message`` is the provider's id of it, for letters the Message-ID without brackets; ``named`` is what the sender
    called it, where the provider repeats that. ``report`` tells this report
    from others of the message. ``reason`` is a code without personal data.
    """

    message: str = field(repr=False)
    report: str
    occurred_at: datetime
    state: DeliveryState
    reason: str | None = None
    named: str | None = None
    email: str | None = field(default=None, repr=False)  # whom it was sent to
    phone: str | None = field(default=None, repr=False)


Fact = Answering | Delivery | Inquiry | CallSign | View | Reference | PastContact | PastDeal | Company | Membership
"""What a channel may tell of: an inquiry makes or touches a lead, the others stand in the person's history."""


class Channel(Webhook[Fact], Protocol):
    """One way by which inquiries, and facts of other kinds, come."""
