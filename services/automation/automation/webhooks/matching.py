"""Which events go to which endpoints: a consumer of its own, so that neither rules nor webhooks wait for the other.

A delivery's id is that of (endpoint, event), so whatever comes twice is sent once. What a rule calls goes to the
endpoint that it names, whatever that one has subscribed to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from events.consumer import Consumer
from events.contracts.automation import WebhookCallFailed, WebhookCallRequested
from events.contracts.leads import CustomerErased
from events.envelope import Received, Recorded
from events.event import REGISTRY, Event
from events.kafka import KafkaConfig
from events.store import Append, Cause, Connection, Store, append_all, deterministic_id
from events.tasks import NewTask, add

from automation.actions.effect import ACTOR
from automation.rules.rule import SOURCES
from automation.webhooks.endpoints import LOCK, sql
from automation.webhooks.payload import CALL, message_of

NAME: Final = "automation.webhooks"
KIND: Final = "webhook"
MAX_RECORDS: Final = 500
ALL: Final = "*"

ABOUT: Final = {"request_id", "endpoint", "customer_id", "lead_id", "deal_id", "cause"}
"""What the answer to a call repeats of it."""
_DIRECTED: Final = frozenset(name for name, event in REGISTRY.items() if "direction" in event.model_fields)
_ENDPOINTS = "SELECT code, types, since FROM webhook_endpoints WHERE state = 'enabled'"


@dataclass(frozen=True, slots=True)
class Subscription:
    """An enabled endpoint as the consumer sees it."""

    code: str
    types: frozenset[str]
    since: datetime

    def wants(self, entry: Recorded) -> bool:
        """Is this event for it?"""
        named = {ALL, entry.type, f"{entry.type.partition('.')[0]}.{ALL}"}
        return entry.recorded_at >= self.since and not self.types.isdisjoint(named)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for an endpoint."""

    code: str
    recorded: Recorded

    @property
    def id(self) -> UUID:
        """The same for the same endpoint and event; receivers know a repeat by it."""
        return deterministic_id("webhook delivery", self.code, self.recorded.id)

    @property
    def task(self) -> NewTask:
        """The work of sending it."""
        told = self.recorded
        cause = Cause(ACTOR, told.correlation_id, told.id, told.traceparent)
        return NewTask(self.id, KIND, {"delivery_id": str(self.id)}, told.recorded_at, cause)

    def row(self) -> tuple[object, ...]:
        """What ``deliveries_add`` takes."""
        message = message_of(self.recorded)
        customer = message["data"].get("customer_id")
        request = message["data"].get("request_id") if message["type"] == CALL else None
        return (
            self.id,
            self.code,
            self.recorded.id,
            message["type"],
            UUID(request) if request else None,
            UUID(customer) if customer else None,
            orjson.dumps(message).decode(),
            self.recorded.recorded_at,
        )


async def apply(connection: Connection, records: Sequence[Received]) -> None:
    """Writes deliveries and their work in the transaction of the watermark; a call of nobody is answered at once."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", LOCK)
    subscriptions = [
        Subscription(row["code"], frozenset(row["types"]), row["since"]) for row in await connection.fetch(_ENDPOINTS)
    ]
    told = [record.recorded() for record in records if record.type in REGISTRY]
    await _learn_directions(connection, [entry for entry in told if entry.type in _DIRECTED])
    erased = [entry.stream_id for entry in told if entry.type == CustomerErased.type]
    if erased:
        await connection.execute(sql("deliveries_forget"), erased)
    deliveries = [Delivery(one.code, entry) for entry in told for one in subscriptions if one.wants(entry)]
    calls = [(entry, event) for entry in told if isinstance(event := _call(entry), WebhookCallRequested)]
    there = {one.code for one in subscriptions}
    deliveries += [Delivery(event.endpoint, entry) for entry, event in calls if event.endpoint in there]
    await _keep(connection, deliveries)
    await append_all(connection, [_nobody(entry, event) for entry, event in calls if event.endpoint not in there])


async def _keep(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    if not deliveries:
        return
    rows = [delivery.row() for delivery in deliveries]
    await connection.execute(sql("deliveries_add"), *map(list, zip(*rows, strict=True)))
    await add(connection, [delivery.task for delivery in deliveries])


async def _learn_directions(connection: Connection, told: Sequence[Recorded]) -> None:
    """What says for the first time that a lead or a deal is there says its line of business too, be it none."""
    subjects: dict[UUID, tuple[str, int]] = {}
    customers: set[tuple[UUID, str]] = set()
    for entry in told:
        content = orjson.loads(entry.body)
        direction, stream = content.get("direction"), str(entry.stream_id)
        if stream not in (content.get("lead_id"), content.get("deal_id")) or (direction is None and entry.version > 1):
            continue
        if entry.version >= subjects.get(entry.stream_id, ("", 0))[1]:
            subjects[entry.stream_id] = direction or "", entry.version
        customers.add((UUID(content["customer_id"]), direction or ""))
    if subjects:
        rows = [(subject, direction, version) for subject, (direction, version) in sorted(subjects.items())]
        await connection.execute(sql("directions_learn"), *map(list, zip(*rows, strict=True)))
        await connection.execute(sql("customer_directions_learn"), *map(list, zip(*sorted(customers), strict=True)))


def answer_of(request_id: UUID, sending: int = 1) -> UUID:
    """The stream of what came of a rule's call; one that is sent again by hand is answered again."""
    return deterministic_id("webhook call", request_id, sending)


def _call(entry: Recorded) -> Event | None:
    return entry.event if entry.type == WebhookCallRequested.type else None


def _nobody(entry: Recorded, event: WebhookCallRequested) -> Append:
    about = event.model_dump(include=ABOUT)
    failed = WebhookCallFailed(**about, reason="no_endpoint")
    cause = Cause(ACTOR, entry.correlation_id, entry.id, entry.traceparent)
    return Append(answer_of(event.request_id), 0, [failed], cause, entry.recorded_at)


def consumer(store: Store, kafka: KafkaConfig) -> Consumer:
    """The component that matches."""
    return Consumer(NAME, SOURCES, store.pool, kafka, apply, applied=store.appended, max_records=MAX_RECORDS)
