"""The rules of a payment."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from deals.money import money
from deals.payments.domain import PAYMENT
from deals.payments.orders import MatchPayment, Payee, ReceivePayment
from events.contracts.deals import PaymentMatched, PaymentReceived
from events.event import Event
from events.testing import given
from hypothesis import given as for_all
from hypothesis import strategies as st

PAYMENT_ID, DEAL, CUSTOMER = UUID(int=1), UUID(int=2), UUID(int=3)
ROUBLES = money(Decimal(100), "RUB")
PAYEE = Payee(DEAL, CUSTOMER, "D-000001", "RUB")
ANOTHER = replace(PAYEE, deal_id=UUID(int=9), number="D-000002")
RECEIVE = ReceivePayment(PAYMENT_ID, "tbank", "42", "D-000001", ROUBLES, False, PAYEE)
UNMATCHED = PaymentReceived(
    payment_id=PAYMENT_ID, provider="tbank", provider_payment_id="42", reference="D-000001", received=ROUBLES
)
RECEIVED = UNMATCHED.model_copy(update={"deal_id": DEAL, "customer_id": CUSTOMER})
MATCHED = PaymentMatched(payment_id=PAYMENT_ID, deal_id=DEAL, customer_id=CUSTOMER, received=ROUBLES)


def test_a_payment_with_a_deals_number_is_the_deals() -> None:
    given(PAYMENT).when(RECEIVE).then(RECEIVED)


def test_a_payment_without_a_deal_is_kept_unmatched() -> None:
    given(PAYMENT).when(replace(RECEIVE, payee=None)).then(UNMATCHED)


def test_a_payment_in_another_currency_is_kept_unmatched() -> None:
    given(PAYMENT).when(replace(RECEIVE, payee=replace(PAYEE, currency="USD"))).then(UNMATCHED)


def test_a_repeat_is_nothing() -> None:
    given(PAYMENT, RECEIVED).when(RECEIVE).then_nothing()
    given(PAYMENT, UNMATCHED).when(replace(RECEIVE, payee=None)).then_nothing()


def test_a_repeat_that_knows_the_deal_matches_what_waited() -> None:
    given(PAYMENT, UNMATCHED).when(RECEIVE).then(MATCHED)
    given(PAYMENT, UNMATCHED).when(replace(RECEIVE, payee=replace(PAYEE, currency="USD"))).then_nothing()


def test_a_person_matches_a_payment_once() -> None:
    given(PAYMENT, UNMATCHED).when(MatchPayment(PAYMENT_ID, PAYEE)).then(MATCHED)
    given(PAYMENT, UNMATCHED, MATCHED).when(MatchPayment(PAYMENT_ID, PAYEE)).then_nothing()
    given(PAYMENT, UNMATCHED, MATCHED).when(MatchPayment(PAYMENT_ID, ANOTHER)).then_rejected("already_matched")
    given(PAYMENT, RECEIVED).when(MatchPayment(PAYMENT_ID, ANOTHER)).then_rejected("already_matched")


def test_a_person_does_not_match_another_currency() -> None:
    dollars = replace(PAYEE, currency="USD")
    given(PAYMENT, UNMATCHED).when(MatchPayment(PAYMENT_ID, dollars)).then_rejected("other_currency")


def test_nothing_is_matched_that_was_never_received() -> None:
    given(PAYMENT).when(MatchPayment(PAYMENT_ID, PAYEE)).then_rejected("no_payment")


@for_all(st.lists(st.sampled_from([UNMATCHED, RECEIVED, MATCHED]), max_size=10))
def test_evolve_never_fails_on_any_sequence_of_events(history: list[Event]) -> None:
    PAYMENT.fold(history)
