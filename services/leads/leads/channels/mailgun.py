"""Mailgun: letters forwarded by a route, and what became of letters that were sent (documentation.mailgun.com).

Routes, "fully parsed" form ("Receiving messages via HTTP"):

Urlencoded, or multipart when the letter has attachments; Mailgun has already turned the text into UTF-8. Secrets: the
webhook signing key; `signature` = hex HMAC-SHA256 of timestamp + token. The signature covers no other field, so a
timestamp more than `MAX_AGE` away from the time of receipt is refused. 200 ends the delivery; other codes but 406 are
tried again for 8 hours.

Webhooks ("Tracking messages") are JSON: `signature` with `timestamp`, `token`, `signature`, made in the same way, and
`event-data` with `event`, `id`, `timestamp`, `recipient`, `message.headers.message-id`, `severity`, `delivery-status`.
Events are accepted, delivered, failed (permanent or temporary), rejected, opened, clicked, complained, unsubscribed.

Idempotency key: of events their `id`; of letters the Message-ID, so a letter that two routes forward is one inquiry;
`token` where there is none.
"""

import hmac
from datetime import timedelta
from typing import Any, Final

import orjson
from events.contracts.leads.deliveries import DeliveryState
from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from leads.channels.base import Channel, Delivery, Fact
from leads.channels.body import form, json_object, media_type
from leads.channels.letter import read_letter, text_of_html
from leads.channels.proof import keys, require_signature
from leads.channels.values import code, identifier, mapping, moment, rest, text
from leads.normalise import clean

MAX_AGE: Final = timedelta(days=1)
_STATES: Final[dict[str, DeliveryState]] = {
    "accepted": "accepted",
    "delivered": "delivered",
    "failed": "bounced",
    "rejected": "failed",
    "opened": "opened",
    "clicked": "clicked",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
}
_USED: Final = (
    *("timestamp", "token", "signature", "from", "sender", "subject", "body-plain", "body-html"),
    *("stripped-text", "stripped-html", "message-headers"),
)


class Mailgun(Channel):
    name = "mailgun"
    retries = True

    def verify(self, request: RawRequest, source: Source) -> None:
        try:
            fields = _webhook(request)[0] if _is_webhook(request) else form(request)
            timestamp, token = (identifier(fields.get(name), name) for name in ("timestamp", "token"))
            age = request.received_at - moment(timestamp, "timestamp")
        except Unreadable as error:
            raise Unverified(f"signature cannot be checked: {error.reason}") from error
        signed = f"{timestamp}{token}".encode()
        given = fields.get("signature")
        expected = [hmac.digest(key, signed, "sha256").hex() for key in keys(source)]
        require_signature(given if isinstance(given, str) else None, expected, "signature")
        if abs(age) > MAX_AGE:
            raise Unverified("the signed timestamp is too far from now")

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        if _is_webhook(request):
            return [_delivery(_webhook(request)[1])]
        fields = form(request)
        stripped, plain = (
            text(fields.get("stripped-text"), "stripped-text"),
            text(fields.get("body-plain"), "body-plain"),
        )
        html = fields.get("body-html")
        return [
            read_letter(
                _headers(fields.get("message-headers")),
                sender=text(fields.get("from"), "from") or text(fields.get("sender"), "sender"),
                subject=text(fields.get("subject"), "subject"),
                body=stripped or plain or text_of_html(html if isinstance(html, str) else None),
                fallback_id=identifier(fields.get("token"), "token"),
                occurred_at=moment(fields.get("timestamp"), "timestamp"),
                details=rest(fields, *_USED),
            )
        ]


def _is_webhook(request: RawRequest) -> bool:
    return media_type(request)[0] == "application/json"


def _webhook(request: RawRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is signed, and the event."""
    body = json_object(request.body)
    return mapping(body.get("signature"), "signature"), mapping(body.get("event-data"), "event-data")


def _delivery(event: dict[str, Any]) -> Delivery:
    name = identifier(event.get("event"), "event")
    state = _STATES.get(name)
    if state is None:
        raise Ignored("no event of a letter that was sent")
    status = mapping(event.get("delivery-status") or {}, "delivery-status")
    if name == "failed":
        state = "deferred" if event.get("severity") == "temporary" else "bounced"
    headers = mapping(mapping(event.get("message") or {}, "message").get("headers") or {}, "headers")
    return Delivery(
        message=identifier(headers.get("message-id"), "message-id"),
        report=identifier(event.get("id"), "id"),
        occurred_at=moment(event.get("timestamp"), "timestamp"),
        state=state,
        reason=code(event.get("reason")) or (code(status.get("code")) if name in ("failed", "rejected") else None),
        email=text(event.get("recipient"), "recipient"),
    )


def _headers(given: Any) -> list[tuple[str, str]]:
    """`message-headers` is a JSON list of [name, value], the order of the letter kept."""
    if given is None:
        return []
    try:
        pairs = orjson.loads(given)
        return [(clean(name), clean(value)) for name, value in pairs]
    except (orjson.JSONDecodeError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable("message-headers is not a JSON list of pairs") from error
