"""Pipelines from a folder of YAML files, one each: those an installation starts with. The default stands here."""

from __future__ import annotations

from pathlib import Path

import yaml

from deals.pipelines.pipeline import Pipeline, Pipelines

DEFAULT = Path(__file__).parent / "defaults"


def load(directory: Path = DEFAULT) -> Pipelines:
    """The pipelines of a folder by code; raises ``pydantic.ValidationError`` or ``yaml.YAMLError`` on a faulty file."""
    texts = (path.read_text("utf-8") for path in sorted(directory.glob("*.yaml")))
    found = [Pipeline.model_validate(yaml.load(text, yaml.CSafeLoader)) for text in texts]
    pipelines = {pipeline.code: pipeline for pipeline in found}
    if len(pipelines) != len(found):
        raise ValueError(f"two pipelines in {directory} have one code")
    return pipelines
