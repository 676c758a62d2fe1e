"""Who answers for a person in another CRM gets the person's lead here, unless somebody has it already."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from events.contracts.leads import LeadAssigned
from events.sqlfile import sql
from events.store import Append, Connection

from leads.moving.deals import SQL
from leads.moving.told import AnsweringTold

STRATEGY: Final = "other_crm"
EXPLANATION: Final = "Answers for the customer in the CRM that the lead was taken over from."


async def give(connection: Connection, told: Sequence[AnsweringTold]) -> list[Append]:
    """Works in the transaction that captures the persons' requests; of several managers the first one counts."""
    wanted = {one.touch_id(one.fact.request_id): one for one in reversed(told)}
    managers = [one.fact.manager_id for one in wanted.values()]
    given: dict[UUID, str] = {}
    appends: list[Append] = []
    for row in await connection.fetch(sql("leads_of_nobody", SQL), list(wanted), managers):
        one = wanted[row["touch_id"]]
        if row["id"] in given:
            continue
        event = LeadAssigned(
            lead_id=row["id"],
            customer_id=row["customer_id"],
            manager_id=one.fact.manager_id,
            strategy=STRATEGY,
            explanation=EXPLANATION,
        )
        given[row["id"]] = one.fact.manager_id
        appends.append(Append(row["id"], row["version"], (event,), one.cause, one.fact.occurred_at))
    if given:
        await connection.execute(sql("leads_give", SQL), list(given), list(given.values()))
    return appends
