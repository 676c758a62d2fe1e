"""amoCRM by its API v4 (amocrm.ru/developers): what a hook names, and all there is, with the history of deals.

Lists are `GET /api/v4/companies|contacts|leads?page=&limit=250`; 204 where a page is empty. They are asked for by
`order[updated_at]=desc`, down to where the last look began: filters by time are not open to every account. What is
changed meanwhile moves to the front, so it is seen twice or at the next look. A thing deleted meanwhile may hide
another from this look. A lead names its contacts by id only, so contacts come first; beside a single lead they are
fetched.

After the leads come `leads/notes` and `contacts/notes` (`order[updated_at]=desc` too) and `tasks`, which are read whole
by `order[id]=asc`, for they have no order of change. Notes that amoCRM writes by itself are stored and ignored.

Where the history of deals is taken over, leads are stored with their events: `GET /api/v4/events` with
`filter[entity]=lead`, `filter[type]=lead_status_changed`, ten ids of `filter[entity_id][]` and 100 events at a time.
Seven requests a second are allowed; 429 comes where there are more.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from events.outgoing import Outgoing, Refused, Trouble
from events.webhooks import Source

from leads.channels.codes import takes_deals
from leads.channels.pulled import Pulled
from leads.pulling.calling import FIRST_WAIT_SECONDS, Calling
from leads.pulling.polling import Page

PAGE: Final = 250
EVENTS: Final = 100
IDS_OF_EVENTS: Final = 10
PER_SECOND: Final = 6.0
ONCE_MORE_SECONDS: Final = 86_400.0
"""After the history was fetched, what has changed is looked for once a day."""
OVERLAP_SECONDS: Final = 3_600
LISTS: Final = ("companies", "contacts", "leads", "contacts/notes", "leads/notes", "tasks")
SINGLE: Final = {"companies": "company", "contacts": "contact", "leads": "lead", "tasks": "task"}
WHOLE: Final = frozenset(("tasks",))
"""Lists without an order of change: all of them is read each time, and what is known is stored once."""

Thing = dict[str, Any]


class AmoCrm:
    """Fetches leads, contacts, companies and deals of an account."""

    def __init__(
        self, outgoing: Outgoing, per_second: float = PER_SECOND, first_wait_seconds: float = FIRST_WAIT_SECONDS
    ) -> None:
        self._calling = Calling(outgoing, per_second, first_wait_seconds)

    def wanted(self, source: Source) -> bool:
        """Where the history is asked for."""
        return source.options.get("history") == "yes" and bool(source.options.get("access_token"))

    def every(self, source: Source) -> float:
        return ONCE_MORE_SECONDS

    async def fetch(self, source: Source, reference: str) -> Pulled:
        """`deal:<id>` or `lead:<id>` with whose it is, or `contact:<id>`."""
        kind, _, number = reference.partition(":")
        if kind == "contact":
            contact = await self.get(source, f"contacts/{number}")
            return _pulled(source, "contact", contact, {"contact": contact})
        lead = await self.get(source, f"leads/{number}", {"with": "contacts,loss_reason"})
        linked = {"contacts": "contact", "companies": "company"}
        whose = next((kind for kind in linked if first(lead, kind)), None)
        beside = {linked[whose]: await self.get(source, f"{whose}/{first(lead, whose)}")} if whose else {}
        if kind == "lead":
            return _pulled(source, "lead", lead, {"lead": lead, "contact": None, **beside})
        (item,) = await self._deals(source, [lead], await self._currency(source), beside)
        return item

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """All companies, contacts and leads that have changed; the cursor says of each list from when and how far."""
        places = {name: place for name, place in cursor.items() if isinstance(place, dict)}
        deals = takes_deals(source)
        currency = await self._currency(source) if deals else None
        for name in LISTS:
            # Leads that were taken over without their history are fetched once more with it.
            key = "deals" if deals and name == "leads" else name
            place = places.get(key, {})
            since, page = int(place.get("since", 0)), int(place.get("page", 1))
            began = int(place.get("began", now.timestamp() - OVERLAP_SECONDS))
            while True:
                found = await self.listed(source, name, page)
                fresh = [thing for thing in found if name in WHOLE or _time(thing) >= since]
                more = len(found) == PAGE and len(fresh) == PAGE
                if key == "deals":
                    items = await self._deals(source, fresh, currency, {})
                else:
                    items = [_item(source, name, thing) for thing in fresh]
                page += 1
                place = {"since": since, "page": page, "began": began} if more else {"since": began}
                places[key] = place
                yield Page(items, dict(places))
                if not more:
                    break

    async def listed(self, source: Source, name: str, page: int) -> list[Thing]:
        """A page of a list, what was changed last first."""
        order = {"order[id]": "asc"} if name in WHOLE else {"order[updated_at]": "desc"}
        asked = {"page": str(page), "limit": str(PAGE), **order}
        with_ = {"leads": "contacts,loss_reason"}.get(name)
        found = await self.get(source, name, asked | ({"with": with_} if with_ else {}))
        return embedded(found, name.rpartition("/")[2])

    async def get(self, source: Source, path: str, params: Mapping[str, Any] | None = None) -> Thing:
        """The answer to a `GET`, empty for 204."""
        token = source.options.get("access_token")
        if not token:
            raise Refused("the option access_token is not set")
        url = f"{source.options['account_url']}/api/v4/{path}"
        return await self._calling.json("GET", url, token=token, params=params or {})

    async def _currency(self, source: Source) -> str:
        currency = (await self.get(source, "account")).get("currency")
        if not isinstance(currency, str):
            raise Trouble("amoCRM does not name the currency of the account")
        return currency

    async def _deals(
        self, source: Source, leads: Sequence[Thing], currency: str | None, beside: Mapping[str, Thing]
    ) -> list[Pulled]:
        events: dict[Any, list[Thing]] = {lead["id"]: [] for lead in leads}
        ids = list(events)
        for start in range(0, len(ids), IDS_OF_EVENTS):
            for event in await self._events(source, ids[start : start + IDS_OF_EVENTS]):
                if event.get("entity_id") in events:
                    events[event["entity_id"]].append(event)
        items = []
        for lead in leads:
            whose = dict(beside)
            if not beside and not first(lead, "contacts") and (company := first(lead, "companies")):
                whose["company"] = await self.get(source, f"companies/{company}")
            told = events[lead["id"]]
            body = {"deal": lead, "contact": None, **whose, "events": told, "currency": currency}
            # The list of events may lag behind the deal.
            items.append(_pulled(source, "deal", lead, body, f":{len(told)}"))
        return items

    async def _events(self, source: Source, ids: Sequence[int]) -> list[Thing]:
        told: list[Thing] = []
        asked = {
            "filter[entity]": "lead",
            "filter[type]": "lead_status_changed",
            "filter[entity_id][]": ids,
            "limit": EVENTS,
        }
        while True:
            page = len(told) // EVENTS + 1
            found = embedded(await self.get(source, "events", {**asked, "page": page}), "events")
            told += found
            if len(found) < EVENTS:
                return told


def first(thing: Mapping[str, Any], kind: str) -> int | None:
    """The id of the main one, else of the first, of what a thing names of that kind."""
    linked = sorted(embedded(thing, kind), key=lambda one: not one.get("is_main"))
    return next((one["id"] for one in linked if isinstance(one.get("id"), int)), None)


def embedded(answer: Mapping[str, Any], name: str) -> list[Thing]:
    """The things of a list in an answer."""
    held = answer.get("_embedded")
    found = held.get(name) if isinstance(held, dict) else None
    return [one for one in found if isinstance(one, dict) and one.get("id")] if isinstance(found, list) else []


def _time(thing: Mapping[str, Any]) -> int:
    at = thing.get("updated_at")
    return at if isinstance(at, int) else 0


def _item(source: Source, name: str, thing: Thing) -> Pulled:
    of, _, notes = name.rpartition("/")
    kind = SINGLE[of or notes]
    if not of:
        return _pulled(source, kind, thing, {kind: thing})
    return _pulled(source, f"{kind}_note", thing, {"note": thing, "of": kind})


def _pulled(source: Source, kind: str, thing: Thing, body: Mapping[str, Any], mark: str = "") -> Pulled:
    key = f"{kind}:{thing.get('id')}:{thing.get('updated_at')}{mark}"
    return Pulled(key, orjson.dumps(body), f"{source.options['account_url']}/api/v4")
