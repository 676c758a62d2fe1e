"""Contacts by HTTP: register, read, conclude, move, cancel; missed calls; whose telephone is whose."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import asyncpg
import orjson
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, directions_of, expected_version
from events.contracts.leads.interactions import Flow, InteractionKind
from events.cursor import Cursor, read_cursor, write_cursor
from events.privacy import CustomerKey
from events.problems import Conflict, Invalid, NotFound
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import Field

from leads.admin_api import ManagerId
from leads.identity.cards import members_of, root_of, seen_among
from leads.interactions import models
from leads.interactions.desk import Asked, Desk
from leads.interactions.domain import Cancel, Conclude, Reschedule
from leads.interactions.reading import SQL

MOST_ITEMS = 1_000

Limit = Annotated[int, Query(ge=1, le=200, description="Most entries of a page.")]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
Card = TypeVar("Card", bound=models.InteractionCard)
Bulk = Annotated[list[models.BulkInteraction], Field(min_length=1, max_length=MOST_ITEMS)]
_READS, _WRITES = Depends(require("leads:read")), Depends(require("leads:write"))
_READ = "SELECT i.*, root_of(i.customer_id) AS card_id FROM interactions i WHERE id = $1"
_TEXTS = """
SELECT type, data FROM events
 WHERE stream_id = $1 AND type IN ('interaction.planned.v1', 'interaction.registered.v1', 'interaction.concluded.v1')
 ORDER BY version
"""


def writing_router(desk: Desk) -> APIRouter:
    """``/interactions``: registering, concluding, moving, cancelling."""
    routes = APIRouter(tags=["Interactions"])
    pool = desk.store.pool

    @routes.post("/interactions", dependencies=[_WRITES], summary="Register or plan a contact", status_code=201)
    async def register(
        new: models.NewInteraction, principal: CurrentPrincipal, response: Response, idempotency_key: Key = None
    ) -> models.InteractionCard:
        (answer,) = await desk.register([Asked(new, idempotency_key)], principal, datetime.now(UTC))
        if answer.interaction_id is None:
            raise Invalid(answer.reason)
        response.status_code = 201 if answer.created else 200
        return _tagged(_card(await _visible(pool, answer.interaction_id, principal)), response)

    @routes.post("/interactions/bulk", dependencies=[_WRITES], summary="Register up to 1,000 contacts")
    async def register_many(items: Bulk, principal: CurrentPrincipal) -> list[models.ItemOutcome]:
        answers = await desk.register([Asked(item, item.id) for item in items], principal, datetime.now(UTC))
        return [
            models.ItemOutcome(
                id=item.id,
                outcome="rejected" if answer.reason else "registered" if answer.created else "duplicate",
                interaction_id=answer.interaction_id,
                reason=answer.reason,
            )
            for item, answer in zip(items, answers, strict=True)
        ]

    @routes.post("/interactions/{interaction_id}/outcome", dependencies=[_WRITES], summary="Say what came of a contact")
    async def conclude(
        interaction_id: UUID,
        body: models.Outcome,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.InteractionCard:
        def command(key: CustomerKey | None) -> Conclude:
            if body.comment is not None and key is None:
                raise Conflict("There is no customer's key to seal the comment with.", hint="rule: no_key")
            comment = key.seal(body.comment) if key and body.comment else None
            return Conclude(**body.model_dump(exclude={"comment"}), comment=comment)

        await desk.run(interaction_id, command, principal, datetime.now(UTC), expected_version(if_match))
        return _tagged(_card(await _visible(pool, interaction_id, principal)), response)

    @routes.post("/interactions/{interaction_id}/reschedule", dependencies=[_WRITES], summary="Move a planned contact")
    async def reschedule(
        interaction_id: UUID,
        body: models.NewTime,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.InteractionCard:
        moved = Reschedule(body.planned_at)
        await desk.run(interaction_id, lambda _: moved, principal, datetime.now(UTC), expected_version(if_match))
        return _tagged(_card(await _visible(pool, interaction_id, principal)), response)

    @routes.post("/interactions/{interaction_id}/cancel", dependencies=[_WRITES], summary="Cancel a planned contact")
    async def cancel(
        interaction_id: UUID,
        body: models.Cancellation,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.InteractionCard:
        cancelled = Cancel(body.reason)
        await desk.run(interaction_id, lambda _: cancelled, principal, datetime.now(UTC), expected_version(if_match))
        return _tagged(_card(await _visible(pool, interaction_id, principal)), response)

    return routes


def reading_router(desk: Desk) -> APIRouter:
    """``/interactions`` and ``/missed-calls``: lists, and one with its texts."""
    routes = APIRouter(tags=["Interactions"])
    pool = desk.store.pool

    @routes.get("/interactions", dependencies=[_READS], summary="List contacts, newest first")
    async def list_interactions(
        principal: CurrentPrincipal,
        customer_id: UUID | None = None,
        manager_id: str | None = None,
        kind: InteractionKind | None = None,
        flow: Flow | None = None,
        state: models.State | None = None,
        since: Annotated[datetime | None, Query(description="From this time on.")] = None,
        until: Annotated[datetime | None, Query(description="Before this time.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> models.InteractionPage:
        members = await _members(pool, customer_id, principal) if customer_id is not None else None
        rows = await pool.fetch(
            sql("interactions_list", SQL), members, manager_id, kind, flow, state, _aware(since), _aware(until),
            directions_of(principal), *read_cursor(cursor), limit + 1,
        )  # fmt: skip
        return _page(rows, limit)

    @routes.get("/missed-calls", dependencies=[_READS], summary="List calls to be returned, the oldest first")
    async def list_missed(
        principal: CurrentPrincipal, manager_id: str | None = None, cursor: Cursor = None, limit: Limit = 50
    ) -> models.InteractionPage:
        rows = await pool.fetch(
            sql("missed_calls", SQL), manager_id, directions_of(principal), *read_cursor(cursor), limit + 1
        )
        return _page(rows, limit)

    @routes.get(
        "/interactions/{interaction_id}",
        dependencies=[_READS, Depends(require("customers:read"))],
        summary="Read a contact with its texts",
    )
    async def read(interaction_id: UUID, principal: CurrentPrincipal, response: Response) -> models.InteractionDetails:
        row = await _visible(pool, interaction_id, principal)
        async with pool.acquire() as connection:
            customer = row["customer_id"]
            keys = await desk.keyring.read(connection, [customer]) if customer else {}
            events = await connection.fetch(_TEXTS, interaction_id)
        details = models.InteractionDetails(**_card(row).model_dump(), **_opened(row, events, keys.get(customer)))
        return _tagged(details, response)

    return routes


def telephones_router(pool: asyncpg.Pool) -> APIRouter:
    """``/managers/{manager_id}/phone-extensions``."""
    routes = APIRouter(prefix="/managers", tags=["Managers"])

    @routes.put(
        "/{manager_id}/phone-extensions",
        dependencies=[Depends(require("leads:assign"))],
        summary="Say which telephones are a manager's",
    )
    async def put(
        manager_id: ManagerId, telephones: Annotated[list[models.Telephone], Field(max_length=50)]
    ) -> list[models.Telephone]:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("DELETE FROM phone_extensions WHERE manager_id = $1", manager_id)
            await connection.execute(
                sql("phone_extensions_put", SQL),
                [telephone.exchange for telephone in telephones],
                [telephone.extension for telephone in telephones],
                manager_id,
            )
        return telephones

    @routes.get("/{manager_id}/phone-extensions", dependencies=[_READS], summary="Read a manager's telephones")
    async def read(manager_id: ManagerId) -> list[models.Telephone]:
        rows = await pool.fetch(
            "SELECT source AS exchange, extension FROM phone_extensions WHERE manager_id = $1 ORDER BY 1, 2", manager_id
        )
        return [models.Telephone(**row) for row in rows]

    return routes


async def _visible(pool: asyncpg.Pool, id_: UUID, principal: Principal) -> asyncpg.Record:
    row = await pool.fetchrow(_READ, id_)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such interaction.")
    return row


async def _members(pool: asyncpg.Pool, customer_id: UUID, principal: Principal) -> list[UUID]:
    """All cards of the customer's tree; one the caller does not see is not there."""
    async with pool.acquire() as connection:
        if not await seen_among(connection, [customer_id], directions_of(principal)):
            raise NotFound("There is no such customer.")
        root = (await root_of(connection, [customer_id]))[customer_id]
        return (await members_of(connection, [root]))[root]


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _page(rows: list[asyncpg.Record], limit: int) -> models.InteractionPage:
    shown = [_card(row) for row in rows[:limit]]
    following = write_cursor(shown[-1].at, shown[-1].interaction_id) if len(rows) > limit else None
    return models.InteractionPage(interactions=shown, next=following)


def _card(row: asyncpg.Record) -> models.InteractionCard:
    fields: dict[str, Any] = {**row, "interaction_id": row["id"], "customer_id": row["card_id"]}
    if row["call"] is not None:
        call = orjson.loads(row["call"])
        fields["call"] = models.CallFacts(**call, extensions=[leg["extension"] for leg in call["legs"]])
    return models.InteractionCard(**fields)


def _opened(row: asyncpg.Record, events: list[asyncpg.Record], key: CustomerKey | None) -> dict[str, Any]:
    """The last text and comment, and the recordings; nothing where the key is gone."""
    texts: dict[str, str | None] = {"text": None, "comment": None}
    for event in events:
        for name, sealed in orjson.loads(event["data"]).items():
            if name in texts:
                texts[name] = key.open(sealed) if key else None
    recordings = orjson.loads(row["call"])["recordings"] if row["call"] else []
    links = [key.open(recording["link"]) for recording in recordings if recording["link"]] if key else []
    return {**texts, "recordings": [link for link in links if link is not None]}


def _tagged(card: Card, response: Response) -> Card:
    response.headers["ETag"] = f'"{card.version}"'
    return card
