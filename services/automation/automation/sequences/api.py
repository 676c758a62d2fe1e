"""The HTTP API of sequences: written, opened, halted; customers led in, paused and out; progress."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, directions_of, expected_version
from events.cursor import Cursor, Limit
from events.inputs import OfCustomer
from events.problems import FieldError
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Header, Path, Response
from uuid_utils.compat import uuid7

from automation.rules.models import Checked, Fault, pointed
from automation.sequences import reading
from automation.sequences.desk import SequenceDesk
from automation.sequences.enrolment import Leave, Pause, Resume
from automation.sequences.kept import Switch
from automation.sequences.leading import Leading
from automation.sequences.models import (
    EnrolmentPage,
    EnrolmentState,
    Entering,
    Enterings,
    LedLists,
    NamedList,
    Progress,
    SequenceCard,
    SequenceList,
    Switching,
    Way,
)
from automation.sequences.sequence import Definition
from automation.sight import check_customers

SequenceId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["warm-up"])]
READ, WRITE = [Depends(require("rules:read"))], [Depends(require("rules:write"))]


IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="The same key leads the list in once; a repeat changes nothing.")
]


def router(desk: SequenceDesk, leading: Leading) -> APIRouter:
    """The routes under /sequences."""
    routes = APIRouter(prefix="/sequences", tags=["sequences"])
    _sequences(routes, desk)
    _customers(routes, desk)
    _lists(routes, desk, leading)
    return routes


def _sequences(routes: APIRouter, desk: SequenceDesk) -> None:
    @routes.get("", dependencies=READ, summary="The sequences")
    async def list_sequences() -> SequenceList:
        return SequenceList(sequences=await desk.cards())

    @routes.get("/{sequence}", dependencies=READ, summary="One sequence")
    async def read_sequence(sequence: SequenceId, response: Response) -> SequenceCard:
        return _tagged(await desk.read(sequence), response)

    @routes.post("/{sequence}/check", dependencies=WRITE, summary="What is wrong with a sequence; nothing is saved")
    async def check_sequence(sequence: SequenceId, body: Definition) -> Checked:
        errors: list[FieldError] = pointed(await desk.check(body))
        return Checked(faults=[Fault(detail=error.detail, pointer=error.pointer or "#") for error in errors])

    @routes.put("/{sequence}", dependencies=WRITE, summary="Save a version; customers enter it once it is opened")
    async def save_sequence(
        sequence: SequenceId,
        body: Definition,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> SequenceCard:
        return _tagged(await desk.save(sequence, body, principal, expected_version(if_match)), response)

    @routes.put("/{sequence}/state", dependencies=WRITE, summary="Open it with its newest version, close or halt it")
    async def switch_sequence(
        sequence: SequenceId,
        body: Switching,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> SequenceCard:
        expected = expected_version(if_match)
        return _tagged(await desk.switch(sequence, Switch(body.state), principal, expected), response)

    @routes.get("/{sequence}/progress", dependencies=READ, summary="How far its customers are")
    async def read_progress(sequence: SequenceId) -> Progress:
        await desk.read(sequence)
        return await reading.progress(desk.store.pool, sequence)


def _customers(routes: APIRouter, desk: SequenceDesk) -> None:
    @routes.get("/{sequence}/customers", dependencies=READ, summary="Customers on their way, and those who have left")
    async def list_enrolments(
        sequence: SequenceId,
        principal: CurrentPrincipal,
        customer_id: OfCustomer = None,
        state: EnrolmentState | None = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> EnrolmentPage:
        return await reading.page(
            desk.store.pool, sequence, customer_id, state, cursor, limit, directions_of(principal)
        )

    @routes.post("/{sequence}/customers", dependencies=WRITE, summary="Lead customers in, up to 1,000 at once")
    async def enter(sequence: SequenceId, body: Entering, principal: CurrentPrincipal) -> Enterings:
        await check_customers(desk.store.pool, principal, body.customer_ids)
        return await desk.enter(sequence, body.customer_ids, principal)

    @routes.post("/{sequence}/customers/{customer_id}/pause", dependencies=WRITE, summary="Let the customer stay")
    async def pause(sequence: SequenceId, customer_id: UUID, principal: CurrentPrincipal) -> Way:
        await check_customers(desk.store.pool, principal, [customer_id])
        return await desk.move(sequence, customer_id, Pause(), principal)

    @routes.post("/{sequence}/customers/{customer_id}/resume", dependencies=WRITE, summary="Let him go on")
    async def resume(sequence: SequenceId, customer_id: UUID, principal: CurrentPrincipal) -> Way:
        await check_customers(desk.store.pool, principal, [customer_id])
        return await desk.move(sequence, customer_id, Resume(), principal)

    @routes.delete("/{sequence}/customers/{customer_id}", dependencies=WRITE, summary="Lead him out")
    async def leave(sequence: SequenceId, customer_id: UUID, principal: CurrentPrincipal) -> Way:
        await check_customers(desk.store.pool, principal, [customer_id])
        return await desk.move(sequence, customer_id, Leave("stopped", desk.now()), principal)


def _lists(routes: APIRouter, desk: SequenceDesk, leading: Leading) -> None:
    @routes.get("/{sequence}/lists", dependencies=READ, summary="Lists that were led in, and what came of them")
    async def list_lists(sequence: SequenceId) -> LedLists:
        await desk.read(sequence)
        return LedLists(lists=await leading.led(sequence))

    @routes.post(
        "/{sequence}/lists", status_code=202, dependencies=WRITE, summary="Lead in whoever is on a list, as it is now"
    )
    async def enter_list(
        sequence: SequenceId, body: NamedList, principal: CurrentPrincipal, idempotency_key: IdempotencyKey = None
    ) -> LedLists:
        await desk.read(sequence)
        key = deterministic_id("sequence list", principal.actor, idempotency_key) if idempotency_key else uuid7()
        return LedLists(lists=await leading.lead(key, sequence, body.list_id, principal))


def _tagged(card: SequenceCard, response: Response) -> SequenceCard:
    response.headers["ETag"] = f'"{card.revision}"'
    return card
