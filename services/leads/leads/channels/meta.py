"""Meta Lead Ads: webhook of a page, field `leadgen` (developers.facebook.com, Lead Ads, Webhooks).

Handshake and signature as in `hub.py`. That `X-Hub-Signature-256` is sent for `leadgen` too is said by Meta's general
page on webhooks; no recorded delivery was at hand. A delivery that was not answered by 200 comes again for 36 hours.

A delivery holds ids only: `leadgen_id, page_id, form_id, ad_id, adgroup_id, created_time`; the lead is fetched (see
`pulling/meta.py`): `id, created_time, form_id, campaign_name, platform, field_data: [{name, values[]}]`. Idempotency
key: `leadgen_id`, so a notice and a look through the form are one lead. Standard questions have the names `full_name,
first_name, last_name, email, phone_number, work_email, work_phone_number`; others are kept as answers.
"""

import re
from typing import Any, Final

from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable

from leads.channels import hub
from leads.channels.base import Channel, Fact, Inquiry
from leads.channels.body import json_object
from leads.channels.pulled import Reference, is_pulled
from leads.channels.values import identifier, listing, mapping, moment, rest, text, texts

_PHONES: Final = ("phone_number", "work_phone_number")
_EMAILS: Final = ("email", "work_email")
_NAMES: Final = ("full_name", "first_name", "last_name")
_ID: Final = re.compile(r"[0-9]{1,30}")


class Meta(Channel):
    name = "meta"
    retries = True

    def verify(self, request: RawRequest, source: Source) -> None:
        hub.verify(request, source)

    def handshake(self, request: RawRequest, source: Source) -> Reply | None:
        return hub.handshake(request, source)

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        body = json_object(request.body)
        if is_pulled(request):
            return [_lead(body)]
        named = {identifier(lead.get("leadgen_id"), "leadgen_id"): None for lead in hub.changes(body, "leadgen")}
        if not named:
            raise Ignored("no new lead in the notice")
        if not all(_ID.fullmatch(leadgen_id) for leadgen_id in named):
            raise Unreadable("leadgen_id is not a number")
        return [Reference(leadgen_id) for leadgen_id in named]


def _lead(lead: dict[str, Any]) -> Inquiry:
    answers = {
        identifier(answer.get("name"), "field_data.name"): texts(answer.get("values"), "field_data.values")
        for answer in (mapping(item, "field_data") for item in listing(lead.get("field_data", []), "field_data"))
    }
    first = {name: values[0] for name, values in answers.items() if values}
    campaign = text(lead.get("campaign_name"), "campaign_name")
    return Inquiry(
        provider_id=identifier(lead.get("id"), "id"),
        occurred_at=moment(lead.get("created_time"), "created_time"),
        kind="lead_form",
        name=first.get("full_name") or " ".join(first[name] for name in _NAMES[1:] if name in first) or None,
        phones=tuple(value for name in _PHONES for value in answers.get(name, ())),
        emails=tuple(value for name in _EMAILS for value in answers.get(name, ())),
        utm={"campaign": campaign} if campaign else {},
        details={
            **rest(lead, "id", "created_time", "field_data"),
            "answers": {k: ", ".join(v) for k, v in answers.items() if k not in (*_NAMES, *_PHONES, *_EMAILS)},
        },
    )
