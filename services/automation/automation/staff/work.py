"""The durable tasks by which colleagues are told: finding out whom, and a letter to each."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from events.contracts.automation import StaffNotificationRequested, StaffNotified
from events.store import Cause, deterministic_id
from events.tasks import NewTask

TELL: Final = "staff.tell"
WRITE: Final = "staff.write"


def work(requested: StaffNotificationRequested, at: datetime, cause: Cause) -> NewTask:
    """The task that tells; its id is the notification's."""
    caused = Cause(cause.actor, cause.correlation_id, uuid5(requested.notification_id, "1"), cause.traceparent)
    return NewTask(requested.notification_id, TELL, requested.model_dump(mode="json"), at, caused)


def letter(told: StaffNotified, login: str, at: datetime, cause: Cause) -> NewTask:
    """The task that writes to one of them; its id is the letter's."""
    payload = {
        "login": login,
        "text": told.text,
        "written_at": at.isoformat(),
        **{name: str(value) for name in ("customer_id", "lead_id", "deal_id") if (value := getattr(told, name))},
    }
    return NewTask(letter_id(told.notification_id, login), WRITE, payload, at, cause)


def letter_id(notification_id: UUID, login: str) -> UUID:
    """The same letter for the same notification and person."""
    return deterministic_id("staff letter", notification_id, login)
