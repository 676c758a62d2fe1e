"""Documents that automation asks for: made once, or refused with the reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson
from deals_system import System
from events.contracts.automation import Cause, DocumentMakingRequested
from events.contracts.leads import CustomerErased

from .conftest import Office


async def asked(system: System, deal_id: Any, kind: str = "contract", **more: Any) -> DocumentMakingRequested:
    cause = Cause(rule="r", rule_version=1, action="a", event_id=uuid4(), event_type="deal.won.v1", depth=2)
    event = DocumentMakingRequested(request_id=uuid4(), deal_id=deal_id, kind=kind, cause=cause, **more)
    await system.hears(event.request_id, event)
    while await system.parts.asked.worker.run_due():
        pass
    return event


async def answers(system: System) -> list[dict[str, Any]]:
    rows = await system.pool.fetch(
        "SELECT data FROM events WHERE type = 'deal.request-answered.v1' ORDER BY recorded_at, position"
    )
    return [orjson.loads(row["data"]) for row in rows]


async def test_a_document_that_a_rule_asks_for_is_made_and_the_answer_names_it(office: Office) -> None:
    event = await asked(office.system, office.deal["deal_id"])
    await office.worked()

    (answer,) = await answers(office.system)
    document = await office.read({"document_id": answer["document_id"]})
    rows = await office.system.pool.fetch(
        "SELECT type, data FROM events WHERE stream_id = $1", UUID(answer["document_id"])
    )
    told = {row["type"]: orjson.loads(row["data"]) for row in rows}
    assert (answer["outcome"], answer["request_id"]) == ("done", str(event.request_id))
    assert (document["kind"], document["state"]) == ("contract", "generated")
    assert {told[type_]["cause"]["depth"] for type_ in ("document.requested.v1", "document.generated.v1")} == {2}


async def test_a_request_that_comes_again_makes_no_second_document(office: Office) -> None:
    event = await asked(office.system, office.deal["deal_id"])
    await office.system.pool.execute("UPDATE watermarks SET position = 0")
    await office.system.parts.consumer.watermark.apply(office.system.log.records)
    await office.system.hears(uuid4(), event)
    while await office.system.parts.asked.worker.run_due():
        pass

    assert len(await answers(office.system)) == 1
    assert await office.system.pool.fetchval("SELECT count(*) FROM documents") == 1


async def test_what_cannot_be_made_is_refused_with_the_reason(office: Office) -> None:
    deal_id = office.deal["deal_id"]
    await asked(office.system, uuid4())
    await asked(office.system, deal_id, "other")
    await asked(office.system, deal_id, "poem")
    await asked(office.system, deal_id, template="nothing")
    await asked(office.system, deal_id, "invoice")
    customer = UUID(office.deal["customer_id"])
    await office.system.hears(customer, CustomerErased(customer_id=customer))
    await asked(office.system, deal_id)

    told = [(answer["outcome"], answer["code"]) for answer in await answers(office.system)]
    assert told == [
        ("refused", "no_deal"),
        *[("refused", "bad_document")] * 4,
        ("refused", "no_key"),
    ]
    assert await office.system.pool.fetchval("SELECT count(*) FROM documents") == 0
