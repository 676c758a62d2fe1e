"""What expressions may cost: bombs are refused when saved, and stopped where they stand in a rule all the same."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from automation.rules.condition_check import check
from automation.rules.conditions import Facts, asked, evaluated, holds
from automation.rules.cost import MOST_WALKED, OverLimit
from automation.rules.rule import Rule, Rules
from automation_world import world
from events.contracts.deals import DealTagged
from events.event import REGISTRY
from events.store import deterministic_id
from events.testing import Log

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TAGS = [f"tag {n}" for n in range(MOST_WALKED)]
SECONDS_OF_WORK = 5.0
"""Of the processor, on the slowest machine; each of the bombs below takes ten times as long, and some for ever."""


def facts(**event: Any) -> Facts:
    return Facts({"event": event, "type": "deal.tagged.v1", "occurred_at": AT, "recorded_at": AT, "actor": "user:anna"})


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("event.tags.map(t, event.tags).size() > 0", "map may only ask the element itself"),
        ("event.tags.map(t, [t, t]).size() > 0", "map may only ask the element itself"),
        ("event.tags.all(t, event.tags.all(u, t == u))", "a walk over a list inside another"),
        (f"event.tags.all(t, ({' + '.join(['event.tags'] * 40)}) != [])", "more than 30 additions"),
        (f"event.tags.all(t, ({' + '.join(['event.tags'] * 6)}) != [])", "more than 3 additions for each element"),
        ("(event.tags + event.tags).all(t, t != '')", "only fields, and short lists"),
        (f"[{', '.join(['event.tags'] * 60)}].map(t, t).size() > 0", "only fields, and short lists"),
        (f"[{', '.join('1' * 60)}].map(t, t).size() > 0", "only fields, and short lists"),
        (f"event.tags.all(t, {' && '.join(['t in event.tags'] * 40)})", "asks too much of each element"),
        (" && ".join(["event.tags.all(t, t != '')"] * 6), "more than 5 walks over lists"),
        (r"event.tags.all(t, !'aaaa'.matches('\\w{9}'))", "a pattern for each element"),
        (r"'aaaa'.matches('\\w{100}')", "a pattern that repeats more than 20 times"),
        (r"'aaaa'.matches('(\\w{9}){9}')", "a group a number of times"),
        ("'aaaa'.matches('" + r"\\w" * 60 + "')", "a pattern of more than 100 characters"),
        ("'aaaa'.matches(actor)", "a pattern must be written out"),
        (" && ".join(["'a'.matches('a')"] * 4), "more than 3 patterns"),
    ],
)
def test_a_bomb_is_refused_with_its_place_and_never_evaluated(condition: str, said: str) -> None:
    told = list(check(condition, REGISTRY["deal.tagged.v1"]))
    assert any(said in one and one.startswith("character ") for one in told), told
    with pytest.raises(OverLimit):
        evaluated(condition, facts(tags=TAGS))
    assert not holds(condition, facts(tags=TAGS))
    assert asked(condition, facts(tags=[])) is None


@pytest.mark.parametrize(
    "condition",
    [
        ".".join(["event.tags", *["map(t, t)"] * 5]) + ".size() == 200",
        " && ".join([f"event.tags.all(t, {' && '.join(['t in event.tags'] * 9)})"] * 5),
        f"event.tags.all(t, {' && '.join(['event.tags == event.tags'] * 7)})",
        "event.tags.all(t, (event.tags + event.tags + event.tags + event.tags) != [])",
        f"({' + '.join(['event.tags'] * 31)}).size() > 0",
        " || ".join(["'aaaa'.matches('^" + r"\\w" * 28 + r"\\d{20}$')"] * 3) + " || true",
        "event.tags.all(t, lower(event.text) != t && !event.text.contains(t))",
        f"[{', '.join(map(str, range(50)))}].map(n, n * n).size() == 50",
    ],
)
def test_the_dearest_that_passes_is_done_soon(condition: str) -> None:
    known = facts(tags=TAGS, text="я" * 10_000)
    began = time.process_time()
    assert evaluated(condition, known) is True
    assert time.process_time() - began < SECONDS_OF_WORK


def test_a_list_that_is_too_long_is_not_walked_over() -> None:
    long = facts(tags=[*TAGS, "one more"])
    assert asked("event.tags.exists(t, t == 'x')", long) is None
    assert holds("'one more' in event.tags && size(event.tags) > 3", long)


async def test_a_rule_that_strikes_the_limit_says_so_and_the_others_go_on(new_database: Any) -> None:
    # given two rules that an earlier release took, on tags that are more than may be walked over
    dear = a_rule("dear", "event.tags.exists(t, t == 'vip')")
    bomb = a_rule("bomb", "event.tags.map(t, event.tags).size() > 0")
    plain = a_rule("plain", "'vip' in event.tags")
    deal_id, customer_id = deterministic_id("deal"), deterministic_id("customer")
    tagged = DealTagged(deal_id=deal_id, customer_id=customer_id, tags=("vip", *TAGS))
    async with world(await new_database("automation"), Rules((dear, bomb, plain))) as automation:
        # when
        await automation.deliver(Log().append(deal_id, tagged))
        await automation.settle()
        # then
        (task,) = await automation.tasks()
        assert task["title"] == "plain"
        told = [orjson.loads(row["data"]) for row in await automation.appended("rule.suppressed.v1")]
        assert {one["cause"]["rule"] for one in told} == {"dear", "bomb"}
        assert {one["reason"].partition(":")[0] for one in told} == {"over_limit"}


def a_rule(name: str, when: str) -> Rule:
    action = {"do": "create_task", "id": "task", "kind": "call", "title": {"ru": name, "en": name}}
    made = {"id": name, "version": 1, "title": {"ru": name, "en": name}, "trigger": "deal.tagged.v1", "when": when}
    return Rule.model_validate({**made, "actions": [action]})
