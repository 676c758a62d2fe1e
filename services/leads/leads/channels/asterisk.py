"""Calls of an Asterisk, told by its manager interface (see `pulling/asterisk.py`): events `Cdr` and `Hangup`.

Fields of `Cdr` (docs.asterisk.org): `Source, Destination, DestinationContext, CallerID, Channel, StartTime,
AnswerTime, EndTime, Duration, BillableSeconds, Disposition, UniqueID`; of `Hangup`: `CallerIDNum, Context, Channel,
Uniqueid, Linkedid, Cause`. A call is inbound if its channel begins with one of the option `trunks`, or its context is
among `contexts`.

Idempotency key: the unique id of the call's first channel: a `Hangup` of another leg is ignored, so `Cdr` and `Hangup`
of a call are one inquiry, whichever comes first. Times of `Cdr` are local to the exchange: option `timezone`.
"""

from datetime import datetime
from typing import Any, Final

from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from leads.channels.base import Channel, Inquiry
from leads.channels.body import decode
from leads.channels.form import DEFAULT_ZONE
from leads.channels.values import identifier, international, moment, rest
from leads.normalise import clean

MOST_BYTES: Final = 1 << 16


class AsteriskCalls(Channel):
    name = "asterisk"
    receives = False

    def verify(self, request: RawRequest, source: Source) -> None:
        raise Unverified("calls are told by the exchange's manager interface, nothing is sent here")

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        event = _fields(request.body)
        match event.get("event", "").lower():
            case "cdr":
                key, caller, context = event.get("uniqueid"), event.get("source"), event.get("destinationcontext")
            case "hangup":
                if event.get("uniqueid") != event.get("linkedid"):
                    raise Ignored("the end of another leg of a call")
                key, caller, context = event.get("uniqueid"), event.get("calleridnum"), event.get("context")
            case _:
                raise Ignored("an event that is not of a call")
        _require_inbound(event, context, source)
        phones = international(caller)
        if not phones:
            raise Ignored("a call from a hidden or internal number")
        return [
            Inquiry(
                provider_id=identifier(key, "UniqueID"),
                occurred_at=_began(event, request, source),
                kind="call",
                phones=phones,
                details=rest(event, "source", "calleridnum", "callerid", "connectedlinenum"),
            )
        ]


def _require_inbound(event: dict[str, str], context: str | None, source: Source) -> None:
    trunks = source.options.get("trunks", "").split()
    contexts = source.options.get("contexts", "from-trunk from-pstn from-external").split()
    if context not in contexts and not any(event.get("channel", "").startswith(trunk) for trunk in trunks):
        raise Ignored("a call that did not come by a trunk")


def _began(event: dict[str, str], request: RawRequest, source: Source) -> datetime:
    began = event.get("starttime")
    if not began:
        return request.received_at
    return min(moment(began, "StartTime", source.options.get("timezone", DEFAULT_ZONE)), request.received_at)


def _fields(body: bytes) -> dict[str, Any]:
    """Keys in lower case: they differ between versions in nothing else."""
    if len(body) > MOST_BYTES:
        raise Unreadable(f"the message is larger than {MOST_BYTES} bytes")
    fields: dict[str, Any] = {}
    for line in clean(decode(body, "", lenient=True)).split("\n"):
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip().lower(), value.strip())
    if "event" not in fields:
        raise Unreadable("the message holds no event")
    return fields
