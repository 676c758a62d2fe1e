"""Asks leads who is on a list, and tells how far the answer is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from events.contracts.automation import ListReadingRequested
from events.sqlfile import sql
from events.store import Append, Connection, Store, append_all
from events.store import Cause as Origin
from pydantic import BaseModel, Field

from automation.definitions import alone

SQL = Path(__file__).parent / "sql"
_IS_THERE: Final = "SELECT true FROM list_readings WHERE request_id = $1"


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
        whose = asked.mailing_id, asked.sequence, asked.rule
        told = asked.request_id, asked.list_id, *whose, self.at, self.origin.actor
        await connection.execute(sql("readings_add", SQL), *told)

    def decision(self) -> Append:
        """The request, in a stream of its own."""
        return Append(self.request.request_id, 0, [self.request], self.origin, self.at)


async def ask(store: Store, asking: Asking) -> None:
    """Asks in a transaction of its own; what was asked by this id already is left as it is."""
    async with store.pool.acquire() as connection, connection.transaction():
        await alone(connection, asking.request.request_id)
        if await connection.fetchval(_IS_THERE, asking.request.request_id):
            return
        await asking.keep(connection)
        decisions = [asking.decision()]
        appended = await append_all(connection, decisions)
    store.count(decisions, appended)


async def of_mailing(connection: Connection, mailing_id: UUID) -> ListReading | None:
    """The list of a mailing, once it was asked for."""
    row = await connection.fetchrow("SELECT * FROM list_readings WHERE mailing_id = $1", mailing_id)
    return ListReading.model_validate(dict(row)) if row else None
