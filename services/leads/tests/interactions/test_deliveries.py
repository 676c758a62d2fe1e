"""What providers tell of messages to people: each report once, in any order, also of messages that nobody knows."""

import hmac
from itertools import permutations
from typing import Any
from uuid import UUID

import orjson
import pytest
from events.contracts.automation import MessageSent
from events.testing import received
from leads.heard.listening import apply
from leads.interactions.reading import interactions_of
from leads_system import Running

LETTER, SHOP = UUID(int=7), "shop.example"
WAMID = "wamid.HBgLNzkxMjM0NTY3ODkVAgARGBI"


@pytest.fixture
async def leads(run: Any) -> Any:
    async with run() as running:
        options = {"options": {"verify_token": "vt"}, "secrets": ["app-secret-1"]}
        assert (await running.call("PUT", "/sources/whatsapp/main", json=options)).status_code == 200
        made = await running.call("PUT", "/sources/mailgun/letters", json={"secrets": ["signing-key"]})
        assert made.status_code == 200
        yield running


async def customer(leads: Running) -> str:
    lead = {"phones": ["+79123456789"], "emails": ["anna@example.com"]}
    made = await leads.call("POST", "/leads", json=lead, role="integration")
    return str(made.json()["customer_id"])


async def statuses(leads: Running, *told: str, at: int = 1_777_636_800, **more: str) -> None:
    """WhatsApp tells these states of one message in one notice, a second apart."""
    sent = [
        {"id": WAMID, "status": state, "timestamp": str(at + n), "recipient_id": "79123456789", **more}
        for n, state in enumerate(told)
    ]
    value = {"messaging_product": "whatsapp", "metadata": {}, "statuses": sent}
    notice = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}
    body = orjson.dumps(notice)
    signature = "sha256=" + hmac.digest(b"app-secret-1", body, "sha256").hex()
    answer = await leads.client.post("/in/whatsapp/main", content=body, headers={"x-hub-signature-256": signature})
    assert answer.status_code == 200
    await leads.settled()


async def mailgun(leads: Running, event: str, number: int, message: str, to: str, **more: Any) -> None:
    token, at = "t" * 50, int(await leads.pool.fetchval("SELECT extract(epoch FROM now())"))
    signature = hmac.digest(b"signing-key", f"{at}{token}".encode(), "sha256").hex()
    told = {"event": event, "id": f"event-{number}", "timestamp": at + number / 10, "recipient": to, **more}
    body = {
        "signature": {"timestamp": str(at), "token": token, "signature": signature},
        "event-data": told | {"message": {"headers": {"message-id": message}}},
    }
    answer = await leads.client.post("/in/mailgun/letters", json=body)
    assert answer.status_code == 200, answer.text
    await leads.settled()


async def deliveries(leads: Running, **query: str) -> list[dict[str, Any]]:
    found = await leads.call("GET", "/deliveries", params=query)
    assert found.status_code == 200, found.text
    listed: list[dict[str, Any]] = found.json()["deliveries"]
    return listed


async def told(leads: Running) -> list[str]:
    rows = await leads.pool.fetch(
        "SELECT data ->> 'state' AS state FROM events WHERE type = 'delivery.reported.v1' ORDER BY occurred_at"
    )
    return [row["state"] for row in rows]


@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])), ids="-".join)
async def test_a_message_gets_as_far_as_was_told_whatever_came_first_and_how_often(
    leads: Running, order: tuple[str, ...]
) -> None:
    anna = await customer(leads)
    for state in order:
        await statuses(leads, state, at=1_777_636_800 + ["sent", "delivered", "read"].index(state))
    await statuses(leads, "sent", "delivered", "read")

    assert await told(leads) == ["sent", "delivered", "read"]
    (line,) = await deliveries(leads, customer_id=anna)
    assert (line["state"], line["intake"], line["customer_id"]) == ("read", "whatsapp", anna)
    assert WAMID not in str(await leads.pool.fetch("SELECT data FROM events")), "the id holds the phone number"


async def test_a_letter_of_ours_is_known_by_its_id_and_says_so_on_the_card(leads: Running) -> None:
    anna = UUID(await customer(leads))
    sent = MessageSent(message_id=LETTER, customer_id=anna, medium="email", template="welcome")
    async with leads.pool.acquire() as connection, connection.transaction():
        await apply(connection, [received(sent, LETTER, 1, version=1)])

    await mailgun(leads, "delivered", 1, f"{LETTER}@{SHOP}", "other@example.com")
    await mailgun(leads, "opened", 2, f"{LETTER}@{SHOP}", "other@example.com")
    await mailgun(leads, "opened", 3, f"{LETTER}@{SHOP}", "other@example.com")
    await mailgun(leads, "opened", 3, f"{LETTER}@{SHOP}", "other@example.com")

    assert await told(leads) == ["delivered", "opened", "opened"]
    (line,) = await deliveries(leads, message_id=str(LETTER))
    assert (line["state"], line["customer_id"]) == ("opened", str(anna))
    async with leads.pool.acquire() as connection:
        states = [one.state for one in await interactions_of(connection, [anna], 10) if one.interaction_id == LETTER]
    assert states == ["opened"]

    await mailgun(leads, "complained", 4, f"{LETTER}@{SHOP}", "other@example.com")
    async with leads.pool.acquire() as connection:
        states = [one.state for one in await interactions_of(connection, [anna], 10) if one.interaction_id == LETTER]
    assert states == ["complained"]


async def test_a_message_in_whatsapp_of_which_no_answer_came_is_known_by_what_we_called_it(leads: Running) -> None:
    await statuses(leads, "delivered", biz_opaque_callback_data=str(LETTER))
    (line,) = await deliveries(leads, message_id=str(LETTER))
    assert (line["intake"], line["state"]) == ("whatsapp", "delivered")


async def test_a_message_that_nobody_knows_is_kept_for_those_who_see_everything(run: Any, leads: Running) -> None:
    failed = {"severity": "permanent", "reason": "bounce"}
    await mailgun(leads, "failed", 1, f"somebody-elses@{SHOP}", "stranger@example.com", **failed)

    (line,) = await deliveries(leads, state="bounced")
    assert (line["customer_id"], line["message_id"], line["reason"]) == (None, None, "bounce")
    assert "stranger" not in str(await leads.pool.fetch("SELECT data FROM events"))
    assert (await leads.pool.fetchval("SELECT count(*) FROM intake WHERE state = 'quarantined'")) == 0
