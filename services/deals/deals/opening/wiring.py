"""The parts of opening deals that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Runtime
from events.privacy import CachedKeys
from events.reactions import React
from fastapi import APIRouter

from deals.deal.desk import Desk
from deals.opening import api
from deals.opening.from_automation import FromAutomation
from deals.opening.from_leads import FromLeads
from deals.opening.offers import Offers
from deals.settings import DealsSettings


class OpeningWiring:
    """Offers and rules by HTTP, and what deals does when leads or automation says something."""

    def __init__(self, runtime: Runtime, desk: Desk, keys: CachedKeys) -> None:
        settings: DealsSettings = runtime.settings
        self._desk = desk
        self._offers = Offers(desk.commands, settings.default_currency)
        self._from_leads = FromLeads(
            desk.commands,
            open_on_qualified=settings.open_deal_on_qualified,
            currency=settings.default_currency,
            forget=keys.forget,
        )
        self._from_automation = FromAutomation(desk.commands)

    def routers(self) -> Sequence[APIRouter]:
        """``/deal-offers`` and ``/opening-rules``."""
        return [api.offers(self._desk, self._offers), api.rules(self._desk)]

    def reactions(self) -> Sequence[React]:
        """What follows from events of leads and automation."""
        return [self._from_leads.react, self._from_automation.react]
