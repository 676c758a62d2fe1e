"""What the numbers mean: the definitions of all metrics, from one file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Metric(BaseModel):
    """One metric."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(description="Its name for machines.")
    ru: str = Field(description="Its name in Russian.")
    en: str = Field(description="Its name in English.")
    formula: str = Field(description="How it is computed, in words.")
    grain: str = Field(description="By what it is told apart.")
    unit: str = Field(description="What its values are.")
    events: tuple[str, ...] = Field(description="Types of the events that it is computed from.")
    fields: tuple[str, ...] = Field(description="Where it stands: `<report>.<field>`, of `GET /reports/<report>`.")
    capability: str = Field(description="Number of the capability that it belongs to.")


@cache
def metrics() -> tuple[Metric, ...]:
    """All definitions in the order of the file. Raises ``ValidationError`` where it is not written as it must be."""
    text = (Path(__file__).parent / "metrics.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[Metric, ...]).validate_python(yaml.safe_load(text))
