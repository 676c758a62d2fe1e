"""What is known of a customer: the fold of the streams of all members of the card, by recorded time. Pure and total.

Sealed values stay sealed, with the card whose key opens them. Everything is known by the member that said it: a split
leaves each its own, and the erasure of one takes what this one said and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
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

from leads.card.said import Consent, Contact, ContactKind, Held, Secret, V, Value, but, counts, forgotten, with_said


@dataclass(frozen=True, slots=True)
class Card:
    """What the members of a card say, each by its id.

    Of details and preferred contacts the root's own word counts, else that of the first member by id who has one; of
    values of custom fields the last written, of the black list the last decision, of consents the latest word.
    ``told_as``: what events call its contacts.
    """

    root: UUID | None = None
    said: Mapping[str, Mapping[UUID, Secret | None]] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    prefers: Mapping[str, Mapping[UUID, Sealed[str]]] = field(default_factory=dict)
    held: Mapping[str, tuple[Held, ...]] = field(default_factory=dict)
    tagged: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    decisions: Mapping[UUID, Secret | None] = field(default_factory=dict)
    words: Mapping[tuple[str, str | None], Mapping[UUID, Consent]] = field(default_factory=dict)
    managers: Mapping[UUID, str] = field(default_factory=dict)
    erased_members: frozenset[UUID] = frozenset()
    told_as: frozenset[str] = frozenset()

    @property
    def erased(self) -> bool:
        """Is the root erased? Nothing can be written about the person then, for its key seals what is written."""
        return self.root in self.erased_members

    @property
    def details(self) -> dict[str, Secret]:
        """Details by name, those that are not empty."""
        found = {name: self._own(values) for name, values in self.said.items()}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def blacklisted(self) -> Secret | None:
        """The reason; None for a card that is not on the black list."""
        return list(self.decisions.values())[-1] if self.decisions else None

    @property
    def consents(self) -> dict[tuple[str, str | None], Consent]:
        """The latest word on each purpose and channel."""
        return {key: max(words.values(), key=counts) for key, words in self.words.items()}

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

    def preferred(self, kind: ContactKind) -> Sealed[str] | None:
        """The ciphertext of the contact to use first."""
        return self._own(self.prefers.get(kind, {}))

    def contacts_of(self, kind: ContactKind) -> list[Contact]:
        """The contacts of a kind, the preferred one first."""
        found = [contact for contact in self.contacts if contact.kind == kind]
        first = self.preferred(kind)
        return sorted(found, key=lambda contact: contact.value.sealed != first)

    def agrees(self, purpose: str, channel: str | None) -> Consent | None:
        """What counts for a purpose and a channel: the latest word on this channel or on all; no beats yes."""
        keys = {(purpose, channel), (purpose, None)}
        return max((word for key in keys for word in self.words.get(key, {}).values()), key=counts, default=None)

    def _own(self, values: Mapping[UUID, V]) -> V | None:
        if not values:
            return None
        return values[self.root] if self.root is not None and self.root in values else values[min(values)]


EMPTY: Final = Card()


def evolve(card: Card, event: Event) -> Card:
    """The card after an event; what does not concern it, or a member who was erased, changes nothing."""
    if getattr(event, "customer_id", None) in card.erased_members:
        return card
    match event:
        case CustomerRegistered() | CustomerContactAdded():
            return _learn(card, event)
        case CustomerDetailsChanged():
            said: dict[str, Secret | None] = {
                change.detail: _secret(event.customer_id, change.value) for change in event.changes
            }
            return replace(card, said=with_said(card.said, event.customer_id, said))
        case CustomerContactRemoved():
            gone = Secret(event.customer_id, event.value)
            left = tuple(contact for contact in card.contacts if contact.value != gone)
            return replace(card, contacts=left)
        case CustomerContactPreferred():
            return replace(card, prefers=with_said(card.prefers, event.customer_id, {event.kind: event.value}))
        case CustomerErased():
            return _without(card, event.customer_id)
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
        case CustomerBlacklisted() | CustomerBlacklistLifted():
            reason = Secret(event.customer_id, event.reason) if isinstance(event, CustomerBlacklisted) else None
            return replace(card, decisions=but(card.decisions, event.customer_id) | {event.customer_id: reason})
        case CustomerConsentGiven() | CustomerConsentWithdrawn():
            return _say(card, event)
        case CustomerResponsibleChanged():
            mine = {event.customer_id: event.manager_id} if event.manager_id is not None else {}
            return replace(card, managers=but(card.managers, event.customer_id) | mine)
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
    said = card.said
    if event.name is not None and event.customer_id not in said.get("name", {}):
        said = with_said(said, event.customer_id, {"name": Secret(event.customer_id, event.name)})
    told_as = card.told_as | {identity.index for identity in event.identities}
    return replace(card, said=said, contacts=card.contacts + new, told_as=told_as)


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
    key = (said.purpose, said.channel)
    before = card.words.get(key, {}).get(event.customer_id)
    if before is not None and counts(before) >= counts(said):
        return card
    return replace(card, words=with_said(card.words, event.customer_id, {key: said}))


def _without(card: Card, member: UUID) -> Card:
    """What an erased member said is gone. That it did not agree stays, without evidence: nobody is to be written to
    because a refusal was forgotten.
    """
    refusals = {
        key: replace(word[member], evidence=None)
        for key, word in card.words.items()
        if member in word and not word[member].is_given
    }
    held = {code: tuple(one for one in values if one.owner != member) for code, values in card.held.items()}
    return Card(
        root=card.root,
        said=forgotten(card.said, member),
        contacts=tuple(contact for contact in card.contacts if contact.value.owner != member),
        prefers=forgotten(card.prefers, member),
        held={code: values for code, values in held.items() if values},
        tagged={tag: left for tag, by in card.tagged.items() if (left := by - {member})},
        decisions=but(card.decisions, member),
        words=with_said(forgotten(card.words, member), member, refusals),
        managers=but(card.managers, member),
        erased_members=card.erased_members | {member},
    )


def _secret(owner: UUID, sealed: Sealed[Any] | None) -> Secret | None:
    return None if sealed is None else Secret(owner, sealed)
