"""Questionnaires: what customers are asked through a link in a message, and what they answered."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field, JsonValue

from events.event import Event
from events.sealed import Sealed


class QuestionnaireSaved(Event):
    """A version was written. Messages ask the one that was the newest when they were requested."""

    type: ClassVar[str] = "questionnaire.saved.v1"

    questionnaire: str
    version: int
    definition: dict[str, JsonValue]


class QuestionnaireAnswered(Event):
    """A customer answered, once for a message. ``texts`` are his own words, sealed.

    ``scores`` are of questions on a scale: NPS from 0 to 10, CSAT from 1 to 5; ``choices`` are ids of options.
    """

    type: ClassVar[str] = "questionnaire.answered.v1"

    message_id: UUID
    questionnaire: str
    version: int
    customer_id: UUID
    scores: dict[str, int] = Field(default_factory=dict)
    choices: dict[str, str] = Field(default_factory=dict)
    texts: dict[str, Sealed[str]] = Field(default_factory=dict)
