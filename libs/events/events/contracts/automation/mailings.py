"""Mailings: one message to many customers, a portion a minute."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.event import Event


class MailingPrepared(Event):
    """A mailing was written; nothing is sent yet. ``where`` adds whoever it holds for when the mailing starts, and
    ``list_id`` whoever is on that list then.

    ``media`` stand in order of preference. Without ``purpose`` the mailing is of service, which needs no consent.
    """

    type: ClassVar[str] = "mailing.prepared.v1"

    mailing_id: UUID
    title: str
    template: str
    media: tuple[str, ...]
    per_minute: int
    purpose: str | None = None
    where: str | None = None
    list_id: UUID | None = None


class MailingStarted(Event):
    """It is sent from ``at`` on; nobody is added by hand any more."""

    type: ClassVar[str] = "mailing.started.v1"

    mailing_id: UUID
    at: datetime


class MailingPortionRequested(Event):
    """The messages of a portion were requested: to those who follow ``after``, in the order of ids, up to ``until``."""

    type: ClassVar[str] = "mailing.portion-requested.v1"

    mailing_id: UUID
    after: UUID
    until: UUID
    messages: int


class MailingStopped(Event):
    """Nothing more of it is sent; what was handed over to a provider before is not called back. A ``reason``
    is given where nobody stopped it: why its list could not be read (``code`` of ``list.reading-refused.v1``).
    """

    type: ClassVar[str] = "mailing.stopped.v1"

    mailing_id: UUID
    reason: str | None = None


class MailingFinished(Event):
    """A message was requested for each of its recipients."""

    type: ClassVar[str] = "mailing.finished.v1"

    mailing_id: UUID
    recipients: int
