"""The life of a match: two cards that may be of one person. Pure.

A reason is told once: what people have dismissed is suggested again only for a reason that they have not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from uuid import UUID

from events.contracts.leads.identity import (
    CustomerMatchDismissed,
    CustomerMatchSuggested,
    CustomerMerged,
    MatchReason,
)
from events.decider import Decider
from events.event import Event
from events.sealed import Sealed
from events.store import deterministic_id

MatchStatus = Literal["suggested", "dismissed", "merged"]

STRENGTH: Final[dict[MatchReason, int]] = {
    "one_request": 90,
    "name_and_birthday": 80,
    "name_and_phone": 60,
    "name_and_organisation": 50,
}
"""Ranks reasons, the strongest highest; no probabilities."""
EXPLANATION: Final[dict[MatchReason, str]] = {
    "one_request": "One request named contacts of both cards.",
    "name_and_birthday": "Both cards have the same name and the same birthday.",
    "name_and_phone": "Both cards have the same name, and phones that differ by one slip of a finger.",
    "name_and_organisation": "Both cards have the same name and belong to the same organisation.",
}


def match_id(one: UUID, other: UUID) -> UUID:
    """The id of the match of two cards, in whatever order; its events stand in the stream of this id."""
    return deterministic_id("match", *sorted((one, other)))


@dataclass(frozen=True, slots=True)
class Match:
    """What was told of two cards, and what became of it; no status where nothing was told yet."""

    reasons: frozenset[MatchReason] = frozenset()
    status: MatchStatus | None = None


@dataclass(frozen=True, slots=True)
class Suggest:
    """Two cards may be of one person. ``kinds`` are those of the contacts that one request named."""

    customer_id: UUID
    other_customer_id: UUID
    reason: MatchReason
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dismiss:
    """They are not."""

    customer_id: UUID
    other_customer_id: UUID
    explanation: str
    why: Sealed[str] | None = field(default=None, repr=False)


Command = Suggest | Dismiss


def decide(command: Command, state: Match) -> Sequence[Event]:
    """What is so already needs no event; nothing is refused."""
    ids: dict[str, Any] = {
        "match_id": match_id(command.customer_id, command.other_customer_id),
        "customer_id": command.customer_id,
        "other_customer_id": command.other_customer_id,
    }
    match command:
        case Suggest(reason=reason, kinds=kinds):
            if reason in state.reasons:
                return []
            ids |= {"reason": reason, "kinds": kinds, "strength": STRENGTH[reason]}
            return [CustomerMatchSuggested(**ids, explanation=EXPLANATION[reason])]
        case Dismiss():
            if state.status == "dismissed":
                return []
            return [CustomerMatchDismissed(**ids, explanation=command.explanation, why=command.why)]


def evolve(state: Match, event: Event) -> Match:
    """The match after an event; what does not concern it changes nothing."""
    match event:
        case CustomerMatchSuggested():
            return Match(state.reasons | {event.reason}, "suggested")
        case CustomerMatchDismissed():
            return replace(state, status="dismissed")
        case CustomerMerged() if state.status == "suggested":
            return replace(state, status="merged")
    return state


DECIDER: Final[Decider[Command, Match]] = Decider(Match(), decide, evolve)
