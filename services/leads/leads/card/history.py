"""The history of a card: everything the log tells about it, who, when, from what to what, and what caused it.

Entries are events of the card's streams, opened. From and to are not stored: they are the card or lead before and after
the event, as it folds.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import orjson
from events.contracts.leads import LeadAssigned, LeadCaptured, LeadDisqualified, LeadFieldsChanged, LeadQualified
from events.event import REGISTRY, decode
from events.sealed import Sealed
from events.sqlfile import sql
from events.store import Connection
from pydantic import BaseModel, Field

from leads.card.locked import CARD_EVENTS, SQL, Whole
from leads.card.opened import Opener
from leads.card.shown import Change, changes, shown_card, shown_lead
from leads.card.state import EMPTY, Held, evolve, with_changes
from leads.domain import decider

HistoryKind = Literal[
    "requests", "leads", "interactions", "details", "contacts", "fields", "tags", "black_list", "consent",
    "responsible", "identity", "organisations", "behaviour", "marketing",
]  # fmt: skip

_KINDS: Final[Mapping[str, HistoryKind]] = {
    "customer.registered.v1": "contacts",
    "customer.contact-added.v1": "contacts",
    "customer.contact-removed.v1": "contacts",
    "customer.contact-preferred.v1": "contacts",
    "customer.details-changed.v1": "details",
    "customer.fields-changed.v1": "fields",
    "customer.tagged.v1": "tags",
    "customer.untagged.v1": "tags",
    "customer.blacklisted.v1": "black_list",
    "customer.blacklist-lifted.v1": "black_list",
    "customer.consent-given.v1": "consent",
    "customer.consent-withdrawn.v1": "consent",
    "customer.responsible-changed.v1": "responsible",
    "lead.captured.v1": "requests",
    "lead.touched.v1": "requests",
    "lead.fields-changed.v1": "fields",
}
_SUBJECTS: Final[Mapping[str, HistoryKind]] = {
    "customer": "identity",
    "lead": "leads",
    "organisation": "organisations",
    "behaviour": "behaviour",
    "participant": "marketing",
}
_LEAD_EVENTS: Final = tuple(
    event.type for event in (LeadCaptured, LeadAssigned, LeadQualified, LeadDisqualified, LeadFieldsChanged)
)
_NOT_FOR_PEOPLE: Final = frozenset(("identities", "index"))
_SEALED_JSON: Final = frozenset(("details", "sealed"))


class HistoryEntry(BaseModel):
    """One event. ``facts`` is what it says, opened as far as keys are there."""

    event_id: UUID
    kind: HistoryKind
    type: str
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


def kind_of(type_: str) -> HistoryKind:
    """The kind under which an event is found."""
    return _KINDS.get(type_) or _SUBJECTS.get(type_.partition(".")[0], "interactions")


def types_of(kinds: Collection[HistoryKind]) -> list[str] | None:
    """The types of events of these kinds; None for all."""
    if not kinds:
        return None
    return [type_ for type_, event in REGISTRY.items() if event.owner() == "leads" and kind_of(type_) in kinds]


async def entries(
    connection: Connection,
    whole: Whole,
    kinds: Collection[HistoryKind],
    directions: Sequence[str] | None,
    before: tuple[datetime | None, UUID | None],
    limit: int,
) -> list[HistoryEntry]:
    """Up to ``limit`` entries older than the cursor ``before``, newest first."""
    found = await connection.fetch(sql("history_streams", SQL), whole.members, directions)
    streams: dict[UUID, asyncpg.Record] = {row["stream_id"]: row for row in found}
    organisations = [stream for stream, row in streams.items() if row["what"] == "organisation"]
    own = [stream for stream, row in streams.items() if row["what"] != "organisation"]
    page = await connection.fetch(
        sql("history_page", SQL), own, types_of(kinds), organisations, [str(m) for m in whole.members], *before, limit
    )
    led_to = await _changes(connection, whole, streams, {row["id"] for row in page})
    return [
        HistoryEntry(
            event_id=row["id"],
            kind=kind_of(row["type"]),
            **{name: row[name] for name in ("type", "occurred_at", "recorded_at", "actor", "stream_id", "version")},
            **{name: row[name] for name in ("correlation_id", "causation_id")},
            stream=streams[row["stream_id"]]["what"],
            changes=led_to.get(row["id"], []),
            facts=_facts(row, streams[row["stream_id"]]["customer_id"], whole.opener),
        )
        for row in page
    ]


async def _changes(
    connection: Connection, whole: Whole, streams: Mapping[UUID, asyncpg.Record], wanted: Collection[UUID]
) -> dict[UUID, list[Change]]:
    """From what to what each wanted event led: the whole card is folded once."""
    stateful = [stream for stream, row in streams.items() if row["what"] in ("customer", "lead")]
    rows = await connection.fetch(sql("history_states", SQL), stateful, [*CARD_EVENTS, *_LEAD_EVENTS])
    card, root, opener = EMPTY, whole.root, whole.opener
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
    member = UUID(data["customer_id"]) if "customer_id" in data else owner
    opened: dict[str, Any] = _opened(data, member, opener)
    return opened


def _opened(value: Any, owner: UUID, opener: Opener, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _opened(one, owner, opener, key) for key, one in value.items() if key not in _NOT_FOR_PEOPLE}
    if isinstance(value, list):
        return [_opened(one, owner, opener, name) for one in value]
    if isinstance(value, str) and value.startswith(Sealed.PREFIX):
        text = opener.sealed(owner, Sealed(value))
        return orjson.loads(text) if text is not None and name in _SEALED_JSON else text
    return value
