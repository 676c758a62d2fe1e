"""Which of many rules an event may fire, found by what their conditions want to be equal, before any is evaluated.

A condition that says "and" on its outside holds only where each of its parts does. A part that only compares fields of
the event with texts that are written out (``event.to_stage == 'won' || event.to_kind == 'lost'``) is looked up by those
texts, of all rules at once. So no rule is left out whose condition holds, or would be too dear to evaluate; and most of
those that differ in such a text are never evaluated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from events.event import Event
from pydantic import BaseModel

from automation.rules.condition_check import steps_of
from automation.rules.condition_parts import choices_of, pieces_of
from automation.rules.conditions import plain
from automation.rules.cost import limits_of
from automation.rules.tokens import TEXT, UNUSUAL, Token, tokens_of

Key = tuple[tuple[str, ...], str]
"""The path of a field of the event, and a text that it must be."""


class Candidates:
    """The conditions of one trigger's rules, by number."""

    def __init__(self, conditions: Sequence[str]) -> None:
        wanted = [keys_of(condition) for condition in conditions]
        often = Counter(key for parts in wanted for keys in parts for key in keys)
        self._always = [n for n, parts in enumerate(wanted) if not parts]
        self._keyed: dict[tuple[str, ...], dict[str, list[int]]] = {}
        for n, parts in enumerate(wanted):
            # Of several parts the one that fewest others share.
            for path, text in min(parts, key=lambda keys: sum(often[key] for key in keys), default=()):
                self._keyed.setdefault(path, {}).setdefault(text, []).append(n)

    def of(self, event: Event) -> list[int]:
        """The conditions that may hold for it, in their order."""
        found = [self._always]
        for path, by_text in self._keyed.items():
            value = _value_at(event, path)
            if isinstance(value, str) and value in by_text:
                found.append(by_text[value])
        return self._always if len(found) == 1 else sorted({n for numbers in found for n in numbers})


def keys_of(condition: str) -> list[frozenset[Key]]:
    """What must be so for it to hold: one of each of these sets. Of what could be too dear, or is written in an unusual
    way, nothing.
    """
    if any(limits_of(condition)) or any(sign in condition for sign in UNUSUAL):
        return []
    return [keys for piece in pieces_of(condition) if (keys := _keys(piece))]


def _keys(piece: str) -> frozenset[Key]:
    choices = [_compared(tokens_of(choice)) for choice in choices_of(piece)]
    return frozenset[Key]().union(*choices) if all(choices) else frozenset()


def _compared(tokens: Sequence[Token]) -> list[Key]:
    """``event.x == 'a'``, ``'a' == event.x``, ``event.x in ['a', 'b']``."""
    texts = [token.text for token in tokens]
    if len(texts) > 2 and texts[1] == "==" and TEXT.match(texts[0]):
        tokens, texts = [*tokens[2:], *tokens[1::-1]], [*texts[2:], *texts[1::-1]]
    if texts[:1] != ["event"]:
        return []
    steps, after = steps_of(tokens, 0)
    sign, right = texts[after : after + 1], texts[after + 1 :]
    if sign == ["in"] and [right[:1], right[-1:]] == [["["], ["]"]] and set(right[2:-1:2]) <= {","}:
        right = right[1:-1:2]
    elif sign != ["=="] or len(right) != 1:
        return []
    return [(tuple(steps), text[1:-1]) for text in right] if steps and all(map(TEXT.match, right)) else []


def _value_at(event: Event, path: Sequence[str]) -> Any:
    """What conditions find at a path; None where nothing is."""
    value: Any = event
    for step in path:
        if isinstance(value, BaseModel):
            value = getattr(value, step, None)
        else:
            known = plain(value)
            value = known.get(step) if isinstance(known, Mapping) else None
    return value if isinstance(value, str) else plain(value)
