"""What the deals service says, a module per subject. Money is a decimal string and an ISO 4217 code, never a float."""

from events.contracts.deals import work
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
from events.contracts.deals.imports import DealHistoryRefused
from events.contracts.deals.invoices import CancelReason, InvoiceCancelled, InvoiceIssued, InvoiceKind, InvoiceOverdue
from events.contracts.deals.lines import DealLinesChanged, Discount, Line, Totals
from events.contracts.deals.money import Money
from events.contracts.deals.payments import (
    PaymentAllocated,
    PaymentDeallocated,
    PaymentMatched,
    PaymentReceived,
    PaymentRefunded,
    RefundedShare,
)
from events.contracts.deals.targets import TargetChanged, TargetOwnerKind, TargetSet, TargetWithdrawn

__all__ = [
    "CancelReason",
    "DealHistoryRefused",
    "DealLinesChanged",
    "DealLost",
    "DealOpened",
    "DealReassigned",
    "DealReopened",
    "DealStageChanged",
    "DealValueChanged",
    "DealWon",
    "Discount",
    "InvoiceCancelled",
    "InvoiceIssued",
    "InvoiceKind",
    "InvoiceOverdue",
    "Line",
    "Money",
    "PaymentAllocated",
    "PaymentDeallocated",
    "PaymentMatched",
    "PaymentReceived",
    "PaymentRefunded",
    "RefundedShare",
    "StageKind",
    "TargetChanged",
    "TargetOwnerKind",
    "TargetSet",
    "TargetWithdrawn",
    "Totals",
    "work",
]
