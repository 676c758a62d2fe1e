"""What the members of a card say: sealed values with their owners, ways to reach the person, words on consent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeVar, get_args
from uuid import UUID

from events.sealed import Sealed
from pydantic import JsonValue

K = TypeVar("K")
V = TypeVar("V")

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


def counts(consent: Consent) -> tuple[datetime, bool]:
    """The later word counts; of two at the same moment, no."""
    return consent.at, not consent.is_given


def with_said(known: Mapping[K, Mapping[UUID, V]], member: UUID, said: Mapping[K, V]) -> dict[K, Mapping[UUID, V]]:
    """What is known once a member has said this too."""
    return {**known, **{name: {**known.get(name, {}), member: value} for name, value in said.items()}}


def forgotten(known: Mapping[K, Mapping[UUID, V]], member: UUID) -> dict[K, Mapping[UUID, V]]:
    """What is known without what a member said."""
    return {name: left for name, values in known.items() if (left := but(values, member))}


def but(values: Mapping[UUID, V], member: UUID) -> dict[UUID, V]:
    """What the others said."""
    return {one: value for one, value in values.items() if one != member}
