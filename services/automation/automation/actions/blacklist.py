"""The action that puts a customer on the black list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import CustomerBlacklistingRequested
from events.event import Event

from automation.actions.asking import asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed
from automation.parts import Title


class Blacklist(Timed):
    """Asks leads to put the trigger's customer on the black list: requests are still kept, and their leads given to
    nobody. Only people take somebody off it.
    """

    do: Literal["blacklist"]
    reason: Title

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a customer."""
        yield from lacking(event, "customer")

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        customer_id = firing.subject("customer_id")
        if customer_id is None:
            return firing.suppressed("no_customer")
        return asked(
            firing,
            CustomerBlacklistingRequested(
                request_id=firing.effect_id,
                customer_id=customer_id,
                reason=self.reason.in_(firing.language),
                cause=firing.cause,
            ),
        )
