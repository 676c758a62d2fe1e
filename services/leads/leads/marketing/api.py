"""Marketing events by HTTP: plan, hold, count the cost, move participants, record results, close."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, directions_of, expected_version
from events.cursor import Cursor, read_cursor, write_cursor
from events.problems import NotFound
from events.second_wall import across_lines
from events.sqlfile import sql
from events.store import deterministic_id
from events.webhooks import Unreadable
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import Field
from uuid_utils.compat import uuid7

from leads.marketing import domain, models
from leads.marketing.desk import GATHERING, SQL, EventsDesk
from leads.marketing.reading import effect_of, results_of
from leads.recording import Recording
from leads.touch import Capture

Limit = Annotated[int, Query(ge=1, le=200, description="Most entries of a page.")]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
Participants = Annotated[list[models.NewParticipant], Field(min_length=1, max_length=models.MOST_PARTICIPANTS)]
WINDOW_DAYS = 90
Window = Annotated[int, Query(ge=1, le=730, description="Days from the planned beginning within which sales count.")]
_SALES = frozenset(("deals:read", "payments:read"))
_READS, _WRITES = Depends(require("leads:read")), Depends(require("leads:write"))


def writing_router(desk: EventsDesk) -> APIRouter:
    """``/marketing-events``: what is planned, held, paid and achieved."""
    routes = APIRouter(prefix="/marketing-events", tags=["Marketing events"], dependencies=[_WRITES])
    pool = desk.store.pool

    async def run(
        event_id: UUID, command: domain.Command, principal: Principal, if_match: str | None, response: Response
    ) -> models.EventDetails:
        await desk.run(event_id, command, principal, datetime.now(UTC), expected_version(if_match))
        return await read_event(pool, event_id, principal, response)

    @routes.post("", status_code=201, summary="Plan a marketing event")
    async def organise(
        new: models.NewEvent, principal: CurrentPrincipal, response: Response, idempotency_key: Key = None
    ) -> models.EventDetails:
        parts = ("marketing_event", "key", principal.kind, principal.id, idempotency_key)
        event_id = deterministic_id(*parts) if idempotency_key else uuid7()
        command = domain.Organise(event_id, new.plan(), new.direction)
        created = await desk.organise(command, principal, datetime.now(UTC))
        response.status_code = 201 if created else 200
        return await read_event(pool, event_id, principal, response)

    @routes.put("/{event_id}", summary="Change the plan")
    async def change(
        event_id: UUID,
        plan: models.EventPlan,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.EventDetails:
        return await run(event_id, domain.Change(plan.plan()), principal, if_match, response)

    @routes.post("/{event_id}/hold", summary="Say when it took place")
    async def hold(
        event_id: UUID,
        dates: models.HeldDates,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.EventDetails:
        return await run(event_id, domain.Hold(dates.held_from, dates.held_to), principal, if_match, response)

    @routes.put("/{event_id}/cost", summary="Record what it has cost in all")
    async def cost(
        event_id: UUID, amount: models.Amount, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.EventDetails:
        return await run(event_id, domain.RecordCost(amount.money()), principal, if_match, response)

    @routes.post("/{event_id}/results", summary="Record what came of it with an organisation")
    async def result(
        event_id: UUID,
        told: models.OrganisationResult,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.EventDetails:
        command = domain.RecordResult(told.organisation_id, told.loyalty, told.interest)
        return await run(event_id, command, principal, if_match, response)

    @routes.post("/{event_id}/close", summary="Close an event that took place")
    async def close(
        event_id: UUID, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.EventDetails:
        return await run(event_id, domain.Close(), principal, if_match, response)

    @routes.post("/{event_id}/cancel", summary="Cancel an event that has not taken place")
    async def cancel(
        event_id: UUID, why: models.Reason, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.EventDetails:
        return await run(event_id, domain.Cancel(why.reason), principal, if_match, response)

    return routes


def participants_router(desk: EventsDesk, recording: Recording) -> APIRouter:
    """``/marketing-events/{event_id}/participants``."""
    routes = APIRouter(prefix="/marketing-events/{event_id}/participants", tags=["Marketing events"])
    pool = desk.store.pool

    @routes.post("", dependencies=[_WRITES], summary="Move up to 1,000 participants to their stages")
    async def move(
        event_id: UUID, participants: Participants, principal: CurrentPrincipal
    ) -> list[models.ParticipantOutcome]:
        return await desk.move(event_id, participants, principal, datetime.now(UTC))

    @routes.post(
        "/rows",
        dependencies=[Depends(require("leads:import"))],
        summary="Add participants from up to 1,000 rows of a file",
    )
    async def move_rows(
        event_id: UUID, body: models.ParticipantRows, principal: CurrentPrincipal
    ) -> list[models.ParticipantOutcome]:
        await visible_event(pool, event_id, principal)
        now, cause = datetime.now(UTC), cause_of_call(principal)
        read: list[Capture | str] = []
        for row in body.rows:
            try:
                read.append(body.mapping.capture(f"event-{event_id}", row, now, cause))
            except Unreadable as unreadable:
                read.append(unreadable.reason)
        recorded = iter(await recording.many([capture for capture in read if isinstance(capture, Capture)]))
        customers = [next(recorded).outcome if isinstance(capture, Capture) else capture for capture in read]
        found = [one if isinstance(one, str) else one.customer_id or one.reason or "" for one in customers]
        wanted = [models.NewParticipant(customer_id=id_, stage=body.stage) for id_ in found if isinstance(id_, UUID)]
        outcomes = iter(await desk.move(event_id, wanted, principal, now) if wanted else [])
        return [
            next(outcomes) if isinstance(one, UUID) else models.ParticipantOutcome(outcome="rejected", reason=one)
            for one in found
        ]

    @routes.get("", dependencies=[_READS], summary="List participants, those who moved last first")
    async def list_participants(
        event_id: UUID,
        principal: CurrentPrincipal,
        stage: str | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> models.ParticipantPage:
        await visible_event(pool, event_id, principal)
        rows = await pool.fetch(
            sql("participants_list", SQL), event_id, stage, directions_of(principal), *read_cursor(cursor), limit + 1
        )
        shown = [models.Participant(**row) for row in rows[:limit]]
        following = write_cursor(shown[-1].moved_at, shown[-1].customer_id) if len(rows) > limit else None
        return models.ParticipantPage(participants=shown, next=following)

    return routes


def reading_router(pool: asyncpg.Pool) -> APIRouter:
    """``/marketing-events``: list and details."""
    routes = APIRouter(prefix="/marketing-events", tags=["Marketing events"], dependencies=[_READS])

    @routes.get("", summary="List marketing events, the latest first")
    async def list_events(
        principal: CurrentPrincipal, state: models.State | None = None, cursor: Cursor = None, limit: Limit = 50
    ) -> models.EventPage:
        rows = await pool.fetch(
            sql("events_list", SQL), state, directions_of(principal), *read_cursor(cursor), limit + 1
        )
        shown = [models.EventCard(**_card(row)) for row in rows[:limit]]
        following = write_cursor(shown[-1].planned_from, shown[-1].event_id) if len(rows) > limit else None
        return models.EventPage(events=shown, next=following)

    @routes.get("/{event_id}", summary="Read an event with its results and effect")
    async def read(
        event_id: UUID, principal: CurrentPrincipal, response: Response, window_days: Window = WINDOW_DAYS
    ) -> models.EventDetails:
        return await read_event(pool, event_id, principal, response, window_days)

    return routes


async def read_event(
    pool: asyncpg.Pool, event_id: UUID, principal: Principal, response: Response, window_days: int = WINDOW_DAYS
) -> models.EventDetails:
    """The event with its effect, sales within so many days; sets the ETag."""
    row = await visible_event(pool, event_id, principal)
    card = _card(row)
    response.headers["ETag"] = f'"{row["version"]}"'
    window = window_days if principal.permissions >= _SALES else None
    with across_lines("what a marketing event came to counts everybody, and names nobody"):
        async with pool.acquire() as connection:
            effect = await effect_of(connection, event_id, card["stages"], card["cost"], row["planned_from"], window)
            return models.EventDetails(**card, results=await results_of(connection, event_id), effect=effect)


async def visible_event(pool: asyncpg.Pool, event_id: UUID, principal: Principal) -> asyncpg.Record:
    """The row of an event that the caller sees; raises ``NotFound``."""
    row = await pool.fetchrow("SELECT * FROM marketing_events WHERE id = $1", event_id)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such marketing event.")
    return row


def _card(row: asyncpg.Record) -> dict[str, Any]:
    known = GATHERING.validate_json(row["body"])
    plan = known.plan
    return {
        "event_id": row["id"],
        "version": row["version"],
        "state": row["state"],
        "direction": row["direction"],
        "held_from": known.held_from,
        "held_to": known.held_to,
        "cost": known.cost,
        "stages": list(plan.stages),
        "resources": list(plan.resources),
        **{name: getattr(plan, name) for name in ("name", "kind", "planned_from", "planned_to", "place", "budget")},
    }
