"""Handing in leads by the API: one, or up to a thousand."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import asyncpg
import orjson
from events.auth import current_principal, require
from events.calls import cause_of_call
from events.problems import FieldError, Invalid, Malformed
from events.webhooks import Unreadable
from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response
from uuid_utils.compat import uuid7

from leads.kept import Kept, keep
from leads.new_lead import BULK, INTAKE, ONE, BulkLead, Captured, NewLead, Position, read_item
from leads.recording import Committed, Recording

MOST_ITEMS = 1_000

MOST_CHARACTERS_OF_KEY = 255

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repetition of the request harmless: any text, once per lead.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS_OF_KEY},
}


class BulkItem(BaseModel):
    """What became of one item, in the order of the request."""

    model_config = ConfigDict(frozen=True)

    id: str | None
    outcome: str = Field(description="`captured`, `touched`, `duplicate` or `rejected` (kept in quarantine).")
    lead_id: str | None = None
    customer_id: str | None = None
    position: Position | None = None
    reason: str | None = None


def router(recording: Recording, pool: asyncpg.Pool) -> APIRouter:
    """`POST /leads` and `POST /leads/bulk`."""
    routes = APIRouter(tags=["Capture"], dependencies=[Depends(require("intake:write"))])

    @routes.post(
        "/leads",
        summary="Hand in one lead; answered when it is durable",
        response_model=Captured,
        openapi_extra={"parameters": [_IDEMPOTENCY_KEY], **_takes(NewLead.model_json_schema())},
    )
    async def capture_lead(request: Request) -> Response:
        principal = await current_principal(request)
        key = _idempotency_key(request) or str(uuid7())
        capture = _one(await request.body()).capture(principal.name, key, datetime.now(UTC), cause_of_call(principal))
        recorded = await recording.one(capture)
        if recorded.outcome.what == "rejected":
            fault = FieldError(recorded.outcome.reason or "", "#")
            raise Invalid("The lead cannot be captured like this.", errors=[fault])
        return _json({"position": None} | _told(recorded))

    @routes.post(
        "/leads/bulk",
        summary=f"Hand in up to {MOST_ITEMS:,} leads in one transaction; each item has its own outcome",
        response_model=list[BulkItem],
        openapi_extra=_takes(
            {
                "type": "array",
                "maxItems": MOST_ITEMS,
                "items": BulkLead.model_json_schema(),
                "examples": [[{"id": "form-1", "name": "Anna", "phones": ["+79123456789"]}]],
            }
        ),
    )
    async def capture_bulk(request: Request) -> Response:
        principal = await current_principal(request)
        received_at, cause = datetime.now(UTC), cause_of_call(principal)
        items = _read(await request.body())
        captures = [
            item.lead.capture(principal.name, item.lead.id, received_at, cause)
            for item in items
            if item.lead is not None
        ]
        recorded = iter(await recording.many(captures))
        answers = [
            {"id": item.lead.id} | _told(next(recorded))
            if item.lead
            else {"id": item.key, "outcome": "rejected", "reason": item.fault}
            for item in items
        ]
        kept = [
            Kept(INTAKE, principal.name, item.key, item.body(), str(answer["reason"]))
            for item, answer in zip(items, answers, strict=True)
            if answer["outcome"] == "rejected"
        ]
        await keep(pool, kept, received_at)
        return _json(answers)

    return routes


def _takes(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= MOST_CHARACTERS_OF_KEY:
        fault = FieldError(f"must have 1 to {MOST_CHARACTERS_OF_KEY} characters", parameter="header:idempotency-key")
        raise Invalid("The request has faults.", errors=[fault])
    return key


def _one(body: bytes) -> NewLead:
    """The lead of a body. Raises RequestValidationError, as FastAPI would, which takes ten times longer for it."""
    try:
        return ONE.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of a bulk request: understood, or as it was given with what is wrong."""

    lead: BulkLead | None
    given: Any = None
    fault: str = ""

    @property
    def key(self) -> str:
        """Names the item: its own id, or a digest of what was given where it has none."""
        if self.lead is not None:
            return self.lead.id
        own = self.given.get("id") if isinstance(self.given, dict) else None
        return own if isinstance(own, str) and own else sha256(self.body()).hexdigest()

    def body(self) -> bytes:
        return orjson.dumps(self.given) if self.lead is None else self.lead.model_dump_json(exclude_unset=True).encode()


def _read(body: bytes) -> list[_Item]:
    """The items: all at once, or one by one where some are wrong. Raises :class:`Malformed` or :class:`Invalid`."""
    try:
        items = [_Item(lead) for lead in BULK.validate_json(body)]
    except ValidationError:
        items = _one_by_one(body)
    if len(items) > MOST_ITEMS:
        raise Invalid(f"A request holds at most {MOST_ITEMS} leads.")
    return items


def _one_by_one(body: bytes) -> list[_Item]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed("The body is not JSON.") from None
    if not isinstance(given, list):
        raise Invalid("The body must be a list of leads.", errors=[FieldError("must be a list", "#")])
    items = []
    for item in given[: MOST_ITEMS + 1]:
        try:
            items.append(_Item(read_item(item)))
        except Unreadable as unreadable:
            items.append(_Item(None, item, unreadable.reason))
    return items


def _told(recorded: Committed) -> dict[str, Any]:
    outcome, at = recorded.outcome, recorded.appended
    if outcome.what == "rejected":
        return {"outcome": outcome.what, "reason": outcome.reason}
    told = {"outcome": outcome.what, "lead_id": outcome.lead_id, "customer_id": outcome.card_id}
    return told if at is None else told | {"position": {"shard": at.shard, "position": at.position}}


def _json(answer: Any) -> Response:
    return Response(orjson.dumps(answer, default=str), media_type="application/json")
