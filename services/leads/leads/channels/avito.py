"""Avito messenger: webhook v3, `{id, version, timestamp, payload: {type: "message", value}}` (developers.avito.ru).

Secrets: a part of the address (`…/<secret>` or `?key=<secret>`). Deliveries are said to carry
`X-Avito-Messenger-Signature`, but no algorithm is documented and Avito's support gave none, so it is not checked.
Set-up probe: the body `{}`. 200 is wanted within 2 seconds. Idempotency key: `payload.value.id`. The account's own
messages and system notices are ignored.

Calls are fetched (see `pulling/avito.py`): `callId, buyerPhone, sellerPhone, virtualPhone, itemId, callTime,
talkDuration, waitingDuration`. Idempotency key: `call:<callId>`.
"""

from datetime import timedelta
from math import isfinite
from typing import Any

from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable

from leads.channels.base import CallSign, Channel, Fact, Inquiry
from leads.channels.body import json_object
from leads.channels.form import DEFAULT_ZONE
from leads.channels.proof import require_shared_secret
from leads.channels.pulled import is_pulled
from leads.channels.values import identifier, international, mapping, moment, rest, text


class Avito(Channel):
    name = "avito"

    def verify(self, request: RawRequest, source: Source) -> None:
        require_shared_secret(request, source)

    def handshake(self, request: RawRequest, source: Source) -> Reply | None:
        return self.reply(request, source) if request.body.strip() == b"{}" else None

    def reply(self, request: RawRequest, source: Source) -> Reply:
        return Reply(200, b'{"ok":true}', "application/json")

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        body = json_object(request.body)
        if is_pulled(request):
            return _call(body, request)
        payload = mapping(body.get("payload"), "payload")
        if payload.get("type") != "message":
            raise Ignored("a notice that is not a message")
        message = mapping(payload.get("value"), "payload.value")
        author = identifier(message.get("author_id"), "author_id")
        if author == text(message.get("user_id"), "user_id"):
            raise Ignored("an answer of the account itself")
        if message.get("type") == "system":
            raise Ignored("a system notice")
        content = mapping(message.get("content", {}), "content")
        return [
            Inquiry(
                provider_id=identifier(message.get("id"), "id"),
                occurred_at=moment(message.get("created"), "created"),
                kind="chat",
                messengers=(("avito", author),),
                text=text(content.get("text"), "content.text"),
                details={**rest(message, "id", "created", "author_id", "content"), "content": rest(content, "text")},
            )
        ]


def _call(call: dict[str, Any], request: RawRequest) -> list[Fact]:
    """A call that is over, and the inquiry that it was; from a hidden number only the call."""
    phones = international(text(call.get("buyerPhone"), "buyerPhone"))
    began, call_id = moment(call.get("callTime"), "callTime", DEFAULT_ZONE), identifier(call.get("callId"), "callId")
    if began > request.received_at + timedelta(days=1):
        raise Unreadable("callTime lies in the future")
    waited, talked = (_seconds(call.get(field)) for field in ("waitingDuration", "talkDuration"))
    answered = began + timedelta(seconds=waited) if talked else None
    sign = CallSign(
        call_id=call_id,
        occurred_at=began + timedelta(seconds=waited + talked),
        flow="in",
        phone=phones[0] if phones else None,
        started_at=began,
        answered_at=answered,
        ended_at=began + timedelta(seconds=waited + talked),
        talk_seconds=talked,
        result="answered" if talked else "missed",
    )
    if not phones:
        return [sign]
    details = rest(call, "buyerPhone")
    return [
        sign,
        Inquiry(provider_id=f"call:{call_id}", occurred_at=began, kind="call", phones=phones, details=details),
    ]


def _seconds(given: object) -> int:
    return min(max(0, int(given)), 86_400) if isinstance(given, int | float) and isfinite(given) else 0
