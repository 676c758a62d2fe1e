"""Endpoints of webhooks: who may set them up, to where, and what becomes of one that does not answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from automation.webhooks.pruning import prune
from automation_world import Story
from webhook_world import Webhooks
from werkzeug import Response


async def test_an_endpoint_shows_its_secret_once(webhooks: Webhooks) -> None:
    body = {"url": webhooks.receiver.url, "types": ["deal.won.v1"], "description": "Склад"}
    made = await webhooks.call("PUT", "/webhooks/erp", body)
    same = await webhooks.call("PUT", "/webhooks/erp", body)
    changed = await webhooks.call("PUT", "/webhooks/erp", body | {"types": ["deal.*"]})
    read = await webhooks.call("GET", "/webhooks/erp")

    assert [answer.status_code for answer in (made, same, changed, read)] == [201, 200, 200, 200]
    assert made.json()["secret"].startswith("whsec_")
    assert [same.json()["secret"], changed.json()["secret"]] == [None, None]
    assert "secret" not in read.json()
    assert [answer.json()["version"] for answer in (made, same, changed)] == [1, 1, 2]
    sealed = await webhooks.pool.fetchval("SELECT sealed FROM webhook_secrets")
    assert made.json()["secret"].encode() not in sealed
    told = await webhooks.said("webhook.configured.v1")
    assert [(event["host"], event["types"]) for event in told] == [
        ("localhost", ["deal.won.v1"]),
        ("localhost", ["deal.*"]),
    ]
    assert "/hook" not in str(told)


async def test_a_new_secret_signs_beside_the_one_before_for_a_day(webhooks: Webhooks) -> None:
    story = Story()
    first = await webhooks.set_up("lead.captured.v1")
    second = (await webhooks.call("POST", "/webhooks/erp/rotate")).json()["secret"]
    story.captured("ivan")
    await webhooks.told(story.records)
    await webhooks.work()
    assert webhooks.receiver.verified(first) == webhooks.receiver.verified(second)

    third = (await webhooks.call("POST", "/webhooks/erp/rotate")).json()["secret"]
    await webhooks.pool.execute("UPDATE webhook_secrets SET expires_at = now() WHERE expires_at IS NOT NULL")
    story.captured("olga")
    await webhooks.told(story.records)
    await webhooks.work()
    assert webhooks.receiver.verified(third)["type"] == "lead.captured.v1"
    assert webhooks.receiver.got[-1].headers["webhook-signature"].count("v1,") == 1
    assert len({first, second, third}) == 3


async def test_one_that_is_gone_is_disabled_at_once_and_it_is_said(webhooks: Webhooks) -> None:
    story = Story()
    await webhooks.set_up("lead.captured.v1")
    webhooks.receiver.answers = [Response(status=410)]
    story.captured("ivan")
    await webhooks.told(story.records)
    await webhooks.work()
    story.captured("olga")
    await webhooks.told(story.records)

    card = (await webhooks.call("GET", "/webhooks/erp")).json()
    assert (card["state"], card["reason"], card["pending"]) == ("disabled", "gone", 0)
    assert await webhooks.said("webhook.disabled.v1") == [{"code": "erp", "host": "localhost", "reason": "gone"}]
    assert [(d["state"], d["reason"]) for d in await webhooks.deliveries()] == [("failed", "endpoint_disabled")]


async def test_one_that_has_given_no_good_answer_for_five_days_is_disabled_and_one_that_has_is_not(
    webhooks: Webhooks,
) -> None:
    story = Story()
    await webhooks.set_up("lead.captured.v1")
    webhooks.receiver.answers = [Response(status=500), Response(status=204), Response(status=500), Response(status=500)]
    for name in ("ivan", "olga"):
        story.captured(name)
        await webhooks.told(story.records)
        await webhooks.work()
        await webhooks.pool.execute("UPDATE webhook_endpoints SET failing_since = failing_since - interval '6 days'")
    card = (await webhooks.call("GET", "/webhooks/erp")).json()
    assert card["state"] == "enabled"

    await webhooks.work()
    await webhooks.pool.execute("UPDATE webhook_endpoints SET failing_since = now() - interval '6 days'")
    webhooks.receiver.answers = [Response(status=500)]
    story.captured("petr")
    await webhooks.told(story.records)
    await webhooks.work()
    card = (await webhooks.call("GET", "/webhooks/erp")).json()
    enabled = (await webhooks.call("POST", "/webhooks/erp/enable")).json()

    assert (card["state"], card["reason"]) == ("disabled", "failing")
    assert (enabled["state"], enabled["reason"], enabled["failing_since"]) == ("enabled", None, None)
    assert [event["reason"] for event in await webhooks.said("webhook.disabled.v1")] == ["failing"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/hook", "only https"),
        ("https://user:pass@example.com/", "name and password"),
        ("https://example.com:25/", "no port of another service"),
        ("ftp://example.com/", "no address of a web server"),
        ("javascript:alert(1)", "no address"),
        ("", "no address"),
    ],
)
async def test_an_address_that_must_not_be_called_is_refused(webhooks: Webhooks, url: str, why: str) -> None:
    answer = await webhooks.call("PUT", "/webhooks/erp", {"url": url, "types": ["*"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/url")
    assert why in answer.text


@pytest.mark.parametrize(
    "url", ["https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/", "https://[::1]/"]
)
async def test_an_endpoint_inside_of_the_private_network_is_never_reached(webhooks: Webhooks, url: str) -> None:
    story = Story()
    await webhooks.set_up("lead.captured.v1", url=url)
    story.captured("ivan")
    await webhooks.told(story.records)
    await webhooks.work()

    (listed,) = await webhooks.deliveries()
    (attempt,) = (await webhooks.call("GET", f"/webhooks/erp/deliveries/{listed['delivery_id']}")).json()["attempts"]
    assert (listed["state"], attempt["status"]) == ("pending", None)
    assert "private network" in attempt["error"]


async def test_who_may_set_up_what(webhooks: Webhooks) -> None:
    body: dict[str, Any] = {"url": "https://example.com/", "types": ["lead.*"]}
    assert (await webhooks.call("PUT", "/webhooks/a", body, "anna")).status_code == 403
    assert (await webhooks.call("GET", "/webhooks", None, "anna")).status_code == 403
    assert (await webhooks.call("PUT", "/webhooks/a", body, "erp")).status_code == 201
    assert (await webhooks.call("PUT", "/webhooks/a", body | {"personal": True}, "erp")).status_code == 403
    assert (await webhooks.call("PUT", "/webhooks/a", body | {"personal": True}, "admin")).status_code == 200
    assert (await webhooks.call("PUT", "/webhooks/b", body, "retail")).status_code == 403
    assert (await webhooks.call("PUT", "/webhooks/b", body | {"directions": ["retail"]}, "retail")).status_code == 201
    assert (await webhooks.call("PUT", "/webhooks/a", body | {"directions": ["retail"]}, "retail")).status_code == 404
    assert [one["code"] for one in (await webhooks.call("GET", "/webhooks", None, "retail")).json()] == ["b"]
    for path in ("/webhooks/a", "/webhooks/a/deliveries", "/webhooks/nothing"):
        assert (await webhooks.call("GET", path, None, "retail")).status_code == 404


async def test_a_type_that_nobody_publishes_is_refused(webhooks: Webhooks) -> None:
    for types in (["deal.exploded.v1"], ["unicorn.*"], [], ["deal"]):
        answer = await webhooks.call("PUT", "/webhooks/erp", {"url": "https://example.com/", "types": types})
        assert answer.status_code == 422, types


async def test_a_change_by_somebody_who_has_read_another_version_is_refused(webhooks: Webhooks) -> None:
    body = {"url": "https://example.com/", "types": ["*"]}
    headers = {"authorization": f"Bearer {webhooks.keys['admin']}", "if-match": '"7"'}
    answer = await webhooks.client.put("/webhooks/erp", json=body, headers=headers)
    assert answer.status_code == 412


async def test_two_who_set_up_the_same_endpoint_at_once_make_one(webhooks: Webhooks) -> None:
    body = {"url": "https://example.com/", "types": ["*"]}
    answers = await asyncio.gather(*(webhooks.call("PUT", "/webhooks/erp", body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 200, 201]
    assert len(await webhooks.said("webhook.configured.v1")) == 1


async def test_a_removed_endpoint_is_forgotten_and_may_come_again_with_another_secret(webhooks: Webhooks) -> None:
    first = await webhooks.set_up("lead.captured.v1")
    assert (await webhooks.call("DELETE", "/webhooks/erp")).status_code == 204
    assert (await webhooks.call("GET", "/webhooks/erp")).status_code == 404
    assert (await webhooks.call("POST", "/webhooks/erp/enable")).status_code == 404
    row = await webhooks.pool.fetchrow("SELECT url, (SELECT count(*) FROM webhook_secrets) AS n FROM webhook_endpoints")
    assert tuple(row) == ("", 0)

    second = await webhooks.set_up("lead.captured.v1")
    assert second != first
    versions = await webhooks.pool.fetch("SELECT type, version FROM events ORDER BY version")
    assert [tuple(row) for row in versions] == [
        ("webhook.configured.v1", 1),
        ("webhook.removed.v1", 2),
        ("webhook.configured.v1", 3),
    ]


async def test_old_deliveries_go_and_what_waits_stays(webhooks: Webhooks) -> None:
    story = Story()
    await webhooks.set_up("lead.captured.v1")
    story.captured("ivan")
    await webhooks.told(story.records)
    await webhooks.work()
    story.captured("olga")
    await webhooks.told(story.records)
    await webhooks.pool.execute(
        "UPDATE webhook_deliveries SET settled_at = now() - interval '31 days' WHERE settled_at < now()"
    )

    assert [await prune(webhooks.pool), await prune(webhooks.pool)] == [1, 0]
    assert [d["state"] for d in await webhooks.deliveries()] == ["pending"]
    assert await webhooks.pool.fetchval("SELECT count(*) FROM webhook_attempts") == 0
