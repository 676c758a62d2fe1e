"""The consumer of the automation service on a database, and made-up stories of leads to tell it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from automation.messages import letters
from automation.messages.shelf import known_files
from automation.react import React, Reactions
from automation.rules.file import SHIPPED, load
from automation.rules.registry import InForceNow
from automation.rules.rule import SOURCES, Rules
from automation.tasks.following import follow
from events.contracts.deals import QuoteSent
from events.contracts.leads import (
    CustomerContactAdded,
    CustomerErased,
    CustomerRegistered,
    LeadAssigned,
    LeadCaptured,
    LeadTouched,
    Touch,
)
from events.envelope import Received, topic_of
from events.event import REGISTRY, Event
from events.privacy import CustomerKey
from events.quarantine import Quarantine
from events.store import Store, deterministic_id
from events.testing import Log, received
from events.watermark import Outcome, Watermark
from werkzeug import Request, Response

NAME = "automation.rules"
WANTED = datetime(2026, 3, 3, 12, tzinfo=UTC)


def key_of(customer_id: UUID) -> CustomerKey:
    return CustomerKey(customer_id, customer_id.bytes * 2)


@dataclass
class Leads:
    """The endpoint of leads that gives keys; its customers are those of the story."""

    erased: set[UUID] = field(default_factory=set)
    down: bool = False

    def answer(self, request: Request) -> Response:
        if self.down:
            return Response(status=503)
        asked = [UUID(text) for text in orjson.loads(request.data)["customer_ids"]]
        keys = {str(one): base64.b64encode(one.bytes * 2).decode() for one in asked if one not in self.erased}
        return Response(orjson.dumps({"keys": keys}), content_type="application/json")


class Story:
    """Customers and leads by name; each sentence appends to the log and returns its records."""

    def __init__(self) -> None:
        self.log = Log()

    @staticmethod
    def customer(name: str) -> UUID:
        return deterministic_id("customer", name)

    @staticmethod
    def lead(name: str) -> UUID:
        return deterministic_id("lead", name)

    def registered(
        self,
        name: str,
        *emails: str,
        called: str | None = None,
        phones: Sequence[str] = (),
        messengers: Sequence[str] = (),
    ) -> list[Received]:
        customer, key = self.customer(name), key_of(self.customer(name))
        return self.log.append(
            customer,
            CustomerRegistered(
                customer_id=customer,
                name=key.seal(called) if called else None,
                emails=tuple(map(key.seal, emails)),
                phones=tuple(map(key.seal, phones)),
                messengers=tuple(map(key.seal, messengers)),
            ),
        )

    def told(self, name: str, event: Event) -> list[Received]:
        """Whatever else happened to a customer."""
        return self.log.append(self.customer(name), event)

    def quote_sent(self, name: str, link: str, channel: str = "email", sending: int = 1) -> list[Received]:
        customer = self.customer(name)
        quote_id = deterministic_id("quote", name)
        event = QuoteSent(
            quote_id=quote_id,
            deal_id=deterministic_id("deal", name),
            customer_id=customer,
            revision=1,
            sending=sending,
            sending_id=deterministic_id(quote_id, sending),
            channel=channel,
            link=key_of(customer).seal(link),
        )
        return self.log.append(quote_id, event)

    def told_more(self, name: str, *emails: str) -> list[Received]:
        customer, key = self.customer(name), key_of(self.customer(name))
        return self.log.append(
            customer, CustomerContactAdded(customer_id=customer, emails=tuple(map(key.seal, emails)))
        )

    def erased(self, name: str) -> list[Received]:
        return self.log.append(self.customer(name), CustomerErased(customer_id=self.customer(name)))

    def captured(self, name: str, *, returning: bool = False, **touch: Any) -> list[Received]:
        event = LeadCaptured(
            lead_id=self.lead(name),
            customer_id=self.customer(name),
            touch=_touch(name, 0, touch),
            is_returning=returning,
        )
        return self.log.append(self.lead(name), event)

    def touched(self, name: str, number: int, **touch: Any) -> list[Received]:
        event = LeadTouched(lead_id=self.lead(name), customer_id=self.customer(name), touch=_touch(name, number, touch))
        return self.log.append(self.lead(name), event)

    def assigned(self, name: str, manager: str) -> list[Received]:
        event = LeadAssigned(
            lead_id=self.lead(name),
            customer_id=self.customer(name),
            manager_id=manager,
            strategy="round_robin",
            explanation="next in line",
        )
        return self.log.append(self.lead(name), event)

    @property
    def records(self) -> Sequence[Received]:
        return self.log.records


def _touch(name: str, number: int, more: dict[str, Any]) -> Touch:
    said = {"channel": "site", "intake": "form", "source": "main", "kind": "form"} | more
    return Touch(touch_id=deterministic_id("touch", name, number), **said)


@dataclass
class World:
    """The consumer on its database. What it appends comes back to it as Kafka would bring it."""

    pool: asyncpg.Pool
    watermark: Watermark
    store: Store

    async def deliver(self, records: Sequence[Received]) -> Outcome:
        return await self.watermark.apply(records)

    async def own(self) -> list[Received]:
        """The service's own events that its consumer has not applied yet, in the order of each shard."""
        rows = await self.pool.fetch(
            "SELECT e.* FROM events e JOIN watermarks w ON w.shard = e.shard AND w.consumer = $1 AND w.source = $2"
            " WHERE e.position > w.position ORDER BY e.shard, e.position",
            NAME,
            topic_of("automation"),
        )
        return [as_received(row) for row in rows]

    async def settle(self) -> None:
        """Delivers the service's own events until nothing more comes of them."""
        while own := await self.own():
            await self.deliver(own)

    async def tasks(self) -> list[dict[str, Any]]:
        rows = await self.pool.fetch(
            "SELECT task_id, state, kind, title, due_at, assignee, customer_id, lead_id FROM manager_tasks ORDER BY 1"
        )
        return [dict(row) for row in rows]

    async def messages(self) -> list[dict[str, Any]]:
        rows = await self.pool.fetch("SELECT message_id, customer_id, template, state, reason FROM messages ORDER BY 1")
        return [dict(row) for row in rows]

    async def appended(self, *types: str) -> list[dict[str, Any]]:
        rows = await self.pool.fetch(
            "SELECT id, stream_id, type, data FROM events WHERE type = ANY($1) ORDER BY type, stream_id, version",
            list(types),
        )
        return [dict(row) for row in rows]


def as_received(row: asyncpg.Record) -> Received:
    return received(
        REGISTRY[row["type"]].model_validate_json(row["data"]),
        row["stream_id"],
        row["position"],
        version=row["version"],
        shard=row["shard"],
        event_id=row["id"],
        actor=row["actor"],
        causation_id=row["causation_id"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        body=row["data"].encode(),
    )


def shipped_rules() -> Rules:
    return load(SHIPPED, known_files(letters.Templates()))


@asynccontextmanager
async def world(
    dsn: str,
    loaded: InForceNow | None = None,
    forget: Callable[[UUID], None] = lambda _: None,
    others: Sequence[React] = (follow,),
) -> AsyncIterator[World]:
    async with await asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
        reactions = Reactions(loaded or shipped_rules(), "en", forget, others)
        watermark = Watermark(
            NAME,
            [topic_of(source) for source in SOURCES],
            pool,
            reactions.apply,
            Quarantine(NAME, parks_streams=True),
        )
        await watermark.prepare()
        yield World(pool, watermark, Store("automation", pool))
