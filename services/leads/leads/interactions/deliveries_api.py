"""Messages to people by HTTP: how far each got, as its provider tells."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.contracts.leads.deliveries import DeliveryState
from events.cursor import Cursor, read_cursor, write_cursor
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from leads.identity.cards import members_of, root_of
from leads.interactions.reading import SQL


class DeliveryLine(BaseModel):
    """A message of which its provider told something."""

    delivery_id: UUID
    intake: str = Field(examples=["sendgrid"])
    source: str
    message_id: UUID | None = Field(description="Of automation, where it is one of its letters.")
    customer_id: UUID | None = Field(description="Empty: nobody here is known by the recipient's phone or e-mail.")
    state: DeliveryState = Field(description="The furthest that was told.")
    reason: str | None = Field(description="The provider's code of a failure.", examples=["5.1.1"])
    at: datetime = Field(description="When it got there.")


class DeliveryPage(BaseModel):
    """Messages, those told of last first; `next` is the cursor of the next page, empty on the last."""

    deliveries: list[DeliveryLine]
    next: str | None


def router(pool: asyncpg.Pool) -> APIRouter:
    """``/deliveries``."""
    routes = APIRouter(tags=["Interactions"], dependencies=[Depends(require("leads:read"))])

    @routes.get("/deliveries", summary="List messages to people, with how far each got")
    async def list_deliveries(
        principal: CurrentPrincipal,
        customer_id: UUID | None = None,
        message_id: UUID | None = None,
        state: DeliveryState | None = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> DeliveryPage:
        async with pool.acquire() as connection:
            members = None
            if customer_id is not None:
                root = (await root_of(connection, [customer_id])).get(customer_id, customer_id)
                members = (await members_of(connection, [root])).get(root, [root])
            rows = await connection.fetch(
                sql("deliveries_list", SQL), members, message_id, state, directions_of(principal), *read_cursor(cursor),
                limit + 1,
            )  # fmt: skip
        shown = [DeliveryLine(**row) for row in rows[:limit]]
        following = write_cursor(shown[-1].at, shown[-1].delivery_id) if len(rows) > limit else None
        return DeliveryPage(deliveries=shown, next=following)

    return routes
