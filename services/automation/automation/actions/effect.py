"""An effect: what an action makes of an event, and the id that lets it happen once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from events.contracts.automation import Cause, RuleSuppressed
from events.envelope import Recorded
from events.event import Event
from events.store import Cause as Origin
from events.store import deterministic_id
from events.tasks import NewTask
from pydantic import Field

from automation.parts import Language, Part, Slug
from automation.timing.when import Timing

ACTOR = "service:automation"
COMPUTED = "computed"
"""Where the values stand that a rule works out: ``computed.<name>``."""


class NotComputed(LookupError):
    """A value that an action needs could not be worked out for this event; its name."""


@dataclass(frozen=True)
class Effect:
    """What a rule does: an event that opens a stream, and the work that goes with it."""

    stream_id: UUID
    event: Event
    origin: Origin
    at: datetime
    work: NewTask | None = None


@dataclass(frozen=True)
class Firing:
    """An event that fired a rule, for one of its actions. ``acted_at``: when, if not as soon as it was recorded;
    ``computed``: what the rule worked out, once it has.
    """

    cause: Cause
    recorded: Recorded
    language: Language
    acted_at: datetime | None = None
    computed: Mapping[str, Any] | None = None

    @property
    def event(self) -> Event:
        """The trigger."""
        return self.recorded.event

    @property
    def effect_id(self) -> UUID:
        """The same for the same rule, version, event and action, whenever it is asked."""
        return deterministic_id(self.cause.event_id, self.cause.rule, self.cause.rule_version, self.cause.action)

    @property
    def at(self) -> datetime:
        """When the action is done."""
        return self.acted_at or self.recorded.recorded_at

    @property
    def origin(self) -> Origin:
        """Who acts, and because of what."""
        return Origin(ACTOR, self.recorded.correlation_id, self.recorded.id, self.recorded.traceparent)

    def subject(self, name: str) -> UUID | None:
        """The trigger's ``customer_id``, ``lead_id``, ``deal_id``; None where it has none."""
        return getattr(self.event, name, None)

    def value(self, path: str) -> Any:
        """What stands at a path of the trigger, None where a step of it is absent; or a value that the rule worked out:
        ``computed.<name>``. Raises ``NotComputed``.
        """
        root, _, name = path.partition(".")
        if root != COMPUTED:
            return value_at(self.event, path)
        if name not in (self.computed or {}):
            raise NotComputed(name)
        return (self.computed or {})[name]

    def suppressed(self, reason: str) -> Effect:
        """Nothing is done, and why is told."""
        suppression_id = deterministic_id(self.effect_id, "suppressed")
        event = RuleSuppressed(
            suppression_id=suppression_id, cause=self.cause, reason=reason, customer_id=self.subject("customer_id")
        )
        return Effect(suppression_id, event, self.origin, self.at)


@dataclass(frozen=True)
class Shape:
    """What a template can be sent as in every language, and the variables without which it is not sent."""

    letter: bool = True
    short: bool = True
    requires: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Known:
    """What there is that a rule may name. None: it is not known, and whatever is named passes, as in a file that is
    read before the database can be asked. ``computed``: what the rule itself works out.
    """

    templates: frozenset[str]
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    sequences: frozenset[str] | None = None
    questionnaires: frozenset[str] | None = None
    endpoints: frozenset[str] | None = None
    computed: frozenset[str] = frozenset()


class Timed(Part):
    """What every action says: its id, unique in its rule; when it is done; and whether it is still wanted then.

    ``still`` is a condition like ``where``, over what is known at that moment; where it does not hold any more, the
    action is withheld.
    """

    id: Slug
    timing: Timing | None = None
    still: str = Field("", max_length=4_000, description="A condition in CEL at the moment of acting; none holds.")


class Acts(Protocol):
    """What every kind of action can do."""

    @property
    def id(self) -> str:
        """Unique in its rule."""

    @property
    def timing(self) -> Timing | None:
        """When it is done; None: at once."""

    @property
    def still(self) -> str:
        """What must hold at that moment."""

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """What is wrong with it under a trigger of this type: ``.field: why``, or ``: why``."""

    def effect(self, firing: Firing) -> Effect:
        """What it makes of an event; depends on nothing else."""


def value_at(event: Event, path: str) -> Any:
    """The value at a path of fields; None where a step of it is absent."""
    value: Any = event
    for step in path.split("."):
        value = getattr(value, step, None)
    return value
