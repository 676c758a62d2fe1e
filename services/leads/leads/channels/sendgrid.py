"""Letters by SendGrid Inbound Parse: multipart (twilio.com/docs/sendgrid, "Setting up the Inbound Parse webhook").

Parsed form: `headers, from, to, subject, text, html, charsets (JSON: field -> charset), envelope (JSON), SPF, dkim,
attachment-info`; raw form ("POST the raw, full MIME message"): the whole letter in `email`. Files stay in the raw
request.

Proof of origin, one of two. With the option `public_key` (base64 DER as SendGrid shows it; two separated by a space
while it is replaced) a signature is required: ECDSA P-256 with SHA-256 over timestamp + raw body in
`X-Twilio-Email-Event-Webhook-Signature`, not older than `MAX_AGE` ("Securing your Inbound Parse Webhooks"). Without
it a secret of the source must stand in the address.

Idempotency key: the letter's Message-ID, or a hash of the letter's text. SendGrid sends no time: `occurred_at` is the
receipt.
"""

from base64 import b64decode
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import HeaderParser
from hashlib import sha256
from typing import Any, Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from leads.channels.base import Channel, Inquiry, Request, Source, Unreadable, Unverified
from leads.channels.body import decoded, json_object, parts
from leads.channels.letter import read_letter, text_of_html
from leads.channels.proof import require_shared_secret
from leads.channels.values import moment, rest, text
from leads.normalise import clean

MAX_AGE: Final = timedelta(days=4)
"""SendGrid tries for three days."""
_USED: Final = ("headers", "from", "subject", "text", "html", "charsets", "email")


class SendGrid(Channel):
    name = "sendgrid"

    def verify(self, request: Request, source: Source) -> None:
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

    def parse(self, request: Request, source: Source) -> list[Inquiry]:
        found = parts(request)
        raw = next((part.value for part in found if part.name == "charsets"), b"{}")
        charsets = {name: c for name, c in json_object(raw, "charsets").items() if isinstance(c, str)}
        whole = next((part.value for part in found if part.name == "email"), None)
        if whole is not None:
            fields = decoded([part for part in found if part.name != "email"], charsets)
            headers, subject, body = _read_mime(whole)
        else:
            fields = decoded(found, charsets)
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


def _signed_by(public_key: str, signature: bytes, signed: bytes) -> bool:
    try:
        key = load_der_public_key(b64decode(public_key))
        cast(EllipticCurvePublicKey, key).verify(signature, signed, ECDSA(SHA256()))
    except (InvalidSignature, ValueError, TypeError, AttributeError):
        return False
    return True


def _read_headers(block: str) -> list[tuple[str, str]]:
    return [(clean(name), clean(str(value))) for name, value in HeaderParser().parsestr(block).items()]


def _read_mime(whole: bytes) -> tuple[list[tuple[str, str]], str | None, str | None]:
    """Headers, subject and readable text of a whole letter."""
    try:
        letter: EmailMessage = message_from_bytes(whole, policy=policy.default)
        headers = [(clean(name), clean(str(value))) for name, value in letter.items()]
        part = letter.get_body(("plain", "html"))
        content: Any = "" if part is None else part.get_content()
        is_html = part is not None and part.get_content_subtype() == "html"
    except Exception as error:
        # The library does not say what it raises on broken headers, charsets and encodings: ValueError, IndexError, …
        raise Unreadable("the letter in the field email is broken") from error
    written = clean(content) if isinstance(content, str) else ""
    subject = next((value for name, value in headers if name.lower() == "subject"), None)
    return headers, subject, text_of_html(written) if is_html else written or None
