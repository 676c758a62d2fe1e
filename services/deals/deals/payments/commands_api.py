"""The HTTP API of what people do with one payment: match, allocate, take off, refund."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from events.auth import CurrentPrincipal, Principal
from events.calls import IfMatch, cause_of_call, expected_version
from events.problems import NotFound
from events.store import deterministic_id
from fastapi import APIRouter, Response
from uuid_utils.compat import uuid7

from deals.payments import models
from deals.payments.api import WRITES, IdempotencyKey, not_later_than_now
from deals.payments.desk import PaymentDesk
from deals.payments.reading import details, seen
from deals.payments.rows import sql


def routes(desk: PaymentDesk) -> APIRouter:
    """``/payments/{payment_id}/…``."""
    router = APIRouter(prefix="/payments/{payment_id}", tags=["Payments"], dependencies=WRITES)
    pool = desk.store.pool

    async def check_invoice(invoice_id: UUID, principal: Principal) -> None:
        direction = await pool.fetchrow(sql("invoice_direction"), invoice_id)
        if direction is None or not principal.sees(direction["direction"]):
            raise NotFound("There is no such invoice.")

    @router.post("/match", summary="Say which deal or invoice a payment is for")
    async def match_payment(
        payment_id: UUID, body: models.MatchPayment, principal: CurrentPrincipal, response: Response
    ) -> models.PaymentDetails:
        number = body.deal_number or body.invoice_number or ""
        found = await pool.fetchrow(sql("number_direction"), body.deal_number, body.invoice_number)
        if found is None or not principal.sees(found["direction"]):
            raise NotFound("There is no such deal or invoice.")
        await seen(pool, payment_id, principal)
        await desk.match(payment_id, number, cause_of_call(principal), datetime.now(UTC))
        return await details(pool, payment_id, principal, response)

    @router.post("/allocate", summary="Pay an invoice with what is free on a payment")
    async def allocate_payment(
        payment_id: UUID,
        body: models.Allocate,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.PaymentDetails:
        await seen(pool, payment_id, principal)
        await check_invoice(body.invoice_id, principal)
        await desk.allocate(
            payment_id,
            body.invoice_id,
            body.amount,
            cause_of_call(principal),
            datetime.now(UTC),
            expected_version(if_match),
        )
        return await details(pool, payment_id, principal, response)

    @router.post("/deallocate", summary="Take a payment off an invoice")
    async def deallocate_payment(
        payment_id: UUID,
        body: models.Deallocate,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.PaymentDetails:
        await seen(pool, payment_id, principal)
        await check_invoice(body.invoice_id, principal)
        await desk.deallocate(
            payment_id,
            body.invoice_id,
            body.amount,
            cause_of_call(principal),
            datetime.now(UTC),
            expected_version(if_match),
        )
        return await details(pool, payment_id, principal, response)

    @router.post("/refund", summary="Register a refund of a payment that no provider reports")
    async def refund_payment(
        payment_id: UUID,
        body: models.RefundPayment,
        principal: CurrentPrincipal,
        response: Response,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
    ) -> models.PaymentDetails:
        await seen(pool, payment_id, principal)
        key = ("refund", "key", principal.kind, principal.id, payment_id, idempotency_key)
        refund_id = str(deterministic_id(*key) if idempotency_key else uuid7())
        at = not_later_than_now(body.refunded_at, datetime.now(UTC))
        await desk.refund(payment_id, refund_id, body.amount, cause_of_call(principal), at, expected_version(if_match))
        return await details(pool, payment_id, principal, response)

    return router
