"""Templates by HTTP: checked with their places, kept in versions, tried before they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from automation.messages.letters import Templates
from automation.messages.shelf import Shelf
from automation_service import serving
from automation_world import Story, World, world
from outbox import by_email, run, sending, worker
from post import Post

LETTER = {"subject": "Your offer", "body": "Dear {{ customer.name | default: 'customer' }}, see {{ link }}"}


@dataclass
class Desk:
    client: httpx2.AsyncClient
    keys: dict[str, str]
    automation: World

    async def call(self, method: str, path: str = "", body: Any = None, who: str = "mia") -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.keys[who]}"}
        return await self.client.request(method, f"/message-templates{path}", json=body, headers=headers)

    async def save(self, name: str = "quote", **texts: Any) -> httpx2.Response:
        requires = texts.pop("requires", ["link"])
        saving = {"title": "Quote", "texts": {"en": LETTER | texts}, "requires": requires}
        return await self.call("PUT", f"/{name}", saving)


@pytest.fixture
async def desk(new_database: Any) -> AsyncIterator[Desk]:
    dsn = await new_database("automation")
    people = {"mia": "marketer", "anna": "manager"}
    async with serving(dsn, people, language="en") as service, world(dsn) as automation:
        yield Desk(service.client, service.keys, automation)


async def test_every_save_is_a_version_and_the_same_again_is_none(desk: Desk) -> None:
    assert (await desk.save()).json() == {"name": "quote", "version": 1, "changed": True}
    assert (await desk.save()).json() == {"name": "quote", "version": 1, "changed": False}
    assert (await desk.save(body="New: {{ link }}")).json()["version"] == 2

    assert (await desk.call("GET", "/quote")).json()["texts"]["en"]["body"] == "New: {{ link }}"
    old = (await desk.call("GET", "/quote?version=1")).json()
    assert (old["texts"]["en"]["body"], old["saved_by"]) == (LETTER["body"], "key:mia")
    assert len(await desk.automation.appended("message_template.saved.v1")) == 2


async def test_a_message_is_said_in_the_version_that_held_when_it_was_decided(desk: Desk, post: Post) -> None:
    await desk.save()
    await desk.automation.pool.execute("UPDATE message_templates SET saved_at = '2026-03-01'")
    await desk.save(body="Too late: {{ link }}")
    story = Story()
    story.registered("anna", "anna@example.com", called="Anna")
    story.quote_sent("anna", "https://daisy.test/q/1")
    await desk.automation.deliver(story.records)
    await desk.automation.settle()

    await run(desk.automation, worker(desk.automation, sending(desk.automation, by_email(post))))

    (letter,) = post.letters
    assert letter.get_content().strip() == "Dear Anna, see https://daisy.test/q/1"
    (sent,) = await desk.automation.appended("message.sent.v1")
    assert '"template_version":1' in sent["data"]


@pytest.mark.parametrize(
    ("texts", "pointer", "detail"),
    [
        ({"body": "{{ customer.phone }} {{ link }}"}, "#/texts/en/body", "there is no variable customer.phone"),
        ({"body": "{% if %}{{ link }}"}, "#/texts/en/body", "missing expression"),
        ({"body": "{% for i in (1..9999) %}x{% endfor %}{{ link }}"}, "#/texts/en/body", "at most 1000 steps"),
        ({"body": None}, "#/texts/en/body", "a letter has a subject and a body"),
        ({"body": "Hello"}, "#/requires", "link stands nowhere in the text"),
        ({"requires": ["customer.age"]}, "#/requires", "there is no variable customer.age"),
        ({"whatsapp": "offer", "whatsapp_parameters": ["x"]}, "#/texts/en/whatsapp_parameters", "no variable x"),
    ],
)
async def test_what_is_wrong_is_told_with_its_place_and_nothing_is_kept(desk: Desk, texts, pointer, detail) -> None:
    answer = await desk.save(**texts)
    assert answer.status_code == 422
    errors = {(error["pointer"], error["detail"]) for error in answer.json()["errors"]}
    assert any(pointer == place and detail in said for place, said in errors), errors
    assert await desk.automation.appended("message_template.saved.v1") == []


async def test_a_template_in_another_language_than_messages_is_refused(desk: Desk) -> None:
    saving = {"title": "Q", "texts": {"ru": LETTER}}
    answer = await desk.call("PUT", "/quote", saving)
    assert answer.json()["errors"][0]["pointer"] == "#/texts"


async def test_a_preview_shows_what_the_customer_would_be_sent(desk: Desk) -> None:
    asked = {
        "text": LETTER
        | {"short": "{{ values.number }}", "whatsapp": "offer", "whatsapp_parameters": ["values.number"]},
        "requires": ["link", "values.number"],
        "name": "Anna",
        "link": None,
        "values": {"number": "17"},
    }
    shown = (await desk.call("POST", "/preview", asked)).json()
    assert shown["body"] == "Dear Anna, see\n"
    assert (shown["short"], shown["whatsapp_places"], shown["missing"]) == ("17", ["17"], ["link"])
    bad = await desk.call("POST", "/preview", {"text": {"subject": "a", "body": "{{ b }}"}})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "#/text/body")


async def test_what_rules_may_name_are_files_and_what_is_saved_and_not_retired(desk: Desk) -> None:
    shelf = Shelf(desk.automation.pool, Templates())
    await desk.save("news", requires=["link"])
    known = await shelf.known()
    assert known.templates >= {"news", "quote", "welcome"}
    assert (known.shapes["news"].short, known.shapes["news"].requires) == (False, {"link"})

    assert (await desk.call("POST", "/news/retire")).status_code == 204
    assert (await desk.call("POST", "/news/retire")).status_code == 204
    assert "news" not in (await shelf.known()).templates
    assert len(await desk.automation.appended("message_template.retired.v1")) == 1
    listed = {one["name"]: one for one in (await desk.call("GET")).json()["templates"]}
    assert (listed["news"]["version"], listed["news"]["retired"]) == (1, True)
    assert (listed["quote"]["version"], listed["quote"]["retired"]) == (None, False)


async def test_only_those_who_may_change_rules_save_templates(desk: Desk) -> None:
    saving = {"title": "Quote", "texts": {"en": LETTER}}
    assert (await desk.call("PUT", "/quote", saving, who="anna")).status_code == 403
    assert (await desk.call("GET", "/nothing")).status_code == 404
