"""What is written to customers."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.cause import Cause
from events.event import Event
from events.sealed import Sealed

Unsubscribing = Literal["link", "one_click", "complaint", "reported"]
"""The page of the link, the button of the mail program (RFC 8058), a complaint of spam, or the provider told."""


class MessageRequested(Event):
    """A rule decided to write to the customer; a worker will send it once. ``link`` is an address that it tells.

    ``medium`` is the first of ``media``, which are tried in this order; without ``media`` it is the only one. Without
    ``purpose`` it is of service, which needs no consent. What is ``urgent`` waits for no hour and counts for no cap.
    ``values`` are what the template tells of the trigger, as texts; none of it is personal. Its link leads to the
    questions of ``questionnaire``. A person ordered it where it ``repeats`` a message that was not confirmed.
    """

    type: ClassVar[str] = "message.requested.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    cause: Cause | None = None
    link: Sealed[str] | None = None
    media: tuple[str, ...] | None = None
    purpose: str | None = None
    urgent: bool | None = None
    sender: str | None = None
    values: dict[str, str] | None = None
    questionnaire: str | None = None
    repeats: UUID | None = None


class MessageSent(Event):
    """The provider accepted the message; ``message_id`` was the idempotency key.

    ``delivery_id`` is that of the provider's reports on it, where they name it by an id of the provider's own.
    """

    type: ClassVar[str] = "message.sent.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    attempts: int = 1
    cause: Cause | None = None
    template_version: int | None = None
    delivery_id: UUID | None = None


class MessageFailed(Event):
    """The message will not be sent; ``reason`` is a code without personal data."""

    type: ClassVar[str] = "message.failed.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    reason: str
    cause: Cause | None = None


class MessageUnconfirmed(Event):
    """The message was handed over, and nobody learnt whether the provider took it: the answer was lost, or we died.

    It is not handed over again, for this provider knows no repeats. If he reports on it later, that follows.
    """

    type: ClassVar[str] = "message.unconfirmed.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    handed_over_at: datetime
    cause: Cause | None = None


class MessageDelivered(Event):
    """The message reached the mailbox or the telephone, as its provider tells; told once."""

    type: ClassVar[str] = "message.delivered.v1"

    message_id: UUID
    customer_id: UUID
    medium: str


class MessageBounced(Event):
    """The message was taken and came back. ``code`` is the provider's, of letters that of RFC 3463 (``5.1.1``).

    ``purpose`` is the message's.
    """

    type: ClassVar[str] = "message.bounced.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    code: str | None = None
    purpose: str | None = None


class MessageReplied(Event):
    """The recipient answered the message himself; told once, and the answer is not in it."""

    type: ClassVar[str] = "message.replied.v1"

    message_id: UUID
    customer_id: UUID
    medium: str


class MessageUnsubscribed(Event):
    """The recipient wants no more messages for this purpose by this medium; told once for each message."""

    type: ClassVar[str] = "message.unsubscribed.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    purpose: str
    how: Unsubscribing


class MessageOpened(Event):
    """The recipient opened the message, once or again; providers tell, or a picture in the letter was fetched.

    With ``by_machine`` a program is thought to have fetched it, before a person could.
    """

    type: ClassVar[str] = "message.opened.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    by_machine: bool | None = None


class MessageClicked(Event):
    """The recipient followed a link of the message; ``link`` is its place in the text, from 1 on, not an address.

    With ``by_machine`` a program is thought to have followed it, before a person could.
    """

    type: ClassVar[str] = "message.clicked.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    link: str | None = None
    by_machine: bool | None = None


class MessageText(BaseModel):
    """What a template says in one language: a letter (``subject``, ``body``), a ``short`` message, or both.

    All are Liquid. Where WhatsApp is only allowed to send what it approved, ``whatsapp`` names that, and
    ``whatsapp_parameters`` are the variables that fill its places, in order.
    """

    model_config = ConfigDict(frozen=True)

    subject: str | None = None
    body: str | None = None
    short: str | None = None
    whatsapp: str | None = None
    whatsapp_parameters: tuple[str, ...] = ()


class MessageTemplateSaved(Event):
    """A template has these texts, by language, from now on; what was decided before is said in the older version's.

    ``requires`` are variables without which nothing is sent.
    """

    type: ClassVar[str] = "message_template.saved.v1"

    template_id: UUID
    name: str
    title: str
    version: int
    texts: dict[str, MessageText]
    requires: tuple[str, ...] = ()


class MessageTemplateRetired(Event):
    """No new rule may name the template; those that name it are still said in its last version."""

    type: ClassVar[str] = "message_template.retired.v1"

    template_id: UUID
    name: str
