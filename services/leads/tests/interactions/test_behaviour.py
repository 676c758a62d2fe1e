"""What visitors see: strangers' views wait, a form that names the visitor puts them on the card."""

import json
from typing import Any

from events.privacy import Keyring, MasterKey
from leads_system import MASTER_KEY, Running

Run = Any

VISITOR = "3f0c9a7e51d24b0c"


async def _see(leads: Running, *pages: str, visitor: str = VISITOR, at: str | None = None) -> None:
    views = [
        {"id": page, "kind": "page", "url": f"https://shop.example{page}?email=a@b.ru", **({"at": at} if at else {})}
        for page in pages
    ]
    body = {"key": "site-key", "visitor_id": visitor, "views": views}
    answer = await leads.client.post("/in/behaviour/site", json=body)
    assert answer.status_code == 202, answer.text
    await leads.settled()


async def _form(leads: Running, phone: str = "+79123456789", visitor: str = VISITOR) -> None:
    form = {"key": "form-key", "phone": phone, "visitor_id": visitor, "request_id": f"r-{phone}"}
    answer = await leads.client.post("/in/web_form/site", json=form)
    assert answer.status_code == 202, answer.text
    await leads.settled()


async def _pages(leads: Running) -> dict[str, list[str]]:
    """Pages by customer, as the events tell them, opened."""
    keyring = Keyring(MasterKey(MASTER_KEY))
    seen: dict[str, list[str]] = {}
    async with leads.pool.acquire() as connection:
        for row in await connection.fetch(
            "SELECT data FROM events WHERE type = 'behaviour.observed.v1' ORDER BY position"
        ):
            event = json.loads(row["data"])
            customer = (await connection.fetch("SELECT id FROM customers WHERE id = $1", event["customer_id"]))[0]["id"]
            key = (await keyring.read(connection, [customer]))[customer]
            views = json.loads(key.open(event["seen"]) or "")["views"]
            seen.setdefault(str(customer), []).extend(view["page"] for view in views)
            assert event["count"] == len(views)
    return seen


async def test_what_a_stranger_saw_is_on_the_card_once_a_form_names_him(run: Run) -> None:
    async with run() as leads:
        await _see(leads, "/sofas", "/sofas/nord")
        assert await _pages(leads) == {}

        await _form(leads)
        await _see(leads, "/delivery")

        (pages,) = (await _pages(leads)).values()
        assert sorted(pages[:2]) == ["shop.example/sofas", "shop.example/sofas/nord"]
        assert pages[2:] == ["shop.example/delivery"]
        assert await leads.pool.fetchval("SELECT count(*) FROM anonymous_views") == 0


async def test_views_sent_again_add_nothing(run: Run) -> None:
    async with run() as leads:
        await _see(leads, "/sofas")
        await _see(leads, "/sofas")
        await _form(leads)
        await _see(leads, "/sofas", "/delivery")
        await _see(leads, "/delivery")
        (pages,) = (await _pages(leads)).values()
        assert pages == ["shop.example/sofas", "shop.example/delivery"]


async def test_a_form_may_come_before_the_first_view(run: Run) -> None:
    async with run() as leads:
        await _form(leads)
        await _see(leads, "/thanks")
        (pages,) = (await _pages(leads)).values()
        assert pages == ["shop.example/thanks"]


async def test_who_fills_in_a_form_on_a_shared_computer_gets_what_is_seen_from_then_on(run: Run) -> None:
    async with run() as leads:
        await _see(leads, "/a")
        await _form(leads, "+79120000001")
        await _form(leads, "+79120000002")
        await _see(leads, "/b")
        assert sorted(map(tuple, (await _pages(leads)).values())) == [("shop.example/a",), ("shop.example/b",)]


async def test_a_visitor_who_sends_too_much_is_not_kept_whole(run: Run) -> None:
    async with run() as leads:
        for part in range(7):
            await _see(leads, *(f"/{part}/{n}" for n in range(100)))
        assert await leads.pool.fetchval("SELECT count(*) FROM anonymous_views") == 500
        assert await leads.pool.fetchval("SELECT views FROM visitors") == 700


async def test_what_strangers_saw_is_forgotten_after_thirty_days(run: Run) -> None:
    async with run() as leads:
        await _see(leads, "/old", visitor="an-old-visitor-00001", at="2020-01-01T00:00:00Z")
        await leads.pool.execute("UPDATE visitors SET seen_at = now() - interval '40 days'")
        await _see(leads, "/new")
        assert await leads.pool.fetchval("SELECT count(*) FROM anonymous_views") == 1
        assert await leads.pool.fetchval("SELECT count(*) FROM visitors") == 1


async def test_an_erased_customer_is_not_observed(run: Run) -> None:
    async with run() as leads:
        await _form(leads)
        await leads.pool.execute("DELETE FROM keyring")
        await _see(leads, "/still-here")
        assert await leads.pool.fetchval("SELECT count(*) FROM events WHERE type = 'behaviour.observed.v1'") == 0
