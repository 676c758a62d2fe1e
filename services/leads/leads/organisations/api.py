"""Organisations by HTTP: entering, editing, persons, tags, who answers for them, and looking requisites up."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, directions_of, expected_version
from events.contracts.leads import Requisites
from events.cursor import Cursor, read_cursor, write_cursor
from events.decider import Rejected
from events.problems import Conflict
from events.sqlfile import sql
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Query, Response
from uuid_utils.compat import uuid7

from leads.card.commands import problem_of
from leads.card.models import Retagging
from leads.handover.api import IdempotencyKey, check_reason
from leads.organisations import models
from leads.organisations.commands import SQL, Prepare
from leads.organisations.desk import OrganisationDesk, making_responsible, retagging, right
from leads.organisations.domain import Detach
from leads.organisations.reference import RequisitesReference

READS = [Depends(require("organisations:read"))]
WRITES = [Depends(require("organisations:write"))]


def router(desk: OrganisationDesk) -> APIRouter:
    """``/organisations``: entering, reading, editing, tags."""
    routes = APIRouter(prefix="/organisations", tags=["Organisations"])

    @routes.post("", dependencies=WRITES, status_code=201, summary="Enter an organisation")
    async def register(
        body: models.NewOrganisation,
        principal: CurrentPrincipal,
        response: Response,
        idempotency_key: IdempotencyKey = None,
    ) -> models.OrganisationCard:
        key = ("organisation", "key", principal.kind, principal.id, idempotency_key)
        organisation_id = deterministic_id(*key) if idempotency_key else uuid7()
        if not principal.sees(body.direction):
            raise Conflict("You do not see this line of business.", hint="rule: direction", code="direction")
        try:
            prepare = desk.registering(organisation_id, body)
        except Rejected as rejected:
            raise problem_of(rejected) from None
        stored = await desk.organisations.run(organisation_id, prepare, principal, datetime.now(UTC))
        response.status_code = 201 if stored.is_new else 200
        return _tagged(await desk.show(stored, principal), response)

    @routes.get("", dependencies=READS, summary="List organisations, newest first")
    async def list_organisations(
        principal: CurrentPrincipal,
        inn: Annotated[str | None, Query(max_length=12)] = None,
        name: Annotated[str | None, Query(max_length=200, description="Its beginning.")] = None,
        manager_id: Annotated[str | None, Query(max_length=100)] = None,
        tag: Annotated[str | None, Query(max_length=50)] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> models.OrganisationPage:
        rows = await desk.organisations.store.pool.fetch(
            sql("organisations_list", SQL), inn, name, manager_id, tag.casefold() if tag else None,
            directions_of(principal), *read_cursor(cursor), limit + 1,
        )  # fmt: skip
        shown = [models.OrganisationLine(**row) for row in rows[:limit]]
        following = write_cursor(shown[-1].created_at, shown[-1].organisation_id) if len(rows) > limit else None
        return models.OrganisationPage(organisations=shown, next=following)

    @routes.get("/{organisation_id}", dependencies=READS, summary="Read an organisation with its persons")
    async def read(organisation_id: UUID, principal: CurrentPrincipal, response: Response) -> models.OrganisationCard:
        stored = await desk.organisations.read(organisation_id, principal)
        return _tagged(await desk.show(stored, principal), response)

    @routes.patch("/{organisation_id}", dependencies=WRITES, summary="Edit an organisation")
    async def edit(
        organisation_id: UUID,
        body: models.EditOrganisation,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.OrganisationCard:
        prepare = desk.changing(organisation_id, body)
        return await _run(desk, organisation_id, prepare, principal, response, if_match)

    @routes.post("/{organisation_id}/tags", dependencies=WRITES, summary="Put tags on and take them off")
    async def retag(
        organisation_id: UUID,
        body: Retagging,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.OrganisationCard:
        try:
            prepare = retagging(body.add, body.remove)
        except Rejected as rejected:
            raise problem_of(rejected) from None
        return await _run(desk, organisation_id, prepare, principal, response, if_match)

    return routes


def persons_router(desk: OrganisationDesk, reasons: frozenset[str]) -> APIRouter:
    """``/organisations/{organisation_id}/persons`` and ``/responsible``."""
    routes = APIRouter(prefix="/organisations/{organisation_id}", tags=["Organisations"])

    @routes.put("/persons/{customer_id}", dependencies=WRITES, summary="Say how a person acts for an organisation")
    async def attach(
        organisation_id: UUID,
        customer_id: UUID,
        body: models.AttachPerson,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.OrganisationCard:
        prepare = desk.attaching(customer_id, body, principal)
        return await _run(desk, organisation_id, prepare, principal, response, if_match)

    @routes.delete("/persons/{customer_id}", dependencies=WRITES, summary="Take out a person attached by mistake")
    async def detach(
        organisation_id: UUID,
        customer_id: UUID,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.OrganisationCard:
        async def prepare(_connection: object, _state: object) -> Detach:
            return Detach(customer_id)

        return await _run(desk, organisation_id, prepare, principal, response, if_match)

    @routes.post(
        "/responsible",
        dependencies=[Depends(require("customers:handover"))],
        summary="Make a manager answer for an organisation",
    )
    async def change_responsible(
        organisation_id: UUID,
        body: models.Responsible,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.OrganisationCard:
        check_reason(body.reason, reasons)
        prepare = making_responsible(body.manager_id, body.reason)
        return await _run(desk, organisation_id, prepare, principal, response, if_match)

    return routes


def lookup_router(desk: OrganisationDesk, reference: RequisitesReference | None) -> APIRouter:
    """``/organisations/lookup``."""
    routes = APIRouter(prefix="/organisations", tags=["Organisations"], dependencies=READS)

    @routes.post("/lookup", summary="Look requisites up in the reference provider")
    async def look_up(body: models.LookUp) -> models.Found:
        wanted = right(Requisites(inn=body.inn, kpp=body.kpp, bik=body.bik))
        if reference is None:
            raise Conflict("No reference of requisites is configured.", hint="rule: no_reference", code="no_reference")
        if wanted.bik is not None:
            bank = await reference.bank(wanted.bik)
            return models.Found(companies=[], bank=models.FoundBank(**asdict(bank)) if bank else None)
        companies = await reference.companies(wanted.inn or "", wanted.kpp)
        rows = await desk.organisations.store.pool.fetch("SELECT id, kpp FROM organisations WHERE inn = $1", wanted.inn)
        ours = {row["kpp"]: row["id"] for row in rows}
        found = [models.FoundCompany(**asdict(one), organisation_id=ours.get(one.kpp)) for one in companies]
        return models.Found(companies=found, bank=None)

    return routes


async def _run(
    desk: OrganisationDesk,
    organisation_id: UUID,
    prepare: Prepare,
    principal: Principal,
    response: Response,
    if_match: str | None,
) -> models.OrganisationCard:
    stored = await desk.organisations.run(
        organisation_id, prepare, principal, datetime.now(UTC), expected_version(if_match)
    )
    return _tagged(await desk.show(stored, principal), response)


def _tagged(card: models.OrganisationCard, response: Response) -> models.OrganisationCard:
    response.headers["ETag"] = f'"{card.version}"'
    return card


def routers(
    desk: OrganisationDesk, reference: RequisitesReference | None, reasons: frozenset[str]
) -> Sequence[APIRouter]:
    """The HTTP API of organisations."""
    return [lookup_router(desk, reference), router(desk), persons_router(desk, reasons)]
