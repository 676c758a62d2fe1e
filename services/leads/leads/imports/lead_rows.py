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
from events.table_files import Row
from events.webhooks import RawRequest, Unreadable
from pydantic import BaseModel, ValidationError

from leads.capture import Capturer
from leads.imports import SQL
from leads.imports.becoming import BecameTold, Becoming
from leads.imports.becoming import faults as faults_of
from leads.imports.kinds import Foresight, Numbered, Refused, Sending, Taken
from leads.imports.mapping import INTAKE, Mapping
from leads.imports.state import Became
from leads.kept import Kept, keep, release
from leads.matching import match
from leads.person import Person, Unfit, recognise
from leads.touch import MOST_AHEAD, Capture
from leads.understand import by_stream, cause_of


@dataclass(frozen=True)
class LeadRows:
    """The kind ``leads``. A refused row waits in quarantine, where it can be corrected and replayed."""

    capturer: Capturer
    becoming: Becoming
    mapping = Mapping

    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        """Captures a portion."""
        captures, refused = await _fit(connection, self.becoming, sending, _read(sending, rows))
        result = await self.capturer.capture(connection, [capture for _, _, capture, _ in captures])
        outcomes: Counter[str] = Counter(outcome.what for outcome in result.outcomes if outcome.what != "rejected")
        taken: list[Kept] = []
        told: list[BecameTold] = []
        for (line, row, capture, became), outcome in zip(captures, result.outcomes, strict=True):
            if outcome.what == "rejected":
                refused.append((line, row, outcome.reason or ""))
            else:
                if outcome.what == "captured" and became is not None:
                    told.append(BecameTold(capture.touch_id, became, sending.cause))
                taken.append(Kept(INTAKE, sending.name, _mapping(sending).id_of(row) or "", b"", ""))
        waiting = _kept(sending, refused)
        await keep(connection, [kept for _, kept in waiting], sending.received_at)
        await release(connection, taken)
        appends = by_stream([*result.appends, *await self.becoming(connection, told)])
        return Taken(outcomes, [Refused(line, kept.reason, kept.id) for line, kept in waiting], appends)

    async def keep(self, connection: Connection, sending: Sending, row: Numbered, reason: str) -> Refused:
        """Puts a row into quarantine."""
        ((line, kept),) = _kept(sending, [(*row, reason)])
        await keep(connection, [kept], sending.received_at)
        return Refused(line, reason, kept.id)

    def foresight(self) -> Foresight:
        """What an import would do, without doing it."""
        return _Foresight(self.capturer, self.becoming)


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


Read = tuple[list[tuple[int, Row, Capture, Became | None]], list[tuple[int, Row, str]]]
"""Rows that can be captured, with what became of their leads, and rows that are refused, with the reason."""


def _read(sending: Sending, rows: Sequence[Numbered]) -> Read:
    mapping = _mapping(sending)
    captures: list[tuple[int, Row, Capture, Became | None]] = []
    refused: list[tuple[int, Row, str]] = []
    for line, row in rows:
        try:
            capture = mapping.capture(sending.name, row, sending.received_at, sending.cause)
            became = mapping.became(row, capture.inquiry.occurred_at)
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
            captures.append((line, row, capture, became))
    return captures, refused


async def _fit(connection: Connection, becoming: Becoming, sending: Sending, read: Read) -> Read:
    """Without rows that name a reason, category or manager that is not here, or a time that is yet to come."""
    captures, refused = read
    missing = await becoming.unknown(connection, [became for _, _, _, became in captures if became])
    fit: list[tuple[int, Row, Capture, Became | None]] = []
    for line, row, capture, became in captures:
        faults = sorted(faults_of(became) & missing) if became else []
        if became and became.at - sending.received_at > MOST_AHEAD:
            faults.append("state: its time lies more than a day in the future")
        if faults:
            refused.append((line, row, faults[0]))
        else:
            fit.append((line, row, capture, became))
    return fit, refused


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """``closes``: the lead of this row is closed elsewhere, so the person's next portion opens a new one."""

    capture: Capture
    person: Person
    closes: bool


@dataclass
class _Foresight:
    """Matches like the capture does, against what is stored and what the portions before would have stored."""

    capturer: Capturer
    becoming: Becoming
    _touches: set[UUID] = field(default_factory=set)
    _owners: dict[str, UUID] = field(default_factory=dict)
    _open: set[UUID] = field(default_factory=set)

    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        captures, unread = await _fit(connection, self.becoming, sending, _read(sending, rows))
        refused = [Refused(line, reason) for line, _, reason in unread]
        people: list[_Foreseen] = []
        for line, _, capture, became in captures:
            try:
                capture.check_time()
                person = recognise(
                    capture.inquiry, capture.provider_identity, self.capturer.blind, self.capturer.region
                )
            except Unfit as unfit:
                refused.append(Refused(line, unfit.reason))
            else:
                people.append(_Foreseen(capture, person, became is not None and became.closes))
        await self._look_up(connection, people)
        return Taken(self._outcomes(people), refused)

    async def _look_up(self, connection: Connection, people: Sequence[_Foreseen]) -> None:
        touches = [one.capture.touch_id for one in people]
        indexes = {index for one in people for index in one.person.indexes()} - self._owners.keys()
        for row in await connection.fetch(sql("foresee", SQL), touches, list(indexes)):
            if row["customer_id"] is None:
                self._touches.add(row["id"])
            else:
                self._owners[row["id"].hex] = row["customer_id"]
                if row["has_open_lead"]:
                    self._open.add(row["customer_id"])

    def _outcomes(self, people: Sequence[_Foreseen]) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        fresh: list[_Foreseen] = []
        for one in people:
            if one.capture.touch_id in self._touches:
                outcomes["duplicate"] += 1
            else:
                self._touches.add(one.capture.touch_id)
                fresh.append(one)
        fresh.sort(key=lambda one: one.capture.inquiry.occurred_at)
        matches = match([one.person.indexes() for one in fresh], self._owners)

        def card(group: UUID | int) -> UUID:
            return fresh[group].capture.touch_id if isinstance(group, int) else group

        over: set[UUID] = set()
        for one, group in zip(fresh, matches.groups, strict=True):
            is_open = card(group) in self._open
            outcomes["touched" if is_open else "captured"] += 1
            if not is_open and one.closes:
                over.add(card(group))
            self._open.add(card(group))
        self._open -= over
        self._owners.update({index: card(group) for index, group in matches.owners.items()})
        return outcomes


class _KeptRow(BaseModel):
    mapping: Mapping
    row: Row


def parse(raw: RawRequest) -> list[Capture | BecameTold]:
    """A kept row that an operator replays; raises :class:`Unreadable`."""
    try:
        kept = _KeptRow.model_validate_json(raw.body)
    except ValidationError as error:
        raise Unreadable(f"not a row with its mapping: {error.error_count()} faults") from None
    capture = kept.mapping.capture(raw.source, kept.row, raw.received_at, cause_of(raw))
    became = kept.mapping.became(kept.row, capture.inquiry.occurred_at)
    return [capture, *((BecameTold(capture.touch_id, became, capture.cause),) if became else ())]
