"""Messages by a Telegram bot: ``sendMessage`` of the Bot API (https://core.telegram.org/bots/api#sendmessage).

A bot may only write to people who wrote to it; in a private chat the chat's id is the user's id, which is the handle
that leads keeps. An answer is ``{"ok": true, "result": {"message_id": …}}`` or ``{"ok": false, "error_code",
"description", "parameters": {"retry_after"}}``; 403 is for good (the bot was blocked, never spoken to, or the user is
gone), and so is 400 for this message. 401 and 404 are about our token. The API knows no key against repeats, and
nothing tells later what became of a message whose answer was lost on the way.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from automation.messages.media import MediumName
from automation.messages.media.calls import Api, not_taken
from automation.messages.media.port import Contact, Parcel, Refused

MOST_CHARACTERS = 4_096


@dataclass(frozen=True)
class Telegram:
    """A bot. ``base`` is https://api.telegram.org, or a Bot API server of one's own."""

    api: Api
    token: SecretStr
    base: str = "https://api.telegram.org"
    name: MediumName = "telegram"
    takes_letters: bool = False
    delivery_source: None = None
    knows_repeats: bool = False

    def address(self, contact: Contact) -> str | None:
        """The user's id. A handle that is a name cannot be written to."""
        handles = contact.handles("telegram")
        if handles and not any(map(str.isdecimal, handles)):
            raise Refused("no_chat")
        return next(filter(str.isdecimal, handles), None)

    async def send(self, parcel: Parcel) -> str | None:
        """The id of the message in its chat."""
        if parcel.said.short is None:
            raise Refused("no_text")
        body = {"chat_id": int(parcel.to), "text": parcel.said.short[:MOST_CHARACTERS]}
        url = f"{self.base}/bot{self.token.get_secret_value()}/sendMessage"
        status, answer = await self.api.post_json(url, body, {})
        told = answer if isinstance(answer, dict) else {}
        if told.get("ok") is True and isinstance(told.get("result"), dict):
            return f"{parcel.to}:{told['result'].get('message_id')}"
        if status == 403:
            raise Refused("recipient_refused")
        if status == 400:
            raise Refused("no_chat" if "chat not found" in str(told.get("description")) else "content_refused")
        raise not_taken(f"telegram answered {status}", status, answer)
