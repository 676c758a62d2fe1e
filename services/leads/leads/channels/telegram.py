"""Telegram bot: JSON updates of the Bot API (core.telegram.org/bots/api#update).

Secrets: `secret_token` of setWebhook, sent in the header `X-Telegram-Bot-Api-Secret-Token` (1 to 256 characters).
Idempotency key: `update_id`. Captured: messages of people in private chats, and what customers write to a business
account that the bot serves. Ignored: edits, buttons, groups, other bots, the owner's own answers.

The sender's phone comes only from a contact with the sender's own `user_id`: anyone can forward someone else's card.
"""

from typing import Any

from events.webhooks import Ignored, RawRequest, Source

from leads.channels.base import Channel, Inquiry
from leads.channels.body import json_object
from leads.channels.proof import require_secret
from leads.channels.values import identifier, international, mapping, moment, rest, text


class Telegram(Channel):
    name = "telegram"
    retries = True

    def verify(self, request: RawRequest, source: Source) -> None:
        token = request.header("x-telegram-bot-api-secret-token")
        require_secret([token], source, "X-Telegram-Bot-Api-Secret-Token")

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        update = json_object(request.body)
        update_id = identifier(update.get("update_id"), "update_id")
        kind = next((kind for kind in ("message", "business_message") if kind in update), None)
        if kind is None:
            raise Ignored("an update that is not a new message")
        message = mapping(update[kind], kind)
        sender = _customer(message)
        contact = mapping(message.get("contact", {}), "contact")
        details = rest(message, "date", "text", "caption", "contact", "from", "chat")
        said = text(message.get("text"), "text") or text(message.get("caption"), "caption")
        if said and said.startswith("/start "):
            details["start_parameter"] = said.removeprefix("/start ").strip()
        own_contact = contact and contact.get("user_id") == sender["id"]
        if contact and not own_contact:
            details["contact"] = contact
        return [
            Inquiry(
                provider_id=update_id,
                occurred_at=moment(message.get("date"), "date"),
                kind="message",
                name=" ".join(n for key in ("first_name", "last_name") if (n := text(sender.get(key), key))) or None,
                phones=international(text(contact.get("phone_number"), "contact.phone_number")) if own_contact else (),
                messengers=(("telegram", identifier(sender["id"], "from.id")),),
                text=said,
                details={**details, "update": kind, "sender": rest(sender, "id", "first_name", "last_name")},
            )
        ]


def _customer(message: dict[str, Any]) -> dict[str, Any]:
    """The person who wrote, or `Ignored`."""
    chat = mapping(message.get("chat"), "chat")
    if chat.get("type") != "private":
        raise Ignored("a message in a group or channel")
    sender = mapping(message.get("from"), "from")
    identifier(sender.get("id"), "from.id")
    if sender.get("is_bot") is True:
        raise Ignored("a message of a bot")
    if sender["id"] != chat.get("id"):
        raise Ignored("an answer of the account's owner")
    return sender
