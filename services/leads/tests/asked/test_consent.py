"""Who unsubscribes from a message has taken the consent back: his card says so, with source and evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from events.blind_index import BlindIndex
from events.contracts.automation import MessageBounced, MessageUnsubscribed
from events.envelope import Received, topic_of
from events.privacy import Keyring, MasterKey
from events.quarantine import Quarantine
from events.testing import Log
from events.watermark import Watermark
from leads.asked.answering import Answering
from leads.card.edits import Edits
from leads.heard.listening import CONSUMER, SOURCES, reacting
from leads_system import INDEX_KEY, MASTER_KEY, Running
from managers_work import customers_of, hire

MESSAGE = UUID(int=5)
GIVEN = {
    "purpose": "marketing",
    "channel": "email",
    "text_version": "2026-01",
    "source": "form",
    "at": "2020-01-01T09:00:00Z",
}


class Card:
    """A running service, its consumer stepped by hand, and a customer who agreed to marketing by e-mail."""

    def __init__(self, leads: Running, watermark: Watermark, customer: UUID) -> None:
        self.leads = leads
        self.watermark = watermark
        self.customer = customer
        self.log = Log()

    async def hears(self, *records: Received) -> None:
        assert (await self.watermark.apply(records)).quarantined == 0

    def unsubscribed(self, how: str = "one_click", customer: UUID | None = None) -> list[Received]:
        told: Any = {"medium": "email", "purpose": "marketing", "how": how}
        event = MessageUnsubscribed(message_id=MESSAGE, customer_id=customer or self.customer, **told)
        return list(self.log.append(uuid4(), event))

    def bounced(self, code: str, purpose: str = "marketing") -> list[Received]:
        about: Any = {"message_id": MESSAGE, "customer_id": self.customer, "medium": "email"}
        return list(self.log.append(uuid4(), MessageBounced(**about, code=code, purpose=purpose)))

    async def consents(self) -> list[tuple[str, str, bool]]:
        card = (await self.leads.call("GET", f"/customers/{self.customer}")).json()
        return [(one["purpose"], one["source"], one["given"]) for one in card["consents"]]

    async def withdrawn(self) -> int:
        found: int = await self.leads.pool.fetchval(
            "SELECT count(*) FROM events WHERE type = 'customer.consent-withdrawn.v1'"
        )
        return found


@pytest.fixture
async def card(run: Any) -> AsyncIterator[Card]:
    async with run(roles=frozenset({"api"})) as leads:
        await hire(leads, "anna")
        (made,) = await customers_of(leads, "anna", 1)
        customer = UUID(made["customer_id"])
        given = await leads.call("POST", f"/customers/{customer}/consents", json=GIVEN)
        assert given.status_code < 300, given.text
        answering = Answering(Keyring(MasterKey(MASTER_KEY)), Edits(BlindIndex(INDEX_KEY), "RU"), {"spam"})
        topics = [topic_of(source) for source in SOURCES]
        watermark = Watermark(CONSUMER, topics, leads.pool, reacting(answering.react), Quarantine(CONSUMER))
        await watermark.prepare()
        yield Card(leads, watermark, customer)


async def test_one_who_unsubscribes_has_taken_the_consent_back_with_source_and_evidence(card: Card) -> None:
    await card.hears(*card.unsubscribed())
    assert await card.consents() == [("marketing", "message_one_click", False)]
    shown = (await card.leads.call("GET", f"/customers/{card.customer}")).json()["consents"][0]
    assert f"message {MESSAGE}: unsubscribed by one_click" in shown["evidence"]
    (stored,) = await card.leads.pool.fetch("SELECT data FROM events WHERE type = 'customer.consent-withdrawn.v1'")
    assert str(MESSAGE) not in stored["data"]


async def test_what_comes_twice_is_said_once_and_nobody_is_answered(card: Card) -> None:
    records = card.unsubscribed("complaint")
    await card.hears(*records)
    await card.leads.pool.execute("UPDATE watermarks SET position = 0")
    await card.hears(*records)
    assert (await card.withdrawn(), await card.consents()) == (1, [("marketing", "message_complaint", False)])
    answered = "SELECT count(*) FROM events WHERE type = 'customer.request-answered.v1'"
    assert await card.leads.pool.fetchval(answered) == 0


@pytest.mark.parametrize(
    ("code", "purpose", "ends"),
    [("5.1.1", "marketing", True), ("5.1.1", "service", False), ("4.2.2", "marketing", False)],
)
async def test_a_letter_that_nobody_is_there_for_ends_consent_and_no_service(card: Card, code, purpose, ends) -> None:
    await card.hears(*card.bounced(code, purpose))
    expected = ("marketing", "message_bounced", False) if ends else ("marketing", "form", True)
    assert await card.consents() == [expected]


async def test_customers_nobody_knows_are_passed_over(card: Card) -> None:
    await card.hears(*card.unsubscribed(customer=uuid4()))
    assert await card.withdrawn() == 0
