"""What is wrong with a condition, told when a rule is saved: each fault with the place of its first character.

The parser's own words say where the syntax breaks. The rest is read off the tokens: limits, variables that are not
there, paths that the contract of the event does not have, comparisons that can never be true. At last the condition is
tried on the golden example of the event, which shows operations that its types do not have.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin
from zoneinfo import available_timezones

import events
import orjson
from events.event import Event, decode
from events.sealed import Sealed
from pydantic import BaseModel, TypeAdapter, ValidationError

from automation.rules.conditions import FUNCTIONS, UNDECIDED, VARIABLES, Facts, compiled, plain
from automation.rules.cost import MACROS, dear
from automation.rules.engine import cel
from automation.rules.tokens import Token, tokens_of

MAX_LENGTH = 2_000

_GOLDEN = Path(events.__file__).parent / "golden"
_AT = cel.evaluate("timestamp('2026-01-01T00:00:00Z')")
_STANDARD = frozenset(
    (
        *("size", "contains", "startsWith", "endsWith", "matches", "timestamp", "duration"),
        *("int", "uint", "double", "string"),
        *(f"get{part}" for part in ("FullYear", "Month", "Date", "DayOfMonth", "DayOfWeek", "DayOfYear")),
        *(f"get{part}" for part in ("Hours", "Minutes", "Seconds", "Milliseconds")),
    )
)

Roots = Mapping[str, type[BaseModel]]
"""Variables with fields, and what they are."""


def check(condition: str, event: type[Event]) -> Iterator[str]:
    """What is wrong with a condition on this type of event, in plain words."""
    yield from check_over(condition, {"event": event}, VARIABLES, lambda: _example(event))


def check_over(
    condition: str, roots: Roots, variables: Sequence[str], example: Callable[[], Facts], *, is_condition: bool = True
) -> Iterator[str]:
    """What is wrong with a condition over these variables, or with an expression that comes to some value."""
    if len(condition) > MAX_LENGTH:
        yield f"is longer than {MAX_LENGTH} characters"
        return
    try:
        program = compiled(condition)
    except ValueError as error:
        yield _syntax(str(error))
        return
    tokens = tokens_of(condition)
    faults = [*_unknown(program, tokens, variables), *dear(tokens), *_zones(tokens), *_paths(tokens, roots)]
    yield from faults or _tried(program, example(), is_condition=is_condition)


def _syntax(message: str) -> str:
    place = re.search(r"<input>:(\d+):(\d+): (.*)", message)
    if place is None:
        return message
    what = place[3].removeprefix("Syntax error: ").partition(" expecting ")[0]
    return f"line {place[1]}, character {place[2]}: {what}"


def _unknown(program: cel.Program, tokens: Sequence[Token], variables: Sequence[str]) -> Iterator[str]:
    walked = {tokens[n + 2].text for n, token in enumerate(tokens[:-2]) if token.text in MACROS}
    for name in sorted(set(program.variables()) - set(variables) - walked):
        yield f"{_place(name, tokens)}there is no variable {name}; there are: {', '.join(variables)}"
    for name in sorted(set(program.functions()) - _STANDARD - FUNCTIONS.keys()):
        if name[0].isalpha():
            yield f"{_place(name, tokens)}there is no function {name}"


def _zones(tokens: Sequence[Token]) -> Iterator[str]:
    """Parts of a time are those of UTC: another zone is asked by ``local``, and must be there."""
    for n, token in enumerate(tokens):
        after = [follows.text for follows in tokens[n + 1 : n + 3]]
        if token.text.startswith("get") and token.text in _STANDARD and after[:1] == ["("] and after != ["(", ")"]:
            yield f"character {token.at + 1}: ask local(time, 'Europe/Moscow').{token.text}()"
        if token.text == "local" and after[:1] == ["("]:
            zone = next((follows for follows in tokens[n + 1 :] if follows.kind == "string"), None)
            if zone is None or zone.text.strip("'\"") not in available_timezones():
                yield f"character {token.at + 1}: local needs a zone, such as 'Europe/Moscow'"


def _place(name: str, tokens: Sequence[Token]) -> str:
    return next((f"character {token.at + 1}: " for token in tokens if token.text == name), "")


def is_variable(tokens: Sequence[Token], n: int, name: str) -> bool:
    """Is that token the variable of this name, and not a field?"""
    return tokens[n].text == name and not (n and tokens[n - 1].text == ".")


def _paths(tokens: Sequence[Token], roots: Roots) -> Iterator[str]:
    for n, token in enumerate(tokens):
        if token.text not in roots or not is_variable(tokens, n, token.text):
            continue
        steps, after = steps_of(tokens, n)
        try:
            kind = type_at(roots[token.text], ".".join(steps), token.text)
        except LookupError as error:
            yield f"character {token.at + 1}: {error}"
            continue
        asked = n >= 2 and [before.text for before in tokens[n - 2 : n]] == ["has", "("]
        yield from (f"character {token.at + 1}: {fault}" for fault in _compared(kind, steps, tokens[after:], asked))


def steps_of(tokens: Sequence[Token], n: int) -> tuple[list[str], int]:
    """The fields after a variable, and where the path ends; a method that is called is none of them."""
    steps, after = [], n + 1
    while after + 1 < len(tokens) and tokens[after].text == "." and tokens[after + 1].kind == "name":
        if after + 2 < len(tokens) and tokens[after + 2].text == "(":
            break
        steps.append(tokens[after + 1].text)
        after += 2
    return steps, after


def _compared(kind: Any, steps: Sequence[str], after: Sequence[Token], asked: bool) -> Iterator[str]:
    path = ".".join(steps)
    sign = after[0].text if after else ""
    literals = _literals(after)
    if is_sealed(kind):
        if not asked and not (sign in ("==", "!=") and [token.text for token in literals] == ["null"]):
            yield f"{path} is sealed: a rule can only ask whether it is null"
        return
    for literal in literals:
        value = cel.evaluate(literal.text)
        try:
            if value is not None:
                TypeAdapter(kind).validate_json(orjson.dumps(value), strict=True)
        except ValidationError as error:
            yield f"{path} can never be {value!r}: {error.errors()[0]['msg']}"


def _literals(after: Sequence[Token]) -> list[Token]:
    """What a path is compared with, where that is written out: ``== x``, ``!= x``, ``in [x, y]``."""
    if len(after) > 1 and after[0].text in ("==", "!="):
        return [token for token in after[1:2] if _is_literal(token)]
    if len(after) > 1 and (after[0].text, after[1].text) == ("in", "["):
        end = next((n for n, token in enumerate(after) if token.text == "]"), 0)
        return [token for token in after[2:end] if _is_literal(token)]
    return []


def _is_literal(token: Token) -> bool:
    return token.kind in ("string", "number") or token.text in ("true", "false", "null")


def _tried(program: cel.Program, example: Facts, *, is_condition: bool) -> list[str]:
    """What the golden example shows. That its values cannot be divided, or that it lacks a step, proves nothing."""
    try:
        value = program.execute(example.context)
    except TypeError as error:
        return [str(error).partition(". ")[0]]
    except UNDECIDED:
        return []
    if is_condition:
        return [] if isinstance(value, bool) else [f"comes to {value!r}, and must come to true or false"]
    is_fit = value is None or isinstance(value, bool | int | float | str | datetime | list)
    return [] if is_fit else [f"comes to {value!r}, and must come to a text, a number, a time, yes or no, or a list"]


def example_of(event: type[Event]) -> dict[str, Any]:
    """What the golden example gives to conditions."""
    golden = decode(event.type, (_GOLDEN / f"{event.type}.json").read_bytes())
    return {"event": plain(golden), "type": event.type, "actor": "user:anna", "occurred_at": _AT, "recorded_at": _AT}


@cache
def _example(event: type[Event]) -> Facts:
    return Facts(example_of(event))


def type_at(event: type[BaseModel], path: str, root: str = "event") -> Any:
    """The annotation at a path of fields. Raises LookupError that names the fields there are."""
    kind: Any = event
    walked: list[str] = []
    for step in path.split(".") if path else ():
        inner = _without_none(kind)
        if get_origin(inner) is dict:
            kind = get_args(inner)[1]
        elif isinstance(inner, type) and issubclass(inner, BaseModel) and step in inner.model_fields:
            kind = inner.model_fields[step].annotation
        else:
            fields = (
                ", ".join(inner.model_fields) if isinstance(inner, type) and issubclass(inner, BaseModel) else "none"
            )
            raise LookupError(f"{'.'.join(walked) or f'the {root}'} has no field {step}; it has: {fields}")
        walked.append(step)
    return kind


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        left = [option for option in get_args(kind) if option is not type(None)]
        return left[0] if len(left) == 1 else kind
    return kind


def is_sealed(kind: Any) -> bool:
    """Is a field of this annotation sealed?"""
    inner = _without_none(kind)
    return (get_origin(inner) or inner) is Sealed
