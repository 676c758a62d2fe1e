"""The parts of imports that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.reactions import React
from fastapi import APIRouter

from deals.deal.desk import Desk
from deals.imports import api
from deals.imports.desk import ImportDesk
from deals.imports.living import Living
from deals.imports.reported import FromOtherCrms


class ImportsWiring:
    """Deals with their history, by HTTP and by what leads reports of other CRMs."""

    def __init__(self, deals: Desk) -> None:
        living = Living(deals.commands, deals.currency)
        self._desk = ImportDesk(deals, living)
        self._reported = FromOtherCrms(living)

    def routers(self) -> Sequence[APIRouter]:
        """``/deals/bulk``, ``/imported-deals`` and ``/refused-histories``."""
        return [api.routes(self._desk)]

    def reactions(self) -> Sequence[React]:
        """What follows from reports of leads."""
        return [self._reported.react]
