"""The second wall as tests look at it: what is read outside of it, and what stands in the tables behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import httpx2
import orjson
import pytest
from events import calls as calls_of_routes
from events import second_wall
from events.auth import Principal

from tests.security.described import calls
from tests.security.matrix import API

OUTSIDE: Final = {
    "deals": {"it is written who reads a document"},
    "automation": {"what a mailing, a sequence or a questionnaire came to counts everybody, and names nobody"},
    "leads": {
        "how much a manager has counts all that he has",
        "what a marketing event came to counts everybody, and names nobody",
        "behind a policy no index finds what a name begins with",
        "criteria ask all that is known of a person, for a mailing and for who looks at it alike",
    },
}
"""Why what a limited caller asks for is read across lines of business, everywhere it is."""
ALWAYS: Final = {
    "what is written belongs to many callers",
    "what is kept of a person is counted and handed over whole",
    "a commit is asked for in nobody's name",
}
_PAST_IT = """
SELECT relname AS name FROM pg_class
 WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
   AND has_table_privilege('voronka_limited', oid, 'SELECT')
 UNION ALL
SELECT proname FROM pg_proc WHERE prosecdef AND has_function_privilege('public', oid, 'EXECUTE')
"""
_HELD = "SELECT polrelid::regclass::text AS held FROM pg_policy WHERE polname = 'lines' ORDER BY 1"


@dataclass
class Wall:
    """How often something was read behind the wall while this was watched, and why outside of it."""

    held: int = 0
    outside: set[str] = field(default_factory=set)


@contextmanager
def watched() -> Iterator[Wall]:
    """Watches each connection that a pool hands out for the request of a limited caller."""
    wall, opening = Wall(), second_wall.opening

    def opened() -> str | None:
        statements = opening()
        if second_wall.limited() is not None:
            wall.held += statements is not None
            wall.outside |= {str(second_wall._across.get())} if statements is None else set()
        return statements

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(second_wall, "opening", opened)
        yield wall


async def check_reads(
    service: str, client: httpx2.AsyncClient, key: Mapping[str, str], ids: Mapping[str, str], params: Mapping[str, str]
) -> None:
    """Every `GET` that a service describes is read behind the wall, or says why not, and answers with no fault."""
    described = orjson.loads((API / f"{service}.openapi.json").read_bytes())
    with watched() as wall:
        for call in calls(described, *described["paths"]):
            if call.method == "GET" and not call.path.endswith(("/live", "/checks")):
                answer = await client.get(call.filled(ids), headers=key, params=params)
                assert answer.status_code < 500, (call.name, answer.text)
    assert wall.held > 20
    assert wall.outside - ALWAYS <= OUTSIDE[service]


async def check_lists(
    client: httpx2.AsyncClient, key: Mapping[str, str], paths: Collection[str], hidden: Collection[str]
) -> None:
    """With every condition of ours forgotten, which is as if the caller saw all lines, the lists still hide it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calls_of_routes.directions_of, "__code__", (lambda principal: None).__code__)
        for path in paths:
            answer = await client.get(path, headers=key)
            assert answer.status_code == 200, (path, answer.text)
            assert not any(id_ in answer.text for id_ in hidden), path


async def hiding(pool: asyncpg.Pool, lines: Collection[str], hidden: Collection[str]) -> set[str]:
    """The tables that hide rows from a caller of these lines, who asks with no condition at all. None of the rows that
    he gets names what is hidden from him.
    """
    assert await pool.fetch(_PAST_IT) == [], "views read as their owner, whom no policy holds, as some functions do"
    hiding = set()
    caller = Principal("user", "somebody", "somebody", frozenset(), frozenset(lines))
    with second_wall.asking({"method": "GET", "principal": caller}):
        opening = second_wall.opening()
    assert opening is not None
    for (held,) in await pool.fetch(_HELD):
        bare = f"SELECT h::text FROM {held} h"
        there = [row[0] for row in await pool.fetch(bare)]
        async with pool.acquire() as connection:
            await connection.execute(opening)
            shown = [row[0] for row in await connection.fetch(bare)]
            await connection.execute("ROLLBACK")
        assert not [row for row in shown if any(id_ in row for id_ in hidden)], held
        assert set(shown) <= set(there)
        hiding |= {held} if len(shown) < len(there) else set()
    return hiding
