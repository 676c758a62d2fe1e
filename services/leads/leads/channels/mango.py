"""Mango Office telephony: form fields `vpbx_api_key`, `sign`, `json` (Mango Office, "API of the virtual PBX", events).

Secrets: the salt ("key for signing"). Option `api_key`: the exchange's key, or two separated by a space while it is
replaced. `sign` = hex SHA-256 of vpbx_api_key + json + salt. The exchange appends `/events/call`, `/events/summary` …
to the address given.

Idempotency key: `entry_id`, one per conversation. Every event of a conversation is a sign of its call: `call` (states
of the legs, numbered by `seq`), `summary` (the end and the result), `recording` (once completed, the id of the file).
An inbound `call` event is told by a caller without an extension; `summary` says `call_direction` 1 in, 2 out. The first
sign of an inbound call from a visible number makes the inquiry too: `call` in the state `Appeared`, or `summary`,
whichever comes first; the other one repeats it. Connected to `abonent` means that an employee picked up; connected to
`ivr` or `queue` is the machine. `command_id` comes with calls that a command of ours started.

Of `disconnect_reason` the codes that the page names for "busy" and "no such number, no route" are read; a call that
nobody answered is missed otherwise. Published examples are few (2018, 2020): `dct` (dynamic call tracking) and other
fields are kept as given.
"""

from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from leads.channels.base import CallSign, Channel, Fact, Inquiry
from leads.channels.body import json_object, pairs
from leads.channels.proof import keys, require_signature
from leads.channels.values import identifier, international, mapping, moment, rest, text

_DIRECTIONS: Final = {"1": "in", "2": "out"}
_BUSY: Final = ("1121", "1122", "1123")
_FAILED: Final = ("1130", "1131", "1132", "1140", "1151")


class Mango(Channel):
    name = "mango"

    def verify(self, request: RawRequest, source: Source) -> None:
        try:
            sent = dict(pairs(request))
        except Unreadable as error:
            raise Unverified(f"sign cannot be checked: {error.reason}") from error
        key, event = sent.get("vpbx_api_key", ""), sent.get("json", "")
        if key not in source.options.get("api_key", "").split():
            raise Unverified("vpbx_api_key is not the key of this exchange")
        signed = f"{key}{event}".encode(errors="replace")
        require_signature(sent.get("sign"), [sha256(signed + salt).hexdigest() for salt in keys(source)], "sign")

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        event = json_object(dict(pairs(request)).get("json", ""), "json")
        if "call_state" in event:
            return _state(event)
        if "call_direction" in event:
            return _summary(event)
        if event.get("recording_state") == "Completed":
            return [_recording(event)]
        raise Ignored("an event that tells nothing of a call")


def _state(event: dict[str, Any]) -> list[Fact]:
    caller, called = mapping(event.get("from", {}), "from"), mapping(event.get("to", {}), "to")
    at = moment(event.get("timestamp"), "timestamp")
    outbound = bool(caller.get("extension"))
    customer, employee = (called, caller) if outbound else (caller, called)
    phones = international(text(customer.get("number"), "number"))
    state, at_work = event["call_state"], event.get("location") == "abonent"
    sign = CallSign(
        call_id=identifier(event.get("entry_id"), "entry_id"),
        occurred_at=at,
        flow="out" if outbound else "in",
        phone=phones[0] if phones else None,
        extension=text(employee.get("extension"), "extension"),
        started_at=at if state == "Appeared" else None,
        answered_at=at if state == "Connected" and at_work else None,
        command_id=_command(event),
    )
    return [sign, *_inquiry(event, sign, caller, at)] if state == "Appeared" else [sign]


def _summary(event: dict[str, Any]) -> list[Fact]:
    flow: Any = _DIRECTIONS.get(str(event["call_direction"]))
    if flow is None:
        raise Ignored("the summary of a call between employees")
    caller, called = mapping(event.get("from", {}), "from"), mapping(event.get("to", {}), "to")
    outbound = bool(caller.get("extension")) or (flow == "out" and not called.get("extension"))
    customer, employee = (called, caller) if outbound else (caller, called)
    phones = international(text(customer.get("number"), "number"))
    began, ended = moment(event.get("create_time"), "create_time"), moment(event.get("end_time"), "end_time")
    talked = moment(event["talk_time"], "talk_time") if event.get("talk_time") else None
    sign = CallSign(
        call_id=identifier(event.get("entry_id"), "entry_id"),
        occurred_at=ended,
        flow=flow,
        phone=phones[0] if phones else None,
        extension=text(employee.get("extension"), "extension"),
        started_at=began,
        answered_at=talked,
        ended_at=ended,
        talk_seconds=min(max(0, int((ended - talked).total_seconds())), 86_400) if talked else 0,
        result=_result(event, talked is not None),
        command_id=_command(event),
    )
    return [sign, *_inquiry(event, sign, caller, began)]


def _result(event: dict[str, Any], talked: bool) -> Any:
    if str(event.get("entry_result")) == "1" and talked:
        return "answered"
    reason = str(event.get("disconnect_reason"))
    return "busy" if reason in _BUSY else "failed" if reason in _FAILED else "missed"


def _recording(event: dict[str, Any]) -> CallSign:
    return CallSign(
        call_id=identifier(event.get("entry_id"), "entry_id"),
        occurred_at=moment(event.get("timestamp"), "timestamp"),
        recording=identifier(event.get("recording_id"), "recording_id"),
    )


def _inquiry(event: dict[str, Any], sign: CallSign, caller: dict[str, Any], began: Any) -> list[Fact]:
    """The inquiry that an inbound call from a visible number is."""
    if sign.flow == "out" or sign.phone is None:
        return []
    return [
        Inquiry(
            provider_id=sign.call_id,
            occurred_at=began,
            kind="call",
            phones=(sign.phone,),
            details={**rest(event, "entry_id", "from"), "caller": rest(caller, "number")},
        )
    ]


def _command(event: dict[str, Any]) -> UUID | None:
    try:
        return UUID(text(event.get("command_id"), "command_id") or "")
    except ValueError:
        return None
