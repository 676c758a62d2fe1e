"""The HTTP API of the automation service, as a whole service on a real database serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest
from automation.main import SERVICE
from automation.settings import AutomationSettings
from automation_service import serving
from automation_world import Leads, Story, World, world
from events.app import build
from events.contracts.leads.identity import CustomerMerged
from events.privacy import CustomerKey
from events.settings import ConfigurationError
from pytest_httpserver import HTTPServer

PEOPLE = {"anna": "manager", "head": "head", "bi": "bi"}
DUE = "2026-03-02T12:00:00Z"


@dataclass
class System:
    """A running service, its callers, and the consumer beside it."""

    client: httpx2.AsyncClient
    keys: dict[str, str]
    leads: Leads
    automation: World

    async def get(self, path: str, who: str = "anna", **params: Any) -> httpx2.Response:
        return await self.client.get(path, params=params, headers={"authorization": f"Bearer {self.keys[who]}"})

    async def post(self, path: str, body: Any, who: str = "anna", **headers: str) -> httpx2.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=body, headers={"authorization": f"Bearer {self.keys[who]}"} | given)

    async def made(self, **fields: Any) -> dict[str, Any]:
        answer = await self.post("/tasks", {"kind": "call", "due_at": DUE} | fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture
async def system(new_database: Any, httpserver: HTTPServer) -> AsyncIterator[System]:
    leads, dsn = Leads(), await new_database("automation")
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(leads.answer)
    url = httpserver.url_for("").rstrip("/")
    async with serving(dsn, PEOPLE, language="en", leads_url=url) as service, world(dsn) as automation:
        yield System(service.client, service.keys, leads, automation)


async def test_a_task_made_by_hand_is_read_at_once_and_listed_in_a_moment(system) -> None:
    made = await system.made(assignee="boris")
    assert (made["title"], made["state"], made["assignee"], made["version"]) == ("Call", "open", "boris", 1)
    assert (await system.get(f"/tasks/{made['task_id']}")).json() == made

    await system.automation.settle()

    (listed,) = (await system.get("/tasks", "head", assignee="boris", state="open")).json()["tasks"]
    assert listed["task_id"] == made["task_id"]
    actor = await system.automation.pool.fetchval("SELECT actor FROM events")
    assert actor == "key:anna"


async def test_a_repeat_under_one_key_is_one_task(system) -> None:
    body = {"kind": "call", "due_at": DUE}
    first = await system.post("/tasks", body, idempotency_key="k1")
    again = await system.post("/tasks", body, idempotency_key="k1")
    other = await system.post("/tasks", body | {"kind": "meeting"}, idempotency_key="k1")
    somebody_else = await system.post("/tasks", body, who="head", idempotency_key="k1")

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()
    assert first.headers["location"] == f"/tasks/{first.json()['task_id']}"
    assert other.headers["content-type"] == "application/problem+json"
    assert somebody_else.json()["task_id"] != first.json()["task_id"]


async def test_a_task_is_completed_once_with_a_result_from_the_list(system) -> None:
    path = f"/tasks/{(await system.made())['task_id']}/complete"

    wrong = await system.post(path, {"result": "whatever"})
    done = await system.post(path, {"result": "done"})
    again = await system.post(path, {"result": "done"})
    different = await system.post(path, {"result": "no_answer"})

    assert (wrong.status_code, done.status_code, again.status_code, different.status_code) == (422, 200, 200, 409)
    assert (done.json()["state"], done.json()["result"]) == ("completed", "done")
    assert again.json() == done.json()
    assert different.json()["code"] == "already_completed"


async def test_a_task_is_given_away_but_not_over_a_change_in_between(system) -> None:
    made = await system.made(lead_id=str(uuid4()))
    assert made["follows_responsible"] is True
    path = f"/tasks/{made['task_id']}/assign"

    first = await system.post(path, {"assignee": "boris"}, if_match='"1"')
    late = await system.post(path, {"assignee": "vera"}, if_match="1")

    assert (first.status_code, late.status_code) == (200, 412)
    assert (first.json()["assignee"], first.json()["follows_responsible"]) == ("boris", False)
    assert late.json()["type"].endswith("/problems/stale-version")


async def test_a_comment_is_sealed_and_shown_to_those_who_may_see_customers(system) -> None:
    customer = uuid4()
    made = await system.made(customer_id=str(customer), comment="Звонить после обеда")
    done = await system.post(f"/tasks/{made['task_id']}/complete", {"result": "done", "comment": "Ждёт счёт"})

    assert (done.json()["comment"], done.json()["result_comment"]) == ("Звонить после обеда", "Ждёт счёт")
    rows = await system.automation.pool.fetch("SELECT data FROM events ORDER BY version")
    assert "Звонить" not in str(rows)
    sealed = orjson.loads(rows[0]["data"])["comment"]
    assert CustomerKey(customer, customer.bytes * 2).open(sealed) == "Звонить после обеда"


async def test_a_comment_needs_a_customer_who_is_there(system) -> None:
    system.leads.erased.add(erased := uuid4())
    nobody = await system.post("/tasks", {"kind": "call", "due_at": DUE, "comment": "x"})
    gone = await system.post("/tasks", {"kind": "call", "due_at": DUE, "comment": "x", "customer_id": str(erased)})
    system.leads.down = True
    away = await system.post("/tasks", {"kind": "call", "due_at": DUE, "comment": "x", "customer_id": str(uuid4())})

    assert (nobody.status_code, gone.status_code, away.status_code) == (422, 409, 503)
    assert nobody.json()["errors"][0]["pointer"] == "#/comment"
    assert await system.automation.pool.fetchval("SELECT count(*) FROM events") == 0


async def test_a_task_is_put_off_made_urgent_and_talked_about(system) -> None:
    made = await system.made(customer_id=str(uuid4()))
    path = f"/tasks/{made['task_id']}"

    put_off = await system.post(
        f"{path}/reschedule", {"due_at": "2026-03-03T12:00:00Z", "remind_at": "2026-03-03T11:00:00Z"}, if_match='"1"'
    )
    urgent = await system.post(f"{path}/prioritise", {"priority": "urgent"})
    said = await system.post(f"{path}/comments", {"text": "Клиент в отпуске"}, who="head")
    stale = await system.post(f"{path}/reschedule", {"due_at": DUE}, if_match='"1"')
    late = await system.post(f"{path}/reschedule", {"due_at": DUE, "remind_at": "2026-03-03T12:00:00Z"})
    read = (await system.get(path)).json()
    await system.automation.settle()
    (listed,) = (await system.get("/tasks")).json()["tasks"]

    statuses = [answer.status_code for answer in (put_off, urgent, said, stale, late)]
    assert statuses == [200, 200, 201, 412, 409]
    assert (read["due_at"], read["remind_at"]) == ("2026-03-03T12:00:00Z", "2026-03-03T11:00:00Z")
    assert (read["priority"], read["version"]) == ("urgent", 4)
    assert [(comment["actor"], comment["text"]) for comment in read["comments"]] == [("key:head", "Клиент в отпуске")]
    assert (listed["due_at"], listed["priority"], listed["version"]) == (read["due_at"], "urgent", 4)


async def test_the_work_of_one_who_is_away_is_spread_by_who_has_least(system) -> None:
    mine = [(await system.made(assignee="anna"))["task_id"] for _ in range(3)]
    await system.made(assignee="boris", due_at="2100-01-01T00:00:00Z", priority="high")
    done = await system.made(assignee="anna")
    await system.post(f"/tasks/{done['task_id']}/complete", {"result": "done"})
    await system.automation.settle()

    before = (await system.get("/tasks/load", "head")).json()["loads"]
    answer = await system.post(
        "/tasks/assign", {"task_ids": [*mine, done["task_id"], str(UUID(int=1)), mine[0]], "assignee": "boris"}, "head"
    )
    again = await system.post("/tasks/assign", {"task_ids": mine, "assignee": "boris"}, "head")
    await system.automation.settle()
    after = (await system.get("/tasks/load", "head")).json()["loads"]

    assert before[0] == {"assignee": "anna", "open": 3, "overdue": 3, "due_in_a_day": 0, "urgent": 0}
    assert before[1] == {"assignee": "boris", "open": 1, "overdue": 0, "due_in_a_day": 0, "urgent": 1}
    assert [(one["outcome"], one["reason"]) for one in answer.json()["tasks"]] == [
        *[("moved", None)] * 3,
        ("refused", "already_completed"),
        ("refused", "no_such_task"),
    ]
    assert {one["outcome"] for one in again.json()["tasks"]} == {"unchanged"}
    assert [(load["assignee"], load["open"]) for load in after] == [("boris", 4)]


async def test_tasks_come_in_pages_by_the_time_they_are_due(system) -> None:
    for hour in (14, 12, 12, 13, 11):
        await system.made(due_at=f"2026-03-02T{hour}:00:00Z")
    await system.automation.settle()

    seen, cursor, pages = [], None, 0
    while pages < 10:
        page = (await system.get("/tasks", limit=2, **({"cursor": cursor} if cursor else {}))).json()
        seen += [task["due_at"][11:13] for task in page["tasks"]]
        cursor, pages = page["next"], pages + 1
        if cursor is None:
            break

    assert (seen, pages) == (["11", "12", "12", "13", "14"], 3)
    before = (await system.get("/tasks", due_before="2026-03-02T12:30:00Z")).json()["tasks"]
    assert len(before) == 3
    assert (await system.get("/tasks", cursor="nonsense")).status_code == 422


async def test_rules_and_messages_tell_what_automation_does_and_why(system) -> None:
    story = Story()
    story.captured("ivan")
    await system.automation.deliver(story.records)
    await system.automation.settle()

    rules = (await system.get("/rules", who="head")).json()["rules"]
    messages = (await system.get("/messages", customer_id=str(story.customer("ivan")))).json()["messages"]
    (task,) = (await system.get("/tasks", lead_id=str(story.lead("ivan")))).json()["tasks"]

    assert {"contact-new-lead", "welcome-letter"} <= {rule["id"] for rule in rules}
    assert [(one["state"], one["template"], one["cause"]["rule"]) for one in messages] == [
        ("requested", "welcome", "welcome-letter")
    ]
    assert task["cause"]["rule"] == "contact-new-lead"
    assert (await system.get(f"/tasks/{task['task_id']}")).json()["title"] == "Contact the customer"
    assert (await system.get("/messages", customer_id=str(uuid4()))).json() == {"messages": [], "next": None}


@pytest.mark.parametrize("kind", ["messages", "tasks"])
async def test_what_is_listed_of_a_customer_is_that_of_all_cards_that_are_one(system, kind) -> None:
    story = Story()
    story.captured("ivan")
    card, into = story.customer("ivan"), story.customer("anna")
    merged = CustomerMerged(customer_id=card, into_customer_id=into, reason="by_hand", explanation="by hand")
    story.told("ivan", merged)
    await system.automation.deliver(story.records)
    await system.automation.settle()

    of_one, of_other = [(await system.get(f"/{kind}", customer_id=str(one))).json()[kind] for one in (card, into)]

    assert of_one == of_other != []


@pytest.mark.parametrize("path", ["/tasks", "/rules", "/messages", f"/tasks/{UUID(int=1)}"])
async def test_who_may_not_see_is_refused(system, path) -> None:
    assert (await system.client.get(path)).status_code == 401
    assert (await system.get(path, who="bi")).status_code == 403


async def test_what_is_not_there_is_not_found(system) -> None:
    for answer in (
        await system.get(f"/tasks/{UUID(int=1)}"),
        await system.post(f"/tasks/{UUID(int=1)}/complete", {"result": "done"}),
        await system.post(f"/tasks/{UUID(int=1)}/assign", {"assignee": "anna"}),
    ):
        assert answer.status_code == 404


async def test_the_api_is_described(system) -> None:
    paths = (await system.client.get("/openapi.json")).json()["paths"]
    assert {"/tasks", "/tasks/{task_id}/complete", "/rules", "/messages"} <= paths.keys()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"smtp_username": "u"}, "go together"),
        ({"smtp_username": "u", "smtp_password": "p", "smtp_host": "mail.example.com"}, "in the clear"),
        ({"smtp_sender": "nobody"}, "must be an e-mail address"),
        ({"smtp_sender": "a@example.com\nBcc: eve@example.com"}, "must be an e-mail address"),
    ],
)
def test_settings_that_could_leak_or_never_work_are_refused(wrong, words) -> None:
    with pytest.raises(ValueError, match=words):
        AutomationSettings(database_url="postgresql://x@127.0.0.1:1/x", **wrong)


async def test_a_service_with_faulty_rules_does_not_start_and_says_where(tmp_path) -> None:
    (tmp_path / "rules.yaml").write_text("rules: [{id: one}]")
    settings = AutomationSettings(database_url="postgresql://x@127.0.0.1:1/x", rules_file=tmp_path / "rules.yaml")
    with pytest.raises(ConfigurationError, match=r"rules\[0\] \(one\)\.trigger: Field required"):
        async with build(SERVICE, settings).running():
            pass
