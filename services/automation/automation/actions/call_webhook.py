"""The action that calls another system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from events.contracts.automation import WebhookCallRequested
from events.event import Event
from pydantic import Field, StringConstraints

from automation.actions.asking import asked, path_faults, subjects, taken, unknown
from automation.actions.effect import Effect, Firing, Known, Timed
from automation.parts import Slug

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w{0,59}$")]


class CallWebhook(Timed):
    """Sends a message to an endpoint of webhooks, whatever it has subscribed to. ``content`` are values of the trigger,
    or computed ones, by names of one's own, ``{"sum": "value.amount"}``; ids of customer, lead and deal go along.
    """

    do: Literal["call_webhook"]
    endpoint: Slug
    content: dict[Name, str] = Field({}, max_length=50)

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """An endpoint that is not there; paths that the trigger does not have, or that are sealed."""
        yield from unknown("endpoint", self.endpoint, known.endpoints)
        for name, path in self.content.items():
            yield from path_faults(f".content.{name}", path, event, known)

    def effect(self, firing: Firing) -> Effect:
        """The request; webhooks sends it."""
        content = {name: taken(firing, path) for name, path in self.content.items()}
        return asked(
            firing,
            WebhookCallRequested(
                request_id=firing.effect_id,
                endpoint=self.endpoint,
                content=content,
                **subjects(firing),
                cause=firing.cause,
            ),
        )
