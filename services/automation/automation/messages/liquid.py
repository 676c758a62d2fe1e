"""Liquid for what people write: filters and tags that are listed here and no others, and no more work than a message
needs.

The limits of the library bound loops, output and what is assigned. Not bounded by them are chains of filters, which
copy what they are given, the walk over a range that is compared, reversed or begun late, and the sum of all variables
at each assignment: hence the work of a rendering is counted, and ranges are written out and short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from liquid import Environment, RenderContext, StrictUndefined, Token
from liquid.ast import Node
from liquid.builtin.expressions.primitive import IntegerLiteral, RangeLiteral
from liquid.exceptions import ResourceLimitError
from liquid.expression import Expression
from liquid.template import BoundTemplate
from liquid.undefined import UNDEFINED

MOST_WORK: Final = 1_000_000
"""In one rendering: characters that variables hold where they stand and that filters make, for each turn of a loop the
expressions of the template, for each assignment the variables there are. A second of a processor.
"""
MOST_TURNS: Final = 1_000

_FILTERS = ("append", "capitalize", "default", "downcase", "first", "last", "prepend", "strip", "truncate", "upcase")
_TAGS = (
    *("assign", "break", "capture", "case", "comment", "content", "continue", "echo"),
    *("for", "if", "illegal", "output", "unless"),
)


class _Counted(RenderContext):
    """A rendering whose work is counted."""

    __slots__ = ("_spent", "_weight")

    def __init__(self, template: _Template, **more: Any) -> None:
        super().__init__(template, **more)
        self._spent = 0
        self._weight = template.weight

    def _spend(self, work: int) -> None:
        self._spent += work
        if self._spent > MOST_WORK:
            raise ResourceLimitError("is more work than a message needs", token=None)

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        found = super().get(path, token=token, default=default)
        self._spend(1 + len(found) if isinstance(found, str) else 1)
        return found

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        filtered = super().filter(name, token)

        def counted(*values: object, **named: object) -> object:
            made = filtered(*values, **named)
            self._spend(1 + len(made) if isinstance(made, str) else 1)
            return made

        return counted

    def assign(self, key: str, val: Any) -> None:
        self._spend(1 + len(self.locals))
        super().assign(key, val)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self._spend(length * self._weight)
        super().raise_for_loop_limit(length)


class _Template(BoundTemplate):
    """``weight``: how many expressions there are, of which any may stand in a loop."""

    context_class = _Counted
    weight = 1


class _Limited(Environment):
    """Liquid within limits. Messages are plain text, so nothing is escaped."""

    template_class = _Template
    loop_iteration_limit = MOST_TURNS
    output_stream_limit = 200_000
    local_namespace_limit = 50_000
    context_depth_limit = 10
    block_nesting_limit = 20

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.tags = {name: self.tags[name] for name in _TAGS}


_LIQUID = _Limited(undefined=StrictUndefined)


def parsed(source: str) -> BoundTemplate:
    """A template. Raises ``LiquidError``; rendering it does too, where it is more than it may be."""
    template = _LIQUID.from_string(source)
    assert isinstance(template, _Template)
    expressions = list(_expressions(template.nodes, _Counted(template)))
    for found in expressions:
        if isinstance(found, RangeLiteral) and not _is_short(found):
            raise ResourceLimitError(f"a range has two numbers and at most {MOST_TURNS} steps: {found}", token=None)
    template.weight = 1 + len(expressions)
    return template


def _expressions(nodes: Iterable[Node], context: RenderContext) -> Iterator[Expression]:
    for node in nodes:
        waiting = list(node.expressions())
        while waiting:
            found = waiting.pop()
            waiting += found.children()
            yield found
        yield from _expressions(node.children(context), context)


def _is_short(found: RangeLiteral) -> bool:
    match found.start, found.stop:
        case IntegerLiteral(value=first), IntegerLiteral(value=last):
            return last - first < MOST_TURNS
    return False
