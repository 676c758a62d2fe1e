"""What actions have in common that ask: of whom the trigger must tell, and a request in a stream of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from events.event import Event

from automation.actions.effect import COMPUTED, Effect, Firing, Known, NotComputed
from automation.rules.condition_check import is_sealed, type_at

Subject = Literal["customer", "lead", "deal"]


def lacking(event: type[Event], subject: Subject) -> Iterator[str]:
    """The fault of a trigger that does not tell of such a subject."""
    if f"{subject}_id" not in event.model_fields:
        yield f": {event.type} has no {subject}_id"


def unknown(kind: str, name: str, there: frozenset[str] | None) -> Iterator[str]:
    """The fault of naming what is not there."""
    if there is not None and name not in there:
        yield f".{kind}: no {kind} is named {name}; there are: {', '.join(sorted(there)) or 'none'}"


def path_faults(place: str, path: str, event: type[Event], known: Known) -> Iterator[str]:
    """The faults of a path whose value is to be taken from the trigger or from what the rule computes: not there, or
    sealed.
    """
    root, _, name = path.partition(".")
    if root == COMPUTED:
        if name not in known.computed:
            yield f"{place}: the rule computes no {name}; it computes: {', '.join(sorted(known.computed)) or 'nothing'}"
        return
    try:
        kind = type_at(event, path)
    except LookupError as error:
        yield f"{place}: {error}"
        return
    if is_sealed(kind):
        yield f"{place}: {path} is sealed: it is told to nobody"


def taken(firing: Firing, path: str) -> Any:
    """The value at a path as JSON has it: amounts are texts, times are ISO 8601."""
    value = firing.value(path)
    match value:
        case Decimal() | UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case None | bool() | int() | float() | str():
            return value
        case tuple() | list() | frozenset() | set():
            return [one if isinstance(one, int | float | bool) else str(one) for one in value]
    return str(value)


def said(firing: Firing, path: str) -> str | None:
    """The value at a path as a text for people; a number without needless decimals."""
    value = taken(firing, path)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None else str(value)


def number(firing: Firing, value: float | str) -> float:
    """A number as it is written, or the one at a path. Raises ``NotComputed`` where no number stands there."""
    found = firing.value(value) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float | Decimal):
        raise NotComputed(str(value))
    return float(found)


def asked(firing: Firing, request: Event) -> Effect:
    """The request, in the stream of its effect."""
    return Effect(firing.effect_id, request, firing.origin, firing.at)


def subjects(firing: Firing) -> dict[str, UUID | None]:
    """All that the trigger names."""
    return {name: firing.subject(name) for name in ("customer_id", "lead_id", "deal_id")}
