"""What rules ask of leads: whatever comes twice, late or in another order, and wherever the process dies, the same
comes of it, once.

A firm's requests are heard once, one after the other; then in deliveries that follow from a seed, about customers of
their own. Requests stand in streams of their own, so any may come before any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from asked_floor import Floor, asked, floor_of
from events.blind_index import BlindIndex
from events.contracts.automation import (
    Cause,
    CustomerBlacklistingRequested,
    CustomerFieldsRequested,
    CustomerNoteRequested,
    CustomerResponsibleRequested,
    CustomerTagsRequested,
    InteractionPlanningRequested,
    LeadAssignmentRequested,
    LeadFieldsRequested,
    LeadJudgementRequested,
)
from events.envelope import Received, Recorded, topic_of
from events.privacy import Keyring, MasterKey
from events.quarantine import Quarantine
from events.store import Append, Connection
from events.testing import AT
from events.watermark import Watermark
from leads.asked.answering import Answering
from leads.card.edits import Edits
from leads.heard.listening import CONSUMER, SOURCES, reacting
from leads_system import INDEX_KEY, MASTER_KEY
from managers_work import customers_of

SEEDS = 4
TOLD = ("outcome", "code", "tags", "added", "removed", "changes", "temperature", "manager_id", "kind", "strategy")


class Died(ConnectionError):
    """As if the process were gone."""


@pytest.fixture
async def floor(run: Any) -> AsyncIterator[Floor]:
    async with floor_of(run) as made:
        for subject in ("lead", "customer"):
            put = await made.leads.call("PUT", f"/fields/{subject}/calls", json={"title": "Calls", "kind": "number"})
            assert put.status_code == 200, put.text
        yield made


def of_lead(event: Any, lead: UUID, **fields: Any) -> Any:
    cause = Cause(rule="r", rule_version=1, action="a", event_id=uuid4(), event_type="lead.touched.v1", depth=1)
    return event(request_id=uuid4(), lead_id=lead, cause=cause, **fields)


async def requests(floor: Floor) -> tuple[list[Any], dict[str, str]]:
    """One of every kind, of some many, about five customers; and who is who."""
    made = await customers_of(floor.leads, "anna", 5)
    customers, leads = ([UUID(one[name]) for one in made] for name in ("customer_id", "lead_id"))
    add = {"fields": {}, "add": {"calls": 1}}
    wanted = [
        *[asked(CustomerTagsRequested, one, add=("vip",), remove=("new",)) for one in customers],
        *[asked(CustomerFieldsRequested, one, **add) for one in customers for _ in range(3)],
        *[asked(CustomerNoteRequested, one, text="A note") for one in customers],
        *[of_lead(LeadFieldsRequested, one, **add) for one in leads for _ in range(3)],
        asked(CustomerBlacklistingRequested, customers[0], reason="Rude"),
        of_lead(LeadJudgementRequested, leads[1], judgement="qualified", temperature="hot"),
        of_lead(LeadJudgementRequested, leads[2], judgement="disqualified", reason="spam"),
        of_lead(LeadAssignmentRequested, leads[3], manager_id="boris"),
        asked(CustomerResponsibleRequested, customers[4], manager_id="boris"),
        asked(CustomerResponsibleRequested, customers[3], manager_id="stranger"),
        asked(InteractionPlanningRequested, customers[1], kind="call", planned_at=AT + timedelta(days=9)),
        of_lead(LeadFieldsRequested, uuid4(), **add),
    ]
    who = [(str(one), f"customer {n}") for n, one in enumerate(customers)]
    return wanted, dict(who + [(str(one), f"lead {n}") for n, one in enumerate(leads)])


async def come_of(floor: Floor, asked_for: Sequence[Any], who: dict[str, str]) -> Counter[tuple[str, ...]]:
    """What was said because of the requests, but ids and times; and how often."""
    ours = [str(one.cause.event_id) for one in asked_for]
    rows = await floor.leads.pool.fetch(
        "SELECT type, data FROM events WHERE data->'cause'->>'event_id' = ANY($1)", ours
    )
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        data = orjson.loads(row["data"])
        about = [who.get(str(data.get(name)), "") for name in ("customer_id", "lead_id")]
        told = {name: data[name] for name in TOLD if name in data}
        found[(row["type"], *about, orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode())] += 1
    return found


def mortal(floor: Floor, dies: Callable[[], bool]) -> Watermark:
    """The consumer, whose transactions may be the last of the process."""
    answering = Answering(Keyring(MasterKey(MASTER_KEY)), Edits(BlindIndex(INDEX_KEY), "RU"), {"spam"})

    async def last_words(_connection: Connection, _records: Sequence[Recorded]) -> Sequence[Append]:
        if dies():
            raise Died
        return ()

    apply = reacting(answering.react, last_words)
    return Watermark(CONSUMER, [topic_of(one) for one in SOURCES], floor.leads.pool, apply, Quarantine(CONSUMER))


async def heard_anyhow(floor: Floor, wanted: Sequence[Any], chance: Random) -> None:
    watermark = mortal(floor, lambda: chance.random() < 0.3)
    await watermark.prepare()
    before = len(floor.log.records)
    for one in chance.sample(wanted, len(wanted)):
        floor.log.append(one.request_id, one)
    new = {id(record) for record in floor.log.records[before:]}
    shards = [[one for one in shard if id(one) in new] for shard in floor.log.by_shard()]
    heard: list[Received] = []
    while left := [shard for shard in shards if shard]:
        shard = chance.choice(left)
        count = chance.randint(1, len(shard))
        again = [record for record in heard if record.shard == shard[0].shard]
        with suppress(Died):
            await watermark.apply([*again[: chance.randint(0, len(again))], *shard[:count]])
            heard += shard[:count]
            del shard[:count]


async def test_any_redelivery_reorder_and_crash_gives_the_same_effects_and_answers(floor: Floor) -> None:
    wanted, who = await requests(floor)
    for one in wanted:
        await floor.hears(one)
    plain = await come_of(floor, wanted, who)
    assert sum(times for (type_, *_), times in plain.items() if "request-answered" in type_) == len(wanted)

    tried = []
    for seed in range(SEEDS):
        wanted, who = await requests(floor)
        await heard_anyhow(floor, wanted, Random(seed))
        tried.append((wanted, who))
        assert await come_of(floor, wanted, who) == plain, seed
    await floor.leads.pool.execute("UPDATE watermarks SET position = 0")
    for shard in floor.log.by_shard():
        await floor.watermark.apply(shard)
    for wanted, who in tried:
        assert await come_of(floor, wanted, who) == plain
    assert await floor.versions_agree()
