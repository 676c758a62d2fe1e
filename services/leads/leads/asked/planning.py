"""A contact that a rule wants planned: the same as one that a person plans, once for each request."""

from datetime import datetime
from typing import cast

from events.contracts.automation import InteractionPlanningRequested
from events.contracts.leads.interactions import InteractionKind, InteractionPlanned
from events.decider import Rejected
from events.sqlfile import sql
from events.store import Append, Cause, Connection, deterministic_id

from leads.card.locked import Whole
from leads.card.responsible import is_active
from leads.interactions.desk import insert
from leads.interactions.reading import SQL


async def planned(
    connection: Connection, whole: Whole, asked: InteractionPlanningRequested, cause: Cause, now: datetime
) -> Append:
    """The contact, whose row is made. Raises ``Rejected``: ``erased``, ``not_his_lead``, ``unknown_manager``."""
    if whole.card.erased:
        raise Rejected("erased", "The customer is erased: nothing can be written about this person.")
    row = await connection.fetchrow(sql("customers_with_lead", SQL), [asked.customer_id])
    assert row is not None
    if asked.lead_id is not None and asked.lead_id not in row["leads"]:
        raise Rejected("not_his_lead", "The lead is not one of this customer.")
    if asked.manager_id is not None and not await is_active(connection, asked.manager_id):
        raise Rejected("unknown_manager", f"There is no active manager {asked.manager_id}.")
    interaction_id = deterministic_id("planned contact", asked.request_id)
    event = InteractionPlanned(
        interaction_id=interaction_id,
        kind=cast(InteractionKind, asked.kind),
        planned_at=asked.planned_at,
        customer_id=asked.customer_id,
        manager_id=asked.manager_id or row["manager_id"] or whole.card.manager(whole.root),
        lead_id=asked.lead_id or row["lead_id"],
        deal_id=asked.deal_id,
        direction=row["direction"],
        cause=asked.cause,
    )
    await insert(connection, {interaction_id: (event, now)})
    return Append(interaction_id, 0, (event,), cause, now)
