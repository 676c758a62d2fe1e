"""The HTTP API of many deals at once: moved, given to other managers, handed over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from events.auth import CurrentPrincipal, Principal, require
from events.calls import cause_of_call, directions_of
from events.inputs import Input
from events.problems import NotFound, Problem
from events.store import deterministic_id
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

from deals.deal.batch import Order
from deals.deal.call import IdempotencyKey
from deals.deal.desk import Desk
from deals.deal.orders import Command, MoveDeal, ReassignDeal
from deals.handing.handovers import Handovers, NewHandover
from deals.inputs import Name

MOST = 1000


class MoveOne(Input):
    """A deal, and where it goes."""

    deal_id: UUID
    to_stage: str = Field(max_length=40)
    version: int | None = Field(None, ge=1, description="The version you read; refused if it has changed since.")


class MoveMany(Input):
    """Deals to move."""

    items: list[MoveOne] = Field(min_length=1, max_length=MOST)


class ReassignOne(Input):
    """A deal, and who gets it."""

    deal_id: UUID
    manager_id: Name
    version: int | None = Field(None, ge=1, description="The version you read; refused if it has changed since.")


class ReassignMany(Input):
    """Deals to give to other managers."""

    items: list[ReassignOne] = Field(min_length=1, max_length=MOST)
    reason: Name | None = Field(None, description="In a word; stands in the history of each.")


class Outcome(BaseModel):
    """What became of one item, in the order of the request."""

    deal_id: UUID
    outcome: Literal["done", "nothing to do", "refused"]
    version: int | None = None
    rule: str | None = Field(None, description="Which rule refused it.")
    why: str | None = None


class Outcomes(BaseModel):
    """An answer for each item."""

    items: list[Outcome]


class HandOver(Input):
    """All open deals of a manager, of the lines of business that you see, go to another."""

    from_manager_id: Name = Field(examples=["anna"])
    to_manager_id: Name = Field(examples=["boris"])
    reason: Name = Field(examples=["dismissal"])


class Handover(BaseModel):
    """How far a hand-over has come."""

    handover_id: UUID
    from_manager_id: str
    to_manager_id: str
    reason: str
    deals: int = Field(description="So many have changed hands.")
    requested_at: datetime
    completed_at: datetime | None


def bulk(desk: Desk) -> APIRouter:
    """``/deals/bulk``; these routes go before those of one deal."""
    router = APIRouter(prefix="/deals/bulk", tags=["Deals"], dependencies=[Depends(require("deals:write"))])

    @router.post("/move", summary="Move up to 1,000 deals")
    async def move_many(body: MoveMany, principal: CurrentPrincipal) -> Outcomes:
        wanted: list[tuple[UUID, Command, int | None]] = [
            (item.deal_id, MoveDeal(item.to_stage), item.version) for item in body.items
        ]
        return await _run(desk, wanted, principal)

    @router.post("/reassign", summary="Give up to 1,000 deals to other managers")
    async def reassign_many(body: ReassignMany, principal: CurrentPrincipal) -> Outcomes:
        wanted: list[tuple[UUID, Command, int | None]] = [
            (item.deal_id, ReassignDeal(item.manager_id, body.reason), item.version) for item in body.items
        ]
        return await _run(desk, wanted, principal)

    return router


def handovers(made: Handovers) -> APIRouter:
    """``/deal-handovers``."""
    allowed = [Depends(require("customers:handover"))]
    router = APIRouter(prefix="/deal-handovers", tags=["Deals"], dependencies=allowed)
    pool = made.commands.store.pool

    @router.post("", status_code=202, summary="Hand all open deals of a manager over to another")
    async def hand_over(
        body: HandOver, principal: CurrentPrincipal, idempotency_key: IdempotencyKey = None
    ) -> Handover:
        key = ("deal handover", principal.kind, principal.id, idempotency_key)
        handover_id = deterministic_id(*key) if idempotency_key else uuid7()
        new = NewHandover(handover_id, body.from_manager_id, body.to_manager_id, body.reason, directions_of(principal))
        await made.request(new, cause_of_call(principal), datetime.now(UTC))
        return await read_handover(handover_id)

    @router.get("/{handover_id}", summary="Read how far a hand-over has come")
    async def read_handover(handover_id: UUID) -> Handover:
        row = await pool.fetchrow("SELECT * FROM deal_handovers WHERE handover_id = $1", handover_id)
        if row is None:
            raise NotFound("There is no such hand-over.")
        return Handover(**{name: row[name] for name in Handover.model_fields})

    return router


async def _run(desk: Desk, wanted: list[tuple[UUID, Command, int | None]], principal: Principal) -> Outcomes:
    """Runs the commands on deals that the caller sees; each is answered for itself."""
    rows = await desk.pool.fetch(
        "SELECT deal_id, direction FROM deals WHERE deal_id = ANY($1::uuid[])", [deal_id for deal_id, _, _ in wanted]
    )
    seen = {row["deal_id"] for row in rows if principal.sees(row["direction"])}
    cause = cause_of_call(principal)
    orders = [
        Order(deal_id, command, cause, expected_version=version)
        for deal_id, command, version in wanted
        if deal_id in seen
    ]
    done = iter(await desk.commands.run_many(orders, datetime.now(UTC)))
    missing = NotFound("There is no such deal.", hint="rule: no_deal")
    return Outcomes(items=[_outcome(deal_id, next(done) if deal_id in seen else missing) for deal_id, _, _ in wanted])


def _outcome(deal_id: UUID, done: object) -> Outcome:
    if isinstance(done, Problem):
        rule = done.hint.removeprefix("rule: ") if done.hint else done.slug
        return Outcome(deal_id=deal_id, outcome="refused", rule=rule, why=done.detail)
    return Outcome(
        deal_id=deal_id,
        outcome="done" if getattr(done, "happened", False) else "nothing to do",
        version=getattr(done, "version", None),
    )
