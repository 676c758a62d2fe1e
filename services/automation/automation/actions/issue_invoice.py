"""The action that has an invoice issued."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from events.contracts.automation import InvoiceIssueRequested
from events.event import Event
from pydantic import Field

from automation.actions.asking import asked, lacking, number, path_faults
from automation.actions.effect import Effect, Firing, Known, Timed
from automation.parts import Title


class IssueInvoice(Timed):
    """Asks deals for an invoice of the trigger's deal, to be paid within ``due_in_days``: from its lines (``full``, a
    ``prepayment`` of so many ``percent``, or ``final``: what is left), or for one ``amount`` in the deal's currency
    under a ``title``: a number, or the path of one (``value.amount``, ``computed.fee``).
    """

    do: Literal["issue_invoice"]
    due_in_days: int = Field(ge=0, le=365)
    kind: Literal["full", "prepayment", "final"] = "full"
    percent: Decimal | None = Field(None, gt=0, le=100, max_digits=5, decimal_places=2)
    amount: Decimal | str | None = Field(None, union_mode="left_to_right")
    title: Title | None = None
    tax_rate: Decimal | None = Field(None, ge=0, le=100, max_digits=5, decimal_places=2)
    series: str = Field("default", pattern=r"^[a-z][a-z0-9_-]{0,39}$")

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a deal; a share or an amount that says too little or too much."""
        yield from lacking(event, "deal")
        if (self.percent is not None) != (self.kind == "prepayment" and self.amount is None):
            yield ".percent: of a prepayment from the deal's lines, and of nothing else, say how many percent"
        if (self.amount is None) != (self.title is None):
            yield ".title: an amount needs a title, and only an amount"
        if self.tax_rate is not None and self.amount is None:
            yield ".tax_rate: lines have their own"
        if isinstance(self.amount, str):
            yield from path_faults(".amount", self.amount, event, known)
        elif self.amount is not None and self.amount <= 0:
            yield ".amount: must be more than nothing"

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        deal_id = firing.subject("deal_id")
        if deal_id is None:
            return firing.suppressed("no_deal")
        request = InvoiceIssueRequested(
            request_id=firing.effect_id,
            deal_id=deal_id,
            kind=self.kind,
            percent=self.percent,
            due_in_days=self.due_in_days,
            amount=self._amount(firing),
            title=self.title.in_(firing.language) if self.title else None,
            tax_rate=self.tax_rate,
            series=self.series,
            cause=firing.cause,
        )
        return asked(firing, request)

    def _amount(self, firing: Firing) -> Decimal | None:
        """To the hundredth, half up, where it was reckoned."""
        if not isinstance(self.amount, str):
            return self.amount
        return Decimal(str(number(firing, self.amount))).quantize(Decimal("0.01"), ROUND_HALF_UP)
