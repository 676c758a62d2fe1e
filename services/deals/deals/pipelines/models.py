"""What the API of pipelines takes and gives."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from deals.pipelines.commands import Stored, Version
from deals.pipelines.pipeline import Code, DealType, Definition, LossReason, Stage

_EXAMPLE: dict[str, JsonValue] = {
    "title_ru": "Опт",
    "title_en": "Wholesale",
    "stages": [
        {
            "code": "talk",
            "kind": "open",
            "title_ru": "Разговор",
            "title_en": "Talk",
            "probability": "0.3",
            "days": 5,
            "guidance": {
                "script_ru": "Здравствуйте! Что для вас важно?",
                "checklist": [{"code": "needs", "title_ru": "Узнать задачу", "title_en": "Needs", "required": True}],
            },
        },
        {"code": "won", "kind": "won", "title_ru": "Успех", "title_en": "Won", "probability": "1"},
        {"code": "lost", "kind": "lost", "title_ru": "Отказ", "title_en": "Lost", "probability": "0"},
    ],
    "loss_reasons": [{"code": "too_expensive", "title_ru": "Дорого", "title_en": "Too expensive"}],
    "deal_types": [{"code": "tender", "title_ru": "Тендер", "title_en": "Tender"}],
}


class SavePipeline(Definition):
    """A pipeline, whole. A stage that is left out takes no deals any more; those in it stay until they are moved on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


class NewPipeline(Definition):
    """A pipeline to create."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "wholesale", **_EXAMPLE}]})

    code: Code


class PipelineCard(BaseModel):
    """A version of a pipeline. Types of deals `first_sale` and `repeat_sale` are known in every pipeline."""

    code: str
    version: int = Field(description="Events of deals name the version under which they happened.")
    revision: int | None = Field(None, description="Send it as If-Match. Old versions have none.")
    title_ru: str
    title_en: str
    stages: tuple[Stage, ...]
    former: tuple[Stage, ...] = Field((), description="Stages of earlier versions, for deals that are still in them.")
    loss_reasons: tuple[LossReason, ...]
    deal_types: tuple[DealType, ...]
    is_retired: bool = Field(description="No new deals.")


class PipelineVersion(BaseModel):
    """Who saved a version, and when."""

    version: int
    saved_at: datetime
    saved_by: str


def card(stored: Stored) -> PipelineCard:
    """A pipeline as it is now."""
    return PipelineCard(**stored.pipeline.model_dump(), revision=stored.revision)


def old_card(version: Version) -> PipelineCard:
    """A pipeline as it was."""
    return PipelineCard(**version.pipeline.model_dump())
