"""Importing rows of a file, up to a thousand at a time; a row that cannot be understood is kept with its reason."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from events.auth import CurrentPrincipal, require
from events.calls import cause_of_call
from events.webhooks import RawRequest, Unreadable
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from leads.imports.mapping import INTAKE, Mapping
from leads.kept import Kept, keep
from leads.recording import Recording
from leads.touch import Capture
from leads.understand import cause_of

MOST_ROWS = 1_000


class ImportRows(BaseModel):
    """Rows of one import. Sending them again adds nothing: a row is known by the import's name and its own id."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "import_name": "old-crm",
                    "mapping": {"row_id": "ID", "columns": {"phone": "Phone", "channel": "Source"}},
                    "rows": [{"ID": "17", "Phone": "8 912 345-67-89", "Source": "Google", "City": "Perm"}],
                }
            ]
        },
    )

    import_name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")
    mapping: Mapping
    rows: list[dict[str, str | None]] = Field(max_length=MOST_ROWS)


class ImportedRow(BaseModel):
    """What became of one row, in the order of the request."""

    row_id: str | None
    outcome: Literal["captured", "touched", "duplicate", "rejected"] = Field(
        description="`rejected`: kept in quarantine."
    )
    lead_id: UUID | None = None
    customer_id: UUID | None = None
    reason: str | None = None


def router(recording: Recording, pool: asyncpg.Pool) -> APIRouter:
    """``POST /imports/rows``."""
    routes = APIRouter(tags=["Imports"], dependencies=[Depends(require("leads:import"))])

    @routes.post("/imports/rows", summary="Import up to 1,000 rows of a file", response_model=list[ImportedRow])
    async def import_rows(body: ImportRows, principal: CurrentPrincipal) -> Response:
        received_at, cause = datetime.now(UTC), cause_of_call(principal)
        captures: list[Capture | str] = []
        for row in body.rows:
            try:
                captures.append(body.mapping.capture(body.import_name, row, received_at, cause))
            except Unreadable as unreadable:
                captures.append(unreadable.reason)
        recorded = iter(await recording.many([capture for capture in captures if isinstance(capture, Capture)]))
        answers: list[dict[str, Any]] = []
        kept: list[Kept] = []
        for row, capture in zip(body.rows, captures, strict=True):
            row_id = body.mapping.id_of(row)
            outcome = next(recorded).outcome if isinstance(capture, Capture) else None
            reason = outcome.reason if outcome is not None else str(capture)
            if outcome is None or outcome.what == "rejected":
                answers.append({"row_id": row_id, "outcome": "rejected", "reason": reason})
                kept.append(_kept(body, row, row_id, reason or ""))
            else:
                ids = {"lead_id": outcome.lead_id, "customer_id": outcome.customer_id}
                answers.append({"row_id": row_id, "outcome": outcome.what, **ids})
        await keep(pool, kept, received_at)
        return Response(orjson.dumps(answers, default=str), media_type="application/json")

    return routes


def _kept(body: ImportRows, row: dict[str, str | None], row_id: str | None, reason: str) -> Kept:
    content = orjson.dumps({"mapping": body.mapping.model_dump(mode="json", exclude_defaults=True), "row": row})
    return Kept(INTAKE, body.import_name, row_id or sha256(content).hexdigest(), content, reason)


class _KeptRow(BaseModel):
    mapping: Mapping
    row: dict[str, str | None]


def parse(raw: RawRequest) -> list[Capture]:
    """A kept row that an operator replays; raises :class:`Unreadable`."""
    try:
        kept = _KeptRow.model_validate_json(raw.body)
    except ValidationError as error:
        raise Unreadable(f"not a row with its mapping: {error.error_count()} faults") from None
    return [kept.mapping.capture(raw.source, kept.row, raw.received_at, cause_of(raw))]
