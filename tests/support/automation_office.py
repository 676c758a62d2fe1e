"""The automation service with callers of several lines of business, who ask for what is about customers of others."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from automation.webhooks import matching
from automation_service import serving
from automation_world import Leads, Story, world
from events.contracts.leads import LeadCaptured, Touch
from pydantic import SecretBytes

DUE = "2026-03-02T12:00:00Z"
PEOPLE: dict[str, dict[str, Any]] = {
    "head": {"roles": ["head", "marketer"]},
    "east": {"roles": ["head", "marketer"], "directions": ["east"]},
    "admin": {"roles": ["admin"]},
    "east_admin": {"roles": ["admin"], "directions": ["east"]},
    "anna": {"roles": ["manager"], "directions": ["east"]},
}
NOTHING = UUID(int=0)
_FILL = """
INSERT INTO messages (message_id, customer_id, medium, template, requested_at) VALUES ($1, $1, 'email', 'offer', now());
INSERT INTO suppressions (suppression_id, rule, rule_version, action, event_id, event_type, reason, customer_id,
                          recorded_at) VALUES ($1, 'call', 1, 'task', $1, 'lead.captured.v1', 'cap', $1, now());
INSERT INTO enrolments (enrolment_id, sequence, customer_id, version, round, revision, state, entered_at)
VALUES ($1, 'warm', $1, 1, 1, 1, 'inside', now());
INSERT INTO mailing_recipients (mailing_id, customer_id, message_id) VALUES ($2, $1, $1);
INSERT INTO questionnaire_answers VALUES ($1, 'nps', 1, $1, '{}', '{}', '{}', now());
INSERT INTO tasks (id, kind, payload, due_at, actor, correlation_id) VALUES ($1, 'x', '{}', now(), 'x', $1);
INSERT INTO pending_firings (firing_id, rule, rule_version, action, event_id, customer_id)
VALUES ($1, 'call', 1, 'task', $1, $1);
INSERT INTO contact_cadence (customer_id) VALUES ($1)
"""


class Office:
    def __init__(self, client: httpx2.AsyncClient, keys: dict[str, str], automation: Any) -> None:
        self.client, self.keys, self.automation, self.story = client, keys, automation, Story()

    async def ask(self, method: str, path: str, who: str, body: Any = None) -> httpx2.Response:
        key = {"authorization": f"Bearer {self.keys[who]}"}
        return await self.client.request(method, path, json=body, headers=key)

    async def captured(self, direction: str | None) -> tuple[UUID, UUID]:
        """A lead and its customer, as both consumers have heard of them, with something of every kind about them."""
        lead, customer = uuid4(), uuid4()
        touch = Touch(touch_id=uuid4(), channel="site", intake="form", source="main", kind="form")
        event = LeadCaptured(lead_id=lead, customer_id=customer, touch=touch, is_returning=False, direction=direction)
        records = self.story.log.append(lead, event)
        await self.automation.deliver(records)
        async with self.automation.pool.acquire() as connection, connection.transaction():
            await matching.apply(connection, records)
            for statement in _FILL.split(";"):
                given = (customer, NOTHING) if "$2" in statement else (customer,)
                await connection.execute(statement, *given)
        return lead, customer

    async def task(self, **about: Any) -> str:
        made = await self.ask("POST", "/tasks", "head", {"kind": "call", "due_at": DUE} | about)
        assert made.status_code == 201, made.text
        await self.automation.settle()
        return str(made.json()["task_id"])


@pytest.fixture
async def office(new_database: Any, httpserver: Any) -> Any:
    dsn = await new_database("automation")
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads().answer)
    url = httpserver.url_for("").rstrip("/")
    settings = {"language": "en", "leads_url": url, "webhook_key": SecretBytes(bytes(range(32)))}
    async with serving(dsn, PEOPLE, **settings) as service, world(dsn) as automation:
        yield Office(service.client, service.keys, automation)
