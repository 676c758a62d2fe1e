"""Two cards are one person, or are not: merging links a card to another and moves nothing; splitting cuts the link.

The events of a match stand in its own stream, whose id is made of both customers' ids.
"""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from events.contracts.leads.capture import IdentityKind
from events.event import Event
from events.sealed import Sealed

MatchReason = Literal["one_request", "name_and_birthday", "name_and_phone", "name_and_organisation"]
"""Why two cards may be of one person: one request named contacts of both; or they share a name and something else."""

MergeReason = Literal["by_hand", "match", "rule"]
"""A person chose both cards, or agreed to a suggested match; or a rule that is switched on in the settings did it."""


class CustomerMerged(Event):
    """The card counts as one with another from now on; its own facts stay with it. In the stream of the card that goes.

    ``explanation`` says why in words that name nobody; ``why`` is what a person wrote, sealed by the customer's key.
    """

    type: ClassVar[str] = "customer.merged.v1"

    customer_id: UUID
    into_customer_id: UUID
    reason: MergeReason
    matched_by: tuple[MatchReason, ...] = ()
    explanation: str
    why: Sealed[str] | None = None


class CustomerSplit(Event):
    """The card stands alone again, with those that were merged into it. ``from_customer_id`` is the card that it
    was merged into.
    """

    type: ClassVar[str] = "customer.split.v1"

    customer_id: UUID
    from_customer_id: UUID
    explanation: str
    why: Sealed[str] | None = None


class CustomerMatchSuggested(Event):
    """Two cards may be of one person; people decide. ``kinds`` are those of the contacts that one request named.

    ``strength`` ranks matches from 1 to 100; it is no probability.
    """

    type: ClassVar[str] = "customer.match-suggested.v1"

    match_id: UUID
    customer_id: UUID
    other_customer_id: UUID
    reason: MatchReason
    kinds: tuple[IdentityKind, ...] = ()
    strength: int
    explanation: str


class CustomerMatchDismissed(Event):
    """The two cards are of different persons: said so, or shown by splitting them. ``why`` is sealed by the key of
    ``customer_id``.
    """

    type: ClassVar[str] = "customer.match-dismissed.v1"

    match_id: UUID
    customer_id: UUID
    other_customer_id: UUID
    explanation: str
    why: Sealed[str] | None = None
