"""Leads and customers by HTTP: read, qualify, disqualify, assign."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, directions_of, expected_version
from events.contracts.leads import Temperature
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.privacy import BlindIndex
from events.problems import FieldError, Invalid
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from leads.capture import SQL
from leads.cards import Cards, CustomerCard, CustomerDetails, LeadCard, LeadPage, Status, visible_lead
from leads.commands import Commands, Prepare
from leads.normalise import NotNormal, channel_name, email, phone
from leads.touch import touch_id


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QualifyLead(_Body):
    """The interest is real."""

    temperature: Temperature
    category: str | None = Field(None, min_length=1, max_length=100)
    comment: str | None = Field(None, max_length=10_000, description="Sealed with the customer's key.")


class DisqualifyLead(_Body):
    """There is nothing to sell."""

    reason: str = Field(max_length=100, examples=["spam"], description="From the list of the service's settings.")
    comment: str | None = Field(None, max_length=10_000, description="Sealed with the customer's key.")


class AssignLead(_Body):
    """Who becomes responsible: a manager, or the one whose turn it is."""

    strategy: Literal["by_hand", "round_robin"] | None = Field(
        None, description="Empty: by_hand if a manager is named."
    )
    manager_id: str | None = Field(None, max_length=100, description="For `by_hand`.", examples=["anna"])

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.strategy is not None and (self.strategy == "by_hand") != (self.manager_id is not None):
            raise ValueError("by_hand needs a manager_id, round_robin takes none")
        return self


def leads_router(pool: asyncpg.Pool, commands: Commands) -> APIRouter:
    """``/leads``."""
    routes = APIRouter(prefix="/leads", tags=["Leads"])
    reads, writes = [Depends(require("leads:read"))], [Depends(require("leads:write"))]

    async def run(
        lead_id: UUID, prepare: Prepare, principal: Principal, if_match: str | None, response: Response
    ) -> LeadCard:
        await visible_lead(pool, lead_id, principal)
        cause = cause_of_call(principal)
        await commands.run(lead_id, prepare, cause, datetime.now(UTC), expected_version(if_match))
        return _tagged(await visible_lead(pool, lead_id, principal), response)

    @routes.get("", dependencies=reads, summary="List leads, newest first")
    async def list_leads(
        principal: CurrentPrincipal,
        status: Status | None = None,
        manager_id: str | None = None,
        channel: str | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> LeadPage:
        rows = await pool.fetch(
            sql("leads_list", SQL), status, manager_id, channel_name(channel), directions_of(principal),
            *read_cursor(cursor), limit + 1,
        )  # fmt: skip
        shown = [LeadCard(**row) for row in rows[:limit]]
        following = write_cursor(shown[-1].captured_at, shown[-1].lead_id) if len(rows) > limit else None
        return LeadPage(leads=shown, next=following)

    @routes.get("/{lead_id}", dependencies=reads, summary="Read a lead")
    async def read_lead(lead_id: UUID, principal: CurrentPrincipal, response: Response) -> LeadCard:
        return _tagged(await visible_lead(pool, lead_id, principal), response)

    @routes.post("/{lead_id}/qualify", dependencies=writes, summary="Qualify a lead")
    async def qualify(
        lead_id: UUID, body: QualifyLead, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> LeadCard:
        prepare = commands.qualifying(body.temperature, body.category, body.comment)
        return await run(lead_id, prepare, principal, if_match, response)

    @routes.post("/{lead_id}/disqualify", dependencies=writes, summary="Close a lead: there is nothing to sell")
    async def disqualify(
        lead_id: UUID, body: DisqualifyLead, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> LeadCard:
        return await run(lead_id, commands.disqualifying(body.reason, body.comment), principal, if_match, response)

    @routes.post(
        "/{lead_id}/assign", dependencies=[Depends(require("leads:assign"))], summary="Give a lead to a manager"
    )
    async def assign(
        lead_id: UUID, body: AssignLead, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> LeadCard:
        return await run(lead_id, commands.assigning(body.manager_id), principal, if_match, response)

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
                "SELECT customer_id FROM identities WHERE blind_index = $1",
                _index(phone, email, blind, region),
            )
        customer_id = await pool.fetchval(query, found)
        return [] if customer_id is None else await cards.find([customer_id], principal)

    @routes.get("/{customer_id}", summary="Read a card with its leads and requests, opened")
    async def read_customer(customer_id: UUID, principal: CurrentPrincipal) -> CustomerDetails:
        return await cards.read(customer_id, principal)

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


def _tagged(card: LeadCard, response: Response) -> LeadCard:
    response.headers["ETag"] = f'"{card.version}"'
    return card
