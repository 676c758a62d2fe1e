"""Chat of one's own site: its widget posts every message of the visitor as JSON or form fields.

    {"key": "site-key", "conversation_id": "9c1f…", "message_id": "3", "text": "Сколько стоит?", "name": "Анна",
     "phone": "+79123456789", "page": "https://shop.ru/?utm_source=x", "at": "2026-05-01T12:00:00Z"}

Secrets, CORS (`origins`) and `honeypot` as in `web_form.py`. `conversation_id` (16 to 100 characters) is random, kept
by the widget: all messages of it are one person, whether a phone is given or not. Idempotency key: conversation and
`message_id`.
"""

from dataclasses import replace

from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable

from leads.channels import utm
from leads.channels.base import Fact, Inquiry
from leads.channels.body import fields
from leads.channels.values import identifier, moment, rest, text, texts
from leads.channels.web_form import WebForm

_SHORTEST, _LONGEST = 16, 100


class SiteChat(WebForm):
    name = "site_chat"

    def reply(self, request: RawRequest, source: Source) -> Reply:
        options = {name: value for name, value in source.options.items() if name != "redirect"}
        return super().reply(request, replace(source, options=options))

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        given = fields(request)
        honeypot = source.options.get("honeypot", "_gotcha")
        if given.get(honeypot):
            raise Ignored("a robot filled the hidden field")
        conversation = identifier(given.get("conversation_id"), "conversation_id")
        if not _SHORTEST <= len(conversation) <= _LONGEST:
            raise Unreadable(f"conversation_id must have {_SHORTEST} to {_LONGEST} characters")
        page = text(given.get("page"), "page") or request.header("referer")
        marks, clicks = utm.marks(utm.of_fields(given), utm.of_url(page))
        at = given.get("at")
        used = ("key", "name", "phone", "email", "text", "page", "at", honeypot, *utm.of_fields(given))
        return [
            Inquiry(
                provider_id=identifier(f"{conversation}:{identifier(given.get('message_id'), 'message_id')}", "ids"),
                occurred_at=request.received_at if at is None else min(moment(at, "at"), request.received_at),
                kind="chat",
                name=text(given.get("name"), "name"),
                person_id=conversation,
                phones=texts(given.get("phone"), "phone"),
                emails=texts(given.get("email"), "email"),
                text="\n".join(texts(given.get("text"), "text")) or None,
                utm=marks,
                click_ids=clicks,
                landing_page=page,
                details=rest(given, *used),
            )
        ]
