"""Which customers or deals a condition may hold for, asked of whole tables at once, before they are asked one by one.

A condition that says "and" on its outside holds only where each of its parts does. Parts that compare one thing that is
known of the subject with something written out are asked of the tables; the others are left to the condition itself. So
nobody is left out for whom it holds, and most of those for whom it does not are never looked at. Cards that were merged
with others are always looked at: what is so of a person may stand on another card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from automation.facts.shape import EARLIER, OWN, SHAPES
from automation.rules.condition_parts import pieces_of
from automation.rules.tokens import TEXT, UNUSUAL, Token, tokens_of

_NOTHING: Final = "null"
_EVENTS: Final = {
    "open_leads": ("lead.captured.v1", "lead.reopened.v1"),
    "open_deals": ("deal.opened.v1", "deal.reopened.v1"),
    "won_deals": ("deal.won.v1",),
    "lost_deals": ("deal.lost.v1",),
}
"""What must have happened to a customer of whom something is counted."""


@dataclass(frozen=True, slots=True)
class Said:
    """The newest fact of this name is one of these values, as JSON; ``null``: or it was never said."""

    subject: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something of these types has happened to the customer, or nothing of them has."""

    types: tuple[str, ...]
    ever: bool = True


@dataclass(frozen=True)
class Preselection:
    """What must be so. Nothing: everybody is looked at."""

    said: tuple[Said, ...] = ()
    happened: tuple[Happened, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.said or self.happened)

    def facts_of(self, subject: str) -> tuple[list[str], list[str]]:
        """Names and values, as the function ``is_said`` takes them."""
        facts = [one for one in self.said if one.subject == subject]
        return [one.name for one in facts], [f"[{','.join(one.values)}]" for one in facts]

    def of_customer(self) -> tuple[list[str], list[str], list[str], list[bool]]:
        """As the function ``may_be`` takes them."""
        return (
            *self.facts_of("customer"),
            [" ".join(one.types) for one in self.happened],
            [one.ever for one in self.happened],
        )


def preselection(condition: str | None) -> Preselection:
    """What must be so for the condition to hold; of one that is written in an unusual way, nothing."""
    if condition and any(sign in condition for sign in UNUSUAL):
        return Preselection()
    asked = [found for part in pieces_of(condition or "") if (found := _asked(part)) is not None]
    return Preselection(
        tuple(one for one in asked if isinstance(one, Said)),
        tuple(one for one in asked if isinstance(one, Happened)),
    )


def _asked(part: str) -> Said | Happened | None:
    tokens = tokens_of(part)
    texts = [token.text for token in tokens]
    if texts[:1] == ["!"]:
        inner = tokens[2:-1] if texts[1:2] == ["("] and texts[-1:] == [")"] else tokens[1:]
        return _not(_one(inner))
    return _one(tokens)


def _one(tokens: Sequence[Token]) -> Said | Happened | None:
    """A yes or no, a comparison, or whether one thing is among others."""
    texts = [token.text for token in tokens]
    for n, sign in enumerate(texts):
        if sign in ("==", ">", ">=", "in"):
            left, right = tokens[:n], tokens[n + 1 :]
            if sign == "in":
                return _among(left, right)
            if sign == "==" and _literal(left) is not None:
                left, right = right, left
            counted = _counted(left)
            return _count(left[0], counted, sign, right) if counted else _equal(left, right) if sign == "==" else None
    path = _path(tokens)
    return Said(*path, ("true",)) if path and _is_yes_or_no(*path) else None


def _not(asked: Said | Happened | None) -> Said | None:
    """Of a yes or no, and of tags."""
    if isinstance(asked, Said) and asked.values == ("true",) and not asked.name.startswith("fields."):
        return Said(asked.subject, asked.name, (_NOTHING, "false"))
    return None


def _equal(left: Sequence[Token], right: Sequence[Token]) -> Said | None:
    path, literal = _path(left), _literal(right)
    return Said(*path, _with_default(*path, [literal])) if path and literal is not None else None


def _among(left: Sequence[Token], right: Sequence[Token]) -> Said | None:
    """``'vip' in customer.tags``, ``customer.segment in ['gold', 'silver']``."""
    texts, one = [token.text for token in right], _literal(left)
    if len(texts) == 3 and texts[0] in SHAPES and texts[1:] == [".", "tags"] and one is not None and one[0] == '"':
        return Said(texts[0], f"tags.{orjson.loads(one)}", ("true",))
    path = _path(left)
    literals = [_literal([token]) for token in right[1:-1:2]]
    is_list = texts[:1] == ["["] and texts[-1:] == ["]"] and set(texts[2:-1:2]) <= {","} and None not in literals
    return Said(*path, _with_default(*path, [one for one in literals if one])) if path and is_list else None


def _with_default(subject: str, name: str, literals: list[str]) -> tuple[str, ...]:
    """What was never said is as the shape has it."""
    field = SHAPES[subject].model_fields.get(name)
    is_default = field is not None and orjson.dumps(field.default).decode() in literals
    return tuple(dict.fromkeys([*literals, *([_NOTHING] if is_default else [])]))


def _path(tokens: Sequence[Token]) -> tuple[str, str] | None:
    """The variable and the name of the fact that a path asks."""
    texts = [token.text for token in tokens]
    if len(texts) < 3 or texts[0] not in SHAPES or texts[1] != ".":
        return None
    if len(texts) == 3 and _is_plain(texts[0], texts[2]):
        return texts[0], texts[2]
    if texts[2] == "fields" and len(texts) == 5 and texts[3] == "." and tokens[4].kind == "name":
        return texts[0], f"fields.{texts[4]}"
    if texts[2] == "fields" and len(texts) == 6 and texts[3] == "[" and TEXT.match(texts[4]):
        return texts[0], f"fields.{texts[4][1:-1]}"
    return None


def _is_plain(subject: str, name: str) -> bool:
    field = SHAPES[subject].model_fields.get(name)
    return field is not None and field.annotation in (str, str | None, bool)


def _is_yes_or_no(subject: str, name: str) -> bool:
    field = SHAPES[subject].model_fields.get(name)
    return field.annotation is bool if field else name.startswith("fields.")


def _literal(tokens: Sequence[Token]) -> str | None:
    """A text, a yes or no or nothing, as JSON."""
    if len(tokens) != 1:
        return None
    text = tokens[0].text
    if TEXT.match(text):
        return orjson.dumps(text[1:-1]).decode()
    return text if text in ("true", "false", "null") else None


def _counted(tokens: Sequence[Token]) -> tuple[str, ...] | None:
    """Types of the events that are counted."""
    texts = [token.text for token in tokens]
    if len(texts) == 3 and texts[:2] == ["customer", "."]:
        return _EVENTS.get(texts[2])
    if len(texts) == 6 and [texts[0], texts[1], *texts[3:]] == [EARLIER, "[", "]", ".", "count"]:
        return (texts[2][1:-1],) if TEXT.match(texts[2]) and texts[2][1:-1] != OWN else None
    return None


def _count(variable: Token, types: tuple[str, ...], sign: str, right: Sequence[Token]) -> Happened | None:
    """None of a state, such as no open deals, is no word on what has happened."""
    if len(right) != 1 or not right[0].text.isdecimal():
        return None
    number = int(right[0].text)
    if sign == "==" and number == 0:
        return Happened(types, ever=False) if variable.text == EARLIER else None
    least = number + (sign == ">")
    return Happened(types) if least > 0 else None
