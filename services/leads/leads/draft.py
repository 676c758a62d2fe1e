"""A card while a batch is decided: what it was, and what the batch's requests add to it. Pure but for fresh nonces."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contracts.leads import (
    CustomerConsentGiven,
    CustomerContactAdded,
    CustomerRegistered,
    LeadCaptured,
    LeadTouched,
)
from events.event import Event
from events.privacy import CustomerKey
from events.sealed import Sealed
from events.store import Append, Cause, deterministic_id

from leads.channels.base import Agreed
from leads.person import Contact, Person
from leads.touch import Capture, told


@dataclass(slots=True)
class Stream:
    """Events to come of one stream, each with its cause and time."""

    id: UUID
    version: int
    events: list[Event] = field(default_factory=list)
    stamps: list[tuple[Cause, datetime]] = field(default_factory=list)

    def add(self, event: Event, capture: Capture) -> None:
        self.events.append(event)
        self.stamps.append((capture.cause, capture.inquiry.occurred_at))

    def append(self) -> Append:
        """What is to be appended, as one decision."""
        (cause, at), stamps = self.stamps[0], self.stamps if len(self.stamps) > 1 else ()
        return Append(self.id, self.version, self.events, cause, at, stamps=stamps)


@dataclass(slots=True)
class OpenLead:
    """The open lead of a tree of cards, opened for ``customer_id``; ``first`` is the first request this batch adds.

    ``direction`` and ``is_returning`` are those of a lead that this batch opens.
    """

    stream: Stream
    customer_id: UUID
    first: Capture | None = None
    direction: str | None = None
    is_returning: bool = False


@dataclass(slots=True)
class Tree:
    """Cards that count as one, by the id of their root, and the lead that their next request goes to."""

    root: UUID
    lead: OpenLead | None = None


@dataclass(slots=True)
class Draft:
    """One customer.

    ``key`` seals what is new, ``wrapped_key`` is what is stored of a new key; ``name`` is what the card says already,
    sealed.
    """

    stream: Stream
    key: CustomerKey
    name: Sealed[str] | str | None
    direction: str | None
    tree: Tree
    wrapped_key: bytes | None = None
    learnt_name: Sealed[str] | None = None
    contacts: dict[str, list[Sealed[str]]] = field(default_factory=lambda: {"phone": [], "email": [], "messenger": []})
    identities: list[Contact] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.stream.version == 0

    def take(self, capture: Capture, person: Person, new: list[Contact], foreign: list[Contact]) -> str:
        """Adds one request to the card: ``captured`` if it opened a lead, ``touched`` if the lead was open.

        ``new`` are the contacts this card did not have, ``foreign`` those that belong to other cards or that nobody is
        matched by.
        """
        details: dict[str, Any] = {**capture.inquiry.details, **person.unread}
        if foreign:
            details["other_contacts"] = [[contact.kind, contact.value] for contact in foreign]
        if person.name and self.name is not None and self.key.open(self.name) != person.name:
            details["name_given"] = person.name
        self._learn(capture, person, new)
        for agreed in capture.inquiry.agreed:
            self.stream.add(self._consent(agreed, capture), capture)
        return self._touch(capture, details)

    def _learn(self, capture: Capture, person: Person, new: list[Contact]) -> None:
        name = self.key.seal(person.name) if person.name and self.name is None else None
        matched = [contact for contact in new if contact.index is not None]
        added: dict[str, list[Sealed[str]]] = {"phone": [], "email": [], "messenger": []}
        for contact in new:
            if contact.kind in ("phone", "email"):
                added[contact.kind].append(self.key.seal(contact.value))
            elif contact.kind != "provider":
                added["messenger"].append(self.key.seal(f"{contact.kind}:{contact.value}"))
        facts: dict[str, Any] = {
            "customer_id": self.stream.id,
            "name": name,
            "phones": added["phone"],
            "emails": added["email"],
            "messengers": added["messenger"],
            "identities": [{"kind": one.kind, "index": self.key.named(one.first)} for one in matched if one.first],
        }
        if self.is_new and not self.stream.events:
            self.stream.add(CustomerRegistered(**facts, direction=self.direction), capture)
        elif name is not None or new:
            self.stream.add(CustomerContactAdded(**facts), capture)
        if name is not None:
            self.name = self.learnt_name = name
        for kind, sealed in added.items():
            self.contacts[kind].extend(sealed)
        self.identities.extend(matched)

    def _consent(self, agreed: Agreed, capture: Capture) -> CustomerConsentGiven:
        return CustomerConsentGiven(
            customer_id=self.stream.id,
            purpose=agreed.purpose,
            channel=agreed.channel,
            text_version=agreed.text_version,
            source=f"{capture.intake}/{capture.source}",
            at=capture.inquiry.occurred_at,
            evidence=self.key.seal(f"request {capture.touch_id}"),
        )

    def _touch(self, capture: Capture, details: dict[str, Any]) -> str:
        opened = self.tree.lead is None
        lead = self.tree.lead = self.tree.lead or self._opened(capture)
        ids = {"lead_id": lead.stream.id, "customer_id": self.stream.id}
        touch = told(capture, details, self.key)
        if opened:
            event: Event = LeadCaptured(**ids, touch=touch, direction=lead.direction, is_returning=lead.is_returning)
        else:
            event = LeadTouched(**ids, touch=touch)
        lead.stream.add(event, capture)
        lead.first = lead.first or capture
        return "captured" if opened else "touched"

    def _opened(self, capture: Capture) -> OpenLead:
        stream = Stream(deterministic_id("lead", capture.touch_id), 0)
        direction = capture.direction or self.direction
        return OpenLead(stream, self.stream.id, direction=direction, is_returning=not self.is_new)
