"""The action that moves a deal to another stage of its pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import DealStageChangeRequested
from events.event import Event
from pydantic import Field

from automation.actions.asking import asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed


class ChangeStage(Timed):
    """Asks deals to move the trigger's deal; deals refuses what its pipeline does not have, and says why."""

    do: Literal["change_stage"]
    to_stage: str = Field(min_length=1, max_length=40)

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a deal."""
        yield from lacking(event, "deal")

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        deal_id = firing.subject("deal_id")
        if deal_id is None:
            return firing.suppressed("no_deal")
        return asked(
            firing,
            DealStageChangeRequested(
                request_id=firing.effect_id, deal_id=deal_id, to_stage=self.to_stage, cause=firing.cause
            ),
        )
