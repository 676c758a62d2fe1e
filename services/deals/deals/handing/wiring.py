"""The parts of handing over that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Component
from events.reactions import React
from events.tasks import Worker
from fastapi import APIRouter

from deals.deal.desk import Desk
from deals.handing import api
from deals.handing.from_leads import FollowResponsible
from deals.handing.handovers import TASK, Handovers


class HandingWiring:
    """Many deals at once by HTTP, and deals that follow their customers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._handovers = Handovers(desk.commands)
        self._following = FollowResponsible(desk.commands)

    def routers(self) -> Sequence[APIRouter]:
        """``/deals/bulk`` and ``/deal-handovers``; they go before the routes of one deal."""
        return [api.bulk(self._desk), api.handovers(self._handovers)]

    def components(self) -> Sequence[Component]:
        """What hands over."""
        return [Worker("deals.handing", self._desk.commands.store, {TASK: self._handovers.perform})]

    def reactions(self) -> Sequence[React]:
        """What follows from events of leads."""
        return [self._following.react]
