"""Cards that are one person, by HTTP: merge, split, undo wrong merges, and answer suggestions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, directions_of, expected_version
from events.contracts.leads.identity import MatchReason
from events.cursor import Cursor, read_cursor, write_cursor
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Query, Response

from leads.card.etag import IfMatchCard, expected_tag
from leads.card.models import CustomerDetails
from leads.card.showing import CardDesk
from leads.cards import Cards, CustomerCard
from leads.identity.cards import SQL, members_of, root_of
from leads.identity.commands import IdentityCommands, Wrong, read_match
from leads.identity.match import EXPLANATION, STRENGTH
from leads.identity.merging import Merging
from leads.identity.models import (
    Agreement,
    Dismissal,
    MatchCard,
    MatchPage,
    MatchReasonCard,
    MergeCustomers,
    SplitCards,
    SplitCustomer,
    UndoMerges,
    UndoneMerges,
)
from leads.identity.splitting import Splitting

_UNDOES = [Depends(require("customers:undo-merges"))]
_READS, _WRITES = [Depends(require("customers:read"))], [Depends(require("customers:write"))]


def merges_router(commands: IdentityCommands, desk: CardDesk) -> APIRouter:
    """``/customers/{id}/merge``, ``/customers/{id}/split``, ``/customers/undo-merges``."""
    routes = APIRouter(prefix="/customers", tags=["Identity"], dependencies=_WRITES)

    @routes.post(
        "/undo-merges",
        dependencies=_UNDOES,
        summary="Undo wrong merges of a period, up to 1,000 a call; first as a dry run",
    )
    async def undo_merges(body: UndoMerges, principal: CurrentPrincipal) -> UndoneMerges:
        wrong = Wrong(body.since, body.until, body.actor, body.reason)
        by = " and ".join(
            text for text in (body.actor and f"by {body.actor}", body.reason and f"as {body.reason}") if text
        )
        explanation = f"Undone with all merges {by} from {body.since.isoformat()} to {body.until.isoformat()}."
        splitting = Splitting(cause_of_call(principal), datetime.now(UTC), explanation, body.why)
        undone = await commands.undo(wrong, splitting, principal, body.limit, rehearse=body.dry_run)
        left = undone.found if body.dry_run else undone.found - len(undone.split)
        return UndoneMerges(
            dry_run=body.dry_run,
            found=undone.found,
            split=list(undone.split),
            opened_leads=len(undone.leads),
            left=left,
        )

    @routes.post("/{customer_id}/merge", summary="Merge cards of the same person into this card")
    async def merge_customers(
        customer_id: UUID,
        body: MergeCustomers,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatchCard = None,
    ) -> CustomerDetails:
        merging = Merging(cause_of_call(principal), datetime.now(UTC), why=body.why)
        await commands.merge(customer_id, body.customer_ids, merging, principal, expected_tag(if_match))
        return await desk.show(customer_id, principal, response)

    @routes.post("/{customer_id}/split", summary="Split a member off this card")
    async def split_customer(customer_id: UUID, body: SplitCustomer, principal: CurrentPrincipal) -> SplitCards:
        splitting = Splitting(cause_of_call(principal), datetime.now(UTC), why=body.why)
        leads = await commands.split(customer_id, body.customer_id, splitting, principal)
        return SplitCards(
            customer=(await desk.details(customer_id, principal))[0],
            split_off=(await desk.details(body.customer_id, principal))[0],
            opened_leads=list(leads),
        )

    return routes


def matches_router(pool: asyncpg.Pool, commands: IdentityCommands, cards: Cards, desk: CardDesk) -> APIRouter:
    """``/customer-matches``."""
    routes = APIRouter(prefix="/customer-matches", tags=["Identity"])

    async def shown(rows: Sequence[asyncpg.Record], principal: Principal) -> list[MatchCard]:
        roots = {root for row in rows for root in (row["low_root"], row["high_root"])}
        found = {card.customer_id: card for card in await cards.find(list(roots), principal)}
        return [_match_card(row, found) for row in rows]

    async def read(match_id: UUID, principal: Principal, response: Response) -> MatchCard:
        async with pool.acquire() as connection:
            row = await read_match(connection, match_id, principal)
        response.headers["ETag"] = f'"{row["version"]}"'
        return (await shown([row], principal))[0]

    @routes.get("", dependencies=_READS, summary="List cards that may be of one person, newest suggestions first")
    async def list_matches(
        principal: CurrentPrincipal,
        status: Literal["suggested", "dismissed"] = "suggested",
        reason: MatchReason | None = None,
        min_strength: Annotated[int, Query(ge=0, le=100)] = 0,
        customer_id: Annotated[UUID | None, Query(description="Matches of this card.")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> MatchPage:
        async with pool.acquire() as connection:
            members = None
            if customer_id is not None:
                roots = await root_of(connection, [customer_id])
                members = [one for tree in (await members_of(connection, roots.values())).values() for one in tree]
            rows = await connection.fetch(
                sql("matches_list", SQL), status, reason, min_strength, members, *read_cursor(cursor),
                directions_of(principal), limit + 1,
            )  # fmt: skip
        page = await shown(rows[:limit], principal)
        following = write_cursor(page[-1].suggested_at, page[-1].match_id) if len(rows) > limit else None
        return MatchPage(matches=page, next=following)

    @routes.get("/{match_id}", dependencies=_READS, summary="Read a match with both cards")
    async def read_one(match_id: UUID, principal: CurrentPrincipal, response: Response) -> MatchCard:
        return await read(match_id, principal, response)

    @routes.post("/{match_id}/dismiss", dependencies=_WRITES, summary="Say that the cards are of different persons")
    async def dismiss(
        match_id: UUID, body: Dismissal, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> MatchCard:
        told = (cause_of_call(principal), datetime.now(UTC), principal)
        await commands.dismiss(match_id, body.why, *told, expected_version(if_match))
        return await read(match_id, principal, response)

    @routes.post("/{match_id}/merge", dependencies=_WRITES, summary="Merge the two cards of a match")
    async def agree(
        match_id: UUID, body: Agreement, principal: CurrentPrincipal, response: Response
    ) -> CustomerDetails:
        told = (cause_of_call(principal), datetime.now(UTC), principal)
        stays = await commands.agree(match_id, body.into_customer_id, body.why, *told)
        return await desk.show(stays, principal, response)

    return routes


def _match_card(row: asyncpg.Record, found: dict[UUID, CustomerCard]) -> MatchCard:
    reasons = sorted(row["reasons"], key=lambda reason: -STRENGTH[reason])
    told = [MatchReasonCard(reason=r, strength=STRENGTH[r], explanation=EXPLANATION[r]) for r in reasons]
    roots = dict.fromkeys((row["low_root"], row["high_root"]))
    return MatchCard(**{**row, "reasons": told, "cards": [found[root] for root in roots if root in found]})
