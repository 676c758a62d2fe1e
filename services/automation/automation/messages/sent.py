"""What is known of messages by their own streams, which have them before any table does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from events.contracts.automation import MessageRequested
from events.sqlfile import sql
from events.store import Connection

from automation.messages.request import SERVICE
from automation.messages.standing import SQL


@dataclass(frozen=True)
class Sent:
    """A message that was requested; ``sent_at`` is None until its sending was said."""

    message_id: UUID
    customer_id: UUID
    medium: str
    purpose: str
    sent_at: datetime | None = None

    @property
    def names(self) -> dict[str, Any]:
        """What every event on it tells."""
        return {"message_id": self.message_id, "customer_id": self.customer_id, "medium": self.medium}


async def read(connection: Connection, message_ids: Sequence[UUID]) -> dict[UUID, Sent]:
    """The messages by id; ids that are none of ours are left out."""
    found: dict[UUID, Sent] = {}
    rows = await connection.fetch(sql("messages_streams", SQL), list(message_ids))
    for row in sorted(rows, key=lambda row: str(row["type"])):
        told, id_ = orjson.loads(row["data"]), row["stream_id"]
        if row["type"] == MessageRequested.type:
            purpose = told.get("purpose") or SERVICE
            found[id_] = Sent(id_, UUID(told["customer_id"]), told["medium"], purpose)
        elif id_ in found:
            found[id_] = replace(found[id_], medium=told["medium"], sent_at=row["occurred_at"])
    return found
