"""Keeps when each customer was talked to last, and of which segment he is. Whatever the order of events, the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from events.contracts.analytics import CustomerSegmentChanged
from events.contracts.automation import CadenceExcepted, CadenceExceptionLifted
from events.contracts.leads import CustomerErased, CustomerRegistered
from events.contracts.leads.interactions import InteractionConcluded, InteractionRegistered
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Append, Connection

_SQL = Path(__file__).parent / "sql"


@dataclass
class News:
    """What a batch says of each customer: the latest contact, the newest segment and exception, and who was erased."""

    contacts: dict[UUID, Recorded] = field(default_factory=dict)
    segments: dict[UUID, Recorded] = field(default_factory=dict)
    exceptions: dict[UUID, Recorded] = field(default_factory=dict)
    erased: list[UUID] = field(default_factory=list)

    def hear(self, entry: Recorded) -> None:
        """Takes an event in."""
        match entry.event:
            case CustomerErased(customer_id=customer_id):
                self.erased.append(customer_id)
            case CustomerSegmentChanged(customer_id=customer_id):
                _newest(self.segments, customer_id, entry)
            case CadenceExcepted(customer_id=customer_id) | CadenceExceptionLifted(customer_id=customer_id):
                _newest(self.exceptions, customer_id, entry)
            case CustomerRegistered(customer_id=customer_id) | InteractionRegistered(customer_id=UUID() as customer_id):
                _latest(self.contacts, customer_id, entry)
            case InteractionConcluded(customer_id=UUID() as customer_id, held=True):
                _latest(self.contacts, customer_id, entry)


async def keep(connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
    """Writes what a batch says, in the transaction of the watermark; one statement for each kind of news."""
    news = News()
    for entry in recorded:
        news.hear(entry)
    contacts = [(customer_id, entry.occurred_at) for customer_id, entry in sorted(news.contacts.items(), key=_id)]
    segments = [(customer_id, *_segment(entry)) for customer_id, entry in sorted(news.segments.items(), key=_id)]
    exceptions = [(customer_id, *_exception(entry)) for customer_id, entry in sorted(news.exceptions.items(), key=_id)]
    for statement, rows in (("contacts", contacts), ("segments", segments), ("exceptions", exceptions)):
        if rows:
            await connection.execute(sql(f"keep_{statement}", _SQL), *map(list, zip(*rows, strict=True)))
    if news.erased:
        await connection.execute("DELETE FROM contact_cadence WHERE customer_id = ANY($1::uuid[])", news.erased)
    return []


def _id(found: tuple[UUID, Recorded]) -> UUID:
    return found[0]


def _latest(found: dict[UUID, Recorded], customer_id: UUID, entry: Recorded) -> None:
    if customer_id not in found or found[customer_id].occurred_at < entry.occurred_at:
        found[customer_id] = entry


def _newest(found: dict[UUID, Recorded], customer_id: UUID, entry: Recorded) -> None:
    if customer_id not in found or found[customer_id].version < entry.version:
        found[customer_id] = entry


def _segment(entry: Recorded) -> tuple[str, int]:
    assert isinstance(entry.event, CustomerSegmentChanged)
    return entry.event.segment, entry.version


def _exception(entry: Recorded) -> tuple[int | None, int | None, bool, int]:
    event = entry.event
    if isinstance(event, CadenceExcepted):
        return event.days, event.latest_days, event.paused, entry.version
    return None, None, False, entry.version
