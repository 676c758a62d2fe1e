"""The words of the first line, set as data: reasons, categories, and the questions of the check-list. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Self

import asyncpg
from events.store import Connection
from pydantic import Field, StringConstraints, model_validator

from leads.routing import versions
from leads.routing.models import Frozen, Name

DISQUALIFICATION: Final = "disqualification-reasons"
RETURNING: Final = "return-reasons"
CATEGORIES: Final = "lead-categories"
CHECKLIST: Final = "qualification-checklist"

MOST_NUMBER: Final = 10**15
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
Code = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,100}$")]


class Entry(Frozen):
    """A word of a list: the code stands in events for ever, the title is shown and may change."""

    code: Code
    title: Name | None = None


class Codes(Frozen):
    """A list of words to choose from."""

    entries: tuple[Entry, ...] = Field((), max_length=500)

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Self:
        if len(self.codes) < len(self.entries):
            raise ValueError("two entries have one code")
        return self

    @property
    def codes(self) -> frozenset[str]:
        """The codes alone."""
        return frozenset(entry.code for entry in self.entries)


class Question(Frozen):
    """A question that the first line asks. ``directions``: of which lines of business; empty: all."""

    key: Code
    title: Name
    kind: Literal["text", "number", "yes_no", "choice"] = "text"
    options: tuple[Name, ...] = Field((), max_length=100, description="Of a `choice`.")
    required: bool = False
    directions: tuple[Name, ...] = Field((), max_length=100)


class Checklist(Frozen):
    """All questions, in the order in which they are asked."""

    questions: tuple[Question, ...] = Field((), max_length=100)

    @model_validator(mode="after")
    def _keys_are_unique(self) -> Self:
        if len({question.key for question in self.questions}) < len(self.questions):
            raise ValueError("two questions have one key")
        return self

    def faults(self, answers: Mapping[str, Any], direction: str | None) -> dict[str, str]:
        """What is wrong with answers to it, by key."""
        asked = {
            one.key: one
            for one in self.questions
            if not one.directions or direction is None or direction in one.directions
        }
        faults = dict.fromkeys(answers.keys() - asked.keys(), "is not asked")
        for key, question in asked.items():
            if answers.get(key) is None:
                if question.required:
                    faults[key] = "must be answered"
            elif fault := _fault(question, answers[key]):
                faults[key] = fault
        return faults


def _fault(question: Question, answer: Any) -> str | None:
    match question.kind:
        case "yes_no":
            return None if isinstance(answer, bool) else "is true or false"
        case "number":
            is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
            return None if is_number and abs(answer) <= MOST_NUMBER else "is a number of at most 15 digits"
        case "choice":
            return None if answer in question.options else f"is one of: {', '.join(question.options)}"
        case "text":
            is_text = isinstance(answer, str) and len(answer) <= 10_000 and not _SURROGATES.search(answer)
            return None if is_text else "is a text of at most 10,000 characters"


RETURN_REASONS: Final = Codes(
    entries=tuple(Entry(code=code) for code in ("not-mine", "no-time", "wrong-direction", "other"))
)


@dataclass(frozen=True, slots=True)
class ProcessingLists:
    """The lists as they hold at a moment. ``categories`` empty: any word will do."""

    reasons: Collection[str]
    return_reasons: Collection[str] = RETURN_REASONS.codes
    categories: Collection[str] = ()
    checklist: Checklist = field(default_factory=Checklist)


async def read_lists(connection: Connection | asyncpg.Pool, default_reasons: Collection[str]) -> ProcessingLists:
    """The lists that hold; what was never set is as it is by default."""
    kept = await versions.newest(connection, (DISQUALIFICATION, RETURNING, CATEGORIES, CHECKLIST))

    def codes(name: str, default: Collection[str]) -> Collection[str]:
        return Codes.model_validate(kept[name].content).codes if name in kept else default

    return ProcessingLists(
        codes(DISQUALIFICATION, default_reasons),
        codes(RETURNING, RETURN_REASONS.codes),
        codes(CATEGORIES, ()),
        Checklist.model_validate(kept[CHECKLIST].content) if CHECKLIST in kept else Checklist(),
    )
