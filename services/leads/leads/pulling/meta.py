"""Meta Lead Ads by the Graph API: one lead by its id, and the leads of a form since a time.

`GET /{leadgen_id}` and `GET /{form_id}/leads` (developers.facebook.com, Marketing API, "Retrieving leads"), with a page
token in the header. `filtering=[{"field": "time_created", "operator": "GREATER_THAN", "value": …}]` limits a look;
pages follow `paging.cursors.after`. What was seen last is kept per form, and every look begins `OVERLAP` before it: a
lead may appear later than one made after it. Meta keeps leads for 90 days.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from events.outgoing import Outgoing, Refused, Trouble
from events.webhooks import Source, Unreadable

from leads.channels.pulled import Pulled
from leads.channels.values import identifier, moment
from leads.pulling.polling import Page

FIELDS: Final = (
    "id,created_time,form_id,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,is_organic,platform,field_data"
)
OVERLAP: Final = timedelta(hours=1)
PAGE: Final = 100


class MetaLeads:
    """Fetches leads of pages."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def wanted(self, source: Source) -> bool:
        """With a token and forms to look through."""
        return bool(source.options.get("access_token") and source.options.get("forms"))

    def every(self, source: Source) -> float:
        return float(source.options.get("every_seconds", "900"))

    async def fetch(self, source: Source, reference: str) -> Pulled:
        """The lead of that id, as the Graph API gives it."""
        url = f"{_base(source)}/{reference}"
        body = await self._outgoing.call("GET", url, token=_token(source), params={"fields": FIELDS})
        return Pulled(f"lead:{reference}", body, url)

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """Leads of every form since the last one seen."""
        seen = dict(cursor)
        days = timedelta(days=float(source.options.get("backfill_days", "7")))
        for form in source.options.get("forms", "").split():
            newest = int(seen.get(form, (now - days).timestamp()))
            since = int(newest - OVERLAP.total_seconds()) if form in seen else newest
            after: str | None = None
            while True:
                answer = await self._leads(source, form, since, after)
                leads = [lead for lead in answer.get("data", []) if isinstance(lead, dict)]
                newest = max([newest, *(_created(lead) for lead in leads)])
                after = _after(answer)
                if after is None:
                    seen[form] = newest
                origin = f"{_base(source)}/{form}/leads"
                items = [Pulled(f"lead:{_id(lead)}", orjson.dumps(lead), origin) for lead in leads]
                yield Page(items, dict(seen) if after is None else None)
                if after is None:
                    break

    async def _leads(self, source: Source, form: str, since: int, after: str | None) -> dict[str, Any]:
        filtering = [{"field": "time_created", "operator": "GREATER_THAN", "value": since}]
        params = {"fields": FIELDS, "limit": str(PAGE), "filtering": orjson.dumps(filtering).decode()}
        return await self._outgoing.json(
            "GET",
            f"{_base(source)}/{form}/leads",
            token=_token(source),
            params=params | ({"after": after} if after else {}),
        )


def _base(source: Source) -> str:
    options = source.options
    return f"{options.get('api_url', 'https://graph.facebook.com')}/{options.get('graph_version', 'v23.0')}"


def _token(source: Source) -> str:
    token = source.options.get("access_token")
    if not token:
        raise Refused("the option access_token is not set")
    return token


def _id(lead: dict[str, Any]) -> str:
    try:
        return identifier(lead.get("id"), "id")
    except Unreadable as error:
        raise Trouble(f"a lead of the list: {error.reason}") from None


def _created(lead: dict[str, Any]) -> int:
    try:
        return int(moment(lead.get("created_time"), "created_time").timestamp())
    except Unreadable:
        return 0


def _after(answer: dict[str, Any]) -> str | None:
    """The cursor of the next page; the last page has no `next`."""
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else None
