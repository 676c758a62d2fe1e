"""What may become of a contact: given, when, then."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from events.contracts.leads.interactions import (
    Call,
    CallProgressed,
    InteractionCancelled,
    InteractionConcluded,
    InteractionPlanned,
    InteractionRegistered,
    InteractionRescheduled,
)
from events.testing import given
from leads.interactions.domain import DECIDER, Cancel, Conclude, Contact, Plan, Register, Reschedule

ID, ANNA, LEAD = UUID(int=1), UUID(int=2), UUID(int=3)
AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
LATER = AT + timedelta(days=1)
MEETING = Contact(ID, "meeting", "out", ANNA, None, "anna", LEAD, None, "retail")
WHO = {"interaction_id": ID, "customer_id": ANNA, "lead_id": LEAD, "manager_id": "anna"}
PLANNED = InteractionPlanned(**WHO, kind="meeting", flow="out", direction="retail", planned_at=AT)
HELD = InteractionRegistered(**WHO, kind="meeting", flow="out", direction="retail", intake="api", source="api")
AGREED = InteractionConcluded(
    **WHO, kind="meeting", held=True, result="agreed", next_contact_at=LATER, next_contact_kind="call"
)
AGREE = Conclude(held=True, result="agreed", next_contact_at=LATER, next_contact_kind="call")
CANCELLED = InteractionCancelled(interaction_id=ID, customer_id=ANNA, reason="ill")


def test_a_meeting_is_planned() -> None:
    given(DECIDER).when(Plan(MEETING, AT)).then(PLANNED)


def test_a_meeting_that_took_place_is_registered_once() -> None:
    given(DECIDER).when(Register(MEETING, "api", "api")).then(HELD)
    given(DECIDER, HELD).when(Register(MEETING, "api", "api")).then_nothing()


def test_what_came_of_it_proposes_the_next_contact() -> None:
    given(DECIDER, PLANNED).when(AGREE).then(AGREED)
    given(DECIDER, HELD).when(AGREE).then(AGREED)


def test_the_same_outcome_again_is_nothing_new_and_another_one_replaces_it() -> None:
    given(DECIDER, PLANNED, AGREED).when(AGREE).then_nothing()
    refused = InteractionConcluded(**WHO, kind="meeting", held=True, result="refused")
    given(DECIDER, PLANNED, AGREED).when(Conclude(held=True, result="refused")).then(refused)


def test_only_what_is_planned_can_be_moved() -> None:
    moved = InteractionRescheduled(interaction_id=ID, customer_id=ANNA, planned_at=LATER, previously_planned_at=AT)
    given(DECIDER, PLANNED).when(Reschedule(LATER)).then(moved)
    given(DECIDER, PLANNED, moved).when(Reschedule(LATER)).then_nothing()
    given(DECIDER, HELD).when(Reschedule(LATER)).then_rejected("not_planned")
    given(DECIDER, PLANNED, AGREED).when(Reschedule(LATER)).then_rejected("not_planned")


def test_a_cancelled_meeting_stays_cancelled() -> None:
    given(DECIDER, PLANNED).when(Cancel("ill")).then(CANCELLED)
    given(DECIDER, PLANNED, CANCELLED).when(Cancel("ill")).then_nothing()
    given(DECIDER, PLANNED, CANCELLED).when(AGREE).then_rejected("cancelled")
    given(DECIDER, HELD).when(Cancel("ill")).then_rejected("not_planned")


def test_nothing_can_be_said_of_what_is_not_there() -> None:
    for command in (AGREE, Reschedule(AT), Cancel("ill")):
        given(DECIDER).when(command).then_rejected("no_interaction")


def test_who_a_call_is_about_is_learnt_while_it_goes_on() -> None:
    call = Call(flow="in", started_at=AT)
    began = InteractionRegistered(interaction_id=ID, kind="call", flow="in", intake="mango", source="main", call=call)
    progressed = CallProgressed(**WHO, call=call, direction="retail")
    concluded = InteractionConcluded(**WHO, kind="call", held=True, result="agreed")
    given(DECIDER, began, progressed).when(Conclude(held=True, result="agreed")).then(concluded)
