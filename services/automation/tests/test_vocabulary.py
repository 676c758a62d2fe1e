"""What the market calls triggers, each by the event and the conditions that stand for it, over one small history each.

The events are the golden examples of their contracts, a few hours apart; only those that are named fire, once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from automation.actions.effect import Known
from automation.rules.check import parse
from automation.rules.rule import Rule, Rules
from automation_world import world
from events.event import REGISTRY
from events.store import deterministic_id
from events.testing import Log
from golden_story import event_of, heard, ids

TITLE = {"ru": "Скажи", "en": "Tell"}
HOURS = timedelta(hours=6)
START = (datetime.now(UTC) - timedelta(days=10)).replace(hour=9, minute=30)
"""So long ago that everything that waits is due."""
KNOWN = Known(frozenset())


@dataclass(frozen=True)
class Row:
    """``story``: events with what differs from their golden example, six hours apart. ``fires``: which of them do."""

    story: tuple[tuple[str, dict[str, Any]], ...]
    fires: tuple[int, ...] = (0,)
    trigger: str = ""
    when: str = ""
    where: str = ""
    cap: dict[str, int] | None = None
    action: dict[str, Any] = field(default_factory=dict)

    @property
    def on(self) -> str:
        """The trigger; where none is said, what happens last."""
        return self.trigger or self.story[-1][0]


def one(type_: str, **differs: Any) -> Row:
    """The event alone."""
    return Row(((type_, differs),))


def contact(kind: str, flow: str = "in") -> tuple[str, dict[str, Any]]:
    return "interaction.registered.v1", {"kind": kind, "flow": flow}


def filled(rooms: int) -> tuple[str, dict[str, Any]]:
    return "deal.fields-changed.v1", {"changes": [{"field": "rooms", "value": rooms}]}


def moved(from_stage: str, to_stage: str) -> tuple[str, dict[str, Any]]:
    return "deal.stage-changed.v1", {"from_stage": from_stage, "to_stage": to_stage, "to_kind": "open"}


def message(name: str) -> dict[str, Any]:
    return {"message_id": str(deterministic_id("message", name))}


ROWS = {
    "lead added": one("lead.captured.v1"),
    "deal added": one("deal.opened.v1"),
    "contact added": one("customer.registered.v1"),
    "contact edited": one("customer.details-changed.v1"),
    "contact deleted": one("customer.erased.v1"),
    "company edited": one("organisation.changed.v1"),
    "lead closed": one("lead.disqualified.v1"),
    "lead restored": one("lead.reopened.v1"),
    "deal restored": one("deal.reopened.v1"),
    "responsible of the contact changed": one("customer.responsible-changed.v1"),
    "responsible of the deal changed": one("deal.reassigned.v1"),
    "responsible of the lead changed": Row(
        (("lead.assigned.v1", {"previous_manager_id": None}), ("lead.assigned.v1", {"previous_manager_id": "anna"})),
        (1,),
        when="event.previous_manager_id != null",
    ),
    "stage entered": Row((moved("new", "offer"), moved("offer", "contract")), (0,), when="event.to_stage == 'offer'"),
    "stage left": Row((moved("new", "offer"), moved("offer", "contract")), (1,), when="event.from_stage == 'offer'"),
    "stage entered for the first time, not again": Row(
        (moved("new", "offer"), moved("offer", "new"), moved("new", "offer")),
        (0,),
        when="event.to_stage == 'offer'",
        cap={"times": 1, "days": 3_650},
    ),
    "created in the stage": Row((("deal.opened.v1", {"stage": "new"}),), when="event.stage == 'new'"),
    "stage idle too long": Row(
        (moved("new", "offer"), moved("offer", "new"), moved("new", "offer")),
        (2,),
        when="event.to_stage == 'offer'",
        action={"timing": {"after": {"days": 3}}, "still": "deal.stage_since == occurred_at"},
    ),
    "incoming letter": Row(
        (contact("email", "out"), contact("email")), (1,), when="event.kind == 'email' && event.flow == 'in'"
    ),
    "incoming call": Row(
        (contact("message"), contact("call")), (1,), when="event.kind == 'call' && event.flow == 'in'"
    ),
    "missed call": one("call.missed.v1"),
    "every message": Row(
        (contact("message"), contact("call"), contact("message")), (0, 2), when="event.kind == 'message'"
    ),
    "first message": Row(
        (contact("message"), contact("message")),
        (0,),
        when="event.kind == 'message' && event.flow == 'in'",
        where="earlier['interaction.registered.v1'].count == 0",
    ),
    "visit of the site": one("behaviour.observed.v1"),
    "visitor returned after a day": Row(
        (
            ("behaviour.observed.v1", {}),
            ("behaviour.observed.v1", {}),
            *[contact("call", "out")] * 5,
            ("behaviour.observed.v1", {}),
        ),
        (7,),
        where="earlier['behaviour.observed.v1'].last != null"
        " && recorded_at - earlier['behaviour.observed.v1'].last > duration('24h')",
    ),
    "form filled in": Row((("lead.touched.v1", {}),), when="event.touch.intake != ''"),
    "questionnaire answered": one("questionnaire.answered.v1"),
    "message sent": one("message.sent.v1"),
    "message opened by a person": Row(
        (("message.opened.v1", {"by_machine": True}), ("message.opened.v1", {"by_machine": None})),
        (1,),
        when="event.by_machine != true",
    ),
    "link of a message clicked": one("message.clicked.v1"),
    "message not opened in time": Row(
        (
            ("message.sent.v1", message("read")),
            ("message.sent.v1", message("unread")),
            ("message.sent.v1", message("seen by a machine")),
            ("message.opened.v1", message("read") | {"by_machine": None}),
            ("message.opened.v1", message("seen by a machine") | {"by_machine": True}),
        ),
        (1, 2),
        trigger="message.sent.v1",
        action={"timing": {"after": {"days": 2}}, "still": "message.opened_at == null"},
    ),
    "payment received": Row((("payment.received.v1", {}),)),
    "invoice overdue": one("invoice.overdue.v1"),
    "document created": one("document.generated.v1"),
    "products of a deal changed": one("deal.lines-changed.v1"),
    "note added": one("deal.noted.v1"),
    "work shipped": one("work.stage-finished.v1"),
    "guarantee ended": one("work.guarantee-ended.v1"),
    "tag put on": Row((("customer.tagged.v1", {"tags": ["vip"]}),), when="'vip' in event.tags"),
    "field was equal": Row((filled(2), filled(3), filled(4)), (1,), where="before.deal.fields.rooms == 2"),
    "field changed to": Row(
        (filled(2), filled(3), filled(3)),
        (1,),
        where="deal.fields.rooms == 3 && before.deal.fields.rooms != deal.fields.rooms",
    ),
    "field not changed": Row(
        (("deal.opened.v1", {"stage": "new"}), filled(2), moved("new", "offer"), filled(2)),
        (3,),
        where="has(before.deal.fields.rooms) && before.deal.fields.rooms == deal.fields.rooms",
    ),
    "stage was equal": Row(
        (("deal.opened.v1", {"stage": "new"}), ("deal.tagged.v1", {}), moved("new", "offer"), ("deal.tagged.v1", {})),
        (1,),
        trigger="deal.tagged.v1",
        where="before.deal.stage == 'new'",
    ),
    "created in the evening or at night": Row(
        (("deal.tagged.v1", {}), ("deal.tagged.v1", {}), ("deal.tagged.v1", {}), ("deal.tagged.v1", {})),
        (2, 3),
        when="local(occurred_at, 'Europe/Moscow').getHours() >= 20"
        " || local(occurred_at, 'Europe/Moscow').getHours() < 8",
    ),
    "linked task done": Row(
        (
            ("task.completed.v1", {"kind": "meeting"}),
            ("task.completed.v1", {"kind": "call", "deal_id": str(UUID(int=1))}),
        ),
        (1,),
        when="event.kind == 'call' && event.deal_id != null",
    ),
    "linked task overdue": one("task.overdue.v1"),
    "started by hand, for one or for a list": one("rule.started.v1", rule="started-by-hand-for-one-or-for-a-list"),
}


def slug(name: str) -> str:
    return name.replace(",", "").replace(" ", "-")


def rule_of(name: str, row: Row) -> Rule:
    """The rule, for the customer of the story alone; nothing is wrong with it."""
    has_customer = "customer_id" in REGISTRY[row.on].model_fields
    of_story = f"event.customer_id == '{ids(name)['customer_id']}'" if has_customer else ""
    told = {"do": "notify_staff", "id": "tell", "text": TITLE, "to": ["head"]} | row.action
    when = " && ".join(f"({part})" for part in (of_story, row.when) if part)
    written = {"id": slug(name), "version": 1, "title": TITLE, "trigger": row.on, "actions": [told]}
    rule, faults = parse(written | {"when": when, "where": row.where, "per_customer": row.cap}, KNOWN)
    assert rule is not None, faults
    assert not faults
    return rule


async def test_every_trigger_of_the_market_fires_by_its_event_once(new_database: Any) -> None:
    log, fired = Log(), dict[str, set[UUID]]()
    for name, row in ROWS.items():
        stories = [
            log.append(deterministic_id("story", name), event_of(name, type_, differs), occurred_at=START + n * HOURS)[
                0
            ]
            for n, (type_, differs) in enumerate(row.story)
        ]
        fired[slug(name)] = {stories[n].recorded().id for n in row.fires}
    rules = Rules(tuple(rule_of(name, row) for name, row in ROWS.items()))
    async with world(await new_database("automation"), rules) as automation:
        await automation.pool.execute("INSERT INTO read_until VALUES ('voronka.deals.v1', 0, now())")
        for _ in range(2):
            await heard(automation, log)
            await automation.pool.execute("UPDATE watermarks SET position = 0")

        told = defaultdict(set)
        for row in await automation.appended("staff_notification.requested.v1"):
            cause = orjson.loads(row["data"])["cause"]
            assert UUID(cause["event_id"]) not in told[cause["rule"]]
            told[cause["rule"]].add(UUID(cause["event_id"]))
    assert dict(told) == fired
