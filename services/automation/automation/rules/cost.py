"""What an expression may cost: limits that are read off its tokens, so that no evaluation takes longer than they allow.

The engine runs a whole expression before it gives the interpreter back, and nothing can stop it meanwhile: a deadline
would come when all is over. So time is limited beforehand, in steps: whoever passes the limits below, and walks over
lists of at most ``MOST_WALKED`` elements, is done in a fraction of a second; ``tests/test_cost.py`` runs the dearest
that pass. What does not pass is refused when it is saved. Where it stands in a rule that an earlier release took, or a
list turns out longer, it is not evaluated at all (``OverLimit``).

What costs in this engine: ``map`` copies its result for each element, ``+`` on lists copies both, and a pattern is
compiled whenever it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from automation.rules.tokens import Token, tokens_of

MACROS: Final = ("all", "exists", "exists_one", "filter", "map")
MOST_WALKED: Final = 200
"""Elements of a list, or of a map, in an expression that walks over one."""
MOST_WALKS: Final = 5
MOST_WRITTEN: Final = 50
"""Elements of a list that is written out and walked over."""
MOST_INSIDE: Final = 60
"""Pieces of what is asked of each element."""
MOST_SUMS: Final = 30
MOST_SUMS_INSIDE: Final = 3
MOST_PATTERNS: Final = 3
LONGEST_PATTERN: Final = 100
MOST_REPEATS: Final = 20
_COUNTS: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")


class OverLimit(ValueError):
    """It would cost too much, and was not evaluated."""


def dear(tokens: Sequence[Token]) -> Iterator[str]:
    """What in an expression could cost too much, each with its place."""
    walks = [n for n, token in enumerate(tokens) if token.text in MACROS and _follows(tokens, n, "(")]
    if len(walks) > MOST_WALKS:
        yield f"{_at(tokens[walks[MOST_WALKS]])}more than {MOST_WALKS} walks over lists"
    sums = [n for n, token in enumerate(tokens) if token.text == "+"]
    if len(sums) > MOST_SUMS:
        yield f"{_at(tokens[sums[MOST_SUMS]])}more than {MOST_SUMS} additions"
    for n in walks:
        yield from _walk(tokens, n)
    patterns = [n for n, token in enumerate(tokens) if token.text == "matches" and _follows(tokens, n, "(")]
    if len(patterns) > MOST_PATTERNS:
        yield f"{_at(tokens[patterns[MOST_PATTERNS]])}more than {MOST_PATTERNS} patterns"
    for n in patterns:
        yield from _pattern(tokens, n)


def _walk(tokens: Sequence[Token], n: int) -> Iterator[str]:
    inside = tokens[n + 2 : _closing(tokens, n + 1)]
    texts = [token.text for token in inside]
    if not _is_walkable(tokens, n - 2):
        yield f"{_at(tokens[n])}only fields, and short lists that are written out, are walked over"
    if any(text in MACROS and _follows(inside, k, "(") for k, text in enumerate(texts)):
        yield f"{_at(tokens[n])}a walk over a list inside another"
        return
    if len(inside) > MOST_INSIDE:
        yield f"{_at(tokens[n])}asks too much of each element: more than {MOST_INSIDE} pieces"
    if texts.count("+") > MOST_SUMS_INSIDE:
        yield f"{_at(tokens[n])}more than {MOST_SUMS_INSIDE} additions for each element"
    if "matches" in texts:
        yield f"{_at(tokens[n])}a pattern for each element"
    if tokens[n].text == "map" and not _is_of_element(inside):
        yield f"{_at(tokens[n])}map may only ask the element itself"


def _is_walkable(tokens: Sequence[Token], end: int) -> bool:
    """Is what ends there a path, a written-out list of literals, or what another walk came to?"""
    last = tokens[end] if end >= 0 else None
    if last is None or tokens[end + 1].text != ".":
        return False
    start = _opening(tokens, end)
    if last.text == ")":
        return start > 0 and tokens[start - 1].text in MACROS
    if last.text == "]":
        if start > 0 and (tokens[start - 1].kind == "name" or tokens[start - 1].text == "]"):
            return True
        written = tokens[start + 1 : end]
        is_plain = all(token.kind in ("string", "number") or token.text in ",-" for token in written)
        return is_plain and sum(token.text != "," for token in written) <= MOST_WRITTEN
    return last.kind == "name"


def _is_of_element(inside: Sequence[Token]) -> bool:
    """Does it ask nothing but the element (and functions), and make no list of it?"""
    for n, token in enumerate(inside):
        if token.text in ("[", "{"):
            return False
        is_root = token.kind == "name" and not (n and inside[n - 1].text == ".") and not _follows(inside, n, "(")
        if is_root and token.text not in (inside[0].text, "in", "null", "true", "false"):
            return False
    return True


def _pattern(tokens: Sequence[Token], n: int) -> Iterator[str]:
    pattern = tokens[_closing(tokens, n + 1) - 1]
    if pattern.kind != "string" or tokens[tokens.index(pattern) - 1].text not in ("(", ","):
        yield f"{_at(tokens[n])}a pattern must be written out"
        return
    if len(pattern.text) > LONGEST_PATTERN:
        yield f"{_at(pattern)}a pattern of more than {LONGEST_PATTERN} characters"
    counts = [int(found[2] or found[1]) for found in _COUNTS.finditer(pattern.text)]
    if sum(counts) > MOST_REPEATS or (counts and "){" in pattern.text):
        yield f"{_at(pattern)}a pattern that repeats more than {MOST_REPEATS} times, or a group a number of times"


def _follows(tokens: Sequence[Token], n: int, text: str) -> bool:
    return n + 1 < len(tokens) and tokens[n + 1].text == text


def _closing(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for n in range(start, len(tokens)):
        depth += (tokens[n].text in "([{") - (tokens[n].text in ")]}")
        if depth == 0:
            return n
    return len(tokens)


def _opening(tokens: Sequence[Token], end: int) -> int:
    depth = 0
    for n in range(end, -1, -1):
        depth += (tokens[n].text in ")]}") - (tokens[n].text in "([{")
        if depth == 0:
            return n
    return 0


def _at(token: Token) -> str:
    return f"character {token.at + 1}: "


@lru_cache(maxsize=4_096)
def limits_of(expression: str) -> tuple[str | None, frozenset[str]]:
    """The first thing that could cost too much, and the names in it where it walks over lists: one of them may be that
    of the list.
    """
    tokens = tokens_of(expression)
    walks = any(token.text in MACROS and _follows(tokens, n, "(") for n, token in enumerate(tokens))
    roots = {
        token.text for n, token in enumerate(tokens) if token.kind == "name" and not (n and tokens[n - 1].text == ".")
    }
    return next(dear(tokens), None), frozenset(roots if walks else ())


def longest(value: Any) -> int:
    """Elements of the longest list or map in a value."""
    match value:
        case Mapping():
            return max((len(value), *map(longest, value.values())))
        case list() | tuple():
            return max((len(value), *map(longest, value)))
    return 0
