"""A provider is away for an hour, answers are lost: every message once by its key, each customer's in order."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from automation.actions.effect import Known
from automation.messages.letters import Templates
from automation.messages.media.calls import Api
from automation.messages.media.sms import Provider, Sms
from automation.messages.sending import GIVE_UP_AFTER
from automation.messages.shelf import Shelf
from automation.rules.check import parse
from automation.rules.rule import Rules
from automation_world import Story, World, world
from events.contracts.leads import LeadTouched, Touch
from events.outgoing import Outgoing
from events.store import deterministic_id
from events.testing import AT
from outbox import pass_time, sending, worker
from werkzeug import Request, Response

CUSTOMERS, EACH = 5, 4
RULE = {
    "id": "news",
    "version": 1,
    "title": {"ru": "Н", "en": "N"},
    "trigger": "lead.touched.v1",
    "actions": [
        {
            "do": "send_message",
            "id": "sms",
            "media": ["sms"],
            "template": "news",
            "values": {"number": "touch.campaign"},
        }
    ],
}


class Operator:
    """A provider of SMS that takes keys: away, then back; now and then its answer is lost after it took a message."""

    def __init__(self) -> None:
        self.is_away = True
        self.calls = 0
        self.delivered: dict[str, tuple[str, str]] = {}
        self.repeats = 0

    def answer(self, request: Request) -> Response:
        self.calls += 1
        if self.is_away:
            return Response(status=503)
        told = orjson.loads(request.data)
        self.repeats += told["key"] in self.delivered
        self.delivered.setdefault(told["key"], (told["to"], told["text"]))
        if self.calls % 4 == 0:
            return Response(status=502)
        return Response(orjson.dumps({"id": self.calls}), content_type="application/json")


async def test_after_an_hour_without_the_provider_each_message_arrives_once_and_in_order(
    new_database: Any, httpserver: Any, tmp_path: Path
) -> None:
    operator = Operator()
    httpserver.expect_request("/sms", method="POST").respond_with_handler(operator.answer)
    story = told_by_many()
    rule, _ = parse(RULE, Known(frozenset({"news"})))
    assert rule is not None
    outgoing = Outgoing(frozenset({"localhost"}))
    provider = Provider.model_validate(
        {
            "url": httpserver.url_for("/sms"),
            "json": {"to": "{phone}", "text": "{text}", "key": "{message_id}"},
            "taken": {"status": [200], "field": "id", "id": "id"},
        }
    )
    async with world(await new_database("automation"), Rules((rule,))) as automation:
        await automation.deliver(story.records)
        shelf = Shelf(automation.pool, templates(tmp_path))
        handler = sending(automation, Sms(Api(outgoing, "sms"), provider), shelf=shelf)
        two = [worker(automation, handler, give_up_after=GIVE_UP_AFTER) for _ in range(2)]

        for minute in range(0, 300, 5):
            operator.is_away = minute < 60
            await pass_time(automation, 300)
            for one in two:
                await one.run_due()
        await settled(automation)
    await outgoing.close()

    assert operator.repeats > 0, "answers were lost, and the same key came again"
    assert len(operator.delivered) == CUSTOMERS * EACH
    in_order: dict[str, list[str]] = defaultdict(list)
    for to, text in operator.delivered.values():
        in_order[to].append(text)
    assert set(map(tuple, in_order.values())) == {tuple(str(number) for number in range(EACH))}


def told_by_many() -> Story:
    story = Story()
    for who in range(CUSTOMERS):
        story.registered(f"c{who}", phones=[f"+7916123450{who}"])
    for number in range(EACH):
        for who in range(CUSTOMERS):
            lead, customer = story.lead(f"c{who}"), story.customer(f"c{who}")
            touch = Touch(
                touch_id=deterministic_id("touch", who, number),
                channel="site",
                intake="form",
                source="main",
                kind="form",
                campaign=str(number),
            )
            event = LeadTouched(lead_id=lead, customer_id=customer, touch=touch)
            story.log.append(lead, event, occurred_at=AT + timedelta(minutes=number))
    return story


def templates(folder: Path) -> Templates:
    for language in ("ru", "en"):
        (folder / f"news.{language}.short.liquid").write_text("{{ values.number }}")
    return Templates(folder)


async def settled(automation: World) -> None:
    await automation.settle()
    states = {message["state"] for message in await automation.messages()}
    assert states == {"sent"}, {m["reason"] for m in await automation.messages()}
    assert len(await automation.appended("message.sent.v1")) == CUSTOMERS * EACH
    assert await automation.pool.fetchval("SELECT count(*) FROM tasks") == 0
