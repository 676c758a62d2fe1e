"""The clock: dates that come near and hours that come are told once, and follow what they are taken from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest
from automation.rules.rule import Rule, Rules
from automation.tasks.following import follow
from automation.timing import dates, pending
from automation.timing.clock import Clock, near
from automation.timing.firings import Firings
from automation.timing.runs import hour_of
from automation.timing.watch import Schedule, WatchedDate
from automation_world import Leads, Story, World, key_of
from events.api_keys import new_key
from events.contracts.deals import DealCloseExpected, DealOpened, Money
from events.contracts.leads import (
    CustomerDetailsChanged,
    CustomerErased,
    CustomerRegistered,
    CustomerTagged,
    DetailChange,
)
from events.event import Event
from events.keys_client import KeysClient
from events.privacy import CachedKeys
from events.store import deterministic_id
from events.tasks import Worker
from events.testing import Log
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

MOSCOW = ZoneInfo("Europe/Moscow")
UTC_ZONE = ZoneInfo("UTC")
DEAL, CUSTOMER = deterministic_id("deal", "ivan"), Story.customer("ivan")


def today() -> date:
    return datetime.now(UTC).date()


def rule(**parts: Any) -> Rule:
    title = {"ru": "Задача", "en": "Task"}
    task = {"do": "create_task", "id": "task", "kind": "follow_up", "title": title, "assignee": "anna"}
    trigger = "date.reached.v1" if "date" in parts else "schedule.reached.v1"
    return Rule.model_validate({"id": "r", "version": 1, "title": title, "trigger": trigger, "actions": [task]} | parts)


def watching(field: str, **more: Any) -> Rule:
    return rule(date={"field": field, "at": "00:00"} | more)


def test_a_date_is_near_from_its_hour_on_so_many_days_before() -> None:
    watched = WatchedDate(field="deal.expected_on", days_before=3, at="10:00")
    at_nine = [day for day, _ in near(watched, datetime(2026, 3, 2, 9, tzinfo=MOSCOW), MOSCOW)]
    at_ten = [day for day, _ in near(watched, datetime(2026, 3, 2, 10, tzinfo=MOSCOW), MOSCOW)]
    assert (max(at_nine), max(at_ten)) == (date(2026, 3, 4), date(2026, 3, 5))
    assert min(at_ten) == date(2026, 3, 2)


def test_who_was_born_on_the_29th_of_february_has_a_birthday_every_year() -> None:
    watched = WatchedDate(field="customer.birthday", at="00:00")
    short = list(near(watched, datetime(2026, 2, 28, 12, tzinfo=UTC), UTC_ZONE))
    leap = list(near(watched, datetime(2028, 2, 28, 12, tzinfo=UTC), UTC_ZONE))
    assert (date(2026, 2, 28), "02-29") in short
    assert (date(2028, 2, 28), "02-29") not in leap


def test_the_latest_hour_of_a_schedule_is_told_and_those_before_it_are_not() -> None:
    mondays = Schedule(cron="0 10 * * mon")
    noon = datetime(2026, 3, 2, 12, tzinfo=MOSCOW)
    assert hour_of(mondays, noon - timedelta(days=30), noon, MOSCOW) == datetime(2026, 3, 2, 10, tzinfo=MOSCOW)
    assert hour_of(mondays, noon - timedelta(hours=1), noon, MOSCOW) is None
    once = Schedule(once=noon)
    assert [hour_of(once, noon - timedelta(days=1), at, MOSCOW) for at in (noon, noon - timedelta(1))] == [noon, None]


@given(st.integers(0, 365 * 24 * 60), st.integers(1, 60 * 48))
def test_whenever_it_is_looked_every_hour_is_found_at_most_once(start: int, step: int) -> None:
    hourly, at = Schedule(cron="30 * * * *"), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    told, until = [], at
    for _ in range(5):
        at += timedelta(minutes=step)
        hour = hour_of(hourly, until, at, ZoneInfo("Europe/Berlin"))
        if hour:
            assert until < hour <= at
            told.append(hour)
            until = hour
    assert len(told) == len(set(told))


@given(st.integers(0, 2 * 365 * 24 * 60), st.sampled_from([0, 1, 30_000_000, 58_999_999, 59_000_000, 59_999_999]))
def test_the_latest_hour_is_found_in_any_second_of_a_minute(minutes: int, microseconds: int) -> None:
    hour = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    now = hour + timedelta(microseconds=microseconds)
    assert hour_of(Schedule(cron="* * * * *"), now - timedelta(minutes=10), now, MOSCOW) == hour


class Firm:
    """The service on a database with one rule, and the clock."""

    def __init__(self, automation: World, rules: Rules) -> None:
        self.automation, self.pool, self.rules, self.log = automation, automation.pool, rules, Log()
        self.clock = self.another()

    def another(self) -> Clock:
        return Clock(self.automation.store, self.rules, "UTC")

    async def happens(self, stream: UUID, event: Event) -> None:
        await self.automation.deliver(self.log.append(stream, event))

    async def has_tags(self, name: str, *tags: str) -> None:
        customer_id = Story.customer(name)
        await self.happens(customer_id, CustomerRegistered(customer_id=customer_id, kind="person", identifiers=()))
        await self.happens(customer_id, CustomerTagged(customer_id=customer_id, tags=tags))

    async def fires(self) -> list[str]:
        """What the rule asks of its events is known, and its actions are done; returns why some were withheld."""
        await self.automation.settle()
        await self.pool.execute(
            "INSERT INTO read_until VALUES ('voronka.deals.v1', 0, now() + interval '1 day') ON CONFLICT DO NOTHING"
        )
        await self.pool.execute("UPDATE tasks SET due_at = now()")
        firings = Firings(self.pool, "en", "UTC")
        await Worker("firings", self.automation.store, {}, batches={pending.KIND: firings.handle}).run_due()
        await self.automation.settle()
        withheld = await self.automation.appended("rule.suppressed.v1")
        return [orjson.loads(row["data"])["reason"].partition(":")[0] for row in withheld]

    async def told(self) -> Sequence[dict[str, Any]]:
        rows = await self.automation.appended("date.reached.v1", "schedule.reached.v1")
        return [orjson.loads(row["data"]) for row in rows]


@pytest.fixture
async def firm(new_database: Any, request: Any) -> Any:
    from automation_world import world

    rules = Rules((request.param,))
    others = (follow, dates.keep)
    async with world(await new_database("automation"), rules, others=others) as automation:
        yield Firm(automation, rules)


def with_rule(made: Rule) -> Any:
    return pytest.mark.parametrize("firm", [made], indirect=True, ids=["rule"])


def expected(on: date | None, deal: UUID = DEAL) -> DealCloseExpected:
    return DealCloseExpected(deal_id=deal, customer_id=CUSTOMER, expected_on=on)


@with_rule(watching("deal.expected_on", days_before=3))
async def test_a_date_is_told_once_and_again_when_it_has_moved(firm: Firm) -> None:
    await firm.happens(DEAL, expected(today() + timedelta(days=10)))
    assert await firm.clock.look() == 0
    await firm.happens(DEAL, expected(today() + timedelta(days=2)))
    assert [await firm.clock.look() for _ in range(2)] == [1, 0]
    await firm.happens(DEAL, expected(today() + timedelta(days=1)))
    assert await firm.clock.look() == 1
    await firm.happens(DEAL, expected(today() + timedelta(days=2)))
    assert await firm.clock.look() == 0
    assert {event["on"] for event in await firm.told()} == {str(today() + timedelta(days=days)) for days in (1, 2)}
    await firm.automation.settle()
    assert len(await firm.automation.tasks()) == 2


@with_rule(watching("deal.expected_on"))
async def test_what_was_over_long_ago_or_was_cleared_is_not_told(firm: Firm) -> None:
    await firm.happens(DEAL, expected(today() - timedelta(days=100)))
    assert await firm.clock.look() == 0
    await firm.happens(DEAL, expected(today()))
    await firm.happens(DEAL, expected(None))
    assert await firm.clock.look() == 0


@with_rule(watching("deal.expected_on"))
async def test_many_clocks_at_once_tell_each_date_once(firm: Firm) -> None:
    for n in range(30):
        await firm.happens(deterministic_id("deal", n), expected(today(), deterministic_id("deal", n)))
    await asyncio.gather(*(firm.another().look() for _ in range(3)))
    assert len(await firm.told()) == 30


@with_rule(watching("customer.birthday"))
async def test_of_a_birthday_only_month_and_day_are_kept_until_the_customer_is_erased(
    firm: Firm, httpserver: Any
) -> None:
    # given a birthday, sealed on the card
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads().answer)
    client = KeysClient(httpserver.url_for("").rstrip("/"), SecretStr(new_key()))
    story = Story()
    await firm.automation.deliver(story.registered("ivan"))
    firm.log = story.log
    born = key_of(CUSTOMER).seal(f"1990-{today():%m-%d}" if f"{today():%m-%d}" != "02-29" else "1988-02-29")
    changes = (DetailChange(detail="birthday", value=born),)
    await firm.happens(CUSTOMER, CustomerDetailsChanged(customer_id=CUSTOMER, changes=changes))
    # when it was read
    birthdays = dates.Birthdays(firm.pool, CachedKeys(client))
    await Worker("birthdays", firm.automation.store, {dates.BIRTHDAY_TASK: birthdays.read}).run_due()
    row = await firm.pool.fetchrow("SELECT day, month_day FROM dates")
    assert (row["day"], row["month_day"]) == (None, f"{today():%m-%d}")
    assert [await firm.clock.look() for _ in range(2)] == [1, 0]
    # then nothing is left of it after the erasure
    await firm.happens(CUSTOMER, CustomerErased(customer_id=CUSTOMER))
    for table in ("dates", "dates_told"):
        assert await firm.pool.fetchval(f"SELECT count(*) FROM {table}") == 0
    await client.close()


@with_rule(rule(schedule={"cron": "* * * * *"}))
async def test_an_hour_is_told_once_and_none_from_before_the_rule_was_there(firm: Firm) -> None:
    assert await firm.clock.look() == 0
    await firm.pool.execute("UPDATE schedule_runs SET until = now() - interval '10 minutes'")
    told = await asyncio.gather(*(firm.another().look() for _ in range(3)))
    assert sum(told) == len(await firm.told()) == 1


@with_rule(rule(schedule={"cron": "* * * * *", "each": "deal"}, where="'vip' in customer.tags"))
async def test_a_schedule_for_each_is_told_of_those_that_match(firm: Firm) -> None:
    value = Money(amount="1", currency="RUB")
    for name in ("ivan", "olga"):
        opened = DealOpened(
            deal_id=deterministic_id("deal", name), customer_id=Story.customer(name), number="1", pipeline="p",
            pipeline_version=1, stage="new", value=value,
        )  # fmt: skip
        await firm.happens(deterministic_id("deal", name), opened)
    await firm.happens(CUSTOMER, CustomerTagged(customer_id=CUSTOMER, tags=("vip",)))
    await firm.clock.look()
    await firm.pool.execute("UPDATE schedule_runs SET until = now() - interval '10 minutes'")
    await firm.clock.look()
    assert [event["deal_id"] for event in await firm.told()] == [str(DEAL)]


@with_rule(rule(schedule={"cron": "* * * * *", "each": "customer"}, where="customer.tags.exists(t, t == 'vip')"))
async def test_of_whom_a_schedules_condition_could_not_be_asked_it_is_said(firm: Firm) -> None:
    for name, tags in (("ivan", [f"t{n}" for n in range(201)]), ("olga", ["vip"]), ("oleg", ["t7"])):
        await firm.has_tags(name, *tags)
    await firm.clock.look()
    await firm.pool.execute("UPDATE schedule_runs SET until = now() - interval '10 minutes'")
    assert await firm.clock.look() == 2
    assert await firm.fires() == ["over_limit"]
    (task,) = await firm.automation.tasks()
    assert task["customer_id"] == Story.customer("olga")


@with_rule(rule(schedule={"cron": "* * * * *", "each": "customer"}, where="customer.tags.map(t, customer.tags) != []"))
async def test_a_schedule_whose_condition_is_asked_of_nobody_says_so_once_an_hour_that_comes(firm: Firm) -> None:
    for name in ("ivan", "olga"):
        await firm.has_tags(name, "vip")
    await firm.clock.look()
    await firm.pool.execute("UPDATE schedule_runs SET until = now() - interval '10 minutes'")
    assert [await firm.clock.look() for _ in range(2)] == [1, 0]
    assert await firm.fires() == ["over_limit"]
    assert not await firm.automation.tasks()
