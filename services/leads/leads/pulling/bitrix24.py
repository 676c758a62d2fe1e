"""Bitrix24 by an inbound webhook (apidocs.bitrix24.ru): what an event names, and all there is, with deals' history.

`crm.<kind>.get` and `crm.<kind>.list`. Lists give 50 at a time; `start=-1` with `filter[>ID]` spares the portal the
count and loses nothing to what is made or deleted meanwhile; `filter[>=DATE_MODIFY]` asks for what has changed since
the last look began (`LAST_UPDATED` of activities, which come last). `crm.stagehistory.list` tells the stages
(`entityTypeId` 1 of leads, 2 of deals, `@OWNER_ID` of those on a page), `crm.status.list` what they are called. Two
requests a second are allowed for long; `QUERY_LIMIT_EXCEEDED` comes as 503, or 429. The address of the webhook is
itself a secret: it stands in no reason and no origin.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from events.outgoing import Outgoing, Trouble
from events.webhooks import Source

from leads.channels.codes import takes_deals
from leads.channels.pulled import Pulled
from leads.pulling.calling import FIRST_WAIT_SECONDS, Calling
from leads.pulling.polling import Page

PAGE: Final = 50
PER_SECOND: Final = 2.0
ONCE_MORE_SECONDS: Final = 86_400.0
OVERLAP: Final = timedelta(hours=1)
_SELECT: Final = ("*", "UF_*", "PHONE", "EMAIL", "WEB", "IM")
_CHANGED: Final = {"activity": "LAST_UPDATED"}
"""The field that says when a thing was changed last; of all others it is ``DATE_MODIFY``."""
_HISTORY_OF: Final = {"lead": 1, "deal": 2}

_ALONE: Final[Mapping[str, dict[str, Any]]] = MappingProxyType({})

Thing = dict[str, Any]
Names = dict[str, dict[str, str]]
"""What stages are called, by pipeline and stage."""


class Bitrix24:
    """Fetches leads, contacts, companies and deals of a portal."""

    def __init__(
        self, outgoing: Outgoing, per_second: float = PER_SECOND, first_wait_seconds: float = FIRST_WAIT_SECONDS
    ) -> None:
        self._calling = Calling(outgoing, per_second, first_wait_seconds)

    def wanted(self, source: Source) -> bool:
        """Where the history is asked for."""
        return source.options.get("history") == "yes"

    def every(self, source: Source) -> float:
        return ONCE_MORE_SECONDS

    async def fetch(self, source: Source, reference: str) -> Pulled:
        """`lead:<id>` or `contact:<id>` as the portal gives it, `deal:<id>` with whose it is and its history."""
        kind, _, number = reference.partition(":")
        thing = await self._get(source, kind, number)
        if kind != "deal":
            return _pulled(source, kind, thing, {kind: thing})
        (item,) = await self._with_stages(source, kind, [thing], {}, await self._whose(source, thing))
        return item

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """All companies, contacts, leads, deals that have changed; the cursor says of each since when and how far."""
        places = {kind: place for kind, place in cursor.items() if isinstance(place, dict)}
        deals = takes_deals(source)
        names: Names = {}
        for kind in ("company", "contact", "lead", *(("deal",) if deals else ()), "activity"):
            place = places.get(kind, {})
            since, last = place.get("since"), int(place.get("last", 0))
            began = place.get("began") or (now - OVERLAP).isoformat(timespec="seconds")
            while True:
                found = await self.listed(source, kind, last, since)
                last = max([last, *(int(thing["ID"]) for thing in found)])
                if deals and kind in _HISTORY_OF:
                    items = await self._with_stages(source, kind, found, names)
                else:
                    items = [_pulled(source, kind, thing, {kind: thing}) for thing in found]
                more = len(found) == PAGE
                places[kind] = {"since": since, "last": last, "began": began} if more else {"since": began}
                yield Page(items, dict(places))
                if not more:
                    break

    async def listed(self, source: Source, kind: str, last: int, since: str | None = None) -> list[Thing]:
        """A page of a list, those with ids above the last one."""
        asked: dict[str, Any] = {"order": {"ID": "ASC"}, "filter": {">ID": last}, "select": _SELECT, "start": -1}
        if since:
            asked["filter"][f">={_CHANGED.get(kind, 'DATE_MODIFY')}"] = since
        result = await self.ask(source, f"crm.{kind}.list", asked)
        if not isinstance(result, list):
            raise Trouble("Bitrix24 answered without a list")
        return [thing for thing in result if isinstance(thing, dict) and str(thing.get("ID", "")).isdigit()]

    async def ask(self, source: Source, method: str, asked: Mapping[str, Any]) -> Any:
        """The result of a method."""
        answer = await self._calling.json("POST", f"{source.options['webhook_url']}/{method}.json", json=asked)
        if "result" not in answer:
            raise Trouble("Bitrix24 answered without a result")
        return answer["result"]

    async def _get(self, source: Source, kind: str, number: str) -> Thing:
        thing = await self.ask(source, f"crm.{kind}.get", {"id": number})
        if not isinstance(thing, dict):
            raise Trouble("Bitrix24 answered without a result")
        return thing

    async def _whose(self, source: Source, deal: Thing) -> dict[str, Thing]:
        kind = next((kind for kind in ("contact", "company") if linked(deal, kind)), None)
        return {kind: await self._get(source, kind, linked(deal, kind))} if kind else {}

    async def _with_stages(
        self, source: Source, kind: str, things: Sequence[Thing], names: Names, beside: Mapping[str, Thing] = _ALONE
    ) -> list[Pulled]:
        told: dict[str, list[Thing]] = {str(thing["ID"]): [] for thing in things}
        last = 0
        while told:
            asked = {
                "entityTypeId": _HISTORY_OF[kind],
                "order": {"ID": "ASC"},
                "filter": {"@OWNER_ID": list(told), ">ID": last},
            }
            result = await self.ask(source, "crm.stagehistory.list", asked)
            rows = result.get("items") if isinstance(result, dict) else None
            if not isinstance(rows, list):
                raise Trouble("Bitrix24 answered without a history")
            for row in rows:
                told.get(str(row.get("OWNER_ID")), []).append(row)
            last = max([last, *(int(row["ID"]) for row in rows)])
            if len(rows) < PAGE:
                break
        items = []
        for thing in things:
            rows = told[str(thing["ID"])]
            body: dict[str, Any] = {kind: thing, "stages": rows}
            if kind == "deal":
                whose = beside or ({} if linked(thing, "contact") else await self._whose(source, thing))
                body |= {**whose, "stage_name": await self._stage_name(source, thing, names)}
            # The history may lag behind the deal.
            items.append(_pulled(source, kind, thing, body, f":{len(rows)}"))
        return items

    async def _stage_name(self, source: Source, deal: Thing, names: Names) -> str | None:
        """What the stage of a lost deal is called: it is the reason."""
        if deal.get("STAGE_SEMANTIC_ID") != "F":
            return None
        category = str(deal.get("CATEGORY_ID") or "0")
        if category not in names:
            stages = await self.statuses(source, category)
            names[category] = {str(one.get("STATUS_ID")): str(one.get("NAME")) for one in stages}
        return names[category].get(str(deal.get("STAGE_ID")))

    async def statuses(self, source: Source, category: str) -> list[Thing]:
        """The stages of a pipeline, by `crm.status.list`."""
        entity = "DEAL_STAGE" if category == "0" else f"DEAL_STAGE_{category}"
        result = await self.ask(source, "crm.status.list", {"order": {"SORT": "ASC"}, "filter": {"ENTITY_ID": entity}})
        return [one for one in result if isinstance(one, dict)] if isinstance(result, list) else []


def linked(thing: Mapping[str, Any], kind: str) -> str:
    """The id of whom the thing names, empty for nobody."""
    number = str(thing.get(f"{kind.upper()}_ID") or "0")
    return "" if number == "0" else number


def _pulled(source: Source, kind: str, thing: Thing, body: Mapping[str, Any], mark: str = "") -> Pulled:
    origin = f"https://{urlsplit(source.options['webhook_url']).hostname}/rest"
    changed = thing.get(_CHANGED.get(kind, "DATE_MODIFY"))
    return Pulled(f"{kind}:{thing.get('ID')}:{changed}{mark}", orjson.dumps(body), origin)
