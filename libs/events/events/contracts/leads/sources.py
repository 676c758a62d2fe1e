"""The setup of sources, as its audit keeps it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from events.event import Event


class SourceConfigured(Event):
    """A source is set up like this from now on. No secret and no write-only option is told, only that it is there."""

    type: ClassVar[str] = "source.configured.v1"

    channel: str
    source: str
    change: Literal["configured", "rotated", "retired", "deactivated"]
    active: bool
    direction: str | None = None
    manager_id: str | None = None
    options: dict[str, object] = Field(default_factory=dict)
    hidden_options: tuple[str, ...] = ()
    live_secrets: int = 0
    per_second: int | None = None
    per_minute: int | None = None
    over_budget: Literal["defer", "refuse"] = "defer"
