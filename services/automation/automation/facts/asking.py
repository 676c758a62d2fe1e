"""What conditions ask beyond the event, as it was at a moment: one statement for facts, one for what happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from events.event import REGISTRY
from events.sqlfile import sql
from events.store import Connection

from automation.facts.shape import BEFORE, EARLIER, OWN, SHAPES, Past
from automation.rules.conditions import plain
from automation.rules.rule import SOURCES

if TYPE_CHECKING:
    from automation.actions.effect import Firing

_SQL = Path(__file__).parent / "sql"
EVERYTHING: Final = (*SHAPES, EARLIER)
_INSTANT: Final = timedelta(microseconds=1)
"""The smallest step of the database's clock."""


async def variables(
    connection: Connection,
    firings: Sequence[Firing],
    at: datetime | Sequence[datetime] | None = None,
    *,
    asks: Collection[str] = EVERYTHING,
) -> list[dict[str, Any]]:
    """``customer``, ``deal``, ``lead``, ``message`` and ``earlier`` of each firing, as of its event's ``recorded_at``,
    or of ``at`` (one moment for all, or one for each): those that are asked, and ``before``, what was so just before
    the event, where that is.

    Cards that were merged by then are one customer. What an event does not name is ``None``. Of ``at``, the event
    itself counts among what happened earlier.
    """
    moments = at if isinstance(at, Sequence) else [at or firing.recorded.recorded_at for firing in firings]
    found = await _known(connection, firings, moments, [name for name in SHAPES if name in asks])
    if EARLIER in asks:
        past = await _earlier(connection, firings, moments)
        found = [one | {EARLIER: earlier} for one, earlier in zip(found, past, strict=True)]
    if BEFORE in asks:
        just_before = [firing.recorded.recorded_at - _INSTANT for firing in firings]
        were = await _known(connection, firings, just_before, list(SHAPES))
        found = [one | {BEFORE: was} for one, was in zip(found, were, strict=True)]
    return found


async def _known(
    connection: Connection, firings: Sequence[Firing], moments: Sequence[datetime], names: Sequence[str]
) -> list[dict[str, Any]]:
    asked = [
        (n * len(names) + k, subject_id, moments[n], name == "customer")
        for n, firing in enumerate(firings)
        for k, name in enumerate(names)
        if (subject_id := firing.subject(f"{name}_id")) is not None
    ]
    told: dict[int, dict[str, Any]] = {n: {} for n, *_ in asked}
    if asked:
        for row in await connection.fetch(sql("facts_at", _SQL), *map(list, zip(*asked, strict=True))):
            # Another card of the person may have said it before: what was said last stands last.
            told[row["n"]].pop(row["name"], None)
            told[row["n"]][row["name"]] = orjson.loads(row["value"])
    return [
        {name: made(name, told.get(n * len(names) + k)) for k, name in enumerate(names)} for n in range(len(firings))
    ]


async def _earlier(
    connection: Connection, firings: Sequence[Firing], moments: Sequence[datetime]
) -> list[dict[str, Any]]:
    """What happened before, by type of event; ``{count, last}`` of each type there is, so that none is a fault."""
    asked = [
        (n, customer_id, moments[n], firing.cause.rule)
        for n, firing in enumerate(firings)
        if (customer_id := firing.subject("customer_id")) is not None
    ]
    found = [dict(never()) for _ in firings]
    if asked:
        for row in await connection.fetch(sql("happened_before", _SQL), *map(list, zip(*asked, strict=True))):
            past = found[row["n"]]
            for key in (row["type"], OWN) if row["own"] else (row["type"],):
                past[key] = _with(past[key], row["count"], row["last"])
    return found


def _with(past: Mapping[str, Any], count: int, last: datetime) -> dict[str, Any]:
    return {"count": past["count"] + count, "last": max(past["last"] or last, last)}


@cache
def never() -> Mapping[str, Any]:
    """``earlier`` of a customer to whom nothing happened."""
    types = (type_ for type_, event in REGISTRY.items() if event.owner() in SOURCES)
    return {key: plain(Past()) for key in (*types, OWN)}


def made(name: str, told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A variable out of what was told, oldest first; None where the event has no such subject."""
    if told is None:
        return None
    known: dict[str, Any] = {}
    many: dict[str, dict[str, Any]] = {}
    for key, value in told.items():
        whole, dot, one = key.partition(".")
        if dot and value is not None:
            many.setdefault(whole, {})[one] = value
        elif not dot and value is not None:
            known[whole] = value
    known |= {key: many[key] for key in ("fields", "details") if key in many}
    known["tags"] = sorted(many.get("tags", ()))
    known["contacts"] = sorted(set(many.get("contacts", {}).values()))
    known["consents"] = _consents(told)
    for whole in ("leads", "deals"):
        states = list(many.get(whole, {}).values())
        known |= {f"{state}_{whole}": states.count(state) for state in ("open", "won", "lost")}
    invoices = list(many.get("invoices", {}).values())
    known["overdue_invoices"] = invoices.count("overdue")
    known["unpaid_invoices"] = invoices.count("open") + invoices.count("overdue")
    variable: dict[str, Any] = plain(SHAPES[name].model_validate(known))
    return variable


def _consents(told: Mapping[str, Any]) -> dict[str, bool]:
    """Without a channel a withdrawal is of all channels that were agreed to before."""
    consents: dict[str, bool] = {}
    for key, agreed in told.items():
        whole, _, purpose = key.partition(".")
        if whole != "consents":
            continue
        if not agreed and "/" not in purpose:
            consents |= {other: False for other in consents if other.startswith(f"{purpose}/")}
        consents[purpose] = agreed
    return consents
