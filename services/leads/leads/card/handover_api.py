"""Handing over by HTTP: one customer, or a manager's open work."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import cause_of_call, directions_of
from events.problems import FieldError, Invalid, NotFound
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Header, Path, Response
from pydantic import BaseModel, Field, model_validator
from uuid_utils.compat import uuid7

from leads.card.etag import IfMatchCard, expected_tag
from leads.card.handover import Handovers, NewHandover
from leads.card.models import Body, CustomerDetails, ManagerId, Text
from leads.card.responsible import NewResponsible, Responsible
from leads.card.showing import CardDesk

PathManagerId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._@-]{1,100}$", examples=["anna"])]
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=255, description="Makes a repetition of the request harmless: any text."),
]


class ChangeResponsible(Body):
    """Who is to answer for the customer."""

    manager_id: ManagerId | None = Field(description="Null: nobody.")
    reason: str = Field(max_length=50, description="From the list of the service's settings.", examples=["holiday"])
    comment: Text | None = Field(None, description="Sealed with the customer's key.")
    with_leads: bool = Field(True, description="The customer's open leads go along.")


class HandOverWork(Body):
    """Where a manager's open work is to go: the customers he answers for, and his open leads."""

    to: ManagerId | None = Field(None, description="Empty: to the others in turn, by their lines of business.")
    scope: Literal["all", "customers"] = "all"
    customer_ids: list[UUID] = Field([], max_length=1_000, description="With the scope `customers`.")
    reason: str = Field(max_length=50, description="From the list of the service's settings.", examples=["leaver"])

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.scope == "customers") != bool(self.customer_ids):
            raise ValueError("customer_ids are given with the scope customers, and only then")
        return self


class HandoverCard(BaseModel):
    """A hand-over as it stands; it is done when `completed_at` is there."""

    handover_id: UUID
    from_manager_id: str
    to_manager_id: str | None
    reason: str
    requested_at: datetime
    completed_at: datetime | None
    customers: int = Field(description="Customers that changed hands so far.")
    leads: int = Field(description="Open leads that changed hands so far.")
    left: int = Field(description="Customers whose work nobody could be found for.")


def routers(desk: CardDesk, handovers: Handovers, reasons: frozenset[str]) -> list[APIRouter]:
    """``/customers/{customer_id}/responsible``, ``/managers/{manager_id}/hand-over``, ``/hand-overs``."""
    routes = APIRouter(tags=["Hand-over"], dependencies=[Depends(require("customers:handover"))])
    responsible = Responsible(desk.commands.store, desk.commands.keyring)

    @routes.post("/customers/{customer_id}/responsible", summary="Make a manager answer for a customer")
    async def change_responsible(
        customer_id: UUID,
        body: ChangeResponsible,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatchCard = None,
    ) -> CustomerDetails:
        check_reason(body.reason, reasons)
        new = NewResponsible(body.manager_id, body.reason, body.comment, body.with_leads)
        await responsible.change(customer_id, new, principal, datetime.now(UTC), expected_tag(if_match))
        return await desk.show(customer_id, principal, response)

    @routes.post("/managers/{manager_id}/hand-over", status_code=202, summary="Hand over a manager's open work")
    async def hand_over(
        manager_id: PathManagerId,
        body: HandOverWork,
        principal: CurrentPrincipal,
        idempotency_key: IdempotencyKey = None,
    ) -> HandoverCard:
        check_reason(body.reason, reasons)
        key = ("handover", "key", principal.kind, principal.id, idempotency_key)
        handover_id = deterministic_id(*key) if idempotency_key else uuid7()
        ids = body.customer_ids if body.scope == "customers" else None
        new = NewHandover(handover_id, manager_id, body.to, body.reason, ids, directions_of(principal))
        await handovers.request(new, cause_of_call(principal), datetime.now(UTC))
        return await _read(handovers, handover_id)

    @routes.get("/hand-overs/{handover_id}", summary="Read how far a hand-over has come")
    async def read_handover(handover_id: UUID) -> HandoverCard:
        return await _read(handovers, handover_id)

    return [routes]


async def _read(handovers: Handovers, handover_id: UUID) -> HandoverCard:
    row = await handovers.store.pool.fetchrow("SELECT * FROM handovers WHERE id = $1", handover_id)
    if row is None:
        raise NotFound("There is no such hand-over.")
    return HandoverCard.model_validate({**row, "handover_id": row["id"], "left": row["remaining"]})


def check_reason(reason: str, reasons: frozenset[str]) -> None:
    """Raises ``Invalid`` for a reason that is not on the list of the service's settings."""
    if reason not in reasons:
        told = f"must be one of: {', '.join(sorted(reasons))}"
        raise Invalid(errors=[FieldError(told, "#/reason")], hint="rule: unknown_reason", code="unknown_reason")
