"""What a batch of captures leaves in the tables, in one statement; and what is to be appended with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from events.sqlfile import sql
from events.store import Append, Conflict, Connection

from leads.card.tables import write_consents
from leads.draft import Draft, OpenLead
from leads.known import SQL, Outcome
from leads.touch import Capture


@dataclass(frozen=True, slots=True)
class Stored:
    """A request that is new, what became of it, and how many times this batch delivers it."""

    capture: Capture
    outcome: Outcome
    deliveries: int


async def store(connection: Connection, drafts: Sequence[Draft], touches: Sequence[Stored]) -> list[Append]:
    """Writes the tables; raises :class:`Conflict` if another process stored the same person or request meanwhile."""
    if not drafts:
        return []
    open_leads = {draft.tree.root: draft.tree.lead for draft in drafts if draft.tree.lead is not None}
    leads = {lead.stream.id: lead for lead in open_leads.values()}
    customers = [_customer_row(draft) for draft in drafts if draft.stream.events]
    identities = [(c.index, c.kind, draft.stream.id) for draft in drafts for c in draft.identities]
    keys = [(draft.stream.id, draft.wrapped_key) for draft in drafts if draft.wrapped_key is not None]
    columns = [
        *_columns(customers, 8),
        *_columns(identities, 3),
        *_columns([_lead_row(lead) for lead in leads.values()], 13),
        *_columns([_touch_row(touch, leads) for touch in touches], 11),
        *_columns(keys, 2),
    ]
    stored = await connection.fetchrow(sql("capture_store", SQL), *columns)
    if stored is None or stored["identities"] < len(identities) or stored["touches"] < len(touches):
        raise Conflict
    await write_consents(connection, [event for draft in drafts for event in draft.stream.events])
    streams = [draft.stream for draft in drafts if draft.stream.events]
    return [stream.append() for stream in (*streams, *(lead.stream for lead in leads.values()))]


def _customer_row(draft: Draft) -> tuple[Any, ...]:
    return (
        draft.stream.id,
        draft.stream.version + len(draft.stream.events),
        draft.direction,
        draft.learnt_name,
        " ".join(draft.contacts["phone"]),
        " ".join(draft.contacts["email"]),
        " ".join(draft.contacts["messenger"]),
        draft.stream.stamps[0][1],
    )


def _lead_row(lead: OpenLead) -> tuple[Any, ...]:
    assert lead.first is not None
    capture, inquiry = lead.first, lead.first.inquiry
    return (
        lead.stream.id,
        lead.customer_id,
        lead.stream.version + len(lead.stream.events),
        lead.direction,
        capture.channel,
        capture.intake,
        capture.source,
        inquiry.utm.get("campaign"),
        lead.is_returning,
        inquiry.is_test,
        inquiry.occurred_at,
        lead.stream.stamps[-1][1],
        len(lead.stream.events),
    )


def _touch_row(touch: Stored, leads: dict[Any, OpenLead]) -> tuple[Any, ...]:
    capture, outcome = touch.capture, touch.outcome
    on_other_lead = leads[outcome.lead_id].customer_id != outcome.customer_id
    is_repeat = outcome.what == "touched"
    row = capture.touch_id, outcome.lead_id, outcome.customer_id, capture.intake, is_repeat, touch.deliveries
    asked = capture.channel, capture.source, capture.inquiry.utm.get("campaign"), capture.inquiry.occurred_at
    return *row, on_other_lead, *asked


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width
