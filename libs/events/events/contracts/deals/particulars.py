"""What people write on a deal besides its stage and value: fields, tags, notes, people, dates, check-lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from events.contracts.cause import Cause
from events.contracts.leads.card import FieldChange, FieldKind, FieldOption
from events.event import Event
from events.sealed import Sealed


class DealPutOff(Event):
    """A deal in nurture is to be taken up again at this time; none: nobody says when (any more)."""

    type: ClassVar[str] = "deal.put-off.v1"

    deal_id: UUID
    customer_id: UUID
    wake_at: datetime | None = None


class DealWoken(Event):
    """The time has come to which a deal in nurture was put off. It stays in its stage: somebody should take it up."""

    type: ClassVar[str] = "deal.woken.v1"

    deal_id: UUID
    customer_id: UUID
    stage: str
    manager_id: str | None = None


class DealFieldsChanged(Event):
    """Custom fields were filled in, changed or cleared; sealed by the customer's key where personal."""

    type: ClassVar[str] = "deal.fields-changed.v1"

    deal_id: UUID
    customer_id: UUID
    changes: tuple[FieldChange, ...]
    cause: Cause | None = None


class DealTagged(Event):
    """Tags were put on a deal."""

    type: ClassVar[str] = "deal.tagged.v1"

    deal_id: UUID
    customer_id: UUID
    tags: tuple[str, ...]
    cause: Cause | None = None


class DealUntagged(Event):
    """Tags were taken off a deal."""

    type: ClassVar[str] = "deal.untagged.v1"

    deal_id: UUID
    customer_id: UUID
    tags: tuple[str, ...]
    cause: Cause | None = None


class DealRenamed(Event):
    """The deal got another title; none: it is called by its number."""

    type: ClassVar[str] = "deal.renamed.v1"

    deal_id: UUID
    customer_id: UUID
    title: Sealed[str] | None = None


class DealNoted(Event):
    """Somebody wrote a note."""

    type: ClassVar[str] = "deal.noted.v1"

    deal_id: UUID
    customer_id: UUID
    text: Sealed[str]
    cause: Cause | None = None


class DealCloseExpected(Event):
    """The day on which the deal is expected to be concluded was said or changed; none: nobody knows (any more)."""

    type: ClassVar[str] = "deal.close-expected.v1"

    deal_id: UUID
    customer_id: UUID
    expected_on: date | None = None


class DealOrganisationChanged(Event):
    """The organisation that the deal is made with; none: with the person."""

    type: ClassVar[str] = "deal.organisation-changed.v1"

    deal_id: UUID
    customer_id: UUID
    organisation_id: UUID | None = None


class DealParticipantAdded(Event):
    """One more person takes part, or takes part as something else: ``role`` in the firm's words."""

    type: ClassVar[str] = "deal.participant-added.v1"

    deal_id: UUID
    customer_id: UUID
    participant_id: UUID
    role: str


class DealParticipantRemoved(Event):
    """A person does not take part (any more)."""

    type: ClassVar[str] = "deal.participant-removed.v1"

    deal_id: UUID
    customer_id: UUID
    participant_id: UUID


class DealChecked(Event):
    """An item of a stage's check-list was ticked off, or the tick was taken away."""

    type: ClassVar[str] = "deal.checked.v1"

    deal_id: UUID
    customer_id: UUID
    stage: str
    item: str
    is_done: bool


class DealFieldDefined(Event):
    """A custom field of deals was defined, or its definition changed: the whole definition, as it is from now on."""

    type: ClassVar[str] = "deal_field.defined.v1"

    code: str
    kind: FieldKind
    title: str
    description: str | None = None
    options: tuple[FieldOption, ...] = ()
    required: bool = False
    personal: bool = False
    directions: tuple[str, ...] = ()


class DealFieldRetired(Event):
    """A custom field of deals is not filled in any more. Stored values stay."""

    type: ClassVar[str] = "deal_field.retired.v1"

    code: str
