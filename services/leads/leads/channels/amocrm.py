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

from leads.channels.amocrm_contacts import past_contact
from leads.channels.amocrm_deals import past_deal
from leads.channels.base import Channel, Company, Fact, Inquiry, Membership
from leads.channels.body import json_object, pairs
from leads.channels.codes import Codes, answering, takes_deals
from leads.channels.proof import require_shared_secret
from leads.channels.pulled import Reference, is_pulled
from leads.channels.values import identifier, listing, mapping, moment, rest, text

_NEW: Final = re.compile(r"(leads|contacts|unsorted)\[add\]\[\d+\]\[(id|lead_id)\]")
_KINDS: Final = {("leads", "id"): "lead", ("contacts", "id"): "contact", ("unsorted", "lead_id"): "lead"}
_CHANGED: Final = re.compile(r"leads\[(?:update|status)\]\[\d+\]\[id\]")
_HOOK: Final = re.compile(r"[a-z]+\[\w+\]")
_PARTS: Final = ("lead", "contact", "company")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class AmoCrmAccount(Channel):
    name = "amocrm"

    def verify(self, request: RawRequest, source: Source) -> None:
        require_shared_secret(request, source)

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        if is_pulled(request):
            return _fetched(json_object(request.body), source)
        deals = takes_deals(source)
        named: dict[str, None] = {}
        sent = pairs(request)
        if not any(_HOOK.match(name) for name, _ in sent):
            raise Unreadable("no field of a webhook of amoCRM")
        for name, value in sent:
            match = _NEW.fullmatch(name)
            kind = _KINDS.get((match[1], match[2])) if match else None
            if deals and (kind == "lead" or _CHANGED.fullmatch(name)):
                kind = "deal"
            if kind:
                if not _NUMBER.fullmatch(value):
                    raise Unreadable(f"{name} is not a number")
                named[f"{kind}:{value}"] = None
        if not named:
            raise Ignored("neither a new lead nor a new contact")
        return [Reference(reference) for reference in named]


def _fetched(body: dict[str, Any], source: Source) -> list[Fact]:
    if "note" in body or "task" in body:
        return [past_contact(body, source)]
    if "deal" in body:
        past = past_deal(body, source)
        return [*_inquired({**body, "lead": body["deal"]}, source), past]
    if body.get("company") and not body.get("lead"):
        return [_company(mapping(body["company"], "company"), source)]
    return _inquired(body, source)


def _inquired(body: dict[str, Any], source: Source) -> list[Fact]:
    """The person's request, and whom he acts for."""
    lead, contact, company = (mapping(body[name], name) if body.get(name) else None for name in _PARTS)
    thing, whose = lead or contact, contact or (None if _linked(lead, "contacts") else company)
    if thing is None:
        raise Unreadable("neither a lead nor a contact")
    fields = listing((whose or {}).get("custom_fields_values") or [], "custom_fields_values")
    inquiry = Inquiry(
        provider_id=f"{'lead' if lead else 'contact'}:{identifier(thing.get('id'), 'id')}",
        occurred_at=moment(thing.get("created_at"), "created_at"),
        kind="import",
        name=text((whose or {}).get("name"), "name"),
        person_id=_person(lead, contact),
        phones=_values(fields, "PHONE"),
        emails=_values(fields, "EMAIL"),
        text=text(lead.get("name"), "name") if lead else None,
        details={**rest(thing, "name", "custom_fields_values"), "fields": [*fields, *_own_fields(lead)]},
    )
    companies = _linked(contact, "companies")
    user = text((contact or thing).get("responsible_user_id"), "responsible_user_id")
    members = [_member(inquiry, companies, fields)] if companies else []
    return [inquiry, *answering(inquiry, source, user), *members]


def _company(company: dict[str, Any], source: Source) -> Company:
    number = identifier(company.get("id"), "id")
    codes, manager = Codes(source.options), text(company.get("responsible_user_id"), "responsible_user_id")
    return Company(
        company_id=number,
        name=text(company.get("name"), "name") or f"amoCRM {number}",
        occurred_at=moment(company.get("created_at"), "created_at"),
        manager_id=codes.manager(manager),
    )


def _person(lead: dict[str, Any] | None, contact: dict[str, Any] | None) -> str:
    """The contact, else the main one of the lead, else its company."""
    if contact is not None:
        return f"contact:{identifier(contact.get('id'), 'contact.id')}"
    for kind, people in (("contact", _linked(lead, "contacts")), ("company", _linked(lead, "companies"))):
        if people:
            return f"{kind}:{people[0]}"
    raise Unreadable("the lead has no contact")


def _linked(thing: dict[str, Any] | None, kind: str) -> list[str]:
    """Ids of what the thing names of that kind, the main one first."""
    embedded = mapping((thing or {}).get("_embedded") or {}, "_embedded")
    found = [mapping(one, kind) for one in listing(embedded.get(kind) or [], kind)]
    found.sort(key=lambda one: not one.get("is_main"))
    return [identifier(one.get("id"), f"{kind}.id") for one in found]


def _member(inquiry: Inquiry, companies: list[str], fields: list[Any]) -> Membership:
    return Membership(
        request_id=inquiry.provider_id,
        company_ids=tuple(companies),
        occurred_at=inquiry.occurred_at,
        role=next(iter(_values(fields, "POSITION")), "contact"),
    )


def _own_fields(lead: dict[str, Any] | None) -> list[Any]:
    return listing((lead or {}).get("custom_fields_values") or [], "custom_fields_values")


def _values(fields: list[Any], code: str) -> tuple[str, ...]:
    """The values of the fields of that code: `{"field_code": "PHONE", "values": [{"value": "+7…"}]}`."""
    found = (mapping(item, "custom_fields_values") for item in fields)
    values = [v for field in found if field.get("field_code") == code for v in listing(field.get("values"), "values")]
    return tuple(filter(None, (text(mapping(value, "values").get("value"), code) for value in values)))
