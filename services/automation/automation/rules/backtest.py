"""What a rule would have done in the past: the matcher itself over stored events, and nothing comes of it.

Pure but for the facts of the past, which it asks through a function: effects are made as in the consumer and counted,
never appended.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from events.contracts.automation import MessageRequested, RuleSuppressed
from events.envelope import Received, Recorded
from pydantic import BaseModel, Field, ValidationError

from automation.actions.effect import Firing
from automation.parts import Language
from automation.rules.caps import Match, told_off
from automation.rules.computing import known_names
from automation.rules.conditions import Facts, asked, plain
from automation.rules.later import Came, Later, at_once
from automation.rules.matching import fired
from automation.rules.rule import Rule, Rules
from automation.timing.pending import Pending

SAMPLES: Final = 20
MAX_CAPPED: Final = 50_000
"""Matches, and messages, that are remembered to reckon caps; beyond it is left out, and said so."""
DAY: Final = timedelta(hours=24)
"""Within which the messages to a customer are counted."""

Variables = Callable[[Sequence[Firing]], Awaitable[Sequence[dict[str, Any]]]]
"""What ``where`` may ask, as of each event."""
Remembered = dict[str, list[tuple[str, str]]]
"""By customer: moments and ids of events."""


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
    withheld: dict[str, int] = Field(
        {}, description="Effects that would have been withheld, by reason; `not_wanted_any_more`: `still` did not hold."
    )
    waiting: int = Field(0, description="Effects whose time had not come when this was asked.")
    capped: int | None = Field(
        0, description="Matches beyond the rule's cap; null where there were too many to reckon."
    )
    messages_capped: int | None = Field(
        0,
        description="Messages that would have waited: the customer had had as many within 24 hours, by this rule and by"
        " others, as the installation sends; null where there were too many to reckon.",
    )
    effects: dict[str, dict[str, int]] = Field(
        {}, description="Action -> type of event -> how many, as if there were no cap."
    )
    customers: int = Field(0, description="Customers of the matches, of the first 50,000.")
    samples: list[Sample] = Field(default_factory=list)


@dataclass
class Trial:
    """One rule over batches of the log, in any order of topics. ``seen`` are matches by customer, for the cap, and
    ``written`` would-be messages. ``later`` tells of actions that wait or ask again: without it all are done at once.
    """

    rule: Rule
    since: datetime
    until: datetime
    language: Language
    variables: Variables
    later: Later | None = None
    found: Found = field(default_factory=Found)
    seen: Remembered = field(default_factory=dict)
    written: Remembered = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rules = Rules((self.rule.model_copy(update={"enabled": True}),))
        self._remembered = self._letters = 0

    def remember(self, seen: Remembered, written: Remembered) -> None:
        """Goes on with the matches and messages of an earlier slice."""
        self.seen, self.written = seen, written
        self._remembered = sum(map(len, seen.values()))
        self._letters = sum(map(len, written.values()))

    async def take(self, records: Sequence[Received]) -> None:
        """Tries a batch."""
        self.found.events += len(records)
        passed: list[tuple[Recorded, list[Pending]]] = []
        for record in records:
            if record.type == self.rule.trigger and (entry := self._in_period(record)):
                self.found.triggers += 1
                if firings := list(fired(self._rules, entry, self.language)):
                    passed.append((entry, firings))
        holding = await self._those_that_hold(passed)
        came = iter(await self._came([one for _, firings in holding for one in firings]))
        for entry, firings in holding:
            self._count(entry, firings, [next(came) for _ in firings])

    async def _came(self, firings: Sequence[Pending]) -> list[Came | None]:
        """What each action comes to; None where its time has not come."""
        later = [n for n, one in enumerate(firings) if one.action.timing or one.action.still]
        waits = [n for n in later if not (firings[n].is_loop or firings[n].over_limit)]
        if self.later is None or not waits:
            return [at_once(one) for one in firings]
        told = dict(zip(waits, await self.later.came([firings[n] for n in waits]), strict=True))
        return [told[n] if n in told else at_once(one) for n, one in enumerate(firings)]

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
        if not (self.rule.where or self.rule.compute) or not passed:
            return passed
        asks = known_names(self.rule.where, *self.rule.compute.values())
        told = await self.variables([firings[0].firing for _, firings in passed]) if asks else [{} for _ in passed]
        holding = [
            (entry, [replace(one.informed(known), over_limit=one.over_limit or verdict is None) for one in firings])
            for (entry, firings), known in zip(passed, told, strict=True)
            if (verdict := asked(self.rule.where, Facts.of(entry, known))) is not False
        ]
        self.found.where_failed += len(passed) - len(holding)
        return holding

    def _count(self, entry: Recorded, firings: Sequence[Pending], came: Sequence[Came | None]) -> None:
        self.found.matches += 1
        customer_id = firings[0].firing.subject("customer_id")
        effects = []
        for one, done in zip(firings, came, strict=True):
            if done is None:
                self.found.waiting += 1
                continue
            said = done.event
            if isinstance(said, RuleSuppressed):
                self.found.withheld[said.reason] = self.found.withheld.get(said.reason, 0) + 1
            else:
                of_action = self.found.effects.setdefault(one.action.id, {})
                of_action[said.type] = of_action.get(said.type, 0) + 1
            if isinstance(said, MessageRequested) and not said.urgent and self._letters < MAX_CAPPED:
                self._letters += 1
                place = (done.at.isoformat(), str(entry.id))
                self.written.setdefault(str(said.customer_id), []).append(place)
            if len(self.found.samples) < SAMPLES:
                effects.append({"action": one.action.id, "type": said.type, "at": done.at} | _open(plain(said)))
        if len(self.found.samples) < SAMPLES:
            about = {"event_id": entry.id, "event_type": entry.type, "recorded_at": entry.recorded_at}
            self.found.samples.append(Sample(**about, customer_id=customer_id, effects=effects))
        if customer_id and self._remembered < MAX_CAPPED:
            self._remembered += 1
            self.seen.setdefault(str(customer_id), []).append((entry.recorded_at.isoformat(), str(entry.id)))

    def finish(self, most_a_day: int | None = None, others: Mapping[str, Sequence[datetime]] | None = None) -> Found:
        """What was found, with the caps reckoned: the rule's own, and that of messages, where there is one (``others``:
        when the customers were written to by others).
        """
        self.found.customers = len(self.seen)
        withheld = self._beyond_the_cap()
        if most_a_day is not None:
            self.found.messages_capped = None if self._letters >= MAX_CAPPED else 0
        if most_a_day is None or self.found.messages_capped is None:
            return self.found
        for customer, written in self.written.items():
            times = [datetime.fromisoformat(at) for at, event_id in sorted(written) if event_id not in withheld]
            self.found.messages_capped += held_up(times, (others or {}).get(customer, ()), most_a_day)
        return self.found

    def _beyond_the_cap(self) -> set[str]:
        """The matches that the rule's own cap would have withheld, counted too."""
        cap = self.rule.per_customer
        if cap is None:
            return set()
        if self._remembered >= MAX_CAPPED:
            self.found.capped = None
            return set()
        beyond: set[str] = set()
        for matches in self.seen.values():
            in_order = [Match(UUID(id_), datetime.fromisoformat(at), None, True) for at, id_ in sorted(matches)]
            beyond |= {str(id_) for id_, verdict in told_off(in_order, cap).items() if verdict == "withheld"}
        self.found.capped = len(beyond)
        return beyond


def held_up(times: Sequence[datetime], others: Sequence[datetime], most: int) -> int:
    """How many of a customer's messages, in order of time, would have waited: each goes as soon as fewer than ``most``
    went within 24 hours before it, with those of ``others``.
    """
    went, waited = sorted(others), 0
    for time in times:
        recent = [at for at in went if time - DAY < at <= time]
        at = time
        while len(recent) >= most:
            at = recent[-most] + DAY
            recent = [one for one in went if at - DAY < one <= at]
        waited += at > time
        insort(went, at)
    return waited


def _open(event: Any) -> dict[str, Any]:
    """What the event would say; where a value is sealed, that it is there."""
    return {"event": {name: value for name, value in event.items() if value is not None and name != "cause"}}
