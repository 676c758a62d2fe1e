"""Colleagues are told what a rule has to tell them: in their feeds, and by letter where they want that, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from automation.actions.effect import Known
from automation.messages.smtp import Server
from automation.rules.file import load
from automation.staff.telling import Telling, Writing
from automation.staff.work import TELL, WRITE
from automation_service import serving
from automation_world import Story, World, world
from events.contracts.automation import TaskReminded
from events.tasks import Worker
from events.testing import AT
from post import Post

RULES = """
rules:
  - id: hot
    version: 1
    title: {ru: Г, en: H}
    trigger: lead.captured.v1
    actions:
      - do: notify_staff
        id: tell
        text: {ru: Новая заявка, en: A new lead}
        to: [head, anna]
        responsible: true
        urgent: true
  - id: remind
    version: 1
    title: {ru: Н, en: R}
    trigger: task.reminded.v1
    actions:
      - {do: notify_staff, id: tell, text: {ru: Задача, en: A task}, assignee: true}
"""
PEOPLE = {"anna": "manager", "head": "head", "marta": "marketer", "bi": "bi"}


@dataclass
class Office:
    """The API, the consumer and the worker that tells."""

    automation: World
    worker: Worker
    client: httpx2.AsyncClient
    keys: dict[str, str]
    post: Post

    async def call(self, who: str, method: str, path: str, body: Any = None) -> httpx2.Response:
        return await self.client.request(method, path, json=body, headers={"authorization": f"Bearer {self.keys[who]}"})

    async def feed(self, who: str) -> list[dict[str, Any]]:
        return list((await self.call(who, "GET", "/notifications")).json()["notifications"])

    async def work(self) -> None:
        for _ in range(3):
            await self.automation.pool.execute("UPDATE tasks SET due_at = now(), leased_until = NULL")
            await self.worker.run_due()
            await self.automation.settle()


@pytest.fixture
async def office(new_database: Any, tmp_path: Path, post: Post) -> AsyncIterator[Office]:
    (tmp_path / "rules.yaml").write_text(RULES)
    rules, dsn = load(tmp_path / "rules.yaml", Known(frozenset())), await new_database("automation")
    async with serving(dsn, PEOPLE) as service, world(dsn, rules) as automation:
        server = Server("127.0.0.1", post.port, "none", None, None, 5.0)
        writing = Writing(automation.pool, server, Address("Daisy", addr_spec="hello@daisy.test"), "en")
        handlers = {TELL: Telling(automation.pool, lambda: AT), WRITE: writing}
        yield Office(automation, Worker("staff", automation.store, handlers), service.client, service.keys, post)


async def test_everybody_named_and_the_responsible_one_are_told_once(office: Office) -> None:
    story = Story()
    story.captured("ivan")
    story.assigned("ivan", "boris")
    await office.automation.deliver(story.records)
    await office.automation.settle()
    await office.work()
    await office.work()

    (told,) = [orjson.loads(row["data"]) for row in await office.automation.appended("staff_notification.sent.v1")]
    (line,) = await office.feed("anna")
    assert told["recipients"] == ["head", "anna", "boris"]
    assert (line["text"], line["urgent"], line["lead_id"]) == ("A new lead", True, str(story.lead("ivan")))
    assert line["cause"]["rule"] == "hot"
    assert len(await office.feed("head")) == 1
    assert await office.feed("marta") == []


async def test_who_is_responsible_is_waited_for_until_it_was_read_and_then_the_others_are_told(office: Office) -> None:
    story, pool = Story(), office.automation.pool
    story.captured("ivan")
    await office.automation.deliver(story.records)
    await office.work()
    await pool.execute("UPDATE tasks SET created_at = now() - interval '1 hour'")
    await pool.execute("INSERT INTO read_until VALUES ('voronka.leads.v1', 0, now() - interval '1 hour')")
    await office.work()
    assert await office.feed("anna") == []

    await pool.execute("UPDATE read_until SET until = now()")
    await office.work()
    (told,) = [orjson.loads(row["data"]) for row in await office.automation.appended("staff_notification.sent.v1")]
    assert told["recipients"] == ["head", "anna"]


async def test_who_wants_letters_gets_one_and_it_names_no_customer(office: Office) -> None:
    for login, wants in (("anna", True), ("head", False)):
        body = {"email": f"{login}@example.com", "by_email": wants}
        assert (await office.call("marta", "PUT", f"/staff-addresses/{login}", body)).status_code == 200
    story = Story()
    story.registered("ivan", "ivan@example.com", called="Ivan")
    story.captured("ivan")
    story.assigned("ivan", "anna")
    await office.automation.deliver(story.records)
    await office.work()

    (letter,) = office.post.letters
    assert (letter["To"], letter["Subject"]) == ("anna@example.com", "A new lead")
    assert str(story.lead("ivan")) in letter.get_content()
    assert "Ivan" not in letter.as_string()


async def test_a_letter_that_is_refused_for_good_is_left_and_one_that_may_pass_is_sent_again(office: Office) -> None:
    for login in ("anna", "head"):
        await office.call("marta", "PUT", f"/staff-addresses/{login}", {"email": f"{login}@example.com"})
    office.post.on_rcpt = ["550 unknown", "451 later"]
    story = Story()
    story.captured("ivan")
    story.assigned("ivan", "anna")
    await office.automation.deliver(story.records)
    await office.work()
    await office.work()

    assert len(office.post.letters) == 1
    assert await office.automation.pool.fetchval("SELECT count(*) FROM tasks") == 0


async def test_a_feed_is_read_line_by_line_or_until_a_time_and_only_by_its_owner(office: Office) -> None:
    story = Story()
    for name in ("ivan", "olga", "petr"):
        story.captured(name)
        story.assigned(name, "anna")
    await office.automation.deliver(story.records)
    await office.work()

    first = (await office.call("anna", "GET", "/notifications?limit=2")).json()
    rest = (await office.call("anna", "GET", f"/notifications?limit=2&cursor={first['next']}")).json()
    await office.call("anna", "POST", f"/notifications/{first['notifications'][0]['notification_id']}/read")
    one_less = (await office.call("anna", "GET", "/notifications?unread=true")).json()
    await office.call("anna", "POST", "/notifications/read", {"until": "2030-01-01T00:00:00Z"})
    none = (await office.call("anna", "GET", "/notifications?unread=true")).json()

    assert (len(first["notifications"]), len(rest["notifications"]), rest["next"]) == (2, 1, None)
    assert [first["unread"], one_less["unread"], none["unread"], len(none["notifications"])] == [3, 2, 0, 0]
    assert (await office.call("head", "GET", "/notifications")).json()["unread"] == 3


async def test_who_may_what(office: Office) -> None:
    assert (await office.call("bi", "GET", "/notifications")).status_code == 403
    assert (await office.call("anna", "PUT", "/staff-addresses/anna", {"email": "a@b.test"})).status_code == 403
    assert (await office.call("marta", "PUT", "/staff-addresses/anna", {"email": "nobody"})).status_code == 422
    assert (await office.call("marta", "DELETE", "/staff-addresses/anna")).status_code == 404


async def test_a_reminder_reaches_the_assignee_of_the_task_and_nobody_else(office) -> None:
    task_id = Story.lead("task")
    reminded = TaskReminded(task_id=task_id, remind_at=AT, assignee="marta")
    await office.automation.deliver(Story().log.append(task_id, reminded))
    await office.work()
    assert [told["text"] for told in await office.feed("marta")] == ["A task"]
    assert await office.feed("anna") == []
