"""Payments arrive, and what changes is said: once, in numbers, whatever the order, a crash or a second process."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from analytics.segments import changing
from events.contracts.analytics import SegmentReason
from events.contracts.leads import CustomerErased
from events.contracts.leads.identity import CustomerMerged

from .conftest import NOW, RULES, person

ANNA, BORIS, VERA, GLEB = map(person, (1, 2, 3, 4))


async def test_the_first_sixty_percent_are_gold_the_next_thirty_silver_the_rest_bronze(shop) -> None:
    await shop.pays((ANNA, 60, 3), (BORIS, 30, 2), (VERA, 10, 1))

    assert await shop.tells() == 3

    assert await shop.segments() == {ANNA: "gold", BORIS: "silver", VERA: "bronze"}
    (event,) = await shop.told(BORIS)
    assert event.reason == SegmentReason(
        code="introduced", cut_percent=90, share_percent=Decimal("30.00"), ahead_percent=Decimal("60.00")
    )
    assert (event.previous_segment, event.revenue.amount, event.as_of) == ("casual", 30, NOW)


async def test_a_table_restored_from_a_backup_is_brought_to_what_the_log_says(shop) -> None:
    await shop.pays((ANNA, 60, 3), (BORIS, 30, 2))
    await shop.tells()
    await shop.pays((VERA, 190, 0.5))
    await shop.tells()
    said = {who: len(await shop.told(who)) for who in (ANNA, BORIS, VERA)}
    pool = shop.sales.pool
    await pool.execute("DELETE FROM segments_told WHERE customer_id <> $1", ANNA)
    await pool.execute("UPDATE segments_told SET segment = 'bronze', version = 1")
    await pool.execute("DELETE FROM segments_computed")

    assert await shop.tells() == 0
    assert await shop.tells() == 0

    assert {who: len(await shop.told(who)) for who in (ANNA, BORIS, VERA)} == said
    versions = await pool.fetch("SELECT customer_id, version FROM segments_told")
    assert {row["customer_id"]: row["version"] for row in versions} == said


async def test_whoever_brings_it_all_is_gold(shop) -> None:
    await shop.pays((ANNA, 5, 1))
    await shop.tells()
    assert await shop.segments() == {ANNA: "gold"}


async def test_equal_sums_are_told_apart_by_who_paid_last_and_then_by_id(shop) -> None:
    await shop.pays((VERA, 10, 5), (ANNA, 10, 5), (BORIS, 10, 4), (GLEB, 10, 5))
    await shop.tells()
    assert await shop.segments() == {BORIS: "gold", ANNA: "gold", VERA: "gold", GLEB: "silver"}


async def test_a_rise_and_a_fall_say_which_cut_was_passed_and_by_how_much(shop) -> None:
    await shop.pays((ANNA, 60, 3), (BORIS, 30, 2), (VERA, 10, 1))
    await shop.tells()

    await shop.pays((VERA, 190, 0.5))
    assert await shop.tells() == 2, "the others stay where they were"

    rise, fall = (await shop.told(VERA))[-1], (await shop.told(ANNA))[-1]
    assert (rise.previous_segment, rise.segment, rise.reason) == (
        "bronze",
        "gold",
        SegmentReason(
            code="rose_over_cut",
            cut_percent=60,
            share_percent=Decimal("68.97"),
            ahead_percent=Decimal("0.00"),
            previous_share_percent=Decimal("10.00"),
        ),
    )
    assert (fall.previous_segment, fall.segment, fall.reason) == (
        "gold",
        "silver",
        SegmentReason(
            code="fell_under_cut",
            cut_percent=60,
            share_percent=Decimal("20.69"),
            ahead_percent=Decimal("68.97"),
            previous_share_percent=Decimal("60.00"),
        ),
    )


async def test_buying_for_the_first_time_coming_back_and_no_longer_buying_have_reasons_of_their_own(shop) -> None:
    await shop.pays((ANNA, 100, 3), (VERA, 7, 500), (GLEB, 9, 364.5))
    await shop.tells()
    await shop.pays((BORIS, 300, 1), (VERA, 5, 1))
    await shop.tells()
    await shop.tells(NOW + timedelta(days=1))

    def reasons(events):
        return [(event.segment, event.reason.code) for event in events]

    assert reasons(await shop.told(BORIS)) == [("gold", "first_purchase")]
    assert reasons(await shop.told(VERA)) == [("bronze", "returned")]
    assert reasons(await shop.told(GLEB))[-1] == ("casual", "no_purchase_in_window")
    gone = (await shop.told(GLEB))[-1]
    assert (gone.revenue.amount, gone.reason.share_percent, gone.reason.ahead_percent) == (0, 0, None)


async def test_what_is_given_back_is_no_revenue(shop) -> None:
    await shop.pays((ANNA, 60, 3), (BORIS, 40, 2))
    await shop.tells()
    await shop.refunds(ANNA, 34)
    assert await shop.tells() == 2
    await shop.refunds(ANNA, 26)
    assert await shop.tells() == 1

    fall, gone = (await shop.told(ANNA))[1:]
    assert (fall.segment, fall.revenue.amount, fall.reason.code) == ("silver", 26, "fell_under_cut")
    assert (gone.segment, gone.revenue.amount, gone.reason.code) == ("casual", 0, "refunded")


async def test_merged_cards_are_one_customer_and_the_one_that_goes_is_told(shop) -> None:
    await shop.pays((ANNA, 45, 3), (BORIS, 40, 2), (VERA, 15, 2))
    await shop.tells()
    assert await shop.segments() == {ANNA: "gold", BORIS: "gold", VERA: "silver"}

    merged = CustomerMerged(customer_id=VERA, into_customer_id=BORIS, reason="by_hand", explanation="the same person")
    await shop.sales.apply(shop.log.append(VERA, merged, occurred_at=NOW))
    await shop.tells()

    assert await shop.segments() == {ANNA: "gold", BORIS: "gold", VERA: "casual"}
    assert (await shop.told(VERA))[-1].reason.code == "merged"


async def test_other_cuts_are_said_to_be_the_reason(shop) -> None:
    await shop.pays((ANNA, 60, 3), (BORIS, 30, 2), (VERA, 10, 1))
    await shop.tells()

    assert await shop.tells(rules=RULES.model_copy(update={"gold_percent": Decimal(80)})) == 1

    event = (await shop.told(BORIS))[-1]
    assert (event.segment, event.reason.code, event.reason.cut_percent) == ("gold", "rules_changed", 80)


async def test_tests_strangers_and_other_currencies_make_no_segment(shop) -> None:
    await shop.pays((None, 500, 1), (ANNA, 10, 1))
    await shop.sales.apply(shop.payment(BORIS, 900, currency="USD"))
    await shop.sales.apply(shop.payment(VERA, 900, is_test=True))
    await shop.tells()
    assert await shop.segments() == {ANNA: "gold"}


async def test_of_an_erased_customer_nothing_more_is_said_and_his_revenue_still_counts(shop) -> None:
    await shop.pays((ANNA, 90, 3), (BORIS, 10, 2))
    await shop.sales.apply(shop.log.append(ANNA, CustomerErased(customer_id=ANNA)))
    await shop.tells()
    assert await shop.segments() == {BORIS: "bronze"}


async def test_what_was_said_is_not_said_again(shop) -> None:
    await shop.pays((ANNA, 60, 3), (BORIS, 30, 2))
    assert await shop.tells() == 2
    assert await shop.tells() == 0
    await shop.pays((ANNA, 1, 1))
    assert await shop.tells() == 0


async def test_a_crash_before_the_commit_leaves_nothing_and_the_next_turn_says_it_once(shop, monkeypatch) -> None:
    await shop.pays((ANNA, 60, 3), (BORIS, 30, 2))
    append_all = changing.append_all

    async def and_dies(connection, decisions):
        await append_all(connection, decisions)
        raise ConnectionResetError

    monkeypatch.setattr(changing, "append_all", and_dies)
    with pytest.raises(ConnectionResetError):
        await shop.tells()
    assert await shop.segments() == {}

    monkeypatch.undo()
    assert await shop.tells() == 2
    assert len(await shop.told(ANNA)) == len(await shop.told(BORIS)) == 1


async def test_two_processes_at_once_say_it_once(shop) -> None:
    await shop.pays(*((person(n), n, 1) for n in range(1, 30)))
    await shop.caught_up()
    told = await asyncio.gather(*(shop.changes().tell(NOW) for _ in range(4)))
    assert sum(told) == 29
    assert await shop.sales.pool.fetchval("SELECT count(*) FROM events") == 29


async def test_more_than_one_transaction_holds_is_said_by_the_next_with_the_same_reason(shop) -> None:
    await shop.pays(*((person(n), 10, n) for n in range(1, 8)))
    assert [await shop.tells(most=3) for _ in range(4)] == [3, 3, 1, 0]
    codes = {(await shop.told(person(n)))[-1].reason.code for n in range(1, 8)}
    assert codes == {"introduced"}


async def test_while_the_facts_are_still_being_filled_in_nothing_is_said(shop) -> None:
    await shop.pays((ANNA, 60, 3))
    assert await shop.changes().tell(NOW) == 0, "nobody has looked how far the log reaches"
    await shop.caught_up(NOW - timedelta(minutes=2))
    assert await shop.changes().tell(NOW) == 0, "the facts are two minutes old"
    await shop.caught_up(NOW)
    assert await shop.changes().tell(NOW) == 1


async def test_without_new_payments_it_looks_again_after_an_hour_only(shop) -> None:
    await shop.pays((ANNA, 60, 365.0 - 1 / 48), (BORIS, 1, 1))
    await shop.tells()
    for minutes, told in ((40, 0), (61, 2)):
        at = NOW + timedelta(minutes=minutes)
        await shop.sales.pool.execute("UPDATE log_ends SET seen_at = $1", at)
        assert await shop.changes().tell(at) == told
    assert await shop.segments() == {ANNA: "casual", BORIS: "gold"}
