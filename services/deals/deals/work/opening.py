"""The rule by which a won deal gets its work: a reaction to the own log, so that no way of winning goes past it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from events.contracts.deals import DealWon
from events.envelope import Received
from events.store import Append, Cause, Connection

from deals.work.commands import WorkCommands, opened_by, work_of
from deals.work.domain import DECIDER
from deals.work.tables import save_works, sql
from deals.work.templates import chosen, from_template, read_templates


class OpenWhenWon:
    """Opens work for deals that were won, where a template says so. Deals imported with their history are left out."""

    def __init__(self, commands: WorkCommands, zone: ZoneInfo) -> None:
        self._commands = commands
        self._zone = zone

    async def react(self, connection: Connection, records: Sequence[Received]) -> list[Append]:
        """The work of a deal has one id for ever: a win that comes twice finds it there."""
        won = {record.stream_id: record for record in records if record.type == DealWon.type}
        if not won:
            return []
        templates = await read_templates(connection)
        appends, rows = [], []
        for deal in await connection.fetch(sql("deals_won"), list(won)):
            found = chosen(templates, deal)
            if found is None:
                continue
            version, template = found
            record = won[deal["deal_id"]].recorded()
            today = record.occurred_at.astimezone(self._zone).date()
            events = opened_by(from_template(deal, template, version, today))
            cause = Cause("service:deals", record.correlation_id, record.id, record.traceparent)
            await self._commands.plan_tasks(connection, events, cause)
            rows.append((DECIDER.fold(events), len(events), record.occurred_at))
            appends.append(Append(work_of(deal["deal_id"]), 0, events, cause, record.occurred_at))
        await save_works(connection, rows)
        return appends
