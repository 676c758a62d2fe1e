"""What a rule calls goes to the endpoint that it names, and what came of it is an event that fires rules too."""

from __future__ import annotations

from uuid import UUID, uuid4

from events.contracts.automation import Cause, WebhookCallRequested
from events.store import Append, append_one
from events.store import Cause as Origin
from events.testing import AT
from webhook_world import Webhooks
from werkzeug import Response


async def called(webhooks: Webhooks, endpoint: str = "erp") -> WebhookCallRequested:
    """A rule has called, and the consumer has heard it."""
    cause = Cause(rule="r", rule_version=1, action="a", event_id=uuid4(), event_type="deal.won.v1", depth=2)
    event = WebhookCallRequested(
        request_id=uuid4(), endpoint=endpoint, content={"sum": "12.50"}, deal_id=UUID(int=7), cause=cause
    )
    async with webhooks.pool.acquire() as connection:
        await append_one(connection, Append(event.request_id, 0, [event], Origin("test", uuid4()), AT))
    await webhooks.told([])
    return event


async def test_a_rules_call_is_delivered_to_its_endpoint_alone_and_answered_once(webhooks: Webhooks) -> None:
    await webhooks.set_up("deal.lost.v1", code="other")
    secret = await webhooks.set_up("deal.lost.v1")
    event = await called(webhooks)
    await webhooks.work()
    await webhooks.pool.execute("UPDATE watermarks SET position = 0")
    await webhooks.told([])
    await webhooks.work()

    message = webhooks.receiver.verified(secret)
    (answer,) = await webhooks.said("webhook_call.delivered.v1")
    assert len(webhooks.receiver.got) == 1
    assert (message["type"], message["data"]["content"]) == ("rule.called", {"sum": "12.50"})
    assert message["data"]["deal_id"] == str(UUID(int=7))
    assert (answer["request_id"], answer["status"], answer["cause"]["depth"]) == (str(event.request_id), 204, 2)


async def test_a_call_of_nobody_and_one_that_is_given_up_say_so(webhooks: Webhooks) -> None:
    await webhooks.set_up("deal.lost.v1")
    await called(webhooks, "nobody")
    await called(webhooks)
    webhooks.receiver.answers = [Response(status=400) for _ in range(10)]
    for _ in range(11):
        await webhooks.work()

    reasons = [answer["reason"] for answer in await webhooks.said("webhook_call.failed.v1")]
    assert reasons == ["no_endpoint", "gave_up"]


async def test_a_call_to_an_endpoint_that_was_disabled_meanwhile_fails(webhooks: Webhooks) -> None:
    await webhooks.set_up("deal.lost.v1")
    await called(webhooks)
    await webhooks.call("POST", "/webhooks/erp/disable")
    await webhooks.work()
    (answer,) = await webhooks.said("webhook_call.failed.v1")
    assert answer["reason"] == "endpoint_disabled"
