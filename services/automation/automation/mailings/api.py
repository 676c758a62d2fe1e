"""The HTTP API of mailings: prepare, add recipients, start, stop, progress."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.cursor import Cursor, Limit
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Header
from uuid_utils.compat import uuid7

from automation.mailings.desk import MailingDesk
from automation.mailings.models import (
    Added,
    MailingDetails,
    MailingPage,
    NewMailing,
    RecipientPage,
    Recipients,
    RecipientState,
    Starting,
)
from automation.sight import check_customers

READ, WRITE = [Depends(require("messages:read"))], [Depends(require("rules:write"))]
IdempotencyKey = Annotated[
    str | None,
    Header(max_length=200, description="The same key is the same mailing; a repeat is answered with it."),
]


def router(desk: MailingDesk) -> APIRouter:
    """The routes under /mailings."""
    routes = APIRouter(prefix="/mailings", tags=["mailings"])

    @routes.get("", dependencies=READ, summary="Mailings, newest first")
    async def list_mailings(cursor: Cursor = None, limit: Limit = 100) -> MailingPage:
        return await desk.page(cursor, limit)

    @routes.post("", status_code=201, dependencies=WRITE, summary="Prepare a mailing; nothing is sent yet")
    async def prepare(
        body: NewMailing, principal: CurrentPrincipal, idempotency_key: IdempotencyKey = None
    ) -> MailingDetails:
        mailing_id = deterministic_id("mailing", principal.actor, idempotency_key) if idempotency_key else uuid7()
        return await desk.prepare(mailing_id, body, principal)

    @routes.get("/{mailing_id}", dependencies=READ, summary="A mailing and its progress")
    async def read_mailing(mailing_id: UUID) -> MailingDetails:
        return await desk.read(mailing_id)

    @routes.get("/{mailing_id}/recipients", dependencies=READ, summary="Its recipients, each with the message")
    async def list_recipients(
        mailing_id: UUID,
        principal: CurrentPrincipal,
        state: RecipientState | None = None,
        after: UUID | None = None,
        limit: Limit = 100,
    ) -> RecipientPage:
        return await desk.recipients(mailing_id, state, after, limit, directions_of(principal))

    @routes.post("/{mailing_id}/recipients", dependencies=WRITE, summary="Add recipients to a draft, 1,000 at once")
    async def add_recipients(mailing_id: UUID, body: Recipients, principal: CurrentPrincipal) -> Added:
        await check_customers(desk.store.pool, principal, body.customer_ids)
        return await desk.add(mailing_id, body.customer_ids)

    @routes.post("/{mailing_id}/start", dependencies=WRITE, summary="Send it, at once or from a time on")
    async def start(mailing_id: UUID, body: Starting, principal: CurrentPrincipal) -> MailingDetails:
        return await desk.start(mailing_id, body.at, principal)

    @routes.post("/{mailing_id}/stop", dependencies=WRITE, summary="Send nothing more of it")
    async def stop(mailing_id: UUID, principal: CurrentPrincipal) -> MailingDetails:
        return await desk.stop(mailing_id, principal)

    return routes
