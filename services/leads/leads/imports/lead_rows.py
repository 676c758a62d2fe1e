"""Rows that are leads: captured like any other request, or foreseen in a dry run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import cast
from uuid import UUID

import orjson
from events.sqlfile import sql
from events.store import Connection
from events.webhooks import RawRequest, Unreadable
from pydantic import BaseModel, ValidationError

from leads.capture import Capturer
from leads.imports import SQL
from leads.imports.files import Row
from leads.imports.kinds import Foresight, Numbered, Refused, Sending, Taken
from leads.imports.mapping import INTAKE, Mapping
from leads.kept import Kept, keep, release
from leads.matching import match
from leads.person import Person, Unfit, recognise
from leads.touch import Capture
from leads.understand import cause_of


@dataclass(frozen=True)
class LeadRows:
    """The kind ``leads``. A refused row waits in quarantine, where it can be corrected and replayed."""

    capturer: Capturer
    mapping = Mapping

    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        """Captures a portion."""
        captures, refused = _read(sending, rows)
        result = await self.capturer.capture(connection, [capture for _, _, capture in captures])
        outcomes: Counter[str] = Counter(outcome.what for outcome in result.outcomes if outcome.what != "rejected")
        taken: list[Kept] = []
        for (line, row, _), outcome in zip(captures, result.outcomes, strict=True):
            if outcome.what == "rejected":
                refused.append((line, row, outcome.reason or ""))
            else:
                taken.append(Kept(INTAKE, sending.name, _mapping(sending).id_of(row) or "", b"", ""))
        waiting = _kept(sending, refused)
        await keep(connection, [kept for _, kept in waiting], sending.received_at)
        await release(connection, taken)
        return Taken(outcomes, [Refused(line, kept.reason, kept.id) for line, kept in waiting], result.appends)

    async def keep(self, connection: Connection, sending: Sending, row: Numbered, reason: str) -> Refused:
        """Puts a row into quarantine."""
        ((line, kept),) = _kept(sending, [(*row, reason)])
        await keep(connection, [kept], sending.received_at)
        return Refused(line, reason, kept.id)

    def foresight(self) -> Foresight:
        """What an import would do, without doing it."""
        return _Foresight(self.capturer)


def _kept(sending: Sending, refused: Sequence[tuple[int, Row, str]]) -> list[tuple[int, Kept]]:
    """Rows as they wait in quarantine: with their mapping, so that they can be replayed."""
    mapping = _mapping(sending)
    described = mapping.model_dump(mode="json", exclude_defaults=True)
    kept = []
    for line, row, reason in refused:
        content = orjson.dumps({"mapping": described, "row": row})
        kept.append(
            (line, Kept(INTAKE, sending.name, mapping.id_of(row) or sha256(content).hexdigest(), content, reason))
        )
    return kept


def _mapping(sending: Sending) -> Mapping:
    return cast(Mapping, sending.mapping)


def _read(
    sending: Sending, rows: Sequence[Numbered]
) -> tuple[list[tuple[int, Row, Capture]], list[tuple[int, Row, str]]]:
    mapping = _mapping(sending)
    captures: list[tuple[int, Row, Capture]] = []
    refused: list[tuple[int, Row, str]] = []
    for line, row in rows:
        try:
            capture = mapping.capture(sending.name, row, sending.received_at, sending.cause)
        except Unreadable as unreadable:
            refused.append((line, row, unreadable.reason))
            continue
        if (
            sending.directions is not None
            and capture.direction is not None
            and capture.direction not in sending.directions
        ):
            refused.append((line, row, "direction: a line of business that the sender does not see"))
        else:
            captures.append((line, row, capture))
    return captures, refused


@dataclass
class _Foresight:
    """Matches like the capture does, against what is stored and what the portions before would have stored."""

    capturer: Capturer
    _touches: set[UUID] = field(default_factory=set)
    _owners: dict[str, UUID] = field(default_factory=dict)
    _open: set[UUID] = field(default_factory=set)

    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        captures, unread = _read(sending, rows)
        refused = [Refused(line, reason) for line, _, reason in unread]
        people: list[tuple[Capture, Person]] = []
        for line, _, capture in captures:
            try:
                capture.check_time()
                person = recognise(
                    capture.inquiry, capture.provider_identity, self.capturer.blind, self.capturer.region
                )
            except Unfit as unfit:
                refused.append(Refused(line, unfit.reason))
            else:
                people.append((capture, person))
        await self._look_up(connection, people)
        return Taken(self._outcomes(people), refused)

    async def _look_up(self, connection: Connection, people: Sequence[tuple[Capture, Person]]) -> None:
        touches = [capture.touch_id for capture, _ in people]
        indexes = {index for _, person in people for index in person.indexes()} - self._owners.keys()
        for row in await connection.fetch(sql("foresee", SQL), touches, list(indexes)):
            if row["customer_id"] is None:
                self._touches.add(row["id"])
            else:
                self._owners[row["id"].hex] = row["customer_id"]
                if row["has_open_lead"]:
                    self._open.add(row["customer_id"])

    def _outcomes(self, people: Sequence[tuple[Capture, Person]]) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        fresh: list[tuple[Capture, Person]] = []
        for capture, person in people:
            if capture.touch_id in self._touches:
                outcomes["duplicate"] += 1
            else:
                self._touches.add(capture.touch_id)
                fresh.append((capture, person))
        fresh.sort(key=lambda both: both[0].inquiry.occurred_at)
        matches = match([person.indexes() for _, person in fresh], self._owners)

        def card(group: UUID | int) -> UUID:
            return fresh[group][0].touch_id if isinstance(group, int) else group

        for group in matches.groups:
            outcomes["touched" if card(group) in self._open else "captured"] += 1
            self._open.add(card(group))
        self._owners.update({index: card(group) for index, group in matches.owners.items()})
        return outcomes


class _KeptRow(BaseModel):
    mapping: Mapping
    row: Row


def parse(raw: RawRequest) -> list[Capture]:
    """A kept row that an operator replays; raises :class:`Unreadable`."""
    try:
        kept = _KeptRow.model_validate_json(raw.body)
    except ValidationError as error:
        raise Unreadable(f"not a row with its mapping: {error.error_count()} faults") from None
    return [kept.mapping.capture(raw.source, kept.row, raw.received_at, cause_of(raw))]
