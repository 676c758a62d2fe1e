"""What came of a request of automation."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from events.contracts.cause import Cause
from events.event import Event

Outcome = Literal["done", "unchanged", "refused"]


class DealRequestAnswered(Event):
    """A request of automation was obeyed, was so already, or was refused for a reason; each is answered once.

    ``request`` is the type of the request, ``code`` the stable name of the rule that refused and ``reason`` its words.
    ``deal_id``, ``document_id`` and ``invoice_id`` are what was made or changed.
    """

    type: ClassVar[str] = "deal.request-answered.v1"

    request_id: UUID
    request: str
    outcome: Outcome
    code: str | None = None
    reason: str | None = None
    deal_id: UUID | None = None
    customer_id: UUID | None = None
    document_id: UUID | None = None
    invoice_id: UUID | None = None
    cause: Cause | None = None
