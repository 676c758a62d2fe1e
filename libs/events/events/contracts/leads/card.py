"""What people write on a customer's card, and the fields that an organisation defines for its cards.

What describes the person is sealed by the key of ``customer_id``. Values of custom fields are sealed where the field
is personal and plain where it is not, so that reports may use them.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue

from events.contracts.cause import Cause
from events.event import Event
from events.sealed import Sealed

Detail = Literal[
    "name",
    "first_name",
    "middle_name",
    "last_name",
    "birthday",
    "needs",
    "wishes",
    "tastes",
    "terms",
    "notes",
]
FieldOwner = Literal["customer", "organisation", "lead"]
FieldKind = Literal["text", "number", "money", "date", "moment", "choice", "multi_choice", "flag", "link", "user"]


class DetailChange(BaseModel):
    """A new value of one detail; none: it was cleared. Birthdays are ``YYYY-MM-DD`` or ``--MM-DD``."""

    model_config = ConfigDict(frozen=True)

    detail: Detail
    value: Sealed[str] | None = None


class FieldChange(BaseModel):
    """A new value of one custom field: plain, or sealed as ``{"value": …}``; neither: it was cleared."""

    model_config = ConfigDict(frozen=True)

    field: str
    value: JsonValue | None = None
    sealed: Sealed[dict[str, object]] | None = None


class CustomerDetailsChanged(Event):
    """Somebody corrected or completed what the card says of the person."""

    type: ClassVar[str] = "customer.details-changed.v1"

    customer_id: UUID
    changes: tuple[DetailChange, ...]


class CustomerContactRemoved(Event):
    """A way to reach the person is not theirs (any more). ``value`` is the ciphertext that the card had, as it was
    added; ``index`` is what the event called it that added it.
    """

    type: ClassVar[str] = "customer.contact-removed.v1"

    customer_id: UUID
    kind: Literal["phone", "email", "messenger"]
    value: Sealed[str]
    index: str


class CustomerContactPreferred(Event):
    """This contact is to be used first among those of its kind. ``value`` is the ciphertext that the card has."""

    type: ClassVar[str] = "customer.contact-preferred.v1"

    customer_id: UUID
    kind: Literal["phone", "email", "messenger"]
    value: Sealed[str]
    index: str


class CustomerFieldsChanged(Event):
    """Custom fields of a customer were filled in, changed or cleared."""

    type: ClassVar[str] = "customer.fields-changed.v1"

    customer_id: UUID
    changes: tuple[FieldChange, ...]
    cause: Cause | None = None


class CustomerNoted(Event):
    """A note about the person: a stream of its own. ``intake`` and ``source`` say where it was written."""

    type: ClassVar[str] = "customer.noted.v1"

    note_id: UUID
    customer_id: UUID
    text: Sealed[str]
    intake: str
    source: str
    lead_id: UUID | None = None
    manager_id: str | None = None
    cause: Cause | None = None


class CustomerTagged(Event):
    """Tags were put on a card."""

    type: ClassVar[str] = "customer.tagged.v1"

    customer_id: UUID
    tags: tuple[str, ...]
    cause: Cause | None = None


class CustomerUntagged(Event):
    """Tags were taken off a card."""

    type: ClassVar[str] = "customer.untagged.v1"

    customer_id: UUID
    tags: tuple[str, ...]
    cause: Cause | None = None


class CustomerBlacklisted(Event):
    """Nobody is to work with this person. Requests are still kept; their leads are marked and given to nobody."""

    type: ClassVar[str] = "customer.blacklisted.v1"

    customer_id: UUID
    reason: Sealed[str]
    cause: Cause | None = None


class CustomerBlacklistLifted(Event):
    """The person may be worked with again."""

    type: ClassVar[str] = "customer.blacklist-lifted.v1"

    customer_id: UUID
    reason: Sealed[str] | None = None


class CustomerConsentGiven(Event):
    """The person agreed to a purpose, by a channel or by any (none), under a version of the text, as of ``at``."""

    type: ClassVar[str] = "customer.consent-given.v1"

    customer_id: UUID
    purpose: str
    channel: str | None = None
    text_version: str
    source: str
    at: datetime
    evidence: Sealed[str] | None = None


class CustomerConsentWithdrawn(Event):
    """The person does not agree (any more), as of ``at``. Without a channel: for no channel at all."""

    type: ClassVar[str] = "customer.consent-withdrawn.v1"

    customer_id: UUID
    purpose: str
    channel: str | None = None
    source: str
    at: datetime
    evidence: Sealed[str] | None = None


class CustomerResponsibleChanged(Event):
    """Another manager answers for the customer; none: nobody. ``reason`` is a code of the service's settings."""

    type: ClassVar[str] = "customer.responsible-changed.v1"

    customer_id: UUID
    manager_id: str | None = None
    previous_manager_id: str | None = None
    reason: str
    comment: Sealed[str] | None = None
    handover_id: UUID | None = None
    cause: Cause | None = None


class LeadFieldsChanged(Event):
    """Custom fields of a lead were filled in, changed or cleared; sealed by the customer's key where personal."""

    type: ClassVar[str] = "lead.fields-changed.v1"

    lead_id: UUID
    customer_id: UUID
    changes: tuple[FieldChange, ...]
    cause: Cause | None = None


class FieldOption(BaseModel):
    """A choice: its code stands in values for ever, its title may change. A retired one is not chosen any more."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str
    retired: bool = False


class FieldDefined(Event):
    """A custom field was defined, or its definition changed: the whole definition, as it is from now on."""

    type: ClassVar[str] = "field.defined.v1"

    subject: FieldOwner
    code: str
    kind: FieldKind
    title: str
    description: str | None = None
    options: tuple[FieldOption, ...] = ()
    required: bool = False
    personal: bool = False
    directions: tuple[str, ...] = ()


class FieldRetired(Event):
    """A custom field is not filled in any more. Stored values stay."""

    type: ClassVar[str] = "field.retired.v1"

    subject: FieldOwner
    code: str
