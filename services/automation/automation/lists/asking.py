"""Asks leads who is on a list, and tells how far the answer is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from events.contracts.automation import ListReadingRequested
from events.sqlfile import sql
from events.store import Append, Connection
from events.store import Cause as Origin
from pydantic import BaseModel, Field

SQL = Path(__file__).parent / "sql"


class ListReading(BaseModel):
    """A list that was asked for."""

    request_id: UUID
    list_id: UUID
    state: Literal["asked", "read", "refused"] = Field(description="`asked`: leads has not answered yet, or not whole.")
    reason: str | None = Field(description="Why it was refused.", examples=["no_list", "closed", "gave_up"])
    customers: int = Field(description="How many were on it.")
    asked_at: datetime
    asked_by: str


@dataclass(frozen=True)
class Asking:
    """A request, and the row by which its answer is known; both are written in one transaction."""

    request: ListReadingRequested
    origin: Origin
    at: datetime

    async def keep(self, connection: Connection) -> None:
        """Writes the row."""
        asked = self.request
        told = asked.request_id, asked.list_id, asked.mailing_id, asked.sequence, self.at, self.origin.actor
        await connection.execute(sql("readings_add", SQL), *told)

    def decision(self) -> Append:
        """The request, in a stream of its own."""
        return Append(self.request.request_id, 0, [self.request], self.origin, self.at)


async def of_mailing(connection: Connection, mailing_id: UUID) -> ListReading | None:
    """The list of a mailing, once it was asked for."""
    row = await connection.fetchrow("SELECT * FROM list_readings WHERE mailing_id = $1", mailing_id)
    return ListReading.model_validate(dict(row)) if row else None
