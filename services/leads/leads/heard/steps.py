"""From what to what an event of another service led, by what its own stream had said before. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

Step = tuple[str, Any, Any]
"""What changed, before and after."""

_CHANGES: Final = re.compile(r"changed|assigned|moved|rescheduled")
_BEFORE: Final = ("from_", "previous_")


def steps(stream: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[list[Step]]:
    """For each event of a stream (type and opened facts, in order) what it changed.

    An event says itself what was before (``from_stage`` and ``to_stage`` or ``stage``, ``previous_manager_id``); one
    whose name speaks of a change is compared with what was said of the same fact last.
    """
    last: dict[str, Any] = {}
    for type_, facts in stream:
        before, now = _sides(facts)
        known = {**(last if _CHANGES.search(type_) else {}), **before}
        yield [(what, known[what], value) for what, value in now.items() if what in known and known[what] != value]
        last |= now


def _sides(facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    before = {
        name.removeprefix(prefix): value
        for name, value in facts.items()
        for prefix in _BEFORE
        if name.startswith(prefix)
    }
    rest = {name.removeprefix("to_"): value for name, value in facts.items() if not name.startswith(_BEFORE)}
    return before, {name: value for name, value in rest.items() if name != "cause"}
