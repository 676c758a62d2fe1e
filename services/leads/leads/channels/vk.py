"""VK community: Callback API, events `lead_forms_new`, `message_new` (dev.vk.com, Callback API; VKCOM/vk-api-schema).

Secrets: `secret` of the server's settings, repeated in every body. Options: `confirmation` (the string that VK shows
when the server is added) and `group_id`. Every stored event is answered by `ok`; after several errors in a row VK
stops sending.

Idempotency key of a message: `event_id` ("if an event is passed twice or more, ignore it"); of a lead: form and
`lead_id`, so that a later back-fill by leadForms.getLeads finds it again. Answers come as `{key, question, answer}`
with a text or a list, as public receivers show; the schema's `answer: {key, value}` is read too. A lead has no time
in known deliveries: then it is the receipt.
"""

from typing import Any

from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable, Unverified

from leads.channels.base import Channel, Inquiry
from leads.channels.body import json_object
from leads.channels.proof import require_secret
from leads.channels.pulled import is_pulled
from leads.channels.values import identifier, listing, mapping, moment, rest, text


class Vk(Channel):
    name = "vk"

    def handshake(self, request: RawRequest, source: Source) -> Reply | None:
        try:
            event = json_object(request.body)
        except Unreadable:
            return None
        if event.get("type") != "confirmation":
            return None
        confirmation = source.options.get("confirmation")
        if not confirmation or str(event.get("group_id")) != source.options.get("group_id"):
            raise Unverified("the confirmation is for a group that is not configured")
        return Reply(body=confirmation.encode())

    def verify(self, request: RawRequest, source: Source) -> None:
        try:
            secret = json_object(request.body).get("secret")
        except Unreadable as error:
            raise Unverified(f"secret cannot be checked: {error.reason}") from error
        require_secret([secret if isinstance(secret, str) else None], source, "secret")

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        event = json_object(request.body)
        if is_pulled(request):
            return [_lead(event, request)]
        about = mapping(event.get("object"), "object")
        match event.get("type"):
            case "lead_forms_new":
                return [_lead(about, request)]
            case "message_new":
                return [_message(mapping(about.get("message", about), "message"), event)]
            case _:
                raise Ignored("an event that is neither a lead nor a message")


def _lead(lead: dict[str, Any], request: RawRequest) -> Inquiry:
    answers = {
        identifier(answer.get("key"), "answers.key"): _value(answer.get("answer"))
        for answer in (mapping(item, "answers") for item in listing(lead.get("answers", []), "answers"))
    }
    names = [answers[key] for key in ("first_name", "patronymic_name", "last_name") if answers.get(key)]
    phone, email = answers.get("phone_number"), answers.get("email")
    user_id = text(lead.get("user_id"), "user_id")
    standard = ("first_name", "patronymic_name", "last_name", "phone_number", "email")
    return Inquiry(
        provider_id=f"lead:{text(lead.get('form_id'), 'form_id') or '-'}:{identifier(lead.get('lead_id'), 'lead_id')}",
        occurred_at=moment(lead["date"], "date") if "date" in lead else request.received_at,
        kind="lead_form",
        name=" ".join(names) or None,
        phones=(phone,) if phone else (),
        emails=(email,) if email else (),
        messengers=(("vk", user_id),) if user_id and user_id != "0" else (),
        details={**rest(lead, "answers", "user_id", "date"), "answers": rest(answers, *standard)},
    )


def _message(message: dict[str, Any], event: dict[str, Any]) -> Inquiry:
    sender = identifier(message.get("from_id"), "from_id")
    if message.get("out") == 1 or sender != text(message.get("peer_id", message.get("from_id")), "peer_id"):
        raise Ignored("an own answer, or a message in a group chat")
    return Inquiry(
        provider_id=identifier(event.get("event_id"), "event_id"),
        occurred_at=moment(message.get("date"), "date"),
        kind="message",
        messengers=(("vk", sender),),
        text=text(message.get("text"), "text"),
        details={**rest(message, "date", "from_id", "text"), "group_id": event.get("group_id")},
    )


def _value(answer: object) -> str:
    """An answer's text: as it is, from `{key, value}`, or several of them joined by commas."""
    if isinstance(answer, list):
        return ", ".join(filter(None, map(_value, answer)))
    return text(answer.get("value") if isinstance(answer, dict) else answer, "answer") or ""
