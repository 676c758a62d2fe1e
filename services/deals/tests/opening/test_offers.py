"""Rules and offers by HTTP, and what the reaction to leads makes of them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

from deals_system import System
from events.contracts.leads import LeadCaptured, LeadQualified, Touch

OFFER_ALL = {"name": "all are offered", "action": "offer", "stage": "first_contact"}


async def ruled(system: System, *rules: dict[str, Any]) -> None:
    answer = await system.callers["head"].put("/opening-rules", {"rules": list(rules)})
    assert answer.status_code == 200, answer.text


async def types_of(system: System) -> list[str]:
    rows = await system.pool.fetch("SELECT type FROM events WHERE type LIKE 'deal.%' ORDER BY recorded_at, type")
    return [row["type"] for row in rows]


async def test_rules_are_saved_version_by_version(system: System) -> None:
    head = system.callers["head"]
    assert (await system.manager.get("/opening-rules")).json() == {"version": 0, "rules": []}
    await ruled(system, OFFER_ALL)
    same = await head.put("/opening-rules", {"rules": [OFFER_ALL]}, if_match='"1"')
    stale = await head.put("/opening-rules", {"rules": []}, if_match='"0"')
    wrong = await head.put("/opening-rules", {"rules": [{**OFFER_ALL, "stage": "won"}]})
    assert (same.json()["version"], same.headers["etag"], stale.status_code) == (1, '"1"', 412)
    assert (wrong.status_code, wrong.json()["hint"]) == (422, "rule: unknown_stage")
    assert (await system.manager.put("/opening-rules", {"rules": []})).status_code == 403


async def test_an_offer_is_accepted_and_becomes_the_leads_deal(system: System) -> None:
    await ruled(system, OFFER_ALL)
    lead, customer = await system.qualified(direction="east", manager_id=None)
    assert (await system.manager.get("/deals")).json()["deals"] == []
    (offer,) = (await system.manager.get("/deal-offers", state="open")).json()["offers"]
    assert (offer["lead_id"], offer["customer_id"], offer["rule"]) == (str(lead), str(customer), "all are offered")
    path = f"/deal-offers/{offer['offer_id']}"
    accepted = await system.manager.post(f"{path}/accept", {"manager_id": "clara"})
    again = await system.manager.post(f"{path}/accept")
    declined = await system.manager.post(f"{path}/decline")
    deal = accepted.json()
    assert (accepted.status_code, again.json()["deal_id"]) == (200, deal["deal_id"])
    assert (deal["stage"], deal["direction"], deal["manager_id"]) == ("first_contact", "east", "clara")
    assert (declined.status_code, declined.json()["hint"]) == (409, "rule: offer_accepted")
    assert (await system.manager.get("/deal-offers", state="open")).json()["offers"] == []
    assert sorted(await types_of(system)) == ["deal.offer-accepted.v1", "deal.offered.v1", "deal.opened.v1"]


async def test_ten_who_accept_at_once_open_one_deal(system: System) -> None:
    await ruled(system, OFFER_ALL)
    await system.qualified()
    (offer,) = (await system.manager.get("/deal-offers")).json()["offers"]
    path = f"/deal-offers/{offer['offer_id']}/accept"
    answers = await asyncio.gather(*(system.manager.post(path) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["deal_id"] for answer in answers}) == 1
    assert (await types_of(system)).count("deal.offer-accepted.v1") == 1


async def test_a_declined_offer_says_why_and_makes_no_deal(system: System) -> None:
    await ruled(system, OFFER_ALL)
    _, customer = await system.qualified()
    (offer,) = (await system.manager.get("/deal-offers")).json()["offers"]
    path = f"/deal-offers/{offer['offer_id']}"
    declined = await system.manager.post(f"{path}/decline", {"comment": "Не наш клиент"})
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    refused = await system.manager.post(f"{path}/accept")
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: offer_declined")
    sealed = await system.pool.fetchval(
        "SELECT data::jsonb->>'comment' FROM events WHERE type = 'deal.offer-declined.v1'"
    )
    assert system.leads.key(customer).open(sealed) == "Не наш клиент"


async def test_a_lead_that_a_deal_was_opened_for_by_hand_waits_for_nobody(system: System) -> None:
    await ruled(system, OFFER_ALL)
    lead, _ = await system.qualified()
    deal = (await system.manager.post("/deals", {"lead_id": str(lead)})).json()
    assert (await system.manager.get("/deal-offers", state="open")).json()["offers"] == []
    (offer,) = (await system.manager.get("/deal-offers")).json()["offers"]
    accepted = await system.manager.post(f"/deal-offers/{offer['offer_id']}/accept")
    assert accepted.json()["deal_id"] == deal["deal_id"]


async def test_rules_look_at_the_source_of_the_first_request_and_the_temperature(system: System) -> None:
    await ruled(
        system,
        {"name": "fairs", "sources": ["fair"], "action": "nothing"},
        {"name": "cold", "temperatures": ["cold"], "action": "offer"},
    )
    fair, cold, hot = uuid4(), uuid4(), uuid4()
    for lead, source, temperature in ((fair, "fair", "hot"), (cold, "site", "cold"), (hot, "site", "hot")):
        customer = system.leads.customer()
        touch = Touch(touch_id=uuid4(), channel="site", intake="tilda", source=source, kind="form")
        qualified = LeadQualified.model_validate({"lead_id": lead, "customer_id": customer, "temperature": temperature})
        await system.hears(lead, LeadCaptured(lead_id=lead, customer_id=customer, touch=touch), qualified)
    offers = (await system.manager.get("/deal-offers")).json()["offers"]
    deals = (await system.manager.get("/deals")).json()["deals"]
    assert ([offer["lead_id"] for offer in offers], [deal["lead_id"] for deal in deals]) == ([str(cold)], [str(hot)])


async def test_what_a_rule_would_open_in_a_pipeline_that_was_retired_since_is_offered(system: System) -> None:
    await ruled(system, {"name": "all", "action": "open"})
    await system.callers["head"].post("/pipelines/default/retire")
    lead, _ = await system.qualified()
    (offer,) = (await system.manager.get("/deal-offers", state="open")).json()["offers"]
    assert offer["lead_id"] == str(lead)
    refused = await system.manager.post(f"/deal-offers/{offer['offer_id']}/accept")
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: pipeline_retired")
    (still,) = (await system.manager.get("/deal-offers", state="open")).json()["offers"]
    assert still == offer


async def test_redelivery_offers_nothing_again(system: System) -> None:
    await ruled(system, OFFER_ALL)
    await system.qualified()
    await system.pool.execute("UPDATE watermarks SET position = 0")
    await system.parts.consumer.watermark.apply(system.log.records)
    assert await types_of(system) == ["deal.offered.v1"]


async def test_an_offer_of_another_line_of_business_is_not_there(system: System) -> None:
    await ruled(system, OFFER_ALL)
    await system.qualified(direction="west")
    east = system.callers["east"]
    assert (await east.get("/deal-offers")).json()["offers"] == []
    (offer,) = (await system.manager.get("/deal-offers")).json()["offers"]
    assert (await east.post(f"/deal-offers/{offer['offer_id']}/accept")).status_code == 404


async def test_nothing_is_accepted_for_an_erased_customer(system: System) -> None:
    await ruled(system, OFFER_ALL)
    _, customer = await system.qualified()
    (offer,) = (await system.manager.get("/deal-offers")).json()["offers"]
    await system.erased(UUID(str(customer)))
    refused = await system.manager.post(f"/deal-offers/{offer['offer_id']}/accept")
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: no_key")
