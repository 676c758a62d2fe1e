"""Twilio: inbound calls and messages, form fields (twilio.com/docs, "TwiML Voice: requests", "Security").

Secrets: the auth token. `X-Twilio-Signature` = base64 HMAC-SHA1 of the full public address + every field and its
value, sorted by field; with `bodySHA256` in the query the fields are left out and the body's hash is compared. Twilio
may or may not count the port.

Idempotency key: `CallSid` or `MessageSid`. Whichever event of an inbound call comes first (`ringing` at the voice
address, any state at the status callback) makes the inquiry; later ones repeat it. Legs that an employee's telephone
adds (`ParentCallSid`) are ignored. Option `twiml`: the answer to a call, for instance
`<Response><Dial>+74951234567</Dial></Response>`; without it `<Response/>`, which is right for messages and status
callbacks and hangs up a call: give calls a source of their own.
"""

import hmac
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from urllib.parse import urlsplit, urlunsplit

from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable, Unverified

from leads.channels.base import Channel, Inquiry
from leads.channels.body import form, pairs
from leads.channels.proof import keys, query, require_signature
from leads.channels.values import identifier, rest, text

_PORTS = {"https": 443, "http": 80}


class Twilio(Channel):
    name = "twilio"

    def verify(self, request: RawRequest, source: Source) -> None:
        hashed = query(request).get("bodySHA256")
        if hashed is not None:
            require_signature(hashed, [sha256(request.body).hexdigest()], "bodySHA256")
        try:
            fields = "" if hashed is not None or not request.body else _signed_fields(request)
        except Unreadable as error:
            raise Unverified(f"X-Twilio-Signature cannot be checked: {error.reason}") from error
        signed = [(url + fields).encode(errors="replace") for url in _spellings(request.url)]
        expected = [b64encode(hmac.digest(key, text, "sha1")).decode() for key in keys(source) for text in signed]
        require_signature(request.header("x-twilio-signature"), expected, "X-Twilio-Signature")

    def reply(self, request: RawRequest, source: Source) -> Reply:
        return Reply(200, source.options.get("twiml", "<Response/>").encode(), "text/xml; charset=utf-8")

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        event = form(request) if request.body else query(request)
        if event.get("ParentCallSid"):
            raise Ignored("a leg of a call that is known already")
        if "CallSid" in event and event.get("Direction") != "inbound":
            raise Ignored("a call that is not inbound")
        if "MessageSid" in event and "Body" not in event:
            raise Ignored("the state of a message that was sent")
        is_call = "CallSid" in event
        app, _, number = (text(event.get("From"), "From") or "").rpartition(":")
        return [
            Inquiry(
                provider_id=identifier(event.get("CallSid" if is_call else "MessageSid"), "CallSid or MessageSid"),
                occurred_at=_time(text(event.get("Timestamp"), "Timestamp"), request),
                kind="call" if is_call else "message",
                name=text(event.get("ProfileName"), "ProfileName") or text(event.get("CallerName"), "CallerName"),
                phones=(number,) if number else (),
                messengers=((app, number.removeprefix("+")),) if app and number else (),
                text=text(event.get("Body"), "Body"),
                details=rest(event, "From", "Body", "Caller", "ProfileName", "CallerName"),
            )
        ]


def _signed_fields(request: RawRequest) -> str:
    """Every field and value without separators, sorted; equal pairs count once."""
    return "".join(name + value for name, value in sorted(set(pairs(request))))


def _spellings(url: str) -> list[str]:
    """The address as received, without its port and with the standard one."""
    try:
        parts = urlsplit(url)
        bare = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
        ported = f"{bare}:{parts.port or _PORTS.get(parts.scheme, 443)}"
    except ValueError:
        return [url]
    return [url, urlunsplit(parts._replace(netloc=bare)), urlunsplit(parts._replace(netloc=ported))]


def _time(stamp: str | None, request: RawRequest) -> datetime:
    """Status callbacks carry a `Timestamp` in the form of RFC 2822; other requests come at once."""
    try:
        return parsedate_to_datetime(stamp).astimezone(UTC) if stamp else request.received_at
    except (ValueError, TypeError, OverflowError):
        return request.received_at
