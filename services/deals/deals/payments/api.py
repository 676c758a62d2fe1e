"""The HTTP API of payments: reading, registering by hand and in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from events.auth import CurrentPrincipal, Principal, require
from events.calls import cause_of_call, directions_of
from events.cursor import Cursor, read_cursor, write_cursor
from events.decider import Rejected
from events.inputs import OfCustomer
from events.problems import Invalid, NotFound
from events.store import Cause, deterministic_id
from fastapi import APIRouter, Depends, Header, Query, Response
from uuid_utils.compat import uuid7

from deals.payments import models
from deals.payments.desk import PaymentDesk
from deals.payments.naming import kept
from deals.payments.notices import PaymentNotice
from deals.payments.reading import card, details, seen
from deals.payments.receiving import Outcome, Told
from deals.payments.rows import sql

READS = [Depends(require("payments:read"))]
WRITES = [Depends(require("payments:write"))]
IdempotencyKey = Annotated[
    str | None,
    Header(max_length=200, description="The same key does it once; a repeat is answered with what it came to."),
]


def routes(desk: PaymentDesk) -> APIRouter:
    """``/payments``."""
    router = APIRouter(prefix="/payments", tags=["Payments"])
    pool = desk.store.pool

    @router.get("", dependencies=READS, summary="List payments, newest first")
    async def list_payments(
        principal: CurrentPrincipal,
        state: Annotated[
            Literal["unmatched", "matched", "free"] | None,
            Query(description="`free`: something pays nothing yet."),
        ] = None,
        deal_id: UUID | None = None,
        customer_id: OfCustomer = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> models.PaymentPage:
        rows = await pool.fetch(
            sql("payments_list"), state, deal_id, customer_id, directions_of(principal), *read_cursor(cursor), limit + 1
        )
        shown = rows[:limit]
        following = write_cursor(shown[-1]["received_at"], shown[-1]["payment_id"]) if len(rows) > limit else None
        return models.PaymentPage(payments=[card(row) for row in shown], next=following)

    @router.post(
        "",
        status_code=201,
        dependencies=WRITES,
        summary="Register a payment by hand",
        responses={200: {"model": models.PaymentDetails, "description": "It was registered already."}},
    )
    async def register_payment(
        body: models.NewPayment, principal: CurrentPrincipal, response: Response, idempotency_key: IdempotencyKey = None
    ) -> models.PaymentDetails:
        if body.number is not None:
            found = await pool.fetchrow(sql("number_direction"), body.number, body.number)
            if found is None or not principal.sees(found["direction"]):
                raise NotFound("There is no such deal or invoice.")
        told = _told(body, principal, idempotency_key, datetime.now(UTC))
        (outcome,) = await desk.register([told])
        response.status_code = 201 if outcome == "new" else 200
        return await details(pool, told.payment_id, principal, response)

    @router.post("/bulk", dependencies=WRITES, summary="Register up to 1,000 payments, such as a bank statement")
    async def register_payments(body: models.NewPayments, principal: CurrentPrincipal) -> models.BulkAnswer:
        now = datetime.now(UTC)
        told = [_told(payment, principal, None, now) for payment in body.payments]
        return models.BulkAnswer(items=answers(told, await desk.register(told)))

    @router.get("/waiting-refunds", dependencies=READS, summary="List refunds whose payment has not come")
    async def list_waiting_refunds() -> models.WaitingRefunds:
        rows = await pool.fetch(sql("refunds_list"))
        return models.WaitingRefunds(refunds=[models.WaitingRefund(**row) for row in rows])

    @router.get("/{payment_id}", dependencies=READS, summary="Read a payment with its invoices and refunds")
    async def read_payment(payment_id: UUID, principal: CurrentPrincipal, response: Response) -> models.PaymentDetails:
        await seen(pool, payment_id, principal)
        return await details(pool, payment_id, principal, response)

    return router


def answers(told: Sequence[Told], outcomes: Sequence[Outcome]) -> list[models.BulkItem]:
    """What became of each."""
    return [
        models.BulkItem(
            outcome="refused" if isinstance(outcome, Rejected) else "registered" if outcome == "new" else "repeat",
            payment_id=one.payment_id,
            why=str(outcome) if isinstance(outcome, Rejected) else None,
        )
        for one, outcome in zip(told, outcomes, strict=True)
    ]


def not_later_than_now(at: datetime | None, now: datetime) -> datetime:
    """When it happened, now unless given; raises ``Invalid`` for the future."""
    if at is not None and at > now:
        raise Invalid("What lies in the future has not happened.", hint="rule: in_the_future")
    return at or now


def _told(new: models.NewPayment, principal: Principal, key: str | None, now: datetime) -> Told:
    id_ = new.external_id or str(
        deterministic_id("payment", "key", principal.kind, principal.id, key) if key else uuid7()
    )
    at = not_later_than_now(new.received_at, now)
    cause: Cause = cause_of_call(principal)
    notice = PaymentNotice(id_, kept(new.reference), new.received.money(), at)
    return Told(new.method, notice, cause, cause.correlation_id, new.number, by_hand=True)
