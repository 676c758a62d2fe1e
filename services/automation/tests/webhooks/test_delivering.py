"""Events on their way to other systems: signed, each once, however often it must be tried."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from automation.webhooks.delivering import PAUSES
from automation.webhooks.payload import headers_of
from automation_world import Story
from events.contracts.leads import LeadCaptured, Touch
from events.store import deterministic_id
from events.testing import Log
from standardwebhooks import Webhook, WebhookVerificationError
from webhook_world import Webhooks
from werkzeug import Response


def captured(log: Log, name: str, direction: str | None = None) -> list[Any]:
    event = LeadCaptured(
        lead_id=Story.lead(name),
        customer_id=Story.customer(name),
        direction=direction,
        touch=Touch(touch_id=deterministic_id(name), channel="site", intake="form", source="main", kind="form"),
    )
    return log.append(Story.lead(name), event)


async def test_an_event_goes_signed_to_the_endpoint_that_asked_for_it_and_to_no_other(webhooks: Webhooks) -> None:
    story = Story()
    secret = await webhooks.set_up("lead.captured.v1")
    story.registered("ivan", "ivan@example.com", called="Ivan")
    (record,) = story.captured("ivan")
    told = record.recorded()

    await webhooks.told(story.records)
    await webhooks.work()

    message = webhooks.receiver.verified(secret)
    (delivery,) = await webhooks.deliveries()
    assert len(webhooks.receiver.got) == 1
    assert (message["type"], message["data"]["lead_id"]) == ("lead.captured.v1", str(story.lead("ivan")))
    assert (message["id"], message["stream_id"], message["version"]) == (str(told.id), str(told.stream_id), 1)
    assert (delivery["state"], delivery["delivery_id"]) == ("delivered", webhooks.receiver.ids[0])
    with pytest.raises(WebhookVerificationError):
        webhooks.receiver.verified("whsec_" + "A" * 44)


@pytest.mark.parametrize("types", [("lead.*",), ("*",), ("lead.captured.v1", "lead.*", "*")])
async def test_whole_subjects_and_everything_may_be_asked_for_and_come_once(webhooks: Webhooks, types) -> None:
    story = Story()
    await webhooks.set_up(*types)
    story.captured("ivan")

    await webhooks.told(story.records)
    await webhooks.work()

    assert [delivery["type"] for delivery in await webhooks.deliveries()].count("lead.captured.v1") == 1


async def test_personal_data_are_left_out_unless_the_endpoint_may_have_them(webhooks: Webhooks) -> None:
    story = Story()
    blind = await webhooks.set_up("customer.registered.v1", code="blind")
    story.registered("ivan", "ivan@example.com", called="Ivan")
    await webhooks.told(story.records)
    await webhooks.work()
    raw = webhooks.receiver.got[0].data.decode()
    assert "s1." not in raw
    assert "Ivan" not in raw
    blank = webhooks.receiver.verified(blind, 0)["data"]
    assert blank["customer_id"] == str(story.customer("ivan"))
    assert "name" not in blank
    assert blank["emails"] == []

    await webhooks.call("DELETE", "/webhooks/blind")
    sees = await webhooks.set_up("customer.registered.v1", personal=True)
    story.registered("olga", "olga@example.com", called="Olga")
    await webhooks.told(story.records)
    webhooks.leads.down = True
    for _ in range(2 * len(PAUSES)):
        await webhooks.work()
    webhooks.leads.down = False
    webhooks.receiver.answers = [Response(status=500)]
    for _ in range(2):
        await webhooks.work()

    data = webhooks.receiver.verified(sees)["data"]
    assert (data["name"], data["emails"]) == ("Olga", ["olga@example.com"])
    stored = await webhooks.pool.fetchval("SELECT string_agg(body::text, '') FROM webhook_deliveries")
    assert "olga@example.com" not in stored


async def test_of_an_erased_customer_nothing_is_kept_and_nothing_more_is_sent(webhooks: Webhooks) -> None:
    story = Story()
    await webhooks.set_up("customer.registered.v1", personal=True)
    story.registered("ivan", "ivan@example.com", called="Ivan")
    await webhooks.told(story.records)
    await webhooks.erase(story.customer("ivan"))
    story.erased("ivan")
    await webhooks.told(story.records)
    await webhooks.work()

    (delivery,) = await webhooks.deliveries()
    again = await webhooks.call("POST", f"/webhooks/erp/deliveries/{delivery['delivery_id']}/resend")
    assert webhooks.receiver.got == []
    assert (delivery["state"], delivery["reason"]) == ("skipped", "customer_erased")
    assert await webhooks.pool.fetchval("SELECT count(*) FROM webhook_deliveries WHERE body IS NOT NULL") == 0
    assert again.status_code == 409


async def test_what_fails_is_tried_again_with_the_same_id_and_every_attempt_is_in_the_log(webhooks: Webhooks) -> None:
    story = Story()
    secret = await webhooks.set_up("lead.captured.v1")
    webhooks.receiver.answers = [Response(status=500), Response(status=404), Response(status=302)]
    story.captured("ivan")
    await webhooks.told(story.records)
    for _ in range(4):
        await webhooks.work()

    (listed,) = await webhooks.deliveries()
    delivery = (await webhooks.call("GET", f"/webhooks/erp/deliveries/{listed['delivery_id']}")).json()
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 404, 302, 204]
    assert delivery["state"] == "delivered"
    assert len(set(webhooks.receiver.ids)) == 1
    assert {webhooks.receiver.verified(secret, n)["type"] for n in range(4)} == {"lead.captured.v1"}


async def test_after_three_days_of_attempts_a_message_is_given_up_and_can_be_sent_again_by_hand(
    webhooks: Webhooks,
) -> None:
    story = Story()
    await webhooks.set_up("lead.captured.v1")
    webhooks.receiver.answers = [Response(status=400) for _ in range(len(PAUSES) + 1)]
    story.captured("ivan")
    await webhooks.told(story.records)
    for _ in range(len(PAUSES) + 3):
        await webhooks.work()

    (delivery,) = await webhooks.deliveries()
    assert (delivery["state"], delivery["reason"], len(webhooks.receiver.got)) == ("failed", "gave_up", 10)
    assert 3 * 86_400 < sum(PAUSES) < 4 * 86_400

    again = await webhooks.call("POST", f"/webhooks/erp/deliveries/{delivery['delivery_id']}/resend")
    await webhooks.work()
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    assert (await webhooks.deliveries())[0]["state"] == "delivered"
    assert len(set(webhooks.receiver.ids)) == 1


async def test_all_that_failed_in_a_time_can_be_sent_again_at_once(webhooks: Webhooks) -> None:
    story = Story()
    await webhooks.set_up("lead.captured.v1")
    for name in ("ivan", "olga", "petr"):
        story.captured(name)
    await webhooks.told(story.records)
    await webhooks.call("POST", "/webhooks/erp/disable")
    await webhooks.work()
    assert {(d["state"], d["reason"]) for d in await webhooks.deliveries()} == {("failed", "endpoint_disabled")}

    await webhooks.call("POST", "/webhooks/erp/enable")
    answer = await webhooks.call("POST", "/webhooks/erp/deliveries/resend", {"since": "2026-01-01T00:00:00Z"})
    await webhooks.work()

    assert answer.json() == {"deliveries": 3}
    assert len(webhooks.receiver.got) == 3
    assert {d["state"] for d in await webhooks.deliveries()} == {"delivered"}


async def test_an_endpoint_in_trouble_is_left_alone_and_one_message_finds_out_whether_it_is_back(
    webhooks: Webhooks,
) -> None:
    story = Story()
    await webhooks.set_up("lead.captured.v1")
    for n in range(40):
        story.captured(f"lead {n}")
    webhooks.receiver.answers = [Response(status=503) for _ in range(100)]
    await webhooks.told(story.records)
    await webhooks.work(patient=False)
    first = len(webhooks.receiver.got)
    await webhooks.work()
    assert first <= 16, "a handful was under way when the first answer came"
    assert len(webhooks.receiver.got) == first + 1

    webhooks.receiver.answers = []
    await webhooks.work()
    await webhooks.work()
    assert {d["state"] for d in await webhooks.deliveries()} == {"delivered"}


async def test_an_endpoint_says_itself_how_long_it_wants_to_be_left_alone(webhooks: Webhooks) -> None:
    story = Story()
    await webhooks.set_up("lead.captured.v1")
    webhooks.receiver.answers = [Response(status=429, headers={"Retry-After": "7200"})]
    story.captured("ivan")
    await webhooks.told(story.records)
    await webhooks.work()

    wait = await webhooks.pool.fetchval("SELECT extract(epoch FROM due_at - now()) FROM tasks")
    assert 7_000 < wait < 8_000


async def test_a_process_that_dies_after_the_answer_sends_the_same_message_once_more_and_no_third_time(
    webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story()
    await webhooks.set_up("lead.captured.v1")
    story.captured("ivan")
    await webhooks.told(story.records)

    async def dies(*_: Any) -> bool:
        raise RuntimeError("the process ended on this line")

    with monkeypatch.context() as patched:
        patched.setattr("automation.webhooks.delivering.settle", dies)
        await webhooks.work()
    await webhooks.work()
    await webhooks.told(story.records)
    await webhooks.work()

    assert len(webhooks.receiver.got) == 2
    assert len(set(webhooks.receiver.ids)) == 1
    assert [d["state"] for d in await webhooks.deliveries()] == ["delivered"]


async def test_in_whatever_order_and_however_often_events_come_the_same_messages_come_of_them(
    webhooks: Webhooks,
) -> None:
    story = Story()
    for name in ("ivan", "olga", "petr", "vera"):
        story.registered(name, f"{name}@example.com")
        story.captured(name)
        story.assigned(name, "anna")
    await webhooks.set_up("lead.*", "customer.registered.v1")
    found = []
    for seed in range(12):
        await webhooks.pool.execute("UPDATE watermarks SET position = 0; TRUNCATE tasks, webhook_deliveries CASCADE")
        shards, dice = [list(shard) for shard in story.log.by_shard()], random.Random(seed)
        while any(shards):
            shard = dice.choice([one for one in shards if one])
            cut = dice.randint(1, len(shard))
            await webhooks.told(shard[:cut])
            if dice.random() < 0.5:
                await webhooks.told(shard[:cut])
            del shard[:cut]
        rows = await webhooks.pool.fetch("SELECT delivery_id, type, body::text FROM webhook_deliveries ORDER BY 1")
        works = await webhooks.pool.fetch("SELECT id FROM tasks ORDER BY 1")
        found.append(([tuple(row) for row in rows], [row["id"] for row in works]))
    assert all(one == found[0] for one in found)
    assert len(found[0][0]) == 12


async def test_an_endpoint_gets_only_what_is_of_its_lines_of_business(webhooks: Webhooks) -> None:
    log, story = Log(), Story()
    await webhooks.set_up("lead.*", code="shop", directions=["retail"])
    await webhooks.told(captured(log, "ivan", "retail"))
    await webhooks.told(captured(log, "olga", "b2b"))
    await webhooks.told(captured(log, "petr"))
    unknown = story.assigned("nobody", "anna")
    await webhooks.told([*unknown])
    await webhooks.work(patient=False)
    assert {d["state"] for d in await webhooks.deliveries("shop")} == {"delivered", "skipped", "pending"}

    await webhooks.pool.execute("UPDATE webhook_deliveries SET known_at = now() - interval '10 minutes'")
    await webhooks.work()
    assert "pending" in {d["state"] for d in await webhooks.deliveries("shop")}
    await webhooks.pool.execute("UPDATE webhook_deliveries SET known_at = now() - interval '61 minutes'")
    await webhooks.work()
    states = {(d["state"], d["reason"]) for d in await webhooks.deliveries("shop")}
    assert states == {("delivered", None), ("skipped", "other_direction"), ("skipped", "unknown_direction")}
    assert len(webhooks.receiver.got) == 2


async def test_an_endpoint_gets_what_is_recorded_since_it_was_set_up_and_not_what_was_before(
    webhooks: Webhooks,
) -> None:
    story = Story()
    await webhooks.set_up("*")
    await webhooks.pool.execute("UPDATE webhook_endpoints SET since = now()")
    story.captured("ivan")
    await webhooks.told(story.records)
    assert [d["type"] for d in await webhooks.deliveries() if d["type"].startswith("lead.")] == []


def test_what_is_signed_is_what_the_specification_signs() -> None:
    """The example of the specification of Standard Webhooks, by its own library."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, [secret, "whsec_" + "A" * 44])
    first, second = headers["webhook-signature"].split(" ")
    assert first == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert second == Webhook("whsec_" + "A" * 44).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body.decode())
    assert headers["webhook-timestamp"] == "1614265330"
