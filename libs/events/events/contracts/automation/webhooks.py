"""Other systems that are told: their endpoints, and the calls that rules make. Addresses may hold tokens: only the host
is said.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from uuid import UUID

from events.contracts.cause import Cause
from events.event import Event


class WebhookConfigured(Event):
    """An endpoint was set up or changed, and is enabled: the whole of it, but for its address and secret.

    ``types`` are types of events, ``deal.*`` for all of a subject, ``*`` for all; no ``directions``: all lines of
    business. With ``personal`` sealed fields are opened for it, without they are left out.
    """

    type: ClassVar[str] = "webhook.configured.v1"

    code: str
    host: str
    types: tuple[str, ...]
    directions: tuple[str, ...] = ()
    personal: bool = False
    description: str = ""


class WebhookSecretRotated(Event):
    """A new secret signs; the one before signs beside it for a day."""

    type: ClassVar[str] = "webhook.secret-rotated.v1"

    code: str
    number: int


class WebhookEnabled(Event):
    """Events that are recorded from now on are sent again."""

    type: ClassVar[str] = "webhook.enabled.v1"

    code: str


class WebhookDisabled(Event):
    """Nothing is sent any more: ``by_hand``, ``failing`` (no good answer for days), ``gone`` (it answered 410)."""

    type: ClassVar[str] = "webhook.disabled.v1"

    code: str
    host: str
    reason: Literal["by_hand", "failing", "gone"]


class WebhookRemoved(Event):
    """The endpoint, its address and its secrets are no more."""

    type: ClassVar[str] = "webhook.removed.v1"

    code: str


class WebhookCallRequested(Event):
    """A rule calls an endpoint. ``content`` are the values that the rule takes from its trigger, none sealed."""

    type: ClassVar[str] = "webhook_call.requested.v1"

    request_id: UUID
    endpoint: str
    content: dict[str, Any]
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause


class WebhookCallDelivered(Event):
    """The endpoint answered the rule's call well: ``status`` is that of HTTP."""

    type: ClassVar[str] = "webhook_call.delivered.v1"

    request_id: UUID
    endpoint: str
    status: int
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause


class WebhookCallFailed(Event):
    """The rule's call was given up; ``reason`` is a code: ``no_endpoint``, ``endpoint_disabled``, ``gave_up`` …"""

    type: ClassVar[str] = "webhook_call.failed.v1"

    request_id: UUID
    endpoint: str
    reason: str
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause
