"""What people may do with a card, and the events that come of it. Pure: sealing, times and ids come in from outside."""

from collections.abc import Sequence
from typing import Final
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
    CustomerFieldsChanged,
    CustomerResponsibleChanged,
    CustomerTagged,
    CustomerUntagged,
    FieldChange,
)
from events.decider import Decider, Rejected
from events.event import Event

from leads.card.orders import (
    AddContact,
    Blacklist,
    Command,
    Edit,
    GiveConsent,
    HandOver,
    LiftBlacklist,
    MakeResponsible,
    PreferContact,
    RemoveContact,
    Retag,
    WithdrawConsent,
)
from leads.card.state import Card, evolve
from leads.normalise import one_line

MOST_TAGS: Final = 100
MOST_CONTACTS: Final = 50
LONGEST_TAG: Final = 50


def normal_tag(text: str) -> str:
    """A tag on one line in lower case; raises :class:`Rejected` for an empty, long or divided one."""
    tag = one_line(text).casefold()
    if not tag or len(tag) > LONGEST_TAG or "," in tag:
        raise Rejected("bad_tag", f"A tag has 1 to {LONGEST_TAG} characters and no comma.")
    return tag


def decider(customer_id: UUID) -> Decider[Command, Card]:
    """The rules, for a card whose root is this customer."""

    def decide(command: Command, card: Card) -> Sequence[Event]:
        """Refuses with ``erased``, ``too_many_tags`` or ``too_many_contacts``; what is so already needs no event."""
        if card.erased:
            raise Rejected("erased", "The customer is erased: nothing can be written about this person.")
        match command:
            case Edit():
                return _edited(customer_id, command, card)
            case AddContact() | RemoveContact() | PreferContact():
                return _contact(customer_id, command, card)
            case Retag():
                return _retagged(customer_id, command, card)
            case Blacklist():
                return [] if card.blacklisted else [CustomerBlacklisted(customer_id=customer_id, reason=command.reason)]
            case LiftBlacklist():
                lifted = CustomerBlacklistLifted(customer_id=customer_id, reason=command.reason)
                return [lifted] if card.blacklisted else []
            case GiveConsent() | WithdrawConsent():
                return _consent(customer_id, command, card)
            case MakeResponsible() | HandOver():
                return _responsible(customer_id, command, card)

    return Decider(Card(root=customer_id), decide, evolve)


def _edited(customer_id: UUID, command: Edit, card: Card) -> list[Event]:
    details = tuple(change for change in command.details if change.value is not None or change.detail in card.details)
    events: list[Event] = []
    if details:
        events.append(CustomerDetailsChanged(customer_id=customer_id, changes=details))
    if command.fields:
        events.append(CustomerFieldsChanged(customer_id=customer_id, changes=command.fields))
    # What other members have of these fields is out of date: it must not come back when the cards are split.
    others: dict[UUID, list[FieldChange]] = {}
    for change in command.fields:
        for held in card.held.get(change.field, ()):
            if held.owner != customer_id:
                others.setdefault(held.owner, []).append(FieldChange(field=change.field))
    events.extend(CustomerFieldsChanged(customer_id=member, changes=tuple(gone)) for member, gone in others.items())
    return events


def _contact(customer_id: UUID, command: AddContact | RemoveContact | PreferContact, card: Card) -> list[Event]:
    """A contact is removed from the card of the tree that it was learnt by: the fact is that card's."""
    if isinstance(command, AddContact):
        if len(card.contacts) >= MOST_CONTACTS:
            raise Rejected("too_many_contacts", f"A card has {MOST_CONTACTS} contacts at most.")
        identities = (command.identity,) if command.identity else ()
        values = {f"{command.kind}s": (command.value,)}
        return [CustomerContactAdded(customer_id=customer_id, identities=identities, **values)]
    contact = command.contact
    told = {"kind": contact.kind, "value": contact.value.sealed, "index": command.index}
    if isinstance(command, RemoveContact):
        return [CustomerContactRemoved(customer_id=contact.value.owner, **told)]
    if card.preferred(contact.kind) == contact.value.sealed:
        return []
    return [CustomerContactPreferred(customer_id=customer_id, **told)]


def _retagged(customer_id: UUID, command: Retag, card: Card) -> list[Event]:
    add, remove = command.add - card.tags, (command.remove - command.add) & card.tags
    if len(card.tags | add) - len(remove) > MOST_TAGS:
        raise Rejected("too_many_tags", f"A card has {MOST_TAGS} tags at most.")
    events: list[Event] = []
    if add:
        events.append(CustomerTagged(customer_id=customer_id, tags=tuple(sorted(add))))
    holders: dict[UUID, list[str]] = {}
    for tag in sorted(remove):
        for member in card.tagged[tag]:
            holders.setdefault(member, []).append(tag)
    events.extend(CustomerUntagged(customer_id=member, tags=tuple(tags)) for member, tags in sorted(holders.items()))
    return events


def _consent(customer_id: UUID, command: GiveConsent | WithdrawConsent, card: Card) -> list[Event]:
    told = {"customer_id": customer_id, "purpose": command.purpose, "channel": command.channel}
    told |= {"source": command.source, "at": command.at, "evidence": command.evidence}
    before = card.consents.get((command.purpose, command.channel))
    if isinstance(command, WithdrawConsent):
        same = before is not None and not before.is_given and before.at == command.at
        return [] if same else [CustomerConsentWithdrawn(**told)]
    if before is not None and (before.is_given, before.at, before.text_version) == (
        True,
        command.at,
        command.text_version,
    ):
        return []
    return [CustomerConsentGiven(**told, text_version=command.text_version)]


def _responsible(customer_id: UUID, command: MakeResponsible | HandOver, card: Card) -> list[Event]:
    """Of a merged card all members change hands, so that they stay with the same manager when they are split; in a
    hand-over those that were the manager's.
    """
    if isinstance(command, HandOver):
        members = [member for member, by in sorted(card.managers.items()) if by == command.from_manager_id]
        manager_id: str | None = command.to_manager_id
        comment = None
    else:
        members = [customer_id, *sorted(card.managers.keys() - {customer_id})]
        manager_id, comment = command.manager_id, command.comment
    return [
        CustomerResponsibleChanged(
            customer_id=member,
            manager_id=manager_id,
            previous_manager_id=card.managers.get(member),
            reason=command.reason,
            comment=comment if member == customer_id else None,
            handover_id=command.handover_id,
        )
        for member in members
        if card.managers.get(member) != manager_id
    ]
