"""The action that ends a deal: won or lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import DealClosingRequested
from events.event import Event
from pydantic import Field

from automation.actions.asking import asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed
from automation.parts import Title


class CloseDeal(Timed):
    """Asks deals to win the trigger's deal at the value that it has, or to lose it for a reason of its pipeline's list,
    with a comment. Deals refuses what people may not do either: to pass over a check-list, or to close it twice.
    """

    do: Literal["close_deal"]
    outcome: Literal["won", "lost"]
    reason: str | None = Field(None, min_length=1, max_length=40)
    comment: Title | None = None

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a deal; a loss without reason and comment, or a win with them."""
        yield from lacking(event, "deal")
        if (self.reason is None) == (self.outcome == "lost"):
            yield ".reason: of a deal that is lost, and of no other, say why"
        if (self.comment is None) == (self.outcome == "lost"):
            yield ".comment: a deal is lost with a comment, and won without"

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        deal_id = firing.subject("deal_id")
        if deal_id is None:
            return firing.suppressed("no_deal")
        request = DealClosingRequested(
            request_id=firing.effect_id,
            deal_id=deal_id,
            outcome=self.outcome,
            reason=self.reason,
            comment=self.comment.in_(firing.language) if self.comment else None,
            cause=firing.cause,
        )
        return asked(firing, request)
