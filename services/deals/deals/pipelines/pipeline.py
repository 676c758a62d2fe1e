"""What a pipeline is: stages in their order with what to do in each, reasons for a loss, and types of deals.

Codes stand in events for ever, so a stage is renamed by its titles and retired by leaving it out of a new version. What
earlier versions had stays known as ``former``: deals in such a stage stay there until they are moved on.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from events.contracts.deals import StageKind
from events.inputs import Input, Whole
from pydantic import Field, StringConstraints, model_validator

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]

BUILT_IN_TYPES: Final = ("first_sale", "repeat_sale")
"""Types of deals that every pipeline knows."""


class CheckItem(Input):
    """What is to be done in a stage. Leaving it forward without a ``required`` one needs a reason."""

    code: Code
    title_ru: Title
    title_en: Title
    required: bool = False


class Objection(Input):
    """What customers object, and what to answer."""

    objection_ru: Text
    objection_en: Text
    answer_ru: Text
    answer_en: Text


class Guidance(Input):
    """What a manager should say and do in a stage."""

    script_ru: Text | None = None
    script_en: Text | None = None
    checklist: tuple[CheckItem, ...] = Field((), max_length=30)
    objections: tuple[Objection, ...] = Field((), max_length=10)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _check_codes("item", [item.code for item in self.checklist])
        return self


class Stage(Input):
    """A step of a pipeline. Deals in it are expected to stay ``days`` and are won with ``probability`` (0 to 1)."""

    code: Code
    kind: StageKind
    title_ru: Title
    title_en: Title
    probability: Decimal = Field(ge=0, le=1, max_digits=5, decimal_places=4)
    days: Whole | None = Field(default=None, ge=0, le=3650, description="Expected stay in days; none for the ends.")
    guidance: Guidance | None = None

    def item(self, code: str) -> CheckItem | None:
        """The item of its check-list."""
        return next((item for item in self.guidance.checklist if item.code == code), None) if self.guidance else None

    def required(self) -> tuple[str, ...]:
        """The items that must be ticked off before a deal moves forward."""
        return tuple(item.code for item in self.guidance.checklist if item.required) if self.guidance else ()


class LossReason(Input):
    """Why deals are lost."""

    code: Code
    title_ru: Title
    title_en: Title


class DealType(Input):
    """What kind of sale a deal is, besides ``first_sale`` and ``repeat_sale``, which every pipeline knows."""

    code: Code
    title_ru: Title
    title_en: Title


class Definition(Input):
    """Stages in the order in which they are shown; exactly one is for won and one for lost deals."""

    title_ru: Title
    title_en: Title
    stages: tuple[Stage, ...] = Field(min_length=3, max_length=40)
    loss_reasons: tuple[LossReason, ...] = Field(min_length=1, max_length=100)
    deal_types: tuple[DealType, ...] = Field((), max_length=50)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        _check_codes("stage", [one.code for one in self.stages])
        _check_codes("reason", [one.code for one in self.loss_reasons])
        _check_codes("type of deals", [one.code for one in self.deal_types])
        kinds = [stage.kind for stage in self.stages]
        if kinds.count("won") != 1 or kinds.count("lost") != 1 or "open" not in kinds:
            raise ValueError("a pipeline needs an open stage, one stage for won and one for lost deals")
        return self


class Pipeline(Definition):
    """A version of a pipeline. ``former`` are stages of earlier versions, as they were last; retired, it takes no new
    deals.
    """

    code: Code
    version: Whole = Field(ge=1)
    former: tuple[Stage, ...] = ()
    is_retired: bool = False

    def definition(self) -> dict[str, Any]:
        """What people give of it."""
        return self.model_dump(include=set(Definition.model_fields), exclude_none=True)

    def stage(self, code: str) -> Stage | None:
        """The stage of that code in this version."""
        return next((stage for stage in self.stages if stage.code == code), None)

    def known(self, code: str) -> Stage | None:
        """The stage of that code, of this version or of an earlier one."""
        return next((stage for stage in (*self.stages, *self.former) if stage.code == code), None)

    def first(self) -> Stage:
        """Where deals enter."""
        return next(stage for stage in self.stages if stage.kind == "open")

    def end(self, kind: StageKind) -> Stage:
        """The stage of won, or of lost deals."""
        return next(stage for stage in self.stages if stage.kind == kind)

    def is_loss_reason(self, code: str) -> bool:
        """Whether the reason is on the list."""
        return any(reason.code == code for reason in self.loss_reasons)

    def takes(self, deal_type: str) -> bool:
        """Whether deals of this type are worked on in it."""
        return deal_type in BUILT_IN_TYPES or any(own.code == deal_type for own in self.deal_types)

    def is_forward(self, from_stage: str, to_stage: str) -> bool:
        """Whether a stage lies further on; from a former stage, which has no place any more, nothing does."""
        order = [stage.code for stage in self.stages]
        return from_stage in order and to_stage in order and order.index(from_stage) < order.index(to_stage)


Pipelines = Mapping[str, Pipeline]


def _check_codes(what: str, codes: list[str]) -> None:
    if len(set(codes)) != len(codes):
        raise ValueError(f"one code is given to more than one {what}")
