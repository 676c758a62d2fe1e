"""The card of a customer by HTTP: read, and written on. Every answer is the card as it then stands."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.decider import Rejected
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Path, Query, Response

from leads.card import edits, models
from leads.card.commands import Prepare, problem_of
from leads.card.etag import IfMatchCard
from leads.card.locked import SQL
from leads.card.showing import CardDesk

ContactId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]

WRITES = [Depends(require("customers:write"))]
READS = [Depends(require("customers:read"))]


def router(desk: CardDesk) -> APIRouter:
    """``/customers/{customer_id}``: reading, editing, tags, black list, consent."""
    routes = APIRouter(prefix="/customers/{customer_id}", tags=["Cards"])

    @routes.get("", dependencies=READS, summary="Read a card: all that is known of a customer")
    async def read_card(customer_id: UUID, principal: CurrentPrincipal, response: Response) -> models.CustomerDetails:
        return await desk.show(customer_id, principal, response)

    @routes.patch("", dependencies=WRITES, summary="Edit a card: names, birthday, needs, notes, custom fields")
    async def edit_card(
        customer_id: UUID,
        body: models.EditCustomer,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatchCard = None,
    ) -> models.CustomerDetails:
        details = body.model_dump(exclude_unset=True, exclude={"fields"})
        prepare = desk.edits.editing(details, body.fields)  # type: ignore[arg-type]
        return await desk.run(customer_id, prepare, principal, response, if_match)

    @routes.post("/tags", dependencies=WRITES, summary="Put tags on a card and take them off")
    async def retag(
        customer_id: UUID, body: models.Retagging, principal: CurrentPrincipal, response: Response
    ) -> models.CustomerDetails:
        return await desk.run(customer_id, _retagging(body), principal, response, None)

    @routes.put("/black-list", dependencies=WRITES, summary="Put a customer on the black list")
    async def blacklist(
        customer_id: UUID,
        body: models.Blacklisting,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatchCard = None,
    ) -> models.CustomerDetails:
        return await desk.run(customer_id, edits.blacklisting(body.reason), principal, response, if_match)

    @routes.post("/black-list/lift", dependencies=WRITES, summary="Take a customer off the black list")
    async def lift(
        customer_id: UUID,
        body: models.Lifting,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatchCard = None,
    ) -> models.CustomerDetails:
        return await desk.run(customer_id, edits.lifting(body.reason), principal, response, if_match)

    @routes.post("/consents", dependencies=WRITES, summary="Record a consent")
    async def give_consent(
        customer_id: UUID, body: models.ConsentGiven, principal: CurrentPrincipal, response: Response
    ) -> models.CustomerDetails:
        at = body.at or datetime.now(UTC)
        prepare = edits.giving_consent(
            body.purpose, body.channel, body.text_version, body.source, at.astimezone(UTC), body.evidence
        )
        return await desk.run(customer_id, prepare, principal, response, None)

    @routes.post("/consents/withdraw", dependencies=WRITES, summary="Record that a consent was withdrawn")
    async def withdraw_consent(
        customer_id: UUID, body: models.ConsentWord, principal: CurrentPrincipal, response: Response
    ) -> models.CustomerDetails:
        at = (body.at or datetime.now(UTC)).astimezone(UTC)
        prepare = edits.withdrawing_consent(body.purpose, body.channel, body.source, at, body.evidence)
        return await desk.run(customer_id, prepare, principal, response, None)

    return routes


def contacts_router(desk: CardDesk) -> APIRouter:
    """``/customers/{customer_id}/contacts``."""
    routes = APIRouter(prefix="/customers/{customer_id}", tags=["Cards"])

    @routes.post("/contacts", dependencies=WRITES, summary="Add a phone, an e-mail or a messenger by hand")
    async def add_contact(
        customer_id: UUID,
        body: models.NewContact,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatchCard = None,
    ) -> models.CustomerDetails:
        prepare = desk.edits.adding_contact(body.kind, body.value)
        return await desk.run(customer_id, prepare, principal, response, if_match)

    @routes.delete("/contacts/{contact_id}", dependencies=WRITES, summary="Remove a contact from a card")
    async def remove_contact(
        customer_id: UUID,
        contact_id: ContactId,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatchCard = None,
    ) -> models.CustomerDetails:
        return await desk.run(customer_id, desk.edits.removing_contact(contact_id), principal, response, if_match)

    @routes.post("/contacts/{contact_id}/primary", dependencies=WRITES, summary="Use a contact first")
    async def prefer_contact(
        customer_id: UUID,
        contact_id: ContactId,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatchCard = None,
    ) -> models.CustomerDetails:
        return await desk.run(customer_id, desk.edits.preferring(contact_id), principal, response, if_match)

    return routes


def tags_router(desk: CardDesk) -> APIRouter:
    """``/tags``: those in use, and retagging many cards."""
    routes = APIRouter(prefix="/tags", tags=["Cards"])

    @routes.get("", dependencies=READS, summary="List tags in use, the most used first")
    async def list_tags(
        principal: CurrentPrincipal,
        owner: Literal["customer", "organisation"] = "customer",
        prefix: Annotated[str | None, Query(max_length=50)] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
    ) -> list[models.TagCount]:
        start = prefix.casefold() if prefix else None
        rows = await desk.commands.store.pool.fetch(
            sql("tags_in_use", SQL), owner, start, directions_of(principal), limit
        )
        return [models.TagCount(**row) for row in rows]

    @routes.post("/customers", dependencies=WRITES, summary="Put tags on up to 1,000 customers and take them off")
    async def retag_many(body: models.BulkRetagging, principal: CurrentPrincipal) -> list[models.TaggedItem]:
        done = await desk.commands.many(body.customer_ids, _retagging(body), principal, datetime.now(UTC))
        return [
            models.TaggedItem(
                customer_id=asked,
                outcome="refused" if done[asked].refused else "changed" if done[asked].changed else "unchanged",
                reason=str(done[asked].refused) if done[asked].refused else None,
            )
            for asked in _once(body.customer_ids)
        ]

    return routes


def _retagging(body: models.Retagging) -> Prepare:
    try:
        return edits.retagging(frozenset(body.add), frozenset(body.remove))
    except Rejected as rejected:
        raise problem_of(rejected) from None


def _once(ids: Collection[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))
