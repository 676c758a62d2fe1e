"""What a back-test says of caps on messages, and of actions that wait or ask again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.rules.backtest import Trial, held_up
from automation.rules.later import Later
from automation.rules.rule import Rule
from automation.timing.calendars import BUSINESS, Calendars, default_calendar
from automation_world import Story
from events.contracts.leads import CustomerTagged
from events.testing import AT, Log

TITLE = {"ru": "Письмо", "en": "Letter"}
LETTER = {"do": "send_email", "id": "letter", "template": "welcome"}
RULE = {"id": "r", "version": 1, "title": TITLE, "trigger": "customer.tagged.v1", "actions": [LETTER]}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
IVAN = Story.customer("ivan")


class Past:
    """What was known of the customer: the segment, which turns gold at a moment, and a date that was moved."""

    def __init__(self, gold_at: datetime = AT + DAY, moved_at: datetime = AT + DAY) -> None:
        self.gold_at = gold_at
        self.moved_at = moved_at

    async def as_of(self, firings: Any, moments: Sequence[datetime]) -> list[dict[str, Any]]:
        return [{"customer": self._customer(at)} for at in moments]

    def _customer(self, at: datetime) -> dict[str, Any]:
        day = AT + timedelta(days=10 if at >= self.moved_at else 5)
        return {"segment": "gold" if at >= self.gold_at else "casual", "fields": {"visit": f"{day:%Y-%m-%d}"}}


async def hours(managers: set[str], at: datetime) -> Calendars:
    return Calendars({BUSINESS: default_calendar("UTC")}, {})


async def nothing_known(firings: Any) -> Any:
    return [{} for _ in firings]


def trial(past: Past, until: datetime = AT + timedelta(days=100), **parts: Any) -> Trial:
    later = Later(past.as_of, hours, until)
    return Trial(Rule.model_validate(RULE | parts), AT - DAY, AT + 9 * DAY, "en", nothing_known, later)


def tagged(times: int = 1, every: timedelta = HOUR) -> list[Any]:
    log = Log()
    for n in range(times):
        log.append(IVAN, CustomerTagged(customer_id=IVAN, tags=("x",)), occurred_at=AT + n * every)
    return log.records


async def test_an_action_whose_reason_is_gone_when_its_time_comes_would_have_been_withheld() -> None:
    """Given a customer who turns gold after a day, when a letter is to go after two days to who is casual then, then it
    would have been withheld; after one hour it would have gone.
    """
    for after, expected in (({"hours": 1}, {}), ({"days": 2}, {"not_wanted_any_more": 1})):
        letter = LETTER | {"timing": {"after": after}, "still": "customer.segment == 'casual'"}
        tried = trial(Past(), actions=[letter])
        await tried.take(tagged())
        assert tried.finish().withheld == expected
        assert tried.found.effects == ({} if expected else {"letter": {"message.requested.v1": 1}})


async def test_what_would_wait_beyond_what_is_known_is_counted_as_waiting() -> None:
    letter = LETTER | {"timing": {"after": {"days": 2}}}
    tried = trial(Past(), until=AT + DAY, actions=[letter])
    await tried.take(tagged())
    assert (tried.finish().waiting, tried.found.effects) == (1, {})


async def test_an_action_that_waits_for_a_date_follows_it_to_where_it_was_moved() -> None:
    letter = LETTER | {"timing": {"before": {"field": "customer.fields.visit", "days": 1}, "at": "10:00"}}
    tried = trial(Past(), actions=[letter])
    await tried.take(tagged())
    (sample,) = tried.finish().samples
    assert sample.effects[0]["at"].date() == (AT + timedelta(days=9)).date()


async def test_messages_beyond_the_cap_of_a_customer_are_counted() -> None:
    """Given a cap of two a day and one that another rule sent, when three are to go within two hours, two wait."""
    tried = trial(Past())
    await tried.take(tagged(3))
    found = tried.finish(2, {str(IVAN): [AT - HOUR]})
    assert (found.matches, found.messages_capped) == (3, 2)


async def test_messages_of_matches_that_the_rule_itself_withholds_count_for_no_cap() -> None:
    tried = trial(Past(), per_customer={"times": 1, "days": 1})
    await tried.take(tagged(3))
    found = tried.finish(1, {})
    assert (found.capped, found.messages_capped) == (2, 0)


@pytest.mark.parametrize(
    ("times", "others", "most", "waiting"),
    [
        ([0, 1, 2], [], 3, 0),
        ([0, 1, 2], [], 2, 1),
        ([0, 24, 48], [], 1, 0),
        ([0, 1, 24.5], [], 1, 2),  # the second goes after a day, and is in the way of the third
        ([0], [-23, -1], 2, 1),
        ([0], [-25, -1], 2, 0),
        ([0, 1, 2, 3], [], 1, 3),
    ],
)
def test_a_message_goes_when_there_is_room_for_it(
    times: list[float], others: list[float], most: int, waiting: int
) -> None:
    def moments(hours_: list[float]) -> list[datetime]:
        return [AT + timedelta(hours=n) for n in hours_]

    assert held_up(moments(times), moments(others), most) == waiting
