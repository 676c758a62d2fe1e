"""What a caller who is limited to lines of business reads, with the second wall and without it: one question after the
other, over HTTP, the same database, in turns.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from itertools import cycle
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
from events.blind_index import BlindIndex
from events.privacy import Keyring, MasterKey
from leads.search.tokens import Tokens

from bench import search, servers
from bench.bed import Bed
from bench.report import Row, compared
from bench.rounds import in_turns

ROUNDS, ASKED = 9, 15
LEAST = 20_000
OURS = "ours"
"""The line of business that the caller sees; half of everything is of it."""
HERE = Path(__file__).parent

Question = Callable[[], tuple[str, Mapping[str, Any]]]
Questions = Callable[[httpx2.Client], Mapping[str, Question]]


async def measure(bed: Bed) -> list[Row]:
    """Medians of a question's time, and beside it without the wall: the ratio is its price."""
    count, rows = max(LEAST, bed.scale.customers // 10), []
    for service, stored in (("leads", _leads), ("deals", _deals)):
        dsn = await bed.database(f"wall_{service}", service)
        connection = await asyncpg.connect(dsn)
        try:
            questions = await stored(connection, count)
            await connection.execute("VACUUM ANALYZE")
            login = f"bench_{service}"
            await connection.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'bench' IN ROLE voronka_service")
        finally:
            await connection.close()
        rows += await _measured(bed, service, f"postgresql://{login}:bench@{dsn.rpartition('@')[2]}", questions, count)
    return rows


async def _measured(bed: Bed, service: str, dsn: str, questions: Questions, count: int) -> list[Row]:
    walled = servers.on(bed, f"{service}_walled", [service], dsn, directions=[OURS])
    bare = servers.on(bed, f"{service}_bare", ["bench.wall.unwalled", service], dsn, directions=[OURS])
    rows = []
    with walled, bare, walled.client() as through, bare.client() as past:
        for name, question in questions(past).items():
            measures = {"wall": _asking(through, question), "none": _asking(past, question)}
            await in_turns(measures, 1)  # caches and prepared statements
            found = await in_turns(measures, ROUNDS)
            rows.append(compared(f"second wall, {name}, {count:,} rows", "ms", found["wall"], found["none"]))
    return rows


def _asking(client: httpx2.Client, question: Question) -> Callable[[], Awaitable[float]]:
    async def ask() -> float:
        taken = []
        for _ in range(ASKED):
            path, params = question()
            started = time.perf_counter()
            answer = client.get(path, params=params)
            taken.append((time.perf_counter() - started) * 1e3)
            answer.raise_for_status()
        return median(taken)

    return ask


async def _leads(connection: asyncpg.Connection, count: int) -> Questions:
    keyring, blind = Keyring(MasterKey(bytes(range(32)))), BlindIndex(bytes(range(32, 64)))
    chance = Random(1)
    names = search.Names(chance)
    await search.fill(connection, count, keyring, Tokens(blind), names)
    await connection.execute((HERE / "leads.sql").read_text())
    of_ours = "SELECT {} FROM {} WHERE direction = 'ours' ORDER BY hashtext({}::text) LIMIT 1000"
    leads = cycle([row[0] for row in await connection.fetch(of_ours.format("id", "leads", "id"))])
    cards = cycle([row[0] for row in await connection.fetch(of_ours.format("id", "customers", "id"))])
    return lambda _: {
        "board of leads": lambda: ("/leads/board", {}),
        "50 leads": lambda: ("/leads", {}),
        "a lead": lambda: (f"/leads/{next(leads)}", {}),
        "a card": lambda: (f"/customers/{next(cards)}", {}),
        "search by begun words": lambda: ("/search", {"q": names.two(chance.randint(2, 4))}),
        "search by a phone": lambda: ("/search", {"q": search.phone_of(chance.randrange(count))}),
    }


async def _deals(connection: asyncpg.Connection, count: int) -> Questions:
    await connection.execute((HERE.parent / "lists" / "deals.sql").read_text().replace(":rows", str(count)))
    await connection.execute((HERE / "deals.sql").read_text())

    def questions(client: httpx2.Client) -> Mapping[str, Question]:
        opened = [client.post("/deals", json={"customer_id": str(uuid4()), "direction": OURS}) for _ in range(50)]
        deals = cycle([answer.raise_for_status().json()["deal_id"] for answer in opened])
        return {
            "board of deals": lambda: ("/board", {}),
            "50 deals": lambda: ("/deals", {}),
            "a deal": lambda: (f"/deals/{next(deals)}", {}),
        }

    return questions
