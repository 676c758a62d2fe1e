"""Splitting cards, in the caller's transaction: links are cut, and both sides are what they were before, plus what came
to each of them since.

**So that nobody is forgotten**: while cards count as one, a request of one may stand on the open lead of another. Where
the newest request of a side came since the merge and stands on a lead of the other side, and the side has no open lead
itself, a lead is opened for it, with the content of that request. This holds for the side that leaves and for the one
that stays. Requests that are older, or of a side whose own lead is open, have been seen or will be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from events.contracts.leads.capture import LeadCaptured, Touch
from events.contracts.leads.identity import CustomerSplit
from events.decider import Rejected
from events.event import decode
from events.privacy import Keyring
from events.sqlfile import sql
from events.store import Append, Cause, Connection, deterministic_id

from leads.identity.cards import SQL, members_of
from leads.identity.domain import DECIDER, Card, Forest, Split
from leads.identity.match import Dismiss
from leads.identity.matches import Matches
from leads.identity.paths import lock_paths, paths_of


@dataclass(frozen=True, slots=True)
class Splitting:
    """Why cards are split, and by whom; ``why`` is in the clear and is sealed by the key of each card that leaves."""

    cause: Cause
    at: datetime
    explanation: str = "Split by hand."
    why: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sides:
    """What came of it: what is to be appended, and the leads that were opened."""

    appends: Sequence[Append]
    leads: Sequence[UUID]


async def split(
    connection: Connection, keyring: Keyring, leaving: Sequence[UUID], splitting: Splitting, of: UUID | None = None
) -> Sides:
    """Cuts these cards' links, each with all below it.

    Raises ``Rejected`` from the rules, or for a card that is not one of ``of``'s, and ``Conflict`` where a card was
    merged or split meanwhile: try again in a new transaction.
    """
    paths = await paths_of(connection, [*leaving, of] if of else leaving)
    rows = await lock_paths(connection, paths, leaving)
    if of is not None and any(paths.root(card) != paths.root(of) for card in leaving):
        raise Rejected("not_a_member", "The card is not one of this customer's.")
    keys = await keyring.read(connection, leaving) if splitting.why else {}
    forest: Forest = {id_: Card(row["merged_into"]) for id_, row in rows.items()}
    events: list[CustomerSplit] = []
    for card in dict.fromkeys(leaving):
        why = keys[card].seal(splitting.why) if splitting.why and card in keys else None
        (event,) = DECIDER.decide(Split(card, splitting.explanation, why), forest)
        assert isinstance(event, CustomerSplit)
        forest = DECIDER.evolve(forest, event)
        events.append(event)
    matches = await Matches.of(connection, leaving)
    roots = {event.customer_id: paths.root(event.customer_id) for event in events}
    versions = {event.customer_id: rows[event.customer_id]["version"] for event in events}
    columns = list(versions), [version + 1 for version in versions.values()]
    cut = await connection.fetch(sql("merges_cut", SQL), *columns, splitting.cause.actor)
    sides = await members_of(connection, {*roots, *roots.values()})
    since = _since({row["customer_id"]: row["merged_at"] for row in cut}, roots)
    _dismiss(matches, events, {member: side for side, tree in sides.items() for member in tree}, splitting)
    opened = await _open(connection, sides, since, splitting.cause)
    told = [Append(e.customer_id, versions[e.customer_id], [e], splitting.cause, splitting.at) for e in events]
    return Sides([*told, *opened, *await matches.save(connection)], [append.stream_id for append in opened])


def _since(merged_at: Mapping[UUID, datetime], roots: Mapping[UUID, UUID]) -> dict[UUID, datetime]:
    """From when on requests of a side may stand on a lead of another: for the side that stays, the first merge cut."""
    since = dict(merged_at)
    for card, at in merged_at.items():
        root = roots[card]
        since[root] = min(since.get(root, at), at)
    return since


def _dismiss(
    matches: Matches, events: Sequence[CustomerSplit], side_of: Mapping[UUID, UUID], splitting: Splitting
) -> None:
    """Who was split is not suggested again for the same reasons, and never merged again by a rule."""
    for event in events:
        command = Dismiss(event.customer_id, event.from_customer_id, splitting.explanation, event.why)
        matches.decide(command, splitting.cause, splitting.at)
    for entry in matches.between(side_of, side_of):
        if side_of[entry.low] != side_of[entry.high]:
            command = Dismiss(entry.low, entry.high, splitting.explanation)
            matches.decide(command, splitting.cause, splitting.at)


async def _open(
    connection: Connection, sides: Mapping[UUID, Sequence[UUID]], since: Mapping[UUID, datetime], cause: Cause
) -> list[Append]:
    members = [(member, side, since[side]) for side, tree in sides.items() for member in tree if side in since]
    found = await connection.fetch(sql("requests_left_behind", SQL), *zip(*members, strict=True))
    if not found:
        return []
    events = [_captured(row) for row in found]
    rows = [_lead_row(event, row) for event, row in zip(events, found, strict=True)]
    await connection.execute(sql("leads_open", SQL), *zip(*rows, strict=True))
    return [
        Append(event.lead_id, 0, [event], cause, row["occurred_at"]) for event, row in zip(events, found, strict=True)
    ]


def _captured(row: asyncpg.Record) -> LeadCaptured:
    touch: Touch = getattr(decode(row["type"], row["data"].encode()), "touch")  # noqa: B009
    return LeadCaptured(
        lead_id=deterministic_id("lead", "split", touch.touch_id),
        customer_id=row["customer_id"],
        touch=touch,
        direction=row["direction"],
        is_returning=row["is_returning"],
        from_lead_id=row["lead_id"],
    )


def _lead_row(event: LeadCaptured, row: asyncpg.Record) -> tuple[Any, ...]:
    touch = event.touch
    return (
        event.lead_id,
        event.customer_id,
        touch.touch_id,
        event.direction,
        touch.channel,
        touch.intake,
        touch.source,
        touch.campaign,
        event.is_returning,
        touch.is_test,
        row["occurred_at"],
    )
