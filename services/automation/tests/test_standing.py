"""Who may be written to, and when: the black list, consent, quiet hours, caps, order, the pace of providers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.actions.effect import Known
from automation.messages.pace import Pace
from automation.messages.quiet import QuietHours
from automation.messages.standing import Standing
from automation.messages.tracking import Tracking
from automation.rules.check import parse
from automation.rules.rule import Rules
from automation_world import Story, World, world
from events.contracts.automation import MessageUnsubscribed
from events.contracts.leads import (
    CustomerBlacklisted,
    CustomerBlacklistLifted,
    CustomerConsentGiven,
    CustomerConsentWithdrawn,
    CustomerContactPreferred,
    CustomerContactRemoved,
)
from events.contracts.leads.identity import CustomerMerged, CustomerSplit
from events.links import Links
from events.tasks import PutOff
from outbox import MOSCOW, by_email, pass_time, run, sending, waiting, worker
from post import Post
from pydantic import SecretBytes

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINKED = {"links": Links([SecretBytes(b"k" * 32)]), "public_url": "https://daisy.test"}


def rules(**action: Any) -> Rules:
    said = {"do": "send_email", "id": "letter", "template": "welcome", **action}
    title = {"ru": "П", "en": "P"}
    item = {"id": "offer", "version": 1, "title": title, "trigger": "lead.touched.v1", "actions": [said]}
    rule, faults = parse(item, Known(frozenset({"welcome"})))
    assert rule is not None
    assert not faults
    return Rules((rule,))


@pytest.fixture
async def dsn(new_database: Any) -> str:
    return str(await new_database("automation"))


def consent(story: Story, *, given: bool, channel: str | None = None, days: int = 0, purpose: str = "marketing") -> Any:
    common = {"customer_id": story.customer("anna"), "purpose": purpose, "channel": channel, "source": "site"}
    at = AT + timedelta(days=days)
    if given:
        return CustomerConsentGiven(**common, text_version="1", at=at)
    return CustomerConsentWithdrawn(**common, at=at)


async def outcome(automation: World) -> list[tuple[str, str | None]]:
    return [(message["state"], message["reason"]) for message in await automation.messages()]


async def asked(automation: World, story: Story, post: Post, times: int = 1, **setting: Any) -> None:
    """Anna asked again, so often; the rule wants to write to her each time, and what is due is sent."""
    for number in range(times):
        story.touched("anna", number + 1)
    await automation.deliver(story.records)
    await automation.settle()
    await run(automation, worker(automation, sending(automation, by_email(post), **setting)), times=times)


@pytest.mark.parametrize(
    ("words", "outcomes"),
    [
        ([], ("failed", "no_consent")),
        ([{"given": True}], ("sent", None)),
        ([{"given": True, "channel": "email"}], ("sent", None)),
        ([{"given": True, "channel": "sms"}], ("failed", "no_consent")),
        ([{"given": True}, {"given": False, "channel": "email", "days": 1}], ("failed", "unsubscribed")),
        ([{"given": False, "days": 1}, {"given": True}], ("failed", "unsubscribed")),
        ([{"given": False}, {"given": True, "days": 1}], ("sent", None)),
        ([{"given": True, "purpose": "research"}], ("failed", "no_consent")),
    ],
)
async def test_marketing_needs_a_consent_that_holds(dsn, post, words, outcomes) -> None:
    story = Story()
    story.registered("anna", "anna@example.com")
    for word in words:
        story.told("anna", consent(story, **word))
    async with world(dsn, rules(purpose="marketing")) as automation:
        tracking = Tracking(automation.pool, **LINKED)
        await asked(automation, story, post, tracking=tracking)
        assert await outcome(automation) == [outcomes]


async def test_service_needs_none_unless_it_was_refused(dsn, post) -> None:
    story = Story()
    story.registered("anna", "anna@example.com")
    async with world(dsn, rules()) as automation:
        await asked(automation, story, post)
        assert await outcome(automation) == [("sent", None)]
        await automation.deliver(story.told("anna", consent(story, given=False, purpose="service")))
        story.touched("anna", 9)
        await automation.deliver(story.records)
        await automation.settle()
        await run(automation, worker(automation, sending(automation, by_email(post))))
        assert sorted(await outcome(automation)) == [("failed", "unsubscribed"), ("sent", None)]


async def test_marketing_without_a_way_out_is_not_sent_by_mail(dsn, post) -> None:
    story = Story()
    story.registered("anna", "anna@example.com")
    story.told("anna", consent(story, given=True))
    async with world(dsn, rules(purpose="marketing")) as automation:
        await asked(automation, story, post)
        assert await outcome(automation) == [("failed", "nowhere_to_unsubscribe")]


async def test_a_customer_who_unsubscribed_is_not_written_to_until_he_agrees_again(dsn, post) -> None:
    story = Story()
    story.registered("anna", "anna@example.com")
    story.told("anna", consent(story, given=True))
    left = MessageUnsubscribed(
        message_id=UUID(int=5), customer_id=story.customer("anna"), medium="email", purpose="marketing", how="link"
    )
    async with world(dsn, rules(purpose="marketing")) as automation:
        await automation.deliver(story.told("anna", left))
        await asked(automation, story, post, tracking=Tracking(automation.pool, **LINKED))
        assert await outcome(automation) == [("failed", "unsubscribed")]


async def test_nobody_writes_to_the_black_list_until_it_is_lifted(dsn, post) -> None:
    story = Story()
    story.registered("anna", "anna@example.com")
    anna = story.customer("anna")
    reason = {"reason": "s1.QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk"}
    story.told("anna", CustomerBlacklisted.model_validate({"customer_id": anna, **reason}))
    async with world(dsn, rules(urgent=True)) as automation:
        await asked(automation, story, post)
        assert await outcome(automation) == [("failed", "black_listed")]
        await automation.deliver(story.told("anna", CustomerBlacklistLifted(customer_id=anna)))
        await automation.deliver(story.touched("anna", 9))
        await automation.settle()
        await run(automation, worker(automation, sending(automation, by_email(post))))
        assert ("sent", None) in await outcome(automation)


async def test_what_one_card_said_counts_for_the_other_while_they_are_one(dsn, post) -> None:
    story = Story()
    anna, other = story.customer("anna"), story.customer("other")
    story.registered("anna", "anna@example.com")
    story.registered("other")
    left = consent(story, given=False, purpose="service").model_copy(update={"customer_id": other})
    story.told("other", left)
    common = {"customer_id": other, "explanation": "one person"}
    story.told("other", CustomerMerged(**common, into_customer_id=anna, reason="by_hand"))
    async with world(dsn, rules()) as automation:
        await asked(automation, story, post)
        assert await outcome(automation) == [("failed", "unsubscribed")]

        await automation.deliver(story.told("other", CustomerSplit(**common, from_customer_id=anna)))
        await automation.deliver(story.touched("anna", 9))
        await automation.settle()
        await run(automation, worker(automation, sending(automation, by_email(post))))
        assert ("sent", None) in await outcome(automation)


async def test_the_address_to_use_first_is_used_and_one_that_was_removed_is_not(dsn, post) -> None:
    story = Story()
    (registered,) = story.registered("anna", "old@example.com", "first@example.com", "new@example.com")
    _, first, new = registered.recorded().event.emails
    common = {"customer_id": story.customer("anna"), "kind": "email", "index": "0" * 32}
    story.told("anna", CustomerContactPreferred(**common, value=first))
    async with world(dsn, rules()) as automation:
        await asked(automation, story, post)
        await automation.deliver(story.told("anna", CustomerContactRemoved(**common, value=first)))
        await automation.deliver(story.told("anna", CustomerContactRemoved(**common, value=new)))
        await automation.deliver(story.touched("anna", 9))
        await automation.settle()
        await run(automation, worker(automation, sending(automation, by_email(post))))
    assert [letter["To"] for letter in post.letters] == ["first@example.com", "old@example.com"]


async def test_in_quiet_hours_a_message_waits_without_losing_an_attempt_and_an_urgent_one_goes(dsn, post) -> None:
    story = Story()
    story.registered("anna", "anna@example.com")
    now = datetime.now(MOSCOW)
    hour = timedelta(hours=1)
    quiet = QuietHours((now - hour).time().replace(tzinfo=None), (now + hour).time().replace(tzinfo=None), MOSCOW)
    async with world(dsn, rules()) as automation:
        await asked(automation, story, post, standing=Standing(automation.pool, quiet, None))
        ((attempts, why),) = await waiting(automation)
        assert (attempts, why) == (0, "quiet hours")
        left = await automation.pool.fetchval("SELECT extract(epoch FROM due_at - now())::float FROM tasks")
        assert 3_500 < left <= 3_600
    async with world(dsn, rules(urgent=True, template="welcome", id="now")) as automation:
        await automation.deliver(story.touched("anna", 7))
        await automation.settle()
        standing = Standing(automation.pool, quiet, None)
        await worker(automation, sending(automation, by_email(post), standing=standing)).run_due()
        await automation.settle()
        assert ("sent", None) in await outcome(automation)


async def test_more_than_the_cap_waits_until_the_day_is_over(dsn, post) -> None:
    story = Story()
    story.registered("anna", "anna@example.com")
    async with world(dsn, rules()) as automation:
        standing = Standing(automation.pool, None, 2)
        await asked(automation, story, post, times=4, standing=standing)
        assert len(post.letters) == 2
        assert {why for _, why in await waiting(automation)} >= {"enough messages to this customer for a day"}

        await pass_time(automation, 86_400 + 60)
        await run(automation, worker(automation, sending(automation, by_email(post), standing=standing)), times=2)
        assert len(post.letters) == 4


async def test_a_customers_messages_keep_their_order_while_others_pass(dsn, post) -> None:
    story = Story()
    for name in ("anna", "boris"):
        story.registered(name, f"{name}@example.com")
    async with world(dsn, rules()) as automation:
        for number in range(3):
            story.touched("anna", number + 1)
        story.touched("boris", 1)
        await automation.deliver(story.records)
        await automation.settle()
        await automation.pool.execute(
            "CREATE TABLE first_wanted AS SELECT id, payload->>'written_at' AS place FROM tasks"
            f" WHERE payload->>'customer_id' = '{story.customer('anna')}'"
        )
        post.on_rcpt.append("450 greylisted")
        letters = worker(automation, sending(automation, by_email(post)), concurrency=1)
        for _ in range(12):
            await pass_time(automation, 10)
            await letters.run_due()
        wanted = await automation.pool.fetch("SELECT id FROM first_wanted ORDER BY place, id")
    sent = [UUID(letter["X-Voronka-Message"]) for letter in post.letters if letter["To"] == "anna@example.com"]
    assert sent == [row["id"] for row in wanted]
    assert len(post.letters) == 4


async def test_a_provider_gets_no_more_than_its_pace(automation: World) -> None:
    async def free_at() -> datetime:
        return await automation.pool.fetchval("SELECT free_at FROM media_pace")

    pace = Pace(automation.pool, {"sms": 20})
    await pace.turn("sms")
    first = await free_at()
    await pace.turn("sms")
    assert await free_at() - first >= timedelta(seconds=1 / 20)

    await automation.pool.execute("UPDATE media_pace SET free_at = now() + interval '1 minute'")
    far = await free_at()
    with pytest.raises(PutOff, match="as many messages as its provider takes"):
        await pace.turn("sms")
    assert await free_at() == far, "a turn that is too far away is not taken"
    await pace.turn("email")
