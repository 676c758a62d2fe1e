"""The index key is replaced: all blind indexes become those of the next form, in one transaction.

Nobody may look for a person by one form while he stands there by another, so all tables change at once. Until then
nothing can be written that has an index: requests of channels are stored and wait, who calls the API for it is asked to
come again; reads go on. Tokens of search, by far the most, follow in portions, and are asked for in both forms
meanwhile. A death at any moment leaves the form before, or the next one with a part of the tokens to do.
"""

import time
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from events.blind_index import BlindIndex
from events.poller import Poller
from events.store import Connection

from leads import index_key
from leads.search.tokens import Tokens

log = structlog.get_logger(__name__)

PORTION: Final = 20_000
CARDS: Final = 1_000
PAUSE_SECONDS: Final = 2.0
_NONE_YET: Final = UUID(int=0)

COLUMNS: Final = (
    ("identities", "blind_index"),
    ("name_indexes", "blind_index"),
    ("value_indexes", "blind_index"),
    ("interactions", "phone_index"),
    ("call_commands", "phone_index"),
)
"""Where blind indexes stand, one in a row. Visitors' ids and what events call contacts by are of the first form."""

_STATE: Final = "SELECT form, wanted, tokens_after FROM index_key"
_MINE: Final = f"{_STATE} FOR UPDATE SKIP LOCKED"
_TABLES: Final = ", ".join([table for table, _ in COLUMNS] + ["erasures", "search_tokens"])
_INDEXES: Final = "SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"
_CHANGE: Final = """
UPDATE {table} t SET {column} = g.new FROM unnest($1::uuid[], $2::uuid[]) AS g(old, new) WHERE t.{column} = g.old
"""
_RUNNING: Final = "SELECT id, contacts FROM erasures WHERE contacts IS NOT NULL"
_REPLACED: Final = "UPDATE index_key SET form = $1, mark = $2, tokens_after = $3"
_TOKENS: Final = """
SELECT customer_id, tokens FROM search_tokens WHERE customer_id > $1 ORDER BY customer_id LIMIT $2 FOR UPDATE
"""
_MOVE: Final = """
UPDATE search_tokens s SET tokens = g.tokens::bigint[] FROM unnest($1::uuid[], $2::text[]) AS g(customer_id, tokens)
 WHERE s.customer_id = g.customer_id
"""


class Reindexing(Poller):
    """The component that does what was asked for (``index_key.wanted``), in one process at a time."""

    def __init__(self, pool: asyncpg.Pool, blind: BlindIndex) -> None:
        super().__init__("leads.index_key", self._look_once, PAUSE_SECONDS)
        self._pool = pool
        self._blind = blind

    async def _look_once(self) -> int:
        state = await self._pool.fetchrow(_STATE)
        if state is None or state["wanted"] > self._blind.newest:
            return 0
        if state["wanted"] > state["form"]:
            return await self._replace()
        return await self._move_tokens() if state["tokens_after"] is not None else 0

    async def _replace(self) -> int:
        """How many indexes changed; 0 if another process is at it."""
        done = 0
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0")
            state = await connection.fetchrow(_MINE)
            if state is None or state["wanted"] <= state["form"]:
                return 0
            form = state["form"] + 1
            await connection.execute(f"LOCK TABLE {_TABLES} IN EXCLUSIVE MODE")
            for table, column in COLUMNS:
                change = _CHANGE.format(table=table, column=column)
                async for portion in _portions(connection, table, column):
                    await connection.execute(change, portion, [self._next(index, form) for index in portion])
                    done += len(portion)
                    self._progress = time.monotonic()
            for erasure, contacts in await connection.fetch(_RUNNING):
                anew = [self._next(index, form) for index in contacts]
                await connection.execute("UPDATE erasures SET contacts = $2 WHERE id = $1", erasure, anew)
            await connection.execute(_REPLACED, form, index_key.mark(self._blind, form), _NONE_YET)
        log.info("index_key_replaced", form=form, indexes=done)
        return done

    def _next(self, index: UUID, form: int) -> UUID:
        return UUID(bytes=self._blind.next(index.bytes, form))

    async def _move_tokens(self) -> int:
        """How many cards were looked at."""
        async with self._pool.acquire() as connection, connection.transaction():
            state = await connection.fetchrow(_MINE)
            if state is None or state["tokens_after"] is None or state["form"] != self._blind.form:
                return 0
            rows = await connection.fetch(_TOKENS, state["tokens_after"], CARDS)
            tokens = Tokens(self._blind)
            moved = [f"{{{','.join(map(str, tokens.moved(row['tokens'])))}}}" for row in rows]
            await connection.execute(_MOVE, [row["customer_id"] for row in rows], moved)
            last = rows[-1]["customer_id"] if len(rows) == CARDS else None
            await connection.execute("UPDATE index_key SET tokens_after = $1", last)
        if last is None:
            log.info("search_tokens_moved", form=state["form"])
        return len(rows)


async def _portions(connection: Connection, table: str, column: str) -> AsyncIterator[list[UUID]]:
    """All indexes of a column, each once. What is changed meanwhile is not seen by it."""
    rows = await connection.cursor(_INDEXES.format(table=table, column=column))
    while portion := await rows.fetch(PORTION):
        yield [row[0] for row in portion]
