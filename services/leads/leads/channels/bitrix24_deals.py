"""Deals of Bitrix24 with their history, as they are fetched: `{"deal": …, "contact": …, "company": …, "stages": […],
"stage_name": "…"}`.

`deal` has the names of crm.deal.get, `stages` are rows of crm.stagehistory.list (`CREATED_TIME`, `CATEGORY_ID`,
`STAGE_ID`, `STAGE_SEMANTIC_ID`: P under way, S won, F lost), `stage_name` is what the present stage is called. A portal
has no list of reasons: each stage of lost deals is one. Stages of another pipeline than the deal's present one are left
out, unless both are one pipeline of ours.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from events.webhooks import Ignored, Source, Unreadable

from leads.channels.base import PastDeal
from leads.channels.codes import Codes, following
from leads.channels.form import DEFAULT_ZONE
from leads.channels.values import identifier, listing, mapping, moment, text

MOST: Final = Decimal(10) ** 13
_OUTCOMES: Final = {"P": "open", "S": "won", "F": "lost"}


def past_deal(body: dict[str, Any], source: Source) -> PastDeal:
    """Raises ``Unreadable``, also for what has no code of ours, and ``Ignored`` for a pipeline that is left out."""
    deal, codes = mapping(body["deal"], "deal"), Codes(source.options)
    pipeline = codes.of("pipelines", text(deal.get("CATEGORY_ID"), "CATEGORY_ID") or "0")
    codes.require_all()
    if pipeline is None:
        raise Ignored("the pipeline is left out")
    number, stage = identifier(deal.get("ID"), "ID"), identifier(deal.get("STAGE_ID"), "STAGE_ID")
    outcome: Any = _OUTCOMES.get(identifier(deal.get("STAGE_SEMANTIC_ID"), "STAGE_SEMANTIC_ID"))
    if outcome is None:
        raise Unreadable("STAGE_SEMANTIC_ID is none of P, S, F")
    opened_at, as_of = _time(deal, "DATE_CREATE"), _time(deal, "DATE_MODIFY")
    rows = [mapping(row, "stages") for row in listing(body.get("stages") or [], "stages")]
    visits = following(
        (codes.of("stages", identifier(row.get("STAGE_ID"), "STAGE_ID")), _time(row, "CREATED_TIME"))
        for row in rows or [{**deal, "CREATED_TIME": deal.get("DATE_CREATE")}]
        if row.get("STAGE_SEMANTIC_ID") == "P"
        and codes.known("pipelines", text(row.get("CATEGORY_ID"), "CATEGORY_ID") or "0") == pipeline
    )
    times = [at for _, at in visits]
    manager = text(deal.get("ASSIGNED_BY_ID"), "ASSIGNED_BY_ID")
    told = {
        "deal_id": number,
        "request_id": f"deal:{number}",
        "as_of": as_of,
        "pipeline": pipeline,
        "opened_at": min([opened_at, *times]),
        "title": text(deal.get("TITLE"), "TITLE"),
        "visits": visits,
        "outcome": outcome,
        "manager_id": codes.of("users", manager) if manager and manager != "0" else None,
        **_worth(deal),
    }
    if outcome != "open":
        told["closed_at"] = max([_closed(deal, rows, stage), opened_at, *times])
    if outcome == "lost":
        told |= {"reason": codes.of("reasons", stage), "comment": text(body.get("stage_name"), "stage_name") or stage}
    codes.require_all()
    return PastDeal(**told)


def _closed(deal: dict[str, Any], rows: list[dict[str, Any]], stage: str) -> datetime:
    """When its last stage was entered; CLOSEDATE may be a plan."""
    entered = [_time(row, "CREATED_TIME") for row in rows if row.get("STAGE_ID") == stage]
    fields = (field for field in ("MOVED_TIME", "CLOSEDATE", "DATE_MODIFY") if deal.get(field))
    return max(entered) if entered else _time(deal, next(fields))


def _time(row: dict[str, Any], field: str) -> datetime:
    return moment(row.get(field), field, DEFAULT_ZONE)


def _worth(deal: dict[str, Any]) -> dict[str, Any]:
    amount, currency = text(deal.get("OPPORTUNITY"), "OPPORTUNITY"), text(deal.get("CURRENCY_ID"), "CURRENCY_ID")
    try:
        worth = Decimal(amount or "0")
    except InvalidOperation:
        raise Unreadable("OPPORTUNITY is not an amount") from None
    if not worth.is_finite() or abs(worth) >= MOST or worth != round(worth, 4):
        raise Unreadable("OPPORTUNITY is not an amount")
    return {"amount": worth, "currency": currency} if worth > 0 and currency else {}
