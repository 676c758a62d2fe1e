"""What a rule would have done in the past: the matcher itself over stored events, and nothing comes of it.

Pure but for the facts of the past, which it asks through a function: effects are made as in the consumer and counted,
never appended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from events.contracts.automation import RuleSuppressed
from events.envelope import Received, Recorded
from pydantic import BaseModel, Field, ValidationError

from automation.actions.effect import Firing
from automation.parts import Language
from automation.rules.caps import Match, told_off
from automation.rules.conditions import Facts, holds, plain
from automation.rules.matching import fired
from automation.rules.rule import Rule, Rules
from automation.timing.pending import Pending

SAMPLES: Final = 20
MAX_CAPPED: Final = 50_000
"""Matches that are remembered to reckon the cap; beyond it is left out, and said so."""

Variables = Callable[[Sequence[Firing]], Awaitable[Sequence[dict[str, Any]]]]
"""What ``where`` may ask, as of each event."""


class Sample(BaseModel):
    """A match and what would have come of it, first of the earliest read; sealed values are left out."""

    event_id: UUID
    event_type: str
    recorded_at: datetime
    customer_id: UUID | None = None
    effects: list[dict[str, Any]]


class Found(BaseModel):
    """What was found so far. `events` are those of the log, `triggers` those of the rule's type within the period."""

    events: int = 0
    missing: int = Field(0, description="Events that the log should hold and does not, or that cannot be read.")
    triggers: int = 0
    matches: int = Field(0, description="Triggers for which all conditions hold.")
    where_failed: int = Field(0, description="Triggers that passed `when` and not `where`.")
    withheld: dict[str, int] = Field({}, description="Effects that would have been withheld, by reason.")
    capped: int | None = Field(
        0, description="Matches beyond the rule's cap; null where there were too many to reckon."
    )
    effects: dict[str, dict[str, int]] = Field(
        {}, description="Action -> type of event -> how many, as if there were no cap."
    )
    customers: int = Field(0, description="Customers of the matches, of the first 50,000.")
    samples: list[Sample] = Field(default_factory=list)


@dataclass
class Trial:
    """One rule over batches of the log, in any order of topics. ``seen`` are matches by customer, for the cap."""

    rule: Rule
    since: datetime
    until: datetime
    language: Language
    variables: Variables
    found: Found = field(default_factory=Found)
    seen: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rules = Rules((self.rule.model_copy(update={"enabled": True}),))
        self._remembered = 0

    def remember(self, seen: dict[str, list[tuple[str, str]]]) -> None:
        """Goes on with the matches of an earlier slice."""
        self.seen = seen
        self._remembered = sum(map(len, seen.values()))

    async def take(self, records: Sequence[Received]) -> None:
        """Tries a batch."""
        self.found.events += len(records)
        passed: list[tuple[Recorded, list[Pending]]] = []
        for record in records:
            if record.type == self.rule.trigger and (entry := self._in_period(record)):
                self.found.triggers += 1
                if firings := list(fired(self._rules, entry, self.language)):
                    passed.append((entry, firings))
        for entry, firings in await self._those_that_hold(passed):
            self._count(entry, firings)

    def _in_period(self, record: Received) -> Recorded | None:
        try:
            entry = record.recorded()
            entry.event  # noqa: B018 - decoded here, so that what cannot be read is no match
        except (ValueError, ValidationError):
            self.found.missing += 1
            return None
        return entry if self.since <= entry.recorded_at < self.until else None

    async def _those_that_hold(
        self, passed: Sequence[tuple[Recorded, list[Pending]]]
    ) -> Sequence[tuple[Recorded, list[Pending]]]:
        if not self.rule.where or not passed:
            return passed
        told = await self.variables([firings[0].firing for _, firings in passed])
        holding = [
            one for one, known in zip(passed, told, strict=True) if holds(self.rule.where, Facts.of(one[0], known))
        ]
        self.found.where_failed += len(passed) - len(holding)
        return holding

    def _count(self, entry: Recorded, firings: Sequence[Pending]) -> None:
        self.found.matches += 1
        effects = []
        for one in firings:
            effect = one.effect()
            said = effect.event
            if isinstance(said, RuleSuppressed):
                self.found.withheld[said.reason] = self.found.withheld.get(said.reason, 0) + 1
            else:
                of_action = self.found.effects.setdefault(one.action.id, {})
                of_action[said.type] = of_action.get(said.type, 0) + 1
            if len(self.found.samples) < SAMPLES:
                effects.append({"action": one.action.id, "type": said.type, "at": effect.at} | _open(plain(said)))
        customer_id = firings[0].firing.subject("customer_id")
        if len(self.found.samples) < SAMPLES:
            about = {"event_id": entry.id, "event_type": entry.type, "recorded_at": entry.recorded_at}
            self.found.samples.append(Sample(**about, customer_id=customer_id, effects=effects))
        if customer_id and self._remembered < MAX_CAPPED:
            self._remembered += 1
            self.seen.setdefault(str(customer_id), []).append((entry.recorded_at.isoformat(), str(entry.id)))

    def finish(self) -> Found:
        """What was found, with the cap reckoned."""
        cap = self.rule.per_customer
        self.found.customers = len(self.seen)
        if cap is None:
            return self.found
        if self._remembered >= MAX_CAPPED:
            self.found.capped = None
            return self.found
        for matches in self.seen.values():
            in_order = [Match(UUID(id_), datetime.fromisoformat(at), None, True) for at, id_ in sorted(matches)]
            self.found.capped = (self.found.capped or 0) + list(told_off(in_order, cap).values()).count("withheld")
        return self.found


def _open(event: Any) -> dict[str, Any]:
    """What the event would say; where a value is sealed, that it is there."""
    return {"event": {name: value for name, value in event.items() if value is not None and name != "cause"}}
