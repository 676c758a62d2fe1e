"""The rules as they are saved: the newest of their versions, kept in one stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from events.contracts.deals import OpeningRule, OpeningRulesSaved
from events.problems import StaleVersion
from events.store import Append, Cause, Conflict, Connection, Store, append_one, deterministic_id

from deals.opening.rules import check
from deals.pipelines.live import LivePipelines

STREAM = deterministic_id("opening rules")

_NEWEST = "SELECT version, data FROM events WHERE stream_id = $1 ORDER BY version DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class SavedRules:
    """``version`` is 0 while nobody has saved any."""

    version: int
    rules: tuple[OpeningRule, ...]


async def saved_rules(connection: Connection | asyncpg.Pool) -> SavedRules:
    """The rules that hold now."""
    row = await connection.fetchrow(_NEWEST, STREAM)
    if row is None:
        return SavedRules(0, ())
    return SavedRules(row["version"], OpeningRulesSaved.model_validate_json(row["data"]).rules)


async def save_rules(
    store: Store,
    pipelines: LivePipelines,
    rules: Sequence[OpeningRule],
    cause: Cause,
    now: datetime,
    expected_version: int | None,
) -> SavedRules:
    """Saves a new version, unless it is what holds already. Raises ``StaleVersion`` and ``Rejected``."""
    async with store.pool.acquire() as connection, connection.transaction():
        before = await saved_rules(connection)
        if expected_version is not None and expected_version != before.version:
            raise StaleVersion(f"The rules are at version {before.version}.")
        check(rules, await pipelines.now(connection))
        if before.rules == tuple(rules):
            return before
        event = OpeningRulesSaved(version=before.version + 1, rules=tuple(rules))
        decision = Append(STREAM, before.version, (event,), cause, now)
        try:
            appended = await append_one(connection, decision)
        except Conflict:
            raise StaleVersion("Somebody saved rules at the same moment.") from None
    store.count([decision], [appended])
    return SavedRules(event.version, event.rules)
