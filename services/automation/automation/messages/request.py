"""What is to be sent: the request as an event tells it, and as the durable task carries it. No personal data in either
but what is sealed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID, uuid5

from events.contracts.automation import Cause, MessageRequested
from events.store import Cause as Origin
from events.tasks import NewTask, Task

KIND: Final = "send_message"
FORMER_KIND: Final = "send_email"
"""Of tasks that were stored when letters were the only messages."""
SERVICE: Final = "service"
"""The purpose that needs no consent."""
MARK: Final = "handed_over"
"""The field of a task that says that its message is being handed over (``handing.py``)."""


@dataclass(frozen=True)
class HandedOver:
    """By which medium, and since when."""

    medium: str
    at: datetime

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Self | None:
        """The mark of a task; None where nothing is handed over."""
        mark = payload.get(MARK)
        return cls(mark["medium"], datetime.fromisoformat(mark["at"])) if mark else None


def request(
    message_id: UUID, customer_id: UUID, media: Sequence[str], template: str, cause: Cause | None, **more: Any
) -> MessageRequested:
    """The event; ``media`` stand in order of preference. What is as usual it leaves out: one medium, service."""
    purpose = more.pop("purpose", None)
    return MessageRequested(
        message_id=message_id,
        customer_id=customer_id,
        medium=media[0],
        template=template,
        cause=cause,
        media=tuple(media) if len(media) > 1 else None,
        purpose=None if purpose == SERVICE else purpose,
        **more,
    )


def work(requested: MessageRequested, written_at: datetime, origin: Origin) -> NewTask:
    """The task that sends a requested message; its id is the message's.

    ``written_at`` is written so that its order as a text is that of time: by it a customer's messages stand in line.
    """
    payload = {
        "customer_id": str(requested.customer_id),
        "media": list(requested.media or (requested.medium,)),
        "template": requested.template,
        "written_at": written_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "cause": requested.cause.model_dump(mode="json") if requested.cause else None,
        "link": requested.link,
        "purpose": requested.purpose or SERVICE,
        "urgent": bool(requested.urgent),
        "sender": requested.sender,
        "values": requested.values or {},
        "questionnaire": requested.questionnaire,
    }
    caused_by_request = Origin(
        origin.actor, origin.correlation_id, uuid5(requested.message_id, "1"), origin.traceparent
    )
    return NewTask(requested.message_id, KIND, payload, written_at, caused_by_request)


@dataclass(frozen=True)
class Request:
    """A message to be sent. ``link`` is sealed by the customer's key; ``media`` stand in order of preference."""

    message_id: UUID
    customer_id: UUID
    media: Sequence[str]
    template: str
    written_at: datetime
    cause: Cause | None
    link: str | None = None
    purpose: str = SERVICE
    urgent: bool = False
    sender: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    questionnaire: str | None = None
    handed_over: HandedOver | None = None

    @classmethod
    def of(cls, task: Task) -> Request:
        """The request that a task carries; tasks of the former kind are letters of service."""
        said: Mapping[str, Any] = task.payload
        return cls(
            message_id=task.id,
            customer_id=UUID(said["customer_id"]),
            media=said.get("media") or ("email",),
            template=said["template"],
            written_at=datetime.fromisoformat(said["written_at"]),
            cause=Cause.model_validate(said["cause"]) if said["cause"] else None,
            link=said.get("link"),
            purpose=said.get("purpose") or SERVICE,
            urgent=said.get("urgent", False),
            sender=said.get("sender"),
            values=said.get("values") or {},
            questionnaire=said.get("questionnaire"),
            handed_over=HandedOver.of(said),
        )

    @property
    def line(self) -> str:
        """The place in the line of the customer's messages, with the id."""
        return self.written_at.astimezone(UTC).isoformat(timespec="microseconds")
