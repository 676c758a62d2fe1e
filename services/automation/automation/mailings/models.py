"""Mailings as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from events.inputs import Input
from pydantic import AwareDatetime, BaseModel, Field

from automation.lists.asking import ListReading
from automation.mailings.domain import MailingState
from automation.messages.media import MediumName
from automation.parts import Slug

RecipientState = Literal["waiting", "requested", "sent", "failed", "unconfirmed"]


class NewMailing(Input):
    """One message to many. Recipients are added by hand, by a list, by `where`, or all of these; everybody gets it
    once.
    """

    title: str = Field(min_length=1, max_length=200, description="For people; no personal data.")
    template: Slug
    media: tuple[MediumName, ...] = Field(("email",), min_length=1, max_length=4, description="In order of preference.")
    purpose: Slug = Field("marketing", description="`service` needs no consent; for any other it must be there.")
    per_minute: int = Field(500, ge=1, le=10_000, description="How many messages are requested in a minute.")
    where: str | None = Field(
        None,
        min_length=1,
        max_length=4_000,
        description="A condition in CEL over `customer` and `earlier`: whoever it holds for at the start is added.",
        examples=["customer.segment == 'gold' && 'vip' in customer.tags"],
    )
    list_id: UUID | None = Field(
        None,
        description="A list of the leads service: whoever is on it at the start is added. Who comes to it later is "
        "not, who leaves it later stays. Where it cannot be read, the mailing is stopped.",
    )


class Recipients(Input):
    """Customers to be written to."""

    customer_ids: list[UUID] = Field(min_length=1, max_length=1_000)


class Added(BaseModel):
    """How many were not there before, and how many there are."""

    added: int
    recipients: int


class Starting(Input):
    """When it begins; at once without."""

    at: AwareDatetime | None = None


class Mailing(BaseModel):
    """A mailing in the list."""

    mailing_id: UUID
    title: str
    template: str
    state: MailingState
    prepared_at: datetime


class MailingPage(BaseModel):
    """Mailings, newest first."""

    mailings: list[Mailing]
    next: str | None = Field(None, description="Cursor of the next page.")


class Progress(BaseModel):
    """What became of the recipients. What was opened, clicked and so on is among the sent."""

    recipients: int
    waiting: int = Field(description="Not their turn yet; of a stopped mailing: never.")
    requested: int = Field(description="On the way to the provider: quiet hours and rates are kept.")
    sent: int
    failed: int = Field(description="No address, no consent, refused, stopped …: each recipient tells which.")
    unconfirmed: int = Field(description="Handed over, and nobody learnt whether the provider took it.")
    opened: int
    clicked: int
    replied: int
    bounced: int
    unsubscribed: int


class MailingDetails(BaseModel):
    """A mailing as it stands."""

    mailing_id: UUID
    title: str
    template: str
    media: tuple[str, ...]
    purpose: str
    per_minute: int
    where: str | None
    list_id: UUID | None
    list_reading: ListReading | None = Field(description="How far the list was read; null before the start.")
    over_limit: int = Field(description="Customers of whom `where` was not asked, for that could cost too much.")
    faults: list[str] = Field(description="What is wrong with a draft as things are now; it does not start with any.")
    state: MailingState
    version: int
    starts_at: datetime | None
    progress: Progress


class Recipient(BaseModel):
    """A customer of a mailing, and his message."""

    customer_id: UUID
    message_id: UUID
    state: RecipientState
    reason: str | None


class RecipientPage(BaseModel):
    """Recipients in the order in which they are written to."""

    recipients: list[Recipient]
    next: UUID | None = Field(None, description="Give it as `after`.")
