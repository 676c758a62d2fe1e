"""When may two cards become one, and one become two again? Pure: time and ids come in from outside.

The state is a forest: each card knows the card that it was merged into. Only roots are merged, so there are no cycles;
a split cuts one link, and both sides are what they were before, plus what came to each of them since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final
from uuid import UUID

from events.contracts.leads.capture import CustomerErased, CustomerRegistered
from events.contracts.leads.identity import CustomerMerged, CustomerSplit, MatchReason, MergeReason
from events.decider import Decider, Rejected
from events.event import Event
from events.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Card:
    """A card: what it was merged into (None for a root), and whether its key is gone."""

    merged_into: UUID | None = None
    erased: bool = False


Forest = Mapping[UUID, Card]
NO_CARDS: Final[Forest] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Merge:
    """The first card counts as one with the second from now on."""

    customer_id: UUID
    into_customer_id: UUID
    reason: MergeReason
    explanation: str
    matched_by: tuple[MatchReason, ...] = ()
    why: Sealed[str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Split:
    """The card stands alone again, with those below it."""

    customer_id: UUID
    explanation: str
    why: Sealed[str] | None = field(default=None, repr=False)


Command = Merge | Split


def decide(command: Command, state: Forest) -> Sequence[Event]:
    """Refuses with ``no_customer``, ``itself``, ``erased``, ``already_merged`` or ``not_merged``."""
    match command:
        case Merge():
            if command.customer_id == command.into_customer_id:
                raise Rejected("itself", "A card cannot be merged into itself.")
            for card in (_card(state, command.customer_id), _card(state, command.into_customer_id)):
                if card.erased:
                    raise Rejected("erased", "A customer who was erased is merged with nobody.")
                if card.merged_into is not None:
                    raise Rejected("already_merged", "One of the cards is merged into another already.")
            return [
                CustomerMerged(
                    customer_id=command.customer_id,
                    into_customer_id=command.into_customer_id,
                    reason=command.reason,
                    matched_by=command.matched_by,
                    explanation=command.explanation,
                    why=command.why,
                )
            ]
        case Split():
            merged_into = _card(state, command.customer_id).merged_into
            if merged_into is None:
                raise Rejected("not_merged", "The card was not merged into another.")
            return [
                CustomerSplit(
                    customer_id=command.customer_id,
                    from_customer_id=merged_into,
                    explanation=command.explanation,
                    why=command.why,
                )
            ]


def _card(state: Forest, customer_id: UUID) -> Card:
    try:
        return state[customer_id]
    except KeyError:
        raise Rejected("no_customer", "There is no such customer.") from None


def evolve(state: Forest, event: Event) -> Forest:
    """The forest after an event; what does not concern it changes nothing."""
    match event:
        case CustomerRegistered():
            return {**state, event.customer_id: Card()}
        case CustomerErased():
            return _changed(state, event.customer_id, erased=True)
        case CustomerMerged():
            return _changed(state, event.customer_id, merged_into=event.into_customer_id)
        case CustomerSplit():
            return _changed(state, event.customer_id, merged_into=None)
    return state


def _changed(state: Forest, customer_id: UUID, **fields: UUID | bool | None) -> Forest:
    return {**state, customer_id: replace(state.get(customer_id, Card()), **fields)}  # type: ignore[arg-type]


DECIDER: Final[Decider[Command, Forest]] = Decider(NO_CARDS, decide, evolve)
