"""What is wrong with a ``where``: a condition over what is known besides the event."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from events.event import REGISTRY, Event

from automation.facts.shape import BEFORE, EARLIER, OWN, SHAPES, before_of, example
from automation.rules.condition_check import (
    MAX_LENGTH,
    check_over,
    example_of,
    is_variable,
)
from automation.rules.conditions import VARIABLES, Facts, plain
from automation.rules.tokens import Token, tokens_of


def check_where(condition: str, event: type[Event], *, before: bool = False) -> Iterator[str]:
    """What is wrong with it on this type of event, in plain words, with the place. ``before``: may it be asked?"""
    yield from _checked(condition, event, BEFORE if before else None, lambda: _example(event), is_condition=True)


def check_value(expression: str, event: type[Event], variable: str, example: Facts) -> Iterator[str]:
    """What is wrong with an expression that comes to a value, and may ask one more ``variable``."""
    yield from _checked(expression, event, BEFORE, lambda: example, variable, is_condition=False)


def _checked(
    condition: str,
    event: type[Event],
    before: str | None,
    example: Callable[[], Facts],
    *more: str,
    is_condition: bool,
) -> Iterator[str]:
    known = {name: shape for name, shape in SHAPES.items() if f"{name}_id" in event.model_fields}
    tokens = tokens_of(condition) if len(condition) <= MAX_LENGTH else []
    faults = [*_absent(tokens, event, SHAPES.keys() - known.keys()), *_earlier(tokens, event)]
    if faults:
        yield from faults
        return
    roots = {"event": event, **known, **({before: before_of(known)} if before else {})}
    variables = (*VARIABLES, *known, EARLIER, *([before] if before else []), *more)
    yield from check_over(condition, roots, variables, example, is_condition=is_condition)


def _absent(tokens: Sequence[Token], event: type[Event], absent: set[str]) -> Iterator[str]:
    for n, token in enumerate(tokens):
        if token.text in absent and is_variable(tokens, n, token.text):
            yield (f"character {token.at + 1}: {event.type} has no {token.text}_id, so there is no {token.text} to ask")


def _earlier(tokens: Sequence[Token], event: type[Event]) -> Iterator[str]:
    """``earlier`` is asked by a type of event that is written out, or by ``own``; and that by a field."""
    for n, token in enumerate(tokens):
        if not is_variable(tokens, n, EARLIER):
            continue
        place, after = f"character {token.at + 1}: ", [follows.text for follows in tokens[n + 1 : n + 6]]
        key: str | None
        if after[:2] == [".", OWN]:
            key, field = OWN, after[2:4]
        else:
            key = after[1].strip("'\"") if after[:1] == ["["] and after[2:3] == ["]"] else None
            field = after[3:5]
        if "customer_id" not in event.model_fields:
            yield f"{place}{event.type} has no customer_id, so nothing is known to have happened earlier"
        elif key is None:
            yield f"{place}ask earlier['type of event'] or earlier.{OWN}"
        elif key != OWN and key not in REGISTRY:
            near = difflib.get_close_matches(key, REGISTRY, n=1)
            yield f"{place}no event is named {key}" + (f"; is {near[0]} meant?" if near else "")
        elif field not in ([".", "count"], [".", "last"]):
            yield f"{place}ask .count or .last of it"


@cache
def _example(event: type[Event]) -> Facts:
    return example_facts(event)


def example_facts(event: type[Event]) -> Facts:
    """The golden example of the event, with everything known filled in."""
    told = example_of(event)
    known = {name: plain(example(shape)) for name, shape in SHAPES.items()}
    past = {key: {"count": 1, "last": told["recorded_at"]} for key in (*REGISTRY, OWN)}
    return Facts(told | known | {EARLIER: past, BEFORE: known})
