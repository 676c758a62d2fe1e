"""Given events, then rows: what each event writes, in whatever order it comes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from analytics.main import SALES
from events.contracts.automation import TaskAssigned, TaskCompleted, TaskCreated, TaskRescheduled
from events.contracts.deals import (
    DealLost,
    DealOpened,
    DealReassigned,
    DealReopened,
    DealStageChanged,
    DealWon,
    Money,
    PaymentMatched,
    PaymentReceived,
)
from events.contracts.leads import (
    CustomerErased,
    CustomerRegistered,
    LeadAssigned,
    LeadCaptured,
    LeadDisqualified,
    LeadQualified,
    LeadReopened,
    LeadReturned,
    LeadTouched,
    Touch,
)
from events.event import REGISTRY
from events.projection import hashes
from events.testing import AT, received

CUSTOMER, LEAD, DEAL, PAYMENT, TASK = (UUID(int=n) for n in range(1, 6))


def touch(channel: str = "tilda", **more) -> Touch:
    return Touch(touch_id=uuid4(), channel=channel, intake=channel, source="main", kind="form", **more)


def stream(stream_id: UUID, *events) -> list:
    """Records of one stream, an hour between them."""
    return [
        received(event, stream_id, n, version=n, occurred_at=AT + timedelta(hours=n))
        for n, event in enumerate(events, 1)
    ]


def hour(n: int):
    return AT + timedelta(hours=n)


LEAD_LIFE = stream(
    LEAD,
    LeadCaptured(lead_id=LEAD, customer_id=CUSTOMER, touch=touch(campaign="spring"), direction="retail"),
    LeadAssigned(
        lead_id=LEAD, customer_id=CUSTOMER, manager_id="m-anna", strategy="round_robin", explanation="next in line"
    ),
    LeadTouched(lead_id=LEAD, customer_id=CUSTOMER, touch=touch("telegram")),
    LeadDisqualified(lead_id=LEAD, customer_id=CUSTOMER, reason="no answer"),
    LeadQualified(lead_id=LEAD, customer_id=CUSTOMER, temperature="warm", manager_id="m-boris", direction="b2b"),
    LeadQualified(lead_id=LEAD, customer_id=CUSTOMER, temperature="hot"),
)
DEAL_LIFE = stream(
    DEAL,
    DealOpened(
        deal_id=DEAL,
        customer_id=CUSTOMER,
        lead_id=LEAD,
        number="D-1",
        pipeline="default",
        pipeline_version=1,
        stage="unsorted",
        value=Money(amount=Decimal("10.00"), currency="RUB"),
        manager_id="m-anna",
    ),
    DealStageChanged(deal_id=DEAL, customer_id=CUSTOMER, from_stage="unsorted", to_stage="offer", to_kind="open"),
    DealLost(
        deal_id=DEAL, customer_id=CUSTOMER, from_stage="offer", stage="lost", reason="price", comment="s1." + "x" * 40
    ),
    DealReopened(deal_id=DEAL, customer_id=CUSTOMER, from_stage="lost", to_stage="offer"),
    DealReassigned(deal_id=DEAL, customer_id=CUSTOMER, manager_id="m-boris"),
    DealWon(
        deal_id=DEAL,
        customer_id=CUSTOMER,
        from_stage="offer",
        stage="won",
        value=Money(amount=Decimal("12.50"), currency="RUB"),
    ),
)


async def test_a_lead_keeps_its_first_channel_its_latest_manager_and_its_first_qualification(sales) -> None:
    await sales.apply(LEAD_LIFE)

    assert await sales.row(
        "leads",
        "lead_id, captured_at, channel, campaign, manager_id, assigned_at, qualified_at, temperature, direction",
    ) == (LEAD, hour(1), "tilda", "spring", "m-boris", hour(2), hour(5), "hot", "b2b")
    assert await sales.row("leads", "refused_at, refusal_reason, is_test, is_returning") == (
        hour(4),
        "no answer",
        False,
        False,
    )


async def test_a_returned_lead_has_no_manager_and_a_reopened_one_is_not_refused(sales) -> None:
    reopened = LeadReopened(lead_id=LEAD, customer_id=CUSTOMER, previous_reason="no answer")
    returned = LeadReturned(lead_id=LEAD, customer_id=CUSTOMER, previous_manager_id="m-anna", reason="no-time")
    captured, assigned, _, refused, *_ = (record.recorded().event for record in LEAD_LIFE)
    life = stream(LEAD, captured, assigned, refused, reopened, returned)
    for order in permutations(life):
        await sales.empty()
        await sales.apply(order)
        assert await sales.row("leads", "manager_id, assigned_at, refused_at, refusal_reason") == (
            None,
            hour(2),
            None,
            None,
        )


async def test_every_request_is_a_touch_and_a_repeat_is_not_the_first(sales) -> None:
    await sales.apply(LEAD_LIFE)

    assert await sales.rows("touches", "version, touched_at, channel, is_first", "version") == [
        (1, hour(1), "tilda", True),
        (3, hour(3), "telegram", False),
    ]


async def test_a_lead_that_a_split_opened_is_a_lead_and_no_new_request(sales) -> None:
    captured = LEAD_LIFE[0].recorded().event
    other = uuid4()
    await sales.apply(stream(LEAD, captured))
    await sales.apply(stream(other, captured.model_copy(update={"lead_id": other, "from_lead_id": LEAD})))
    assert await sales.row("leads", "count(*)") == (2,)
    assert await sales.row("touches", "count(*)") == (1,)


async def test_a_deal_leaves_one_row_per_entry_into_a_stage(sales) -> None:
    await sales.apply(DEAL_LIFE)

    assert await sales.rows("deal_stage_changes", "version, stage, kind, occurred_at", "version") == [
        (1, "unsorted", "open", hour(1)),
        (2, "offer", "open", hour(2)),
        (3, "lost", "lost", hour(3)),
        (4, "offer", "open", hour(4)),
        (6, "won", "won", hour(6)),
    ]
    assert await sales.row(
        "deals", "stage, stage_kind, stage_at, amount, currency, manager_id, lost_reason, lead_id"
    ) == (
        "won",
        "won",
        hour(6),
        Decimal("12.50"),
        "RUB",
        "m-boris",
        "price",
        LEAD,
    )


async def test_a_payment_that_waited_belongs_to_the_deal_it_was_matched_to(sales) -> None:
    money = Money(amount=Decimal("99.90"), currency="RUB")
    events = stream(
        PAYMENT,
        PaymentReceived(
            payment_id=PAYMENT, provider="yookassa", provider_payment_id="p1", reference="D-1", received=money
        ),
        PaymentMatched(payment_id=PAYMENT, deal_id=DEAL, customer_id=CUSTOMER, received=money),
    )
    await sales.apply(events[:1])
    assert await sales.row("payments", "deal_id, amount, received_at") == (None, Decimal("99.90"), hour(1))
    await sales.apply(events[1:])
    assert await sales.row("payments", "deal_id, amount, received_at") == (DEAL, Decimal("99.90"), hour(1))


TASK_LIFE = stream(
    TASK,
    TaskCreated(task_id=TASK, kind="call", title="Call", due_at=hour(5), assignee="m-anna"),
    TaskRescheduled(task_id=TASK, due_at=hour(9), previous_due_at=hour(5)),
    TaskAssigned(task_id=TASK, assignee="m-boris"),
    TaskRescheduled(task_id=TASK, due_at=hour(7), previous_due_at=hour(9)),
    TaskCompleted(task_id=TASK, result="done"),
)


async def test_a_task_put_off_is_late_by_its_last_due_time(sales) -> None:
    await sales.apply(TASK_LIFE)
    assert await sales.row("tasks", "due_at, assignee, result") == (hour(7), "m-boris", "done")


async def test_an_erased_customer_stays_a_number(sales) -> None:
    await sales.apply(
        stream(
            CUSTOMER, CustomerRegistered(customer_id=CUSTOMER, direction="b2b"), CustomerErased(customer_id=CUSTOMER)
        )
    )
    assert await sales.row("customers", "customer_id, registered_at, direction, erased_at") == (
        CUSTOMER,
        hour(1),
        "b2b",
        hour(2),
    )


@pytest.mark.parametrize("life", [LEAD_LIFE, DEAL_LIFE, TASK_LIFE], ids=["lead", "deal", "task"])
async def test_events_of_a_stream_give_the_same_rows_in_any_order(sales, life) -> None:
    async def outcome(batches) -> list:
        await sales.empty()
        for batch in batches:
            await sales.apply(batch)
        return await hashes(sales.pool, sales.build)

    expected = await outcome([life])
    for order in list(permutations(life))[::37]:
        assert await outcome([[record] for record in order]) == expected
        assert await outcome([order[:3], order[3:]]) == expected
        assert await outcome([order]) == expected


def test_every_event_is_projected_or_known_to_be_no_fact() -> None:
    no_facts = {
        "customer.details-changed.v1",  # personal data only
        "customer.contact-preferred.v1",
        "customer.match-suggested.v1",  # work for people in leads; what is decided is customer.merged.v1
        "customer.match-dismissed.v1",
        "list.created.v1",  # selections that people save for their work: they say nothing of customers
        "list.changed.v1",
        "list.closed.v1",
        "list.members-added.v1",
        "list.members-removed.v1",
        "handover.requested.v1",  # who is responsible afterwards is told lead by lead, customer by customer
        "handover.completed.v1",
        "handover.returned.v1",
        "deal_handover.requested.v1",
        "deal_handover.completed.v1",
        "deal.renamed.v1",  # personal: a title may name the customer
        "deal.noted.v1",
        "task.commented.v1",
        "deal.checked.v1",  # guidance within a stage
        "deal.participant-added.v1",  # who else takes part: deals shows them
        "deal.participant-removed.v1",
        "deal.stage-change-requested.v1",  # deals answers with what came of it
        "deal.stage-change-refused.v1",  # automation shows it
        "deal.opening-requested.v1",  # what automation asks of others: their own events say what came of it
        "deal.tags-requested.v1",
        "deal.fields-requested.v1",
        "deal.reassignment-requested.v1",
        "document.making-requested.v1",
        "customer.tags-requested.v1",
        "customer.fields-requested.v1",
        "customer.responsible-requested.v1",
        "task.completion-requested.v1",
        "deal.request-answered.v1",  # automation shows it
        "customer.request-answered.v1",
        "staff_notification.requested.v1",  # what colleagues are told, and other systems: no facts of sales
        "staff_notification.sent.v1",
        "staff_notification.failed.v1",
        "webhook.configured.v1",
        "webhook.secret-rotated.v1",
        "webhook.enabled.v1",
        "webhook.disabled.v1",
        "webhook.removed.v1",
        "webhook_call.requested.v1",
        "webhook_call.delivered.v1",
        "webhook_call.failed.v1",
        "deal_history.reported.v1",  # deals lives it through, and its events are the facts
        "deal_history.refused.v1",  # waits for a person, deals lists it
        "message_template.saved.v1",  # settings of messages, no facts
        "message_template.retired.v1",
        "task.reminded.v1",  # task.overdue.v1 tells what was late
        "price_list.opened.v1",  # list prices: what a thing was sold for is told by the lines of deals
        "price_list.renamed.v1",
        "price_list.prices-set.v1",
        "document.requested.v1",  # deals lists documents and who read them
        "document.generated.v1",
        "document.failed.v1",
        "document.uploaded.v1",
        "document.reclassified.v1",
        "document.downloaded.v1",
        "document_link.made.v1",
        "document_link.revoked.v1",
        "document_template.published.v1",  # settings, no facts
        "document_template.retired.v1",
        "firm.changed.v1",
        "opening_rules.saved.v1",
        "rule.disabled.v1",  # settings: what rules do is told by their effects
        "rule.enabled.v1",
        "rule.saved.v1",
        "source.configured.v1",
        "work_template.saved.v1",
        "working_calendar.set-up.v1",  # settings
        "date.reached.v1",  # the clock: what rules make of it is told by their effects
        "schedule.reached.v1",
    }
    assert set(REGISTRY) - no_facts == set(SALES.statements)
