"""The HTTP API of what is written on a deal: fields, tags, notes, dates, people, check-lists."""

from __future__ import annotations

from uuid import UUID

from events.auth import require
from fastapi import APIRouter, Depends

from deals.deal import models, orders
from deals.deal.call import OnDeal
from deals.deal.desk import Desk


def routes(desk: Desk) -> APIRouter:
    """``/deals/{deal_id}/fields`` and the like."""
    router = APIRouter(prefix="/deals/{deal_id}", tags=["Deals"], dependencies=[Depends(require("deals:write"))])

    @router.patch("/fields", summary="Fill custom fields of a deal in")
    async def change_fields(call: OnDeal, body: models.ChangeFields) -> models.DealCard:
        return await desk.change_fields(call, body.fields)

    @router.post("/tags", summary="Put tags on a deal and take them off")
    async def retag(call: OnDeal, body: models.Retag) -> models.DealCard:
        return await desk.obey(call, orders.Retag(frozenset(body.add), frozenset(body.remove)))

    @router.put("/title", summary="Give a deal another title")
    async def rename(call: OnDeal, body: models.RenameDeal) -> models.DealCard:
        return await desk.rename(call, body.title)

    @router.post("/notes", status_code=201, summary="Write a note on a deal")
    async def write_note(call: OnDeal, body: models.WriteNote) -> models.DealCard:
        text = await desk.sealed(call, body.text)
        assert text is not None
        return await desk.obey(call, orders.WriteNote(text))

    @router.put("/expected-close", summary="Say when a deal is expected to be concluded")
    async def expect_close(call: OnDeal, body: models.ExpectClose) -> models.DealCard:
        return await desk.obey(call, orders.ExpectClose(body.on))

    @router.put("/organisation", summary="Say which organisation a deal is made with")
    async def change_organisation(call: OnDeal, body: models.ChangeOrganisation) -> models.DealCard:
        return await desk.obey(call, orders.ChangeOrganisation(body.organisation_id))

    @router.put("/participants/{customer_id}", summary="Say in which role a person takes part in a deal")
    async def add_participant(call: OnDeal, customer_id: UUID, body: models.AddParticipant) -> models.DealCard:
        await desk.check_not_erased(customer_id)
        return await desk.obey(call, orders.AddParticipant(customer_id, body.role))

    @router.delete("/participants/{customer_id}", summary="Take a person out of a deal")
    async def remove_participant(call: OnDeal, customer_id: UUID) -> models.DealCard:
        return await desk.obey(call, orders.RemoveParticipant(customer_id))

    @router.post("/checklist", summary="Tick an item of a check-list off")
    async def check_item(call: OnDeal, body: models.CheckItem) -> models.DealCard:
        return await desk.obey(call, orders.Check(body.item, body.is_done, body.stage))

    return router
