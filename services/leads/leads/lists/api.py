"""``/lists``: save, read, change, freeze and close lists of customers, and see whom they select."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
import orjson
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, directions_of, expected_version
from events.contracts.leads.lists import ListKind
from events.cursor import Cursor, read_cursor, write_cursor
from events.second_wall import across_lines
from events.sqlfile import sql
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import Field
from uuid_utils.compat import uuid7

from leads.cards import Cards, CustomerCard
from leads.lists import SQL, models
from leads.lists.catalogue import COMPARISONS, CUSTOM, FIELDS, asked_as
from leads.lists.desk import ListsDesk, Move
from leads.lists.domain import ChangeList, CloseList, Command, CreateList, kind_of
from leads.lists.people import Named
from leads.lists.reading import Selecting, selection_of

PREVIEWED = 20
Limit = Annotated[int, Query(ge=1, le=200, description="Most entries of a page.")]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
Members = Annotated[list[models.NewMember], Field(min_length=1, max_length=models.MOST_MEMBERS)]
Blacklisted = Annotated[bool, Query(description="With those on the black list.")]
_TELLS, _READS = [Depends(require("leads:read"))], [Depends(require("customers:read"))]
_WRITES = [Depends(require("lists:write"))]
_SELECTED = "criteria ask all that is known of a person, for a mailing and for who looks at it alike"


def reading_router(selecting: Selecting, pool: asyncpg.Pool, cards: Cards) -> APIRouter:
    """What lists there are, and whom they select."""
    routes = APIRouter(prefix="/lists", tags=["Lists"])

    @routes.get("", dependencies=_TELLS, summary="List lists, newest first")
    async def list_lists(
        principal: CurrentPrincipal,
        kind: ListKind | None = None,
        closed: Annotated[bool, Query(description="With those that are closed.")] = False,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> models.ListPage:
        by_criteria = None if kind is None else kind == "by_criteria"
        asked = (by_criteria, closed, directions_of(principal), *read_cursor(cursor), limit + 1)
        rows = await pool.fetch(sql("lists_list", SQL), *asked)
        shown = [_card(row) for row in rows[:limit]]
        following = write_cursor(shown[-1].created_at, shown[-1].list_id) if len(rows) > limit else None
        return models.ListPage(lists=shown, next=following)

    @routes.get("/fields", dependencies=_TELLS, summary="What criteria may ask")
    async def fields() -> list[models.AskedField]:
        known = [(name, asked.kind, asked.description) for name, asked in FIELDS.items()]
        for code, defined in (await selecting.custom_fields()).items():
            kind = asked_as(defined.kind, defined.personal)
            assert kind is not None
            known.append((CUSTOM + code, kind, defined.title))
        return [
            models.AskedField(field=name, kind=kind, ops=list(COMPARISONS[kind]), description=told)
            for name, kind, told in known
        ]

    @routes.post("/preview", dependencies=_READS, summary="How many would be selected, and who comes first")
    async def preview(asked: models.Selected, principal: CurrentPrincipal) -> models.Preview:
        await selecting.check(asked.criteria, principal)
        which = await selecting.compiled(asked.criteria, directions_of(principal), datetime.now(UTC))
        count, found = await selecting.first(which, PREVIEWED)
        return models.Preview(count=count, customers=await _opened(cards, found, principal))

    @routes.get("/{list_id}", dependencies=_TELLS, summary="Read a list")
    async def read(list_id: UUID, principal: CurrentPrincipal, response: Response) -> models.ListCard:
        return await read_list(selecting, list_id, principal, response)

    @routes.get("/{list_id}/size", dependencies=_TELLS, summary="How many customers a list selects now")
    async def size(list_id: UUID, principal: CurrentPrincipal, include_blacklisted: Blacklisted = False) -> models.Size:
        row = await selecting.visible(list_id, principal)
        seen, now = directions_of(principal), datetime.now(UTC)
        which = await selecting.compiled(selection_of(row), seen, now, include_blacklisted)
        with across_lines(_SELECTED):
            return models.Size(count=await selecting.count(which))

    @routes.get("/{list_id}/members", dependencies=_READS, summary="Whom a list selects now, who registered last first")
    async def members(
        list_id: UUID,
        principal: CurrentPrincipal,
        include_blacklisted: Blacklisted = False,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> models.MemberPage:
        row = await selecting.visible(list_id, principal)
        seen, now = directions_of(principal), datetime.now(UTC)
        which = await selecting.compiled(selection_of(row), seen, now, include_blacklisted)
        with across_lines(_SELECTED):
            found = await selecting.page(which, read_cursor(cursor), limit + 1)
        following = write_cursor(*found[limit - 1]) if len(found) > limit else None
        return models.MemberPage(customers=await _opened(cards, found[:limit], principal), next=following)

    return routes


def writing_router(desk: ListsDesk, selecting: Selecting) -> APIRouter:
    """Saving lists, and putting people on them."""
    routes = APIRouter(prefix="/lists", tags=["Lists"], dependencies=_WRITES)

    async def run(
        list_id: UUID, command: Command, principal: Principal, if_match: str | None, response: Response
    ) -> models.ListCard:
        await desk.run(list_id, command, principal, datetime.now(UTC), expected_version(if_match))
        return await read_list(selecting, list_id, principal, response)

    @routes.post("", status_code=201, summary="Save a list, by criteria or by hand")
    async def create(
        new: models.NewList, principal: CurrentPrincipal, response: Response, idempotency_key: Key = None
    ) -> models.ListCard:
        if new.criteria is not None:
            await selecting.check(new.criteria, principal)
        parts = ("list", "key", principal.kind, principal.id, idempotency_key)
        list_id = deterministic_id(*parts) if idempotency_key else uuid7()
        criteria = new.criteria.told() if new.criteria else None
        command = CreateList(list_id, new.name, criteria, new.direction)
        created = await desk.create(command, principal, datetime.now(UTC))
        response.status_code = 201 if created else 200
        return await read_list(selecting, list_id, principal, response)

    @routes.patch("/{list_id}", summary="Change the name or the criteria")
    async def change(
        list_id: UUID,
        changes: models.ListChanges,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.ListCard:
        await selecting.visible(list_id, principal)
        if changes.criteria is not None:
            await selecting.check(changes.criteria, principal, list_id)
        command = ChangeList(changes.name, changes.criteria.told() if changes.criteria else None)
        return await run(list_id, command, principal, if_match, response)

    @routes.post("/{list_id}/freeze", summary="Make a list by criteria one by hand, with those it selects now")
    async def freeze(
        list_id: UUID, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.ListCard:
        await desk.freeze(list_id, principal, datetime.now(UTC), expected_version(if_match))
        return await read_list(selecting, list_id, principal, response)

    @routes.post("/{list_id}/close", summary="Use a list no more; it can still be read")
    async def close(
        list_id: UUID, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.ListCard:
        return await run(list_id, CloseList(), principal, if_match, response)

    return routes


def members_router(desk: ListsDesk) -> APIRouter:
    """Who is on a list by hand."""
    routes = APIRouter(prefix="/lists/{list_id}/members", tags=["Lists"], dependencies=_WRITES)

    async def move(list_id: UUID, what: Move, named: list[Named], principal: Principal) -> list[models.MemberOutcome]:
        return await desk.move(list_id, what, named, principal, datetime.now(UTC))

    @routes.post("", summary="Put up to 1,000 customers on a list by hand")
    async def add(list_id: UUID, members: Members, principal: CurrentPrincipal) -> list[models.MemberOutcome]:
        return await move(list_id, "added", [member.named() for member in members], principal)

    @routes.post("/remove", summary="Take up to 1,000 customers off a list by hand")
    async def remove_many(list_id: UUID, members: Members, principal: CurrentPrincipal) -> list[models.MemberOutcome]:
        return await move(list_id, "removed", [member.named() for member in members], principal)

    @routes.delete("/{customer_id}", status_code=204, summary="Take a customer off a list by hand")
    async def remove(list_id: UUID, customer_id: UUID, principal: CurrentPrincipal) -> None:
        await move(list_id, "removed", [Named("customer_id", str(customer_id))], principal)

    return routes


async def read_list(selecting: Selecting, list_id: UUID, principal: Principal, response: Response) -> models.ListCard:
    """The list; sets the ETag."""
    card = _card(await selecting.visible(list_id, principal))
    response.headers["ETag"] = f'"{card.version}"'
    return card


def _card(row: asyncpg.Record) -> models.ListCard:
    criteria = None if row["criteria"] is None else orjson.loads(row["criteria"])
    told = {"list_id": row["id"], "kind": kind_of(criteria), "criteria": criteria}
    return models.ListCard(**{**row, **told})


async def _opened(cards: Cards, found: list[tuple[datetime, UUID]], principal: Principal) -> list[CustomerCard]:
    """The cards in the order of the page."""
    opened = {card.customer_id: card for card in await cards.find([id_ for _, id_ in found], principal)}
    return [opened[id_] for _, id_ in found if id_ in opened]
