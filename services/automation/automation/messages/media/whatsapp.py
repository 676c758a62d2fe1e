"""Messages by the WhatsApp Cloud API: ``POST /{phone number id}/messages``
(https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages).

Free text is taken within 24 hours of the customer's last message; outside of that only a template that WhatsApp
approved: ``{"type": "template", "template": {"name", "language": {"code"}, "components": [{"type": "body",
"parameters": […]}]}}``. An answer is ``{"messages": [{"id": "wamid.…"}]}`` or ``{"error": {"code", …}}``
(codes: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes). For good are 131026 (cannot be
delivered), 131047 (more than 24 hours), 131049 (a limit of marketing), 132000 to 132016 (template) and 100,
130472, 131008, 131009, 131051 (content). All others, of rates and of our access, are tried again. What became
of a message is told to leads by webhook under the same id, and with ``biz_opaque_callback_data``, which is our name of
it: by that a message whose answer was lost is known again. The API knows no key against repeats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from events.tasks import Retry
from pydantic import SecretStr

from automation.messages.media import MediumName
from automation.messages.media.calls import Api, not_taken
from automation.messages.media.port import Contact, Parcel, Refused

_OF_RECIPIENT: Final = {131026: "recipient_refused", 131047: "outside_window", 131049: "recipient_refused"}
_OF_CONTENT: Final = frozenset((100, 130472, 131008, 131009, 131051, *range(132000, 132017)))


@dataclass(frozen=True)
class WhatsApp:
    """A business number. ``source`` is the name under which leads hears what became of its messages."""

    api: Api
    token: SecretStr
    number_id: str
    source: str = "main"
    base: str = "https://graph.facebook.com/v23.0"
    name: MediumName = "whatsapp"
    takes_letters: bool = False
    knows_repeats: bool = False

    @property
    def delivery_source(self) -> tuple[str, str]:
        """The webhook of the same number."""
        return "whatsapp", self.source

    def address(self, contact: Contact) -> str | None:
        """The number in digits: the one the customer writes from, else his phone."""
        handles = [handle.removeprefix("+") for handle in contact.handles("whatsapp")]
        phones = [phone.removeprefix("+") for phone in contact.phones]
        return next(filter(str.isdecimal, [*handles, *phones]), None)

    async def send(self, parcel: Parcel) -> str | None:
        """The ``wamid`` of the message."""
        url, headers = (
            f"{self.base}/{self.number_id}/messages",
            {"Authorization": f"Bearer {self.token.get_secret_value()}"},
        )
        status, answer = await self.api.post_json(url, _body(parcel), headers)
        told = answer if isinstance(answer, dict) else {}
        match told:
            case {"messages": [{"id": str(wamid)}, *_]}:
                return wamid
            case {"error": {"code": int(code)}}:
                if code in _OF_RECIPIENT:
                    raise Refused(_OF_RECIPIENT[code])
                if code in _OF_CONTENT:
                    raise Refused("content_refused")
                raise Retry(f"whatsapp answered {status}, code {code}")
        raise not_taken(f"whatsapp answered {status}", status, answer)


def _body(parcel: Parcel) -> dict[str, Any]:
    to = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": parcel.to,
        "biz_opaque_callback_data": str(parcel.message_id),
    }
    if parcel.said.whatsapp is not None:
        name, places = parcel.said.whatsapp
        filled = [{"type": "text", "text": place} for place in places]
        components = {"components": [{"type": "body", "parameters": filled}]} if filled else {}
        template = {"name": name, "language": {"code": parcel.language}, **components}
        return {**to, "type": "template", "template": template}
    if parcel.said.short is None:
        raise Refused("no_text")
    return {**to, "type": "text", "text": {"preview_url": False, "body": parcel.said.short}}
