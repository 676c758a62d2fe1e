"""What the deals service says, a module per subject. Money is a decimal string and an ISO 4217 code, never a float."""

from events.contracts.deals.deal import (
    DealLost,
    DealOpened,
    DealReassigned,
    DealReopened,
    DealStageChanged,
    DealValueChanged,
    DealWon,
    StageKind,
)
from events.contracts.deals.lines import DealLinesChanged, Discount, Line, Totals
from events.contracts.deals.money import Money
from events.contracts.deals.payments import PaymentMatched, PaymentReceived

__all__ = [
    "DealLinesChanged",
    "DealLost",
    "DealOpened",
    "DealReassigned",
    "DealReopened",
    "DealStageChanged",
    "DealValueChanged",
    "DealWon",
    "Discount",
    "Line",
    "Money",
    "PaymentMatched",
    "PaymentReceived",
    "StageKind",
    "Totals",
]
