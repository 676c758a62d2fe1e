"""Meta Lead Ads: webhook of a page, field `leadgen` (developers.facebook.com, Lead Ads, Webhooks).

Handshake and signature as in `hub.py`. That `X-Hub-Signature-256` is sent for `leadgen` too is said by Meta's general
page on webhooks; no recorded delivery was at hand.

A delivery holds ids only: `leadgen_id, page_id, form_id, ad_id, adgroup_id, created_time`. Name, phone and answers
must be fetched afterwards with a token of the page: `GET /{leadgen_id}` gives `id, created_time, field_data: [{name,
values[]}]`. Until then the inquiry has no contact, and `details` carries the ids. Idempotency key: `leadgen_id`.
"""

from events.webhooks import Ignored, RawRequest, Reply, Source

from leads.channels import hub
from leads.channels.base import Channel, Inquiry
from leads.channels.body import json_object
from leads.channels.values import identifier, moment, rest


class Meta(Channel):
    name = "meta"

    def verify(self, request: RawRequest, source: Source) -> None:
        hub.verify(request, source)

    def handshake(self, request: RawRequest, source: Source) -> Reply | None:
        return hub.handshake(request, source)

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        leads = [
            Inquiry(
                provider_id=identifier(lead.get("leadgen_id"), "leadgen_id"),
                occurred_at=moment(lead.get("created_time"), "created_time"),
                kind="lead_form",
                details=rest(lead, "created_time"),
            )
            for lead in hub.changes(json_object(request.body), "leadgen")
        ]
        if not leads:
            raise Ignored("no new lead in the notice")
        return leads
