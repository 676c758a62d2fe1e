"""What a marketing event brought."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from events.contracts.deals import Money
from events.sqlfile import sql
from events.store import Connection

from leads.marketing.desk import SQL
from leads.marketing.models import Effect, OrganisationResult

_CENT = Decimal("0.01")


async def effect_of(
    connection: Connection, event_id: UUID, stages: Sequence[str], cost: Money | None, since: datetime
) -> Effect:
    """Participants by stage, the leads they made since the event began, and the cost of each who came."""
    reached = {row["stage"]: row["n"] for row in await connection.fetch(sql("stages_reached", SQL), event_id)}
    row = await connection.fetchrow(sql("effect", SQL), event_id, since)
    assert row is not None
    return Effect(
        **row,
        by_stage={stage: reached.get(stage, 0) for stage in stages},
        cost_per_visitor=per_visitor(cost, reached.get(stages[-1], 0)),
    )


def per_visitor(cost: Money | None, came: int) -> Money | None:
    """The cost of each who came, to a hundredth; None where it is not known or nobody came."""
    if cost is None or not came:
        return None
    amount = (cost.amount / came).quantize(_CENT, ROUND_HALF_UP)
    return Money(amount=amount, currency=cost.currency)


async def results_of(connection: Connection, event_id: UUID) -> list[OrganisationResult]:
    """What came of it with each organisation."""
    rows = await connection.fetch(
        "SELECT organisation_id, loyalty, interest FROM marketing_results WHERE event_id = $1 ORDER BY 1", event_id
    )
    return [OrganisationResult(**row) for row in rows]
