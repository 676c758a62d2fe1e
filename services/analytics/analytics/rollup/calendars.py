"""What the rollup is made of: tables of parts, by the day on which a lead was captured or anything happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """A table of the rollup: the relation that its rows are, in these ``forms``; a row of a month has its first day."""

    name: str
    relation: str
    forms: tuple[str, ...]
    is_by_month: bool = False


@dataclass(frozen=True)
class Calendar:
    """Parts that are cut by the same days, and become stale by the same notes.

    ``parts``: table -> the relation that its rows are, the same that a report reads of the facts. ``subjects``: what
    may be noted; ``days/<name>.sql`` tells which days it concerns. ``facts``: the forms of the relations that the parts
    are made of. ``reaches_back``: reports ask for days outside their period too. ``sums`` and ``months``: table -> the
    relation that adds up kept parts, those of a day by fewer keys, and those of a month for reports that read all days.
    """

    name: str
    parts: Mapping[str, str]
    subjects: tuple[str, ...]
    facts: tuple[str, ...] = ("now",)
    reaches_back: bool = True
    sums: dict[str, str] = field(default_factory=dict)
    months: dict[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> Iterator[Table]:
        """All of them, each after those that it is made of."""
        for name, relation in self.parts.items():
            yield Table(name, relation, (*self.facts, "days"))
        for name, relation in (self.sums | self.months).items():
            yield Table(name, relation, ("kept", *self.facts, "days"), name in self.months)


CAPTURE = Calendar(
    "capture",
    {
        "rolled_requests": "request_parts",
        "rolled_leads": "lead_parts",
        "rolled_deals": "deal_parts",
        "rolled_money": "money_parts",
        "rolled_stages": "stage_parts",
    },
    ("lead", "deal", "payment"),
    ("told",),
    reaches_back=False,
    sums={"rolled_cohorts": "cohort_parts", "rolled_steps": "step_parts", "rolled_stays": "stay_parts"},
)
"""Leads by the day on which they were captured and the stages of their deals; requests by their own."""

HAPPENING = Calendar(
    "happening",
    {
        "rolled_happenings": "happened_parts",
        "rolled_contacts": "contact_parts",
        "rolled_reached": "reached_parts",
        "rolled_planned": "planned_parts",
        "rolled_answers": "answer_parts",
        "rolled_loads": "load_parts",
        "rolled_done": "done_parts",
        "rolled_closings": "closing_parts",
        "rolled_earnings": "earning_parts",
        "rolled_payers": "payer_parts",
        "rolled_paths": "path_parts",
        "rolled_losses": "loss_parts",
        "rolled_sales": "sale_parts",
    },
    ("lead", "assignment", "deal", "terms", "payment", "contact", "task", "customer", "card"),
)
"""What happened, each by its own day; leads by the day on which they were captured, with when they reached what."""

REGISTRATION = Calendar("registration", {"rolled_customers": "customer_parts"}, ("customer", "card", "deal"))
"""Customers by the day on which they were registered."""

DUE = Calendar(
    "due", {"rolled_invoices": "invoice_parts"}, ("invoice", "deal"), months={"rolled_delays": "delay_months"}
)
"""Invoices by the day until which they are to be paid."""

MAILING = Calendar("mailing", {"rolled_messages": "message_parts"}, ("message", "customer"))
"""Messages by the day on which they were asked for."""

PURCHASE = Calendar(
    "purchase", {"rolled_purchases": "purchase_parts", "rolled_pauses": "pause_parts"}, ("deal", "payment", "card")
)
"""What persons paid by day, and how long nobody who paid on a day paid again."""

SEGMENT = Calendar(
    "segment",
    {"rolled_members": "member_parts", "rolled_moves": "move_parts", "rolled_brought": "brought_parts"},
    ("segment", "customer", "card", "deal", "payment"),
)
"""Customers in segments by the day on which they were registered; changes and money by their own."""

RECEIPT = Calendar(
    "receipt",
    {"rolled_credits": "credit_parts", "rolled_splits": "split_parts", "rolled_takings": "taking_parts"},
    ("payment", "deal", "terms", "lead", "card"),
)
"""Money by the day on which it was received or given back."""

OPENING = Calendar(
    "opening",
    {"rolled_open": "open_parts", "rolled_expected": "expected_parts", "rolled_won": "won_parts"},
    ("deal", "terms"),
    months={"rolled_open_months": "open_months"},
)
"""Deals by the days on which they were opened, are expected to be concluded, and were won."""

EVENT = Calendar("event", {"rolled_events": "event_parts"}, ("event", "card"), reaches_back=False)
"""Marketing events by the day on which they began, or are planned to."""

ASKING = Calendar(
    "asking",
    {"rolled_needs": "need_parts", "rolled_demand": "demand_parts"},
    ("lead", "deal", "terms", "trait", "card"),
    reaches_back=False,
)
"""What persons asked for by the day on which their leads were captured and their deals opened, and those deals."""

BUYING = Calendar(
    "buying",
    {"rolled_buyers": "buyer_parts"},
    ("payment", "lead", "deal", "terms", "trait", "customer", "card"),
    reaches_back=False,
    sums={"rolled_traits": "trait_parts"},
)
"""Who paid by day, with all that is known of him."""

CALENDARS = (
    CAPTURE, HAPPENING, REGISTRATION, DUE, MAILING, PURCHASE, SEGMENT, RECEIPT, OPENING, EVENT, ASKING, BUYING,
)  # fmt: skip
