"""Given events, then rows: what each event writes, in whatever order it comes."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest
from analytics.main import SALES
from events import event as contracts
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
    PipelineSaved,
    PipelineStage,
)
from events.contracts.leads import (
    CustomerContactAdded,
    CustomerContactRemoved,
    CustomerErased,
    CustomerFieldsChanged,
    CustomerRegistered,
    FieldChange,
    InteractionReassigned,
    LeadAssigned,
    LeadCaptured,
    LeadDisqualified,
    LeadQualified,
    LeadReopened,
    LeadReturned,
    LeadTouched,
    Touch,
)
from events.contracts.leads.identity import CustomerMerged, CustomerSplit
from events.contracts.leads.interactions import (
    Call,
    CallMissed,
    CallProgressed,
    CallReturned,
    InteractionConcluded,
    InteractionPlanned,
    InteractionRegistered,
    InteractionRescheduled,
)
from events.event import REGISTRY, decode
from events.projection import hashes
from events.sealed import Sealed
from events.testing import AT, received

GOLDEN = Path(contracts.__file__).parent / "golden"

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


ROWS = Path(__file__).parent / "rows_of_each_event.txt"


async def test_each_event_alone_writes_these_rows(sales) -> None:
    """What every golden event leaves in the tables, without the columns that are empty."""
    tables = await sales.pool.fetchval(
        "SELECT array_agg(tablename::text ORDER BY tablename) FROM pg_tables"
        " WHERE schemaname = $1 AND tablename NOT LIKE 'rolled%'",
        sales.build.schema,
    )
    everything = " UNION ALL ".join(
        f"SELECT '{table}' AS name,"
        " jsonb_strip_nulls(to_jsonb(t)) - ARRAY['loaded_at', 'updated_at', 'recorded_at'] AS row"
        f' FROM "{sales.build.schema}".{table} t'
        for table in tables
    )
    lines = []
    for type_ in sorted(SALES.statements):
        golden = decode(type_, (GOLDEN / f"{type_}.json").read_bytes())
        await sales.empty()
        await sales.apply([received(golden, UUID(int=1), 1)])
        lines.append(f"\n{type_}")
        for name, row in await sales.pool.fetch(f"{everything} ORDER BY name, row"):
            values = ", ".join(f"{column}={value}" for column, value in sorted(orjson.loads(row).items()))
            lines.append(f"  {name}: {values}")
    found = "\n".join(lines).strip() + "\n"
    if os.environ.get("WRITE_ROWS"):
        ROWS.write_text(found)

    assert found == ROWS.read_text(), "look at the difference; WRITE_ROWS=1 accepts it"


async def test_a_merged_card_counts_as_the_one_it_was_merged_into_from_then_on(sales) -> None:
    one, two, three = (UUID(int=n) for n in range(11, 14))

    def merged(customer: UUID, into: UUID) -> CustomerMerged:
        return CustomerMerged(customer_id=customer, into_customer_id=into, reason="by_hand", explanation="said so")

    await sales.apply(
        [
            received(merged(one, two), one, 1, version=1, occurred_at=hour(1)),
            received(merged(two, three), two, 1, version=1, occurred_at=hour(2)),
            received(
                CustomerSplit(customer_id=one, from_customer_id=two, explanation="said so"),
                one, 2, version=2, occurred_at=hour(3), recorded_at=hour(5),
            ),
        ]
    )  # fmt: skip

    async def roots(as_of: datetime, known_at: datetime) -> dict:
        rows = await sales.pool.fetch(f'SELECT * FROM "{sales.build.schema}".customer_roots($1, $2)', as_of, known_at)
        return dict(map(tuple, rows))

    assert await roots(hour(0), hour(9)) == {}
    assert await roots(hour(1), hour(9)) == {one: two}
    assert await roots(hour(2), hour(9)) == {one: three, two: three}
    assert await roots(hour(3), hour(9)) == {two: three}
    assert await roots(hour(3), hour(4)) == {one: three, two: three}


async def test_cards_whose_links_run_in_a_circle_for_a_moment_count_as_themselves(sales) -> None:
    one, two = UUID(int=11), UUID(int=12)
    for customer, into in ((one, two), (two, one)):
        event = CustomerMerged(customer_id=customer, into_customer_id=into, reason="by_hand", explanation="said so")
        await sales.apply([received(event, customer, 1)])
    assert await sales.pool.fetch(f"SELECT * FROM \"{sales.build.schema}\".customer_roots('infinity')") == []


CALL = UUID(int=6)
CALL_LIFE = stream(
    CALL,
    InteractionRegistered(
        interaction_id=CALL, kind="call", intake="mango", source="main", call=Call(flow="in"), customer_id=CUSTOMER
    ),
    CallProgressed(
        interaction_id=CALL, call=Call(flow="in", result="missed", ended_at=hour(1)), customer_id=CUSTOMER, lead_id=LEAD
    ),
    CallMissed(interaction_id=CALL, customer_id=CUSTOMER, lead_id=LEAD, manager_id="m-anna"),
    InteractionReassigned(interaction_id=CALL, manager_id="m-boris"),
    CallReturned(interaction_id=CALL, by_interaction_id=UUID(int=7)),
)


async def test_a_missed_call_tells_whose_it_was_and_when_it_was_returned(sales) -> None:
    await sales.apply(CALL_LIFE)
    assert await sales.row(
        "interactions",
        "kind, flow, customer_id, lead_id, manager_id, call_result, took_place_at, missed_at, returned_at",
    ) == ("call", "in", CUSTOMER, LEAD, "m-boris", "missed", hour(1), hour(3), hour(5))


async def test_a_planned_meeting_took_place_when_it_was_planned_for_if_it_was_held(sales) -> None:
    meeting = UUID(int=8)
    planned = InteractionPlanned(interaction_id=meeting, kind="meeting", planned_at=hour(3), customer_id=CUSTOMER)
    moved = InteractionRescheduled(interaction_id=meeting, planned_at=hour(4), previously_planned_at=hour(3))

    def concluded(held: bool) -> InteractionConcluded:
        return InteractionConcluded(interaction_id=meeting, kind="meeting", held=held, result="agreed")

    for held, took_place in ((True, hour(4)), (False, None)):
        await sales.empty()
        life = stream(meeting, planned, moved)
        life.append(received(concluded(held), meeting, 3, version=3, occurred_at=hour(6)))
        await sales.apply(life)
        assert await sales.row("interactions", "planned_at, took_place_at, is_held, result") == (
            hour(4), took_place, held, "agreed",
        )  # fmt: skip


async def test_contacts_of_a_card_are_counted_and_not_kept(sales) -> None:
    secret = Sealed("s1." + "x" * 40)
    await sales.apply(
        stream(
            CUSTOMER,
            CustomerRegistered(customer_id=CUSTOMER, phones=(secret,), emails=(secret, secret)),
            CustomerContactAdded(customer_id=CUSTOMER, emails=(secret,)),
            CustomerContactRemoved(customer_id=CUSTOMER, kind="email", value=secret, index="0" * 32),
        )
    )
    assert await sales.rows("customer_contact_changes", "version, kind, change", "version, kind") == [
        (1, "email", 2), (1, "phone", 1), (2, "email", 1), (3, "email", -1),
    ]  # fmt: skip


async def test_a_field_that_was_sealed_later_is_not_known_any_more(sales) -> None:
    plain = FieldChange(field="hobby", value="chess")
    sealed = FieldChange(field="hobby", sealed=Sealed("s1." + "x" * 40))
    await sales.apply(
        stream(
            CUSTOMER,
            CustomerFieldsChanged(customer_id=CUSTOMER, changes=(plain,)),
            CustomerFieldsChanged(customer_id=CUSTOMER, changes=(sealed,)),
        )
    )
    assert await sales.rows("trait_changes", "version, field, value", "version") == [
        (1, "hobby", '"chess"'), (2, "hobby", None),
    ]  # fmt: skip


async def test_stages_stand_in_the_order_of_the_latest_version_of_their_pipeline(sales) -> None:
    def saved(version: int, *codes: str) -> PipelineSaved:
        stages = (
            PipelineStage(code=code, kind="open", title_ru="Э", title_en="S", probability=Decimal("0.1"))
            for code in codes
        )
        return PipelineSaved(
            code="default", version=version, title_ru="П", title_en="P", stages=tuple(stages), loss_reasons=()
        )

    await sales.apply(stream(UUID(int=9), saved(1, "a", "b"), saved(2, "b", "c", "a")))
    await sales.apply(DEAL_LIFE)
    assert await sales.rows("stage_order", "stage, position", "position") == [("b", 1), ("c", 2), ("a", 3)]


def test_every_event_is_projected_or_known_to_be_no_fact() -> None:
    no_facts = {
        "customer.details-changed.v1",  # personal data only
        "customer.noted.v1",  # likewise
        "customer.contact-preferred.v1",
        "customer.match-suggested.v1",  # work for people in leads; what is decided is customer.merged.v1
        "customer.match-dismissed.v1",
        "list.created.v1",  # selections that people save for their work: they say nothing of customers
        "list.changed.v1",
        "list.closed.v1",
        "list.members-added.v1",
        "list.members-removed.v1",
        "request.unanswered.v1",  # automation shows it
        "list.reading-requested.v1",  # automation asks who is on one; mailings and sequences tell what follows
        "list.read.v1",
        "list.reading-refused.v1",
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
        "interaction.planning-requested.v1",
        "task.completion-requested.v1",
        "customer.blacklisting-requested.v1",
        "lead.judgement-requested.v1",
        "lead.assignment-requested.v1",
        "lead.fields-requested.v1",
        "customer.note-requested.v1",
        "deal.lines-requested.v1",
        "deal.note-requested.v1",
        "deal.closing-requested.v1",
        "invoice.issue-requested.v1",
        "manager.choice-requested.v1",  # what comes of it is told by who is responsible, and by the task's assignee
        "manager.chosen.v1",
        "deal.request-answered.v1",  # automation shows it
        "customer.request-answered.v1",
        "lead.request-answered.v1",
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
        "mailing.prepared.v1",  # a mailing's messages are facts, each names its mailing
        "mailing.started.v1",
        "mailing.portion-requested.v1",
        "mailing.stopped.v1",
        "mailing.finished.v1",
        "questionnaire.saved.v1",  # automation shows what was answered
        "questionnaire.answered.v1",
        "sequence.saved.v1",  # settings; what becomes of customers inside are facts
        "sequence.switched.v1",
        "sequence.entry-requested.v1",
        "sequence.entry-refused.v1",
        "sequence.exit-requested.v1",
        "rule.disabled.v1",  # settings: what rules do is told by their effects
        "rule.enabled.v1",
        "rule.saved.v1",
        "rule.started.v1",
        "source.configured.v1",
        "work_template.saved.v1",
        "working_calendar.set-up.v1",  # settings
        "date.reached.v1",  # the clock: what rules make of it is told by their effects
        "schedule.reached.v1",
        "cadence.set-up.v1",  # settings
        "cadence.excepted.v1",
        "cadence.exception-lifted.v1",
        "contact.due.v1",  # what comes of it are tasks and contacts
    }
    assert set(REGISTRY) - no_facts == set(SALES.statements)
