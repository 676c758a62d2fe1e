"""The history of a card: everything the logs tell about it, who, when, from what to what, and what caused it.

Entries are events of the card's streams and what other services said, opened. From and to are not stored: they are the
card or lead before and after the event, as it folds; of others, what their stream had said before.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from events.auth import Principal
from events.calls import directions_of
from events.contracts.leads import LeadAssigned, LeadCaptured, LeadDisqualified, LeadFieldsChanged, LeadQualified
from events.event import decode
from events.sqlfile import sql
from events.store import Connection
from pydantic import BaseModel, Field

from leads.card.locked import CARD_EVENTS, SQL, Whole
from leads.card.opened import Opener
from leads.card.said import Held
from leads.card.shown import Change, changes, shown_card, shown_lead
from leads.card.state import Card, evolve, with_changes
from leads.card.titles import KINDS, NEEDS, HistoryKind, Title, kind_of, title_of
from leads.domain import decider
from leads.heard.steps import steps

_LEAD_EVENTS: Final = tuple(
    event.type for event in (LeadCaptured, LeadAssigned, LeadQualified, LeadDisqualified, LeadFieldsChanged)
)


_TOLD: Final = (
    "type", "service", "occurred_at", "recorded_at", "actor", "stream_id", "version", "correlation_id", "causation_id",
)  # fmt: skip


class HistoryEntry(BaseModel):
    """One event. ``facts`` is what it says, opened as far as keys are there."""

    event_id: UUID
    kind: HistoryKind
    title: Title = Field(description="What it is called; of a type that is not known here, the type.")
    type: str
    service: str = Field(description="Who said it: leads, deals, automation.")
    occurred_at: datetime = Field(description="Business time.")
    recorded_at: datetime
    actor: str = Field(description="Who did it: `user:anna`, `key:web-team`, `source:tilda/shop`.")
    stream: str = Field(description="What it happened to: customer, lead, interaction, organisation …")
    stream_id: UUID
    version: int
    changes: list[Change]
    facts: dict[str, Any]
    correlation_id: UUID = Field(description="Everything that came of one request has the same.")
    causation_id: UUID | None = Field(description="The event or stored request that led to it.")


class HistoryPage(BaseModel):
    """Newest first; `next` is the cursor of the next page, empty on the last."""

    entries: list[HistoryEntry]
    next: str | None


async def entries(
    connection: Connection,
    whole: Whole,
    kinds: Collection[HistoryKind],
    principal: Principal,
    before: tuple[datetime | None, UUID | None],
    limit: int,
    public: Collection[str] = (),
) -> list[HistoryEntry]:
    """Up to ``limit`` entries older than the cursor ``before``, newest first, as far as the caller may see them.

    ``public`` are the classes of confidentiality of documents that everybody sees who sees documents.
    """
    directions = directions_of(principal)
    found = await connection.fetch(sql("history_streams", SQL), whole.members, directions)
    streams: dict[UUID, asyncpg.Record] = {row["stream_id"]: row for row in found}
    organisations = [stream for stream, row in streams.items() if row["what"] == "organisation"]
    own = [stream for stream, row in streams.items() if row["what"] != "organisation"]
    members = [str(member) for member in whole.members]
    page = await connection.fetch(
        sql("history_page", SQL), own, list(kinds) or None, organisations, members, *before, limit,
        _json(KINDS), directions, _json(NEEDS), sorted(principal.permissions), sorted(public),
    )  # fmt: skip
    led_to = await _changes(connection, whole, streams, {row["id"] for row in page if row["customer_id"] is None})
    led_to |= await _steps(connection, whole, {row["stream_id"] for row in page if row["customer_id"] is not None})
    return [
        HistoryEntry(
            event_id=row["id"],
            kind=kind_of(row["type"]),
            title=title_of(row["type"]),
            **{name: row[name] for name in _TOLD},
            stream=streams[row["stream_id"]]["what"] if row["customer_id"] is None else row["type"].partition(".")[0],
            changes=led_to.get(row["id"], []),
            facts=_facts(row, row["customer_id"] or streams[row["stream_id"]]["customer_id"], whole.opener),
        )
        for row in page
    ]


async def _steps(connection: Connection, whole: Whole, streams: Collection[UUID]) -> dict[UUID, list[Change]]:
    """From what to what each event of these streams of other services led."""
    found: dict[UUID, list[Change]] = {}
    rows = await connection.fetch(sql("history_heard", SQL), list(streams))
    for _, stream in groupby(rows, key=lambda row: row["stream_id"]):
        said = list(stream)
        told = [(row["type"], whole.opener.facts(row["customer_id"], orjson.loads(row["facts"]))) for row in said]
        for row, changed in zip(said, steps(told), strict=True):
            found[row["event_id"]] = [Change(what=what, before=old, after=new) for what, old, new in changed]
    return found


async def _changes(
    connection: Connection, whole: Whole, streams: Mapping[UUID, asyncpg.Record], wanted: Collection[UUID]
) -> dict[UUID, list[Change]]:
    """From what to what each wanted event led: the whole card is folded once."""
    stateful = [stream for stream, row in streams.items() if row["what"] in ("customer", "lead")]
    rows = await connection.fetch(sql("history_states", SQL), stateful, [*CARD_EVENTS, *_LEAD_EVENTS])
    card, root, opener = Card(root=whole.root), whole.root, whole.opener
    lead = decider(frozenset())
    leads: defaultdict[UUID, Any] = defaultdict(lambda: lead.initial)
    fields: defaultdict[UUID, dict[str, tuple[Held, ...]]] = defaultdict(dict)
    found = {}
    for row in rows:
        event, stream, asked = decode(row["type"], row["data"].encode()), row["stream_id"], row["id"] in wanted
        if row["type"] in CARD_EVENTS:
            after = evolve(card, event)
            if asked:
                found[row["id"]] = changes(shown_card(card, root, opener), shown_card(after, root, opener))
            card = after
            continue
        old = shown_lead(leads[stream], opener, fields[stream]) if asked else {}
        if isinstance(event, LeadFieldsChanged):
            fields[stream] = with_changes(fields[stream], event.changes, event.customer_id)
        leads[stream] = lead.evolve(leads[stream], event)
        if asked:
            found[row["id"]] = changes(old, shown_lead(leads[stream], opener, fields[stream]))
    return found


def _facts(row: asyncpg.Record, owner: UUID, opener: Opener) -> dict[str, Any]:
    data = orjson.loads(row["data"])
    return opener.facts(UUID(data["customer_id"]) if "customer_id" in data else owner, data)


def _json(value: Mapping[str, str]) -> str:
    return orjson.dumps(value).decode()
