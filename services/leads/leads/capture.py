"""Capturing: requests become touches on customers' cards, in batches of any size with a fixed number of statements.

One function serves every way in: webhooks, the API, imports. It works in the caller's transaction and returns what is
to be appended as its last statement. Two processes that register the same person at the same moment are told apart by
the unique indexes: the slower one gets ``Conflict`` and decides again on what the faster one has stored.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from events.privacy import BlindIndex, Keyring
from events.sqlfile import sql
from events.store import Append, Conflict, Connection, deterministic_id

from leads.draft import Draft, OpenLead, Stream
from leads.matching import Matches, match
from leads.person import Contact, Person, Unfit, recognise
from leads.touch import Capture

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one capture: a ``duplicate`` names the lead of its first delivery, ``rejected`` the reason."""

    what: Literal["captured", "touched", "duplicate", "rejected"]
    lead_id: UUID | None = None
    customer_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """One outcome per capture, in order, and the decisions to append."""

    outcomes: Sequence[Outcome]
    appends: Sequence[Append]


@dataclass(frozen=True, slots=True)
class _Known:
    touches: dict[UUID, Outcome]
    owners: dict[str, UUID]


@dataclass(frozen=True)
class Capturer:
    """``region`` is the country (ISO 3166) in which phones without a country code are read."""

    keyring: Keyring
    blind: BlindIndex
    region: str = "RU"

    async def capture(self, connection: Connection, captures: Sequence[Capture]) -> CaptureResult:
        """Matches requests to cards and stores both; the caller appends, commits, and on :class:`Conflict` tries again.

        Captures are taken by business time, those of the same time as they stand; who belongs together does not depend
        on their order.
        """
        outcomes: list[Outcome | None] = [None] * len(captures)
        people: dict[int, Person] = {}
        numbers: dict[UUID, int] = {}
        deliveries: Counter[UUID] = Counter()
        for number, capture in enumerate(captures):
            try:
                capture.check_time()
                people[number] = recognise(capture.inquiry, capture.provider_identity, self.blind, self.region)
            except Unfit as unfit:
                outcomes[number] = Outcome("rejected", reason=unfit.reason)
            else:
                numbers.setdefault(capture.touch_id, number)
                deliveries[capture.touch_id] += 1
        if numbers:
            known = await _look_up(connection, list(numbers), people.values())
            order = [number for touch_id, number in numbers.items() if touch_id not in known.touches]
            order.sort(key=lambda n: captures[n].inquiry.occurred_at)
            matches = match([people[number].indexes() for number in order], known.owners)
            drafts = await self._open(connection, [captures[number] for number in order], matches)
            for number, group in zip(order, matches.groups, strict=True):
                outcomes[number] = _take(drafts[group], captures[number], people[number], group, matches, known)
            touches = [_touch_row(captures[n], outcomes[n], deliveries[captures[n].touch_id]) for n in order]
            appends = await _store(connection, list(drafts.values()), touches)
            if known.touches:
                again = [(touch_id, deliveries[touch_id]) for touch_id in known.touches]
                await connection.execute(sql("touches_delivered", SQL), *_columns(again, 2))
        else:
            known, appends = _Known({}, {}), []
        for number, capture in enumerate(captures):
            if outcomes[number] is None:
                first = known.touches.get(capture.touch_id) or outcomes[numbers[capture.touch_id]]
                assert first is not None
                outcomes[number] = Outcome("duplicate", first.lead_id, first.customer_id)
        return CaptureResult([outcome for outcome in outcomes if outcome is not None], appends)

    async def _open(
        self, connection: Connection, captures: Sequence[Capture], matches: Matches
    ) -> dict[UUID | int, Draft]:
        """The cards of all groups: existing ones locked, new ones with a new key."""
        groups = dict.fromkeys(matches.groups)
        existing = [group for group in groups if isinstance(group, UUID)]
        ids = {g: deterministic_id("customer", captures[g].touch_id) for g in groups if not isinstance(g, UUID)}
        drafts: dict[UUID | int, Draft] = {}
        if existing:
            cards = await connection.fetch(sql("customers_lock", SQL), existing)
            keys = await self.keyring.read(connection, existing)
            open_leads = {
                lead["customer_id"]: OpenLead(Stream(lead["id"], lead["version"]))
                for lead in await connection.fetch(sql("leads_lock_open", SQL), existing)
            }
            for card in cards:
                key = keys.get(card["id"])
                if key is None:
                    raise Conflict  # erased since it was looked up
                stream, lead = Stream(card["id"], card["version"]), open_leads.get(card["id"])
                drafts[stream.id] = Draft(stream, key, card["name"], card["direction"], lead)
        for group, new_id in ids.items():
            key, wrapped = self.keyring.make(new_id)
            stream, direction = Stream(new_id, 0), captures[group].direction
            drafts[group] = Draft(stream, key, None, direction, None, wrapped_key=wrapped)
        return drafts


async def _look_up(connection: Connection, touch_ids: list[UUID], people: Any) -> _Known:
    indexes = list({index for person in people for index in person.indexes()})
    touches, owners = {}, {}
    for what, found, lead_id, customer_id in await connection.fetch(sql("capture_look_up", SQL), touch_ids, indexes):
        if what == "touch":
            touches[found] = Outcome("duplicate", lead_id, customer_id)
        else:
            owners[found.hex] = customer_id
    return _Known(touches, owners)


def _take(
    draft: Draft, capture: Capture, person: Person, group: UUID | int, matches: Matches, known: _Known
) -> Outcome:
    had = {contact.index for contact in draft.identities}
    new: list[Contact] = []
    foreign: list[Contact] = []
    for contact in person.contacts:
        if contact.index is None:
            (new if draft.is_new and not draft.stream.events else foreign).append(contact)
        elif matches.owners[contact.index] != group:
            foreign.append(contact)
        elif contact.index not in had and contact.index not in known.owners:
            new.append(contact)
    what: Any = draft.take(capture, person, new, foreign)
    assert draft.lead is not None
    return Outcome(what, draft.lead.stream.id, draft.stream.id)


def _touch_row(capture: Capture, outcome: Outcome | None, deliveries: int) -> tuple[Any, ...]:
    assert outcome is not None
    is_repeat = outcome.what == "touched"
    return capture.touch_id, outcome.lead_id, outcome.customer_id, capture.intake, is_repeat, deliveries


async def _store(connection: Connection, drafts: Sequence[Draft], touches: Sequence[tuple[Any, ...]]) -> list[Append]:
    """Writes the tables; raises :class:`Conflict` if another process stored the same person or request meanwhile."""
    if not drafts:
        return []
    customers = [
        (
            draft.stream.id,
            draft.stream.version + len(draft.stream.events),
            draft.direction,
            draft.learnt_name,
            " ".join(draft.contacts["phone"]),
            " ".join(draft.contacts["email"]),
            " ".join(draft.contacts["messenger"]),
            draft.stream.stamps[0][1],
        )
        for draft in drafts
        if draft.stream.events
    ]
    keys = [(draft.stream.id, draft.wrapped_key) for draft in drafts if draft.wrapped_key is not None]
    identities = [(c.index, c.kind, draft.stream.id) for draft in drafts for c in draft.identities]
    leads = [_lead_row(draft) for draft in drafts]
    columns = [
        *_columns(customers, 8),
        *_columns(identities, 3),
        *_columns(leads, 13),
        *_columns(touches, 6),
        *_columns(keys, 2),
    ]
    stored = await connection.fetchrow(sql("capture_store", SQL), *columns)
    if stored is None or stored["identities"] < len(identities) or stored["touches"] < len(touches):
        raise Conflict
    return [
        stream.append()
        for draft in drafts
        for stream in (draft.stream, draft.lead.stream if draft.lead else None)
        if stream is not None and stream.events
    ]


def _lead_row(draft: Draft) -> tuple[Any, ...]:
    lead = draft.lead
    assert lead is not None
    assert lead.first is not None
    capture, inquiry = lead.first, lead.first.inquiry
    return (
        lead.stream.id,
        draft.stream.id,
        lead.stream.version + len(lead.stream.events),
        capture.direction or draft.direction,
        capture.channel,
        capture.intake,
        capture.source,
        inquiry.utm.get("campaign"),
        lead.is_returning,
        inquiry.is_test,
        inquiry.occurred_at,
        lead.stream.stamps[-1][1],
        len(lead.stream.events),
    )


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width
