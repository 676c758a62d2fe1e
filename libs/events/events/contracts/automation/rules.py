"""What rules do beside their effects."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from events.contracts.automation.cause import Cause
from events.event import Event


class RuleSuppressed(Event):
    """A rule matched but its action was withheld (loop guard, cap, no consent): the reason is visible."""

    type: ClassVar[str] = "rule.suppressed.v1"

    suppression_id: UUID
    cause: Cause
    reason: str
    customer_id: UUID | None = None
