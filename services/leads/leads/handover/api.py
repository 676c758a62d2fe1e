"""Handing over by HTTP: one customer, or a manager's open work, for good or for a time."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
import orjson
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, directions_of, expected_version
from events.cursor import Cursor, read_cursor, write_cursor
from events.problems import FieldError, Invalid, NotFound
from events.sqlfile import sql
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Header, Path, Query, Response
from uuid_utils.compat import uuid7

from leads.card.etag import IfMatchCard, expected_tag
from leads.card.models import CustomerDetails
from leads.card.responsible import NewResponsible, Responsible
from leads.card.showing import CardDesk
from leads.handover.choosing import SQL, Terms
from leads.handover.handovers import Handovers, NewHandover, check, members
from leads.handover.models import (
    ChangeResponsible,
    ForeseenItem,
    HandoverCard,
    HandoverItem,
    HandoverItems,
    HandoverPage,
    HandoverPreview,
    HandOverWork,
)
from leads.handover.preview import preview
from leads.handover.returning import Returning

PathManagerId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._@-]{1,100}$", examples=["anna"])]
Limit = Annotated[int, Query(ge=1, le=200, description="Most entries of a page.")]
ItemCursor = Annotated[
    str | None, Query(pattern=r"^(customer|lead|organisation|contact):[0-9a-f-]{36}$", description="`next` before.")
]
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=255, description="Makes a repetition of the request harmless: any text."),
]


def routers(desk: CardDesk, handovers: Handovers, returning: Returning, reasons: frozenset[str]) -> list[APIRouter]:
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

    _add_work(routes, handovers, reasons)
    _add_handovers(routes, handovers.store.pool)
    _add_return(routes, handovers.store.pool, returning)
    return [routes]


def _add_work(routes: APIRouter, handovers: Handovers, reasons: frozenset[str]) -> None:
    pool = handovers.store.pool

    @routes.post("/managers/{manager_id}/hand-over", status_code=202, summary="Hand over a manager's open work")
    async def hand_over(
        manager_id: PathManagerId,
        body: HandOverWork,
        principal: CurrentPrincipal,
        response: Response,
        idempotency_key: IdempotencyKey = None,
    ) -> HandoverCard:
        check_reason(body.reason, reasons)
        key = ("handover", "key", principal.kind, principal.id, idempotency_key)
        handover_id = deterministic_id(*key) if idempotency_key else uuid7()
        new = NewHandover(_terms(handover_id, manager_id, body, principal), body.starts_at, body.until)
        await handovers.request(new, cause_of_call(principal), datetime.now(UTC))
        return await _read(pool, handover_id, principal, response)

    @routes.post("/managers/{manager_id}/hand-over/preview", summary="Say who would get what, and change nothing")
    async def foresee(manager_id: PathManagerId, body: HandOverWork, principal: CurrentPrincipal) -> HandoverPreview:
        check_reason(body.reason, reasons)
        terms = _terms(None, manager_id, body, principal)
        async with pool.acquire() as connection, connection.transaction():
            await check(connection, terms)
            whole = Terms(None, *_asked(terms), await members(connection, terms.customer_ids), terms.directions)
            foreseen = await preview(connection, handovers.moving, whole, datetime.now(UTC))
        items = [
            ForeseenItem(
                kind=one.kind,
                subject_id=one.subject_id,
                manager_id=one.choice.manager_id,
                explanation=one.choice.explanation,
                waits_until=one.choice.waits_until,
                leads=one.leads,
                steps=list(one.choice.steps),
            )
            for one in foreseen.items
        ]
        by_manager: dict[str, int] = {}
        for item in items:
            if item.manager_id is not None:
                by_manager[item.manager_id] = by_manager.get(item.manager_id, 0) + 1
        return HandoverPreview(
            items=items,
            more=foreseen.more,
            by_manager=by_manager,
            staying=len(items) - sum(by_manager.values()),
            contacts=foreseen.contacts,
            call_entries=foreseen.call_entries,
        )


def _add_handovers(routes: APIRouter, pool: asyncpg.Pool) -> None:
    @routes.get("/hand-overs", summary="List hand-overs, the newest first")
    async def list_handovers(
        principal: CurrentPrincipal,
        manager_id: Annotated[str | None, Query(max_length=100, description="Whose work it was.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> HandoverPage:
        asked = manager_id, *read_cursor(cursor), limit + 1, directions_of(principal)
        rows = await pool.fetch(sql("handovers_list", SQL), *asked)
        cards = [_card(row) for row in rows[:limit]]
        after = write_cursor(cards[-1].requested_at, cards[-1].handover_id) if len(rows) > limit else None
        return HandoverPage(handovers=cards, next=after)

    @routes.get("/hand-overs/{handover_id}", summary="Read how far a hand-over has come")
    async def read_handover(handover_id: UUID, principal: CurrentPrincipal, response: Response) -> HandoverCard:
        return await _read(pool, handover_id, principal, response)

    @routes.get("/hand-overs/{handover_id}/items", summary="List who got what and why, and what went back")
    async def list_items(
        handover_id: UUID, principal: CurrentPrincipal, cursor: ItemCursor = None, limit: Limit = 50
    ) -> HandoverItems:
        await _row(pool, handover_id, principal)
        kind, _, subject = cursor.partition(":") if cursor else (None, None, None)
        try:
            after = UUID(subject) if subject else None
        except ValueError:
            raise Invalid(errors=[FieldError("is not one of ours", parameter="query:cursor")]) from None
        rows = await pool.fetch(sql("items_list", SQL), handover_id, kind, after, limit + 1)
        items = [HandoverItem(**{**row, "steps": orjson.loads(row["steps"])}) for row in rows[:limit]]
        return HandoverItems(
            items=items, next=f"{items[-1].kind}:{items[-1].subject_id}" if len(rows) > limit else None
        )


def _add_return(routes: APIRouter, pool: asyncpg.Pool, returning: Returning) -> None:
    @routes.post("/hand-overs/{handover_id}/return", status_code=202, summary="Give back what was handed over, now")
    async def give_back(
        handover_id: UUID, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> HandoverCard:
        await _row(pool, handover_id, principal)
        await returning.ask(handover_id, cause_of_call(principal), datetime.now(UTC), expected_version(if_match))
        return await _read(pool, handover_id, principal, response)


def _terms(handover_id: UUID | None, manager_id: str, body: HandOverWork, principal: Principal) -> Terms:
    ids = body.customer_ids if body.scope == "customers" else None
    return Terms(handover_id, manager_id, body.to, body.reason, ids, directions_of(principal))


def _asked(terms: Terms) -> tuple[str, str | None, str]:
    return terms.from_manager_id, terms.to_manager_id, terms.reason


async def _row(pool: asyncpg.Pool, handover_id: UUID, principal: Principal) -> asyncpg.Record:
    row = await pool.fetchrow("SELECT * FROM handovers WHERE id = $1", handover_id)
    if row is None or not principal.sees_all(row["directions"]):
        raise NotFound("There is no such hand-over.")
    return row


async def _read(pool: asyncpg.Pool, handover_id: UUID, principal: Principal, response: Response) -> HandoverCard:
    card = _card(await _row(pool, handover_id, principal))
    response.headers["ETag"] = f'"{card.version}"'
    return card


def _card(row: asyncpg.Record) -> HandoverCard:
    known = {"handover_id": row["id"], "left": row["remaining"], "asked_again_at": row["wait_until"]}
    return HandoverCard.model_validate({**row, **known})


def check_reason(reason: str, reasons: frozenset[str]) -> None:
    """Raises ``Invalid`` for a reason that is not on the list of the service's settings."""
    if reason not in reasons:
        told = f"must be one of: {', '.join(sorted(reasons))}"
        raise Invalid(errors=[FieldError(told, "#/reason")], hint="rule: unknown_reason", code="unknown_reason")
