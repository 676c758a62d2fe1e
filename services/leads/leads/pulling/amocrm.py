"""amoCRM by its API v4: one lead with its contact, one contact, and all there are of both (amocrm.ru/developers).

`GET /api/v4/contacts|leads?page=&limit=250&order[id]=asc`, `with=contacts` for leads; 204 where a page is empty. A lead
names its contacts by id only, so contacts come first and are fetched beside a single lead; both are stored as given,
`{"lead": …, "contact": …}`. At most seven requests a second are allowed.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from events.webhooks import Source

from leads.channels.pulled import Pulled
from leads.pulling.outgoing import Outgoing, Refused
from leads.pulling.polling import Page

PAGE: Final = 250
PAUSE_SECONDS: Final = 0.2
ONCE_MORE_SECONDS: Final = 86_400.0
"""After the history was fetched, what is new is looked for once a day."""


class AmoCrm:
    """Fetches leads and contacts of an account."""

    def __init__(self, outgoing: Outgoing, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._outgoing = outgoing
        self._pause = pause_seconds

    def wanted(self, source: Source) -> bool:
        """Where the history is asked for."""
        return source.options.get("history") == "yes" and bool(source.options.get("access_token"))

    def every(self, source: Source) -> float:
        return ONCE_MORE_SECONDS

    async def fetch(self, source: Source, reference: str) -> Pulled:
        """`lead:<id>` with its main contact, or `contact:<id>`."""
        kind, _, number = reference.partition(":")
        if kind == "contact":
            contact = await self._get(source, f"contacts/{number}")
            return Pulled(_key("contact", orjson.loads(contact)), b'{"contact":' + contact + b"}", _origin(source))
        lead = await self._get(source, f"leads/{number}", {"with": "contacts"})
        contact_id = main_contact(orjson.loads(lead))
        contact = await self._get(source, f"contacts/{contact_id}") if contact_id else b"null"
        body = b'{"lead":' + lead + b',"contact":' + contact + b"}"
        return Pulled(_key("lead", orjson.loads(lead)), body, _origin(source))

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """All contacts, then all leads, by id; the cursor is the page of each."""
        at = {"contacts": int(cursor.get("contacts", 1)), "leads": int(cursor.get("leads", 1))}
        for kind, single in (("contacts", "contact"), ("leads", "lead")):
            while True:
                asked = {"page": str(at[kind]), "limit": str(PAGE), "order[id]": "asc"}
                body = await self._get(source, kind, asked | ({"with": "contacts"} if kind == "leads" else {}))
                found = orjson.loads(body).get("_embedded", {}).get(kind, [])
                full = len(found) == PAGE
                at[kind] += 1 if full else 0
                items = [
                    Pulled(_key(single, one), orjson.dumps({single: one}), _origin(source))
                    for one in found
                    if isinstance(one, dict)
                ]
                yield Page(items, dict(at))
                if not full:
                    break
                await asyncio.sleep(self._pause)

    async def _get(self, source: Source, path: str, params: Mapping[str, str] | None = None) -> bytes:
        token = source.options.get("access_token")
        if not token:
            raise Refused("the option access_token is not set")
        url = f"{source.options['account_url']}/api/v4/{path}"
        body = await self._outgoing.call("GET", url, token=token, params=params or {})
        try:
            if isinstance(orjson.loads(body or b"{}"), dict):
                return body or b"{}"
        except orjson.JSONDecodeError:
            pass
        raise Refused("amoCRM answered something that is not a JSON object")


def main_contact(lead: Mapping[str, Any]) -> int | None:
    """The id of the main contact of a lead, else of its first."""
    contacts = lead.get("_embedded", {}).get("contacts", [])
    ordered = sorted(contacts, key=lambda contact: not contact.get("is_main"))
    return next((contact["id"] for contact in ordered if isinstance(contact.get("id"), int)), None)


def _key(kind: str, thing: Mapping[str, Any]) -> str:
    return f"{kind}:{thing.get('id')}:{thing.get('updated_at')}"


def _origin(source: Source) -> str:
    return f"{source.options['account_url']}/api/v4"
