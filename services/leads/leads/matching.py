"""Whose request is it? Requests that share a phone, an e-mail, a handle or a provider's id are of one person.

Pure: indexes go in, groups come out. Two cards that exist already are never merged here, and an index never leaves the
card it belongs to; where a request points at two cards, its strongest index decides, and people may be asked whether
the two are one. Cards that were merged before count as one: a request that names contacts of both raises no doubt.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Matches:
    """The group of each request, and of each index. A group is a card's id, or the number of its first request."""

    groups: Sequence[UUID | int]
    owners: Mapping[str, UUID | int]


def match(requests: Sequence[Sequence[str]], owners: Mapping[str, UUID]) -> Matches:
    """Groups requests, each given by its indexes with the strongest first; ``owners`` says whose known indexes are.

    Requests connected by indexes that nobody owned before make one group. Without conflicts between existing cards the
    groups do not depend on the order of requests.
    """
    groups = _Groups()
    nodes: list[int] = []
    node_of: dict[str, int] = {}
    for number, indexes in enumerate(requests):
        mine: int | None = None
        for index in indexes:
            if index in node_of:
                node = groups.root(node_of[index])
            elif index in owners:
                node = node_of[index] = groups.of_card(owners[index], number)
            else:
                continue
            mine = node if mine is None else groups.join(mine, node)
        if mine is None:
            mine = groups.new(number)
        for index in indexes:
            node_of.setdefault(index, mine)
        nodes.append(mine)
    return Matches([groups.name(node) for node in nodes], {index: groups.name(node) for index, node in node_of.items()})


@dataclass(frozen=True, slots=True)
class Doubt:
    """A request, by its number, names contacts of two cards that do not count as one; ``indexes`` are those contacts'.

    ``card`` is the stronger: the one that got the request.
    """

    request: int
    card: UUID
    other: UUID
    indexes: frozenset[str]


def doubts(requests: Sequence[Sequence[str]], matches: Matches, root: Callable[[UUID], UUID]) -> list[Doubt]:
    """The pairs of cards that requests point at, once each, by the first request; ``root`` tells which count as one."""
    found: dict[frozenset[UUID], Doubt] = {}
    for number, indexes in enumerate(requests):
        cards: dict[UUID, list[str]] = {}
        for index in indexes:
            owner = matches.owners[index]
            if isinstance(owner, UUID):
                cards.setdefault(owner, []).append(index)
        for other in list(cards)[1:]:
            strongest = next(iter(cards))
            pair = frozenset((root(strongest), root(other)))
            if len(pair) == 2:
                named = frozenset(cards[strongest] + cards[other])
                found.setdefault(pair, Doubt(number, strongest, other, named))
    return list(found.values())


class _Groups:
    """Union-find (Galler and Fischer, 1964) over groups, of which some are existing cards."""

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._first: list[int] = []
        self._card: list[UUID | None] = []
        self._of_card: dict[UUID, int] = {}

    def new(self, request: int, card: UUID | None = None) -> int:
        self._parent.append(len(self._parent))
        self._first.append(request)
        self._card.append(card)
        return len(self._parent) - 1

    def of_card(self, card: UUID, request: int) -> int:
        if card not in self._of_card:
            self._of_card[card] = self.new(request, card)
        return self.root(self._of_card[card])

    def root(self, node: int) -> int:
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def join(self, stronger: int, weaker: int) -> int:
        """One group of two, unless both are existing cards: then the stronger."""
        if stronger == weaker or (self._card[stronger] is not None and self._card[weaker] is not None):
            return stronger
        if self._card[weaker] is not None:
            stronger, weaker = weaker, stronger
        self._parent[weaker] = stronger
        self._first[stronger] = min(self._first[stronger], self._first[weaker])
        return stronger

    def name(self, node: int) -> UUID | int:
        node = self.root(node)
        card = self._card[node]
        return self._first[node] if card is None else card
