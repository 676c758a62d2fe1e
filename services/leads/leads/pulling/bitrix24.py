"""Bitrix24 by an inbound webhook: `crm.lead.get`, `crm.contact.get`, and all there are by `crm.lead.list` and
`crm.contact.list` (apidocs.bitrix24.ru).

Lists give 50 at a time; `start=-1` with `filter[>ID]` spares the portal the count and goes on where the last look
ended. Two requests a second are allowed for long; `QUERY_LIMIT_EXCEEDED` comes as 503. The address of the webhook is
itself a secret: it stands in no reason and no origin.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from events.webhooks import Source

from leads.channels.pulled import Pulled
from leads.pulling.outgoing import Outgoing, Trouble
from leads.pulling.polling import Page

PAGE: Final = 50
PAUSE_SECONDS: Final = 0.5
ONCE_MORE_SECONDS: Final = 86_400.0
_KINDS: Final = ("contact", "lead")


class Bitrix24:
    """Fetches leads and contacts of a portal."""

    def __init__(self, outgoing: Outgoing, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._outgoing = outgoing
        self._pause = pause_seconds

    def wanted(self, source: Source) -> bool:
        """Where the history is asked for."""
        return source.options.get("history") == "yes"

    def every(self, source: Source) -> float:
        return ONCE_MORE_SECONDS

    async def fetch(self, source: Source, reference: str) -> Pulled:
        """`lead:<id>` or `contact:<id>`, as the portal gives it."""
        kind, _, number = reference.partition(":")
        url = f"{source.options['webhook_url']}/crm.{kind}.get.json"
        body = await self._outgoing.call("POST", url, json={"id": number})
        thing = orjson.loads(body).get("result") if body[:1] == b"{" else None
        if not isinstance(thing, dict):
            raise Trouble("Bitrix24 answered without a result")
        return Pulled(_key(kind, thing), b'{"' + kind.encode() + b'":' + orjson.dumps(thing) + b"}", _origin(source))

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """All contacts, then all leads, by id; the cursor is the last id of each."""
        at = {kind: int(cursor.get(kind, 0)) for kind in _KINDS}
        for kind in _KINDS:
            while True:
                asked = {
                    "order": {"ID": "ASC"},
                    "filter": {">ID": at[kind]},
                    "select": ["*", "UF_*", "PHONE", "EMAIL", "WEB", "IM"],
                    "start": -1,
                }
                url = f"{source.options['webhook_url']}/crm.{kind}.list.json"
                result = (await self._outgoing.json("POST", url, json=asked)).get("result")
                if not isinstance(result, list):
                    raise Trouble("Bitrix24 answered without a list")
                found = [thing for thing in result if isinstance(thing, dict) and str(thing.get("ID", "")).isdigit()]
                at[kind] = max([at[kind], *(int(thing["ID"]) for thing in found)])
                items = [Pulled(_key(kind, thing), orjson.dumps({kind: thing}), _origin(source)) for thing in found]
                yield Page(items, dict(at))
                if len(result) < PAGE:
                    break
                await asyncio.sleep(self._pause)


def _key(kind: str, thing: Mapping[str, Any]) -> str:
    return f"{kind}:{thing.get('ID')}:{thing.get('DATE_MODIFY')}"


def _origin(source: Source) -> str:
    return f"https://{urlsplit(source.options['webhook_url']).hostname}/rest"
