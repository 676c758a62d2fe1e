"""Whose a notification is that no customer's payment came of: found for export and erasure, and not kept for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from deals.payments.owners import AGAIN, TERM
from deals.privacy.stores import KEPT
from deals_system import System
from events import personal
from everything_stored import Canaries, dump
from pytest_httpserver import HTTPServer
from voronka import payment_samples
from voronka.payment_samples import Paid
from voronka.samples import Delivery
from werkzeug import Request, Response

EMAIL, PHONE = "zharptitsa@canary-one.example", "+79161234599"
NAME = "Жарптица Канарейкина"
REACHED = {"Email": EMAIL, "Phone": PHONE}
CANARIES = Canaries((EMAIL, NAME), PHONE)


@pytest.fixture
def named(httpserver: HTTPServer) -> dict[str, UUID]:
    """Whose contacts, and whose full name, leads knows."""
    known: dict[str, UUID] = {}

    def answer(request: Request) -> Response:
        text = orjson.loads(request.data)["text"]
        found = [str(customer) for contact, customer in known.items() if contact != NAME and contact in text]
        alike = [str(known[NAME])] if NAME in known and NAME in text and not found else []
        return Response(orjson.dumps({"customer_ids": found, "namesake_ids": alike}), content_type="application/json")

    httpserver.expect_request("/personal-data/named", method="POST").respond_with_handler(answer)
    return known


def paid_by_somebody(number: str = "D-999999", payment: int = 1, payer: dict[str, str] = REACHED) -> Delivery:
    """As T-Bank tells it; ``DATA`` takes no part in its token."""
    signed = payment_samples.tbank(Paid(number, Decimal(70)), payment, password="terminal-password")
    return Delivery(signed.headers, orjson.dumps(orjson.loads(signed.body) | {"DATA": payer}))


def forged(delivery: Delivery) -> Delivery:
    """What its signature does not prove waits for people."""
    return Delivery(delivery.headers, delivery.body.replace(b"7000", b"9000"))


async def looked(system: System, after: timedelta = timedelta(0)) -> None:
    """The background part looks, so long after now."""
    now = datetime.now(UTC) + after
    owners = type(system.parts.payments.owners)(system.pool, system.parts.payments.owners.leads, lambda: now)
    while await owners.look():
        pass


async def matched(system: System, number: str) -> None:
    """The newest payment of nobody is a deal's."""
    finance = system.callers["finance"]
    payment, *_ = (await finance.get("/payments", state="unmatched")).json()["payments"]
    answer = await finance.post(f"/payments/{payment['payment_id']}/match", {"deal_number": number})
    assert answer.status_code == 200, answer.text


async def shown(system: System) -> set[str]:
    async with system.pool.acquire() as connection:
        return {name for name, text in (await dump(connection)).items() if CANARIES.found_in(text)}  # type: ignore[arg-type]


async def exported(system: System, customer: UUID, table: str = "intake") -> list[Any]:
    async with system.pool.acquire() as connection:
        return (await personal.rows(connection, KEPT, [customer]))[table]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["unmatched", "quarantined"])
async def test_what_names_a_customer_is_exported_and_erased_though_nobody_matched_it(
    system: System, named: dict[str, UUID], kind: str
) -> None:
    named[EMAIL] = customer = system.leads.customer()
    delivery = paid_by_somebody()
    await system.delivered("tbank", forged(delivery) if kind == "quarantined" else delivery)
    (row,) = await system.understood()
    assert row["state"] == ("done" if kind == "unmatched" else "quarantined")
    await looked(system)
    (found,) = await exported(system, customer)
    assert EMAIL in found["body"]
    assert await shown(system) == {"public.intake"}

    await system.erased(customer)
    assert await shown(system) == set()


async def test_whose_full_name_alone_stands_there_is_told_of_it_and_his_erasure_leaves_what_waits_for_people(
    system: System, named: dict[str, UUID]
) -> None:
    named[NAME] = customer = system.leads.customer()
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    of_another, unmatched, quarantined = (
        paid_by_somebody(number, n, {"Name": NAME})
        for n, number in enumerate((deal["number"], "D-999999", "D-999999"), start=1)
    )
    for delivery in (of_another, unmatched, forged(quarantined)):
        await system.delivered("tbank", delivery)
    rows = await system.understood()
    assert [row["state"] for row in rows] == ["done", "done", "quarantined"]
    await looked(system)
    assert await exported(system, customer) == [], "it may be a namesake's"
    noted = await exported(system, customer, "notification_namesakes")
    assert {row["request_id"] for row in noted} == {str(row["id"]) for row in rows[1:]}
    await system.delivered("tbank", paid_by_somebody(payment=4, payer={"Name": NAME}))
    await system.understood()
    await looked(system)
    await matched(system, deal["number"])

    await system.erased(customer)
    assert [NAME in row["body"].decode() for row in await system.understood()] == [True, False, True, True]
    del named[NAME]
    await looked(system, AGAIN)
    (left,) = await exported(system, customer, "notification_namesakes")
    assert left["request_id"] == str(rows[2]["id"])
    await system.pool.execute("UPDATE intake SET state = 'discarded' WHERE id = $1", rows[2]["id"])
    await looked(system, 2 * AGAIN)
    assert [NAME in row["body"].decode() for row in await system.understood()] == [True, False, False, True]
    assert await exported(system, customer, "notification_namesakes") == []


async def test_who_becomes_a_customer_later_is_found_the_next_day(system: System, named: dict[str, UUID]) -> None:
    await system.delivered("tbank", paid_by_somebody())
    await system.understood()
    await looked(system)
    named[EMAIL] = customer = system.leads.customer()
    await looked(system)
    assert await exported(system, customer) == []
    await looked(system, AGAIN)
    assert len(await exported(system, customer)) == 1


@pytest.mark.parametrize("when", ["comes", "is matched"])
async def test_a_notification_that_comes_or_is_matched_after_the_erasure_is_emptied(
    system: System, named: dict[str, UUID], when: str
) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    await system.delivered("tbank", paid_by_somebody(deal["number"] if when == "comes" else "D-999999"))
    if when == "is matched":
        await system.understood()
        await looked(system)
    await system.erased(UUID(deal["customer_id"]))
    await system.understood()
    if when == "is matched":
        await matched(system, deal["number"])
    assert await shown(system) == {"public.intake"}
    await looked(system, AGAIN)
    assert await shown(system) == set()


async def test_what_is_nobodys_is_emptied_after_its_term_and_what_is_a_customers_stays(
    system: System, named: dict[str, UUID]
) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    await system.delivered("tbank", paid_by_somebody(deal["number"], 2))
    await system.delivered("tbank", paid_by_somebody())
    await system.understood()
    await looked(system, TERM)
    rows = await system.understood()
    assert [CANARIES.found_in(row["body"].decode()) != [] for row in rows] == [True, False]
    assert [row["state"] for row in rows] == ["done", "done"]


async def test_while_leads_is_away_nothing_is_taken_for_nobodys(system: System, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/personal-data/named", method="POST").respond_with_data(status=503)
    await system.delivered("tbank", paid_by_somebody())
    await system.understood()
    assert await system.parts.payments.owners.look() == 0
    assert await system.pool.fetchval("SELECT count(*) FROM notification_owners") == 0
