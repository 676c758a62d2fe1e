"""How often a rule may act for one customer: what matched is told off in the order of recording, each once.

A match is let through where fewer than ``times`` were let through within the window before it; one whose ``where`` does
not hold counts for nothing. It is decided when all earlier matches of the rule for the customer are: so which ones are
let through depends on neither workers nor deliveries. Cards that were one when an event was recorded are one customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal
from uuid import UUID

from events.sqlfile import sql
from events.store import Connection

from automation.rules.registry import SQL
from automation.rules.rule import Cap
from automation.timing.pending import Pending

Verdict = Literal["through", "withheld", "no"]
"""``no``: ``where`` does not hold."""
Key = tuple[str, UUID]
"""Rule and event."""
_Person = tuple[str, tuple[UUID, ...]]
"""Rule, and the cards that were one when the event was recorded: who is counted together."""


@dataclass(frozen=True, slots=True)
class Match:
    """An event that fired a rule with a cap. ``holds``: whether ``where`` does; None where it is not known yet."""

    event_id: UUID
    recorded_at: datetime
    verdict: Verdict | None = None
    holds: bool | None = None


def told_off(matches: Iterable[Match], cap: Cap) -> dict[UUID, Verdict]:
    """The verdicts on the matches of one rule for one customer, in their order, up to the first that is not known."""
    verdicts: dict[UUID, Verdict] = {}
    let_through: list[datetime] = []
    for match in matches:
        verdict = match.verdict
        if verdict is None:
            if match.holds is None:
                break
            recent = [at for at in let_through if at > match.recorded_at - cap.window]
            verdict = "no" if not match.holds else "through" if len(recent) < cap.times else "withheld"
        if verdict == "through":
            let_through.append(match.recorded_at)
        verdicts[match.event_id] = verdict
    return verdicts


async def keep(connection: Connection, fired: Sequence[Pending]) -> None:
    """Keeps matches of rules with a cap, in the transaction of the watermark."""
    rows = {
        (one.firing.cause.rule, customer_id, one.firing.recorded.id): (
            one.firing.cause.rule_version,
            one.firing.recorded.recorded_at,
        )
        for one in fired
        if one.cap and (customer_id := one.firing.subject("customer_id"))
    }
    if rows:
        columns = zip(*((*key, *row) for key, row in rows.items()), strict=True)
        await connection.execute(sql("add_matches", SQL), *map(list, columns))


async def _persons(connection: Connection, asked: Sequence[Pending]) -> list[_Person]:
    columns = zip(*((n, _customer(one), one.firing.recorded.recorded_at) for n, one in enumerate(asked)), strict=True)
    rows = await connection.fetch(sql("persons_at", SQL), *map(list, columns))
    cards = {row["n"]: tuple(row["cards"]) for row in rows}
    return [(one.firing.cause.rule, cards[n]) for n, one in enumerate(asked)]


def _customer(one: Pending) -> UUID:
    customer_id = one.firing.subject("customer_id")
    assert customer_id is not None
    return customer_id


async def verdicts(connection: Connection, asked: Sequence[Pending], holds: Sequence[bool]) -> Mapping[Key, Verdict]:
    """The verdicts on these firings, which are kept; none on one that has to wait for an earlier match's."""
    if not asked:
        return {}
    persons = await _persons(connection, asked)
    held: dict[_Person, dict[UUID, bool]] = {}
    for one, person, one_holds in zip(asked, persons, holds, strict=True):
        held.setdefault(person, {})[one.firing.recorded.id] = one_holds
    cap_of = {person: one.cap for one, person in zip(asked, persons, strict=True)}
    groups = list(held)
    columns = zip(*((n, rule, card) for n, (rule, cards) in enumerate(groups) for card in cards), strict=True)
    rows = await connection.fetch(sql("matches_of", SQL), *map(list, columns))
    # A customer who was erased has no matches any more, and nothing is done for him.
    named = {(one.firing.cause.rule, one.firing.recorded.id) for one in asked}
    found: dict[Key, Verdict] = dict.fromkeys(named - {(row["rule"], row["event_id"]) for row in rows}, "no")
    new: list[tuple[str, UUID, Verdict]] = []
    for n, group in groupby(rows, key=lambda row: row["n"]):
        rule, cap = groups[n][0], cap_of[groups[n]]
        assert cap is not None
        matches = [
            Match(row["event_id"], row["recorded_at"], row["verdict"], held[groups[n]].get(row["event_id"]))
            for row in group
        ]
        told = told_off(matches, cap)
        found |= {(rule, event_id): verdict for event_id, verdict in told.items()}
        new += [
            (rule, match.event_id, told[match.event_id])
            for match in matches
            if match.verdict is None and match.event_id in told
        ]
    if new:
        await connection.execute(sql("settle_matches", SQL), *map(list, zip(*new, strict=True)))
    return found
