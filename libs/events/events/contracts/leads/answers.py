"""What came of a request of automation."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from events.contracts.cause import Cause
from events.event import Event


class CustomerRequestAnswered(Event):
    """A request of automation was obeyed, was so already, or was refused for a reason; each is answered once.

    ``request`` is the type of the request, ``code`` the stable name of the rule that refused and ``reason`` its words.
    """

    type: ClassVar[str] = "customer.request-answered.v1"

    request_id: UUID
    request: str
    outcome: Literal["done", "unchanged", "refused"]
    code: str | None = None
    reason: str | None = None
    customer_id: UUID
    cause: Cause | None = None


class LeadRequestAnswered(Event):
    """As ``customer.request-answered.v1``, of a request about a lead. ``customer_id`` is there if the lead is known."""

    type: ClassVar[str] = "lead.request-answered.v1"

    request_id: UUID
    request: str
    outcome: Literal["done", "unchanged", "refused"]
    code: str | None = None
    reason: str | None = None
    lead_id: UUID
    customer_id: UUID | None = None
    cause: Cause | None = None
