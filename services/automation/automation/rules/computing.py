"""What a rule works out for its actions: names and expressions in CEL, one after the other; each may ask those before.

``compute: {net: "event.value.amount / 1.2", tax: "event.value.amount - computed.net"}``. Actions take the values by the
path ``computed.net``, as they take fields of the event. What cannot be worked out has no value, and an action that
needs it is withheld. Expressions that ask the event alone are worked out at once; those that ask what is known, as of
the event. So the values of an event are the same whenever they are asked. Numbers have six decimal places at most.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from events.event import Event

from automation.actions.effect import COMPUTED
from automation.facts.shape import BEFORE, EARLIER, SHAPES
from automation.rules.condition_check import is_variable
from automation.rules.conditions import UNDECIDED, Facts, evaluated
from automation.rules.tokens import Token, tokens_of
from automation.rules.where_check import check_value, example_facts

PLACES: Final = 6
LONGEST_TEXT: Final = 10_000
LONGEST_LIST: Final = 1_000
_KNOWN: Final = (*SHAPES, EARLIER, BEFORE)


def worked_out(compute: Mapping[str, str], facts: Facts) -> dict[str, Any]:
    """The values by name, without those that cannot be worked out."""
    found: dict[str, Any] = {}
    for name, expression in compute.items():
        facts.add(COMPUTED, dict(found))
        try:
            value = _value(evaluated(expression, facts))
        except UNDECIDED:
            continue
        if value is not None:
            found[name] = value
    return found


def known_names(*expressions: str) -> frozenset[str]:
    """The variables that they ask besides the event: ``customer``, ``earlier``, ``before`` …"""
    return frozenset().union(*map(_known_names, expressions))


def check_compute(compute: Mapping[str, str], event: type[Event]) -> Iterator[str]:
    """What is wrong with the expressions on this type of event: ``.name: character 1: why``."""
    example, before = example_facts(event), list[str]()
    for name, expression in compute.items():
        faults = [*_absent(tokens_of(expression), before), *check_value(expression, event, COMPUTED, example)]
        yield from (f".{name}: {fault}" for fault in faults)
        before.append(name)
        if not faults:
            example.add(COMPUTED, worked_out({one: compute[one] for one in before}, example))


def _absent(tokens: list[Token], before: list[str]) -> Iterator[str]:
    for n, token in enumerate(tokens):
        if not is_variable(tokens, n, COMPUTED):
            continue
        name = tokens[n + 2].text if n + 2 < len(tokens) and tokens[n + 1].text == "." else ""
        if name not in before:
            there = ", ".join(before) or "none"
            yield f"character {token.at + 1}: {name or 'nothing'} is not computed before; there are: {there}"


@lru_cache(maxsize=4_096)
def _known_names(expression: str) -> frozenset[str]:
    tokens = tokens_of(expression)
    return frozenset(name for name in _KNOWN if any(is_variable(tokens, n, name) for n in range(len(tokens))))


def _value(value: Any) -> Any:
    """As actions take it; None for what is no text, number, time, yes or no, or list of these, or is too long: so what
    one value makes of another cannot grow without end.
    """
    if not isinstance(value, list):
        return _single(value)
    return [one for one in map(_single, value) if one is not None] if len(value) <= LONGEST_LIST else None


def _single(value: Any) -> Any:
    match value:
        case bool() | int() | datetime():
            return value
        case float():
            return round(value, PLACES) if math.isfinite(value) else None
        case str():
            return value if len(value) <= LONGEST_TEXT else None
    return None
