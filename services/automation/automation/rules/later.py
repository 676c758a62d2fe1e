"""What actions that wait or ask again would have come to: the decision of pending firings itself, in the past.

A date is followed as it stood: what waits for one looks again when it has come, and goes on to where the date was moved
meanwhile. Hours of work are those of today.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from events.event import Event
from events.tasks import Done, PutOff

from automation.actions.effect import Firing
from automation.timing.calendars import Calendars
from automation.timing.firings import Known, acting, decide, responsible
from automation.timing.pending import Pending

MOST_MOVES: Final = 5
"""How often a date may have moved while an action waited for it; what moved more often counts as still waiting."""

AsOf = Callable[[Sequence[Firing], Sequence[datetime]], Awaitable[Sequence[Mapping[str, Any]]]]
"""What conditions may ask of each firing as of a moment."""
Hours = Callable[[set[str], datetime], Awaitable[Calendars]]
"""The firm's and these managers' hours."""


@dataclass(frozen=True)
class Came:
    """What an action came to, and when."""

    event: Event
    at: datetime


def at_once(one: Pending) -> Came:
    """What an action comes to that neither waits nor asks again."""
    effect = one.effect()
    return Came(effect.event, effect.at)


@dataclass(frozen=True)
class Later:
    """``until``: the end of what is known; what would be done after it is not come to yet."""

    as_of: AsOf
    hours: Hours
    until: datetime

    async def came(self, firings: Sequence[Pending]) -> list[Came | None]:
        """What each came to; None where its time had not come."""
        found: list[Came | None] = [None] * len(firings)
        looks = {n: one.firing.recorded.recorded_at for n, one in enumerate(firings)}
        for _ in range(MOST_MOVES):
            if not looks:
                break
            told = await self.as_of([firings[n].firing for n in looks], list(looks.values()))
            managers = {manager for variables in told if (manager := responsible(variables))}
            calendars = await self.hours(managers, min(looks.values()))
            again: dict[int, datetime] = {}
            for (n, at), variables in zip(looks.items(), told, strict=True):
                known = Known(at, True, calendars)
                match decide(firings[n], "through", variables, known):
                    case PutOff():
                        due = acting(firings[n], variables, known)
                        if due is not None and due <= self.until:
                            again[n] = due
                    case Done(decisions=[done, *_]):
                        found[n] = Came(done.events[0], done.occurred_at)
            looks = again
        return found
