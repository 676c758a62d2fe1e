"""Who asks or pays again and again: needs and traits of the rollup count him once in every period, as the facts do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from analytics.reports.needs import NEEDS
from analytics.reports.period import EARLIEST, LATEST, Period
from analytics.reports.traits import TRAITS
from events.contracts.deals import (
    DealLinesChanged,
    DealOpened,
    DealWon,
    Line,
    Money,
    PaymentReceived,
    PaymentRefunded,
    PipelineSaved,
    PipelineStage,
    ProductRegistered,
    Totals,
)
from events.contracts.leads import (
    CustomerFieldsChanged,
    CustomerRegistered,
    CustomerTagged,
    CustomerUntagged,
    FieldChange,
    LeadCaptured,
    LeadFieldsChanged,
    LeadQualified,
    Touch,
)
from events.contracts.leads.identity import CustomerMerged, CustomerSplit
from events.testing import Log

from .test_rollup import DAYS, FIRST, filled, same_from_both, stale_days

REPORTS, PEOPLE, REQUESTS = (NEEDS, TRAITS), 4, 7
ZERO = Decimal(0)
ALONE = (
    "payment.received.v1", "customer.fields-changed.v1", "customer.tagged.v1", "customer.untagged.v1",
    "lead.fields-changed.v1", "lead.qualified.v1", "deal.lines-changed.v1", "payment.refunded.v1", "customer.merged.v1",
    "customer.split.v1",
)  # fmt: skip


class Again:
    """Few people, each with many requests, deals and payments on some days of :data:`DAYS`."""

    def __init__(self, seed: object) -> None:
        self.log, self.chance, self.ids = Log(), Random(str(seed)), 0
        stage = PipelineStage(code="s", kind="open", title_ru="s", title_en="s", probability=Decimal(1), days=1)
        self.told(PipelineSaved(code="p", version=1, title_ru="p", title_en="p", stages=(stage,), loss_reasons=()))
        self.people = [self.id() for _ in range(PEOPLE)]
        self.products = [self.id() for _ in range(2)]

    def id(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    def told(self, *events, stream: UUID | None = None, day: float = 0) -> None:
        self.log.append(stream or self.id(), *events, occurred_at=FIRST + timedelta(days=day))

    def live(self) -> None:
        chance = self.chance
        for product, code in zip(self.products, "ab", strict=True):
            self.told(ProductRegistered(product_id=product, code=code, title="P", kind="goods"), stream=product)
        for person in self.people:
            self.told(CustomerRegistered(customer_id=person, direction=chance.choice((None, "b2b"))), stream=person)
            for _ in range(REQUESTS):
                self.request(person, chance.randrange(DAYS - 20))
            self.known(person)
        one, other, gone, into = self.people
        self.merge(one, other, day=20)
        self.merge(gone, into, day=30)
        self.told(CustomerSplit(customer_id=gone, from_customer_id=into, explanation="x"), stream=gone, day=60)
        if chance.random() < 0.5:
            self.merge(into, other, day=40)

    def merge(self, gone: UUID, into: UUID, day: int) -> None:
        merged = CustomerMerged(customer_id=gone, into_customer_id=into, reason="by_hand", explanation="x")
        self.told(merged, stream=gone, day=day)

    def known(self, person: UUID) -> None:
        self.told(CustomerTagged(customer_id=person, tags=("vip", "old")), stream=person)
        self.told(CustomerUntagged(customer_id=person, tags=("old",)), stream=person)
        for value in ("red", ["red", "blue"]):
            changes = (FieldChange(field="colour", value=value),)
            self.told(CustomerFieldsChanged(customer_id=person, changes=changes), stream=person)

    def request(self, person: UUID, day: int) -> None:
        chance, lead, deal = self.chance, self.id(), self.id()
        same = {"lead_id": lead, "customer_id": person}
        campaign = chance.choice((None, "spring", "autumn"))
        touch = Touch(
            touch_id=self.id(),
            channel=chance.choice(("web", "mail")),
            intake="x",
            source="x",
            kind="form",
            campaign=campaign,
        )
        topics = FieldChange(field="topic", value=chance.choice(("site", ["site", "advert"])))
        self.told(LeadCaptured(**same, touch=touch), stream=lead, day=day)
        self.told(LeadQualified(**same, temperature="warm", category=chance.choice("xyz")), stream=lead, day=day)
        self.told(LeadFieldsChanged(**same, changes=(topics,)), stream=lead, day=day)
        if chance.random() < 0.7:
            self.deal(person, deal, day + chance.choice((0, 1, 5, 12)))

    def deal(self, person: UUID, deal: UUID, day: int) -> None:
        chance = self.chance
        value = Money(amount=Decimal(chance.randint(1, 9)), currency="RUB")
        same = {"deal_id": deal, "customer_id": person}
        opened = {"number": "1", "pipeline": "p", "pipeline_version": 1, "stage": "s", "value": value}
        self.told(DealOpened(**same, **opened), stream=deal, day=day)
        for _ in range(2):
            self.told(DealLinesChanged(**same, **self.lines()), stream=deal, day=day)
        if chance.random() < 0.7:
            self.told(DealWon(**same, from_stage="s", stage="won", value=value), stream=deal, day=day)
        for _ in range(chance.choice((0, 1, 3))):
            payment, paid_on = self.id(), day + chance.randrange(20)
            received = PaymentReceived(
                payment_id=payment, provider="x", provider_payment_id="x", reference="x", received=value, deal_id=deal
            )
            self.told(received, stream=payment, day=paid_on)
            if chance.random() < 0.4:
                refunded = PaymentRefunded(payment_id=payment, refund_id="r", refunded=value)
                self.told(refunded, stream=payment, day=paid_on + chance.randrange(5))

    def lines(self) -> dict:
        """One of the products at the same price: that it is another changes no sum."""
        product = self.chance.choice(self.products)
        line = Line(
            product_id=product, title="P", quantity=Decimal(1), price=Decimal(1), discounted=ZERO, net=Decimal(1),
            tax=ZERO, gross=Decimal(1), unit_cost=Decimal(1),
        )  # fmt: skip
        one = Decimal(1)
        return {
            "lines": (line,),
            "totals": Totals(currency="RUB", subtotal=one, discounted=ZERO, net=one, tax=ZERO, gross=one),
        }


@pytest.mark.parametrize("seed", range(2))
async def test_who_asks_and_pays_again_counts_once_in_every_period_whatever_comes_late(sales, asked, seed) -> None:
    # given the rollup of people who ask and pay on many days, of which some events are still to come in any order
    made = Again(seed)
    made.live()
    pipeline, *records = made.log.records
    made.chance.shuffle(records)
    await sales.apply([pipeline, *records[: len(records) // 2]])
    await filled(sales)
    # when the others come in, by and by
    for each in range(4):
        await sales.apply(records[len(records) // 2 + each :: 4])
        # then both ways say the same of any period, with days that are stale and with none
        await same_of_any_period(sales, asked, made.chance)
        await filled(sales)
        assert await stale_days(sales, asked()) == []
        await same_of_any_period(sales, asked, made.chance)


async def test_each_change_of_what_a_person_is_makes_all_his_days_stale(sales, asked) -> None:
    # given a rollup of what was told without these events
    made = Again("each")
    made.live()
    await sales.apply([record for record in made.log.records if record.type not in ALONE])
    await filled(sales)
    before = await same_of_any_period(sales, asked)
    for kind in ALONE:
        coming = [record for record in made.log.records if record.type == kind]
        # when those of a kind come in, what is told of a thing for the second time after all that was told first
        for records in (coming[::2], coming[1::2]):
            await sales.apply(records)
            # then the answer is that of the facts
            after = await same_of_any_period(sales, asked)
            await filled(sales)
        # and another than before
        assert after != before, kind
        before = after


async def same_of_any_period(sales, asked, chance: Random | None = None) -> list:
    """What both reports say of some periods, or of all days; the same of the rollup and of the facts."""
    if chance is None:
        return await same_from_both(sales, asked, reports=REPORTS)
    found = []
    for _ in range(6):
        start, end = (FIRST + timedelta(days=day) for day in sorted(chance.sample(range(DAYS), 2)))
        period = chance.choice((Period(start, end), Period(start, end), Period(start, LATEST), Period(EARLIEST, end)))
        asked_so = {"best_percent": chance.choice((1, 20, 70))}
        found += await same_from_both(
            sales, lambda period=period: asked(period=period), reports=REPORTS, options=asked_so
        )
    return found
