"""Bitrix24, to live beside it or move off it: events of the portal, and what is fetched (see `pulling/bitrix24.py`).

Outbound webhooks (apidocs.bitrix24.ru, "Events") are urlencoded: `event=ONCRMLEADADD`, `data[FIELDS][ID]`, `ts`,
`auth[application_token]`, `auth[member_id]`. Secrets: the application token. An event is sent once, with an id only:
`ONCRMLEADADD` and `ONCRMCONTACTADD` are fetched by it, and where the history of deals is taken over `ONCRMDEALADD` and
`ONCRMDEALUPDATE`; others are ignored.

Fetched: `{"lead": {…}, "stages": […]}`, `{"contact": {…}}` and `{"company": {…}}` with the names of crm.lead.get, and
deals with their history (see `bitrix24_deals.py`). Idempotency key: `lead:<ID>`, `contact:<ID>`, `deal:<ID>`. The
person of a lead or deal is its `CONTACT_ID` where it has one; a deal of nobody but a company is that company's.
`DATE_CREATE` is business time.
"""

import re
from typing import Any, Final

from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from leads.channels.base import Channel, Company, Fact, Inquiry, Membership
from leads.channels.bitrix24_contacts import past_contact
from leads.channels.bitrix24_deals import past_deal
from leads.channels.body import json_object, pairs
from leads.channels.codes import Codes, answering, takes_deals
from leads.channels.form import DEFAULT_ZONE
from leads.channels.proof import require_secret
from leads.channels.pulled import Reference, is_pulled
from leads.channels.utm import marks
from leads.channels.values import identifier, listing, mapping, moment, rest, text

_EVENTS: Final = {"ONCRMLEADADD": "lead", "ONCRMCONTACTADD": "contact"}
_DEAL_EVENTS: Final = {"ONCRMDEALADD": "deal", "ONCRMDEALUPDATE": "deal"}
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
            return _fetched(json_object(request.body), source)
        sent = dict(pairs(request))
        if "event" not in sent:
            raise Unreadable("event is missing")
        events = _EVENTS | _DEAL_EVENTS if takes_deals(source) else _EVENTS
        kind = events.get(sent["event"].upper())
        if kind is None:
            raise Ignored("neither a new lead nor a new contact")
        number = sent.get("data[FIELDS][ID]", "")
        if not _NUMBER.fullmatch(number):
            raise Unreadable("data[FIELDS][ID] is not a number")
        return [Reference(f"{kind}:{number}")]


def _fetched(body: dict[str, Any], source: Source) -> list[Fact]:
    if "activity" in body:
        return [past_contact(body, source)]
    if "deal" in body:
        past = past_deal(body, source)
        deal = mapping(body["deal"], "deal")
        asked = _deal(deal, body)
        return [asked, *answering(asked, source, text(deal.get("ASSIGNED_BY_ID"), "ASSIGNED_BY_ID")), past]
    if "company" in body:
        return [_company(mapping(body["company"], "company"), source)]
    kind = next((kind for kind in ("lead", "contact") if kind in body), None)
    if kind is None:
        raise Unreadable("neither a lead nor a contact")
    thing = mapping(body[kind], kind)
    number = identifier(thing.get("ID"), "ID")
    utm, _ = marks({k: v for k, v in thing.items() if k.startswith("UTM_") and isinstance(v, str)})
    inquiry = Inquiry(
        provider_id=f"{kind}:{number}",
        occurred_at=moment(thing.get("DATE_CREATE"), "DATE_CREATE", DEFAULT_ZONE),
        kind="import",
        name=_name(thing),
        person_id=f"contact:{number}" if kind == "contact" else _linked(thing, "contact"),
        phones=_values(thing, "PHONE"),
        emails=_values(thing, "EMAIL"),
        text="\n\n".join(filter(None, (text(thing.get(field), field) for field in ("TITLE", "COMMENTS")))) or None,
        utm=utm,
        details={**rest(thing, *_USED), **rest(body, kind)},
    )
    company = text(thing.get("COMPANY_ID"), "COMPANY_ID") if kind == "contact" else None
    members = [_member(inquiry, company, thing)] if company and company != "0" else []
    return [inquiry, *answering(inquiry, source, text(thing.get("ASSIGNED_BY_ID"), "ASSIGNED_BY_ID")), *members]


def _deal(deal: dict[str, Any], body: dict[str, Any]) -> Inquiry:
    """The request that the deal is to its person, who is told beside it where it was fetched alone."""
    kind = "contact" if _linked(deal, "contact") else "company"
    person, whose = _linked(deal, kind), mapping(body.get(kind) or {}, kind)
    if person is None:
        raise Unreadable("the deal has no contact")
    utm, _ = marks({k: v for k, v in deal.items() if k.startswith("UTM_") and isinstance(v, str)})
    return Inquiry(
        provider_id=f"deal:{identifier(deal.get('ID'), 'ID')}",
        occurred_at=moment(deal.get("DATE_CREATE"), "DATE_CREATE", DEFAULT_ZONE),
        kind="import",
        name=_name(whose) or text(whose.get("TITLE"), "TITLE"),
        person_id=person,
        phones=_values(whose, "PHONE"),
        emails=_values(whose, "EMAIL"),
        text="\n\n".join(filter(None, (text(deal.get(field), field) for field in ("TITLE", "COMMENTS")))) or None,
        utm=utm,
        details=rest(deal, "TITLE", "COMMENTS"),
    )


def _company(company: dict[str, Any], source: Source) -> Company:
    number = identifier(company.get("ID"), "ID")
    codes, manager = Codes(source.options), text(company.get("ASSIGNED_BY_ID"), "ASSIGNED_BY_ID")
    return Company(
        company_id=number,
        name=text(company.get("TITLE"), "TITLE") or f"Bitrix24 {number}",
        occurred_at=moment(company.get("DATE_CREATE"), "DATE_CREATE", DEFAULT_ZONE),
        manager_id=codes.manager(manager),
    )


def _member(inquiry: Inquiry, company: str, contact: dict[str, Any]) -> Membership:
    return Membership(
        request_id=inquiry.provider_id,
        company_ids=(company,),
        occurred_at=inquiry.occurred_at,
        role=text(contact.get("POST"), "POST") or "contact",
    )


def _name(thing: dict[str, Any]) -> str | None:
    names = [text(thing.get(field), field) for field in ("NAME", "SECOND_NAME", "LAST_NAME")]
    return " ".join(filter(None, names)) or None


def _linked(thing: dict[str, Any], kind: str) -> str | None:
    """Who the thing names by `CONTACT_ID` or `COMPANY_ID`; 0 is nobody."""
    field = f"{kind.upper()}_ID"
    number = text(thing.get(field), field)
    return f"{kind}:{number}" if number and number != "0" else None


def _values(thing: dict[str, Any], field: str) -> tuple[str, ...]:
    """Multiple fields: `[{"ID": "1", "VALUE_TYPE": "WORK", "VALUE": "+7…", "TYPE_ID": "PHONE"}]`."""
    values = (mapping(item, field) for item in listing(thing.get(field) or [], field))
    return tuple(filter(None, (text(value.get("VALUE"), field) for value in values)))
