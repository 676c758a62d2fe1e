"""The action that asks the customer to answer a questionnaire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.event import Event
from pydantic import Field

from automation.actions.asking import unknown
from automation.actions.effect import Known
from automation.actions.writing import Writes
from automation.messages.media import MediumName
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

    @property
    def asks(self) -> str | None:
        """The one that the rule names."""
        return self.questionnaire
