"""Providers of four media are away for an hour, answers are lost and workers die: every message once, each customer's
in order.

SMS and letters are once by their key, and may be handed over again. A letter's is its ``Message-ID``: SMTP promises
nothing by it, so a server may take the same letter twice, and it is the mailbox that knows it again. Telegram and
WhatsApp know no key: what was taken when the answer was lost or the worker died is not handed over again, and is said
to be unconfirmed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import orjson
from automation.actions.effect import Known
from automation.messages.letters import Templates
from automation.messages.media.calls import Api
from automation.messages.media.sms import Provider as SmsProvider
from automation.messages.media.sms import Sms
from automation.messages.media.telegram import Telegram
from automation.messages.media.whatsapp import WhatsApp
from automation.messages.sending import GIVE_UP_AFTER
from automation.messages.shelf import Shelf
from automation.rules.check import parse
from automation.rules.rule import Rules
from automation_world import Story, World, world
from events.contracts.leads import LeadTouched, Touch
from events.outgoing import Outgoing
from events.store import deterministic_id
from events.tasks import Worker
from events.testing import AT
from outbox import by_email, pass_time, sending, worker
from post import Post
from pydantic import SecretStr
from werkzeug import Request, Response

CUSTOMERS, EACH = 60, 4
LEFT = "SELECT count(*) FROM tasks WHERE failed_at IS NULL"
RULE = {
    "id": "news",
    "version": 1,
    "title": {"ru": "Н", "en": "N"},
    "trigger": "lead.touched.v1",
    "actions": [
        {
            "do": "send_message",
            "id": "sms",
            "media": ["sms", "telegram", "whatsapp", "email"],
            "template": "news",
            "values": {"number": "touch.campaign"},
        }
    ],
}


@dataclass
class Provider:
    """Away, then back; now and then its answer is lost after it took a message. ``taken``: key, receiver and text."""

    read: Callable[[dict[str, Any]], tuple[str, str, str]]
    told: Callable[[int], dict[str, Any]]
    is_away: bool = True
    calls: int = 0
    taken: list[tuple[str, str, str]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        self.calls += 1
        if self.is_away:
            return Response(status=503)
        self.taken.append(self.read(orjson.loads(request.data)))
        if self.calls % 5 == 0:
            return Response(status=502)
        return Response(orjson.dumps(self.told(self.calls)), content_type="application/json")


def forgetful(worker: Worker) -> Worker:
    """A worker that dies, now and then, after a provider took the message and before that is written down."""
    settle, calls = worker._settle, count(1)

    async def settle_or_die(outcomes: Any) -> None:
        if next(calls) % 6:
            await settle(outcomes)

    worker._settle = settle_or_die  # type: ignore[method-assign]
    return worker


async def test_after_an_hour_without_providers_each_message_arrives_once_and_in_order(
    new_database: Any, httpserver: Any, tmp_path: Path, post: Post
) -> None:
    sms = Provider(lambda told: (told["key"], told["to"], told["text"]), lambda number: {"id": number})
    bot = Provider(
        lambda told: (f"{told['chat_id']} {told['text']}", str(told["chat_id"]), told["text"]),
        lambda number: {"ok": True, "result": {"message_id": number}},
    )
    number = Provider(
        lambda told: (f"{told['to']} {told['text']['body']}", told["to"], told["text"]["body"]),
        lambda number: {"messages": [{"id": f"wamid.{number}"}]},
    )
    httpserver.expect_request("/1/messages", method="POST").respond_with_handler(number.answer)
    httpserver.expect_request("/sms", method="POST").respond_with_handler(sms.answer)
    httpserver.expect_request("/bottoken/sendMessage", method="POST").respond_with_handler(bot.answer)
    rule, _ = parse(RULE, Known(frozenset({"news"})))
    assert rule is not None
    outgoing = Outgoing(frozenset({"localhost"}))
    called = {
        "url": httpserver.url_for("/sms"),
        "json": {"to": "{phone}", "text": "{text}", "key": "{message_id}"},
        "taken": {"status": [200], "field": "id", "id": "id"},
    }
    media = (
        Sms(Api(outgoing, "sms"), SmsProvider.model_validate(called)),
        Telegram(Api(outgoing, "telegram"), SecretStr("token"), httpserver.url_for("").rstrip("/")),
        WhatsApp(Api(outgoing, "whatsapp"), SecretStr("token"), "1", base=httpserver.url_for("").rstrip("/")),
        by_email(post),
    )
    async with world(await new_database("automation"), Rules((rule,))) as automation:
        await automation.deliver(told_by_many().records)
        handler = sending(automation, *media, shelf=Shelf(automation.pool, templates(tmp_path)))
        two = [forgetful(worker(automation, handler, give_up_after=GIVE_UP_AFTER)) for _ in range(2)]

        minute = 0
        while minute < 60 or await automation.pool.fetchval(LEFT):
            sms.is_away = bot.is_away = number.is_away = minute < 60
            post.on_mail[:] = ["421 away"] * 100 if minute < 60 else ["451 busy"] * (minute % 3)
            await pass_time(automation, 600)
            for one in two:
                await one.run_due()
            minute += 10
        await settled(automation)
    await outgoing.close()

    letters = [(str(one["Message-ID"]), str(one["To"]), one.get_content().strip()) for one in post.letters]
    for taken in (bot.taken, number.taken):
        assert len(taken) == len(set(taken)), "handed over once"
    for taken in (sms.taken, bot.taken, number.taken, letters):
        once = list(dict.fromkeys(taken))
        assert len(once) == len({key for key, *_ in once}) == CUSTOMERS * EACH // 4
        in_order: dict[str, list[str]] = defaultdict(list)
        for _, to, text in once:
            in_order[to].append(text)
        assert set(map(tuple, in_order.values())) == {tuple(str(number) for number in range(EACH))}
    assert len(sms.taken) > CUSTOMERS * EACH // 4, "answers were lost, and the same key came again"


def told_by_many() -> Story:
    story = Story()
    for who in range(CUSTOMERS):
        reached = (
            {"phones": [f"+79161234{who:03}"]},
            {"messengers": [f"telegram:{who}"]},
            {"messengers": [f"whatsapp:+79031234{who:03}"]},
            {},
        )[who % 4]
        story.registered(f"c{who}", *([] if reached else [f"c{who}@example.com"]), **reached)
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
        (folder / f"news.{language}.liquid").write_text("Subject: News\n\n{{ values.number }}")
    return Templates(folder)


async def settled(automation: World) -> None:
    await automation.settle()
    states = set(map(tuple, await automation.pool.fetch("SELECT DISTINCT medium, state FROM messages")))
    unconfirmed = {("telegram", "unconfirmed"), ("whatsapp", "unconfirmed")}
    assert states == {(medium, "sent") for medium in ("sms", "telegram", "whatsapp", "email")} | unconfirmed
    assert len(await automation.appended("message.sent.v1", "message.unconfirmed.v1")) == CUSTOMERS * EACH
    assert await automation.pool.fetchval("SELECT count(*) FROM tasks") == 0
