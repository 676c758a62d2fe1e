"""What customers and providers do with messages: open, follow links, unsubscribe, report; each is told once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest
from automation.messages.outcomes import settle_reports
from automation.messages.tracking import Tracking
from automation.tasks.following import follow
from automation_service import serving
from automation_world import Leads, Story, World, world
from events.contracts.automation import MessageRequested, MessageSent, MessageUnconfirmed
from events.contracts.leads.deliveries import DeliveryReported
from events.links import Links
from events.store import Append, Cause
from events.testing import Log
from outbox import by_email, run, sending, worker
from post import Post
from pydantic import SecretBytes

KEY = b"k" * 32
BASE = "https://daisy.test"
ALL = (
    "message.delivered.v1",
    "message.opened.v1",
    "message.clicked.v1",
    "message.bounced.v1",
    "message.unsubscribed.v1",
)
OFFER = "https://daisy.test/q/first?a=1&b=2"


@dataclass
class Mailed:
    """A customer who was sent a quote, and the service that his clicks come to."""

    client: httpx2.AsyncClient
    automation: World
    letter: Any

    @property
    def html(self) -> str:
        return str(self.letter.get_body(("html",)).get_content())

    @property
    def text(self) -> str:
        return str(self.letter.get_body(("plain",)).get_content())

    def address(self, page: str) -> str:
        """The path of a link of ours in the letter."""
        start = self.html.index(f"{BASE}/public/{page}/") + len(BASE)
        return self.html[start : self.html.index('"', start)]

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        rows = await self.automation.appended(*ALL)
        return [(row["type"], orjson.loads(row["data"])) for row in rows]

    async def long_ago(self) -> None:
        """The letter was sent a while ago: only the superuser of a test can change a log."""
        await self.automation.pool.execute(
            "SET session_replication_role = replica; UPDATE events SET occurred_at = now() - interval '1 hour';"
            " SET session_replication_role = DEFAULT"
        )


@pytest.fixture
async def mailed(new_database: Any, httpserver: Any, post: Post) -> AsyncIterator[Mailed]:
    dsn = await new_database("automation")
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads().answer)
    given = {"link_keys": (SecretBytes(KEY),), "leads_url": httpserver.url_for("").rstrip("/"), "public_url": BASE}
    async with (
        serving(dsn, base_url=BASE, language="en", **given) as service,
        world(dsn, others=(follow, settle_reports)) as automation,
    ):
        story = Story()
        story.registered("anna", "anna@example.com", called="Anna")
        story.quote_sent("anna", OFFER)
        await automation.deliver(story.records)
        await automation.settle()
        tracking = Tracking(automation.pool, Links([SecretBytes(KEY)]), BASE)
        now = lambda: datetime.now(UTC)  # noqa: E731
        await run(automation, worker(automation, sending(automation, by_email(post), tracking=tracking, now=now)))
        (letter,) = post.letters
        yield Mailed(service.client, automation, letter)


async def test_a_letter_tells_no_address_but_ours_and_a_click_leads_to_it(mailed: Mailed) -> None:
    assert OFFER not in mailed.text
    assert OFFER not in mailed.html
    await mailed.long_ago()

    for _ in range(3):
        answer = await mailed.client.get(mailed.address("links"))
        assert (answer.status_code, answer.headers["location"]) == (302, OFFER)

    ((type_, told),) = await mailed.told()
    assert (type_, told["link"], told["medium"]) == ("message.clicked.v1", "1", "email")
    assert "by_machine" not in told
    await mailed.automation.settle()
    assert await mailed.automation.pool.fetchval("SELECT clicked_at IS NOT NULL FROM messages")


async def test_where_a_link_leads_to_is_kept_sealed_and_goes_with_the_customer(mailed: Mailed) -> None:
    kept = await mailed.automation.pool.fetchval("SELECT address FROM message_links")
    assert "daisy" not in kept
    story = Story()
    story.registered("anna")
    await mailed.automation.deliver(story.erased("anna"))
    assert await mailed.automation.pool.fetchval("SELECT count(*) FROM message_links") == 0
    assert (await mailed.client.get(mailed.address("links"))).status_code == 404


async def test_the_picture_tells_that_a_letter_was_opened_once(mailed: Mailed) -> None:
    await mailed.long_ago()
    for _ in range(2):
        picture = await mailed.client.get(mailed.address("opened"))
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/gif")
        assert picture.content.startswith(b"GIF89a")
    assert [type_ for type_, _ in await mailed.told()] == ["message.opened.v1"]


async def test_what_comes_sooner_than_a_person_could_or_as_a_prefetch_is_a_machines(mailed: Mailed) -> None:
    await mailed.client.get(mailed.address("links"))
    await mailed.long_ago()
    await mailed.client.get(mailed.address("opened"), headers={"Sec-Purpose": "prefetch"})
    await mailed.automation.settle()

    assert {told["by_machine"] for _, told in await mailed.told()} == {True}
    row = await mailed.automation.pool.fetchrow("SELECT opened_at, clicked_at FROM messages")
    assert tuple(row) == (None, None)
    await mailed.client.get(mailed.address("links"))
    assert len(await mailed.told()) == 3, "the person comes after the machine, and is told too"


@pytest.mark.parametrize("page", ["opened", "links", "unsubscribe"])
@pytest.mark.parametrize("token", ["x", "W10.x", "A" * 512])
async def test_what_is_no_link_of_ours_opens_nothing(mailed: Mailed, page: str, token: str) -> None:
    assert (await mailed.client.get(f"/public/{page}/{token}")).status_code == 404
    other = mailed.address("opened").rpartition("/")[2]
    if page != "opened":
        assert (await mailed.client.get(f"/public/{page}/{other}")).status_code == 404, "a token is for one purpose"
    assert await mailed.told() == []


async def test_unsubscribing_takes_a_click_of_a_person_or_the_one_click_of_the_mail_program(mailed: Mailed) -> None:
    tracking = Tracking(mailed.automation.pool, Links([SecretBytes(KEY)]), BASE)
    message_id = UUID(mailed.letter["X-Voronka-Message"])
    written_at = mailed.letter["Date"].datetime
    address = tracking._address("message-unsubscribe", str(message_id), written_at, "unsubscribe")
    assert address is not None
    page = await mailed.client.get(address)
    assert '<form method="post"><button>Unsubscribe</button></form>' in page.text
    assert await mailed.told() == [], "looking is not asking"

    one_click = {"content-type": "application/x-www-form-urlencoded"}
    answer = await mailed.client.post(address, content=b"List-Unsubscribe=One-Click", headers=one_click)
    again = await mailed.client.post(address)

    assert (answer.status_code, again.status_code) == (200, 200)
    ((_, told),) = await mailed.told()
    assert (told["how"], told["purpose"], told["medium"]) == ("one_click", "service", "email")
    await mailed.automation.settle()
    words = await mailed.automation.pool.fetchrow("SELECT purpose, channel, given FROM consents")
    assert tuple(words) == ("service", "email", False)


REPORTS = {
    "delivered": ["message.delivered.v1"],
    "read": ["message.delivered.v1", "message.opened.v1"],
    "clicked": ["message.clicked.v1"],
    "bounced": ["message.bounced.v1"],
    "complained": ["message.unsubscribed.v1"],
    "unsubscribed": ["message.unsubscribed.v1"],
    "accepted": [],
    "deferred": [],
}
MESSAGE, ANNA, DELIVERY = UUID(int=71), UUID(int=72), UUID(int=73)


@pytest.mark.parametrize("state", REPORTS)
async def test_a_report_on_a_letter_becomes_what_it_means_once(new_database: Any, state: str) -> None:
    async with world(await new_database("automation"), others=(follow, settle_reports)) as automation:
        await requested(automation, "email")
        log = Log()
        for number in range(2):
            log.append(DELIVERY, report(state, message_id=MESSAGE, intake="mailgun"))
            log.append(UUID(int=80 + number), report(state, message_id=MESSAGE, delivery_id=UUID(int=80 + number)))
        await automation.deliver(log.records)
        await automation.settle()
        assert [row["type"] for row in await automation.appended(*ALL)] == REPORTS[state]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_reports_that_only_the_provider_has_a_name_for_find_their_message(new_database: Any, order: Any) -> None:
    async with world(await new_database("automation"), others=(follow, settle_reports)) as automation:
        await requested(automation, "whatsapp")
        log = Log()
        first = log.append(DELIVERY, report("delivered"))
        second = log.append(DELIVERY, report("read"))
        steps = [lambda: automation.deliver(first), lambda: automation.deliver(second), lambda: sent(automation)]
        for step in sorted(order, key=lambda n: (n == 1 and order.index(0) > order.index(1), order.index(n))):
            await steps[step]()
        await automation.settle()
        told = [row["type"] for row in await automation.appended(*ALL)]
        assert told == ["message.delivered.v1", "message.opened.v1"]


@pytest.mark.parametrize("is_told_first", [False, True])
async def test_a_message_of_which_no_answer_came_was_sent_once_its_provider_reports_it(
    new_database: Any, is_told_first: bool
) -> None:
    lost = MessageUnconfirmed(
        message_id=MESSAGE, customer_id=ANNA, medium="whatsapp", template="quote", handed_over_at=datetime.now(UTC)
    )
    async with world(await new_database("automation"), others=(follow, settle_reports)) as automation:
        await requested(automation, "whatsapp")
        for is_report in (is_told_first, not is_told_first):
            if is_report:
                await automation.deliver(Log().append(DELIVERY, report("delivered", message_id=MESSAGE)))
            else:
                await automation.store.commit(Append(MESSAGE, 1, [lost], Cause("test", MESSAGE), datetime.now(UTC)))
            await automation.settle()
        assert await automation.pool.fetchval("SELECT state FROM messages") == "sent"
        assert len(await automation.appended(*ALL)) == 1


async def test_reports_on_messages_of_others_mean_nothing(new_database: Any) -> None:
    async with world(await new_database("automation"), others=(follow, settle_reports)) as automation:
        await automation.deliver(Log().append(DELIVERY, report("bounced", message_id=UUID(int=99))))
        assert await automation.appended(*ALL) == []


def report(state: str, **more: Any) -> DeliveryReported:
    fields = {"delivery_id": DELIVERY, "intake": "whatsapp", "source": "main", "state": state, **more}
    return DeliveryReported.model_validate(fields)


async def requested(automation: World, medium: str) -> None:
    event = MessageRequested(message_id=MESSAGE, customer_id=ANNA, medium=medium, template="quote")
    at = datetime.now(UTC) - timedelta(hours=1)
    await automation.store.commit(Append(MESSAGE, 0, [event], Cause("test", MESSAGE), at))


async def sent(automation: World) -> None:
    event = MessageSent(message_id=MESSAGE, customer_id=ANNA, medium="whatsapp", template="quote", delivery_id=DELIVERY)
    await automation.store.commit(Append(MESSAGE, 1, [event], Cause("test", MESSAGE), datetime.now(UTC)))
    await automation.settle()
