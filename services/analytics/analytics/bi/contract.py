"""The contract of the schema ``bi``: every view and column with its type and meaning, and how views are joined.

``contract.txt`` is what the database says of itself; a test compares the two. Columns are only added within a view's
life: what must be otherwise is a new view (``fct_leads_v2``), and the old one stays for two minor releases.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CONTRACT = Path(__file__).parent / "contract.txt"

SUBJECTS = {
    "customer_id": "dim_customer",
    "deal_id": "fct_deals",
    "interaction_id": "fct_interactions",
    "invoice_id": "fct_invoices",
    "lead_id": "fct_leads",
    "marketing_event_id": "dim_marketing_event",
    "message_id": "fct_messages",
    "organisation_id": "dim_organisation",
    "payment_id": "fct_payments",
    "product_id": "dim_product",
    "task_id": "fct_tasks",
}
"""Column -> the view that has one row for each of its values: views join by columns of the same name."""

KEYS: dict[str, tuple[str, ...]] = {
    "dim_campaign": ("channel", "campaign"),
    "dim_channel": ("channel",),
    "dim_date": ("date",),
    "dim_department": ("department",),
    "dim_direction": ("direction",),
    "dim_field": ("subject", "field"),
    "dim_loss_reason": ("pipeline", "lost_reason"),
    "dim_manager": ("manager_id",),
    "dim_organisation_person": ("organisation_id", "customer_id"),
    "dim_pipeline": ("pipeline",),
    "dim_pipeline_stage": ("pipeline", "stage"),
    "fct_ad_spend": ("spend_id",),
    "fct_automation_runs": ("run_id",),
    "fct_call_list_calls": ("entry_id", "change_number"),
    "fct_call_requests": ("command_id",),
    "fct_customer_assignments": ("customer_id", "change_number"),
    "fct_customer_consents": ("customer_id", "change_number"),
    "fct_customer_merges": ("customer_id", "change_number"),
    "fct_deal_assignments": ("deal_id", "change_number"),
    "fct_deal_lines": ("deal_id", "change_number", "line_number"),
    "fct_deal_offers": ("offer_id",),
    "fct_deal_stage_changes": ("deal_id", "change_number"),
    "fct_deal_values": ("deal_id", "change_number"),
    "fct_delivery_reports": ("delivery_id", "change_number"),
    "fct_field_values": ("subject_id", "field", "value"),
    "fct_lead_events": ("lead_id", "change_number"),
    "fct_marketing_event_results": ("marketing_event_id", "change_number"),
    "fct_message_events": ("message_id", "change_number"),
    "fct_participant_moves": ("participation_id", "change_number"),
    "fct_payment_allocations": ("payment_id", "change_number", "invoice_id"),
    "fct_quotes": ("quote_id", "change_number"),
    "fct_refunds": ("payment_id", "change_number"),
    "fct_rule_suppressions": ("suppression_id",),
    "fct_segment_changes": ("customer_id", "change_number"),
    "fct_sequence_changes": ("enrolment_id", "change_number"),
    "fct_site_visits": ("visitor_id", "change_number"),
    "fct_tags": ("subject_id", "tag"),
    "fct_targets": ("target_id",),
    "fct_task_changes": ("task_id", "change_number"),
    "fct_touches": ("touch_id", "lead_id"),
    "fct_work_changes": ("work_id", "change_number"),
    "freshness": ("projection", "source"),
    "reconciliation": ("check_code",),
} | {view: (column,) for column, view in SUBJECTS.items()}
"""View -> the columns that tell its rows apart."""


@dataclass(frozen=True)
class Column:
    """A column: its type and what it means, in Russian and English."""

    name: str
    type: str
    ru: str
    en: str


@dataclass(frozen=True)
class View:
    """A view of the schema."""

    name: str
    ru: str
    en: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell its rows apart."""
        return KEYS[self.name]

    @property
    def joins(self) -> dict[str, str]:
        """Column -> the view in which it is the key."""
        return {
            column.name: SUBJECTS[column.name]
            for column in self.columns
            if SUBJECTS.get(column.name, self.name) != self.name
        }

    @property
    def date(self) -> Column | None:
        """The column by which tools cut it into days: the first date, or the first time."""
        dates = [column for column in self.columns if column.type == "date"]
        times = [column for column in self.columns if column.type.startswith("timestamp")]
        return next(iter(dates + times), None)


def views(text: str | None = None) -> list[View]:
    """The views of the contract, by name."""
    blocks = (text or CONTRACT.read_text()).strip().split("\n\n")
    return [_view(*block.splitlines()) for block in blocks]


def _view(head: str, *rows: str) -> View:
    name, _, meaning = head.partition(": ")
    ru, _, en = meaning.partition(" / ")
    return View(name, ru, en, tuple(_column(row) for row in rows))


def _column(row: str) -> Column:
    left, _, meaning = row.strip().partition(": ")
    name, _, type_ = left.partition(" ")
    ru, _, en = meaning.partition(" / ")
    return Column(name, type_, ru, en)
