"""Conditions of rules: an expression in CEL, the Common Expression Language, over the event that fires the rule.

``when`` asks the event alone; ``where`` asks what is known of its customer, deal and lead besides, which is kept by
``automation.facts``.

The language is that of https://github.com/google/cel-spec, as ``common-expression-language`` runs it. Variables:
``event`` (the trigger's fields; one that was left out is ``null``), ``type``, ``occurred_at``, ``recorded_at`` and
``actor``. Times are timestamps, amounts are doubles, ids are strings. A sealed field is ``true`` where it is there and
``null`` where it is not: a rule never sees what it says. Besides CEL's own there are ``lower(text)``, in any script,
``local(time, 'Europe/Moscow')``, ``round(number)`` and ``round(number, places)``, ``abs``, ``max`` and ``min``.

A condition that cannot be worked out, for a step of its path is not there, does not hold. Nothing but the event, and
what was known when it was recorded, decides: so a rule fires for an event or does not, whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from events.envelope import Recorded
from events.sealed import Sealed
from pydantic import BaseModel

from automation.rules.cost import MOST_WALKED, OverLimit, limits_of, longest
from automation.rules.engine import cel

_EARLIER = "earlier"
"""Has a key for each type of event there is, whatever happened."""
VARIABLES = ("event", "type", "occurred_at", "recorded_at", "actor")


def local(moment: datetime, zone: str) -> datetime:
    """What the clock on the wall shows there, as if it were UTC: ``local(occurred_at, 'Europe/Moscow').getHours()``."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "lower": str.lower,
    "local": local,
    "round": round,
    "abs": abs,
    "max": max,
    "min": min,
}
UNDECIDED = (LookupError, TypeError, ValueError, RuntimeError, ArithmeticError)
"""What the evaluation of a sound expression raises where it cannot be worked out for an event."""


class Facts:
    """What conditions may ask of one event; made once for all rules that it may fire."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = dict(variables)
        self._longest: dict[str, int] = {}
        self.context = cel.Context(self._variables)
        for name, function in FUNCTIONS.items():
            self.context.add_function(name, function)

    @classmethod
    def of(cls, recorded: Recorded, known: Mapping[str, Any] | None = None, event: Any = None) -> Facts:
        """The facts of a stored event; ``known`` are the variables of ``where``. ``event``: what conditions ask of it,
        where not all of it is to be handed over.
        """
        return cls(
            {
                **(known or {}),
                "event": plain(recorded.event) if event is None else event,
                "type": recorded.type,
                "occurred_at": recorded.occurred_at,
                "recorded_at": recorded.recorded_at,
                "actor": recorded.actor,
            }
        )

    def add(self, name: str, value: Any) -> None:
        """One more variable, or another value of it."""
        self._variables[name] = value
        self._longest.pop(name, None)
        self.context.add_variable(name, value)

    def longest(self, names: Collection[str]) -> int:
        """Elements of the longest list or map in the variables of these names, but of ``earlier`` itself."""
        for name in names:
            if name not in self._longest:
                self._longest[name] = 0 if name == _EARLIER else longest(self._variables.get(name))
        return max(map(self._longest.__getitem__, names), default=0)


def holds(condition: str, facts: Facts) -> bool:
    """Does it hold? No condition at all does."""
    return asked(condition, facts) is True


def asked(condition: str, facts: Facts) -> bool | None:
    """Does it hold? None: it was not evaluated, for it could cost too much."""
    if not condition:
        return True
    try:
        return evaluated(condition, facts) is True
    except OverLimit:
        return None
    except UNDECIDED:
        return False


def evaluated(expression: str, facts: Facts) -> Any:
    """What it comes to. Raises ``OverLimit`` before it begins what could cost too much, and any of ``UNDECIDED``."""
    too_dear, walked = limits_of(expression)
    if too_dear:
        raise OverLimit(too_dear)
    if facts.longest(walked) > MOST_WALKED:
        raise OverLimit(f"a list of more than {MOST_WALKED} elements")
    return compiled(expression).execute(facts.context)


@lru_cache(maxsize=4_096)
def compiled(condition: str) -> cel.Program:
    """The expression ready to run; raises ``ValueError`` with the place of a syntax error."""
    return cel.compile(condition)


def plain(value: Any) -> Any:
    """A value of a contract as CEL has it."""
    match value:
        case BaseModel():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case Sealed():
            return True
        case None | bool() | int() | float() | str() | datetime():
            return value
        case Decimal():
            return float(value)
        case Mapping():
            return {str(key): plain(inner) for key, inner in value.items()}
        case Sequence() | set() | frozenset():
            return [plain(inner) for inner in value]
    return str(value)
