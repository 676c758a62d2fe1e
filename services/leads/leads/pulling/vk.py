"""VK lead forms by `leadForms.getLeads` (dev.vk.com; VKCOM/vk-api-schema): group, form, `limit`, `next_page_token`.

The method takes no time to begin from, and the order of its answer is not documented: every look goes through all pages
of a form; what is known is stored once. VK answers errors with 200 and `error.error_code`; 6 and 9 are limits, 10 is
its own trouble.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from events.outgoing import Outgoing, Refused, Trouble
from events.webhooks import Source

from leads.channels.pulled import Pulled
from leads.pulling.polling import Page

PAGE: Final = 1000
_TEMPORARY: Final = (1, 6, 9, 10, 29)


class VkLeads:
    """Looks through lead forms for leads whose notice never came."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def wanted(self, source: Source) -> bool:
        """With a token and forms to look through."""
        return bool(source.options.get("access_token") and source.options.get("forms"))

    def every(self, source: Source) -> float:
        return float(source.options.get("every_seconds", "900"))

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """All leads of all forms."""
        for form in source.options.get("forms", "").split():
            token: str | None = None
            while True:
                answer = await self._leads(source, form, token)
                leads = [lead for lead in answer.get("leads", []) if isinstance(lead, dict) and lead.get("lead_id")]
                origin = f"{source.options.get('api_url', 'https://api.vk.com')}/method/leadForms.getLeads"
                yield Page(
                    [
                        Pulled(f"lead:{form}:{lead['lead_id']}", orjson.dumps({"form_id": int(form), **lead}), origin)
                        for lead in leads
                    ]
                )
                following = answer.get("next_page_token")
                if not leads or not isinstance(following, str) or not following or following == token:
                    break
                token = following

    async def _leads(self, source: Source, form: str, page: str | None) -> dict[str, Any]:
        options = source.options
        asked = {
            "group_id": options.get("group_id", ""),
            "form_id": form,
            "limit": str(PAGE),
            "access_token": options["access_token"],
            "v": options.get("api_version", "5.199"),
            **({"next_page_token": page} if page else {}),
        }
        url = f"{options.get('api_url', 'https://api.vk.com')}/method/leadForms.getLeads"
        answer = await self._outgoing.json("POST", url, data=asked)
        error = answer.get("error")
        if isinstance(error, dict):
            kind = Trouble if error.get("error_code") in _TEMPORARY else Refused
            raise kind(f"VK answered error {error.get('error_code')}")
        response = answer.get("response")
        if not isinstance(response, dict):
            raise Trouble("VK answered without a response")
        return response
