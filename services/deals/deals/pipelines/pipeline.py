"""Pipelines as data: stages, their kinds and order, and the reasons for which a deal may be lost.

A pipeline is a YAML file; the default one stands beside this module. Codes stand in events for ever, so a stage is
renamed by its titles and retired by leaving it out under a new ``version``; deals in it can still be moved on.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Self

from events.contracts.deals import StageKind
from pydantic import BaseModel, ConfigDict, Field, model_validator

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Stage(BaseModel):
    """A step of a pipeline. Deals in it are expected to stay ``days`` and are won with ``probability`` (0 to 1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    kind: StageKind
    title_ru: str
    title_en: str
    probability: Decimal = Field(ge=0, le=1)
    days: int | None = Field(default=None, ge=0, description="Expected stay in days; none for the ends.")


class LossReason(BaseModel):
    """Why deals are lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    title_ru: str
    title_en: str


class Pipeline(BaseModel):
    """Stages in the order in which they are shown; exactly one is for won and one for lost deals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    version: int = Field(ge=1)
    title_ru: str
    title_en: str
    stages: tuple[Stage, ...] = Field(min_length=3)
    loss_reasons: tuple[LossReason, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for what, codes in (("stage", [s.code for s in self.stages]), ("reason", [r.code for r in self.loss_reasons])):
            if len(set(codes)) != len(codes):
                raise ValueError(f"pipeline {self.code} names a {what} twice")
        kinds = [stage.kind for stage in self.stages]
        if kinds.count("won") != 1 or kinds.count("lost") != 1 or "open" not in kinds:
            raise ValueError(f"pipeline {self.code} needs an open stage, one stage for won and one for lost deals")
        return self

    def stage(self, code: str) -> Stage | None:
        """The stage of that code."""
        return next((stage for stage in self.stages if stage.code == code), None)

    def first(self) -> Stage:
        """Where deals enter."""
        return next(stage for stage in self.stages if stage.kind == "open")

    def end(self, kind: StageKind) -> Stage:
        """The stage of won, or of lost deals."""
        return next(stage for stage in self.stages if stage.kind == kind)

    def is_loss_reason(self, code: str) -> bool:
        """Whether the reason is on the list."""
        return any(reason.code == code for reason in self.loss_reasons)


Pipelines = Mapping[str, Pipeline]
