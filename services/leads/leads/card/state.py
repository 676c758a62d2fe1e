"""What is known of a customer: the fold of the streams of all members of the card, by recorded time. Pure and total.

Sealed values stay sealed, with the card whose key opens them; a card of erased people folds like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

from events.contracts.leads import (
    CustomerBlacklisted,
    CustomerBlacklistLifted,
    CustomerConsentGiven,
    CustomerConsentWithdrawn,
    CustomerContactAdded,
    CustomerContactPreferred,
    CustomerContactRemoved,
    CustomerDetailsChanged,
    CustomerErased,
    CustomerFieldsChanged,
    CustomerRegistered,
    CustomerResponsibleChanged,
    CustomerTagged,
    CustomerUntagged,
    FieldChange,
)
from events.event import Event
from events.sealed import Sealed
from pydantic import JsonValue

ContactKind = Literal["phone", "email", "messenger"]
CONTACT_KINDS: Final[tuple[ContactKind, ...]] = get_args(ContactKind)


@dataclass(frozen=True, slots=True)
class Secret:
    """A sealed value, and the customer whose key opens it."""

    owner: UUID
    sealed: Sealed[Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach the person; messengers are ``messenger:handle``."""

    kind: ContactKind
    value: Secret


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person last said about a purpose and a channel (None: any)."""

    purpose: str
    channel: str | None
    is_given: bool
    at: datetime
    source: str
    text_version: str | None = None
    evidence: Secret | None = None


Value = JsonValue | Secret


@dataclass(frozen=True, slots=True)
class Held:
    """The value of a field as one member of the card has it."""

    owner: UUID
    value: Value


@dataclass(frozen=True, slots=True)
class Card:
    """What all members of a card say together.

    ``preferred`` has the ciphertext of the contact to use first; ``blacklisted`` is the reason. Tags, values and
    managers are known by the members that have them, so that a split leaves each its own; of several values the last
    written counts.
    """

    details: Mapping[str, Secret] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    preferred: Mapping[str, Sealed[str]] = field(default_factory=dict)
    held: Mapping[str, tuple[Held, ...]] = field(default_factory=dict)
    tagged: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    blacklisted: Secret | None = None
    consents: Mapping[tuple[str, str | None], Consent] = field(default_factory=dict)
    managers: Mapping[UUID, str] = field(default_factory=dict)
    erased: bool = False

    @property
    def values(self) -> dict[str, Value]:
        """Values of custom fields by code."""
        return {code: held[-1].value for code, held in self.held.items()}

    @property
    def tags(self) -> frozenset[str]:
        """The tags that any member has."""
        return frozenset(self.tagged)

    def manager(self, root: UUID) -> str | None:
        """Who answers for the card: the root's manager, else that of the first member by id who has one."""
        return self.managers.get(root) or next((self.managers[member] for member in sorted(self.managers)), None)

    def contacts_of(self, kind: ContactKind) -> list[Contact]:
        """The contacts of a kind, the preferred one first."""
        found = [contact for contact in self.contacts if contact.kind == kind]
        first = self.preferred.get(kind)
        return sorted(found, key=lambda contact: contact.value.sealed != first)

    def agrees(self, purpose: str, channel: str | None) -> Consent | None:
        """What counts for a purpose and a channel: the latest word on this channel or on all; no beats yes."""
        said = [self.consents[key] for key in {(purpose, channel), (purpose, None)} if key in self.consents]
        return max(said, key=lambda consent: (consent.at, not consent.is_given), default=None)


EMPTY: Final = Card()


def evolve(card: Card, event: Event) -> Card:
    """The card after an event; what does not concern it changes nothing."""
    match event:
        case CustomerRegistered() | CustomerContactAdded():
            return _learn(card, event)
        case CustomerDetailsChanged():
            new: dict[str, Secret | None] = {
                change.detail: _secret(event.customer_id, change.value) for change in event.changes
            }
            return replace(card, details=_known({**card.details, **new}))
        case CustomerContactRemoved():
            left = tuple(contact for contact in card.contacts if contact.value.sealed != event.value)
            return replace(card, contacts=left)
        case CustomerContactPreferred():
            return replace(card, preferred={**card.preferred, event.kind: event.value})
        case CustomerErased():
            return replace(EMPTY, erased=True)
    return _marked(card, event)


def _marked(card: Card, event: Event) -> Card:
    match event:
        case CustomerFieldsChanged():
            return replace(card, held=with_changes(card.held, event.changes, event.customer_id))
        case CustomerTagged():
            more = {tag: card.tagged.get(tag, frozenset()) | {event.customer_id} for tag in event.tags}
            return replace(card, tagged={**card.tagged, **more})
        case CustomerUntagged():
            less = {tag: card.tagged.get(tag, frozenset()) - {event.customer_id} for tag in event.tags}
            return replace(card, tagged={tag: by for tag, by in {**card.tagged, **less}.items() if by})
        case CustomerBlacklisted():
            return replace(card, blacklisted=Secret(event.customer_id, event.reason))
        case CustomerBlacklistLifted():
            return replace(card, blacklisted=None)
        case CustomerConsentGiven() | CustomerConsentWithdrawn():
            return _say(card, event)
        case CustomerResponsibleChanged():
            others = {member: by for member, by in card.managers.items() if member != event.customer_id}
            mine = {event.customer_id: event.manager_id} if event.manager_id is not None else {}
            return replace(card, managers=others | mine)
    return card


def with_changes(
    held: Mapping[str, tuple[Held, ...]], changes: tuple[FieldChange, ...], owner: UUID
) -> dict[str, tuple[Held, ...]]:
    """Values of custom fields after changes on one member."""
    after = dict(held)
    for change in changes:
        others = tuple(one for one in after.pop(change.field, ()) if one.owner != owner)
        value = Secret(owner, change.sealed) if change.sealed is not None else change.value
        mine = () if value is None else (Held(owner, value),)
        if others or mine:
            after[change.field] = others + mine
    return after


def _learn(card: Card, event: CustomerRegistered | CustomerContactAdded) -> Card:
    told: tuple[tuple[ContactKind, tuple[Sealed[str], ...]], ...] = (
        ("phone", event.phones),
        ("email", event.emails),
        ("messenger", event.messengers),
    )
    new = tuple(Contact(kind, Secret(event.customer_id, sealed)) for kind, values in told for sealed in values)
    details = card.details
    if event.name is not None and "name" not in details:
        details = {**details, "name": Secret(event.customer_id, event.name)}
    return replace(card, details=details, contacts=card.contacts + new)


def _say(card: Card, event: CustomerConsentGiven | CustomerConsentWithdrawn) -> Card:
    is_given = isinstance(event, CustomerConsentGiven)
    said = Consent(
        event.purpose,
        event.channel,
        is_given,
        event.at,
        event.source,
        event.text_version if isinstance(event, CustomerConsentGiven) else None,
        _secret(event.customer_id, event.evidence),
    )
    before = card.consents.get((said.purpose, said.channel))
    if before is not None and (before.at, not before.is_given) >= (said.at, not said.is_given):
        return card
    return replace(card, consents={**card.consents, (said.purpose, said.channel): said})


def _secret(owner: UUID, sealed: Sealed[Any] | None) -> Secret | None:
    return None if sealed is None else Secret(owner, sealed)


def _known(values: Mapping[str, Secret | None]) -> dict[str, Secret]:
    return {name: value for name, value in values.items() if value is not None}
