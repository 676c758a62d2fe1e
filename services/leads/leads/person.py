"""What a request says of its person, in normal form: name, ways to reach, and the blind indexes to find the card by."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from events.blind_index import BlindIndex
from events.contracts.leads import IdentityKind

from leads.channels import Inquiry
from leads.normalise import NotNormal, email, person_name, phone

IDENTITY_KINDS: Final = frozenset(get_args(IdentityKind))
MOST_CONTACTS: Final = 10
"""Phones, e-mails and handles of each kind taken from one request; a form with more is a mistake or an attack."""
_LINKS: Final = ("https://", "http://", "t.me/", "telegram.me/", "vk.com/", "wa.me/", "vk.ru/", "@")


class Unfit(ValueError):
    """The request cannot become a touch. ``reason`` is in plain words and repeats no value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach or recognise a person; ``index`` and its ``first`` form are None where nobody is matched by it."""

    kind: str
    value: str = field(repr=False)
    index: str | None
    first: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Contacts stand with the strongest evidence first: provider's id, phone, e-mail, messenger."""

    name: str | None = field(repr=False)
    contacts: Sequence[Contact]
    unread: Mapping[str, Any] = field(repr=False)

    def indexes(self) -> list[str]:
        """The indexes to find the card by."""
        return [contact.index for contact in self.contacts if contact.index is not None]

    def kinds_of(self, indexes: Collection[str]) -> tuple[str, ...]:
        """The kinds of the contacts that have these indexes, the strongest first."""
        return tuple(dict.fromkeys(contact.kind for contact in self.contacts if contact.index in indexes))


def recognise(inquiry: Inquiry, provider_identity: str | None, blind: BlindIndex, region: str = "RU") -> Person:
    """The person of an inquiry.

    ``provider_identity`` is who the person is to the provider, where it says so. What cannot be read as a phone or an
    e-mail is kept in ``unread``. Raises :class:`Unfit` where nothing is left to recognise the person by.
    """
    values: dict[tuple[str, str], None] = {}
    if provider_identity:
        values["provider", provider_identity] = None
    reading = _Reading(values)
    handles = [(kind, handle(kind, given, region)) for kind, given in inquiry.messengers]
    reading.take("phone", inquiry.phones, lambda text: phone(text, region))
    # A WhatsApp handle is a phone number: who writes there and who calls are one person.
    values.update(dict.fromkeys(("phone", value) for kind, value in handles if kind == "whatsapp" and value[:1] == "+"))
    reading.take("email", inquiry.emails, email)
    values.update(dict.fromkeys(handles[:MOST_CONTACTS]))
    if not values:
        raise Unfit("; ".join(reading.faults) or "nothing to reach or recognise the person by")
    contacts = [_contact(kind, value, blind) for kind, value in values]
    if all(contact.index is None for contact in contacts):
        raise Unfit("only contacts that people cannot be recognised by")
    return Person(person_name(inquiry.name), contacts, reading.unread)


def _contact(kind: str, value: str, blind: BlindIndex) -> Contact:
    if kind not in IDENTITY_KINDS:
        return Contact(kind, value, None, None)
    first = blind.first(kind, value)
    return Contact(kind, value, blind.stored(bytes.fromhex(first)).hex(), first)


class _Reading:
    """Collects normal forms, and keeps what has none."""

    def __init__(self, values: dict[tuple[str, str], None]) -> None:
        self._values = values
        self.unread: dict[str, list[str]] = {}
        self.faults: list[str] = []

    def take(self, kind: str, given: Sequence[str], normal: Callable[[str], str | None]) -> None:
        for text in given[:MOST_CONTACTS]:
            try:
                value = normal(text)
            except NotNormal as error:
                self.unread.setdefault(f"unread_{kind}s", []).append(text)
                self.faults.append(f"{kind}: {error.reason}")
            else:
                if value is not None:
                    self._values[kind, value] = None
        if len(given) > MOST_CONTACTS:
            self.unread[f"more_{kind}s"] = list(given[MOST_CONTACTS:])


def handle(kind: str, given: str, region: str = "RU") -> str:
    """A messenger handle in normal form: no link, no ``@``, lower case; WhatsApp numbers as phones (E.164)."""
    value = given.strip().casefold()
    for prefix in _LINKS:
        value = value.removeprefix(prefix)
    if kind == "whatsapp":
        try:
            return phone(f"+{value}" if value.isdigit() and len(value) > 10 else value, region) or value
        except NotNormal:
            return value
    return value
