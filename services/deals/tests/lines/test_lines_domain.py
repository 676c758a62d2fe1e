"""What lines do to a deal: given, when, then."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from deals.deal.decide import decider
from deals.deal.orders import ChangeValue, Command, LoseDeal, OpenDeal, SetLines, WinDeal
from deals.deal.states import NoDeal, State
from deals.money import Item, Priced, money, priced
from deals.pipelines import files
from events.contracts.deals import DealLinesChanged, DealLost, DealOpened, DealValueChanged, DealWon
from events.decider import Rejected
from events.event import Event
from events.sealed import Sealed
from events.testing import given
from hypothesis import given as for_all
from hypothesis import strategies as st

COMMENT: Sealed[str] = Sealed("s1." + "a" * 40)
DEAL, CUSTOMER, QUOTE = UUID(int=1), UUID(int=2), UUID(int=9)
DEALS = decider(files.load())
ZERO = money(Decimal(0), "RUB")
(OPENED,) = DEALS.decide(OpenDeal(DEAL, CUSTOMER, "D-000001", "default", ZERO), NoDeal())
assert isinstance(OPENED, DealOpened)
SITE = priced([Item("Сайт", Decimal(1), Decimal(45_000), tax_rate=Decimal(20))], "RUB")
TWO = priced([Item("Сайт", Decimal(2), Decimal(45_000), tax_rate=Decimal(20))], "RUB")
NOTHING = priced([], "RUB")


def changed(whole: Priced, quote: UUID | None = None) -> DealLinesChanged:
    return DealLinesChanged(
        deal_id=DEAL,
        customer_id=CUSTOMER,
        lines=whole.lines,
        totals=whole.totals if whole.lines else None,
        quote_id=quote,
    )


def valued(whole: Priced) -> DealValueChanged:
    return DealValueChanged(deal_id=DEAL, customer_id=CUSTOMER, value=whole.value)


def won(value: Priced) -> DealWon:
    return DealWon(deal_id=DEAL, customer_id=CUSTOMER, from_stage="unsorted", stage="won", value=value.value)


LOST = DealLost(
    deal_id=DEAL, customer_id=CUSTOMER, from_stage="unsorted", stage="lost", reason="other", comment=COMMENT
)


def test_lines_make_the_value() -> None:
    given(DEALS, OPENED).when(SetLines(SITE, QUOTE)).then(changed(SITE, QUOTE), valued(SITE))


def test_lines_that_come_to_the_same_leave_the_value_alone() -> None:
    given(DEALS, OPENED, valued(SITE)).when(SetLines(SITE)).then(changed(SITE))


def test_lines_that_are_there_already_change_nothing() -> None:
    given(DEALS, OPENED, changed(SITE), valued(SITE)).when(SetLines(SITE)).then()


def test_without_lines_the_value_stays_and_is_said_by_hand_again() -> None:
    given(DEALS, OPENED, changed(SITE), valued(SITE)).when(SetLines(NOTHING)).then(changed(NOTHING))
    by_hand = valued(TWO)
    given(DEALS, OPENED, changed(SITE), valued(SITE), changed(NOTHING)).when(ChangeValue(TWO.value)).then(by_hand)


def test_a_value_by_hand_is_refused_while_there_are_lines() -> None:
    with_lines = given(DEALS, OPENED, changed(SITE), valued(SITE))
    with_lines.when(ChangeValue(TWO.value)).then_rejected("value_of_lines")
    with_lines.when(WinDeal(TWO.value)).then_rejected("value_of_lines")
    with_lines.when(ChangeValue(SITE.value)).then()


def test_lines_are_in_the_currency_of_the_deal() -> None:
    dollars = priced([Item("Site", Decimal(1), Decimal(500))], "USD")
    given(DEALS, OPENED).when(SetLines(dollars)).then_rejected("lines_in_other_currency")


def test_a_closed_deal_keeps_its_lines() -> None:
    given(DEALS, OPENED, changed(SITE), valued(SITE), won(SITE)).when(SetLines(TWO)).then_rejected("already_won")
    given(DEALS, OPENED, changed(SITE), valued(SITE), won(SITE)).when(SetLines(SITE)).then()
    given(DEALS, OPENED, LOST).when(SetLines(SITE)).then_rejected("already_lost")


wholes = st.lists(
    st.builds(Item, title=st.just("Сайт"), quantity=st.decimals(1, 9, places=0), price=st.decimals(0, 99, places=2)),
    max_size=3,
).map(lambda items: priced(items, "RUB"))
commands = st.one_of(
    wholes.map(SetLines),
    st.decimals(0, 99, places=2).map(lambda amount: ChangeValue(money(amount, "RUB"))),
    st.just(WinDeal()),
    st.just(LoseDeal("other", COMMENT)),
)


@for_all(st.lists(commands, max_size=12))
def test_while_a_deal_has_lines_its_value_is_what_they_come_to(given_commands: list[Command]) -> None:
    state: State = DEALS.fold([OPENED])
    log: list[Event] = [OPENED]
    for command in given_commands:
        try:
            events = DEALS.decide(command, state)
        except Rejected:
            continue
        state, log = DEALS.fold(events, state), [*log, *events]
        assert not isinstance(state, NoDeal)
        deal = state.deal
        if deal.lines:
            assert deal.totals is not None
            assert deal.value.amount == deal.totals.gross == sum((line.gross for line in deal.lines), Decimal(0))
    assert DEALS.fold(log) == state
