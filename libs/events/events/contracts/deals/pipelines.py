"""Pipelines and the rules by which leads come into them: settings as facts, so that what a deal met can be read later.

Texts of pipelines are the firm's own and say nothing of persons.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from events.contracts.deals.deal import StageKind
from events.event import Event


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class CheckItem(_Part):
    """What is to be done in a stage. A deal leaves it forward without a ``required`` one only if somebody says why."""

    code: str
    title_ru: str
    title_en: str
    required: bool = False


class Objection(_Part):
    """What customers object, and what to answer."""

    objection_ru: str
    objection_en: str
    answer_ru: str
    answer_en: str


class Guidance(_Part):
    """What a manager should say and do in a stage."""

    script_ru: str | None = None
    script_en: str | None = None
    checklist: tuple[CheckItem, ...] = ()
    objections: tuple[Objection, ...] = ()


class PipelineStage(_Part):
    """A step. Deals in it are expected to stay ``days`` and are won with ``probability`` (0 to 1)."""

    code: str
    kind: StageKind
    title_ru: str
    title_en: str
    probability: Decimal
    days: int | None = None
    guidance: Guidance | None = None


class Coded(_Part):
    """A reason for a loss, or a type of deal: its code stands in events for ever."""

    code: str
    title_ru: str
    title_en: str


class PipelineSaved(Event):
    """A pipeline as it is from this version on, whole; ``stages`` in their order. Deals in it go on under it."""

    type: ClassVar[str] = "pipeline.saved.v1"

    code: str
    version: int
    title_ru: str
    title_en: str
    stages: tuple[PipelineStage, ...]
    loss_reasons: tuple[Coded, ...]
    deal_types: tuple[Coded, ...] = ()


class PipelineRetired(Event):
    """No deal is opened in it any more; those in it go on. Saving a new version brings it back."""

    type: ClassVar[str] = "pipeline.retired.v1"

    code: str


class OpeningRule(_Part):
    """What becomes of a qualified lead that fits: each list names what the lead must be one of; empty: anything."""

    name: str
    directions: tuple[str, ...] = ()
    temperatures: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    action: Literal["open", "offer", "nothing"]
    pipeline: str = "default"
    stage: str | None = None
    deal_type: str = "first_sale"


class OpeningRulesSaved(Event):
    """How qualified leads become deals from now on: the first rule that fits a lead decides."""

    type: ClassVar[str] = "opening_rules.saved.v1"

    version: int
    rules: tuple[OpeningRule, ...]
