"""A questionnaire as data, and what is an answer to it. Pure.

NPS asks how likely a recommendation is, from 0 to 10: promoters give 9 and 10, detractors 0 to 6, and the score is the
difference of their shares (Reichheld, "The One Number You Need to Grow", Harvard Business Review, December 2003). CSAT
asks how satisfied somebody is, from 1 to 5; its score is the share of 4 and 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from automation.parts import Part, Slug, Title

LONGEST_TEXT: Final = 4_000
SCALES: Final[Mapping[str, tuple[int, int]]] = {"nps": (0, 10), "csat": (1, 5)}


class Scale(Part):
    """A number on a scale."""

    ask: Literal["nps", "csat"]
    id: Slug
    title: Title
    required: bool = True


class Option(Part):
    """One of the answers of a choice."""

    id: Slug
    title: Title


class Choice(Part):
    """One of several answers."""

    ask: Literal["choice"]
    id: Slug
    title: Title
    options: tuple[Option, ...] = Field(min_length=2, max_length=20)
    required: bool = True


class Words(Part):
    """Free words."""

    ask: Literal["text"]
    id: Slug
    title: Title
    required: bool = False


Question = Annotated[Scale | Choice | Words, Field(discriminator="ask")]


class Definition(Part):
    """What is asked, in both languages."""

    title: Title
    questions: tuple[Question, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        ids = [question.id for question in self.questions]
        doubled = [name for name, count in Counter(ids).items() if count > 1]
        for question in self.questions:
            if isinstance(question, Choice):
                options = Counter(option.id for option in question.options)
                doubled += [f"{question.id}.{name}" for name, count in options.items() if count > 1]
        if doubled:
            raise ValueError(f"two have the id {doubled[0]}")
        return self


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered, by question."""

    scores: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


class NoAnswer(ValueError):
    """What was said is no answer; ``question`` says to what."""

    def __init__(self, question: str, why: str) -> None:
        super().__init__(why)
        self.question = question


def read(definition: Definition, said: Mapping[str, str]) -> Answers:
    """The answers of a form; what is left out or blank is none. Raises :class:`NoAnswer` for the first wrong one."""
    scores: dict[str, int] = {}
    choices: dict[str, str] = {}
    texts: dict[str, str] = {}
    for question in definition.questions:
        text = said.get(question.id, "").strip()
        if not text:
            if question.required:
                raise NoAnswer(question.id, "is not answered")
            continue
        match question:
            case Scale():
                scores[question.id] = _score(question, text)
            case Choice():
                if text not in {option.id for option in question.options}:
                    raise NoAnswer(question.id, "is none of the options")
                choices[question.id] = text
            case Words():
                if len(text) > LONGEST_TEXT or "\x00" in text:
                    raise NoAnswer(question.id, f"is longer than {LONGEST_TEXT} characters, or no text")
                texts[question.id] = text
    return Answers(scores, choices, texts)


def _score(question: Scale, text: str) -> int:
    least, most = SCALES[question.ask]
    if text not in {str(number) for number in range(least, most + 1)}:
        raise NoAnswer(question.id, f"is no number from {least} to {most}")
    return int(text)


def score(ask: Literal["nps", "csat"], given: Mapping[int, int]) -> float | None:
    """NPS from -100 to 100, CSAT from 0 to 100, of how often each number was given; None of no answers."""
    total = sum(given.values())
    if not total:
        return None
    if ask == "csat":
        good = sum(count for number, count in given.items() if number >= 4)
        return round(100 * good / total, 1)
    promoters = sum(count for number, count in given.items() if number >= 9)
    detractors = sum(count for number, count in given.items() if number <= 6)
    return round(100 * (promoters - detractors) / total, 1)
