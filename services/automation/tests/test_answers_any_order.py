"""What others answer: requests, answers and the parts of lists in any order against each other, again and again, and
wherever the process dies, come to the same rows and the same effects, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import events
import orjson
import pytest
from automation.asked.keeping import ANSWERS, REQUESTS, answer_of
from automation.asked.wiring import AskedWiring
from automation.lists.wiring import ListsWiring
from automation.mailings.wiring import MailingsWiring
from automation.rules.rule import Rules
from automation.sequences.wiring import SequencesWiring
from automation_service import Service, serving
from automation_world import World, world
from events.contracts.automation import DealStageChangeRequested, ListReadingRequested
from events.contracts.leads.lists import ListRead, ListReadingRefused
from events.envelope import Received
from events.event import Event, decode
from events.store import Append, Cause, append_all, deterministic_id
from events.tasks import Worker
from events.testing import AT, Log
from hypothesis import strategies as st
from mortality import Step, heard, mortality, steps, survives

__all__ = ["mortality"]

COURSES = 3
STATEMENTS = 40
GOLDEN = Path(events.__file__).parent / "golden"
LIST = UUID(int=7)
HELLO = {
    "title": {"ru": "Прогрев", "en": "Warm-up"},
    "steps": [{"do": "send", "id": "hello", "template": "welcome"}],
}
OURS = ("message.requested.v1", "sequence.entered.v1", "mailing.stopped.v1", "mailing.finished.v1")


@dataclass
class Firm:
    """The service, its consumer and its workers; others answer by hand."""

    service: Service
    automation: World
    workers: Sequence[Worker]
    log: Log = field(default_factory=Log)

    async def hears(self, records: Sequence[Received]) -> None:
        assert (await self.automation.deliver(records)).quarantined == 0

    async def works(self) -> int:
        """One round of each worker, and what came of it is heard."""
        done = sum([await worker.run_due() for worker in self.workers])
        await self.hears(await self.automation.own())
        return done

    async def settles(self) -> None:
        for _ in range(3):
            await self.buried()
            while await self.works():
                pass
            await self.automation.settle()

    async def buried(self) -> None:
        await self.automation.pool.execute("UPDATE tasks SET leased_until = NULL, due_at = now(), attempts = 0")

    async def asked_for_lists(self) -> list[UUID]:
        """A list for a mailing, one for a mailing that will not get it, one to be led in: the requests for them."""
        for _ in range(2):
            mailing = {"title": "Spring", "template": "welcome", "list_id": str(LIST), "purpose": "service"}
            made = await self.service.call("POST", "/mailings", mailing, 201)
            await self.service.call("POST", f"/mailings/{made['mailing_id']}/start", {})
        await self.service.call("POST", "/sequences/warm-up/lists", {"list_id": str(LIST)}, 202)
        await self.settles()
        return [
            row["request_id"]
            for row in await self.automation.pool.fetch(
                "SELECT request_id FROM list_readings WHERE state = 'asked' ORDER BY sequence IS NOT NULL, asked_at"
            )
        ]

    async def effects(self, lists: Sequence[UUID], people: Sequence[UUID]) -> Counter[tuple[str, int]]:
        """What came of the answers, for whom by number, and how often; how each list stands."""
        found: Counter[tuple[str, int]] = Counter()
        numbers = {str(one): n for n, one in enumerate(people)}
        mailings = await self.automation.pool.fetch(
            "SELECT mailing_id, state, reason, customers FROM list_readings WHERE request_id = ANY($1)", lists
        )
        of_mailings = {str(row["mailing_id"]) for row in mailings}
        for row in await self.automation.appended(*OURS):
            said = orjson.loads(row["data"])
            if said.get("customer_id") in numbers:
                found[(row["type"], numbers[said["customer_id"]])] += 1
            elif said.get("mailing_id") in of_mailings:
                found[(row["type"], -1)] += 1
        stands = ((f"{row['mailing_id'] is None} {row['state']} {row['reason']}", row["customers"]) for row in mailings)
        return found + Counter(stands)


@pytest.fixture
async def firm(new_database: Any, mortality: None) -> AsyncIterator[Firm]:
    dsn = await new_database("automation")
    async with serving(dsn) as service:
        kinds = (AskedWiring, MailingsWiring, SequencesWiring, ListsWiring)
        packages = [service.package(kind) for kind in kinds]
        workers = [one for package in packages for one in package.components() if isinstance(one, Worker)]
        reactions = [react for package in packages for react in package.reactions()]
        await service.call("PUT", "/sequences/warm-up", HELLO)
        await service.call("PUT", "/sequences/warm-up/state", {"state": "open"})
        async with world(dsn, Rules(()), others=reactions) as automation:
            yield Firm(service, automation, workers)


def golden(kind: type[Event], **fields: Any) -> Event:
    return decode(kind.type, (GOLDEN / f"{kind.type}.json").read_bytes()).model_copy(update=fields)


def of_rules() -> tuple[list[Event], list[Event]]:
    """A request of each type but for lists, and the answers to all but the last: by each type that can answer."""
    asked = [golden(kind, request_id=uuid4()) for kind in REQUESTS if kind is not ListReadingRequested]
    by_type = {one.type: one.request_id for one in asked}  # type: ignore[attr-defined]
    stage = by_type[DealStageChangeRequested.type]
    kinds = [kind for kind in ANSWERS if kind not in (ListRead, ListReadingRefused)]
    told = [golden(kind, request_id=stage) for kind in kinds if "request" not in kind.model_fields][:1]
    for kind in (kind for kind in kinds if "request" in kind.model_fields):
        owner = kind.type.partition(".")[0]
        asks = [name for name in by_type if name.startswith(owner) and by_type[name] != stage][:3]
        outcomes = zip(asks, ("done", "refused", "unchanged"), strict=False)
        told += [golden(kind, request_id=by_type[one], request=one, outcome=outcome) for one, outcome in outcomes]
    return asked, told


async def test_any_redelivery_reorder_and_crash_of_requests_and_answers_gives_the_same_rows_and_effects(
    firm: Firm,
) -> None:
    pool = firm.automation.pool

    async def come_of(order: Sequence[int], course: Sequence[Step]) -> Any:
        await firm.hears(firm.log.records)
        await firm.settles()
        lists, people = await firm.asked_for_lists(), [uuid4() for _ in range(5)]
        asked, told = of_rules()
        ids, earlier = [one.request_id for one in asked], len(firm.log.records)  # type: ignore[attr-defined]
        parts = (people[:2], people[2:3]), (), (people[2:4], people[4:])
        answers: list[tuple[UUID, list[Event]]] = [(uuid4(), [one]) for one in told]
        for request_id, portions in zip(lists, parts, strict=True):
            whose = {"request_id": request_id, "list_id": LIST}
            read: list[Event] = [
                ListRead(part=n, parts=len(portions), customer_ids=tuple(one), **whose)
                for n, one in enumerate(portions, 1)
            ]
            refused = ListReadingRefused(code="no_list", reason="None such.", **whose)
            answers.append((deterministic_id("answer", request_id), read or [refused]))
        for n in order:
            firm.log.append(answers[n][0], *answers[n][1])
        requests = [Append(one, 0, [event], Cause("t", one), AT) for one, event in zip(ids, asked, strict=True)]
        async with pool.acquire() as connection, connection.transaction():
            await append_all(connection, requests)
        shards: dict[tuple[str, int], list[Received]] = {}
        for record in (*firm.log.records[earlier:], *await firm.automation.own()):
            shards.setdefault((record.source, record.shard), []).append(record)
        await heard(list(shards.values()), course, firm.hears, firm.works, firm.buried)
        await firm.settles()
        rows = await pool.fetch("SELECT request, outcome, code FROM asked WHERE request_id = ANY($1)", [*ids, *lists])
        return Counter(map(tuple, rows)), await firm.effects(lists, people)

    count = len(of_rules()[1]) + 3
    plain_rows, plain_effects = await come_of(range(count), [])
    assert {answer_of(one).outcome for one in of_rules()[1]} == {"done", "refused", "unchanged"}  # type: ignore[union-attr]
    kinds = Counter(kind for kind, _ in plain_effects.elements())
    assert [kinds[one] for one in OURS] == [6, 3, 1, 1], "the third is on the list of the mailing and on that led in"
    assert len(plain_rows) > 10

    async def course(order: Sequence[int], course: Sequence[Step]) -> None:
        assert await come_of(order, course) == (plain_rows, plain_effects)

    await survives(course, st.permutations(range(count)), steps(STATEMENTS), courses=COURSES)
