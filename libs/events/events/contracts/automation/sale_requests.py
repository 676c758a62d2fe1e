"""What automation asks of deals about products, invoices and notes; deals decides, and answers once.

The answer is ``deal.request-answered.v1``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.cause import Cause
from events.event import Event


class WantedLine(BaseModel):
    """A product of the catalogue by its code; the price is that of the catalogue where none is given."""

    model_config = ConfigDict(frozen=True)

    product: str
    quantity: Decimal
    price: Decimal | None = None
    discount_percent: Decimal | None = None


class DealLinesRequested(Event):
    """Lines of the products ``remove`` are to go, and those of ``add`` to come after the ones that stay."""

    type: ClassVar[str] = "deal.lines-requested.v1"

    request_id: UUID
    deal_id: UUID
    add: tuple[WantedLine, ...] = ()
    remove: tuple[str, ...] = ()
    price_list: str | None = None
    cause: Cause


class InvoiceIssueRequested(Event):
    """An invoice for the deal: from its lines (``kind``, ``percent`` as people say them), or for one ``amount`` in its
    currency under a ``title``. To be paid within so many days after the request.
    """

    type: ClassVar[str] = "invoice.issue-requested.v1"

    request_id: UUID
    deal_id: UUID
    kind: Literal["full", "prepayment", "final"] = "full"
    percent: Decimal | None = None
    due_in_days: int
    amount: Decimal | None = None
    title: str | None = None
    tax_rate: Decimal | None = None
    series: str = "default"
    cause: Cause


class DealClosingRequested(Event):
    """The deal is to be won at the value that it has, or lost for a ``reason`` of its pipeline's list; ``comment`` are
    the words of the rule, with values that are not sealed; deals seals them.
    """

    type: ClassVar[str] = "deal.closing-requested.v1"

    request_id: UUID
    deal_id: UUID
    outcome: Literal["won", "lost"]
    reason: str | None = None
    comment: str | None = None
    cause: Cause


class DealNoteRequested(Event):
    """A note is to stand in the deal's history. ``text`` are the words of the rule, with values that are not sealed;
    deals seals it.
    """

    type: ClassVar[str] = "deal.note-requested.v1"

    request_id: UUID
    deal_id: UUID
    text: str
    cause: Cause
