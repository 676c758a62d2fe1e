"""Sequences, a mailing and a questionnaire: whatever comes twice, late or in another order, and whoever dies meanwhile,
the same effects come of it.

A firm's work is done once in the plainest order, then in one that follows from a seed (what is drawn must not hang on
how far the workers are, so it is the seed alone): deliveries are regrouped, repeated
and mixed with the service's own events and with its workers; a transaction of the consumer or of a worker ends before
it is committed, or right after it, and what the dead had in hand is taken up again when the leases are over.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit

import orjson
from automation.mailings.wiring import MailingsWiring
from automation.messages.request import Request
from automation.messages.tracking import Tracking
from automation.rules.rule import Rule, Rules
from automation.sequences.wiring import SequencesWiring
from automation_service import URL, Service, serving
from automation_world import Story, World, key_of, world
from events.contracts.leads import CustomerBlacklisted
from events.envelope import Received, Recorded
from events.links import Links
from events.store import Append, Cause, Connection
from events.tasks import Task, Worker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretBytes

LINK_KEY = SecretBytes(bytes(range(32)))
TITLE = {"ru": "Прогрев", "en": "Warm-up"}
NAMES = ("olga", "ivan", "petr", "anna")
ANSWERING = NAMES[:3]
"""Who answers is led on no further."""
WARM_UP = {
    "title": TITLE,
    "steps": [
        {"do": "send", "id": "hello", "template": "welcome"},
        {"do": "wait", "id": "two-days", "timing": {"after": {"days": 2}}},
        {"do": "branch", "id": "known", "where": "'vip' in customer.tags", "then": "end", "otherwise": "more"},
        {"do": "send", "id": "more", "template": "welcome"},
    ],
}
ASKED = {"title": TITLE, "questions": [{"ask": "nps", "id": "recommend", "title": TITLE}]}
ON_A_LEAD = {"version": 1, "title": TITLE, "trigger": "lead.captured.v1"}
START = {"id": "warm", "actions": [{"do": "start_sequence", "id": "start", "sequence": "warm-up"}]}
ASK = {
    "id": "ask",
    "actions": [{"do": "send_questionnaire", "id": "q", "template": "quote", "questionnaire": "service"}],
}
RULES = Rules(tuple(Rule.model_validate(ON_A_LEAD | one) for one in (START, ASK)))
EFFECTS = (
    *(f"sequence.{what}.v1" for what in ("entered", "step-taken", "left", "entry-refused")),
    *(f"mailing.{what}.v1" for what in ("portion-requested", "finished")),
    *("message.requested.v1", "questionnaire.answered.v1", "rule.suppressed.v1"),
)
TOLD = ("customer_id", "step", "outcome", "reason", "round", "template", "messages", "recipients", "scores", "after")


class Died(ConnectionError):
    """As if the process were gone."""


@dataclass
class Firm:
    """The service, its consumer and its workers. ``dies`` says of each transaction whether it is the last one."""

    service: Service
    automation: World
    workers: dict[str, Worker]
    dies: Callable[[], str]

    async def hears(self, records: Sequence[Received]) -> None:
        """Delivers until it is applied; who died is started again."""
        while True:
            try:
                await self.automation.deliver(records)
                return
            except Died:
                continue

    async def works(self, name: str) -> int:
        """One round of a worker; the leases of the dead are over."""
        try:
            return await self.workers[name].run_due()
        except Died:
            await self.automation.pool.execute("UPDATE tasks SET leased_until = NULL")
            return 1

    async def settles(self) -> None:
        """Until nothing more comes of anything."""
        while True:
            done = sum([await self.works(name) for name in self.workers])
            own = await self.automation.own()
            await self.hears(own)
            if not done and not own:
                return

    async def time_passes(self) -> None:
        await self.automation.pool.execute("UPDATE tasks SET due_at = now()")

    async def answers(self, name: str) -> None:
        """The customer fills the questionnaire in, if he was asked already."""
        rows = await self.automation.pool.fetch(
            "SELECT t.* FROM tasks t WHERE kind = 'send_message' AND payload->>'questionnaire' IS NOT NULL"
            " AND payload->>'customer_id' = $1",
            str(Story.customer(name)),
        )
        tracking = Tracking(self.automation.pool, Links([LINK_KEY]), URL)
        for row in rows:
            asked = Request.of(_task(row))
            address = tracking.questionnaire(asked)
            assert address is not None
            said = await self.service.client.post(urlsplit(address).path, data={"recommend": str(len(name))})
            assert said.status_code == 200

    async def effects(self) -> Counter[tuple[str, ...]]:
        """What came of it all, but when, and how often it was tried."""
        found: Counter[tuple[str, ...]] = Counter()
        for row in await self.automation.appended(*EFFECTS):
            told = orjson.loads(row["data"])
            kept = {name: told[name] for name in TOLD if name in told}
            found[(row["type"], str(row["stream_id"]), orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode())] += 1
        return found


def _task(row: Any) -> Task:
    cause = Cause("t", row["id"])
    return Task(row["id"], row["kind"], orjson.loads(row["payload"]), datetime.now(UTC), 1, row["id"], cause)


@asynccontextmanager
async def firm(dsn: str, dies: Callable[[], str] = lambda: "") -> AsyncIterator[Firm]:
    async def last_words(_connection: Connection, _recorded: Sequence[Recorded]) -> Sequence[Append]:
        if dies():
            raise Died
        return []

    async with serving(dsn, language="en", link_keys=(LINK_KEY,), public_url=URL) as service:
        sequences, mailings = service.package(SequencesWiring), service.package(MailingsWiring)
        packages = {"sequences": sequences, "mailings": mailings}
        workers = {name: mortal(package.components()[0], dies) for name, package in packages.items()}
        async with world(dsn, RULES, others=(*sequences.reactions(), last_words)) as automation:
            yield Firm(service, automation, workers, dies)


def mortal(worker: Any, dies: Callable[[], str]) -> Worker:
    """A worker that may die before it writes down what it did, or right after."""
    settle: Callable[..., Awaitable[None]] = worker._settle

    async def settle_or_die(outcomes: Any) -> None:
        death = dies()
        if death == "before":
            raise Died
        await settle(outcomes)
        if death == "after":
            raise Died

    worker._settle = settle_or_die
    return worker  # type: ignore[no-any-return]


def story() -> tuple[list[list[Received]], list[list[Received]]]:
    """What is recorded first, and what later, shard by shard."""
    told = Story()
    for name in NAMES:
        told.registered(name, f"{name}@example.com", called=name)
        told.captured(name)
    before = len(told.records)
    told.touched("olga", 1)
    petr = Story.customer("petr")
    told.told("petr", CustomerBlacklisted(customer_id=petr, reason=key_of(petr).seal("x")))
    later = {id(record) for record in told.records[before:]}
    shards = [list(shard) for shard in told.log.by_shard()]
    return (
        [[record for record in shard if id(record) not in later] for shard in shards],
        [[record for record in shard if id(record) in later] for shard in shards],
    )


async def prepared(made: Firm) -> None:
    """The firm's sequence, questionnaire and mailing."""
    await made.service.call("PUT", "/sequences/warm-up", WARM_UP)
    await made.service.call("PUT", "/sequences/warm-up/state", {"state": "open"})
    await made.service.call("PUT", "/questionnaires/service", ASKED)
    mailing = {"title": "Spring", "template": "welcome", "per_minute": 2, "purpose": "service"}
    there = await made.service.call("POST", "/mailings", mailing, 201, idempotency_key="spring")
    customers = [str(Story.customer(name)) for name in NAMES]
    path = f"/mailings/{there['mailing_id']}"
    await made.service.call("POST", f"{path}/recipients", {"customer_ids": customers})
    await made.service.call("POST", f"{path}/start", {})


async def recorded_now(made: Firm, shards: list[list[Received]]) -> None:
    """What is said now happens and is recorded after what was done so far, and before what is done next."""
    at = await made.automation.pool.fetchval("SELECT clock_timestamp()") + timedelta(microseconds=1)
    for record in (record for shard in shards for record in shard):
        record.attributes["ce_time"] = record.attributes["ce_recordedtime"] = at.isoformat().encode()


async def plainly(dsn: str) -> Counter[tuple[str, ...]]:
    async with firm(dsn) as made:
        await prepared(made)
        for shards in story():
            await recorded_now(made, shards)
            for record in (record for shard in shards for record in shard):
                await made.hears([record])
            await made.settles()
        for name in ANSWERING:
            await made.answers(name)
        await made.settles()
        for _ in range(4):
            await made.time_passes()
            await made.settles()
        return await made.effects()


async def anyhow(dsn: str, seed: int) -> Counter[tuple[str, ...]]:
    chance = Random(seed)
    deaths = iter(chance.choices(["", "", "before", "after"], k=chance.randint(0, 30)))
    async with firm(dsn, lambda: next(deaths, "")) as made:
        await prepared(made)
        for shards in story():
            await recorded_now(made, shards)
            heard: list[Received] = []
            while left := [shard for shard in shards if shard]:
                shard = chance.choice(left)
                count = chance.randint(1, len(shard))
                again = [record for record in heard if record.shard == shard[0].shard]
                await made.hears([*again[: chance.randint(0, len(again))], *shard[:count]])
                heard += shard[:count]
                del shard[:count]
                await meanwhile(made, chance)
            await made.hears(heard)
            await made.settles()
        names = [*ANSWERING, *chance.choices(ANSWERING, k=chance.randint(0, 3))]
        for name in chance.sample(names, len(names)):
            await made.answers(name)
            await meanwhile(made, chance)
        await made.settles()
        for _ in range(4):
            await made.time_passes()
            await made.settles()
        return await made.effects()


async def meanwhile(made: Firm, chance: Random) -> None:
    """A worker goes on, or the service hears a part of what it said itself."""
    for what in chance.choices(["sequences", "mailings", "own"], k=chance.randint(0, 2)):
        if what == "own":
            own = await made.automation.own()
            await made.hears(own[: chance.randint(0, len(own))])
        else:
            await made.works(what)


PLAIN: dict[str, Counter[tuple[str, ...]]] = {}


@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_redelivery_reorder_and_crash_gives_the_same_effects(new_database: Any, seed: int) -> None:
    async def scenario() -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
        if not PLAIN:
            PLAIN["plain"] = await plainly(await new_database("automation"))
        return PLAIN["plain"], await anyhow(await new_database("automation"), seed)

    plain, shuffled = asyncio.run(scenario())
    kinds = Counter(effect[0] for effect in plain.elements())
    assert kinds["message.requested.v1"] == 3 * len(NAMES) + 1, kinds
    assert (kinds["sequence.left.v1"], kinds["questionnaire.answered.v1"]) == (len(NAMES), len(ANSWERING))
    assert set(plain.values()) == {1}
    assert shuffled == plain
