"""What is written to customers."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from events.contracts.automation.cause import Cause
from events.event import Event
from events.sealed import Sealed


class MessageRequested(Event):
    """A rule decided to write to the customer; a worker will send it once. ``link`` is an address that it tells."""

    type: ClassVar[str] = "message.requested.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    cause: Cause | None = None
    link: Sealed[str] | None = None


class MessageSent(Event):
    """The provider accepted the message; ``message_id`` was the idempotency key."""

    type: ClassVar[str] = "message.sent.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    attempts: int = 1
    cause: Cause | None = None


class MessageFailed(Event):
    """The message will not be sent; ``reason`` is a code without personal data."""

    type: ClassVar[str] = "message.failed.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    reason: str
    cause: Cause | None = None


class MessageOpened(Event):
    """The recipient opened the message, once or again; providers tell, or a picture in the letter was fetched."""

    type: ClassVar[str] = "message.opened.v1"

    message_id: UUID
    customer_id: UUID
    medium: str


class MessageClicked(Event):
    """The recipient followed a link of the message; ``link`` is its place in the template, not an address."""

    type: ClassVar[str] = "message.clicked.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    link: str | None = None
