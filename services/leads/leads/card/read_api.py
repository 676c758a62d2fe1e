"""Reading a card by HTTP: its history, the page before a call, and whose customer this is."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from events.auth import CurrentPrincipal
from events.cursor import Cursor, read_cursor, write_cursor
from events.problems import FieldError, Invalid, NotFound
from events.sqlfile import sql
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from leads.card.api import READS
from leads.card.edits import group_of
from leads.card.history import HistoryPage, entries
from leads.card.locked import SQL
from leads.card.parts import responsible_of
from leads.card.showing import CardDesk
from leads.card.summary import Summary, page, summary
from leads.card.titles import HistoryKind
from leads.normalise import NotNormal, email, phone

PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
}


class Whose(BaseModel):
    """Whose customer this is."""

    customer_id: UUID
    manager_id: str | None = Field(description="Nobody's where empty.")
    manager_name: str | None


class Agreement(BaseModel):
    """The word that counts for a purpose and a channel: the latest on this channel or on all; no beats yes."""

    purpose: str
    channel: str | None
    given: bool | None = Field(description="Null: the person never spoke of it.")
    at: datetime | None = Field(description="When it was said.")


def history_router(desk: CardDesk, public: Collection[str]) -> APIRouter:
    """``/customers/{customer_id}/history``, ``/summary``, and whether the person agrees to be written to."""
    routes = APIRouter(prefix="/customers/{customer_id}", tags=["Cards"], dependencies=READS)

    @routes.get("/history", summary="Read everything the logs tell about a card, newest first")
    async def read_history(
        customer_id: UUID,
        principal: CurrentPrincipal,
        kind: Annotated[list[HistoryKind] | None, Query(description="Only these kinds.")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> HistoryPage:
        whole, before = await desk.whole(customer_id, principal), read_cursor(cursor)
        async with desk.commands.store.pool.acquire() as connection:
            found = await entries(connection, whole, kind or (), principal, before, limit + 1, public)
        shown = found[:limit]
        following = write_cursor(shown[-1].occurred_at, shown[-1].event_id) if len(found) > limit else None
        return HistoryPage(entries=shown, next=following)

    @routes.get("/consents", summary="Does the person agree to a purpose, by a channel? Now, or as of a moment")
    async def read_consent(
        customer_id: UUID,
        principal: CurrentPrincipal,
        purpose: Annotated[str, Query(min_length=1, max_length=60, examples=["marketing"])],
        channel: Annotated[str | None, Query(max_length=60, description="Empty: by any channel at all.")] = None,
        as_of: Annotated[AwareDatetime | None, Query(description="Words that were said later do not count.")] = None,
    ) -> Agreement:
        whole = await desk.whole(customer_id, principal)
        async with desk.commands.store.pool.acquire() as connection:
            word = await connection.fetchrow(
                sql("consent_of", SQL), whole.members, purpose, channel or "", as_of and as_of.astimezone(UTC)
            )
        return Agreement(purpose=purpose, channel=channel, given=word and word["given"], at=word and word["at"])

    @routes.get(
        "/summary",
        summary="Read the page before a call or meeting, as JSON or HTML",
        response_model=Summary,
        responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    )
    async def read_summary(
        customer_id: UUID, principal: CurrentPrincipal, format: Literal["json", "html"] = "json"
    ) -> Summary | Response:
        whole = await desk.whole(customer_id, principal)
        async with desk.commands.store.pool.acquire() as connection:
            made = await summary(connection, whole, desk, principal, datetime.now(UTC))
        if format == "json":
            return made
        return Response(page(made), media_type="text/html", headers=PAGE_HEADERS)

    return routes


def whose_router(desk: CardDesk) -> APIRouter:
    """``/whose-customer``."""
    routes = APIRouter(tags=["Cards"], dependencies=READS)

    @routes.get("/whose-customer", summary="Whose customer is this? By phone, e-mail or id")
    async def whose_customer(
        principal: CurrentPrincipal,
        phone: Annotated[str | None, Query(max_length=50)] = None,
        email: Annotated[str | None, Query(max_length=254)] = None,
        customer_id: UUID | None = None,
    ) -> Whose:
        if (phone, email, customer_id).count(None) != 2:
            raise Invalid("Give one of phone, email, customer_id.")
        pool = desk.commands.store.pool
        if customer_id is None:
            index = desk.edits.blind.of(*_normal(phone, email, desk.edits.region))
            customer_id = await pool.fetchval(
                "SELECT customer_id FROM identities WHERE blind_index = in_form($1::text::uuid)", index
            )
        if customer_id is None:
            raise NotFound("There is no such customer.")
        root = (await desk.whole(customer_id, principal)).root
        async with pool.acquire() as connection:
            manager_id = (await responsible_of(connection, [root])).get(root)
            name = await connection.fetchval("SELECT name FROM managers WHERE id = $1", manager_id)
        return Whose(customer_id=root, manager_id=manager_id, manager_name=name)

    return routes


def _normal(phone_text: str | None, email_text: str | None, region: str) -> tuple[str, str]:
    kind = group_of("email" if phone_text is None else "phone")
    try:
        value = email(email_text) if phone_text is None else phone(phone_text, region)
    except NotNormal as error:
        raise Invalid(errors=[FieldError(error.reason, parameter=f"query:{kind}")]) from None
    if value is None:
        raise Invalid(errors=[FieldError("is empty", parameter=f"query:{kind}")])
    return kind, value
