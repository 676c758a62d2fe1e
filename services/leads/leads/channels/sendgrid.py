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

import re
from base64 import b64decode
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from hashlib import sha256
from typing import Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from events.webhooks import RawRequest, Source, Unreadable, Unverified

from leads.channels.base import Channel, Inquiry
from leads.channels.body import decode, decoded, json_object, parts
from leads.channels.letter import decoded_header, read_letter, text_of_html
from leads.channels.proof import require_shared_secret
from leads.channels.values import moment, rest, text
from leads.normalise import clean

MAX_AGE: Final = timedelta(days=4)
"""SendGrid tries for three days."""
_MAX_HEADERS: Final = 1 << 17
_MAX_CONTENT_TYPE: Final = 2000
_CONTENT_TYPE: Final = re.compile(rb"^content-type:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
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

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        found = parts(request)
        raw = next((part.value for part in found if part.name == "charsets"), b"{}")
        charsets = {name: c for name, c in json_object(raw, "charsets").items() if isinstance(c, str)}
        whole = next((part.value for part in found if part.name == "email"), None)
        if whole is not None:
            fields = decoded([part for part in found if part.name != "email"], charsets, lenient=True)
            headers, subject, body = _read_mime(whole)
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


def _signed_by(public_key: str, signature: bytes, signed: bytes) -> bool:
    try:
        key = load_der_public_key(b64decode(public_key))
        cast(EllipticCurvePublicKey, key).verify(signature, signed, ECDSA(SHA256()))
    except (InvalidSignature, ValueError, TypeError, AttributeError):
        return False
    return True


def _read_headers(block: str) -> list[tuple[str, str]]:
    return _headers(HeaderParser().parsestr(block[:_MAX_HEADERS]))


def _read_mime(whole: bytes) -> tuple[list[tuple[str, str]], str | None, str | None]:
    """Headers, subject and readable text of a whole letter.

    The old policy of the library, for the new one takes half a minute over a header of half a megabyte; and both do
    over a `Content-Type` of that size, which no letter has.
    """
    if any(len(match[0]) > _MAX_CONTENT_TYPE for match in _CONTENT_TYPE.finditer(whole)):
        raise Unreadable("the letter in the field email has an overlong Content-Type")
    try:
        letter = message_from_bytes(whole)
        texts = {part.get_content_subtype(): part for part in reversed(list(letter.walk())) if _is_text(part)}
        part = texts.get("plain") or texts.get("html")
        raw = part.get_payload(decode=True) if part else b""
        charset = part.get_content_charset("") if part else ""
    except Exception as error:
        # The library does not say what it raises on broken letters: ValueError, IndexError, RecursionError …
        raise Unreadable("the letter in the field email is broken") from error
    written = clean(decode(raw if isinstance(raw, bytes) else b"", charset, lenient=True))
    subject = decoded_header(str(letter.get("subject", "")))
    return _headers(letter), subject, written if part is texts.get("plain") else text_of_html(written)


def _headers(letter: Message) -> list[tuple[str, str]]:
    return [(clean(name), str(value)) for name, value in letter.items()]


def _is_text(part: Message) -> bool:
    return part.get_content_type() in ("text/plain", "text/html") and part.get_content_disposition() != "attachment"
