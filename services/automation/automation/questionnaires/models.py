"""Questionnaires as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from automation.parts import Slug
from automation.questionnaires.questionnaire import Definition


class QuestionnaireCard(BaseModel):
    """A questionnaire in its newest version."""

    id: Slug
    version: int = Field(description="For `If-Match`. A message asks what was the newest when it was requested.")
    definition: Definition


class QuestionnaireList(BaseModel):
    """Questionnaires by name."""

    questionnaires: list[QuestionnaireCard]


class QuestionResult(BaseModel):
    """How a question was answered."""

    question: str
    ask: Literal["nps", "csat", "choice"]
    answers: int
    score: float | None = Field(
        description="`nps`: the share of 9 and 10 less that of 0 to 6, from -100 to 100. `csat`: the share of 4 and 5, "
        "percent. `choice`, and no answers: null."
    )
    given: dict[str, int] = Field(description="How often each number or option was given.")


class Results(BaseModel):
    """What customers answered in a period, to the questions of the newest version."""

    questionnaire: str
    answers: int
    questions: list[QuestionResult]


class Answer(BaseModel):
    """What one customer answered. `texts` is null for who may not see customers, and for the erased."""

    message_id: UUID
    customer_id: UUID
    version: int
    scores: dict[str, int]
    choices: dict[str, str]
    texts: dict[str, str | None] | None
    answered_at: datetime


class AnswerPage(BaseModel):
    """Answers, oldest first."""

    answers: list[Answer]
    next: str | None = Field(None, description="Cursor of the next page.")
