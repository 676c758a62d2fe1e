"""Calls of an Asterisk, told by its manager interface (see `pulling/asterisk.py`): events `Cdr` and `Hangup`.

Fields of `Cdr` (docs.asterisk.org): `Source, Destination, DestinationContext, CallerID, Channel, DestinationChannel,
StartTime, AnswerTime, EndTime, Duration, BillableSeconds, Disposition, UniqueID`; of `Hangup`: `CallerIDNum, Context,
Channel, Uniqueid, Linkedid, Cause`. A call is inbound if its channel begins with one of the option `trunks`, or its
context is among `contexts`; any other `Cdr` to a number of ten digits or more is outbound. Calls between employees are
ignored.

Each event is a sign of its call; of an inbound one from a visible number an inquiry too. Idempotency key: the unique id
of the call's first channel: a `Hangup` of another leg is ignored, so `Cdr` and `Hangup` of a call are one inquiry,
whichever comes first. Times of `Cdr` are local to the exchange: option `timezone`.
"""

import re
from datetime import datetime
from typing import Any, Final

from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from leads.channels.base import CallSign, Channel, Fact, Inquiry
from leads.channels.body import decode
from leads.channels.form import DEFAULT_ZONE
from leads.channels.values import identifier, international, moment, rest
from leads.normalise import clean

MOST_BYTES: Final = 1 << 16
_RESULTS: Final = {"ANSWERED": "answered", "NO ANSWER": "missed", "BUSY": "busy", "FAILED": "failed"}
_EXTENSION: Final = re.compile(r"[A-Za-z0-9]+/(\w{1,20})-[0-9a-f]+")
_USED: Final = ("source", "calleridnum", "callerid", "connectedlinenum", "connectedlinename")


class AsteriskCalls(Channel):
    name = "asterisk"
    receives = False

    def verify(self, request: RawRequest, source: Source) -> None:
        raise Unverified("calls are told by the exchange's manager interface, nothing is sent here")

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        event = _fields(request.body)
        match event["event"].lower():
            case "cdr":
                sign = _of_cdr(event, request, source)
            case "hangup":
                sign = _of_hangup(event, request, source)
            case _:
                raise Ignored("an event that is not of a call")
        if sign.flow == "out" or sign.phone is None:
            return [sign]
        inquiry = Inquiry(
            provider_id=sign.call_id,
            occurred_at=sign.started_at or sign.occurred_at,
            kind="call",
            phones=(sign.phone,),
            details=rest(event, *_USED),
        )
        return [sign, inquiry]


def _of_cdr(event: dict[str, str], request: RawRequest, source: Source) -> CallSign:
    def at(field: str) -> datetime | None:
        given = event.get(field.lower())
        zone = source.options.get("timezone", DEFAULT_ZONE)
        return min(moment(given, field, zone), request.received_at) if given else None

    inbound = _is_inbound(event, event.get("destinationcontext"), source)
    phones = international(event.get("source" if inbound else "destination"))
    if not inbound and not phones:
        raise Ignored("a call between employees")
    leg = _EXTENSION.fullmatch(event.get("destinationchannel" if inbound else "channel", ""))
    seconds, ended = event.get("billableseconds", ""), at("EndTime")
    result: Any = _RESULTS.get(event.get("disposition", "").upper())
    return CallSign(
        call_id=identifier(event.get("uniqueid"), "UniqueID"),
        occurred_at=ended or request.received_at,
        flow="in" if inbound else "out",
        phone=phones[0] if phones else None,
        extension=leg[1] if leg else None,
        started_at=at("StartTime"),
        answered_at=at("AnswerTime"),
        ended_at=ended,
        talk_seconds=min(int(seconds), 86_400) if seconds.isascii() and seconds.isdigit() else None,
        result=result,
    )


def _of_hangup(event: dict[str, str], request: RawRequest, source: Source) -> CallSign:
    if event.get("uniqueid") != event.get("linkedid"):
        raise Ignored("the end of another leg of a call")
    if not _is_inbound(event, event.get("context"), source):
        raise Ignored("the end of a call that did not come by a trunk")
    phones = international(event.get("calleridnum"))
    return CallSign(
        call_id=identifier(event.get("uniqueid"), "Uniqueid"),
        occurred_at=request.received_at,
        flow="in",
        phone=phones[0] if phones else None,
        ended_at=request.received_at,
    )


def _is_inbound(event: dict[str, str], context: str | None, source: Source) -> bool:
    trunks = source.options.get("trunks", "").split()
    contexts = source.options.get("contexts", "from-trunk from-pstn from-external").split()
    return context in contexts or any(event.get("channel", "").startswith(trunk) for trunk in trunks)


def _fields(body: bytes) -> dict[str, str]:
    """Keys in lower case: they differ between versions in nothing else."""
    if len(body) > MOST_BYTES:
        raise Unreadable(f"the message is larger than {MOST_BYTES} bytes")
    fields: dict[str, str] = {}
    for line in clean(decode(body, "", lenient=True)).split("\n"):
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip().lower(), value.strip())
    if "event" not in fields:
        raise Unreadable("the message holds no event")
    return fields
