"""What lines do to a deal: while it has some, its value is what they come to."""

from __future__ import annotations

from collections.abc import Sequence

from events.contracts.deals import DealLinesChanged, DealValueChanged, Money
from events.decider import Rejected
from events.event import Event

from deals.deal.orders import SetLines
from deals.deal.states import Deal


def has_lines(command: SetLines, deal: Deal) -> bool:
    """Whether the deal's lines are these already."""
    return (command.priced.lines, command.priced.discount) == (deal.lines, deal.discount)


def lines_set(command: SetLines, deal: Deal) -> Sequence[Event]:
    """The deal's lines as they are to be, and its value. Without lines the value stays, to be said by hand again.

    Refuses with ``lines_in_other_currency``.
    """
    priced = command.priced
    if priced.lines and priced.totals.currency != deal.value.currency:
        raise Rejected("lines_in_other_currency", f"The deal is in {deal.value.currency}.")
    if has_lines(command, deal):
        return ()
    changed = DealLinesChanged(
        deal_id=deal.deal_id,
        customer_id=deal.customer_id,
        lines=priced.lines,
        discount=priced.discount,
        totals=priced.totals if priced.lines else None,
        quote_id=command.quote_id,
    )
    if not priced.lines or priced.value == deal.value:
        return (changed,)
    return (changed, DealValueChanged(deal_id=deal.deal_id, customer_id=deal.customer_id, value=priced.value))


def check_value(value: Money | None, deal: Deal) -> None:
    """Refuses with ``value_of_lines`` a value by hand that is not what the lines come to."""
    if deal.lines and value is not None and value != deal.value:
        raise Rejected("value_of_lines", "The deal has lines, and its value is what they come to: change the lines.")
