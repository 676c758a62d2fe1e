"""Attribution: nothing of a payment is lost or made, whatever the path to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from analytics.reports.attribution import ATTRIBUTION
from events.contracts.deals import DealOpened, Money, PaymentReceived, PaymentRefunded
from events.contracts.leads import CustomerRegistered, LeadCaptured, LeadTouched, Touch
from events.testing import Log
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
CHANNELS = ("web", "ads", "mail")
MODELS = ("first", "last", "linear", "position", "time_decay")

cents = st.integers(1, 10**7).map(lambda amount: Decimal(amount) / 100)
hours = st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(CHANNELS)), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(customers=st.lists(st.tuples(hours, cents, st.integers(0, 3000), st.booleans()), min_size=1, max_size=4))
async def test_whatever_the_path_the_shares_of_every_model_sum_to_the_whole(sales, asked, customers) -> None:
    await empty(sales)
    log, whole = Log(), Decimal(0)
    for number, (path, amount, paid_hour, is_refunded) in enumerate(customers, 1):
        whole += paths_and_payment(log, number, path, amount, paid_hour, is_refunded=is_refunded)
    await sales.apply(log.records)
    report = await ATTRIBUTION.read(sales.pool, sales.build, asked())

    assert {model: sum(getattr(row, model) for row in report.rows) for model in MODELS} == dict.fromkeys(MODELS, whole)


def paths_and_payment(log, number: int, path, amount: Decimal, paid_hour: int, *, is_refunded: bool) -> Decimal:
    """A customer who came by a path and paid; returns what is left of the money."""
    customer, lead, deal, payment = (UUID(int=number * 10 + each) for each in range(4))
    log.append(customer, CustomerRegistered(customer_id=customer), occurred_at=BEGIN)
    for place, (hour, channel) in enumerate(sorted(path)):
        touch = Touch(touch_id=UUID(int=number * 1000 + place), channel=channel, intake="x", source="x", kind="form")
        came = LeadTouched if place else LeadCaptured
        log.append(
            lead,
            came(lead_id=lead, customer_id=customer, touch=touch),
            occurred_at=BEGIN + timedelta(hours=hour),
        )
    value = Money(amount=amount, currency="RUB")
    at = BEGIN + timedelta(hours=paid_hour)
    opened = DealOpened(
        deal_id=deal, customer_id=customer, number="1", pipeline="p", pipeline_version=1, stage="s", value=value
    )
    log.append(deal, opened, occurred_at=at)
    received = PaymentReceived(
        payment_id=payment, provider="x", provider_payment_id="x", reference="x", received=value, deal_id=deal
    )
    log.append(payment, received, occurred_at=at)
    if not is_refunded:
        return amount
    back = Money(amount=(amount / 3).quantize(Decimal("0.01")), currency="RUB")
    refunded = PaymentRefunded(payment_id=payment, refund_id="r", refunded=back)
    log.append(payment, refunded, occurred_at=at + timedelta(days=3))
    return amount - back.amount


async def empty(sales) -> None:
    tables = await sales.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", sales.build.schema)
    names = ", ".join(f'"{sales.build.schema}".{table["tablename"]}' for table in tables)
    await sales.pool.execute(f"TRUNCATE {names}")
