"""Twilio: inbound calls and messages, form fields (twilio.com/docs, "TwiML Voice: requests", "Security").

Secrets: the auth token. `X-Twilio-Signature` = base64 HMAC-SHA1 of the full public address + every field and its
value, sorted by field; with `bodySHA256` in the query the fields are left out and the body's hash is compared. Twilio
may or may not count the port.

Idempotency key: `CallSid` or `MessageSid`; of messages that were sent `MessageSid` and `MessageStatus`. Every event of
a call is a sign of it: `CallStatus` (twilio.com/docs, "StatusCallback"), `CallDuration`, `RecordingUrl` of the
recording's callback. Whichever event of an inbound call comes first (`ringing` at the voice address, any state at the
status callback) makes the inquiry; later ones repeat it. Legs that an employee's telephone adds (`ParentCallSid`) are
signs of the call they belong to: the telephone's number, without plus, is its extension. A call that we asked for
carries `command_id` in the query. Option `twiml`: the answer to a call, for instance
`<Response><Dial>+74951234567</Dial></Response>`; without it `<Response/>`, which is right for messages and status
callbacks and hangs up a call: give calls a source of their own.
"""

import hmac
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from events.contracts.leads.deliveries import DeliveryState
from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable, Unverified

from leads.channels.base import CallSign, Channel, Delivery, Fact, Inquiry
from leads.channels.body import form, pairs
from leads.channels.proof import keys, query, require_signature
from leads.channels.values import code, identifier, international, rest, seconds_before, text

_PORTS = {"https": 443, "http": 80}
_RESULTS: Final = {
    "completed": "answered",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "missed",
    "canceled": "missed",
}


_STATES: Final[dict[str, DeliveryState]] = {
    "accepted": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
}


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

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        event = form(request) if request.body else query(request)
        if "CallSid" in event:
            return _call(event, request)
        if "MessageSid" in event and "Body" not in event:
            return [_delivery(event, request)]
        return [_inquiry(event, request, "MessageSid", "message")]


def _call(event: dict[str, str], request: RawRequest) -> list[Fact]:
    leg, direction = bool(event.get("ParentCallSid")), event.get("Direction", "")
    flow: Any = "in" if direction == "inbound" else "out" if direction.startswith("outbound") else None
    at = _time(text(event.get("Timestamp"), "Timestamp"), request)
    status, asked = event.get("CallStatus", ""), query(request).get("command_id")
    over, seconds = status in _RESULTS, _seconds(event)
    answered = at if status == "in-progress" else None
    if status == "completed" and seconds:
        answered = seconds_before(at, seconds, "Timestamp")
    result: Any = _RESULTS.get(status)
    if result == "answered" and not seconds and leg:
        result = None
    sign = CallSign(
        call_id=identifier(event.get("ParentCallSid") if leg else event.get("CallSid"), "CallSid"),
        occurred_at=at,
        flow=None if leg else flow,
        phone=None if leg else _number(event, flow, asked),
        extension=(event.get("To") or "").removeprefix("+") or None if leg else None,
        started_at=at if status in ("queued", "initiated", "ringing") and not leg else None,
        answered_at=answered if leg or flow == "out" else None,
        ended_at=at if over and not leg else None,
        talk_seconds=seconds if status == "completed" and not leg else None,
        result=result if not leg else None,
        recording=text(event.get("RecordingUrl"), "RecordingUrl"),
        command_id=_command(asked),
    )
    first = flow == "in" and not leg and sign.phone is not None and not sign.recording
    return [sign, _inquiry(event, request, "CallSid", "call")] if first else [sign]


def _inquiry(event: dict[str, str], request: RawRequest, key: str, kind: Any) -> Inquiry:
    app, _, number = (text(event.get("From"), "From") or "").rpartition(":")
    return Inquiry(
        provider_id=identifier(event.get(key), "CallSid or MessageSid"),
        occurred_at=_time(text(event.get("Timestamp"), "Timestamp"), request),
        kind=kind,
        name=text(event.get("ProfileName"), "ProfileName") or text(event.get("CallerName"), "CallerName"),
        phones=(number,) if number else (),
        messengers=((app, number.removeprefix("+")),) if app and number else (),
        text=text(event.get("Body"), "Body"),
        details=rest(event, "From", "Body", "Caller", "ProfileName", "CallerName"),
    )


def _delivery(event: dict[str, str], request: RawRequest) -> Delivery:
    """`MessageStatus` of a message that was sent; Twilio says no time."""
    status = identifier(event.get("MessageStatus") or event.get("SmsStatus"), "MessageStatus")
    if status not in _STATES:
        raise Ignored("no state of a message that was sent")
    return Delivery(
        message=identifier(event.get("MessageSid"), "MessageSid"),
        report=status,
        occurred_at=request.received_at,
        state=_STATES[status],
        reason=code(event.get("ErrorCode")),
        phone=next(iter(international((text(event.get("To"), "To") or "").removeprefix("whatsapp:"))), None),
    )


def _number(event: dict[str, str], flow: str | None, asked: str | None) -> str | None:
    """The customer's number. A call that we asked for rings the employee first: its customer is in the command."""
    name = "From" if flow == "in" else "To"
    return None if asked else next(iter(international(text(event.get(name), name))), None)


def _seconds(event: dict[str, str]) -> int | None:
    given = text(event.get("CallDuration"), "CallDuration")
    return min(int(given), 86_400) if given and given.isascii() and given.isdigit() else None


def _command(asked: str | None) -> UUID | None:
    try:
        return UUID(asked or "")
    except ValueError:
        return None


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
