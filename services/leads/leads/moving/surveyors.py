"""How amoCRM and Bitrix24 are counted, by the calls that fetch their deals."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from events.webhooks import Source

from leads.channels.amocrm_deals import LOST, NO_REASON, WON
from leads.moving.survey import DEALS, OF_NOBODY, Catalogue, Named, Portion
from leads.pulling import amocrm, bitrix24
from leads.pulling.amocrm import AmoCrm, embedded, first
from leads.pulling.bitrix24 import Bitrix24, linked

_CLOSED: Final = (WON, LOST)


class AmoSurveyor:
    """`/leads/pipelines` with their statuses, `/users`, `/leads/loss_reasons`, and the list of leads."""

    def __init__(self, amo: AmoCrm) -> None:
        self._amo = amo

    async def catalogue(self, source: Source) -> Catalogue:
        """Stages of won and lost deals need no code, so they are not among the stages."""
        pipelines = embedded(await self._amo.get(source, "leads/pipelines"), "pipelines")
        stages = [
            Named(f"{pipeline['id']}/{status['id']}", str(status.get("name")), str(pipeline["id"]))
            for pipeline in pipelines
            for status in embedded(pipeline, "statuses")
            if str(status["id"]) not in _CLOSED
        ]
        reasons = await self._all(source, "leads/loss_reasons", "loss_reasons")
        return {
            "pipelines": [Named(str(one["id"]), str(one.get("name"))) for one in pipelines],
            "stages": stages,
            "users": await self._all(source, "users", "users"),
            "reasons": [Named(NO_REASON, "(no reason)"), *reasons],
        }

    async def tally(self, source: Source, cursor: Mapping[str, Any]) -> AsyncIterator[Portion]:
        """All leads, page by page."""
        page = int(cursor.get("page", 1))
        while True:
            found = await self._amo.listed(source, "leads", page)
            page += 1
            is_last = len(found) < amocrm.PAGE
            yield Portion(sum((_amo_deal(one) for one in found), Counter()), {"page": page}, is_last)
            if is_last:
                return

    async def _all(self, source: Source, path: str, name: str) -> list[Named]:
        named: list[Named] = []
        page = 1
        while True:
            found = embedded(await self._amo.get(source, path, {"page": page, "limit": amocrm.PAGE}), name)
            named += [Named(str(one["id"]), str(one.get("name"))) for one in found]
            page += 1
            if len(found) < amocrm.PAGE:
                return named


class BitrixSurveyor:
    """`crm.category.list`, `crm.status.list`, `user.get`, and the list of deals."""

    def __init__(self, bitrix: Bitrix24) -> None:
        self._bitrix = bitrix

    async def catalogue(self, source: Source) -> Catalogue:
        """Stages of lost deals are the reasons; those of won ones need no code."""
        answer = await self._bitrix.ask(source, "crm.category.list", {"entityTypeId": 2})
        found = answer.get("categories") if isinstance(answer, dict) else None
        categories = [one for one in found or [] if isinstance(one, dict) and "id" in one]
        stages: list[Named] = []
        reasons: list[Named] = []
        for category in categories:
            for status in await self._bitrix.statuses(source, str(category["id"])):
                named = Named(str(status.get("STATUS_ID")), str(status.get("NAME")), str(category["id"]))
                if status.get("SEMANTICS") == "F":
                    reasons.append(Named(named.id, named.name))
                elif status.get("SEMANTICS") != "S":
                    stages.append(named)
        pipelines = [Named(str(one["id"]), str(one.get("name"))) for one in categories]
        return {"pipelines": pipelines, "stages": stages, "users": await self._users(source), "reasons": reasons}

    async def tally(self, source: Source, cursor: Mapping[str, Any]) -> AsyncIterator[Portion]:
        """All deals by id."""
        last = int(cursor.get("last", 0))
        while True:
            found = await self._bitrix.listed(source, "deal", last)
            last = max([last, *(int(one["ID"]) for one in found)])
            is_last = len(found) < bitrix24.PAGE
            yield Portion(sum((_bitrix_deal(one) for one in found), Counter()), {"last": last}, is_last)
            if is_last:
                return

    async def _users(self, source: Source) -> list[Named]:
        named: list[Named] = []
        while True:
            found = await self._bitrix.ask(source, "user.get", {"sort": "ID", "order": "ASC", "start": len(named)})
            users = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
            named += [
                Named(str(one.get("ID")), " ".join(filter(None, (one.get("NAME"), one.get("LAST_NAME")))))
                for one in users
            ]
            if len(users) < bitrix24.PAGE:
                return named


def _amo_deal(deal: Mapping[str, Any]) -> Counter[str]:
    counts = Counter([DEALS, f"pipelines {deal.get('pipeline_id')}"])
    status = str(deal.get("status_id"))
    if status not in _CLOSED:
        counts[f"stages {deal.get('pipeline_id')}/{status}"] += 1
    if status == LOST:
        counts[f"reasons {deal.get('loss_reason_id') or NO_REASON}"] += 1
    if deal.get("responsible_user_id"):
        counts[f"users {deal['responsible_user_id']}"] += 1
    if first(deal, "contacts") is None and first(deal, "companies") is None:
        counts[OF_NOBODY] += 1
    return counts


def _bitrix_deal(deal: Mapping[str, Any]) -> Counter[str]:
    counts = Counter([DEALS, f"pipelines {deal.get('CATEGORY_ID') or '0'}"])
    table = {"P": "stages", "F": "reasons"}.get(str(deal.get("STAGE_SEMANTIC_ID")))
    if table:
        counts[f"{table} {deal.get('STAGE_ID')}"] += 1
    if str(deal.get("ASSIGNED_BY_ID") or "0") != "0":
        counts[f"users {deal['ASSIGNED_BY_ID']}"] += 1
    if not linked(deal, "contact") and not linked(deal, "company"):
        counts[OF_NOBODY] += 1
    return counts
