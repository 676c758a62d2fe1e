"""The HTTP API of many deals at once: moved, given to other managers, handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from events.auth import CurrentPrincipal, Principal, require
from events.calls import cause_of_call, directions_of
from events.inputs import Input
from events.privacy import CustomerKey
from events.problems import NotFound, Problem
from events.store import deterministic_id
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

from deals.deal.batch import Order
from deals.deal.call import IdempotencyKey
from deals.deal.desk import Desk, no_key
from deals.deal.models import Because
from deals.deal.orders import Command, MoveDeal, ReassignDeal
from deals.handing.handovers import Handovers, NewHandover
from deals.inputs import Name

MOST = 1000
MISSING: Final = NotFound("There is no such deal.", hint="rule: no_deal")

Wanted = tuple[UUID, Command | Problem, int | None]
"""A deal, what is to be done with it or why it cannot be, and the version that was read."""


class MoveOne(Input):
    """A deal, and where it goes."""

    deal_id: UUID
    to_stage: str = Field(max_length=40)
    because: Because = None
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
        seen = await _seen(desk, [item.deal_id for item in body.items], principal)
        keys = await desk.keys_of({seen[item.deal_id] for item in body.items if item.because and item.deal_id in seen})
        return await _run(desk, [_move(item, seen, keys) for item in body.items], principal)

    @router.post("/reassign", summary="Give up to 1,000 deals to other managers")
    async def reassign_many(body: ReassignMany, principal: CurrentPrincipal) -> Outcomes:
        seen = await _seen(desk, [item.deal_id for item in body.items], principal)
        return await _run(desk, [_reassign(item, body.reason, seen) for item in body.items], principal)

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
        return await read_handover(handover_id, principal)

    @router.get("/{handover_id}", summary="Read how far a hand-over has come")
    async def read_handover(handover_id: UUID, principal: CurrentPrincipal) -> Handover:
        row = await pool.fetchrow("SELECT * FROM deal_handovers WHERE handover_id = $1", handover_id)
        if row is None or not principal.sees_all(row["directions"]):
            raise NotFound("There is no such hand-over.")
        return Handover(**{name: row[name] for name in Handover.model_fields})

    return router


async def _seen(desk: Desk, deal_ids: Sequence[UUID], principal: Principal) -> dict[UUID, UUID]:
    """The customers of those of these deals that the caller sees."""
    rows = await desk.pool.fetch(
        "SELECT deal_id, customer_id, direction FROM deals WHERE deal_id = ANY($1::uuid[])", list(deal_ids)
    )
    return {row["deal_id"]: row["customer_id"] for row in rows if principal.sees(row["direction"])}


def _move(item: MoveOne, seen: Mapping[UUID, UUID], keys: Mapping[UUID, CustomerKey]) -> Wanted:
    customer_id = seen.get(item.deal_id)
    if customer_id is None:
        return item.deal_id, MISSING, item.version
    if item.because is None:
        return item.deal_id, MoveDeal(item.to_stage), item.version
    key = keys.get(customer_id)
    return item.deal_id, MoveDeal(item.to_stage, key.seal(item.because)) if key else no_key(), item.version


def _reassign(item: ReassignOne, reason: str | None, seen: Mapping[UUID, UUID]) -> Wanted:
    command = ReassignDeal(item.manager_id, reason) if item.deal_id in seen else MISSING
    return item.deal_id, command, item.version


async def _run(desk: Desk, wanted: Sequence[Wanted], principal: Principal) -> Outcomes:
    """Runs the commands, in order; each is answered for itself."""
    cause = cause_of_call(principal)
    orders = [
        Order(deal_id, command, cause, expected_version=version)
        for deal_id, command, version in wanted
        if not isinstance(command, Problem)
    ]
    done = iter(await desk.commands.run_many(orders, datetime.now(UTC)))
    return Outcomes(
        items=[
            _outcome(deal_id, command if isinstance(command, Problem) else next(done)) for deal_id, command, _ in wanted
        ]
    )


def _outcome(deal_id: UUID, done: object) -> Outcome:
    if isinstance(done, Problem):
        rule = done.hint.removeprefix("rule: ") if done.hint else done.slug
        return Outcome(deal_id=deal_id, outcome="refused", rule=rule, why=done.detail)
    return Outcome(
        deal_id=deal_id,
        outcome="done" if getattr(done, "happened", False) else "nothing to do",
        version=getattr(done, "version", None),
    )
