"""The action that judges a lead: qualifies it, closes it for a reason, or opens it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import Judgement, LeadJudgementRequested
from events.contracts.leads import Temperature
from events.event import Event
from pydantic import Field

from automation.actions.asking import asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed


class JudgeLead(Timed):
    """Asks leads to judge the trigger's lead as people do: ``qualified`` with a temperature (and a category of the
    firm's list), ``disqualified``, which closes it, for a reason of the firm's list, or ``reopened``. Leads refuses
    what people may not do either, and what only people can: a check-list that must be answered.
    """

    do: Literal["judge_lead"]
    judgement: Judgement
    temperature: Temperature | None = None
    category: str | None = Field(None, min_length=1, max_length=100)
    reason: str | None = Field(None, min_length=1, max_length=100)

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a lead, a word that the judgement needs, or that it does not take."""
        yield from lacking(event, "lead")
        if (self.temperature is None) == (self.judgement == "qualified"):
            yield ".temperature: of a lead that is qualified, and of no other, say how warm it is"
        if (self.reason is None) == (self.judgement == "disqualified"):
            yield ".reason: of a lead that is disqualified, and of no other, say why"
        if self.category is not None and self.judgement != "qualified":
            yield ".category: only a lead that is qualified has one"

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        lead_id = firing.subject("lead_id")
        if lead_id is None:
            return firing.suppressed("no_lead")
        request = LeadJudgementRequested(
            request_id=firing.effect_id,
            lead_id=lead_id,
            judgement=self.judgement,
            temperature=self.temperature,
            category=self.category,
            reason=self.reason,
            cause=firing.cause,
        )
        return asked(firing, request)
