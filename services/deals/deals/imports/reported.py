"""What leads reports of deals in other CRMs, lived through here; what cannot be is refused with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import asyncpg
from events.contracts.deals import DealHistoryRefused
from events.contracts.leads import DealHistoryReported
from events.envelope import Received, Recorded
from events.store import Append, Cause, Connection, deterministic_id

from deals.deal.orders import deal_of_lead
from deals.imports.living import Imported, Lived, Living, deal_of, sql
from deals.imports.past import PastDeal


class FromOtherCrms:
    """The reaction to ``deal_history.reported``. A history comes whole each time; only what is new is lived."""

    def __init__(self, living: Living) -> None:
        self._living = living

    async def react(self, connection: Connection, records: Sequence[Received]) -> list[Append]:
        """Lives a batch of reports through; several of one deal in their order."""
        reports = [record.recorded() for record in records if record.type == DealHistoryReported.type]
        if not reports:
            return []
        if not await self._living.commands.pipelines.are_set_up():
            raise TimeoutError("the pipelines are not set up yet")
        erased = await _erased(connection, reports)
        reports = [report for report in reports if _told(report).customer_id not in erased]
        if not reports:
            return []
        beside = await _beside(connection, reports)
        imported = [_imported(report, beside) for report in reports]
        free = [not _has_deal(report, beside) for report in reports]
        now = max(report.recorded_at for report in reports)
        lived, appends = await self._living.live(
            connection, [one for one, is_free in zip(imported, free, strict=True) if is_free], now
        )
        outcomes = iter(lived)
        last = {
            one.past.deal_id: (report, next(outcomes) if is_free else _refused(one))
            for report, one, is_free in zip(reports, imported, free, strict=True)
        }
        return [*appends, *await _settle(connection, last)]


def _told(report: Recorded) -> DealHistoryReported:
    assert isinstance(report.event, DealHistoryReported)
    return report.event


def _imported(report: Recorded, beside: dict[UUID, set[UUID]]) -> Imported:
    event = _told(report)
    source = f"{event.provider}:{event.source}"
    deal_id = deal_of(source, event.provider_id)
    others = beside.get(event.lead_id, set()) - {deal_id}
    past = PastDeal(
        deal_id,
        event.customer_id,
        event.pipeline,
        event.opened_at,
        tuple((visit.stage, visit.at) for visit in event.visits),
        event.outcome,
        event.closed_at,
        event.reason,
        event.comment,
        event.value,
        manager_id=event.manager_id,
        direction=event.direction,
        lead_id=event.lead_id,
        title=event.title,
    )
    cause = Cause("service:deals", report.correlation_id, report.id, report.traceparent)
    return Imported(replace(past, deal_type="repeat_sale") if others else past, source, event.provider_id, cause)


async def _erased(connection: Connection, reports: Sequence[Recorded]) -> set[UUID]:
    rows = await connection.fetch(
        "SELECT customer_id FROM erased_customers WHERE customer_id = ANY($1::uuid[])",
        [_told(report).customer_id for report in reports],
    )
    return {row["customer_id"] for row in rows}


async def _beside(connection: Connection, reports: Sequence[Recorded]) -> dict[UUID, set[UUID]]:
    """The deals that these leads have led to here."""
    found: dict[UUID, set[UUID]] = {}
    leads = list({_told(report).lead_id for report in reports})
    for row in await connection.fetch("SELECT lead_id, deal_id FROM deals WHERE lead_id = ANY($1::uuid[])", leads):
        found.setdefault(row["lead_id"], set()).add(row["deal_id"])
    return found


def _has_deal(report: Recorded, beside: Mapping[UUID, set[UUID]]) -> bool:
    """Whether the lead was qualified here and led to a deal by itself: then there would be two of one sale."""
    lead_id = _told(report).lead_id
    return deal_of_lead(lead_id) in beside.get(lead_id, set())


def _refused(one: Imported) -> Lived:
    why = "The lead has led to a deal here already."
    return Lived(one.past.deal_id, "refused", code="lead_has_deal", why=why)


async def _settle(connection: Connection, last: Mapping[UUID, tuple[Recorded, Lived]]) -> list[Append]:
    """The last word on each deal: lived, its refusal waits no more; refused, that is written and told, once."""
    rows = await connection.fetch(
        "SELECT deal_id, version, code, why, settled FROM refused_histories WHERE deal_id = ANY($1::uuid[])", list(last)
    )
    known: dict[UUID, asyncpg.Record] = {row["deal_id"]: row for row in rows}
    lived = [deal_id for deal_id, (_, outcome) in last.items() if outcome.outcome != "refused"]
    await connection.execute(
        "UPDATE refused_histories SET settled = true WHERE deal_id = ANY($1::uuid[]) AND NOT settled", lived
    )
    appends, written = [], []
    for deal_id, (report, outcome) in sorted(last.items()):
        before, event = known.get(deal_id), _told(report)
        code, why = outcome.code, outcome.why
        if code is None or why is None:
            continue
        if before is not None and not before["settled"] and (before["code"], before["why"]) == (code, why):
            continue
        version = before["version"] if before else 0
        named = {name: getattr(event, name) for name in ("lead_id", "customer_id", "provider", "source", "provider_id")}
        told = DealHistoryRefused(deal_id=deal_id, report_id=report.id, code=code, why=why, **named)
        cause = Cause("service:deals", report.correlation_id, report.id, report.traceparent)
        appends.append(
            Append(deterministic_id("refused-history", deal_id), version, (told,), cause, report.recorded_at)
        )
        at = report.recorded_at
        written.append((deal_id, version + 1, report.id, *named.values(), event.direction, code, why, at))
    if written:
        await connection.execute(sql("refusals_save"), *map(list, zip(*written, strict=True)))
    return appends
