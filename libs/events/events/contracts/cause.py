"""Why automation acted, carried by whatever follows from it in any service."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Cause(BaseModel):
    """Why automation acted: the rule, its version and action, and the event that fired it. ``depth`` counts causes."""

    model_config = ConfigDict(frozen=True)

    rule: str
    rule_version: int
    action: str
    event_id: UUID
    event_type: str
    depth: int = 1
