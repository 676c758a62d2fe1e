"""History: an installation that ran without it comes to know the same as one that kept it from the start."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from automation.cadence import keeping
from automation.refill.refilling import CONSUMER, Refilling, ask
from automation.rules.log import Reading
from automation.rules.rule import Rules
from automation.timing import dates
from automation_service import Service, serving
from automation_world import Story, World, key_of, world
from commands import listening, voronka
from events import metrics
from events.contracts.leads import (
    CustomerConsentGiven,
    CustomerContactAdded,
    CustomerContactRemoved,
    CustomerErased,
    CustomerRegistered,
    LeadPostponed,
)
from events.envelope import Received
from events.event import REGISTRY
from events.testing import AT
from every_event import EveryEvent

KEPT = (
    "SELECT subject, subject_id, name, event_id, version, value::text FROM facts ORDER BY 2, 3, 4",
    "SELECT * FROM happenings ORDER BY event_id",
    "SELECT * FROM dates ORDER BY subject_id, field",
    "SELECT customer_id, segment, segment_version, last_contact_at, days, latest_days, paused, exception_version"
    " FROM contact_cadence ORDER BY 1",
    "SELECT * FROM consents ORDER BY 1, 2, 3, 4, 5",
    "SELECT * FROM merged_cards ORDER BY 1",
    "SELECT manager_id, version, time_zone, windows::text, calendar, directions, active, teams FROM manager_hours"
    " ORDER BY 1",
    "SELECT * FROM manager_absences ORDER BY 1",
    "SELECT * FROM planned_contacts ORDER BY 1",
    "SELECT * FROM contacts ORDER BY customer_id",
)
OF_OTHERS = [
    event
    for event in REGISTRY.values()
    if event.owner() in ("leads", "deals", "analytics") and event is not CustomerErased
]


class Events:
    """The log as far as it was published, by batches of a few events."""

    def __init__(self, records: Sequence[Received], batch: int = 7) -> None:
        self.records = records
        self.batch = batch

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Callable[[Reading], AsyncIterator[Sequence[Received]]]]:
        yield self.read

    async def read(self, reading: Reading) -> AsyncIterator[Sequence[Received]]:
        while reading.left():
            some: list[Received] = []
            for record in self.records:
                if (record.source, record.shard) in reading.ends and len(some) < self.batch and reading.take(record):
                    some.append(record)
            yield some


def history(seed: int) -> list[Received]:
    """Random events of every contract of the others; and a customer among them who is erased at some time."""
    made, story = EveryEvent(seed), Story()
    story.log = made.log
    made.begin(OF_OTHERS)
    story.registered("olga", "olga@example.com", phones=("+79991234567",))
    story.captured("olga")
    about = {"customer_id": story.customer("olga")}
    story.told("olga", CustomerConsentGiven(**about, purpose="news", text_version="1", source="form", at=AT))
    story.log.append(story.lead("olga"), LeadPostponed(**about, lead_id=story.lead("olga"), until=AT))
    made.say(OF_OTHERS)
    story.erased("olga")
    story.touched("olga", 1)
    made.say(OF_OTHERS)
    return made.log.records


@asynccontextmanager
async def running(dsn: str) -> AsyncIterator[World]:
    async with world(dsn, Rules(()), others=(dates.keep, keeping.keep)) as made:
        yield made


async def known(pool: asyncpg.Pool) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in await pool.fetch(question)] for question in KEPT]


async def forget(pool: asyncpg.Pool) -> None:
    """What an older release left."""
    for table in ("facts", "happenings", "dates", "contact_cadence", "consents", "merged_cards"):
        await pool.execute(f"DELETE FROM {table}")
    await pool.execute("DELETE FROM manager_hours; DELETE FROM manager_absences; DELETE FROM planned_contacts")
    await pool.execute(
        "UPDATE contacts SET phones = '{}', messengers = '{}', preferred = '{}', black_listed = false,"
        " black_list_version = 0"
    )
    async with pool.acquire() as connection:
        await ask(connection)


async def state(pool: asyncpg.Pool) -> str:
    found: str = await pool.fetchval("SELECT state FROM refills")
    return found


async def until_whole(refilling: Refilling, pool: asyncpg.Pool) -> None:
    for _ in range(10_000):
        if await state(pool) == "done":
            return
        await refilling.look()
    raise AssertionError("the history is never whole")


@pytest.mark.parametrize("seed", [1, 2])
async def test_an_installation_that_ran_without_history_comes_to_know_what_one_with_it_knows(
    new_database: Any, seed: int
) -> None:
    records, chance = history(seed), random.Random(seed)
    async with running(await new_database("automation")) as whole, running(await new_database("automation")) as late:
        await whole.deliver(records)
        cut = len(records) // 2
        await late.deliver(records[:cut])
        await forget(late.pool)
        refilling = Refilling(late.pool, Events(records).opened, slice_seconds=0)
        effects = await late.pool.fetchval("SELECT count(*) FROM events")
        while cut < len(records):
            for _ in range(chance.randrange(8)):
                await refilling.look()
            following = cut + chance.randrange(1, 60)
            await late.deliver(records[cut:following])
            cut = following
        await until_whole(refilling, late.pool)
        for mine, theirs in zip(await known(late.pool), await known(whole.pool), strict=True):
            assert mine == theirs
        assert await late.pool.fetchval("SELECT count(*) FROM events") == effects == 0
        assert {row["kind"] for row in await late.pool.fetch("SELECT kind FROM tasks")} <= {"birthday"}


async def test_two_processes_and_one_that_dies_in_between_write_each_event_once(new_database: Any) -> None:
    story = Story()
    customer = story.customer("olga")
    one, two, three = (key_of(customer).seal(text) for text in ("olga@example.com", "o@example.com", "+79991234567"))
    story.told("olga", CustomerRegistered(customer_id=customer, emails=(one,)))
    for _ in range(20):
        story.told("olga", CustomerContactAdded(customer_id=customer, emails=(two,)))
        story.told("olga", CustomerContactRemoved(customer_id=customer, kind="email", value=two, index="a" * 32))
    story.told("olga", CustomerContactAdded(customer_id=customer, phones=(three,)))
    async with running(await new_database("automation")) as late:
        await late.deliver(story.records)
        await forget(late.pool)
        processes = [Refilling(late.pool, Events(story.records, 3).opened, slice_seconds=0) for _ in range(2)]
        for n in range(60):
            await processes[n % 2].look()
        assert await state(late.pool) == "done"
        row = await late.pool.fetchrow("SELECT emails, phones FROM contacts")
        told = await late.pool.fetchrow("SELECT events, failed, missing FROM refills")
    assert (row["emails"], row["phones"]) == ([one], [three])
    assert tuple(told) == (len(story.records), 0, 0)


async def test_an_event_that_cannot_be_read_is_passed_over_and_counted(new_database: Any) -> None:
    story = Story()
    story.registered("olga", "olga@example.com", phones=("+79991234567",))
    (bad,) = story.captured("olga")
    async with running(await new_database("automation")) as late:
        await late.deliver(story.records)
        await forget(late.pool)
        bad.body = b"{}"
        await until_whole(Refilling(late.pool, Events(story.records).opened), late.pool)
        row = await late.pool.fetchrow("SELECT events, failed FROM refills")
        assert len(await late.pool.fetchval("SELECT phones FROM contacts")) == 1
    assert tuple(row) == (2, 1)


async def test_a_new_installation_has_nothing_to_read(new_database: Any) -> None:
    async with running(await new_database("automation")) as fresh:
        assert await state(fresh.pool) == "done"
        assert await Refilling(fresh.pool, Events([]).opened).look() == 0


async def status(service: Service) -> str:
    """What ``voronka status`` prints."""
    async with listening(service) as url:
        code, said, _ = await voronka(
            "status", "--service", "automation", key=service.keys["olga"], VORONKA_AUTOMATION_URL=url
        )
    assert code == 0
    return said


async def test_what_is_gone_for_good_is_accepted_with_a_reason_and_more_of_it_is_told_again(new_database: Any) -> None:
    """Given seven events that the log lacks, when somebody accepts that, it is silent until an eighth is missing."""
    dsn = await new_database("automation")
    async with serving(dsn, {"olga": "admin", "mara": "marketer"}) as service, running(dsn) as late:
        refilling, because = Refilling(late.pool, Events([]).opened), {"reason": "The old cluster is gone."}

        async def told() -> float:
            await refilling.look()
            return float(metrics.HISTORY_MISSING.labels(CONSUMER)._value.get())

        await service.call("POST", "/refill/acceptance", because, 409)
        await late.pool.execute("UPDATE refills SET missing = 7")
        assert await told() == 7
        await service.call("POST", "/refill/acceptance", because, 403, who="mara")
        await service.call("POST", "/refill/acceptance", because)
        there = await service.call("GET", "/refill")
        assert (there["missing"], there["accepted"], there["accepted_by"]) == (7, 7, "key:olga")
        assert (there["accepted_because"], there["accepted_at"] is not None) == (because["reason"], True)
        assert await told() == 0
        await late.pool.execute("UPDATE refills SET missing = 8")
        assert await told() == 1
        said = await status(service)
        assert "8 events missing; 7 accepted as lost by key:olga" in said
        assert "1 nobody accepted" in said
