"""Ready rules for common cases, in Russian and English: to be read, changed and saved. None is in force by itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from events.contracts.automation import MessageText
from pydantic import Field

from automation.parts import Language, Part, Slug
from automation.rules.rule import Definition

_FOLDER = Path(__file__).parent / "catalogue"


class ReadyTemplate(Part):
    """A template that a ready rule names: it is to be saved before the rule."""

    name: Slug
    texts: dict[Language, MessageText]


class ReadyRule(Part):
    """A rule that can be saved under this name.

    ``example``: fields of the trigger's golden example that make it fire; ``known``: what conditions over cards ask.
    """

    id: Slug
    about: dict[Language, str] = Field(description="What it is for.")
    rule: Definition
    templates: tuple[ReadyTemplate, ...] = ()
    example: dict[str, Any] = Field(default_factory=dict, exclude=True)
    known: dict[str, dict[str, Any]] = Field(default_factory=dict, exclude=True)


@cache
def ready_rules() -> tuple[ReadyRule, ...]:
    """The catalogue, by name."""
    return tuple(
        ReadyRule.model_validate({"id": path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))})
        for path in sorted(_FOLDER.glob("*.yaml"))
    )
