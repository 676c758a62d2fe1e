"""WhatsApp Cloud API: webhook of a business account, field `messages` (developers.facebook.com, WhatsApp, Webhooks).

Handshake and signature as in `hub.py`. Idempotency key: `messages[].id`; of `statuses[]` (sent, delivered, read or
failed: what became of a message that was sent from this number) `id` and `status`; `biz_opaque_callback_data` is what
the sender called it. Reactions and system notices are
ignored. A person with a username may hide the phone number: then `from` is absent and `from_user_id` (the same as
`contacts[].user_id`) says who wrote; these names come from partners' pages of 2026 and were not seen in a recorded
delivery.

An advert that opens WhatsApp adds `referral` to the first message: its `ctwa_clid` becomes a click id, its address
the landing page.
"""

from typing import Any, Final

from events.contracts.leads.deliveries import DeliveryState
from events.webhooks import Ignored, RawRequest, Reply, Source

from leads.channels import hub
from leads.channels.base import Channel, Delivery, Fact, Inquiry
from leads.channels.body import json_object
from leads.channels.utm import marks
from leads.channels.values import code, identifier, international, listing, mapping, moment, rest, text

_STATES: Final[dict[str, DeliveryState]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
}
_NOT_SAID_BY_PEOPLE: Final = ("reaction", "system", "unsupported")


class WhatsApp(Channel):
    name = "whatsapp"
    retries = True

    def verify(self, request: RawRequest, source: Source) -> None:
        hub.verify(request, source)

    def handshake(self, request: RawRequest, source: Source) -> Reply | None:
        return hub.handshake(request, source)

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        values = list(hub.changes(json_object(request.body), "messages"))
        inquiries = [
            _inquiry(message, _names(value), mapping(value.get("metadata", {}), "metadata"))
            for value in values
            for message in (mapping(item, "message") for item in listing(value.get("messages", []), "messages"))
            if message.get("type") not in _NOT_SAID_BY_PEOPLE
        ]
        deliveries = [
            _delivery(status)
            for value in values
            for status in (mapping(item, "status") for item in listing(value.get("statuses", []), "statuses"))
            if text(status.get("status"), "status") in _STATES
        ]
        facts: list[Fact] = [*inquiries, *deliveries]
        if not facts:
            raise Ignored("neither a message of a person nor the state of one to a person in the notice")
        return facts


def _delivery(status: dict[str, Any]) -> Delivery:
    state = identifier(status.get("status"), "status")
    errors = [mapping(error, "errors") for error in listing(status.get("errors", []), "errors")]
    return Delivery(
        message=identifier(status.get("id"), "id"),
        report=state,
        occurred_at=moment(status.get("timestamp"), "timestamp"),
        state=_STATES[state],
        reason=next((code(error.get("code")) for error in errors), None),
        named=text(status.get("biz_opaque_callback_data"), "biz_opaque_callback_data"),
        phone=next(iter(international(text(status.get("recipient_id"), "recipient_id"))), None),
    )


def _inquiry(message: dict[str, Any], names: dict[str, str], metadata: dict[str, Any]) -> Inquiry:
    number = text(message.get("from"), "from")
    person = identifier(number or message.get("from_user_id"), "from")
    referral = mapping(message.get("referral", {}), "referral")
    click = text(referral.get("ctwa_clid"), "ctwa_clid")
    _, clicks = marks({"ctwa_clid": click} if click else {})
    return Inquiry(
        provider_id=identifier(message.get("id"), "id"),
        occurred_at=moment(message.get("timestamp"), "timestamp"),
        kind="message",
        name=names.get(person),
        phones=international(number),
        messengers=(("whatsapp", person),),
        text=_said(message),
        click_ids=clicks,
        landing_page=text(referral.get("source_url"), "source_url"),
        details={**rest(message, "id", "from", "timestamp", "text"), "received_by": metadata},
    )


def _said(message: dict[str, Any]) -> str | None:
    """The words of a message: text, caption, or the title of the button pressed."""
    kind = text(message.get("type"), "type") or ""
    content = message.get(kind)
    if not isinstance(content, dict):
        return None
    if kind == "interactive":
        content = next((c for key in ("button_reply", "list_reply") if isinstance(c := content.get(key), dict)), {})
    return next((said for key in ("body", "text", "caption", "title") if (said := text(content.get(key), key))), None)


def _names(value: dict[str, Any]) -> dict[str, str]:
    """Profile names by phone (`wa_id`) and by user id."""
    names: dict[str, str] = {}
    for item in listing(value.get("contacts", []), "contacts"):
        contact = mapping(item, "contact")
        name = text(mapping(contact.get("profile", {}), "profile").get("name"), "name")
        for person in (text(contact.get(key), key) for key in ("wa_id", "user_id")):
            if name and person:
                names[person] = name
    return names
