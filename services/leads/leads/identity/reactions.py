"""What identity does when leads itself says something: it looks for namesakes, and may merge by a rule.

Runs in the transaction of the consumer's watermark, apart from capturing, which it never slows down. What was told once
is not told again, so an event that comes twice changes nothing.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from events.contracts.leads import (
    CustomerContactAdded,
    CustomerDetailsChanged,
    CustomerErased,
    CustomerRegistered,
    OrganisationPersonAttached,
)
from events.contracts.leads.identity import CustomerMatchSuggested
from events.decider import Rejected
from events.envelope import Received, Recorded
from events.store import Append, Cause, Connection

from leads.identity.matches import suggest
from leads.identity.namesakes import Namesakes
from leads.identity.rule import merge_by_rule

_TELLING: Final = (
    CustomerRegistered,
    CustomerContactAdded,
    CustomerDetailsChanged,
    CustomerErased,
    OrganisationPersonAttached,
)
_TYPES: Final = frozenset(event.type for event in (*_TELLING, CustomerMatchSuggested))


class Reactions:
    """The reaction to the own log."""

    def __init__(self, namesakes: Namesakes, *, merge_on_phone_and_email: bool) -> None:
        self._namesakes = namesakes
        self._merge_on_phone_and_email = merge_on_phone_and_email

    async def react(self, connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
        """Names are learnt and compared at once, merges by rule one by one."""
        known = [record.recorded() for record in records if record.type in _TYPES]
        appends = await self._merge(connection, known) if self._merge_on_phone_and_email else []
        return [*appends, *await self._compare(connection, known)]

    async def _compare(self, connection: Connection, records: Sequence[Recorded]) -> list[Append]:
        told: dict[UUID, Recorded] = {}
        for record in records:
            if isinstance(record.event, _TELLING):
                told[record.event.customer_id] = record
        if not told:
            return []
        await self._namesakes.learn(connection, told)
        found = await self._namesakes.compare(connection, told)
        by = [told.get(command.customer_id) or told[command.other_customer_id] for command in found]
        return await suggest(
            connection, [(c, _cause(record), record.occurred_at) for c, record in zip(found, by, strict=True)]
        )

    async def _merge(self, connection: Connection, records: Sequence[Recorded]) -> list[Append]:
        appends: list[Append] = []
        for record in records:
            if isinstance(record.event, CustomerMatchSuggested):
                try:
                    merging = _cause(record), record.occurred_at
                    appends += await merge_by_rule(connection, self._namesakes.keyring, record.event, *merging)
                except Rejected:
                    continue
        return appends


def _cause(record: Recorded) -> Cause:
    return Cause("rule:identity", record.correlation_id, record.id, record.traceparent)
