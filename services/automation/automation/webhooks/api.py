"""The HTTP API of endpoints: set up, give a new secret, switch, remove."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import asyncpg
from events.auth import EVERYTHING, CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.outgoing import Outgoing, Refused, check_address
from events.problems import FieldError, Forbidden, Invalid, NotFound
from fastapi import APIRouter, Depends, Response

from automation.webhooks.endpoints import Endpoint, Endpoints, sql
from automation.webhooks.models import Code, ConfigureWebhook, WebhookCard, WebhookSecret

WRITES = [Depends(require("webhooks:write"))]


def router(endpoints: Endpoints, outgoing: Outgoing) -> APIRouter:
    """The routes under /webhooks."""
    routes = APIRouter(prefix="/webhooks", tags=["webhooks"], dependencies=WRITES)
    pool = endpoints.store.pool
    _reads(routes, pool)
    _switches(routes, endpoints)

    @routes.put(
        "/{code}",
        summary="Set an endpoint up, or change it, and enable it",
        responses={201: {"model": WebhookSecret, "description": "It is new, and this is its secret."}},
    )
    async def configure(
        code: Code,
        body: ConfigureWebhook,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> WebhookSecret:
        await seen(pool, code, principal, must_be=False)
        _check(body, principal, outgoing)
        wanted = Endpoint(
            body.url,
            tuple(dict.fromkeys(body.types)),
            tuple(dict.fromkeys(body.directions)),
            body.personal,
            body.description,
        )
        now, expected = datetime.now(UTC), expected_version(if_match)
        changed = await endpoints.configure(code, wanted, cause_of_call(principal), now, expected)
        response.status_code = 201 if changed.made else 200
        return WebhookSecret(**await _shown(pool, code, principal, response), secret=changed.secret)

    @routes.post("/{code}/rotate", summary="Give an endpoint a new secret; the one before signs on for a day")
    async def rotate(code: Code, principal: CurrentPrincipal, response: Response) -> WebhookSecret:
        await seen(pool, code, principal)
        changed = await endpoints.rotate(code, cause_of_call(principal), datetime.now(UTC))
        return WebhookSecret(**await _shown(pool, code, principal, response), secret=changed.secret)

    return routes


def _reads(routes: APIRouter, pool: asyncpg.Pool) -> None:
    @routes.get("", summary="List the endpoints")
    async def list_webhooks(principal: CurrentPrincipal) -> list[WebhookCard]:
        rows = await pool.fetch(sql("endpoints_list"), None)
        return [WebhookCard(**row) for row in rows if sees(principal, row["directions"])]

    @routes.get("/{code}", summary="Read an endpoint")
    async def read_webhook(code: Code, principal: CurrentPrincipal, response: Response) -> WebhookCard:
        return WebhookCard(**await _shown(pool, code, principal, response))


def _switches(routes: APIRouter, endpoints: Endpoints) -> None:
    pool = endpoints.store.pool

    @routes.post("/{code}/enable", summary="Send events again, from now on")
    async def enable(code: Code, principal: CurrentPrincipal, response: Response) -> WebhookCard:
        await seen(pool, code, principal)
        await endpoints.switch(code, "enabled", cause_of_call(principal), datetime.now(UTC))
        return WebhookCard(**await _shown(pool, code, principal, response))

    @routes.post("/{code}/disable", summary="Send nothing any more; what waits to be sent fails")
    async def disable(code: Code, principal: CurrentPrincipal, response: Response) -> WebhookCard:
        await seen(pool, code, principal)
        await endpoints.switch(code, "disabled", cause_of_call(principal), datetime.now(UTC))
        return WebhookCard(**await _shown(pool, code, principal, response))

    @routes.delete("/{code}", status_code=204, summary="Remove an endpoint, its address and its secrets")
    async def remove(code: Code, principal: CurrentPrincipal) -> None:
        await seen(pool, code, principal)
        await endpoints.remove(code, cause_of_call(principal), datetime.now(UTC))


def sees(principal: Principal, directions: list[str]) -> bool:
    """Who sees some lines of business sees the endpoints that get no others."""
    if EVERYTHING in principal.directions:
        return True
    return bool(directions) and set(directions) <= principal.directions


async def seen(pool: asyncpg.Pool, code: str, principal: Principal, *, must_be: bool = True) -> None:
    """Raises ``NotFound`` for an endpoint that is not there for the caller; one that ``must_be`` not may be new."""
    row = await pool.fetchrow("SELECT state, directions FROM webhook_endpoints WHERE code = $1", code)
    is_there = row is not None and row["state"] != "removed"
    if (must_be and not is_there) or (row is not None and is_there and not sees(principal, row["directions"])):
        raise NotFound("There is no such endpoint.")


async def _shown(pool: asyncpg.Pool, code: str, principal: Principal, response: Response) -> dict[str, Any]:
    await seen(pool, code, principal)
    row = await pool.fetchrow(sql("endpoints_list"), code)
    if row is None:
        raise NotFound("There is no such endpoint.")
    response.headers["ETag"] = f'"{row["version"]}"'
    return dict(row)


def _check(body: ConfigureWebhook, principal: Principal, outgoing: Outgoing) -> None:
    if not sees(principal, body.directions):
        raise Forbidden("You do not see these lines of business.")
    if body.personal and "customers:read" not in principal.permissions:
        raise Forbidden("Personal data are given only by who may read them: this needs the permission customers:read.")
    try:
        check_address(body.url, outgoing.private_hosts)
    except Refused as refused:
        raise Invalid("The request has faults.", errors=[FieldError(str(refused), pointer="#/url")]) from None
