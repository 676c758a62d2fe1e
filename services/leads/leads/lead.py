"""What a lead can be, and what people can do with it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from events.contracts.leads import Temperature
from events.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing was captured under this id."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What is known of a lead in every state. ``is_taken``: the manager responsible began to work on it."""

    lead_id: UUID
    customer_id: UUID
    direction: str | None = None
    manager_id: str | None = None
    is_taken: bool = False
    postponed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """Waits for somebody to be responsible."""

    lead: Lead


@dataclass(frozen=True, slots=True)
class Assigned:
    """Somebody is responsible and has not judged it yet."""

    lead: Lead


@dataclass(frozen=True, slots=True)
class Qualified:
    """The interest is real."""

    lead: Lead
    temperature: Temperature
    category: str | None


@dataclass(frozen=True, slots=True)
class Disqualified:
    """Closed: there is nothing to sell. The person's next request opens a new lead."""

    lead: Lead
    reason: str


State = Unknown | Captured | Assigned | Qualified | Disqualified


@dataclass(frozen=True, slots=True)
class Qualify:
    """The interest is real: how warm is it, and of what kind."""

    temperature: Temperature
    category: str | None = None
    comment: Sealed[str] | None = None
    answers: Sealed[dict[str, object]] | None = None


@dataclass(frozen=True, slots=True)
class Disqualify:
    """There is nothing to sell, for a reason from the list."""

    reason: str
    comment: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """Make a manager responsible; ``explanation`` says why this one."""

    manager_id: str
    strategy: str
    explanation: str
    rule: str | None = None
    rules_version: int | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """A manager begins to work on a lead; one that nobody has becomes his."""

    manager_id: str


@dataclass(frozen=True, slots=True)
class Return:
    """Nobody is responsible any more, for a reason from the list."""

    reason: str
    comment: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class Postpone:
    """Nothing is to be done before ``until``; ``now`` is when that is said."""

    until: datetime
    now: datetime
    comment: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class Reopen:
    """A disqualified lead is open again."""

    comment: Sealed[str] | None = None


Command = Qualify | Disqualify | Assign | Take | Return | Postpone | Reopen

UNKNOWN: Final = Unknown()

Judgement = tuple[str, Temperature | None, str | None, str | None]
"""Status, temperature, category and reason, as the table of leads has them."""


def judgement(state: State) -> Judgement:
    """How a lead that was captured is judged."""
    match state:
        case Qualified():
            return "qualified", state.temperature, state.category, None
        case Disqualified():
            return "disqualified", None, None, state.reason
    return "new", None, None, None
