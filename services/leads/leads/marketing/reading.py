"""What a marketing event brought."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from events.contracts.deals import Money
from events.sqlfile import sql
from events.store import Connection

from leads.identity.cards import members_of, root_of
from leads.marketing.desk import SQL
from leads.marketing.models import Effect, OrganisationResult, Sales

_CENT = Decimal("0.01")


async def effect_of(
    connection: Connection,
    event_id: UUID,
    stages: Sequence[str],
    cost: Money | None,
    since: datetime,
    window: int | None,
) -> Effect:
    """Participants by stage, the leads they made since the event began, and the cost of each who came; what they bought
    and paid within so many days (None: not told).
    """
    reached = {row["stage"]: row["n"] for row in await connection.fetch(sql("stages_reached", SQL), event_id)}
    row = await connection.fetchrow(sql("effect", SQL), event_id, since)
    assert row is not None
    return Effect(
        **row,
        sales=None if window is None else await _sales(connection, event_id, since, window),
        by_stage={stage: reached.get(stage, 0) for stage in stages},
        cost_per_visitor=per_visitor(cost, reached.get(stages[-1], 0)),
    )


async def _sales(connection: Connection, event_id: UUID, since: datetime, window: int) -> Sales:
    """What deals said of the participants, as whatever card they count as now."""
    rows = await connection.fetch("SELECT customer_id FROM participants WHERE event_id = $1", event_id)
    roots = await root_of(connection, [row["customer_id"] for row in rows])
    trees = await members_of(connection, set(roots.values()))
    everybody = [member for tree in trees.values() for member in tree]
    until = since + timedelta(days=window)
    sums = await connection.fetch(sql("effect_deals", SQL), everybody, since, until)
    return Sales(
        window_days=window,
        deals=sum(row["opened"] for row in sums),
        won=sum(row["won"] for row in sums),
        won_value=[Money(amount=row["won_amount"], currency=row["currency"]) for row in sums if row["won_amount"]],
        paid=[Money(amount=row["paid"], currency=row["currency"]) for row in sums if row["paid"]],
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
