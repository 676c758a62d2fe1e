"""What there is that rules, sequences and mailings may name, and which rules name it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import asyncpg
from events.problems import Conflict
from events.sqlfile import sql

from automation.actions.effect import Known
from automation.messages.shelf import Shelf
from automation.rules.registry import Registry

Kind = Literal["template", "sequence", "questionnaire", "endpoint"]
Named = Callable[[Kind], Awaitable[Mapping[str, list[str]]]]
"""Name -> the rules that name it, of all names of a kind."""

_SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class Names:
    """Asks the tables, which are written with the events, so that what was saved may be named at once."""

    pool: asyncpg.Pool
    shelf: Shelf

    async def known(self) -> Known:
        """What may be named now; endpoints that were removed may not."""
        row = await self.pool.fetchrow(sql("names", _SQL))
        assert row is not None
        return replace(
            await self.shelf.known(),
            sequences=frozenset(row["sequences"]),
            questionnaires=frozenset(row["questionnaires"]),
            endpoints=frozenset(row["endpoints"]),
        )


@dataclass(frozen=True)
class Uses:
    """Which rules that are switched on name something."""

    pool: asyncpg.Pool
    registry: Registry

    async def named(self, kind: Kind) -> dict[str, list[str]]:
        """Name -> rules, in order. A kind is the field of actions in which the name stands."""
        rules = await self.registry.read(self.pool)
        found: dict[str, set[str]] = {}
        for rule in rules.in_force(await self.pool.fetchval("SELECT now()")):
            for action in rule.actions:
                if (name := getattr(action, kind, None)) is not None:
                    found.setdefault(name, set()).add(rule.id)
        return {name: sorted(those) for name, those in found.items()}


async def refuse_in_use(named: Named, kind: Kind, name: str) -> None:
    """Raises ``Conflict`` (in_use) where rules that are switched on name it."""
    if rules := (await named(kind)).get(name):
        raise Conflict(f"Rules that are switched on name it: {', '.join(rules)}. Switch them off first.", code="in_use")
