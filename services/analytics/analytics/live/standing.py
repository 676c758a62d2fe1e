"""How far the facts go, told by an opaque mark that can be compared later: what has changed since then? Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from events.event import REGISTRY
from events.projection import Projection

_WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE) +(\w+)")
_READS = re.compile(r"^CREATE (?:VIEW|FUNCTION) (\w+)(.*?)(?=^CREATE |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Standing:
    """The positions of a build, by source. ``mark`` is what a client gives back after it was cut off.

    The mark tells nobody how many events there are: who sees one line of business is not told about the others.
    """

    build: str
    marks: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, build: str, positions: Mapping[str, Sequence[int]]) -> Standing:
        """From the positions of every shard, by source."""
        marks = {
            source: hashlib.blake2b(f"{build} {source} {list(shards)}".encode(), digest_size=6).hexdigest()
            for source, shards in positions.items()
        }
        return cls(build, tuple(sorted(marks.items())))

    @property
    def mark(self) -> str:
        """Names this standing."""
        return ".".join([self.build, *(mark for _, mark in self.marks)])

    def changed_since(self, mark: str) -> list[str]:
        """The sources that have moved on; all of them if another build is read now, or if the mark is none of ours."""
        build, *marks = mark.split(".")
        if build != self.build or len(marks) != len(self.marks):
            return [source for source, _ in self.marks]
        return [source for (source, now), then in zip(self.marks, marks, strict=True) if now != then]


@dataclass(frozen=True)
class Readers:
    """Which facts a source writes, and which reports read them."""

    facts: Mapping[str, frozenset[str]]
    reports: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, sales: Projection, tables: Mapping[str, Iterable[str]]) -> Readers:
        """From the statements of the projection and the tables, views and functions that each report names.

        A report that names something else that no statement writes (a trigger keeps it) is touched by every source.
        """
        facts: dict[str, set[str]] = {source: set() for source in sales.sources}
        for type_, statements in sales.statements.items():
            for statement in statements:
                facts[REGISTRY[type_].owner()].update(_WRITES.findall(statement.sql))
        written = set().union(*facts.values())
        under = {name: written & set(re.findall(r"\w+", text)) for name, text in _READS.findall(sales.script("schema"))}
        read = {report: set().union(*(under.get(name, {name}) for name in names)) for report, names in tables.items()}
        reports = {
            source: frozenset(report for report in read if facts[source] & read[report] or read[report] - written)
            for source in sales.sources
        }
        return cls({source: frozenset(found) for source, found in facts.items()}, reports)
