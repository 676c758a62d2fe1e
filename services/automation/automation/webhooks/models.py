"""Webhooks as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from events.event import REGISTRY
from events.inputs import Input, Moment
from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Code = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["warehouse"])]
DeliveryState = Literal["pending", "delivered", "failed", "skipped"]
_SUBJECTS = frozenset(name.partition(".")[0] for name in REGISTRY)


def _known(name: str) -> str:
    subject, _, rest = name.partition(".")
    if name == "*" or name in REGISTRY or (rest == "*" and subject in _SUBJECTS):
        return name
    raise ValueError("is no type of event, no `<subject>.*` and not `*`")


EventType = Annotated[str, AfterValidator(_known), Field(max_length=80)]


class ConfigureWebhook(Input):
    """An endpoint, whole: what is left out has its default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://erp.example.com/hooks/voronka", "types": ["deal.won.v1", "payment.*"]}]
        }
    )

    url: str = Field(max_length=2_000, description="https, a public host; it is told to nobody but who may set it.")
    types: list[EventType] = Field(min_length=1, max_length=200, description="Types of events, `deal.*`, or `*`.")
    directions: list[str] = Field([], max_length=100, description="Lines of business; empty: all.")
    personal: bool = Field(
        False, description="Open names, phones and texts for it; who sets that needs `customers:read` too."
    )
    description: str = Field("", max_length=500)


class WebhookCard(BaseModel):
    """An endpoint. `reason` says why it is disabled: `by_hand`, `failing` (five days without a good answer), `gone`."""

    code: str
    version: int = Field(description="For `If-Match`.")
    state: Literal["enabled", "disabled"]
    reason: str | None
    url: str
    types: list[str]
    directions: list[str]
    personal: bool
    description: str
    since: datetime = Field(description="Events recorded from then on are sent.")
    failing_since: datetime | None
    last_success_at: datetime | None
    pending: int = Field(description="Messages that wait to be sent.")


class WebhookSecret(WebhookCard):
    """An endpoint with the secret that was just made for it: it is shown this once."""

    secret: str | None = Field(None, description="`whsec_…`; verify with any library of Standard Webhooks.")


class Attempt(BaseModel):
    """A call. `error` says why there is no status."""

    sending: int
    attempt: int
    at: datetime
    status: int | None
    error: str | None
    seconds: float


class Delivery(BaseModel):
    """A message for an endpoint; `delivery_id` is its `webhook-id`."""

    delivery_id: UUID
    event_id: UUID
    type: str
    customer_id: UUID | None
    state: DeliveryState
    reason: str | None
    sendings: int
    created_at: datetime
    settled_at: datetime | None
    attempts: list[Attempt] = []


class DeliveryPage(BaseModel):
    """A page of deliveries, newest first; `next` is the cursor of the following page."""

    deliveries: list[Delivery]
    next: str | None = None


class SendAgain(Input):
    """Which failed deliveries are to be sent again: those of a time. At most 10,000, the oldest first."""

    since: Moment
    until: Moment | None = None


class SentAgain(BaseModel):
    """How many deliveries are on their way again."""

    deliveries: int
