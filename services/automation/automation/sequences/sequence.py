"""A sequence as data: steps that are taken one after the other, and what ends it early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from events.contracts.automation import SequenceEntered
from pydantic import Field, model_validator

from automation.actions.asking import unknown
from automation.actions.effect import Known, Shape
from automation.messages.media import MediumName
from automation.parts import Part, Slug, Title
from automation.rules.where_check import check_where
from automation.timing.when import Timing

END: Final = "end"
"""The name that a branch gives to the end; no step may have it."""
Exit = Literal["replied", "bought", "unsubscribed"]
_GIVEN: Final = frozenset(("customer.name", "company", "unsubscribe"))


class Send(Part):
    """Writes to the customer, by the first of ``media`` that reaches him."""

    do: Literal["send"]
    id: Slug
    template: Slug
    media: tuple[MediumName, ...] = Field(("email",), min_length=1, max_length=4)


class Wait(Part):
    """Goes on later: so long after it came here, at that time of the day, in working hours."""

    do: Literal["wait"]
    id: Slug
    timing: Timing

    @model_validator(mode="after")
    def _counts_from_here(self) -> Self:
        if self.timing.field:
            raise ValueError("a step waits from when it is reached: it names no field")
        return self


class Branch(Part):
    """Goes on with ``then`` where the condition holds, and with ``otherwise`` where not; both stand further on.

    ``where`` is a condition in CEL over ``customer``, ``deal``, ``lead`` and ``earlier`` as they are at that moment;
    ``event`` is the customer's entering.
    """

    do: Literal["branch"]
    id: Slug
    where: str = Field(min_length=1, max_length=4_000)
    then: Slug
    otherwise: Slug


class Split(Part):
    """Goes on with ``then`` for so many percent of those who come here, and with ``otherwise`` for the rest: a trial of
    two ways. Whose way it is depends on the enrolment alone, so whoever works on it comes to the same.
    """

    do: Literal["split"]
    id: Slug
    percent: int = Field(ge=1, le=99)
    then: Slug
    otherwise: Slug


Step = Annotated[Send | Wait | Branch | Split, Field(discriminator="do")]


class Definition(Part):
    """What a sequence does. Messages of any purpose but ``service`` need the customer's consent to it.

    ``again_after_days``: so long after he left, a customer may enter once more; without it never.
    """

    title: Title
    purpose: Slug = "marketing"
    exits: frozenset[Exit] = frozenset(("replied", "bought", "unsubscribed"))
    again_after_days: int | None = Field(None, ge=0, le=3_650)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=100)

    def after(self, step: str) -> str | None:
        """The step that stands behind this one; None at the end."""
        ids = [one.id for one in self.steps]
        at = ids.index(step) + 1
        return ids[at] if at < len(ids) else None

    def media(self) -> frozenset[MediumName]:
        """By which its messages are sent."""
        return frozenset(medium for step in self.steps if isinstance(step, Send) for medium in step.media)

    def step(self, id_: str) -> Send | Wait | Branch | Split:
        """The step of this name. Raises StopIteration where there is none."""
        return next(one for one in self.steps if one.id == id_)


def faults(definition: Definition, known: Known) -> Iterator[str]:
    """What a sequence of the right shape cannot mean: ``.path: why``."""
    ids = [step.id for step in definition.steps]
    yield from (f".steps: two steps have the id {name}" for name, count in Counter(ids).items() if count > 1)
    if END in ids:
        yield f".steps[{ids.index(END)}].id: {END} is the end of the sequence, not a step"
    for n, step in enumerate(definition.steps):
        place = f".steps[{n}]"
        match step:
            case Send():
                yield from (f"{place}{fault}" for fault in unsendable(step, known))
            case Branch():
                yield from (f"{place}.where: {fault}" for fault in check_where(step.where, SequenceEntered))
        if isinstance(step, Branch | Split):
            for name, to in (("then", step.then), ("otherwise", step.otherwise)):
                if to != END and to not in ids[n + 1 :]:
                    yield f"{place}.{name}: no step that stands further on is named {to}"


def unsendable(step: Send, known: Known) -> Iterator[str]:
    """Why its template cannot be sent by its media."""
    if missing := list(unknown("template", step.template, known.templates)):
        yield from missing
        return
    shape = known.shapes.get(step.template, Shape())
    if "email" in step.media and not shape.letter:
        yield f".template: {step.template} has no letter"
    if not shape.short and (others := [medium for medium in step.media if medium != "email"]):
        yield f".template: {step.template} has no short message, which {', '.join(others)} needs"
    for path in sorted(shape.requires - _GIVEN):
        yield f".template: {step.template} is not sent without {path}, which a sequence does not give"
