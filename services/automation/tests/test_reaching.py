"""A customer is reached by the first medium that can: quotes by every medium, and the next one where one cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
from automation.messages.letters import Templates
from automation.messages.media import MediumName
from automation.messages.media.calls import Api
from automation.messages.media.sms import Provider, Sms
from automation.messages.media.telegram import Telegram
from automation.messages.media.whatsapp import WhatsApp
from automation.messages.shelf import known_files
from automation.rules.check import parse
from automation.rules.rule import Rules
from automation_world import Story, World, world
from events.outgoing import Outgoing
from events.store import deterministic_id
from outbox import by_email, run, sending, worker
from post import Post
from pydantic import SecretStr
from werkzeug import Request, Response

LINK = "https://daisy.test/q/first"
ALL: tuple[MediumName, ...] = ("telegram", "whatsapp", "sms", "email")


class Providers:
    """All three in one server: what each was told, and what it says."""

    def __init__(self, server: Any, outgoing: Outgoing) -> None:
        self.told: list[tuple[str, Any]] = []
        self.says: dict[str, tuple[int, Any]] = {
            "telegram": (200, {"ok": True, "result": {"message_id": 1}}),
            "whatsapp": (200, {"messages": [{"id": "wamid.1"}]}),
            "sms": (200, {"id": 1}),
        }
        for name, path in (("telegram", "/bott/sendMessage"), ("whatsapp", "/10/messages"), ("sms", "/sms")):
            server.expect_request(path, method="POST").respond_with_handler(self._answering(name))
        base = server.url_for("").rstrip("/")
        described = {"url": f"{base}/sms", "json": {"text": "{text}", "to": "{phone}"}, "taken": {"id": "id"}}
        self.media = [
            Telegram(Api(outgoing, "telegram"), SecretStr("t"), base),
            WhatsApp(Api(outgoing, "whatsapp"), SecretStr("w"), "10", base=base),
            Sms(Api(outgoing, "sms"), Provider.model_validate(described)),
        ]

    def _answering(self, name: str) -> Any:
        def answer(request: Request) -> Response:
            self.told.append((name, orjson.loads(request.data)))
            status, body = self.says[name]
            return Response(orjson.dumps(body), status=status, content_type="application/json")

        return answer


@pytest.fixture
async def providers(httpserver: Any) -> AsyncIterator[Providers]:
    outgoing = Outgoing(frozenset({"localhost", "127.0.0.1"}))
    yield Providers(httpserver, outgoing)
    await outgoing.close()


def reachable() -> Story:
    story = Story()
    story.registered("anna", "anna@example.com", called="Anna", phones=["+79161234567"], messengers=["telegram:4711"])
    return story


async def test_a_quote_goes_out_by_the_channel_it_was_sent_by(automation: World, providers, post: Post) -> None:
    story = reachable()
    for number, channel in enumerate(("telegram", "whatsapp", "sms", "email", "personal")):
        story.quote_sent("anna", f"https://daisy.test/q/{channel}", channel=channel, sending=number + 1)
    await automation.deliver(story.records)

    await run(automation, worker(automation, sending(automation, *providers.media, by_email(post))), times=4)

    told = {name: str(body) for name, body in providers.told}
    assert set(told) == {"telegram", "whatsapp", "sms"}
    assert all(f"https://daisy.test/q/{name}" in body for name, body in told.items())
    assert "Anna, our offer for you" in told["telegram"]
    (letter,) = post.letters
    assert "https://daisy.test/q/email" in letter.get_content()
    media = await automation.pool.fetch("SELECT medium, state FROM messages ORDER BY medium")
    assert [tuple(row) for row in media] == [(name, "sent") for name in ("email", "sms", "telegram", "whatsapp")]
    stored = await automation.appended("message.requested.v1", "message.sent.v1")
    assert "/q/" not in str(stored)
    named = {row["data"]["delivery_id"] for row in map(_read, stored) if "delivery_id" in row["data"]}
    assert named == {str(deterministic_id("delivery", "whatsapp", "main", "wamid.1"))}, "as leads names its reports"


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"data": orjson.loads(row["data"])}


async def first_of(
    media: Sequence[str], story: Story, dsn: str, providers: Providers, post: Post
) -> list[tuple[Any, ...]]:
    said = {"do": "send_message", "id": "m", "template": "quote", "link": "link", "media": list(media)}
    item = {"id": "q", "version": 1, "title": {"ru": "П", "en": "P"}, "trigger": "quote.sent.v1", "actions": [said]}
    rule, faults = parse(item, known_files(Templates()))
    assert rule is not None, faults
    story.quote_sent("anna", LINK)
    async with world(dsn, Rules((rule,))) as automation:
        await automation.deliver(story.records)
        handler = sending(automation, *providers.media, by_email(post))
        await run(automation, worker(automation, handler), times=6)
        return [tuple(row) for row in await automation.pool.fetch("SELECT medium, state, reason FROM messages")]


@pytest.fixture
async def dsn(new_database: Any) -> str:
    return str(await new_database("automation"))


async def test_the_medium_preferred_is_used_alone(dsn, providers, post) -> None:
    assert await first_of(ALL, reachable(), dsn, providers, post) == [("telegram", "sent", None)]
    assert [name for name, _ in providers.told] == ["telegram"]


async def test_one_without_an_address_or_that_refuses_is_passed_over(dsn, providers, post) -> None:
    providers.says["whatsapp"] = 400, {"error": {"code": 131026}}
    story = Story()
    story.registered("anna", "anna@example.com", phones=["+79161234567"])
    assert await first_of(ALL, story, dsn, providers, post) == [("sms", "sent", None)]
    assert [name for name, _ in providers.told] == ["whatsapp", "sms"]


async def test_one_that_is_only_away_is_waited_for(dsn, providers, post) -> None:
    providers.says["telegram"] = 503, {}
    assert await first_of(ALL, reachable(), dsn, providers, post) == [("telegram", "requested", None)]
    assert {name for name, _ in providers.told} == {"telegram"}


async def test_where_none_reaches_the_reasons_of_all_are_told(dsn, providers, post) -> None:
    providers.says["telegram"] = 403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}
    providers.media = providers.media[:1]
    story = Story()
    story.registered("anna", messengers=["telegram:4711"])
    assert await first_of(("sms", "telegram"), story, dsn, providers, post) == [
        ("sms", "failed", "sms: not_set_up; telegram: recipient_refused")
    ]


def test_what_a_message_cannot_say_is_told_when_the_rule_is_checked() -> None:
    said = {"do": "send_message", "id": "m", "template": "quote", "media": ["sms", "sms"]}
    item = {"id": "q", "version": 1, "title": {"ru": "П", "en": "P"}, "trigger": "quote.sent.v1", "actions": [said]}
    _, faults = parse(item, known_files(Templates()))
    assert faults == [".actions[0].media: names a medium twice"]
    said["media"] = ["sms"]
    _, faults = parse(item, known_files(Templates()))
    assert faults == [".actions[0].template: quote is not sent without link, which the rule does not give"]
    said |= {"link": "link", "values": {"a": "link", "b": "nothing", "c": "revision"}}
    _, faults = parse(item, known_files(Templates()))
    assert [fault.split(":")[0] for fault in faults] == [".actions[0].values.a", ".actions[0].values.b"]
