"""What the API of messages and templates takes and answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from events.contracts.automation import Cause, MessageText
from events.inputs import Input
from pydantic import BaseModel, ConfigDict, Field

State = Literal["requested", "sent", "failed", "unconfirmed"]
Variable = Annotated[str, Field(max_length=80, examples=["link", "values.number"])]


class Message(BaseModel):
    """A message to a customer; its text and address are not kept. `reason` is a code: why it failed."""

    message_id: UUID
    customer_id: UUID
    medium: str = Field(description="The one it was sent by; before that the first of those wanted.")
    template: str
    purpose: str
    state: State = Field(description="`unconfirmed`: handed over, and nobody learnt whether the provider took it.")
    reason: str | None = Field(examples=["no_email", "unsubscribed", "recipient_refused", "customer_erased"])
    attempts: int | None
    cause: Cause | None = Field(description="The rule and the event behind it.")
    requested_at: datetime
    settled_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    replied_at: datetime | None
    bounced_at: datetime | None
    bounce_code: str | None
    unsubscribed_at: datetime | None


class MessagePage(BaseModel):
    """A page of messages, oldest first; `next` is the cursor of the following page."""

    messages: list[Message]
    next: str | None = None


class Again(BaseModel):
    """The message that says the same; it is sent as any is, if the customer may still be written to."""

    message_id: UUID


class WrittenText(MessageText):
    """What a template is to say in one language; what is not declared is refused."""

    model_config = ConfigDict(extra="forbid")


class SavingTemplate(Input):
    """A version of a template: its texts by language, and the variables without which nothing is sent."""

    title: str = Field(min_length=1, max_length=200)
    texts: dict[Literal["ru", "en"], WrittenText] = Field(min_length=1)
    requires: tuple[Variable, ...] = Field((), max_length=20)


class SavedTemplate(BaseModel):
    """The version that holds now; `changed` is false where it says nothing new."""

    name: str
    version: int
    changed: bool


class Template(BaseModel):
    """A template; one without a version stands in a file."""

    name: str
    title: str
    version: int | None
    texts: Mapping[str, MessageText]
    requires: list[str]
    saved_at: datetime | None = None
    saved_by: str | None = None
    retired: bool = False


class TemplateList(BaseModel):
    """The templates there are, by name."""

    templates: list[Template]


class Previewing(Input):
    """A text and sample values to try it with."""

    text: WrittenText
    requires: tuple[Variable, ...] = Field((), max_length=20)
    name: str | None = Field("Anna", max_length=200)
    company: str = Field("", max_length=200)
    link: str | None = Field("https://example.com/offer", max_length=2_000)
    unsubscribe: str | None = Field("https://example.com/unsubscribe", max_length=2_000)
    values: dict[str, str] = Field(default_factory=dict, max_length=20)


class Preview(BaseModel):
    """What the customer would be sent; `missing` are required variables for want of which he would not."""

    subject: str | None
    body: str | None
    short: str | None
    whatsapp_places: list[str] | None
    missing: list[str]
