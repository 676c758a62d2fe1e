"""The rules as they are now, in every process: those of the file, and those whose streams the service keeps.

The consumer asks in the transaction of each batch and holds a shared lock until its commit; whoever switches a rule on
holds the lock alone. So ``recorded_at`` of the switch falls between two batches: what was recorded from then on finds
the rule in force, and nothing that was recorded before does, however late it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Protocol

import asyncpg
import structlog
from events.contracts.automation import RuleSaved
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Connection, recorded
from pydantic import ValidationError

from automation.rules.rule import InForce, Rule, Rules
from automation.rules.stream import periods, taken_over_at

log = structlog.get_logger(__name__)

SERVICE = "automation"
SQL = Path(__file__).parent / "sql"
SHARE = "SELECT pg_advisory_xact_lock_shared(7050, 0)"
ALONE = "SELECT pg_advisory_xact_lock(7050, 0)"


class InForceNow(Protocol):
    """What gives the rules of this moment."""

    async def now(self, connection: Connection) -> Rules:
        """The rules, for as long as the transaction of ``connection`` lasts."""


@dataclass(frozen=True)
class History:
    """The stream of one rule."""

    rule: str
    entries: Sequence[Recorded]

    def versions(self) -> list[Rule]:
        """All versions, oldest first; one that this release cannot read is left out, and logged."""
        found = []
        for entry in self.entries:
            if isinstance(entry.event, RuleSaved):
                try:
                    found.append(rule_of(entry.event))
                except ValidationError:
                    log.error("rule_unreadable", rule=self.rule, version=entry.event.version)
        return found


def rule_of(saved: RuleSaved) -> Rule:
    """A version as it was saved. Raises ``pydantic.ValidationError``."""
    return Rule.model_validate({**saved.definition, "id": saved.rule, "version": saved.version})


class Registry:
    """Gives the rules of this moment, read anew if one has changed."""

    def __init__(self, of_file: Rules) -> None:
        self.of_file = of_file
        self._revision = -1
        self._now = of_file

    async def now(self, connection: Connection) -> Rules:
        """The rules; nobody switches one on or off before the transaction ends."""
        await connection.execute(SHARE)
        return await self.read(connection)

    async def read(self, connection: Connection | asyncpg.Pool) -> Rules:
        """The rules as they are committed, for whoever only looks."""
        revision = await connection.fetchval(sql("rule_revision", SQL))
        if revision != self._revision:
            self._now = self._made(await histories(connection))
            self._revision = revision
        return self._now

    def _made(self, kept: Sequence[History]) -> Rules:
        versions = {(rule.id, rule.version): rule for history in kept for rule in history.versions()}
        saved = [
            InForce(versions[history.rule, period.version], period.since, period.until)
            for history in kept
            for period in periods(history.entries)
            if (history.rule, period.version) in versions
        ]
        retired = {history.rule: at for history in kept if (at := taken_over_at(history.entries)) is not None}
        return Rules(self.of_file.rules, tuple(saved), retired)


async def histories(connection: Connection | asyncpg.Pool) -> list[History]:
    """The streams of all rules, by name."""
    rows = await connection.fetch(sql("rule_streams", SQL))
    streams = groupby((recorded(SERVICE, row) for row in rows), key=lambda entry: entry.stream_id)
    found = [list(entries) for _, entries in streams]
    return [History(getattr(entries[0].event, "rule", ""), entries) for entries in found]
