"""Finding cards by what is remembered of them, with many customers stored: one question after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate, islice
from random import Random
from uuid import UUID

import asyncpg
from events.auth import EVERYTHING, Principal
from events.blind_index import BlindIndex
from events.privacy import Keyring, MasterKey
from leads.cards import Cards
from leads.search.api import Search
from leads.search.tokens import Tokens

from bench.bed import Bed
from bench.report import Row, at_most

QUESTIONS = 300
PORTION = 10_000
SYLLABLES = ("ка", "ро", "ми", "на", "ле", "ву", "со", "те", "ди", "бо", "га", "ни", "пе", "ра", "зу", "ше", "ва", "жи")
MANAGER = Principal("key", "bench", "bench", frozenset(("admin",)), frozenset((EVERYTHING,)))


async def measure(bed: Bed) -> list[Row]:
    """Latency of questions as managers type them; each is asked once, so no answer is in a cache of ours."""
    dsn = await bed.database("search", "leads")
    keyring, blind = Keyring(MasterKey(os.urandom(32))), BlindIndex(os.urandom(32))
    chance = Random(1)
    names = Names(chance)
    connection = await asyncpg.connect(dsn)
    try:
        await fill(connection, bed.scale.customers, keyring, Tokens(blind), names)
    finally:
        await connection.close()
    pool = await bed.pool(dsn)
    search = Search(pool, Cards(pool, keyring), blind, "RU")
    asked = {
        "begun word": [names.one()[: chance.randint(2, 5)] for _ in range(QUESTIONS)],
        "two begun words": [names.two(chance.randint(2, 4)) for _ in range(QUESTIONS)],
        "last digits of a phone": [f"{chance.randrange(10_000):04}" for _ in range(QUESTIONS)],
        "phone": [phone_of(chance.randrange(bed.scale.customers)) for _ in range(QUESTIONS)],
    }
    rows = []
    try:
        for question, texts in asked.items():
            taken = sorted([await _seconds(search, text) for text in texts])
            stored = f"search, {bed.scale.customers:,} customers, {question}"
            rows.append(Row(f"{stored}, p50", taken[len(taken) // 2] * 1e3, "ms"))
            rows.append(Row(f"{stored}, p99", taken[int(len(taken) * 0.99)] * 1e3, "ms", target=at_most(50)))
    finally:
        await pool.close()
    return rows


class Names:
    """Names as a people has them: some surnames are everywhere, most are rare (Zipf)."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._surnames = self._made(3_000, 4)
        self._first = self._made(200, 3)
        self._weights = {n: list(accumulate(1 / rank for rank in range(1, n + 1))) for n in (200, 3_000)}

    def _made(self, count: int, syllables: int) -> list[str]:
        return ["".join(self._chance.choices(SYLLABLES, k=syllables)).capitalize() for _ in range(count)]

    def one(self) -> str:
        return self._chance.choices(self._surnames, cum_weights=self._weights[3_000])[0]

    def whole(self) -> str:
        return f"{self._chance.choices(self._first, cum_weights=self._weights[200])[0]} {self.one()}"

    def two(self, letters: int) -> str:
        return " ".join(word[:letters] for word in self.whole().split())


def phone_of(number: int) -> str:
    return f"+79{number:09}"


async def _seconds(search: Search, text: str) -> float:
    started = time.perf_counter()
    await search.find(text, MANAGER, 20)
    return time.perf_counter() - started


async def fill(connection: asyncpg.Connection, customers: int, keyring: Keyring, tokens: Tokens, names: Names) -> None:
    """Cards with keys of their own and tokens; the index is made afterwards, as after a restore."""
    started = time.perf_counter()
    await connection.execute("DROP INDEX search_tokens_by_token")
    cards = _cards(customers, keyring, tokens, names)
    while portion := list(islice(cards, PORTION)):
        for table, rows in zip(
            ("keyring", "customers", "identities", "search_tokens"), zip(*portion, strict=True), strict=True
        ):
            await connection.copy_records_to_table(table, records=rows, columns=_COLUMNS[table])
    await connection.execute("SET maintenance_work_mem = '512MB'")
    await connection.execute(
        "CREATE INDEX search_tokens_by_token ON search_tokens USING gin (tokens) WITH (fastupdate = off)"
    )
    await connection.execute("VACUUM ANALYZE")
    print(f"  {customers:,} customers stored in {time.perf_counter() - started:.0f} s")


_COLUMNS = {
    "keyring": ("customer_id", "wrapped_key"),
    "customers": ("id", "version", "name", "phones", "emails", "messengers", "registered_at"),
    "identities": ("blind_index", "kind", "customer_id"),
    "search_tokens": ("customer_id", "tokens"),
}


def _cards(customers: int, keyring: Keyring, tokens: Tokens, names: Names) -> Iterator[tuple[tuple[object, ...], ...]]:
    now, blind = datetime.now(UTC), tokens.blind
    for number in range(customers):
        customer_id, name, phone = UUID(int=(number + 1) << 64 | number), names.whole(), phone_of(number)
        key, wrapped = keyring.make(customer_id)
        yield (
            (customer_id, wrapped),
            (customer_id, 1, key.seal(name), [key.seal(phone)], [], [], now),
            (UUID(hex=blind.of("phone", phone)), "phone", customer_id),
            (customer_id, tokens.of_card(name, [phone])),
        )
