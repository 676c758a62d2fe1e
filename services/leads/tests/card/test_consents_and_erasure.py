"""What the tables have of consents and of erased members, by whatever way it came."""

from typing import Any
from uuid import UUID, uuid4

from events.contracts.leads import CustomerErased
from events.testing import received
from leads.card.erasure import forget
from leads_system import Running

Run = Any
YES = {"purpose": "marketing", "channel": "email", "text_version": "1", "source": "form"}
NO = {"purpose": "marketing", "source": "phone call"}


async def card_of(leads: Running, phone: str) -> str:
    body = {"name": "Анна", "phones": [phone]}
    answer = await leads.call("POST", "/leads", json=body, headers={"idempotency-key": str(uuid4())})
    return answer.json()["customer_id"]  # type: ignore[no-any-return]


async def selected(leads: Running, op: str, **asked: Any) -> set[str]:
    value = {"purpose": "marketing", "channel": "email", **asked}
    criteria = {"field": "consent", "op": op, "value": value}
    answer = await leads.call("POST", "/lists/preview", json={"criteria": criteria})
    assert answer.status_code == 200, answer.text
    return {card["customer_id"] for card in answer.json()["customers"]}


async def erase(leads: Running, customer_id: str) -> None:
    """The key is deleted, and the service hears that it was."""
    await leads.pool.execute("DELETE FROM keyring WHERE customer_id = $1", UUID(customer_id))
    erased = CustomerErased(customer_id=UUID(customer_id))
    async with leads.pool.acquire() as connection, connection.transaction():
        await forget(connection, [received(erased, UUID(customer_id), 1, version=99)])


async def test_lists_select_by_the_latest_word_now_and_as_of_a_moment(run: Run) -> None:
    async with run() as leads:
        anna, boris = await card_of(leads, "+79123456789"), await card_of(leads, "+79123456780")
        for customer in (anna, boris):
            await leads.call("POST", f"/customers/{customer}/consents", json={**YES, "at": "2026-01-01T00:00:00Z"})
        withdrawn = {**NO, "at": "2026-02-01T00:00:00Z"}
        answer = await leads.call("POST", f"/customers/{boris}/consents/withdraw", json=withdrawn)
        assert answer.status_code == 200, answer.text
        assert await selected(leads, "given") == {anna}
        assert await selected(leads, "withdrawn") == {boris}
        assert await selected(leads, "given", as_of="2026-01-15T00:00:00Z") == {anna, boris}
        assert await selected(leads, "given", as_of="2025-01-01T00:00:00Z") == set()


async def test_consents_are_read_by_purpose_and_channel_as_of_a_moment(run: Run) -> None:
    async with run() as leads:
        anna = await card_of(leads, "+79123456789")
        path = f"/customers/{anna}/consents"
        await leads.call("POST", path, json={**YES, "at": "2026-01-01T00:00:00Z"})
        await leads.call("POST", f"{path}/withdraw", json={**NO, "at": "2026-02-01T00:00:00Z"})
        now = (await leads.call("GET", path, params={"purpose": "marketing", "channel": "email"})).json()
        assert (now["given"], now["at"]) == (False, "2026-02-01T00:00:00Z")
        asked = {"purpose": "marketing", "channel": "email", "as_of": "2026-01-15T00:00:00Z"}
        assert (await leads.call("GET", path, params=asked)).json()["given"] is True
        never = (await leads.call("GET", path, params={"purpose": "analytics"})).json()
        assert (never["given"], never["at"]) == (None, None)


async def test_the_tables_forget_what_the_erased_member_of_a_card_said_and_keep_the_others(run: Run) -> None:
    async with run() as leads:
        anna, anya = await card_of(leads, "+79123456789"), await card_of(leads, "+79123456780")
        for customer, tag in ((anna, "vip"), (anya, "fair")):
            await leads.call("POST", f"/customers/{customer}/tags", json={"add": [tag]})
        await leads.call("PUT", f"/customers/{anya}/black-list", json={"reason": "Rude"})
        await leads.call("POST", f"/customers/{anna}/consents", json={**YES, "at": "2026-01-01T00:00:00Z"})
        await leads.call("POST", f"/customers/{anya}/consents/withdraw", json={**NO, "at": "2026-02-01T00:00:00Z"})
        await leads.call("POST", f"/customers/{anna}/merge", json={"customer_ids": [anya]})
        await erase(leads, anya)
        assert [row["tag"] for row in await leads.pool.fetch("SELECT tag FROM card_tags")] == ["vip"]
        assert await leads.pool.fetchval("SELECT is_blacklisted($1)", UUID(anna)) is False
        assert await selected(leads, "given") == set(), "a refusal outlives its member"
        card = (await leads.call("GET", f"/customers/{anna}")).json()
        assert (card["name"], card["phones"], card["erased"]) == ("Анна", ["+79123456789"], False)
        assert [one["erased"] for one in card["merged"]] == [True]
