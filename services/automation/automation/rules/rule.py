"""A rule as data: a trigger, conditions, actions; and the rules that are in force at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Self

from events.envelope import Recorded
from events.store import Connection
from pydantic import Field, model_validator

from automation.actions import Action
from automation.parts import Name, Part, Slug, Title
from automation.rules.asked import Tree, asked
from automation.rules.candidates import Candidates
from automation.timing.watch import Schedule, WatchedDate

SOURCES = ("leads", "deals", "automation", "analytics")
MAX_ACTIONS = 20


class Cap(Part):
    """How often a rule may act for one customer: so many ``times`` within so long; further matches are withheld."""

    times: int = Field(ge=1, le=1_000)
    days: int = Field(0, ge=0, le=3_650)
    hours: int = Field(0, ge=0, le=8_760)

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if not self.window:
            raise ValueError("say within how long: days or hours")
        return self

    @property
    def window(self) -> timedelta:
        """Within how long."""
        return timedelta(days=self.days, hours=self.hours)


class Definition(Part):
    """What people write of a rule: when this happens and this holds, do that."""

    title: Title
    trigger: str = Field(max_length=200, description="Type of the event that fires it.", examples=["lead.captured.v1"])
    when: str = Field("", description="A condition in CEL over the event; none holds always.")
    where: str = Field("", description="A condition in CEL over what is known when the event was recorded; none holds.")
    compute: dict[Name, str] = Field(
        {}, max_length=20, description="Values that actions take as `computed.<name>`: expressions in CEL, in order."
    )
    per_customer: Cap | None = Field(None, description="How often it may act for one customer.")
    date: WatchedDate | None = Field(None, description="The date that fires it, where the trigger is date.reached.v1.")
    schedule: Schedule | None = Field(None, description="Its hours, where the trigger is schedule.reached.v1.")
    actions: tuple[Action, ...] = Field(max_length=MAX_ACTIONS)


class Rule(Definition):
    """A version of a rule. A change of meaning is a new one: an effect is had once for a version, event and action."""

    id: Slug
    version: int = Field(ge=1)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class InForce:
    """A version and the time in which it fires: for what is recorded from ``since`` until before ``until``."""

    rule: Rule
    since: datetime | None = None
    until: datetime | None = None

    def at(self, recorded_at: datetime) -> bool:
        """Does it fire for what was recorded then?"""
        return (self.since is None or self.since <= recorded_at) and (self.until is None or recorded_at < self.until)


@dataclass(frozen=True)
class Rules:
    """The rules there are: those of the file in its order, then those that were saved, each in its time.

    ``retired`` says from when on a rule of the file has given way.
    """

    rules: tuple[Rule, ...]
    saved: tuple[InForce, ...] = ()
    retired: Mapping[str, datetime] | None = None

    async def now(self, connection: Connection) -> Rules:
        """These: what is in a file does not change while the service runs."""
        return self

    def on(self, type_: str, recorded_at: datetime | None = None) -> list[Rule]:
        """The rules that an event of this type fires, which was recorded then; without a time, those of all times."""
        entries = self._by_trigger.get(type_, ())
        return [entry.rule for entry in entries if recorded_at is None or entry.at(recorded_at)]

    def candidates(self, recorded: Recorded) -> list[Rule]:
        """The rules that this event may fire: of those in force then, without most whose ``when`` does not hold."""
        if (of_type := self._candidates.get(recorded.type)) is None:
            return []
        entries = self._by_trigger[recorded.type]
        return [entries[n].rule for n in of_type.of(recorded.event) if entries[n].at(recorded.recorded_at)]

    def in_force(self, at: datetime) -> list[Rule]:
        """The rules that fire for what is recorded then."""
        return [entry.rule for entries in self._by_trigger.values() for entry in entries if entry.at(at)]

    @cached_property
    def triggers(self) -> frozenset[str]:
        """The types of events that fire a rule at some time."""
        return frozenset(self._by_trigger)

    def asked(self, type_: str) -> Tree | None:
        """What their ``when`` ask of an event of this type; None: all of it."""
        return self._asked[type_]

    @cached_property
    def _asked(self) -> dict[str, Tree | None]:
        return {type_: asked(entry.rule.when for entry in entries) for type_, entries in self._by_trigger.items()}

    @cached_property
    def _candidates(self) -> dict[str, Candidates]:
        return {type_: Candidates([one.rule.when for one in entries]) for type_, entries in self._by_trigger.items()}

    @cached_property
    def _by_trigger(self) -> dict[str, list[InForce]]:
        retired = self.retired or {}
        ours = [InForce(rule, None, retired.get(rule.id)) for rule in self.rules if rule.enabled]
        found: dict[str, list[InForce]] = {}
        for entry in (*ours, *self.saved):
            found.setdefault(entry.rule.trigger, []).append(entry)
        return found
