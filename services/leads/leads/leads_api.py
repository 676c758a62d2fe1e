"""Leads and customers by HTTP: list and read."""

from typing import Annotated
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, require
from events.blind_index import BlindIndex
from events.calls import directions_of
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.problems import FieldError, Invalid
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Query, Response

from leads.capture import SQL
from leads.cards import Cards, CustomerCard, LeadCard, LeadPage, Status, visible_lead
from leads.normalise import NotNormal, channel_name, email, phone
from leads.touch import touch_id


def leads_router(pool: asyncpg.Pool) -> APIRouter:
    """``/leads``; what is done with them stands in ``routing``."""
    routes = APIRouter(prefix="/leads", tags=["Leads"])
    reads = [Depends(require("leads:read"))]

    @routes.get("", dependencies=reads, summary="List leads, newest first")
    async def list_leads(
        principal: CurrentPrincipal,
        status: Status | None = None,
        manager_id: str | None = None,
        channel: str | None = None,
        unassigned: Annotated[bool | None, Query(description="Only those that nobody, or somebody, has.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> LeadPage:
        rows = await pool.fetch(
            sql("leads_list", SQL), status, manager_id, channel_name(channel), directions_of(principal),
            *read_cursor(cursor), limit + 1, unassigned,
        )  # fmt: skip
        shown = [LeadCard(**row) for row in rows[:limit]]
        following = write_cursor(shown[-1].captured_at, shown[-1].lead_id) if len(rows) > limit else None
        return LeadPage(leads=shown, next=following)

    @routes.get("/{lead_id}", dependencies=reads, summary="Read a lead")
    async def read_lead(lead_id: UUID, principal: CurrentPrincipal, response: Response) -> LeadCard:
        card = await visible_lead(pool, lead_id, principal)
        response.headers["ETag"] = f'"{card.version}"'
        return card

    return routes


def customers_router(pool: asyncpg.Pool, cards: Cards, blind: BlindIndex, region: str) -> APIRouter:
    """``/customers``."""
    routes = APIRouter(prefix="/customers", tags=["Customers"], dependencies=[Depends(require("customers:read"))])

    @routes.get("", summary="Find the card of a phone, an e-mail, or a provider's id")
    async def find_customers(
        principal: CurrentPrincipal,
        phone: Annotated[str | None, Query(max_length=50)] = None,
        email: Annotated[str | None, Query(max_length=254)] = None,
        provider_id: Annotated[str | None, Query(max_length=255, description="With `intake` and `source`.")] = None,
        intake: Annotated[str | None, Query(max_length=100, description="The way it came in: tilda, api …")] = None,
        source: Annotated[str | None, Query(max_length=100, description="The source's name.")] = None,
    ) -> list[CustomerCard]:
        if (phone, email, provider_id).count(None) != 2:
            raise Invalid("Give one of phone, email, provider_id.")
        if provider_id is not None:
            if intake is None or source is None:
                raise Invalid("A provider_id is looked up within its intake and source.")
            query, found = "SELECT customer_id FROM touches WHERE touch_id = $1", touch_id(intake, source, provider_id)
        else:
            query, found = (
                "SELECT customer_id FROM identities WHERE blind_index = in_form($1::uuid)",
                _index(phone, email, blind, region),
            )
        customer_id = await pool.fetchval(query, found)
        return [] if customer_id is None else await cards.find([customer_id], principal)

    return routes


def _index(phone_text: str | None, email_text: str | None, blind: BlindIndex, region: str) -> UUID:
    kind = "email" if phone_text is None else "phone"
    try:
        value = email(email_text) if phone_text is None else phone(phone_text, region)
    except NotNormal as error:
        raise Invalid(errors=[FieldError(error.reason, parameter=f"query:{kind}")]) from None
    if value is None:
        raise Invalid(errors=[FieldError("is empty", parameter=f"query:{kind}")])
    return UUID(hex=blind.of(kind, value))
