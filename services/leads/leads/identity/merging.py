"""Merging cards, in the caller's transaction: the root of one tree is linked to the root of another.

Nothing moves: phones, leads and requests stay with the card that they were learnt by. What a tree of cards shows is
read from all its members, so a merge is undone by cutting the link.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from events.contracts.leads.identity import CustomerMerged, MatchReason, MergeReason
from events.decider import Rejected
from events.privacy import Keyring
from events.problems import StaleVersion
from events.sqlfile import sql
from events.store import Append, Cause, Connection

from leads.card.etag import tag_of
from leads.identity.cards import SQL, members_of
from leads.identity.domain import DECIDER, Card, Forest, Merge
from leads.identity.matches import Matches
from leads.identity.paths import lock_paths, paths_of


@dataclass(frozen=True, slots=True)
class Merging:
    """Why cards are merged, and by whom; ``why`` is in the clear and is sealed by the key of each card that goes."""

    cause: Cause
    at: datetime
    reason: MergeReason = "by_hand"
    matched_by: tuple[MatchReason, ...] = ()
    explanation: str = "Chosen by hand."
    why: str | None = field(default=None, repr=False)


async def merge(
    connection: Connection,
    keyring: Keyring,
    into: UUID,
    others: Sequence[UUID],
    merging: Merging,
    expected_tag: str | None = None,
) -> list[Append]:
    """Merges the cards of ``others`` into the card of ``into``; returns what is to be appended.

    Ids of members stand for their card; what counts as one already needs no event. Raises ``Rejected`` from the rules,
    ``StaleVersion``, and ``Conflict`` where a card was merged or split meanwhile: try again in a new transaction.
    """
    if into in others:
        raise Rejected("itself", "A card cannot be merged into itself.")
    paths = await paths_of(connection, [into, *others])
    rows = await lock_paths(connection, paths, [into, *others])
    root = paths.root(into)
    if expected_tag is not None and root in rows and await _tag(connection, root) != expected_tag:
        raise StaleVersion("The card has changed.")
    going = [card for card in dict.fromkeys(map(paths.root, others)) if card != root]
    keys = await keyring.read(connection, [root, *going])
    forest: Forest = {id_: Card(row["merged_into"], erased=id_ not in keys) for id_, row in rows.items()}
    matches = await Matches.of(connection, [root, *going])
    together = matches.tree(root)
    events: list[CustomerMerged] = []
    for card in going:
        why = keys[card].seal(merging.why) if merging.why and card in keys else None
        command = Merge(card, root, merging.reason, merging.explanation, merging.matched_by, why)
        (event,) = DECIDER.decide(command, forest)
        assert isinstance(event, CustomerMerged)
        forest = DECIDER.evolve(forest, event)
        events.append(event)
        tree = matches.tree(card)
        for entry in matches.between(together, tree):
            entry.evolve(event, merging.cause, merging.at)
        together |= tree
    versions = {event.customer_id: rows[event.customer_id]["version"] for event in events}
    await _store(connection, events, versions, merging.cause.actor)
    told = [Append(e.customer_id, versions[e.customer_id], [e], merging.cause, merging.at) for e in events]
    return told + await matches.save(connection)


async def _tag(connection: Connection, root: UUID) -> str:
    """The tag of a card whose root is locked: nobody merges anything into it meanwhile."""
    (members,) = (await members_of(connection, [root])).values()
    rows = await connection.fetch("SELECT id, version FROM customers WHERE id = ANY($1::uuid[])", members)
    return tag_of(root, {row["id"]: row["version"] for row in rows})


async def _store(
    connection: Connection, events: Sequence[CustomerMerged], versions: dict[UUID, int], actor: str
) -> None:
    rows = [
        (
            event.customer_id,
            versions[event.customer_id] + 1,
            event.into_customer_id,
            event.reason,
            " ".join(event.matched_by),
            event.explanation,
            event.why,
        )
        for event in events
    ]
    if rows:
        await connection.execute(sql("merges_store", SQL), *zip(*rows, strict=True), actor)
