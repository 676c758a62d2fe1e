"""Mango Office telephony: form fields `vpbx_api_key`, `sign`, `json` (Mango Office, "API of the virtual PBX", events).

Secrets: the salt ("key for signing"). Option `api_key`: the exchange's key, or two separated by a space while it is
replaced. `sign` = hex SHA-256 of vpbx_api_key + json + salt. The exchange appends `/events/call`, `/events/summary` …
to the address given.

Idempotency key: `entry_id`, one per conversation. The first sign of an inbound call makes the inquiry: a `call` event
in the state `Appeared`, or the `summary` at its end, whichever comes first; the other one repeats it. Everything else
is ignored. An inbound `call` event is told by a caller without an extension; `summary` says `call_direction` 1.
Published examples are few (2018, 2020): `dct` (dynamic call tracking) and other fields are kept as given.
"""

from hashlib import sha256
from typing import Final

from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from leads.channels.base import Channel, Inquiry
from leads.channels.body import json_object, pairs
from leads.channels.proof import keys, require_signature
from leads.channels.values import identifier, international, mapping, moment, rest, text

_INBOUND: Final = ("1", 1)


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

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        event = json_object(dict(pairs(request)).get("json", ""), "json")
        caller = mapping(event.get("from", {}), "from")
        if "call_state" in event:
            if event["call_state"] != "Appeared":
                raise Ignored("a call event after the first")
            if caller.get("extension"):
                raise Ignored("a call made by an employee")
            began = moment(event.get("timestamp"), "timestamp")
        elif "call_direction" in event:
            if event["call_direction"] not in _INBOUND:
                raise Ignored("the summary of a call that is not inbound")
            began = moment(event.get("create_time"), "create_time")
        else:
            raise Ignored("an event that begins no call")
        phones = international(text(caller.get("number"), "from.number"))
        return [
            Inquiry(
                provider_id=identifier(event.get("entry_id"), "entry_id"),
                occurred_at=began,
                kind="call",
                phones=phones,
                details={**rest(event, "entry_id", "from"), "caller": rest(caller, "number") if phones else caller},
            )
        ]
