"""What may be done with a deal: commands, with everything sealed that is to be sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from events.contracts.deals import Money
from events.contracts.leads import FieldChange
from events.sealed import Sealed
from events.store import deterministic_id

from deals.money import Priced


def deal_of_lead(lead_id: UUID) -> UUID:
    """The id of the deal that a lead leads to."""
    return deterministic_id("deal", lead_id)


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """``stage`` None is the pipeline's first."""

    deal_id: UUID
    customer_id: UUID
    number: str
    pipeline: str
    value: Money
    stage: str | None = None
    lead_id: UUID | None = None
    deal_type: str = "first_sale"
    manager_id: str | None = None
    direction: str | None = None
    title: Sealed[str] | None = None
    previous_deal_id: UUID | None = None
    organisation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MoveDeal:
    """``because`` says why it moves on though required items of the check-list are open."""

    to_stage: str
    because: Sealed[str] | None = None
    request_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NurtureDeal:
    """``to_stage`` None is the pipeline's first stage of nurture; ``wake_at`` None: nobody says when."""

    to_stage: str | None = None
    wake_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WakeDeal:
    """The time has come; nothing if the deal is not put off until then any more."""

    wake_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeValue:
    value: Money


@dataclass(frozen=True, slots=True)
class SetLines:
    """All lines as they are to be; none gives the value back to hand. ``quote_id``: the accepted quote they are of."""

    priced: Priced
    quote_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class WinDeal:
    """``value`` None concludes it at the value it has; ``because`` as in a move."""

    value: Money | None = None
    because: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class LoseDeal:
    """``comment`` None means that nothing was said: an empty text cannot be told from another once it is sealed."""

    reason: str
    comment: Sealed[str] | None


@dataclass(frozen=True, slots=True)
class ReopenDeal:
    """``to_stage`` None is the pipeline's first."""

    to_stage: str | None = None


@dataclass(frozen=True, slots=True)
class ReassignDeal:
    manager_id: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class HandOverDeal:
    """Gives a deal in work to another, if it still is the manager's whose work goes over."""

    from_manager_id: str
    manager_id: str
    reason: str
    handover_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ChangeFields:
    """New values of custom fields, those that really differ."""

    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Retag:
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RenameDeal:
    """``title`` None: it is called by its number. Two titles cannot be compared once they are sealed."""

    title: Sealed[str] | None


@dataclass(frozen=True, slots=True)
class WriteNote:
    text: Sealed[str]


@dataclass(frozen=True, slots=True)
class ExpectClose:
    """``on`` None: nobody knows."""

    on: date | None


@dataclass(frozen=True, slots=True)
class ChangeOrganisation:
    """``organisation_id`` None: the deal is made with the person."""

    organisation_id: UUID | None


@dataclass(frozen=True, slots=True)
class AddParticipant:
    """``role`` in the firm's words; another role replaces the one before."""

    participant_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class RemoveParticipant:
    participant_id: UUID


@dataclass(frozen=True, slots=True)
class Check:
    """Ticks an item of the check-list of a stage off, or takes the tick away; ``stage`` None: where the deal is."""

    item: str
    is_done: bool
    stage: str | None = None


Particular = (
    ChangeFields
    | Retag
    | RenameDeal
    | WriteNote
    | ExpectClose
    | ChangeOrganisation
    | AddParticipant
    | RemoveParticipant
    | Check
)
Command = (
    OpenDeal
    | MoveDeal
    | NurtureDeal
    | WakeDeal
    | ChangeValue
    | SetLines
    | WinDeal
    | LoseDeal
    | ReopenDeal
    | ReassignDeal
    | HandOverDeal
    | Particular
)
