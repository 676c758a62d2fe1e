"""Click-to-call by HTTP: ask for a call, and see what became of it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
from events import tasks
from events.auth import CurrentPrincipal, Principal, require
from events.blind_index import BlindIndex
from events.calls import cause_of_call
from events.contracts.leads.interactions import CallRequested
from events.problems import Invalid, NotFound
from events.sources import Sources
from events.sqlfile import sql
from events.store import Append, Connection, Store, append_one, deterministic_id
from events.tasks import NewTask
from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field
from uuid_utils.compat import uuid7

from leads.identity.cards import members_of, root_of
from leads.interactions.dialing import KIND
from leads.interactions.exchanges import EXCHANGES
from leads.interactions.models import ManagerName
from leads.interactions.reading import SQL
from leads.normalise import NotNormal, phone

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


class NewCall(BaseModel):
    """Connect a manager's telephone with a customer's."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "f9eddbd3-5747-56d6-ac22-5c215e604e2e",
                    "manager_id": "anna",
                    "exchange": "mango/main",
                }
            ]
        },
    )

    customer_id: UUID
    manager_id: ManagerName
    exchange: str = Field(pattern=r"^[a-z_]+/[A-Za-z0-9._-]{1,100}$", description="Channel and name of the source.")
    extension: str | None = Field(None, max_length=100, description="Empty: the manager's at this exchange.")
    phone: str | None = Field(None, max_length=50, description="One of the card's; empty: the newest.")


class CallCommand(BaseModel):
    """What was asked for, and what the exchange made of it."""

    command_id: UUID
    state: Literal["requested", "placing", "placed", "refused"]
    customer_id: UUID
    manager_id: str
    exchange: str
    requested_at: datetime
    reason: str | None = Field(description="Why it was refused: a code, without personal data.")
    interaction_id: UUID | None = Field(description="The call, once the exchange has told of it.")


def router(store: Store, blind: BlindIndex, region: str, sources: Sources) -> APIRouter:
    """``/calls``."""
    routes = APIRouter(prefix="/calls", tags=["Interactions"])
    pool = store.pool

    @routes.post("", status_code=202, dependencies=[Depends(require("leads:write"))], summary="Ask for a call")
    async def ask(new: NewCall, principal: CurrentPrincipal, idempotency_key: Key = None) -> CallCommand:
        intake, _, source = new.exchange.partition("/")
        if intake not in EXCHANGES or sources.get((intake, source)) is None:
            raise Invalid("There is no such telephone exchange.", hint="rule: unknown_exchange")
        now = datetime.now(UTC)
        id_ = (
            deterministic_id("call", "key", principal.kind, principal.id, idempotency_key)
            if idempotency_key
            else uuid7()
        )
        async with pool.acquire() as connection, connection.transaction():
            card = await _card(connection, new.customer_id, principal)
            index = await _index(connection, new, card["members"], blind, region)
            extension = new.extension or await _extension(connection, new)
            added = await connection.fetchval(
                sql("call_command_add", SQL), id_, new.customer_id, new.manager_id, extension, intake, source,
                card["direction"], index, now,
            )  # fmt: skip
            if added is not None:
                requested = CallRequested(
                    command_id=id_,
                    customer_id=new.customer_id,
                    manager_id=new.manager_id,
                    extension=extension,
                    intake=intake,
                    source=source,
                    direction=card["direction"],
                )
                cause = cause_of_call(principal)
                work = NewTask(id_, KIND, {"customer_id": str(new.customer_id)}, now, cause)
                await tasks.add(connection, [work])
                decision = Append(id_, 0, [requested], cause, now)
                appended = await append_one(connection, decision)
        if added is not None:
            store.count([decision], [appended])
        return await _read(pool, id_, principal)

    @routes.get("/{command_id}", dependencies=[Depends(require("leads:read"))], summary="Read what became of a call")
    async def read(command_id: UUID, principal: CurrentPrincipal) -> CallCommand:
        return await _read(pool, command_id, principal)

    return routes


async def _card(connection: Connection, customer_id: UUID, principal: Principal) -> dict[str, Any]:
    """All members, and the line of business of the first of them, the root before others, that the caller sees."""
    root = (await root_of(connection, [customer_id])).get(customer_id)
    members = (await members_of(connection, [root]))[root] if root else []
    rows = await connection.fetch("SELECT id, direction FROM customers WHERE id = ANY($1::uuid[])", members)
    directions = {row["id"]: row["direction"] for row in rows if principal.sees(row["direction"])}
    seen = next((member for member in members if member in directions), None)
    if seen is None:
        raise NotFound("There is no such customer.")
    return {"direction": directions[seen], "members": members}


async def _index(
    connection: Connection, new: NewCall, members: list[UUID], blind: BlindIndex, region: str
) -> UUID | None:
    if new.phone is None:
        return None
    try:
        value = phone(new.phone, region)
    except NotNormal as error:
        raise Invalid(f"phone: {error.reason}") from None
    index = UUID(hex=blind.of("phone", value)) if value else None
    query = "SELECT true FROM identities WHERE blind_index = in_form($1::uuid) AND customer_id = ANY($2::uuid[])"
    if index is None or not await connection.fetchval(query, index, members):
        raise Invalid("The phone is not one of this customer's.", hint="rule: unknown_phone")
    return index


async def _extension(connection: Connection, new: NewCall) -> str:
    found = await connection.fetchval(sql("phone_extension_of", SQL), new.manager_id, new.exchange)
    if found is None:
        raise Invalid("The manager has no telephone at this exchange.", hint="rule: no_extension")
    return str(found)


async def _read(pool: asyncpg.Pool, id_: UUID, principal: Principal) -> CallCommand:
    row = await pool.fetchrow(sql("call_command_read", SQL), id_)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such call.")
    return CallCommand(**row)
