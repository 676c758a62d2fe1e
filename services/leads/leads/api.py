"""Handing in leads by the API: one, or up to a thousand."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

import asyncpg
import orjson
from events.auth import CurrentPrincipal, require
from events.calls import cause_of_call
from events.problems import FieldError, Invalid, Malformed
from events.webhooks import Unreadable
from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response
from uuid_utils.compat import uuid7

from leads.kept import Kept, keep
from leads.new_lead import BULK, INTAKE, BulkLead, Captured, NewLead, Position, read_item
from leads.recording import Committed, Recording

MOST_ITEMS = 1_000

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1, max_length=255, description="Makes a repetition of the request harmless: any text, once per lead."
    ),
]


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

    @routes.post("/leads", summary="Hand in one lead; answered when it is durable")
    async def capture_lead(
        new: NewLead, principal: CurrentPrincipal, idempotency_key: IdempotencyKey = None
    ) -> Captured:
        capture = new.capture(
            principal.name, idempotency_key or str(uuid7()), datetime.now(UTC), cause_of_call(principal)
        )
        recorded = await recording.one(capture)
        outcome = recorded.outcome
        if outcome.what == "rejected":
            raise Invalid("The lead cannot be captured like this.", errors=[FieldError(outcome.reason or "", "#")])
        assert outcome.lead_id is not None
        assert outcome.customer_id is not None
        return Captured(
            outcome=outcome.what,
            lead_id=outcome.lead_id,
            customer_id=outcome.customer_id,
            position=_position(recorded),
        )

    @routes.post(
        "/leads/bulk",
        summary=f"Hand in up to {MOST_ITEMS:,} leads in one transaction; each item has its own outcome",
        response_model=list[BulkItem],
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "array",
                            "maxItems": MOST_ITEMS,
                            "items": BulkLead.model_json_schema(),
                            "examples": [[{"id": "form-1", "name": "Anna", "phones": ["+79123456789"]}]],
                        }
                    }
                },
            }
        },
    )
    async def capture_bulk(request: Request, principal: CurrentPrincipal) -> Response:
        received_at, cause = datetime.now(UTC), cause_of_call(principal)
        items = _read(await request.body())
        captures = [
            item.lead.capture(principal.name, item.lead.id, received_at, cause)
            for item in items
            if item.lead is not None
        ]
        recorded = iter(await recording.many(captures))
        answers = [
            _answer(item.lead.id, next(recorded))
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
        return Response(orjson.dumps(answers, default=str), media_type="application/json")

    return routes


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


def _answer(key: str, recorded: Committed) -> dict[str, Any]:
    outcome = recorded.outcome
    answer: dict[str, Any] = {"id": key, "outcome": outcome.what}
    if outcome.what == "rejected":
        return answer | {"reason": outcome.reason}
    answer |= {"lead_id": outcome.lead_id, "customer_id": outcome.customer_id}
    if recorded.appended is not None:
        answer["position"] = {"shard": recorded.appended.shard, "position": recorded.appended.position}
    return answer


def _position(recorded: Committed) -> Position | None:
    at = recorded.appended
    return None if at is None else Position(shard=at.shard, position=at.position)
