"""amoCRM, to live beside it or move off it: webhooks of the account, and what is fetched (see `pulling/amocrm.py`).

Webhooks (amocrm.ru/developers, "Webhooks") are urlencoded with brackets: `leads[add][0][id]=…`, `contacts[add][0][id]`,
`unsorted[add][0][…]`, `account[subdomain]`. Nothing signs them: the secret stands in the address. A hook names little
and no phone of a lead, so new leads and contacts are fetched by their id; of incoming "unsorted" requests the lead they
stand for (`lead_id`, unconfirmed) is. Changes, stages and deletions are ignored. 2xx is wanted in two seconds; failed
hooks are sent again for some minutes and then switched off.

Fetched: `{"contact": {…}}` or `{"lead": {…}, "contact": {…}}` of API v4. Idempotency key: `lead:<id>`, `contact:<id>`.
The person is known by the id of the contact, so a lead finds the card of its contact. `created_at` is business time.
"""

import re
from typing import Any, Final

from events.webhooks import Ignored, RawRequest, Source, Unreadable

from leads.channels.base import Channel, Fact, Inquiry
from leads.channels.body import json_object, pairs
from leads.channels.proof import require_shared_secret
from leads.channels.pulled import Reference, is_pulled
from leads.channels.values import identifier, listing, mapping, moment, rest, text

_NEW: Final = re.compile(r"(leads|contacts|unsorted)\[add\]\[\d+\]\[(id|lead_id)\]")
_KINDS: Final = {("leads", "id"): "lead", ("contacts", "id"): "contact", ("unsorted", "lead_id"): "lead"}
_HOOK: Final = re.compile(r"[a-z]+\[\w+\]")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class AmoCrmAccount(Channel):
    name = "amocrm"

    def verify(self, request: RawRequest, source: Source) -> None:
        require_shared_secret(request, source)

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        if is_pulled(request):
            return [_fetched(json_object(request.body))]
        named: dict[str, None] = {}
        sent = pairs(request)
        if not any(_HOOK.match(name) for name, _ in sent):
            raise Unreadable("no field of a webhook of amoCRM")
        for name, value in sent:
            match = _NEW.fullmatch(name)
            kind = _KINDS.get((match[1], match[2])) if match else None
            if kind:
                if not _NUMBER.fullmatch(value):
                    raise Unreadable(f"{name} is not a number")
                named[f"{kind}:{value}"] = None
        if not named:
            raise Ignored("neither a new lead nor a new contact")
        return [Reference(reference) for reference in named]


def _fetched(body: dict[str, Any]) -> Inquiry:
    lead = mapping(body["lead"], "lead") if body.get("lead") else None
    contact = mapping(body["contact"], "contact") if body.get("contact") else None
    thing = lead or contact
    if thing is None:
        raise Unreadable("neither a lead nor a contact")
    fields = listing((contact or {}).get("custom_fields_values") or [], "custom_fields_values")
    kind = "lead" if lead else "contact"
    return Inquiry(
        provider_id=f"{kind}:{identifier(thing.get('id'), 'id')}",
        occurred_at=moment(thing.get("created_at"), "created_at"),
        kind="import",
        name=text((contact or {}).get("name"), "name"),
        person_id=_person(lead, contact),
        phones=_values(fields, "PHONE"),
        emails=_values(fields, "EMAIL"),
        text=text(lead.get("name"), "name") if lead else None,
        details={**rest(thing, "name", "custom_fields_values"), "fields": [*fields, *_own_fields(lead)]},
    )


def _person(lead: dict[str, Any] | None, contact: dict[str, Any] | None) -> str | None:
    if contact is not None:
        return f"contact:{identifier(contact.get('id'), 'contact.id')}"
    embedded = mapping((lead or {}).get("_embedded") or {}, "_embedded")
    contacts = [mapping(one, "contacts") for one in listing(embedded.get("contacts") or [], "contacts")]
    main = next((one for one in contacts if one.get("is_main")), contacts[0] if contacts else None)
    if main is None:
        raise Unreadable("the lead has no contact")
    return f"contact:{identifier(main.get('id'), 'contacts.id')}"


def _own_fields(lead: dict[str, Any] | None) -> list[Any]:
    return listing((lead or {}).get("custom_fields_values") or [], "custom_fields_values")


def _values(fields: list[Any], code: str) -> tuple[str, ...]:
    """The values of the fields of that code: `{"field_code": "PHONE", "values": [{"value": "+7…"}]}`."""
    found = (mapping(item, "custom_fields_values") for item in fields)
    values = [v for field in found if field.get("field_code") == code for v in listing(field.get("values"), "values")]
    return tuple(filter(None, (text(mapping(value, "values").get("value"), code) for value in values)))
