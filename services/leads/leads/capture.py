"""Capturing: requests become touches on customers' cards, in batches of any size with a fixed number of statements.

One function serves every way in: webhooks, the API, imports. It works in the caller's transaction and returns what is
to be appended as its last statement. Two processes that register the same person at the same moment are told apart by
the unique indexes: the slower one gets ``Conflict`` and decides again on what the faster one has stored.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.blind_index import BlindIndex
from events.privacy import Keyring
from events.sqlfile import sql
from events.store import Append, Cause, Conflict, Connection, deterministic_id

from leads.draft import Draft, Stream, Tree
from leads.identity.match import Suggest
from leads.identity.matches import suggest
from leads.identity.paths import lock_paths
from leads.known import NOTHING, SQL, Known, Outcome, look_up, open_leads
from leads.matching import Doubt, Matches, doubts, match
from leads.person import Contact, Person, Unfit, recognise
from leads.storing import Stored, store
from leads.touch import Capture

__all__ = ["SQL", "CaptureResult", "Capturer", "Outcome"]


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """One outcome per capture, in order, and the decisions to append."""

    outcomes: Sequence[Outcome]
    appends: Sequence[Append]


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
        known, appends = NOTHING, list[Append]()
        if numbers:
            indexes = {index for person in people.values() for index in person.indexes()}
            known = await look_up(connection, list(numbers), indexes)
            order = [number for touch_id, number in numbers.items() if touch_id not in known.touches]
            order.sort(key=lambda n: captures[n].inquiry.occurred_at)
            named = [people[number].indexes() for number in order]
            matches = match(named, known.owners)
            drafts = await self._open(connection, [captures[number] for number in order], matches, known)
            touches: list[Stored] = []
            for number, group in zip(order, matches.groups, strict=True):
                capture = captures[number]
                outcome = outcomes[number] = _take(drafts[group], capture, people[number], group, matches, known)
                touches.append(Stored(capture, outcome, deliveries[capture.touch_id]))
            appends = await store(connection, list(drafts.values()), touches)
            found = [
                _suggestion(doubt, captures[order[doubt.request]], people[order[doubt.request]])
                for doubt in doubts(named, matches, known.paths.root)
            ]
            appends += await suggest(connection, found)
            if known.touches:
                again = list(known.touches), [deliveries[touch_id] for touch_id in known.touches]
                await connection.execute(sql("touches_delivered", SQL), *again)
        for number, capture in enumerate(captures):
            if outcomes[number] is None:
                first = known.touches.get(capture.touch_id) or outcomes[numbers[capture.touch_id]]
                assert first is not None
                outcomes[number] = Outcome("duplicate", first.lead_id, first.customer_id, first.card_id)
        return CaptureResult([outcome for outcome in outcomes if outcome is not None], appends)

    async def _open(
        self, connection: Connection, captures: Sequence[Capture], matches: Matches, known: Known
    ) -> dict[UUID | int, Draft]:
        """The cards of all groups: existing ones locked with the roots of their trees, new ones with a new key."""
        groups = dict.fromkeys(matches.groups)
        existing = [group for group in groups if isinstance(group, UUID)]
        ids = {g: deterministic_id("customer", captures[g].touch_id) for g in groups if not isinstance(g, UUID)}
        drafts: dict[UUID | int, Draft] = {}
        if existing:
            rows = await lock_paths(connection, known.paths, existing)
            keys = await self.keyring.read(connection, existing)
            roots = {known.paths.root(card) for card in existing}
            leads = await open_leads(connection, roots)
            trees = {root: Tree(root, leads.get(root)) for root in roots}
            for card in existing:
                key, row = keys.get(card), rows.get(card)
                if key is None or row is None:
                    raise Conflict  # erased since it was looked up
                stream, tree = Stream(card, row["version"]), trees[known.paths.root(card)]
                drafts[card] = Draft(stream, key, row["name"], row["direction"], tree)
        for group, new_id in ids.items():
            key, wrapped = self.keyring.make(new_id)
            stream, direction = Stream(new_id, 0), captures[group].direction
            drafts[group] = Draft(stream, key, None, direction, Tree(new_id), wrapped_key=wrapped)
        return drafts


def _take(draft: Draft, capture: Capture, person: Person, group: UUID | int, matches: Matches, known: Known) -> Outcome:
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
    assert draft.tree.lead is not None
    return Outcome(what, draft.tree.lead.stream.id, draft.stream.id, draft.tree.root)


def _suggestion(doubt: Doubt, capture: Capture, person: Person) -> tuple[Suggest, Cause, datetime]:
    command = Suggest(doubt.card, doubt.other, "one_request", person.kinds_of(doubt.indexes))
    return command, capture.cause, capture.inquiry.occurred_at
