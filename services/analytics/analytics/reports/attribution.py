"""Attribution: which touches of a customer the money is owed to, by five models side by side."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from analytics.reports.filters import Asked
from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import RECEIPT

Model = Literal["first", "last", "linear", "position", "time_decay"]


class AttributionRow(Row):
    """A channel in one currency. Of every model the column's sum is all that was received in the period."""

    channel: str | None = Field(description="Code of the channel; null: paid by customers without a request before.")
    currency: str = Field(description="Currency (ISO 4217).")
    first: Decimal = Field(description="Credit if all belongs to the customer's first touch.")
    last: Decimal = Field(description="Credit if all belongs to the last touch before the payment.")
    linear: Decimal = Field(description="Credit if all touches before the payment have equal shares.")
    position: Decimal = Field(
        description="Credit if the first and the last touch have 40 % each and those between them share 20 %; two "
        "touches have a half each."
    )
    time_decay: Decimal = Field(
        description="Credit if a touch's share halves with every `half_life_days` before payment."
    )
    cost: Decimal = Field(description="What was spent on the channel in the days of the period.")
    roi_percent: float | None = Field(description="(credit by the chosen `model` - cost) / cost, percent.")


class Attribution(Answer[AttributionRow]):
    """Payments less refunds **received** in the period, shared out over all touches of the customer before the payment.

    Merged cards are one customer. Each payment is shared to the last minor unit, so that nothing is lost by rounding.
    A refund takes back what its payment had given, on the day of the refund.
    """


class AttributionAsked(Asked):
    """Also the model that the return is computed by, and how fast touches fade."""

    model: Model = Field("linear", description="Model by which `roi_percent` is computed.")
    half_life_days: float = Field(
        7, ge=0.1, le=3650, description="Days in which a touch's weight halves (`time_decay`)."
    )


ATTRIBUTION = Report(
    "attribution",
    Attribution,
    AttributionAsked,
    rolled=RECEIPT,
    rolled_by=("direction", "pipeline"),
    looks_up=False,
)
