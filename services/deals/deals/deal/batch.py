"""Deals while a batch of commands is worked on: each sees what those before it did. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from events.contracts.cause import Cause as Because
from events.contracts.deals import DealPutOff
from events.event import Event
from events.problems import StaleVersion
from events.store import Append, Cause, deterministic_id
from events.tasks import NewTask

from deals.deal.decide import decider
from deals.deal.orders import Command
from deals.deal.standing import Standing
from deals.deciding import Done, business_time_after
from deals.pipelines.pipeline import Pipelines

WAKE: Final = "deals.wake"


@dataclass(frozen=True, slots=True)
class Order:
    """A command on a deal. ``at`` is its business time where it is known (history that is imported); None: now.

    ``is_history``: it happened elsewhere and is told late, so it may lie before what was written on the deal here
    since, but not before its last step: stages stay a partition of its life.
    """

    deal_id: UUID
    command: Command
    cause: Cause
    at: datetime | None = None
    expected_version: int | None = None
    is_history: bool = False
    because: Because | None = None


@dataclass
class _Changed:
    events: list[Event] = field(default_factory=list)
    stamps: list[tuple[Cause, datetime]] = field(default_factory=list)


class Batch:
    """``standings`` are the deals that are known and locked, those that are not there yet too."""

    def __init__(self, pipelines: Pipelines, standings: Mapping[UUID, Standing], now: datetime) -> None:
        self._decider = decider(pipelines)
        self._before = dict(standings)
        self._now = now
        self._changed: dict[UUID, _Changed] = {}
        self.standings = dict(standings)
        self.tasks: list[NewTask] = []

    def take(self, order: Order) -> Done:
        """Decides a command. Raises :class:`events.decider.Rejected` and :class:`StaleVersion`: then nothing is so."""
        standing = self.standings[order.deal_id]
        if order.expected_version is not None and order.expected_version != standing.version:
            raise StaleVersion(f"The deal is at version {standing.version}, not {order.expected_version}.")
        events = [_caused(event, order) for event in self._decider.decide(order.command, standing.state)]
        floor = standing.stage_since if order.is_history else standing.last_at
        at = business_time_after(floor, self._now, order.at)
        if not events:
            return Done(standing.version, happened=False)
        changed = self._changed.setdefault(order.deal_id, _Changed())
        for event in events:
            standing = standing.after(event, at)
            changed.events.append(event)
            changed.stamps.append((order.cause, at))
            if isinstance(event, DealPutOff) and event.wake_at is not None:
                self.tasks.append(_wake(event, standing.version, event.wake_at, order.cause))
        self.standings[order.deal_id] = standing
        return Done(standing.version, happened=True)

    def not_before(self, deal_id: UUID, at: datetime) -> datetime:
        """A time that a command which cannot be refused for coming late may have."""
        last = self.standings[deal_id].last_at
        return min(max(at, last) if last else at, max(self._now, last) if last else self._now)

    def changed(self) -> list[Standing]:
        """The deals that changed, as they now stand."""
        return [self.standings[deal_id] for deal_id in self._changed]

    def appends(self) -> list[Append]:
        """What is to be appended, a decision for each deal that changed."""
        return [
            Append(deal_id, self._before[deal_id].version, made.events, *made.stamps[0], stamps=made.stamps)
            for deal_id, made in self._changed.items()
        ]


def _caused(event: Event, order: Order) -> Event:
    """What a rule led to says so, where its contract can: rules that fire each other are counted by it."""
    if order.because is None or "cause" not in type(event).model_fields:
        return event
    return event.model_copy(update={"cause": order.because})


def _wake(event: DealPutOff, version: int, wake_at: datetime, cause: Cause) -> NewTask:
    task_id = deterministic_id(WAKE, event.deal_id, version)
    payload = {"deal_id": str(event.deal_id), "wake_at": wake_at.isoformat()}
    return NewTask(task_id, WAKE, payload, wake_at, cause)
