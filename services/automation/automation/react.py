"""The reaction to events: one consumer that keeps what rules need to know, and makes their effects.

Whether a rule fires is decided by the event alone and by when it was recorded, and an effect's id by (event, rule,
version, action): so whatever the order between topics, the cut of batches or the number of deliveries, the same tasks
and letters come out. What depends on more than one event, such as the assignee that follows a lead's manager, is a
reaction of its own and is brought in line whenever either side arrives.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from events import metrics
from events.contracts.leads import CustomerErased
from events.envelope import Received, Recorded
from events.event import REGISTRY
from events.sqlfile import sql
from events.store import Append, Conflict, Connection, append
from events.tasks import add

from automation import facts, tables
from automation.actions.effect import Effect
from automation.asked import keeping as asked
from automation.parts import Language
from automation.rules import caps, matching
from automation.rules.registry import InForceNow
from automation.rules.rule import Rules
from automation.tasks.following import follow
from automation.timing import pending

_SQL = Path(__file__).parent / "sql"

React = Callable[[Connection, Sequence[Recorded]], Awaitable[Sequence[Append]]]
"""Works in the transaction of the watermark, after the tables were written, and returns what follows."""


@dataclass(frozen=True)
class Reactions:
    """Applies batches for the consumer. ``forget`` drops the cached key of a customer who was erased."""

    rules: InForceNow
    language: Language
    forget: Callable[[UUID], None]
    others: Sequence[React] = (follow,)

    async def apply(self, connection: Connection, records: Sequence[Received]) -> None:
        """Writes the tables and the effects of a batch, in the transaction of the watermark; the append comes last."""
        rules = await self.rules.now(connection)
        wanted = _wanted(records, rules)
        await tables.write(connection, wanted)
        recorded = [record.recorded() for record in wanted]
        await facts.write(connection, recorded)
        for event in (entry.event for entry in recorded):
            if isinstance(event, CustomerErased):
                self.forget(event.customer_id)
        fired = [one for entry in recorded for one in matching.fired(rules, entry, self.language)]
        effects = await _new(connection, [one.effect() for one in fired if one.is_at_once])
        await caps.keep(connection, fired)
        await pending.begin(connection, [one for one in fired if not one.is_at_once])
        await pending.wake(connection, recorded)
        await add(connection, [effect.work for effect in effects if effect.work])
        following = _first([decision for react in self.others for decision in await react(connection, recorded)])
        made = [Append(effect.stream_id, 0, [effect.event], effect.origin, effect.at) for effect in effects]
        # What follows for a stream that has moved on since its row was written comes again with what moved it.
        results = await append(connection, [*made, *following]) if made or following else []
        if any(isinstance(result, Conflict) for result in results[: len(made)]):
            raise Conflict


def _wanted(records: Sequence[Received], rules: Rules) -> list[Received]:
    types = rules.triggers | tables.TABLES.statements.keys() | facts.TYPES | asked.TYPES
    for record in records:
        if record.type not in REGISTRY:
            metrics.UNKNOWN_EVENTS.labels(record.type[:80]).inc()
    return [record for record in records if record.type in types]


def _first(decisions: Sequence[Append]) -> list[Append]:
    """Of two that would stand in one place of a stream the first: the other comes again with what that one says."""
    by_place: dict[tuple[UUID, int], Append] = {}
    for decision in decisions:
        by_place.setdefault((decision.stream_id, decision.expected_version), decision)
    return list(by_place.values())


async def _new(connection: Connection, effects: Sequence[Effect]) -> list[Effect]:
    """Those effects whose streams are not there yet, each once."""
    by_id = {effect.stream_id: effect for effect in effects}
    if by_id:
        for row in await connection.fetch(sql("existing_streams", _SQL), list(by_id)):
            del by_id[row["stream_id"]]
    return list(by_id.values())
