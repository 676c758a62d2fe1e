"""The deals service without Kafka, on a real database, with leads played by an HTTP server that speaks its protocol."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import orjson
import pytest
import yaml
from deals import main
from deals.settings import DealsSettings
from events.api_keys import new_key
from events.app import build
from events.contracts.leads import CustomerErased, LeadQualified
from events.event import Event
from events.privacy import CustomerKey
from events.testing import Log
from pydantic import SecretBytes, SecretStr
from pytest_httpserver import HTTPServer
from voronka.samples import Delivery
from werkzeug import Request, Response
from yookassa_api import SHOP_ID, YooKassa

SECRETS = {
    "cloudpayments": "api-secret",
    "tbank": "terminal-password",
    "stripe": "whsec_test",
    "yookassa": "test_yookassa",
}
HERE = "127.0.0.0/8"
LINK_KEY = SecretBytes(bytes(range(32)))
CLOCK = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class Leads:
    """The endpoint of leads that gives keys."""

    service_key: str
    keys: dict[UUID, bytes] = field(default_factory=dict)
    down: bool = False
    asked: int = 0

    def key(self, customer_id: UUID) -> CustomerKey:
        return CustomerKey(customer_id, self.keys[customer_id])

    def customer(self) -> UUID:
        customer_id = uuid4()
        self.keys[customer_id] = os.urandom(32)
        return customer_id

    def answer(self, request: Request) -> Response:
        self.asked += 1
        if self.down:
            return Response(status=503)
        if request.headers["authorization"] != f"Bearer {self.service_key}":
            return Response(status=401)
        asked = {UUID(text) for text in orjson.loads(request.data)["customer_ids"]}
        found = {str(c): base64.b64encode(k).decode() for c, k in self.keys.items() if c in asked}
        return Response(orjson.dumps({"keys": found}), content_type="application/json")


@dataclass
class Caller:
    """Somebody with an API key."""

    client: httpx2.AsyncClient
    key: str

    async def get(self, path: str, **params: Any) -> httpx2.Response:
        return await self.client.get(path, params=params, headers=self.headers)

    async def post(self, path: str, json: Any = None, **headers: str) -> httpx2.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=json, headers=self.headers | given)

    async def patch(self, path: str, json: Any = None) -> httpx2.Response:
        return await self.client.patch(path, json=json, headers=self.headers)

    async def delete(self, path: str) -> httpx2.Response:
        return await self.client.delete(path, headers=self.headers)

    async def put(self, path: str, json: Any = None, **headers: str) -> httpx2.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.put(path, json=json, headers=self.headers | given)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


@dataclass
class System:
    """A running deals service and those around it."""

    client: httpx2.AsyncClient
    pool: asyncpg.Pool
    parts: main.Parts
    leads: Leads
    callers: dict[str, Caller]
    yookassa: YooKassa
    log: Log = field(default_factory=Log)

    @property
    def manager(self) -> Caller:
        return self.callers["manager"]

    async def hears(self, stream_id: UUID, *events: Event, occurred_at: datetime = CLOCK) -> None:
        """Leads says something, and the consumer's transaction applies it."""
        records = self.log.append(stream_id, *events, occurred_at=occurred_at)
        await self.parts.consumer.watermark.apply(records)

    async def qualified(self, direction: str | None = None, manager_id: str | None = "anna") -> tuple[UUID, UUID]:
        """A lead that leads has qualified: (lead, customer)."""
        lead_id, customer_id = uuid4(), self.leads.customer()
        event = LeadQualified(
            lead_id=lead_id, customer_id=customer_id, temperature="hot", manager_id=manager_id, direction=direction
        )
        await self.hears(lead_id, event)
        return lead_id, customer_id

    async def erased(self, customer_id: UUID) -> None:
        self.leads.keys.pop(customer_id, None)
        await self.hears(customer_id, CustomerErased(customer_id=customer_id))

    async def opened(self, **fields: Any) -> dict[str, Any]:
        """A deal opened by the manager."""
        fields = {"customer_id": str(self.leads.customer()), **fields}
        answer = await self.manager.post("/deals", fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def delivered(self, provider: str, delivery: Delivery, source: str = "main") -> httpx2.Response:
        return await self.client.post(f"/in/{provider}/{source}", content=delivery.body, headers=delivery.headers)

    async def understood(self) -> list[dict[str, Any]]:
        """Everything that waits is parsed; returns what became of every request, oldest first."""
        while await self.parts.worker.process(None):
            pass
        return [dict(row) for row in await self.pool.fetch("SELECT * FROM intake ORDER BY id")]


@pytest.fixture
def open_on_qualified() -> bool:
    return True


@pytest.fixture
async def system(
    new_database: Any, tmp_path: Path, httpserver: HTTPServer, open_on_qualified: bool
) -> AsyncIterator[System]:
    sources = tmp_path / "sources.yaml"
    options = {"yookassa": {"shop_id": SHOP_ID, "networks": HERE}}
    entries: list[dict[str, Any]] = [
        {"channel": c, "name": "main", "secrets": ["retiring-" + s, s], "options": options.get(c, {})}
        for c, s in SECRETS.items()
    ]
    entries.append({**entries[-1], "name": "strict", "options": {"shop_id": SHOP_ID}})
    sources.write_text(yaml.safe_dump(entries))
    people = {
        "manager": {"roles": ["manager"]},
        "head": {"roles": ["head"]},
        "east": {"roles": ["manager"], "directions": ["east"]},
        "east_office": {"roles": ["head", "finance", "manager"], "directions": ["east"]},
        "east_admin": {"roles": ["admin"], "directions": ["east"]},
        "finance": {"roles": ["finance"]},
        "erp": {"roles": ["integration"]},
        "bi": {"roles": ["bi"]},
    }
    keys = {name: new_key() for name in people}
    settings = DealsSettings(
        database_url=SecretStr(await new_database("deals")),
        roles=frozenset({"api"}),
        sources_path=sources,
        open_deal_on_qualified=open_on_qualified,
        api_keys=tuple({"key": keys[name], "name": name, **what} for name, what in people.items()),
        leads_url=httpserver.url_for("").rstrip("/"),
        service_key=SecretStr(new_key()),
        yookassa_url=httpserver.url_for("/v3/"),
        link_keys=(LINK_KEY,),
        documents_folder=tmp_path / "documents",
    )
    yookassa = YooKassa(SECRETS["yookassa"])
    assert settings.service_key is not None
    leads = Leads(settings.service_key.get_secret_value())
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(leads.answer)
    httpserver.expect_request(re.compile("/v3/payments/.*")).respond_with_handler(yookassa.answer)
    app = build(main.SERVICE, settings)
    async with app.running() as runtime:
        parts = main.parts(runtime)
        await parts.consumer.watermark.prepare()
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://deals.test") as client:
            callers = {name: Caller(client, keys[name]) for name in people}
            yield System(client, runtime.pool, parts, leads, callers, yookassa)
