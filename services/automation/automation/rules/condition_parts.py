"""A condition taken apart where it says "and" and "or", with what each part comes to: why a rule fired or did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from automation.rules.condition_check import is_variable
from automation.rules.conditions import UNDECIDED, Facts, evaluated
from automation.rules.tokens import Token, tokens_of

_OPEN, _CLOSE = "([{", ")]}"


class ConditionPart(BaseModel):
    """A condition, or a part of one. `value` is null where it cannot be worked out, and `why` says why."""

    text: str
    value: bool | None
    why: str | None = None
    asked: dict[str, Any] = Field({}, description="What it asks, and what that was.")
    joined_by: Literal["&&", "||"] | None = None
    parts: list[ConditionPart] = Field(default_factory=list)


def parts_of(condition: str, facts: Facts, variables: Sequence[str]) -> ConditionPart:
    """What a sound condition and its parts come to."""
    text = _without_brackets(condition.strip())
    value, why = _value(text, facts)
    for sign in ("||", "&&"):
        pieces = _split(text, sign)
        if len(pieces) > 1:
            parts = [parts_of(piece, facts, variables) for piece in pieces]
            return ConditionPart(text=text, value=value, why=why, joined_by=sign, parts=parts)
    return ConditionPart(text=text, value=value, why=why, asked=dict(_asked(text, facts, variables)))


def pieces_of(condition: str) -> list[str]:
    """What must all hold for it to hold: the pieces between "and", inside of brackets too; else it is the only one."""
    text = _without_brackets(condition.strip())
    if not text:
        return []
    pieces = _split(text, "&&") if len(_split(text, "||")) == 1 else [text]
    return [text] if len(pieces) == 1 else [inner for piece in pieces for inner in pieces_of(piece)]


def choices_of(condition: str) -> list[str]:
    """What it holds for one of: the pieces between "or", inside of brackets too; else it is the only one."""
    text = _without_brackets(condition.strip())
    pieces = _split(text, "||")
    return [text] if len(pieces) == 1 else [inner for piece in pieces for inner in choices_of(piece)]


def _value(text: str, facts: Facts) -> tuple[bool | None, str | None]:
    try:
        found = evaluated(text, facts)
    except UNDECIDED as error:
        return None, str(error).partition("\n")[0][:200]
    return (found, None) if isinstance(found, bool) else (None, f"comes to {found!r}")


def _split(text: str, sign: str) -> list[str]:
    """The pieces between this sign outside of all brackets; one where there is a choice (``? :``), which binds less."""
    depth, cuts = 0, []
    for token in tokens_of(text):
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if depth == 0 and token.text == "?":
            return [text]
        if depth == 0 and token.text == sign:
            cuts.append(token.at)
    starts, ends = [0, *(cut + len(sign) for cut in cuts)], [*cuts, len(text)]
    return [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _without_brackets(text: str) -> str:
    """Without brackets around the whole."""
    tokens = tokens_of(text)
    depth = 0
    for n, token in enumerate(tokens):
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if depth == 0 and n < len(tokens) - 1:
            return text
    return _without_brackets(text[1:-1].strip()) if len(tokens) > 1 and tokens[0].text == "(" else text


def _asked(text: str, facts: Facts, variables: Sequence[str]) -> Iterator[tuple[str, Any]]:
    tokens = tokens_of(text)
    for n, token in enumerate(tokens):
        if token.text in variables and is_variable(tokens, n, token.text):
            path = _path(text, tokens, n)
            try:
                yield path, _plain(evaluated(path, facts))
            except UNDECIDED:
                yield path, None


def _path(text: str, tokens: Sequence[Token], n: int) -> str:
    """The variable with the fields and keys that follow it."""
    end = n + 1
    while end + 1 < len(tokens):
        if tokens[end].text == "." and tokens[end + 1].kind == "name":
            if end + 2 < len(tokens) and tokens[end + 2].text == "(":
                break
            end += 2
        elif tokens[end].text == "[" and end + 2 < len(tokens) and tokens[end + 2].text == "]":
            end += 3
        else:
            break
    last = tokens[end - 1]
    return text[tokens[n].at : last.at + len(last.text)]


def _plain(value: Any) -> Any:
    """What JSON has; a whole event or card is not repeated."""
    return value if value is None or isinstance(value, bool | int | float | str | list) else _shown(value)


def _shown(value: Any) -> Any:
    return "…" if isinstance(value, dict) else str(value)
