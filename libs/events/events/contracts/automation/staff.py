"""What the staff is told. The words come from the rule and hold no personal data."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from events.contracts.cause import Cause
from events.event import Event


class StaffNotificationRequested(Event):
    """These people are to be told, by their logins; with ``responsible`` whoever answers for the deal, the lead or the
    customer too.
    """

    type: ClassVar[str] = "staff_notification.requested.v1"

    notification_id: UUID
    text: str
    recipients: tuple[str, ...] = ()
    responsible: bool = False
    by_email: bool = True
    urgent: bool = False
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause


class StaffNotified(Event):
    """It stands in the feeds of these people, and goes by e-mail to those who want that."""

    type: ClassVar[str] = "staff_notification.sent.v1"

    notification_id: UUID
    text: str
    recipients: tuple[str, ...]
    urgent: bool = False
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause


class StaffNotificationFailed(Event):
    """There was nobody to tell: ``no_recipient``."""

    type: ClassVar[str] = "staff_notification.failed.v1"

    notification_id: UUID
    reason: Literal["no_recipient"]
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause
