"""Events that came in late: how many happened by a moment and were recorded after it."""

from __future__ import annotations

from collections.abc import Collection

from events.projection import Build
from events.store import Connection

from analytics.reports.filters import Filters

_OWN = "h.direction"
_LEAD = "(SELECT l.direction FROM {schema}.leads l WHERE l.lead_id = h.lead_id)"
_DEAL = "(SELECT d.direction FROM {schema}.deals d WHERE d.deal_id = h.deal_id)"
_CUSTOMER = "(SELECT c.direction FROM {schema}.customers c WHERE c.customer_id = h.customer_id)"
_TASK = f"coalesce({_DEAL}, {_LEAD}, {_CUSTOMER})"
_PAYMENT = (
    "(SELECT d.direction FROM {schema}.payments p JOIN {schema}.deals d USING (deal_id)"
    " WHERE p.payment_id = h.payment_id)"
)
_TASK_CHANGE = (
    "(SELECT coalesce(d.direction, l.direction, c.direction) FROM {schema}.tasks t"
    " LEFT JOIN {schema}.deals d USING (deal_id) LEFT JOIN {schema}.leads l ON l.lead_id = t.lead_id"
    " LEFT JOIN {schema}.customers c ON c.customer_id = t.customer_id WHERE t.task_id = h.task_id)"
)
_SUBJECT = (
    "coalesce((SELECT c.direction FROM {schema}.customers c WHERE c.customer_id = h.subject_id),"
    " (SELECT l.direction FROM {schema}.leads l WHERE l.lead_id = h.subject_id),"
    " (SELECT d.direction FROM {schema}.deals d WHERE d.deal_id = h.subject_id))"
)
_EVENT = "(SELECT e.direction FROM {schema}.marketing_events e WHERE e.marketing_event_id = h.marketing_event_id)"
_FIRM = "NULL::text"

# Table -> the key of its streams, the time at which its rows happened, and their line of business. Of a subject the row
# is made by the first event of its stream. Products, stages and lines are told together with what stands here.
_TABLES = {
    "customers": ("customer_id", "registered_at", _OWN),
    "customer_erasures": ("customer_id", "occurred_at", _CUSTOMER),
    "customer_merges": ("customer_id", "occurred_at", _CUSTOMER),
    "customer_contact_changes": ("customer_id", "occurred_at", _CUSTOMER),
    "customer_segments": ("customer_id", "occurred_at", _CUSTOMER),
    "tag_changes": ("subject_id", "occurred_at", _SUBJECT),
    "trait_changes": ("subject_id", "occurred_at", _SUBJECT),
    "manager_setups": ("manager_id", "occurred_at", _FIRM),
    "pipeline_versions": ("pipeline", "occurred_at", _FIRM),
    "leads": ("lead_id", "captured_at", _OWN),
    "touches": ("lead_id", "touched_at", _LEAD),
    "lead_assignments": ("lead_id", "occurred_at", _LEAD),
    "lead_takings": ("lead_id", "occurred_at", _LEAD),
    "lead_directions": ("lead_id", "occurred_at", _LEAD),
    "lead_status_changes": ("lead_id", "occurred_at", _LEAD),
    "ad_spend": ("spend_id", "occurred_at", _OWN),
    "interaction_changes": (
        "interaction_id",
        "occurred_at",
        "(SELECT i.direction FROM {schema}.interactions i WHERE i.interaction_id = h.interaction_id)",
    ),
    "marketing_events": ("marketing_event_id", "announced_at", _OWN),
    "marketing_event_changes": ("marketing_event_id", "occurred_at", _EVENT),
    "marketing_event_results": ("marketing_event_id", "occurred_at", _EVENT),
    "participant_moves": ("participation_id", "occurred_at", _EVENT),
    "deals": ("deal_id", "opened_at", _OWN),
    "deal_stage_changes": ("deal_id", "occurred_at", _DEAL),
    "deal_values": ("deal_id", "occurred_at", _DEAL),
    "deal_assignments": ("deal_id", "occurred_at", _DEAL),
    "deal_close_expectations": ("deal_id", "occurred_at", _DEAL),
    "deal_totals": ("deal_id", "occurred_at", _DEAL),
    "quote_changes": ("quote_id", "occurred_at", _DEAL),
    "invoice_changes": ("invoice_id", "occurred_at", _DEAL),
    "payments": ("payment_id", "received_at", _PAYMENT),
    "payment_matches": ("payment_id", "occurred_at", _PAYMENT),
    "payment_allocations": ("payment_id", "occurred_at", f"coalesce({_DEAL}, {_PAYMENT})"),
    "payment_refunds": ("payment_id", "occurred_at", _PAYMENT),
    "target_changes": ("target_id", "occurred_at", _FIRM),
    "tasks": ("task_id", "created_at", _TASK),
    "task_changes": ("task_id", "occurred_at", _TASK_CHANGE),
    "messages": ("message_id", "requested_at", _CUSTOMER),
    "message_changes": ("message_id", "occurred_at", _CUSTOMER),
    "delivery_reports": ("delivery_id", "occurred_at", _CUSTOMER),
}
TOLD_WITH = {
    "customer_roots": "customer_merges",
    "deal_lines": "deal_totals",
    "pipeline_stages": "pipeline_versions",
    "targets": "target_changes",
}
SETTINGS = {"products"}
_SUBJECTS = {"customers", "leads", "deals", "payments", "tasks", "messages", "marketing_events"}


async def count(connection: Connection, build: Build, tables: Collection[str], filters: Filters) -> int:
    """How many events that wrote to ``tables`` happened up to ``as_of`` and were recorded after it, by ``known_at``.

    Of those that belong to a line of business only the ones that the reader may see.
    """
    if filters.as_of is None:
        return 0
    asked = {TOLD_WITH.get(table, table) for table in tables} - SETTINGS
    late = " UNION ".join(_late(table) for table in sorted(asked))
    values = filters.parameters()
    statement = f"SELECT count(*) FROM ({late}) late".replace("{schema}", f'"{build.schema}"')  # noqa: S608 - from _TABLES
    return await connection.fetchval(statement, values["as_of"], values["known_at"], values["visible"]) or 0


def _late(table: str) -> str:
    key, at, direction = _TABLES[table]
    version = "1" if table in _SUBJECTS else "h.version"
    return (
        f"SELECT h.{key}::text AS stream, {version} AS version FROM {{schema}}.{table} h"  # noqa: S608 - from _TABLES
        f" WHERE h.{at} <= $1::timestamptz AND h.recorded_at > $1::timestamptz AND h.recorded_at <= $2::timestamptz"
        f" AND ($3::text[] IS NULL OR {direction} IS NULL OR {direction} = ANY ($3::text[]))"
    )
