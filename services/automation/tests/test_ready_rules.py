"""The catalogue of ready rules: each is sound, fires on its example, and does what it says over a history of events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from re import findall
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.facts.asking import never
from automation.facts.shape import EARLIER, SHAPES
from automation.managers.choosing import choose
from automation.messages.letters import Templates
from automation.messages.request import SERVICE
from automation.messages.shelf import known_files
from automation.messages.wording import Wording
from automation.rules.check import faults
from automation.rules.conditions import Facts, holds, plain
from automation.rules.matching import fired
from automation.rules.ready import ReadyRule, ready_rules
from automation.rules.rule import Rule, Rules
from automation.tasks.following import follow
from automation.timing import dates
from automation.timing.calendars import BUSINESS
from automation.timing.clock import Clock
from automation_world import World, key_of, world
from events.contracts.automation import RuleSuppressed, WorkingCalendarSetUp
from events.event import decode
from events.store import deterministic_id
from events.tasks import Worker
from events.testing import Log
from golden_story import GOLDEN, event_of, heard, ids
from outbox import keys_of_all

CASES = {"missed-call", "overdue-invoice", "stalled-deal", "birthday", "guarantee-ends", "after-work"}
PAGE = Path(__file__).parents[3] / "docs" / "rules.md"
TODAY = datetime.now(UTC).date()
LONG_AGO = datetime.now(UTC) - timedelta(days=200)
"""So that everything that waits is due."""
YESTERDAY = TODAY - timedelta(days=1)
BORN = key_of(UUID(ids("birthday")["customer_id"])).seal(f"1988-{YESTERDAY:%m-%d}")
Told = tuple[str, dict[str, Any]]


def moved(to_stage: str) -> Told:
    return "deal.stage-changed.v1", {"from_stage": "new", "to_stage": to_stage, "to_kind": "open"}


STORIES: dict[str, tuple[Told, ...]] = {
    "after-work": (("work.completed.v1", {}),),
    "birthday": (
        ("customer.registered.v1", {}),
        ("customer.details-changed.v1", {"changes": [{"detail": "birthday", "value": BORN}]}),
    ),
    "call-again": (("interaction.concluded.v1", {"held": False, "next_contact_at": None}),),
    "gold-customer": (("customer.segment-changed.v1", {"segment": "gold"}),),
    "guarantee-ends": (("work.completed.v1", {"guarantee_until": str(TODAY + timedelta(days=9))}),),
    "hot-lead": (("lead.qualified.v1", {"temperature": "hot"}),),
    "invoice-paid": (("invoice.issued.v1", {}), ("payment.allocated.v1", {})),
    "keep-in-touch": (("contact.due.v1", {}),),
    "key-customer": (("customer.segment-changed.v1", {"segment": "gold"}),),
    "key-customer-to-the-best": (
        *(("deal.opened.v1", {"deal_id": str(UUID(int=n))}) for n in range(5)),
        *(("deal.won.v1", {"deal_id": str(UUID(int=n))}) for n in range(5)),
        ("customer.segment-changed.v1", {"segment": "gold"}),
    ),
    "letter-not-opened": (("message.sent.v1", {"medium": "email"}),),
    "lost-on-price": (("deal.opened.v1", {}), ("deal.lost.v1", {"reason": "price"})),
    "missed-call": (("call.missed.v1", {}),),
    "missed-call-returned": (("call.missed.v1", {}), ("call.returned.v1", {})),
    "next-contact": (("interaction.concluded.v1", {}),),
    "nurture-letter": (("contact.due.v1", {"segment": "casual", "nurture": True}),),
    "overdue-invoice": (("invoice.issued.v1", {}), ("invoice.overdue.v1", {})),
    "quote-unanswered": (("deal.opened.v1", {}), ("quote.sent.v1", {})),
    "repeat-sale": (("deal.opened.v1", {}), ("deal.won.v1", {})),
    "stalled-deal": (("deal.opened.v1", {}), moved("offer")),
    "stalled-new-deal": (("deal.opened.v1", {}),),
    "task-overdue": (("task.overdue.v1", {}),),
    "unhappy-customer": (("questionnaire.answered.v1", {"scores": {"recommend": 3}}),),
}
"""What happens, an hour apart; the last of it fires the rule, where no date does."""


def rule_of(ready: ReadyRule) -> Rule:
    return Rule.model_validate({**ready.rule.model_dump(), "id": ready.id, "version": 1})


def example_of(ready: ReadyRule) -> Any:
    """The golden example of the trigger with what makes the rule fire."""
    told = orjson.loads((GOLDEN / f"{ready.rule.trigger}.json").read_bytes())
    for path, value in ready.example.items():
        inside = told
        *steps, last = path.split(".")
        for step in steps:
            inside = inside[step]
        inside[last] = value
    event = decode(ready.rule.trigger, orjson.dumps(told))
    (record,) = Log().append(deterministic_id("example"), event)
    return record.recorded()


def told_stories() -> tuple[Log, dict[str, UUID]]:
    """The stories, and the last event of each."""
    log, last = Log(), {}
    anna = event_of("anna", "manager.set-up.v1", {"directions": [], "working_hours": []})
    at_any_hour = WorkingCalendarSetUp(calendar=BUSINESS, time_zone="UTC")
    for event in (anna, at_any_hour):
        log.append(deterministic_id(event.type), event, occurred_at=LONG_AGO)
    for name, story in STORIES.items():
        for hour, (type_, differs) in enumerate(story):
            at = LONG_AGO + timedelta(hours=hour)
            (told,) = log.append(deterministic_id("story", name), event_of(name, type_, differs), occurred_at=at)
        last[name] = told.recorded().id
    return log, last


def known_of(ready: ReadyRule) -> dict[str, Any]:
    cards = {name: plain(SHAPES[name].model_validate(told)) for name, told in ready.known.items()}
    return dict.fromkeys(SHAPES) | cards | {EARLIER: dict(never())}


def test_the_catalogue_has_the_common_cases_and_its_page_names_them_all() -> None:
    names = {ready.id for ready in ready_rules()}
    told = PAGE.read_text(encoding="utf-8").partition("## Ready rules")[2].partition("\n## ")[0]
    assert names >= CASES
    assert names == set(STORIES) == set(findall("`([a-z-]+)`", told))


@pytest.mark.parametrize("ready", ready_rules(), ids=lambda ready: ready.id)
def test_a_ready_rule_has_no_faults_with_its_templates(ready: ReadyRule) -> None:
    known = known_files(Templates())
    own = frozenset(template.name for template in ready.templates)
    assert list(faults(rule_of(ready), type(known)(known.templates | own, known.shapes))) == []
    assert set(ready.about) == {"ru", "en"}
    for template in ready.templates:
        assert set(template.texts) == {"ru", "en"}
        assert all(Wording(text).has_letter for text in template.texts.values())
    consented = {one.template for one in ready.rule.actions if getattr(one, "purpose", SERVICE) != SERVICE}
    for template in [one for one in ready.templates if one.name in consented]:
        assert all("unsubscribe" in Wording(text).asks() for text in template.texts.values())


@pytest.mark.parametrize("ready", ready_rules(), ids=lambda ready: ready.id)
def test_a_ready_rule_fires_on_its_example(ready: ReadyRule) -> None:
    recorded = example_of(ready)
    firings = list(fired(Rules((rule_of(ready),)), recorded, "ru"))
    asked = Facts.of(recorded, known_of(ready))

    assert [one.action.id for one in firings] == [action.id for action in ready.rule.actions]
    assert holds(ready.rule.where, asked)
    assert all(holds(one.action.still, asked) for one in firings)
    effects = [one.effect().event for one in firings]
    assert not [effect for effect in effects if isinstance(effect, RuleSuppressed)]


async def test_every_ready_rule_does_what_it_says_once_over_a_history_of_events(new_database: Any) -> None:
    rules = Rules(tuple(rule_of(ready) for ready in ready_rules()))
    log, last = told_stories()
    async with world(await new_database("automation"), rules, others=(follow, dates.keep, choose)) as automation:
        await automation.pool.execute("INSERT INTO read_until VALUES ('voronka.deals.v1', 0, now() + interval '1 day')")
        birthdays = dates.Birthdays(automation.pool, keys_of_all())
        read = Worker("birthdays", automation.store, {dates.BIRTHDAY_TASK: birthdays.read})
        for _ in range(2):
            await automation.pool.execute("UPDATE watermarks SET position = 0")
            await automation.pool.execute("UPDATE tasks SET due_at = now()")
            await heard(automation, log)
            await read.run_due()
            await Clock(automation.store, rules, "UTC").look()
            await automation.settle()
        done = await done_by_story(automation, last)

    assert {name: {action for action, _ in effects} for name, effects in done.items()} == {
        rule.id: {action.id for action in rule.actions} for rule in rules.rules
    }
    assert {times for effects in done.values() for times in effects.values()} == {1}, done


async def done_by_story(automation: World, last: Mapping[str, UUID]) -> dict[str, Counter[tuple[str, str]]]:
    """What each rule did of itself in its own story: actions with the types of their effects."""
    told = await automation.pool.fetch(
        "SELECT data->'cause'->>'rule' AS rule, data->'cause'->>'action' AS action, type,"
        " data->'cause'->>'event_id' AS event_id FROM events"
        " WHERE type <> 'rule.suppressed.v1' AND data->'cause'->>'rule' IS NOT NULL"
    )
    reached = await automation.appended("date.reached.v1")
    dated = {str(row["id"]): orjson.loads(row["data"])["customer_id"] for row in reached}
    found: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in told:
        its_own = str(last[row["rule"]]), ids(row["rule"])["customer_id"]
        if row["event_id"] == its_own[0] or dated.get(row["event_id"]) == its_own[1]:
            found[row["rule"]][(row["action"], row["type"])] += 1
    return found
