"""Bitrix24, to live beside it or move off it: events of the portal, and what is fetched (see `pulling/bitrix24.py`).

Outbound webhooks (apidocs.bitrix24.ru, "Events") are urlencoded: `event=ONCRMLEADADD`, `data[FIELDS][ID]`, `ts`,
`auth[application_token]`, `auth[member_id]`. Secrets: the application token. An event is sent once, with an id only:
`ONCRMLEADADD` and `ONCRMCONTACTADD` are fetched by it; others are ignored.

Fetched: `{"lead": {…}}` or `{"contact": {…}}` with the names of crm.lead.get. Idempotency key: `lead:<ID>`,
`contact:<ID>`. A lead's person is its `CONTACT_ID` where it has one. `DATE_CREATE` is business time.
"""

import re
from typing import Any, Final

from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from leads.channels.base import Channel, Fact, Inquiry
from leads.channels.body import json_object, pairs
from leads.channels.form import DEFAULT_ZONE
from leads.channels.proof import require_secret
from leads.channels.pulled import Reference, is_pulled
from leads.channels.utm import marks
from leads.channels.values import identifier, listing, mapping, moment, rest, text

_EVENTS: Final = {"ONCRMLEADADD": "lead", "ONCRMCONTACTADD": "contact"}
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_USED: Final = ("NAME", "SECOND_NAME", "LAST_NAME", "PHONE", "EMAIL", "TITLE", "COMMENTS")


class Bitrix24Portal(Channel):
    name = "bitrix24"

    def verify(self, request: RawRequest, source: Source) -> None:
        try:
            sent = dict(pairs(request))
        except Unreadable as error:
            raise Unverified(f"application_token cannot be checked: {error.reason}") from error
        require_secret([sent.get("auth[application_token]")], source, "auth[application_token]")

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        if is_pulled(request):
            return [_fetched(json_object(request.body))]
        sent = dict(pairs(request))
        if "event" not in sent:
            raise Unreadable("event is missing")
        kind = _EVENTS.get(sent.get("event", "").upper())
        if kind is None:
            raise Ignored("neither a new lead nor a new contact")
        number = sent.get("data[FIELDS][ID]", "")
        if not _NUMBER.fullmatch(number):
            raise Unreadable("data[FIELDS][ID] is not a number")
        return [Reference(f"{kind}:{number}")]


def _fetched(body: dict[str, Any]) -> Inquiry:
    kind = next((kind for kind in ("lead", "contact") if kind in body), None)
    if kind is None:
        raise Unreadable("neither a lead nor a contact")
    thing = mapping(body[kind], kind)
    number = identifier(thing.get("ID"), "ID")
    names = [text(thing.get(field), field) for field in ("NAME", "SECOND_NAME", "LAST_NAME")]
    utm, _ = marks({k: v for k, v in thing.items() if k.startswith("UTM_") and isinstance(v, str)})
    return Inquiry(
        provider_id=f"{kind}:{number}",
        occurred_at=moment(thing.get("DATE_CREATE"), "DATE_CREATE", DEFAULT_ZONE),
        kind="import",
        name=" ".join(filter(None, names)) or None,
        person_id=f"contact:{number}" if kind == "contact" else _contact(thing),
        phones=_values(thing, "PHONE"),
        emails=_values(thing, "EMAIL"),
        text="\n\n".join(filter(None, (text(thing.get(field), field) for field in ("TITLE", "COMMENTS")))) or None,
        utm=utm,
        details=rest(thing, *_USED),
    )


def _contact(lead: dict[str, Any]) -> str | None:
    number = text(lead.get("CONTACT_ID"), "CONTACT_ID")
    return f"contact:{number}" if number and number != "0" else None


def _values(thing: dict[str, Any], field: str) -> tuple[str, ...]:
    """Multiple fields: `[{"ID": "1", "VALUE_TYPE": "WORK", "VALUE": "+7…", "TYPE_ID": "PHONE"}]`."""
    values = (mapping(item, field) for item in listing(thing.get(field) or [], field))
    return tuple(filter(None, (text(value.get("VALUE"), field) for value in values)))
