"""Cards while a batch of requests is worked on: each request sees what those before it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from uuid import UUID

from events.decider import Rejected
from events.event import Event
from events.store import Append, Cause, Connection

from leads.card.locked import Whole
from leads.card.state import evolve
from leads.card.tables import write_customers


@dataclass
class _Changed:
    before: int
    events: list[Event] = field(default_factory=list)
    stamps: list[tuple[Cause, datetime]] = field(default_factory=list)


class Cards:
    """``asked`` are the locked cards by the id that was asked for; ``now`` is when everything happens."""

    def __init__(self, asked: Mapping[UUID, Whole], now: datetime) -> None:
        self.now = now
        self._root_of = {customer_id: whole.root for customer_id, whole in asked.items()}
        self._wholes = {whole.root: whole for whole in asked.values()}
        self._changed: dict[UUID, _Changed] = {}

    def of(self, customer_id: UUID) -> Whole:
        """The card as it now stands. Raises :class:`Rejected`."""
        root = self._root_of.get(customer_id)
        if root is None:
            raise Rejected("unknown_customer", "There is no such customer.")
        return self._wholes[root]

    async def write(self, connection: Connection, whole: Whole, events: Sequence[Event], cause: Cause) -> None:
        """Brings tables and state up to these events; they are appended with all others."""
        if not events:
            return
        versions = dict(whole.versions)
        for event in events:
            member: UUID = getattr(event, "customer_id")  # noqa: B009 - every event of a card names its member
            changed = self._changed.setdefault(member, _Changed(versions[member]))
            changed.events.append(event)
            changed.stamps.append((cause, self.now))
            versions[member] += 1
        written = {member: version for member, version in versions.items() if version != whole.versions[member]}
        await write_customers(connection, written, events, self.now)
        self._wholes[whole.root] = replace(whole, versions=versions, card=reduce(evolve, events, whole.card))

    def appends(self) -> list[Append]:
        """What is to be appended, one decision for each stream."""
        return [
            Append(member, made.before, tuple(made.events), *made.stamps[0], stamps=made.stamps)
            for member, made in self._changed.items()
        ]
