"""Reading the contacts with a person, for the card's history and summary and for lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from events.sqlfile import sql
from events.store import Connection

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Contacted:
    """One contact, as a line of a card's history: nothing sealed is opened.

    ``kind``: call, email, message, meeting, visit. ``state``: planned, registered, concluded, cancelled; of a letter
    that automation sent: sent, delivered, opened, clicked, failed, bounced, complained, unsubscribed. ``about`` names
    the request, lead and deal it belongs to.
    """

    interaction_id: UUID
    kind: str
    flow: str | None
    state: str
    at: datetime
    customer_id: UUID | None
    manager_id: str | None
    result: str | None
    duration_seconds: int | None
    next_contact_at: datetime | None
    direction: str | None
    about: dict[str, Any] = field(default_factory=dict)


async def interactions_of(connection: Connection, customer_ids: Sequence[UUID], limit: int) -> list[Contacted]:
    """The newest contacts of these customers (a card with all its members), newest first, letters of automation too.

    Calls of a number whose card was made afterwards are among them. The caller filters by ``direction``.
    """
    rows = await connection.fetch(sql("contacts_of_customers", SQL), list(customer_ids), limit)
    ids = ("touch_id", "lead_id", "deal_id", "organisation_id")
    return [
        Contacted(
            **{name: row[name] for name in Contacted.__slots__ if name != "about"},
            about={name: row[name] for name in ids if row[name] is not None},
        )
        for row in rows
    ]
