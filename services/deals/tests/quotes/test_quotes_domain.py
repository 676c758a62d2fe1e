"""The rules of quotes: given, when, then; and what holds in any life of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from deals.money import Item, priced
from deals.quotes.domain import QUOTE, evolve
from deals.quotes.states import (
    Accepted,
    AcceptQuote,
    Command,
    ExpireQuote,
    MakeQuote,
    NoQuote,
    Offer,
    RejectQuote,
    ReviseQuote,
    SendQuote,
    State,
)
from events.contracts.deals import (
    QuoteAccepted,
    QuoteExpired,
    QuoteMade,
    QuoteRejected,
    QuoteRevised,
    QuoteSent,
)
from events.decider import Rejected
from events.event import Event
from events.testing import given
from hypothesis import given as for_all
from hypothesis import strategies as st

IDS = {"quote_id": UUID(int=1), "deal_id": UUID(int=2), "customer_id": UUID(int=3)}
TODAY, LAST = date(2026, 3, 2), date(2026, 3, 9)
AFTER = LAST + timedelta(days=1)
MAIL, CHAT = UUID(int=8), UUID(int=9)


def offer(price: int, until: date = LAST) -> Offer:
    whole = priced([Item("Сайт", Decimal(1), Decimal(price))], "RUB")
    return Offer(whole.lines, whole.discount, whole.totals, until)


def said(of: Offer) -> dict[str, object]:
    return {"lines": of.lines, "totals": of.totals, "valid_until": of.valid_until}


FIRST, SECOND = offer(45_000), offer(40_000)
MAKE = MakeQuote(**IDS, number="Q-000001", offer=FIRST, today=TODAY)
MADE = QuoteMade(**IDS, number="Q-000001", **said(FIRST))
REVISED = QuoteRevised(**IDS, revision=2, **said(SECOND))
EXPIRED = QuoteExpired(**IDS, revision=1)


def sent(number: int, by: str = "email", sending_id: UUID = MAIL, revision: int = 1) -> QuoteSent:
    return QuoteSent(**IDS, revision=revision, sending=number, sending_id=sending_id, channel=by)


def accepted(by: str = "customer", revision: int = 1, of: Offer = FIRST, sending: int | None = None) -> QuoteAccepted:
    return QuoteAccepted(**IDS, revision=revision, value=of.value, by=by, sending=sending)


def rejected(revision: int = 1) -> QuoteRejected:
    return QuoteRejected(**IDS, revision=revision, reason="too_expensive", by="customer")


ACCEPT, REJECT = AcceptQuote("customer", TODAY), RejectQuote("customer", "too_expensive", TODAY)


def test_a_quote_is_made_once() -> None:
    given(QUOTE).when(MAKE).then(MADE)
    given(QUOTE, MADE).when(MAKE).then_nothing()


def test_a_quote_offers_something_and_not_until_a_day_that_is_over() -> None:
    given(QUOTE).when(replace(MAKE, offer=replace(FIRST, lines=()))).then_rejected("no_lines")
    given(QUOTE).when(replace(MAKE, today=AFTER)).then_rejected("valid_until_past")
    given(QUOTE, MADE).when(ReviseQuote(SECOND, AFTER)).then_rejected("valid_until_past")


@pytest.mark.parametrize("before", [[], [sent(1)], [rejected()], [EXPIRED]])
def test_a_new_version_supersedes_whatever_became_of_the_one_before(before: list[Event]) -> None:
    given(QUOTE, MADE, *before).when(ReviseQuote(SECOND, TODAY)).then(REVISED)
    superseded = given(QUOTE, MADE, *before, REVISED)
    superseded.when(replace(ACCEPT, revision=1)).then_rejected("quote_superseded")
    superseded.when(replace(REJECT, revision=1)).then_rejected("quote_superseded")
    superseded.when(ACCEPT).then(accepted(revision=2, of=SECOND))


def test_the_same_offer_is_no_new_version_unless_the_last_one_has_ended() -> None:
    given(QUOTE, MADE).when(ReviseQuote(FIRST, TODAY)).then_nothing()
    again = QuoteRevised(**IDS, revision=2, **said(FIRST))
    given(QUOTE, MADE, rejected()).when(ReviseQuote(FIRST, TODAY)).then(again)


def test_sent_by_two_channels_both_are_facts_and_a_repeat_is_not() -> None:
    given(QUOTE, MADE).when(SendQuote(MAIL, "email", TODAY)).then(sent(1))
    given(QUOTE, MADE, sent(1)).when(SendQuote(CHAT, "whatsapp", TODAY)).then(sent(2, "whatsapp", CHAT))
    given(QUOTE, MADE, sent(1)).when(SendQuote(MAIL, "email", TODAY)).then_nothing()
    given(QUOTE, MADE, sent(1), accepted()).when(SendQuote(MAIL, "email", TODAY)).then_nothing()


@pytest.mark.parametrize(
    ("end", "code"), [(accepted(), "quote_accepted"), (rejected(), "quote_rejected"), (EXPIRED, "quote_expired")]
)
def test_what_has_ended_is_not_sent(end: Event, code: str) -> None:
    given(QUOTE, MADE, end).when(SendQuote(MAIL, "email", TODAY)).then_rejected(code)


def test_a_quote_is_accepted_until_the_end_of_its_last_day_and_once() -> None:
    given(QUOTE, MADE, sent(1)).when(AcceptQuote("customer", LAST, 1, 1)).then(accepted(sending=1))
    given(QUOTE, MADE).when(AcceptQuote("manager", LAST)).then(accepted("manager"))
    given(QUOTE, MADE, accepted()).when(ACCEPT).then_nothing()
    given(QUOTE, MADE, accepted()).when(replace(ACCEPT, today=AFTER)).then_nothing()


def test_after_its_last_day_it_is_not_accepted_even_if_nobody_noted_the_end_yet() -> None:
    given(QUOTE, MADE).when(replace(ACCEPT, today=AFTER)).then_rejected("quote_expired")
    given(QUOTE, MADE, EXPIRED).when(ACCEPT).then_rejected("quote_expired")
    given(QUOTE, MADE).when(replace(REJECT, today=AFTER)).then_rejected("quote_expired")


def test_one_answer_is_final() -> None:
    given(QUOTE, MADE, accepted()).when(REJECT).then_rejected("quote_accepted")
    given(QUOTE, MADE, rejected()).when(ACCEPT).then_rejected("quote_rejected")
    given(QUOTE, MADE, rejected()).when(REJECT).then_nothing()
    given(QUOTE, MADE, accepted()).when(ReviseQuote(SECOND, TODAY)).then_rejected("quote_accepted")


def test_a_quote_expires_once_after_its_last_day_and_only_if_nobody_answered() -> None:
    given(QUOTE, MADE).when(ExpireQuote(1, LAST)).then_nothing()
    given(QUOTE, MADE).when(ExpireQuote(1, AFTER)).then(EXPIRED)
    for before in ([EXPIRED], [accepted()], [rejected()], [REVISED]):
        given(QUOTE, MADE, *before).when(ExpireQuote(1, AFTER)).then_nothing()


@pytest.mark.parametrize("command", [ReviseQuote(FIRST, TODAY), ACCEPT, REJECT, ExpireQuote(1, AFTER)])
def test_nothing_is_done_with_what_was_never_made(command: Command) -> None:
    given(QUOTE).when(command).then_rejected("no_quote")


days = st.dates(TODAY, AFTER + timedelta(days=3))
revisions = st.none() | st.integers(1, 4)
commands = st.one_of(
    st.builds(lambda price, until, day: ReviseQuote(offer(price, until), day), st.integers(1, 3), days, days),
    st.builds(SendQuote, st.sampled_from([MAIL, CHAT]), st.sampled_from(["email", "whatsapp"]), days),
    st.builds(AcceptQuote, st.sampled_from(["manager", "customer"]), days, revisions),
    st.builds(RejectQuote, st.just("customer"), st.just("other"), days, st.none(), revisions),
    st.builds(ExpireQuote, st.integers(1, 4), days),
    st.just(MAKE),
)


@for_all(st.lists(commands, max_size=25))
def test_in_any_life_of_a_quote_its_rules_hold(made: list[Command]) -> None:
    state: State = NoQuote()
    log: list[Event] = []
    for command in [MAKE, *made]:
        try:
            events = list(QUOTE.decide(command, state))
        except Rejected:
            continue
        log += events
        state = QUOTE.fold(events, state)
        assert list(QUOTE.decide(command, state)) == [] or isinstance(command, SendQuote), "a repeat changes nothing"
    assert QUOTE.fold(log) == state, "a replay gives the same"
    kinds = [type(event) for event in log]
    assert kinds.count(QuoteAccepted) <= 1
    if QuoteAccepted in kinds:
        assert isinstance(state, Accepted)
        assert set(kinds[kinds.index(QuoteAccepted) + 1 :]) <= {QuoteSent}
        (won,) = [event for event in log if isinstance(event, QuoteAccepted)]
        assert (won.revision, won.value) == (state.quote.revision, state.quote.offer.value)
    ends = [event.revision for event in log if isinstance(event, QuoteAccepted | QuoteRejected | QuoteExpired)]
    assert len(ends) == len(set(ends)), "a version ends once"
    numbers = [event.sending for event in log if isinstance(event, QuoteSent)]
    assert numbers == list(range(1, len(numbers) + 1))


@for_all(st.lists(st.sampled_from([MADE, REVISED, sent(1), accepted(), rejected(), EXPIRED]), max_size=8))
def test_no_order_of_events_breaks_the_fold(log: list[Event]) -> None:
    state: State = NoQuote()
    for event in log:
        state = evolve(state, event)
    assert isinstance(state, NoQuote) == (MADE not in log)
