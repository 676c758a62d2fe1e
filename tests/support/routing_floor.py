"""The consumer of routing on a database, with a clock that tests set; leads come in by the API."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from automation_world import as_received
from events.envelope import topic_of
from events.privacy import Keyring, MasterKey
from events.quarantine import Quarantine
from events.reactions import Reactions as Applying
from events.store import Store
from events.tasks import Worker
from events.watermark import Watermark
from events.webhooks import Source
from leads.reactions import NAME as CONSUMER
from leads.routing.distribution import ROUTE_LATER
from leads.routing.reactions import Reactions
from leads_system import MASTER_KEY, Running, running_leads

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOPIC = topic_of("leads")
_NEW = """
SELECT e.* FROM events e JOIN watermarks w ON w.shard = e.shard AND w.consumer = $1 AND w.source = $2
 WHERE e.position > w.position AND e.shard = ANY($3::int[]) ORDER BY e.shard, e.position
"""


@dataclass
class Floor:
    """The service as a client sees it, and its consumer, which hears what the log holds."""

    leads: Running
    now: datetime
    quarantined: int = 0
    sources: dict[tuple[str, str], Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = Store("leads", self.leads.pool)
        self.reactions = Reactions(self.store, Keyring(MasterKey(MASTER_KEY)), self.sources, lambda: self.now)
        self.worker = Worker("waiting", self.store, {ROUTE_LATER: self.reactions.ask_again})

    def consumer(self) -> Watermark:
        return Watermark(CONSUMER, [TOPIC], self.leads.pool, Applying(self.reactions.react).apply, Quarantine(CONSUMER))

    async def hear(self, shards: Iterable[int] = range(16), most: int = 500) -> None:
        """Applies what is new in these shards, as one process would."""
        consumer = self.consumer()
        while rows := await self.leads.pool.fetch(_NEW, CONSUMER, TOPIC, list(shards)):
            outcome = await consumer.apply([as_received(row) for row in rows[:most]])
            self.quarantined += outcome.quarantined

    async def put(self, path: str, body: Any) -> Any:
        answer = await self.leads.call("PUT", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any, **how: Any) -> Any:
        answer = await self.leads.call("POST", path, json=body, **how)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.leads.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def hire(self, *names: str, **more: Any) -> None:
        for name in names:
            await self.put(f"/managers/{name}", {"name": name.title(), **more})

    async def rules(self, *rules: dict[str, Any], **more: Any) -> None:
        named = [{"id": f"rule-{n}", **rule} for n, rule in enumerate(rules, 1)]
        await self.put("/distribution-rules", {"rules": named, **more})

    async def captured(self, phone: str = "+79123456789", **more: Any) -> str:
        body = {"phones": [phone], **more}
        headers = {"idempotency-key": str(uuid4())}
        return str((await self.post("/leads", body, headers=headers))["lead_id"])

    async def many_captured(self, count: int, **more: Any) -> list[str]:
        phones = [f"+7912{n:07}" for n in range(count)]
        return list(await asyncio.gather(*(self.captured(phone, **more) for phone in phones)))

    async def manager_of(self, lead_id: str) -> str | None:
        found: str | None = (await self.get(f"/leads/{lead_id}"))["manager_id"]
        return found

    async def told(self, *types: str) -> list[asyncpg.Record]:
        query = "SELECT type, stream_id, data FROM events WHERE type = ANY($1) ORDER BY recorded_at, version"
        return list(await self.leads.pool.fetch(query, list(types)))


@asynccontextmanager
async def standing(new_database: Any, folder: Path, **settings: Any) -> AsyncIterator[Floor]:
    # Its own workers would take what waits, by the clock on the wall.
    alone = {"roles": frozenset(("api",))} | settings
    async with running_leads(await new_database("leads"), folder, **alone) as leads:
        made = Floor(leads, MONDAY)
        await made.consumer().prepare()
        yield made
        assert made.quarantined == 0
