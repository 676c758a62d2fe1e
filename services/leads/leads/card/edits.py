"""What people write on a card, made into commands: compared with what stands there, normalised, sealed."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.blind_index import BlindIndex
from events.contracts.leads import Detail, DetailChange, Identity
from events.custom_fields import added, changes, users_named
from events.decider import Rejected
from events.privacy import CustomerKey
from events.problems import FieldError, Invalid
from events.sealed import Sealed
from events.store import Conflict, Connection

from leads.card.commands import Prepare
from leads.card.definitions import definitions, known_users
from leads.card.domain import normal_tag
from leads.card.locked import Whole
from leads.card.orders import (
    AddContact,
    Blacklist,
    Command,
    Edit,
    GiveConsent,
    LiftBlacklist,
    MakeResponsible,
    PreferContact,
    RemoveContact,
    Retag,
    WithdrawConsent,
)
from leads.card.said import Contact, ContactKind
from leads.identity.cards import root_of
from leads.normalise import NotNormal, email, phone
from leads.person import IDENTITY_KINDS, handle

_OWNER_OF_INDEX = "SELECT customer_id FROM identities WHERE blind_index = in_form($1::text::uuid)"
_TAKE_INDEX = """
INSERT INTO identities (blind_index, kind, customer_id) VALUES (in_form($1::text::uuid), $2, $3) ON CONFLICT DO NOTHING
RETURNING 1
"""
_DROP_INDEX = "DELETE FROM identities WHERE blind_index = in_form($1::text::uuid) AND customer_id = ANY($2::uuid[])"


@dataclass(frozen=True)
class Edits:
    """Makes commands. ``region`` (ISO 3166) is where phones without a country code are read."""

    blind: BlindIndex
    region: str

    def editing(
        self, details: Mapping[Detail, str | None], fields: Mapping[str, Any], add: Mapping[str, float] | None = None
    ) -> Prepare:
        """New details and values of custom fields; None clears. ``add`` is added to numbers."""

        async def prepare(connection: Connection, whole: Whole) -> Command:
            key = key_of(whole)
            known, found = whole.opener.details(whole.card), []
            for detail, text in details.items():
                if text != known.get(detail):
                    found.append(DetailChange(detail=detail, value=_seal(key, text)))
            defined = await definitions(connection, "customer") if fields or add else {}
            values = whole.opener.values(whole.card.values)
            given = {**fields, **added(defined, add or {}, values)}
            users = await known_users(connection, users_named(defined, given))
            changed = changes(defined, given, values, whole.row["direction"], users, key.seal_json)
            return Edit(tuple(found), changed)

        return prepare

    def adding_contact(self, kind: str, text: str) -> Prepare:
        """One more phone, e-mail or messenger handle, as typed. Raises ``Invalid`` for one that cannot be."""
        value = self._normal(kind, text)

        async def prepare(connection: Connection, whole: Whole) -> Command:
            key = key_of(whole)
            index, shown = self.blind.of(kind, value), shown_as(kind, value)
            if any(whole.opener.text(contact.value) == shown for contact in whole.card.contacts):
                return Retag()
            identity = None
            if kind in IDENTITY_KINDS:
                await _claim(connection, index, kind, whole)
                identity = Identity.model_validate({"kind": kind, "index": key.named(self.blind.first(kind, value))})
            return AddContact(group_of(kind), key.seal(shown), identity)

        return prepare

    def removing_contact(self, contact_id: str) -> Prepare:
        """The contact is not this person's: its blind index leads here no more."""

        async def prepare(connection: Connection, whole: Whole) -> Command:
            contact = self._contact(whole, contact_id)
            stored = self.blind.stored(bytes.fromhex(contact_id)).hex()
            await connection.execute(_DROP_INDEX, stored, whole.members)
            return RemoveContact(contact, _named(whole, contact, contact_id))

        return prepare

    def preferring(self, contact_id: str) -> Prepare:
        """The contact to use first among those of its kind."""

        async def prepare(connection: Connection, whole: Whole) -> Command:
            contact = self._contact(whole, contact_id)
            return PreferContact(contact, _named(whole, contact, contact_id))

        return prepare

    def contact_id(self, whole: Whole, contact: Contact) -> str | None:
        """The first form of a contact's blind index, by which the API names it; None where its key is gone."""
        text = whole.opener.text(contact.value)
        if text is None:
            return None
        kind, value = (contact.kind, text) if contact.kind != "messenger" else tuple(text.split(":", 1))
        return self.blind.first(kind, value)

    def _contact(self, whole: Whole, contact_id: str) -> Contact:
        for contact in whole.card.contacts:
            if self.contact_id(whole, contact) == contact_id:
                return contact
        raise Rejected("no_contact", "The card has no such contact.")

    def _normal(self, kind: str, text: str) -> str:
        try:
            if kind == "phone":
                value = phone(text, self.region)
            elif kind == "email":
                value = email(text)
            else:
                value = handle(kind, text, self.region)
        except NotNormal as error:
            raise Invalid(errors=[FieldError(error.reason, "#/value")]) from None
        if not value or ":" in value:
            raise Invalid(errors=[FieldError("is empty or not a handle", "#/value")])
        return value


def group_of(kind: str) -> ContactKind:
    """The group of contacts that a kind belongs to on the card."""
    return "phone" if kind == "phone" else "email" if kind == "email" else "messenger"


def shown_as(kind: str, value: str) -> str:
    """A contact as it is sealed on the card: messengers with their name."""
    return value if kind in ("phone", "email") else f"{kind}:{value}"


async def _claim(connection: Connection, index: str, kind: str, whole: Whole) -> None:
    """The index leads to this card from now on; refuses with ``contact_of_another``, naming the other card."""
    owner = await connection.fetchval(_OWNER_OF_INDEX, index)
    if owner is None:
        if await connection.fetchval(_TAKE_INDEX, index, kind, whole.root) is None:
            raise Conflict
    elif owner not in whole.members:
        other = (await root_of(connection, [owner])).get(owner, owner)
        raise Rejected("contact_of_another", f"The contact belongs to the card {other}.")


def retagging(add: Set[str], remove: Set[str]) -> Prepare:
    """Tags as typed, to put on and to take off."""
    put, take = frozenset(map(normal_tag, add)), frozenset(map(normal_tag, remove))

    async def prepare(connection: Connection, whole: Whole) -> Command:
        return Retag(put, take)

    return prepare


def blacklisting(reason: str) -> Prepare:
    """Nobody is to work with this person."""

    async def prepare(connection: Connection, whole: Whole) -> Command:
        return Blacklist(key_of(whole).seal(reason))

    return prepare


def lifting(reason: str | None) -> Prepare:
    """The person may be worked with again."""

    async def prepare(connection: Connection, whole: Whole) -> Command:
        return LiftBlacklist(_seal(key_of(whole), reason))

    return prepare


def giving_consent(
    purpose: str, channel: str | None, text_version: str, source: str, at: datetime, evidence: str | None
) -> Prepare:
    """The person agreed, as of ``at``."""

    async def prepare(connection: Connection, whole: Whole) -> Command:
        return GiveConsent(purpose, channel, text_version, source, at, _seal(key_of(whole), evidence))

    return prepare


def withdrawing_consent(purpose: str, channel: str | None, source: str, at: datetime, evidence: str | None) -> Prepare:
    """The person does not agree (any more), as of ``at``."""

    async def prepare(connection: Connection, whole: Whole) -> Command:
        return WithdrawConsent(purpose, channel, source, at, _seal(key_of(whole), evidence))

    return prepare


def making_responsible(
    manager_id: str | None, reason: str, comment: str | None, handover_id: UUID | None = None
) -> Prepare:
    """Another manager answers for the customer. Whether there is such a manager is the caller's to know."""

    async def prepare(connection: Connection, whole: Whole) -> Command:
        return MakeResponsible(manager_id, reason, _seal(key_of(whole), comment), handover_id)

    return prepare


def key_of(whole: Whole) -> CustomerKey:
    """The key that seals what is written on the card; refuses with ``erased``."""
    key = whole.opener.keys.get(whole.root)
    if key is None:
        raise Rejected("erased", "The customer is erased: nothing can be written about this person.")
    return key


def _named(whole: Whole, contact: Contact, index: str) -> str:
    """What events call a contact: as the one did that added it. Earlier ones said the blind index itself."""
    return index if index in whole.card.told_as else whole.opener.keys[contact.value.owner].named(index)


def _seal(key: CustomerKey, text: str | None) -> Sealed[str] | None:
    return None if text is None else key.seal(text)
