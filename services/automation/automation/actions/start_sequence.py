"""The actions that lead customers into a sequence and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import SequenceEntryRequested, SequenceExitRequested
from events.event import Event

from automation.actions.asking import lacking, subjects, unknown
from automation.actions.effect import Effect, Firing, Known, Timed
from automation.parts import Slug
from automation.sequences import requests


def _asked(request: SequenceEntryRequested | SequenceExitRequested, firing: Firing) -> Effect:
    work = requests.work(request, firing.at, firing.origin)
    return Effect(request.request_id, request, firing.origin, firing.at, work)


class StartSequence(Timed):
    """Leads the customer into a sequence. One who is inside, or was and may not again, is left as he is."""

    do: Literal["start_sequence"]
    sequence: Slug

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A sequence that is not there, and a trigger without a customer."""
        yield from unknown("sequence", self.sequence, known.sequences)
        yield from lacking(event, "customer")

    def effect(self, firing: Firing) -> Effect:
        """The request, and the work of answering it."""
        told = subjects(firing)
        if told["customer_id"] is None:
            return firing.suppressed("no_customer")
        request = SequenceEntryRequested(
            request_id=firing.effect_id, sequence=self.sequence, cause=firing.cause, **told
        )
        return _asked(request, firing)


class StopSequence(Timed):
    """Leads the customer out of a sequence, if he is inside."""

    do: Literal["stop_sequence"]
    sequence: Slug

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A sequence that is not there, and a trigger without a customer."""
        yield from unknown("sequence", self.sequence, known.sequences)
        yield from lacking(event, "customer")

    def effect(self, firing: Firing) -> Effect:
        """The request, and the work of answering it."""
        customer_id = firing.subject("customer_id")
        if customer_id is None:
            return firing.suppressed("no_customer")
        request = SequenceExitRequested(
            request_id=firing.effect_id, sequence=self.sequence, customer_id=customer_id, cause=firing.cause
        )
        return _asked(request, firing)
