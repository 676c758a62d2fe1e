"""What automation asks of others; they decide."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from events.contracts.automation.cause import Cause
from events.event import Event


class DealStageChangeRequested(Event):
    """Automation asks; deals decides."""

    type: ClassVar[str] = "deal.stage-change-requested.v1"

    request_id: UUID
    deal_id: UUID
    to_stage: str
    cause: Cause
