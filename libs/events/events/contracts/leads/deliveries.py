"""Messages to people: what their providers tell of them."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from events.event import Event

DeliveryState = Literal[
    "accepted",
    "sent",
    "delivered",
    "read",
    "opened",
    "clicked",
    "deferred",
    "failed",
    "bounced",
    "complained",
    "unsubscribed",
]


class DeliveryReported(Event):
    """The provider of a channel told what became of a message to a person; the same state may be told more than once.

    ``delivery_id`` stands for the provider's id of the message, which may hold a phone number: it is made of way in,
    source and that id. ``message_id`` is there where the id is one of ours, ``customer_id`` where message or recipient
    are known. ``reason`` is the provider's code.
    """

    type: ClassVar[str] = "delivery.reported.v1"

    delivery_id: UUID
    intake: str
    source: str
    state: DeliveryState
    reason: str | None = None
    message_id: UUID | None = None
    customer_id: UUID | None = None
