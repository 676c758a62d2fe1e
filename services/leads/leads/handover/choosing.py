"""Who gets the work of a manager: who was named, else who the rules of distribution find, as if it came in now.

The same decision as for a new lead, with the same explanation: hours, absence, load, line of business, language. What
is different: rules that give nobody anything (call lists, by hand) are left out, what no rule gives goes to the least
busy of all who can take it, and who hands over is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from events.privacy import Keyring
from events.sources import Sources
from events.sqlfile import sql
from events.store import Connection

from leads.card.locked import Whole
from leads.channels.codes import IMPORTED
from leads.routing.decide import Facts, Given, Waits, decide
from leads.routing.desk import Desk
from leads.routing.models import Conditions, Named, Rule, Ruleset, Tried, Turns
from leads.routing.reading import read_desk, read_facts, read_rules, save_turns

SQL: Final = Path(__file__).parent / "sql"
ANYBODY: Final = "hand-over"
"""Name of the rule after all others: the least busy of all who can take it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Whose work goes, to whom (None: by rule), why, and of which lines of business (None: all)."""

    handover_id: UUID | None
    from_manager_id: str
    to_manager_id: str | None
    reason: str
    customer_ids: Sequence[UUID] | None
    directions: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Choice:
    """To whom, and why; nobody: not before ``waits_until``, or nobody at all. ``steps`` is the way to the answer."""

    manager_id: str | None
    explanation: str
    waits_until: datetime | None = None
    steps: Sequence[Tried] = ()


def rules_for_work(current: Ruleset) -> Ruleset:
    """The rules by which work changes hands. A rule that would leave a lead unsorted passes it on to the next."""
    rules = [
        rule.model_copy(update={"otherwise": "wait" if rule.otherwise == "wait" else "next_rule"})
        for rule in current.rules
        if rule.active and rule.on == "captured" and isinstance(rule.to, Turns | Named) and rule.id != ANYBODY
    ]
    last = Rule(id=ANYBODY, when=Conditions(), to=Turns(strategy="least_busy"), otherwise="wait")
    return Ruleset(rules=(*rules, last))


class Chooser:
    """Chooses for one batch after the other, and counts what it gives."""

    def __init__(self, terms: Terms, ruleset: Ruleset, desk: Desk, now: datetime) -> None:
        self._terms = terms
        self._ruleset = ruleset
        self._desk = desk
        self._now = now
        self._given: dict[str, None] = {}
        self._turns: set[str] = set()

    def next(self, facts: Facts) -> Choice:
        """For this work. A card that another manager answers for stays his, and its leads go to him."""
        if self._terms.to_manager_id is not None:
            return Choice(self._terms.to_manager_id, f"Named by whoever handed over the work: {self._terms.reason}.")
        at_hand = replace(
            facts,
            is_blacklisted=False,
            is_test=False,
            intake=ANYBODY if facts.intake in IMPORTED else facts.intake,
            default_manager=None,
        )
        decision = decide(at_hand, self._ruleset, self._desk, self._now)
        match decision.outcome:
            case Given(manager_id=manager_id, explanation=explanation, turn_of=turn_of):
                self._desk.give(manager_id, turn_of)
                self._given.pop(manager_id, None)
                self._given[manager_id] = None
                self._turns |= {turn_of} if turn_of else set()
                return Choice(manager_id, explanation, steps=decision.steps)
            case Waits(until=until):
                why = f"Nobody can take it before {until:%Y-%m-%d %H:%M %Z}; asked again then."
                return Choice(None, why, until, decision.steps)
        return Choice(None, "Nobody can take it, now or later.", steps=decision.steps)

    async def save(self, connection: Connection) -> None:
        """Keeps the turns that were taken, and who got work last."""
        if self._given:
            await connection.execute(sql("managers_given", SQL), list(self._given), self._now)
            await save_turns(connection, self._desk, self._turns)


async def chooser(connection: Connection, terms: Terms, now: datetime, *, locked: bool) -> Chooser:
    """For the terms, on the managers as they are now; ``locked``: nobody else gives work until commit."""
    if terms.to_manager_id is not None:
        return Chooser(terms, Ruleset(), Desk({}), now)
    found = await read_rules(connection)
    ruleset = rules_for_work(found[0] if found else Ruleset())
    desk = await read_desk(connection, [rule.id for rule in ruleset.rules], now, locked=locked)
    # Cards without a new lead are no load by themselves; those given before in this hand-over count as one each.
    given = {
        row["manager_id"]: row["cards"] for row in await connection.fetch(sql("cards_given", SQL), terms.handover_id)
    }
    desk.managers = {
        id_: replace(one, load=one.load + given.get(id_, 0))
        for id_, one in desk.managers.items()
        if id_ != terms.from_manager_id
    }
    return Chooser(terms, ruleset, desk, now)


async def facts_of(
    connection: Connection, keyring: Keyring, sources: Sources, terms: Terms, wholes: Mapping[UUID, Whole]
) -> dict[UUID, Facts]:
    """What rules may ask of these cards, by root: the facts of the open lead that goes along, else of the newest."""
    pairs = [(member, root) for root, whole in wholes.items() for member in whole.members]
    rows = await connection.fetch(
        sql("lead_of_cards", SQL), [member for member, _ in pairs], [root for _, root in pairs], terms.from_manager_id
    )
    by_lead = await read_facts(connection, rows, keyring, sources, needs_request=True) if rows else {}
    speaking = {row["root"]: by_lead[row["id"]] for row in rows}
    return {
        root: replace(
            speaking.get(root) or of_direction(whole.row["direction"]), own_manager=_other(whole, terms.from_manager_id)
        )
        for root, whole in wholes.items()
    }


def of_direction(direction: str | None) -> Facts:
    """Work of which nothing is known but its line of business."""
    return Facts(None, source="", channel="", intake="", direction=direction)


def _other(whole: Whole, from_manager_id: str) -> str | None:
    manager_id: str | None = whole.row["manager_id"]
    return None if manager_id == from_manager_id else manager_id
