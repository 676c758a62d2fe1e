"""The action that asks the customer to answer a questionnaire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from events.contracts.automation import MessageRequested
from events.event import Event
from pydantic import Field

from automation.actions.asking import unknown
from automation.actions.effect import Effect, Firing, Known
from automation.actions.writing import Writes
from automation.messages.media import MediumName
from automation.messages.request import work
from automation.parts import Slug


class SendQuestionnaire(Writes):
    """Sends a message whose ``link`` leads to the questions. ``media`` stand in order of preference."""

    do: Literal["send_questionnaire"]
    questionnaire: Slug
    media: tuple[MediumName, ...] = Field(("email",), min_length=1, max_length=4)

    def ways(self) -> tuple[MediumName, ...]:
        """As the rule names them."""
        return self.media

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """As of any message; questions that are not there; and a link of the trigger's, for this one has its own."""
        if self.link is not None:
            yield ".link: the link of this message leads to the questions"
        yield from unknown("questionnaire", self.questionnaire, known.questionnaires)
        yield from super().faults(event, known)

    def gives(self) -> frozenset[str]:
        """The link is always there."""
        return super().gives() | {"link"}

    def effect(self, firing: Firing) -> Effect:
        """The request of the message, which names the questionnaire."""
        effect = super().effect(firing)
        if not isinstance(effect.event, MessageRequested):
            return effect
        requested = effect.event.model_copy(update={"questionnaire": self.questionnaire})
        return replace(effect, event=requested, work=work(requested, effect.at, effect.origin))
