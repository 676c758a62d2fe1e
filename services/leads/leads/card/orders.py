"""What people may do with a card: commands, with everything sealed that is to be sealed."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from events.contracts.leads import DetailChange, FieldChange, Identity
from events.sealed import Sealed

from leads.card.said import Contact, ContactKind


@dataclass(frozen=True, slots=True)
class Edit:
    """New details and values of custom fields, those that really differ."""

    details: tuple[DetailChange, ...] = ()
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class AddContact:
    """One more way to reach the person; ``identity`` is None for messengers that people are not matched by."""

    kind: ContactKind
    value: Sealed[str] = field(repr=False)
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class RemoveContact:
    """Not a way to reach the person."""

    contact: Contact
    index: str


@dataclass(frozen=True, slots=True)
class PreferContact:
    """To be used first among those of its kind."""

    contact: Contact
    index: str


@dataclass(frozen=True, slots=True)
class Retag:
    """Tags in normal form to put on and to take off."""

    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Blacklist:
    """Nobody is to work with this person."""

    reason: Sealed[str]


@dataclass(frozen=True, slots=True)
class LiftBlacklist:
    """The person may be worked with again."""

    reason: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class GiveConsent:
    """The person agreed."""

    purpose: str
    channel: str | None
    text_version: str
    source: str
    at: datetime
    evidence: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """The person does not agree (any more)."""

    purpose: str
    channel: str | None
    source: str
    at: datetime
    evidence: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class MakeResponsible:
    """Another manager answers for the customer; None: nobody."""

    manager_id: str | None
    reason: str
    comment: Sealed[str] | None = None
    handover_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class HandOver:
    """What one manager answers for goes to another."""

    from_manager_id: str
    to_manager_id: str
    reason: str
    handover_id: UUID


Command = (
    Edit
    | AddContact
    | RemoveContact
    | PreferContact
    | Retag
    | Blacklist
    | LiftBlacklist
    | GiveConsent
    | WithdrawConsent
    | MakeResponsible
    | HandOver
)
