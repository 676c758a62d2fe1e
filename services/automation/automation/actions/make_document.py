"""The action that has a document of a deal made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import DocumentMakingRequested
from events.event import Event
from pydantic import Field

from automation.actions.asking import asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed


class MakeDocument(Timed):
    """Asks deals for a document by the built-in form of its kind, or by a template (``other``: only by one)."""

    do: Literal["make_document"]
    kind: Literal["offer", "contract", "act", "other"]
    template: str | None = Field(None, min_length=1, max_length=60)
    language: Literal["ru", "en"] | None = None

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a deal, a kind that has no form."""
        yield from lacking(event, "deal")
        if self.kind == "other" and self.template is None:
            yield ".template: no form of the kind other is built in"

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        deal_id = firing.subject("deal_id")
        if deal_id is None:
            return firing.suppressed("no_deal")
        return asked(
            firing,
            DocumentMakingRequested(
                request_id=firing.effect_id,
                deal_id=deal_id,
                kind=self.kind,
                template=self.template,
                language=self.language or firing.language,
                cause=firing.cause,
            ),
        )
