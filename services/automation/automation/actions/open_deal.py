"""The action that opens a deal."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from events.contracts.automation import DealOpeningRequested
from events.event import Event
from pydantic import Field

from automation.actions.asking import asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed

FIRST, REPEAT = "first_sale", "repeat_sale"


class OpenDeal(Timed):
    """Asks deals for a deal with the trigger's customer. A first sale is that of the trigger's lead, of which there is
    one; a repeat sale follows the trigger's deal. Without ``manager`` it is whose that lead or deal is.
    """

    do: Literal["open_deal"]
    pipeline: str = Field("default", min_length=1, max_length=40)
    stage: str | None = Field(None, max_length=40)
    deal_type: str = Field(FIRST, max_length=40)
    amount: Decimal | None = Field(None, ge=0, max_digits=18, decimal_places=2)
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    manager: str | None = Field(None, min_length=1, max_length=100)

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a customer, an amount of no currency."""
        yield from lacking(event, "customer")
        if self.amount is not None and self.currency is None:
            yield ".currency: an amount needs one"

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        customer_id = firing.subject("customer_id")
        if customer_id is None:
            return firing.suppressed("no_customer")
        return asked(
            firing,
            DealOpeningRequested(
                request_id=firing.effect_id,
                customer_id=customer_id,
                lead_id=firing.subject("lead_id") if self.deal_type == FIRST else None,
                pipeline=self.pipeline,
                stage=self.stage,
                deal_type=self.deal_type,
                amount=self.amount,
                currency=self.currency,
                manager_id=self.manager,
                previous_deal_id=firing.subject("deal_id") if self.deal_type == REPEAT else None,
                cause=firing.cause,
            ),
        )
