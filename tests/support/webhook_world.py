"""A running automation service with its webhooks, whose consumer and worker a test steps by hand, and a receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import orjson
from automation import main
from automation.rules.rule import SOURCES
from automation.webhooks import matching
from automation.webhooks.delivering import PAUSES
from automation.webhooks.wiring import WebhooksWiring
from automation_service import serving
from automation_world import Leads, as_received
from events.envelope import Received, topic_of
from events.quarantine import Quarantine
from events.tasks import Worker
from events.watermark import Watermark
from pydantic import SecretBytes
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook
from werkzeug import Request, Response

NOW = datetime.now(UTC).replace(microsecond=0)
PEOPLE: dict[str, dict[str, Any]] = {
    "admin": {"roles": ["admin"]},
    "erp": {"roles": ["integration"]},
    "retail": {"roles": ["integration"], "directions": ["retail"]},
    "anna": {"roles": ["manager"]},
}


@dataclass
class Receiver:
    """Somebody's server: it keeps what it is sent, and answers as it is told, then with 204."""

    url: str
    answers: list[Response] = field(default_factory=list)
    got: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        self.got.append(request)
        return self.answers.pop(0) if self.answers else Response(status=204)

    def verified(self, secret: str, n: int = -1) -> dict[str, Any]:
        """What came, if its signature is that of the secret; raises otherwise."""
        request = self.got[n]
        content = Webhook(secret).verify(request.data, dict(request.headers))
        assert isinstance(content, dict)
        return content

    @property
    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.got]


@dataclass
class Webhooks:
    """The service as its callers see it; what its consumer and worker do is done when a test says so."""

    client: httpx2.AsyncClient
    pool: asyncpg.Pool
    keys: dict[str, str]
    leads: Leads
    receiver: Receiver
    wiring: WebhooksWiring
    watermark: Watermark
    worker: Worker

    async def call(self, method: str, path: str, body: Any = None, who: str = "admin") -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.keys[who]}"}
        return await self.client.request(method, path, json=body, headers=headers)

    async def set_up(self, *types: str, code: str = "erp", who: str = "admin", **more: Any) -> str:
        """An endpoint at the receiver; its secret. What tests tell was recorded long ago, and counts all the same."""
        body = {"url": self.receiver.url, "types": list(types) or ["*"], **more}
        answer = await self.call("PUT", f"/webhooks/{code}", body, who)
        assert answer.status_code == 201, answer.text
        await self.pool.execute("UPDATE webhook_endpoints SET since = '2000-01-01'")
        return str(answer.json()["secret"])

    async def told(self, records: Sequence[Received]) -> None:
        """The consumer applies these, and whatever automation has said itself by then."""
        await self.watermark.apply(records)
        rows = await self.pool.fetch(
            "SELECT e.* FROM events e JOIN watermarks w ON w.shard = e.shard AND w.consumer = $1 AND w.source = $2"
            " WHERE e.position > w.position ORDER BY e.shard, e.position",
            matching.NAME,
            topic_of("automation"),
        )
        await self.watermark.apply([as_received(row) for row in rows])

    async def work(self, *, patient: bool = True) -> None:
        """The worker runs what is due; if ``patient``, as if all pauses had passed."""
        if patient:
            await self.pool.execute("UPDATE tasks SET due_at = now(), leased_until = NULL WHERE failed_at IS NULL")
            await self.pool.execute("UPDATE webhook_endpoints SET retry_at = now() WHERE retry_at IS NOT NULL")
        while await self.worker.run_due():
            pass

    async def deliveries(self, code: str = "erp") -> list[dict[str, Any]]:
        answer = await self.call("GET", f"/webhooks/{code}/deliveries")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["deliveries"])

    async def said(self, *types: str) -> list[dict[str, Any]]:
        rows = await self.pool.fetch(
            "SELECT data FROM events WHERE type = ANY($1) ORDER BY recorded_at, position", list(types)
        )
        return [orjson.loads(row["data"]) for row in rows]

    async def erase(self, customer: UUID) -> None:
        self.leads.erased.add(customer)


@asynccontextmanager
async def webhooks_of(dsn: str, httpserver: HTTPServer, **settings: Any) -> AsyncIterator[Webhooks]:
    """The service on a database. Its keys are those of ``automation_world``."""
    leads, receiver = Leads(), Receiver(httpserver.url_for("/hook"))
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(leads.answer)
    httpserver.expect_request("/hook", method="POST").respond_with_handler(receiver.answer)
    outgoing = {"webhook_key": SecretBytes(bytes(range(32))), "outgoing_private_hosts": {"localhost", "127.0.0.1"}}
    url = httpserver.url_for("").rstrip("/")
    async with serving(dsn, PEOPLE, leads_url=url, **outgoing, **settings) as service:
        runtime, wiring = service.runtime, service.package(WebhooksWiring)
        topics = [topic_of(source) for source in SOURCES]
        watermark = Watermark(matching.NAME, topics, runtime.pool, matching.apply, Quarantine(matching.NAME))
        await watermark.prepare()
        store = main.parts(runtime).store
        worker = Worker("webhooks", store, {matching.KIND: wiring.delivering}, give_up_after=2 * len(PAUSES))
        yield Webhooks(service.client, runtime.pool, service.keys, leads, receiver, wiring, watermark, worker)
