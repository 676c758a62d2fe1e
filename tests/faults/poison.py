"""A bad release of leads and deals: what it appends stands in their logs for ever, gapless and in order, and cannot be
applied by some of those who read it.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from events.envelope import Received, shard_of, topic_of

SHARE = 0.01
SUCCESSOR = "anna"
PATIENCE_SECONDS = 300.0
UNKNOWN_TYPE = "lead.teleported.v1"
Key = tuple[str, int, int]
"""Topic, shard and position of a record."""

_AT = "2026-03-02 09:30:00+00"
_GOOD_TIME = b"2026-03-02T09:30:00.000000+00:00"
_APPEND = """
SELECT append_events(array_agg(gen_random_uuid() ORDER BY n), array_agg($1::uuid ORDER BY n),
                     array_agg(n::int + $5 ORDER BY n), array_agg(type ORDER BY n), array_agg(body ORDER BY n),
                     array_agg(text 'service:bad-release' ORDER BY n), array_agg(gen_random_uuid() ORDER BY n),
                     array_agg(NULL::uuid ORDER BY n), array_agg(NULL::text ORDER BY n),
                     array_agg(at::timestamptz ORDER BY n))
  FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS e(type, body, at, n)
"""
_EVENTS = "SELECT coalesce(sum(head), 0)::int FROM (SELECT max(position) AS head FROM events GROUP BY shard) h"


@dataclass(frozen=True)
class Kind:
    """A kind of poison. ``refused_by`` says, for every reader that cannot apply it, under which reason.

    ``written`` stands in the log in the place of ``meant``: JSON texts in which ``ID`` is the stream's id. Where the
    services know the order of events to matter, a good event of the same stream follows.
    """

    name: str
    service: str
    type: str
    meant: str
    written: str
    refused_by: Mapping[str, str]
    at: str = _AT
    is_followed: bool = False


def _assigned(**fields: str | None) -> str:
    said = {
        "lead_id": "ID",
        "customer_id": "ID",
        "manager_id": "boris",
        "strategy": "by_hand",
        "explanation": "by hand",
        **fields,
    }
    return json.dumps({name: value for name, value in said.items() if value is not None})


def _of_lead(
    name: str, written: str, deals: str, automation: str, analytics: str, *, at: str = _AT, is_followed: bool = True
) -> Kind:
    """A spoilt assignment: an event that all three services read, and whose successor wins. Webhooks read no more than
    its envelope, for nobody subscribed.
    """
    reasons = {"deals": deals, "automation": automation, "analytics": analytics}
    if at != _AT:
        reasons["webhooks"] = "Malformed"
    return Kind(name, "leads", "lead.assigned.v1", _assigned(), written, reasons, at, is_followed)


KINDS: Sequence[Kind] = (
    # PostgreSQL knows a time without end, and renders it as nothing: the record lacks an attribute that it must have.
    _of_lead("no CloudEvent", _assigned(), "Malformed", "Malformed", "UnreadableEvent", at="infinity"),
    # A type that checks no more than the grammar takes half of a pair of surrogates, which is no text.
    _of_lead(
        "undecodable",
        _assigned(explanation="\ud83d"),
        "ValidationError",
        "InvalidTextRepresentationError",
        "InvalidTextRepresentationError",
    ),
    _of_lead(
        "breaks its contract",
        _assigned(lead_id=None),
        "ValidationError",
        "NotNullViolationError",
        "NotNullViolationError",
    ),
    # Text for Python, and for JSON; no text for PostgreSQL. Nothing follows: deals writes the last assignment of a
    # batch, and one that is overwritten in its own batch harms nobody.
    _of_lead(
        "refused by SQL",
        _assigned(manager_id="bo\x00ris"),
        "CharacterNotInRepertoireError",
        "UntranslatableCharacterError",
        "UntranslatableCharacterError",
        is_followed=False,
    ),
    # Personal data that somebody forgot to seal. Who does not read the field does not see it.
    Kind(
        "never sealed",
        "leads",
        "lead.qualified.v1",
        '{"lead_id": "ID", "customer_id": "ID", "temperature": "hot"}',
        '{"lead_id": "ID", "customer_id": "ID", "temperature": "hot", "comment": "calls herself Anna"}',
        {"automation": "ValidationError", "deals": "ValidationError"},
    ),
    Kind(
        "never sealed",
        "leads",
        "customer.registered.v1",
        '{"customer_id": "ID"}',
        '{"customer_id": "ID", "emails": ["anna@example.com"]}',
        {"automation": "ValidationError", "deals": "ValidationError"},
    ),
    Kind(
        "too large a number",
        "deals",
        "deal.value-changed.v1",
        '{"deal_id": "ID", "customer_id": "ID", "value": {"amount": "1.00", "currency": "RUB"}}',
        '{"deal_id": "ID", "customer_id": "ID", "value": {"amount": "1e200000", "currency": "RUB"}}',
        {"analytics": "NumericValueOutOfRangeError"},
    ),
)


@dataclass(frozen=True)
class Poison:
    """An event of a kind as it stands in a log, and the good one that follows it, if any."""

    kind: Kind
    stream_id: UUID
    key: Key
    follower: Key | None

    def meant(self) -> bytes:
        """What should have been written."""
        return self.kind.meant.replace("ID", str(self.stream_id)).encode()


class BadRelease:
    """Writes poison of all kinds in turn, and now and then an event whose type nobody knows, for as long as it runs."""

    def __init__(self, pools: Mapping[str, asyncpg.Pool], chance: random.Random) -> None:
        self.written: list[Poison] = []
        self.unknown = 0
        self._pools = pools
        self._chance = chance
        self._runs = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[BadRelease]:
        """One event in a hundred of the two logs is poison as long as the block lasts."""
        before = await self._events()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_on(before))
            yield self
            self._runs = False

    async def has_written(self, times: int) -> None:
        """Until every kind stands in the logs so many times; raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.written) < times * len(KINDS):
                await asyncio.sleep(0.1)

    def refused(self, reader: str, *, parks_streams: bool) -> dict[Key, str]:
        """What a reader must have put aside, and why: poison, and what followed it in a stream that waits for it."""
        poison = {p.key: p.kind.refused_by[reader] for p in self.written if reader in p.kind.refused_by}
        if not parks_streams:
            return poison
        followers = [p.follower for p in self.written if p.follower and reader in p.kind.refused_by]
        return poison | dict.fromkeys(followers, "Parked")

    def mended(self, record: Received, *, reader: str | None = None) -> Received:
        """What a release that knows better makes of a record: what was meant. With ``reader``: only of what that one
        refused, for what it took as it stood it keeps.
        """
        written = [p for p in self.written if reader is None or reader in p.kind.refused_by]
        poison = {p.key: p for p in written}.get((record.source, record.shard, record.position))
        if poison is None:
            return record
        attributes = {"ce_time": _GOOD_TIME, **record.attributes}
        return Received(record.source, record.shard, record.offset, list(attributes.items()), poison.meant())

    async def _events(self) -> int:
        return sum([await pool.fetchval(_EVENTS) for pool in self._pools.values()])

    async def _write_on(self, before: int) -> None:
        while self._runs:
            while len(self.written) < SHARE * (await self._events() - before):
                await self._write(KINDS[len(self.written) % len(KINDS)])
                if len(self.written) % len(KINDS) == 0:
                    await self._append("leads", self._stream(), [(UNKNOWN_TYPE, "{}", _AT)])
                    self.unknown += 1
            await asyncio.sleep(0.1)

    async def _write(self, kind: Kind) -> None:
        """With what follows it at once, so that both come in one batch, or a second later."""
        stream_id = self._stream()
        events = [(kind.type, kind.written, kind.at)]
        if kind.is_followed:
            events.append((kind.type, _assigned(manager_id=SUCCESSOR), _AT))
        if kind.is_followed and self._chance.random() < 0.5:
            keys = await self._append(kind.service, stream_id, events[:1])
            await asyncio.sleep(1)
            keys += await self._append(kind.service, stream_id, events[1:], after=1)
        else:
            keys = await self._append(kind.service, stream_id, events)
        self.written.append(Poison(kind, stream_id, keys[0], keys[1] if kind.is_followed else None))

    def _stream(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128))

    async def _append(
        self, service: str, stream_id: UUID, events: Sequence[tuple[str, str, str]], after: int = 0
    ) -> list[Key]:
        types, bodies, times = map(list, zip(*events, strict=True))
        bodies = [body.replace("ID", str(stream_id)) for body in bodies]
        positions = await self._pools[service].fetchval(_APPEND, stream_id, types, bodies, times, after)
        return [(topic_of(service), shard_of(stream_id), position) for position in positions]
