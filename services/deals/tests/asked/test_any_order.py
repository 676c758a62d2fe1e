"""What rules ask of deals: whatever comes twice, late or in another order, and wherever the process dies, the same
comes of it, once.

A firm's requests are heard once, one after the other; then in courses that hypothesis draws, about deals of their own.
The consumer and the worker that carries durable tasks out may be gone at any statement, before it is done or after.
Requests stand in streams of their own, so any may come before any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID, uuid4

import orjson
import pytest
from deals.asked.answer import Request
from deals_system import System
from events.contracts.automation import (
    Cause,
    DealClosingRequested,
    DealFieldsRequested,
    DealLinesRequested,
    DealNoteRequested,
    DealOpeningRequested,
    DealReassignmentRequested,
    DealStageChangeRequested,
    DealTagsRequested,
    DocumentMakingRequested,
    InvoiceIssueRequested,
    WantedLine,
)
from events.envelope import Received
from hypothesis import strategies as st
from mortality import Step, heard, mortality, steps, survives

__all__ = ["mortality"]

COURSES = 3
STATEMENTS = 40
"""The most that a delivery lives through; one with work needs about half of them."""
OWN = {"cause", "number", "reason", "text", "comment", "issued_on"}
"""What no two requests share, and words."""
ANSWERS = ("deal.request-answered.v1", "deal.stage-changed.v1", "deal.stage-change-refused.v1")


def asked(event: Any, **fields: Any) -> Any:
    cause = Cause(rule="r", rule_version=1, action="a", event_id=uuid4(), event_type="deal.won.v1", depth=1)
    return event(request_id=uuid4(), cause=cause, **fields)


@pytest.fixture
async def firm(system: System, mortality: None) -> System:
    """With a product, what documents say of it, and a field that counts."""
    head = system.callers["head"]
    product = {"code": "SITE", "title": "Site", "kind": "service", "tax_rate": "20"}
    assert (await head.post("/products/bulk", [product])).status_code == 200
    listed = {"code": "retail", "title": "Retail", "currency": "RUB", "tax_included": True}
    list_id = (await head.post("/price-lists", listed)).json()["price_list_id"]
    priced = [{"product": "SITE", "price": "1000.00", "valid_from": "2020-01-01"}]
    assert (await head.post(f"/price-lists/{list_id}/prices", priced)).status_code == 200
    field = {"title": "Calls", "kind": "number", "personal": False}
    assert (await head.put("/deal-fields/calls", field)).status_code == 200
    firm = {"name": "Romashka", "requisites": {"inn": "7707083893", "kpp": "773601001"}}
    assert (await system.callers["finance"].put("/firm", firm)).status_code == 200
    return system


async def requests(firm: System) -> tuple[list[Any], dict[str, str]]:
    """One of every kind that is obeyed, and of most one that is refused; and who is who."""
    deals = [(await firm.opened(manager_id="anna"))["deal_id"] for _ in range(4)]
    won, lost, moved, busy = map(UUID, deals)
    lead, customer, nobody = uuid4(), firm.leads.customer(), uuid4()
    site = WantedLine(product="SITE", quantity=Decimal(2))
    bill = {"due_in_days": 5, "amount": Decimal(10), "title": "Care"}
    opening = {"pipeline": "default", "customer_id": customer}
    wanted = [
        asked(DealClosingRequested, deal_id=won, outcome="won"),
        asked(DealClosingRequested, deal_id=lost, outcome="lost", reason="too_expensive", comment="Too dear"),
        asked(DealStageChangeRequested, deal_id=moved, to_stage="deciding"),
        asked(DealReassignmentRequested, deal_id=moved, manager_id="boris"),
        asked(DealTagsRequested, deal_id=busy, add=("vip",), remove=("new",)),
        *[asked(DealFieldsRequested, deal_id=busy, fields={}, add={"calls": 1}) for _ in range(3)],
        *[asked(DealNoteRequested, deal_id=busy, text=text) for text in ("One", "Two")],
        asked(DealLinesRequested, deal_id=busy, add=(site,), price_list="retail"),
        asked(InvoiceIssueRequested, deal_id=busy, **bill),
        asked(DocumentMakingRequested, deal_id=busy, kind="offer"),
        asked(DealOpeningRequested, lead_id=lead, deal_type="first_sale", **opening),
        asked(DealOpeningRequested, deal_type="repeat_sale", previous_deal_id=busy, **opening),
        asked(DealOpeningRequested, deal_type="odd", **opening),
        asked(DealClosingRequested, deal_id=nobody, outcome="won"),
        asked(DealStageChangeRequested, deal_id=moved, to_stage="won"),
        asked(DealTagsRequested, deal_id=nobody, add=("vip",)),
        asked(DealFieldsRequested, deal_id=busy, fields={"calls": "many"}),
        asked(DealNoteRequested, deal_id=nobody, text="Three"),
        asked(DealLinesRequested, deal_id=busy, add=(site,), price_list="nowhere"),
        asked(InvoiceIssueRequested, deal_id=busy, **bill | {"amount": Decimal(-1)}),
        asked(DocumentMakingRequested, deal_id=nobody, kind="offer"),
    ]
    return wanted, dict(zip(deals, ("won", "lost", "moved", "busy"), strict=True))


async def come_of(firm: System, wanted: Sequence[Any], who: dict[str, str]) -> Counter[str]:
    """What was said because of the requests, but for ids, numbers and times; and how often."""
    ours = [str(one.cause.event_id) for one in wanted]
    rows = await firm.pool.fetch("SELECT type, data FROM events WHERE data->'cause'->>'event_id' = ANY($1)", ours)
    found: Counter[str] = Counter()
    for row in rows:
        said = orjson.loads(row["data"])
        about = who.get(said.get("deal_id"), "")
        told = {name: value for name, value in said.items() if not (name in OWN or name.endswith("_id"))}
        found[f"{row['type']} {about} {orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()}"] += 1
    return found


async def kept(firm: System) -> Counter[str]:
    """How many there are of each now, and how many events of any kind."""
    tables = ("deals", "invoices", "documents", "events")
    return Counter({name: await firm.pool.fetchval(f"SELECT count(*) FROM {name}") for name in tables})


async def test_any_redelivery_reorder_and_crash_gives_the_same_effects_and_answers(firm: System) -> None:
    wanted, who = await requests(firm)
    assert {type(one) for one in wanted} == {*get_args(Request), DealStageChangeRequested}
    watermark, works = firm.parts.consumer.watermark, firm.parts.asked.worker.run_due

    async def hears(records: Sequence[Received]) -> None:
        assert (await watermark.apply(records)).quarantined == 0

    async def buried() -> None:
        await firm.pool.execute("UPDATE tasks SET leased_until = NULL, due_at = now(), attempts = 0")

    before = await kept(firm)
    for one in wanted:
        await hears(firm.log.append(one.request_id, one))
        await works()
    plain, more = await come_of(firm, wanted, who), await kept(firm) - before
    answers = sum(times for said, times in plain.items() if said.startswith(ANSWERS))
    assert answers == len(wanted), plain
    tried = []

    async def course(order: Sequence[int], steps: Sequence[Step]) -> None:
        await hears(firm.log.records)  # what a course that failed left over
        wanted, who = await requests(firm)
        before, earlier = await kept(firm), len(firm.log.records)
        for n in order:
            firm.log.append(wanted[n].request_id, wanted[n])
        new = {id(record) for record in firm.log.records[earlier:]}
        shards = [[one for one in shard if id(one) in new] for shard in firm.log.by_shard()]
        await heard(shards, steps, hears, works, buried)
        while await works():
            pass
        assert await come_of(firm, wanted, who) == plain
        assert await kept(firm) - before == more
        tried.append((wanted, who))

    await survives(course, st.permutations(range(len(wanted))), steps(STATEMENTS), courses=COURSES)
    await firm.pool.execute("UPDATE watermarks SET position = 0")
    for shard in firm.log.by_shard():
        await hears(shard)
    await works()
    for wanted, who in tried:
        assert await come_of(firm, wanted, who) == plain
