"""SendGrid: letters by Inbound Parse, and what became of letters that were sent (twilio.com/docs/sendgrid).

Inbound Parse ("Setting up the Inbound Parse webhook") is multipart. Parsed form: `headers, from, to, subject, text,
html, charsets (JSON: field -> charset), envelope (JSON), SPF, dkim, attachment-info`; raw form ("POST the raw, full
MIME message"): the whole letter in `email`. Files stay in the raw request.

Event webhook ("Event webhook reference"): a JSON list of events with `event`, `sg_event_id`, `timestamp`, `email`,
`smtp-id` (the Message-ID), `sg_message_id`, `status`, `type`. Events are processed, deferred, delivered, bounce,
dropped, open, click, spamreport, unsubscribe, group_unsubscribe. Each webhook has a key of its own.

Proof of origin, one of two. With the option `public_key` (base64 DER as SendGrid shows it; two separated by a space
while it is replaced) a signature is required: ECDSA P-256 with SHA-256 over timestamp + raw body in
`X-Twilio-Email-Event-Webhook-Signature`, not older than `MAX_AGE` ("Securing your Inbound Parse Webhooks"). Without
it a secret of the source must stand in the address.

Idempotency key: of events `sg_event_id`; the letter's Message-ID, or a hash of its text. Inbound Parse sends no time:
`occurred_at` is the receipt.
"""

from base64 import b64decode
from datetime import timedelta
from email.parser import HeaderParser
from hashlib import sha256
from typing import Any, Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from events.contracts.leads.deliveries import DeliveryState
from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from leads.channels.base import Channel, Delivery, Fact
from leads.channels.body import decoded, json_list, json_object, media_type, parts
from leads.channels.letter import read_letter, text_of_html
from leads.channels.mime import headers_of, read_mime
from leads.channels.proof import require_shared_secret
from leads.channels.values import code, identifier, mapping, moment, rest, text

MAX_AGE: Final = timedelta(days=4)
"""SendGrid tries for three days."""
_STATES: Final[dict[object, DeliveryState]] = {
    "processed": "accepted",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "dropped": "failed",
    "open": "opened",
    "click": "clicked",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
_MAX_HEADERS: Final = 1 << 17
_USED: Final = ("headers", "from", "subject", "text", "html", "charsets", "email")


class SendGrid(Channel):
    name = "sendgrid"

    def verify(self, request: RawRequest, source: Source) -> None:
        public_keys = source.options.get("public_key", "").split()
        if not public_keys:
            return require_shared_secret(request, source)
        timestamp = request.header("x-twilio-email-event-webhook-timestamp") or ""
        try:
            signature = b64decode(request.header("x-twilio-email-event-webhook-signature") or "", validate=True)
            age = request.received_at - moment(timestamp, "timestamp")
        except (ValueError, Unreadable) as error:
            raise Unverified("the signature or its timestamp is missing or broken") from error
        signed = timestamp.encode(errors="replace") + request.body
        verdicts = [_signed_by(key, signature, signed) for key in public_keys]
        if not any(verdicts):
            raise Unverified("X-Twilio-Email-Event-Webhook-Signature is wrong")
        if abs(age) > MAX_AGE:
            raise Unverified("the signed timestamp is too far from now")
        return None

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        if media_type(request)[0] == "application/json":
            return _deliveries(request)
        found = parts(request)
        raw = next((part.value for part in found if part.name == "charsets"), b"{}")
        charsets = {name: c for name, c in json_object(raw, "charsets").items() if isinstance(c, str)}
        whole = next((part.value for part in found if part.name == "email"), None)
        if whole is not None:
            fields = decoded([part for part in found if part.name != "email"], charsets, lenient=True)
            headers, subject, body = read_mime(whole, "the letter in the field email")
        else:
            fields = decoded(found, charsets, lenient=True)
            headers = _read_headers(text(fields.get("headers"), "headers") or "")
            subject = text(fields.get("subject"), "subject")
            body = text(fields.get("text"), "text") or text_of_html(text(fields.get("html"), "html"))
        sender = text(fields.get("from"), "from")
        return [
            read_letter(
                headers,
                sender=sender,
                subject=subject,
                body=body,
                fallback_id=sha256(f"{sender}\n{subject}\n{body}".encode()).hexdigest(),
                occurred_at=request.received_at,
                details=rest(fields, *_USED),
            )
        ]


def _deliveries(request: RawRequest) -> list[Fact]:
    events = [mapping(event, "event") for event in json_list(request.body)]
    known = [event for event in events if text(event.get("event"), "event") in _STATES]
    if not known:
        raise Ignored("no event of a letter that was sent")
    return [_delivery(event) for event in known]


def _delivery(event: dict[str, Any]) -> Delivery:
    letter = text(event.get("smtp-id"), "smtp-id")
    own = identifier(event.get("sg_message_id"), "sg_message_id").partition(".")[0] if letter is None else ""
    reasons = (code(event.get("status")), code(event.get("type")))
    return Delivery(
        message=identifier((letter or own).strip("<>"), "smtp-id"),
        report=identifier(event.get("sg_event_id"), "sg_event_id"),
        occurred_at=moment(event.get("timestamp"), "timestamp"),
        state=_STATES[text(event.get("event"), "event")],
        reason=next(filter(None, reasons), None),
        email=text(event.get("email"), "email"),
    )


def _signed_by(public_key: str, signature: bytes, signed: bytes) -> bool:
    try:
        key = load_der_public_key(b64decode(public_key))
        cast(EllipticCurvePublicKey, key).verify(signature, signed, ECDSA(SHA256()))
    except (InvalidSignature, ValueError, TypeError, AttributeError):
        return False
    return True


def _read_headers(block: str) -> list[tuple[str, str]]:
    return headers_of(HeaderParser().parsestr(block[:_MAX_HEADERS]))
