"""What a rule would have done: counted from the log, and nothing comes of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
from automation.actions import Action
from automation.main import SERVICE
from automation.rules.backtest import Trial
from automation.rules.backtesting import KIND, Asked, Backtesting, begin
from automation.rules.rule import Rule
from automation.rules.suppressed import keep_suppressed
from automation.settings import AutomationSettings
from automation_world import Leads, Story
from events.api_keys import new_key
from events.app import build
from events.contracts.automation import TaskCompleted
from events.contracts.leads import CustomerErased, CustomerTagged
from events.kafka import KafkaConfig, ensure_topics
from events.relay import Relay
from events.store import Append, Cause, Store, deterministic_id
from events.tasks import PutOff, Task
from events.testing import AT, Log
from pydantic import SecretBytes, SecretStr

TITLE = {"ru": "Задача", "en": "Task"}
TASK = {"do": "create_task", "id": "task", "kind": "call", "title": TITLE}
LETTER = {"do": "send_email", "id": "letter", "template": "welcome"}
RULE = {"id": "r", "version": 1, "title": TITLE, "trigger": "lead.captured.v1", "actions": [TASK, LETTER]}
NAMES = [f"person {n}" for n in range(12)]


async def nothing_known(firings: Any) -> Any:
    return [{} for _ in firings]


def trial(**parts: Any) -> Trial:
    rule = Rule.model_validate(RULE | parts)
    return Trial(rule, AT - timedelta(days=1), AT + timedelta(days=1), "en", nothing_known)


async def test_matches_and_what_would_have_come_of_them_are_counted() -> None:
    story = Story()
    for name in NAMES:
        story.captured(name, returning=name.endswith("1"))
        story.assigned(name, "anna")
    tried = trial(when="!event.is_returning")

    await tried.take(story.records)
    found = tried.finish()

    assert (found.events, found.triggers, found.matches, found.customers) == (24, 12, 10, 10)
    assert found.effects == {"task": {"task.created.v1": 10}, "letter": {"message.requested.v1": 10}}
    assert [effect["action"] for effect in found.samples[0].effects] == ["task", "letter"]


async def test_what_was_recorded_outside_of_the_period_is_left_out() -> None:
    story = Story()
    story.captured("ivan")
    rule = Rule.model_validate(RULE)
    for since, until, expected in ((AT, AT + timedelta(1), 1), (AT - timedelta(1), AT, 0)):
        tried = Trial(rule, since, until, "en", nothing_known)
        await tried.take(story.records)
        assert tried.finish().triggers == expected


async def test_clashes_with_the_rules_own_cap_are_counted_whatever_the_order() -> None:
    log = Log()
    customer = Story.customer("ivan")
    for n in range(5):
        log.append(customer, CustomerTagged(customer_id=customer, tags=("x",)), occurred_at=AT + timedelta(minutes=n))
    cap = {"times": 2, "hours": 1}
    tried = trial(trigger="customer.tagged.v1", per_customer=cap, actions=[TASK])

    await tried.take(list(reversed(log.records)))

    found = tried.finish()
    assert (found.matches, found.capped) == (5, 3)


async def test_an_event_that_cannot_be_read_is_counted_as_missing() -> None:
    story = Story()
    (captured,) = story.captured("ivan")
    captured.body = b"{}"
    tried = trial()
    await tried.take([captured])
    assert (tried.found.missing, tried.found.matches) == (1, 0)


@dataclass
class System:
    """The whole service on a real broker, with a story of leads that it has lived through."""

    client: httpx2.AsyncClient
    pool: asyncpg.Pool
    kafka: KafkaConfig
    story: Story
    post: Any
    database: Any

    @property
    def broker(self) -> tuple[str, int]:
        host, port = self.kafka.bootstrap.split(":")
        return host, int(port)

    async def snapshot(self) -> dict[str, Any]:
        """Every table's rows as one hash, whatever tables there are, but for those that say how far things are."""
        tables = await self.pool.fetch(
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
            " AND table_type = 'BASE TABLE' AND table_name NOT IN ('backtests', 'partitions_held', 'read_until')"
            " ORDER BY 1"
        )
        strangers = "SELECT consumer FROM partitions_held EXCEPT SELECT consumer FROM watermarks"
        assert not await self.pool.fetch(strangers), "only the service's own consumers read"
        return {
            row["name"]: tuple(
                await self.pool.fetchrow(
                    f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {row['name']} t"
                )
            )
            for row in tables
        }

    async def tried(self, definition: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """A back-test that is done: its address, and what it tells."""
        period = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
        asked = await self.client.post("/rules/site-leads/backtests", json=period | {"definition": definition})
        assert asked.status_code == 202, asked.text
        where = asked.headers["location"]
        async with asyncio.timeout(60):
            while (told := (await self.client.get(where)).json())["state"] != "done":
                await asyncio.sleep(0.05)
        await self.until("SELECT count(*) FROM tasks", 0)
        return where, told

    async def did_something_about_a_deal_of(self, name: str) -> None:
        """A task about it is completed."""
        task_id, customer_id = deterministic_id("task", name), Story.customer(name)
        done = TaskCompleted(task_id=task_id, result="done", customer_id=customer_id, deal_id=uuid4())
        await Store("automation", self.pool).commit(Append(task_id, 0, [done], Cause("test", task_id), AT))

    async def is_quiet(self) -> None:
        """All is done, and heard."""
        await self.until("SELECT count(*) FROM tasks", 0)
        await self.until(
            "SELECT count(*) FROM events e JOIN watermarks w USING (shard)"
            " WHERE w.source = 'voronka.automation.v1' AND w.consumer = 'automation.rules' AND e.position > w.position",
            0,
        )

    async def until(self, question: str, expected: Any) -> None:
        async with asyncio.timeout(60):
            while await self.pool.fetchval(question) != expected:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def running(dsn: str, leads_dsn: str, bootstrap: str, leads_url: str, post: Any) -> AsyncIterator[System]:
    kafka, story, key = KafkaConfig(bootstrap), Story(), new_key("admin")
    for name in NAMES:
        story.registered(name, f"{name.replace(' ', '')}@example.com")
        story.captured(name, returning=name.endswith("1"), channel="site" if name < "person 5" else "phone")
    settings = AutomationSettings(
        database_url=SecretStr(dsn),
        kafka_bootstrap=bootstrap,
        kafka_session_timeout_ms=2_000,
        bootstrap_key=SecretStr(key),
        leads_url=leads_url,
        service_key=SecretStr(new_key()),
        smtp_port=post.port,
        webhook_key=SecretBytes(bytes(range(32))),
    )
    app = build(SERVICE, settings)
    await ensure_topics(kafka, "voronka.deals.v1", "voronka.analytics.v1")
    async with (
        await_relayed(story, leads_dsn, kafka),
        app.running(),
        await asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app),
            base_url="http://automation.test",
            headers={"authorization": f"Bearer {key}"},
        ) as client,
    ):
        server = urlsplit(dsn)
        yield System(client, pool, kafka, story, post, (server.hostname, server.port))


@asynccontextmanager
async def await_relayed(story: Story, dsn: str, kafka: KafkaConfig) -> AsyncIterator[None]:
    async with await asyncpg.create_pool(dsn, min_size=1, max_size=3) as pool:
        relay, stopping = Relay("leads", pool, kafka), asyncio.Event()
        store = Store("leads", pool, relay.wake)
        for record in story.records:
            told = record.recorded()
            cause = Cause("test", told.correlation_id)
            await store.commit(Append(told.stream_id, told.version - 1, [told.event], cause, AT))
        task = asyncio.create_task(relay.run(stopping))
        yield
        stopping.set()
        await task


@pytest.fixture
async def system(new_database: Any, broker: Any, httpserver: Any, post: Any) -> AsyncIterator[System]:
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads().answer)
    dsn, leads_dsn = await new_database("automation"), await new_database()
    async with running(dsn, leads_dsn, broker.bootstrap, httpserver.url_for("").rstrip("/"), post) as made:
        await made.until("SELECT count(*) FROM happenings WHERE type LIKE 'customer.%' OR type LIKE 'lead.%'", 24)
        await made.is_quiet()
        yield made


NOTE = {
    "do": "add_note",
    "id": "note",
    "of": "lead",
    "text": {"ru": "{{ values.was }} {{ values.leads }}", "en": "{{ values.was }} {{ values.leads }}"},
    "values": {"was": "computed.was", "leads": "computed.leads"},
}
DEFINITION = {
    "title": TITLE,
    "compute": {"leads": "customer.open_leads + 1", "was": "before.lead.state == null ? 'new' : 'known'"},
    "trigger": "lead.captured.v1",
    "when": "!event.is_returning && (event.touch.channel == 'site' || event.touch.channel == 'fair')",
    "where": "'email' in customer.contacts || earlier['customer.registered.v1'].count >= 0",
    "actions": [TASK, LETTER, NOTE],
}


ABOUT_LEADS: list[dict[str, Any]] = [
    TASK,
    LETTER,
    NOTE,
    {"do": "send_message", "media": ["sms", "telegram", "whatsapp", "email"], "template": "welcome"},
    {"do": "send_questionnaire", "questionnaire": "service", "template": "quote"},
    {"do": "start_sequence", "sequence": "warm-up"},
    {"do": "stop_sequence", "sequence": "warm-up"},
    {"do": "judge_lead", "judgement": "qualified", "temperature": "hot"},
    {"do": "edit_tags", "of": "customer", "add": ["vip"]},
    {"do": "change_responsible", "of": "customer", "choose": {"by": "least_busy"}},
    {"do": "change_field", "of": "lead", "field": "calls", "add": 1},
    {"do": "blacklist", "reason": {"ru": "Грубит", "en": "Rude"}},
    {"do": "plan_contact", "kind": "call"},
    {"do": "notify_staff", "text": TITLE, "to": ["head"], "responsible": True, "urgent": True},
    {"do": "call_webhook", "endpoint": "erp"},
    {"do": "complete_task", "of": "lead"},
    {"do": "open_deal"},
]
ABOUT_DEALS: list[dict[str, Any]] = [
    {"do": "change_stage", "to_stage": "deciding"},
    {"do": "close_deal", "outcome": "won"},
    {"do": "change_products", "add": [{"product": "SITE", "price": "1000"}]},
    {"do": "issue_invoice", "due_in_days": 5},
    {"do": "make_document", "kind": "offer"},
]
EVERYTHING = {
    trigger: {
        "title": TITLE,
        "trigger": trigger,
        "actions": [action | {"id": action["do"].replace("_", "-")} for action in actions],
    }
    for trigger, actions in {"lead.captured.v1": ABOUT_LEADS, "task.completed.v1": ABOUT_DEALS}.items()
}
EVERYTHING["lead.captured.v1"]["compute"] = DEFINITION["compute"]
NAMED = {
    "/questionnaires/service": {"title": TITLE, "questions": [{"ask": "nps", "id": "recommend", "title": TITLE}]},
    "/sequences/warm-up": {"title": TITLE, "steps": [{"do": "send", "id": "hello", "template": "welcome"}]},
    "/sequences/warm-up/state": {"state": "open"},
    "/webhooks/erp": {"url": "https://erp.example.com/hook", "types": ["deal.won.v1"]},
}


@contextmanager
def every_way_out() -> Iterator[set[Any]]:
    """Where this process connects to meanwhile, whatever it is that does."""
    reached, connect = set(), socket.socket.connect

    def connects(own: socket.socket, address: Any) -> None:
        reached.add(address)
        connect(own, address)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket.socket, "connect", connects)
        yield reached


@pytest.mark.slow
async def test_a_rule_is_tried_on_the_past_and_explained_and_nothing_else_changes(system: System) -> None:
    before, letters = await system.snapshot(), len(system.post.letters)
    where, told = await system.tried(DEFINITION)

    expected = [name for name in NAMES if name < "person 5" and not name.endswith("1")]
    found = told["found"]
    assert (found["triggers"], found["matches"], found["missing"]) == (12, len(expected), 0)
    assert found["effects"]["letter"] == {"message.requested.v1": len(expected)}
    assert found["effects"]["note"] == {"customer.note-requested.v1": len(expected)}
    assert {one["event"]["text"] for sample in found["samples"] for one in sample["effects"][2:]} == {"new 2"}
    assert told["progress"] == 1.0
    assert await system.snapshot() == before
    assert len(system.post.letters) == letters
    assert [one["backtest_id"] for one in (await system.client.get("/rules/site-leads/backtests")).json()["backtests"]]
    await explained(system)
    await everything(system)
    await in_slices(system, found)
    await erased(system, where)


async def everything(system: System) -> None:
    """Whatever the actions are, a back-test of them changes no table, and reaches nothing but broker and database."""
    known = {get_args(one.model_fields["do"].annotation)[0] for one in get_args(get_args(Action)[0])}
    assert known == {action["do"] for action in (*ABOUT_LEADS, *ABOUT_DEALS)}
    for path, body in NAMED.items():
        named = await system.client.put(path, json=body)
        assert named.status_code < 300, named.text
    for name in NAMES:
        await system.did_something_about_a_deal_of(name)
    await system.is_quiet()
    before, letters = await system.snapshot(), len(system.post.letters)

    with every_way_out() as reached:
        tried = [(definition, (await system.tried(definition))[1]["found"]) for definition in EVERYTHING.values()]

    assert reached <= {system.broker, system.database}
    assert system.broker in reached
    for definition, found in tried:
        assert (found["matches"], found["missing"]) == (len(NAMES), 0)
        assert set(found["effects"]) == {action["id"] for action in definition["actions"]}
        assert {sum(said.values()) for said in found["effects"].values()} == {len(NAMES)}
        assert not {kind for said in found["effects"].values() for kind in said} & {"rule.suppressed.v1"}
    assert await system.snapshot() == before
    assert len(system.post.letters) == letters


async def explained(system: System) -> None:
    """Of an event that stands in another service's log, and of one of automation's own."""
    event = next(r for r in system.story.records if r.type == "lead.captured.v1").recorded()
    known = await system.pool.fetchval(
        "SELECT event_id FROM happenings WHERE type = 'lead.captured.v1' AND customer_id = $1", event.event.customer_id
    )
    about = {"event_id": str(known)}
    why = (await system.client.get("/rules/contact-new-lead/explanation", params=about)).json()
    other = (await system.client.get("/rules/call-new-lead-when-wanted/explanation", params=about)).json()
    unknown = await system.client.get("/rules/contact-new-lead/explanation", params={"event_id": str(uuid4())})

    assert (why["was_in_force"], why["is_trigger"], why["when"]["value"]) == (True, True, True)
    assert [(one["action"], one["outcome"]) for one in why["actions"]] == [("task", "done")]
    assert other["when"]["value"] is False
    assert [part["value"] for part in other["when"]["parts"]] == [True, False]
    assert other["when"]["parts"][1]["asked"] == {"event.touch.wanted_call_at": None}
    assert [one["outcome"] for one in other["actions"]] == ["none"]
    assert unknown.status_code == 404
    saved = await system.client.put("/rules/site-leads", json=DEFINITION)
    assert saved.status_code < 300, saved.text
    draft = (await system.client.get("/rules/site-leads/explanation", params=about | {"version": 1})).json()
    assert (draft["was_in_force"], draft["computed"]) == (False, {"leads": 2, "was": "new"})
    made = await system.pool.fetchval("SELECT event_id FROM happenings WHERE type = 'task.created.v1' LIMIT 1")
    own = await system.client.get("/rules/contact-new-lead/explanation", params={"event_id": str(made)})
    assert own.json()["is_trigger"] is False


async def in_slices(system: System, whole: Any) -> None:
    """A job that is interrupted after every batch finds what one in a single go does."""
    rule = Rule.model_validate(DEFINITION | {"id": "site-leads", "version": 1})
    asked = Asked(uuid4(), rule, AT - timedelta(days=9999), AT + timedelta(days=9999), "test", AT)
    async with system.pool.acquire() as connection:
        await begin(connection, asked)
        await connection.execute("DELETE FROM tasks WHERE id = $1", asked.backtest_id)
    task = Task(asked.backtest_id, KIND, {}, AT, 1, uuid4(), Cause("test", uuid4()))
    while True:
        try:
            await Backtesting(system.pool, system.kafka, "ru", slice_seconds=0)(task)
            break
        except PutOff:
            continue
    answer = await system.client.get(f"/rules/site-leads/backtests/{asked.backtest_id}")
    found = answer.json()["found"]
    numbers = ("triggers", "matches", "effects", "missing", "where_failed")
    assert [found[name] for name in numbers] == [whole[name] for name in numbers]


async def erased(system: System, where: str) -> None:
    """The samples of a customer who is erased are forgotten."""
    sample = (await system.client.get(where)).json()["found"]["samples"][0]
    customer = UUID(sample["customer_id"])
    records = Log().append(customer, CustomerErased(customer_id=customer))
    async with system.pool.acquire() as connection:
        await keep_suppressed(connection, [record.recorded() for record in records])
    samples = (await system.client.get(where)).json()["found"]["samples"]
    assert samples
    assert sample["customer_id"] not in {one["customer_id"] for one in samples}
