"""A deal with the times of its life: what a fold of its recorded history gives, and what its row says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from events.envelope import Recorded
from events.event import Event

from deals.deal.evolve import evolve
from deals.deal.states import Lost, NoDeal, State, Won


@dataclass(frozen=True, slots=True)
class Standing:
    """A deal after ``version`` events. Times are business times, which never run backwards in a stream; all None before
    the deal is opened, ``closed_at`` while it is not closed.
    """

    state: State = field(default_factory=NoDeal)
    version: int = 0
    opened_at: datetime | None = None
    stage_since: datetime | None = None
    closed_at: datetime | None = None
    last_at: datetime | None = None

    def after(self, event: Event, at: datetime) -> Standing:
        """The deal after one more event."""
        state = evolve(self.state, event)
        entered = not isinstance(state, NoDeal) and (isinstance(self.state, NoDeal) or self.state.stage != state.stage)
        closed = isinstance(state, Won | Lost)
        return replace(
            self,
            state=state,
            version=self.version + 1,
            opened_at=self.opened_at or (at if entered else None),
            stage_since=at if entered else self.stage_since,
            closed_at=(self.closed_at or at) if closed else None,
            last_at=max(self.last_at or at, at),
        )


def standing_of(history: Iterable[Recorded]) -> Standing:
    """The deal of a recorded history."""
    standing = Standing()
    for entry in history:
        standing = standing.after(entry.event, entry.occurred_at)
    return standing
