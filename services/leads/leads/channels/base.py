"""What every channel is: a webhook of which inquiries come out, as plain text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from events.webhooks import Webhook

Kind = Literal["form", "message", "call", "email", "lead_form", "chat", "import"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What a channel understood of one request: plain text, as given, neither normalised nor sealed yet.

    `provider_id` is the idempotency key within the source. `details` keeps every field that has no place of its own;
    it may hold personal data too. All text is free of NUL and control characters, and `details` can be written as
    JSON.
    """

    provider_id: str
    occurred_at: datetime  # business time, aware, as the provider says it
    kind: Kind
    name: str | None = field(default=None, repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    messengers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # ("telegram", "123456")
    text: str | None = field(default=None, repr=False)
    utm: Mapping[str, str] = field(default_factory=dict)  # keys without prefix: source, medium, campaign, content, term
    click_ids: Mapping[str, str] = field(default_factory=dict, repr=False)  # gclid, yclid, fbclid …
    referrer: str | None = field(default=None, repr=False)
    landing_page: str | None = field(default=None, repr=False)
    wanted_call_at: datetime | None = None
    is_test: bool = False
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Channel(Webhook[Inquiry], Protocol):
    """One way by which inquiries come."""
