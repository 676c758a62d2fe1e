"""The matches between some trees of cards: read, locked, decided on, and stored together.

What is known of two cards holds for their whole trees: where any member of one and any member of the other were
suggested for a reason, that reason is not told again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
from events.contracts.leads.identity import CustomerMatchSuggested, CustomerMerged
from events.event import Event
from events.sqlfile import sql
from events.store import Append, Cause, Connection

from leads.identity.cards import SQL, members_of, root_of
from leads.identity.match import DECIDER, STRENGTH, Command, Match, Suggest, match_id


@dataclass(slots=True)
class Entry:
    """A match as it is, and the events to come, each with its cause and time."""

    low: UUID
    high: UUID
    match: Match
    version: int = 0
    kinds: set[str] = field(default_factory=set)
    suggested_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    events: list[Event] = field(default_factory=list)
    stamps: list[tuple[Cause, datetime]] = field(default_factory=list)
    is_changed: bool = False

    def evolve(self, event: Event, cause: Cause, at: datetime) -> None:
        """Takes in an event of the match, or a merge of its cards."""
        self.match, before = DECIDER.evolve(self.match, event), self.match
        self.is_changed = self.is_changed or self.match != before
        self.suggested_at = self.suggested_at or at
        if isinstance(event, CustomerMatchSuggested):
            self.kinds.update(event.kinds)
            self.suggested_at, self.decided_at, self.decided_by = at, None, None
        elif self.match != before:
            self.decided_at, self.decided_by = at, cause.actor
        if not isinstance(event, CustomerMerged):
            self.events.append(event)
            self.stamps.append((cause, at))


class Matches:
    """The matches of these cards' trees with each other, locked until commit."""

    def __init__(self, trees: Mapping[UUID, Sequence[UUID]], entries: Iterable[Entry]) -> None:
        self._tree = {member: frozenset(tree) for tree in trees.values() for member in tree}
        self._entries = {match_id(entry.low, entry.high): entry for entry in entries}

    @classmethod
    async def of(cls, connection: Connection, cards: Collection[UUID]) -> "Matches":
        """Reads and locks them; to be called after the rows of customers were locked, if they are to be at all."""
        roots = await root_of(connection, cards)
        trees = await members_of(connection, set(roots.values()))
        members = [member for tree in trees.values() for member in tree]
        return cls(trees, map(_entry, await connection.fetch(sql("matches_lock", SQL), members)))

    def entry(self, id_: UUID) -> Entry:
        """The match of this id, which must be one of these."""
        return self._entries[id_]

    def between(self, one: Collection[UUID], other: Collection[UUID]) -> list[Entry]:
        """The matches of any of these cards with any of those."""
        return [
            entry
            for entry in self._entries.values()
            if (entry.low in one and entry.high in other) or (entry.low in other and entry.high in one)
        ]

    def tree(self, card: UUID) -> frozenset[UUID]:
        """All cards that count as one with this one; itself alone where it is not there."""
        return self._tree.get(card, frozenset((card,)))

    def decide(self, command: Command, cause: Cause, at: datetime) -> None:
        """Decides on the match of the command's cards; what is known of their trees, or so already, changes nothing."""
        one, other = command.customer_id, command.other_customer_id
        if isinstance(command, Suggest):
            mine, theirs = self.tree(one), self.tree(other)
            told = self.between(mine, theirs)
            if mine & theirs or any(command.reason in entry.match.reasons for entry in told):
                return
        low, high = sorted((one, other))
        entry = self._entries.setdefault(match_id(low, high), Entry(low, high, Match()))
        for event in DECIDER.decide(command, entry.match):
            entry.evolve(event, cause, at)

    async def save(self, connection: Connection) -> list[Append]:
        """Stores what changed and returns what is to be appended: a conflict shows there if others were faster."""
        changed = {id_: entry for id_, entry in self._entries.items() if entry.is_changed or entry.events}
        if changed:
            rows = [_row(id_, entry) for id_, entry in sorted(changed.items())]
            await connection.execute(sql("matches_store", SQL), *zip(*rows, strict=True))
        return [_append(id_, entry) for id_, entry in changed.items() if entry.events]


async def suggest(connection: Connection, suggestions: Sequence[tuple[Suggest, Cause, datetime]]) -> list[Append]:
    """Stores suggestions that are new, each with its cause and time; returns what is to be appended."""
    if not suggestions:
        return []
    cards = {card for command, _, _ in suggestions for card in (command.customer_id, command.other_customer_id)}
    matches = await Matches.of(connection, cards)
    for suggestion in suggestions:
        matches.decide(*suggestion)
    return await matches.save(connection)


def _entry(row: asyncpg.Record) -> Entry:
    match = Match(frozenset(row["reasons"]), row["status"])
    told = (row["suggested_at"], row["decided_at"], row["decided_by"])
    return Entry(row["low"], row["high"], match, row["version"], set(row["kinds"]), *told)


def _row(id_: UUID, entry: Entry) -> tuple[object, ...]:
    return (
        id_,
        entry.low,
        entry.high,
        entry.version + len(entry.events),
        entry.match.status,
        " ".join(sorted(entry.match.reasons)),
        " ".join(sorted(entry.kinds)),
        max((STRENGTH[reason] for reason in entry.match.reasons), default=0),
        entry.suggested_at,
        entry.decided_at,
        entry.decided_by,
    )


def _append(id_: UUID, entry: Entry) -> Append:
    cause, at = entry.stamps[0]
    return Append(id_, entry.version, entry.events, cause, at, stamps=entry.stamps)
