"""What advertising costs."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from events.event import Event


class SpendRecorded(Event):
    """What was spent in a day on a channel or one of its campaigns; said again, it replaces what was said before."""

    type: ClassVar[str] = "spend.recorded.v1"

    spend_id: UUID
    day: date
    channel: str
    amount: Decimal
    currency: str
    campaign: str | None = None
    direction: str | None = None
    impressions: int | None = None
    clicks: int | None = None
