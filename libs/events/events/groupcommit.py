"""Group commit: many callers in one process share a transaction, and each is answered only after its commit.

While one batch is being written, what arrives waits and becomes the next batch; so the batch grows with the load and a
lone caller waits for nobody. This gives the order of a single writer for free and is several times faster than a
transaction per caller.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from events.second_wall import across_lines

T = TypeVar("T")
R = TypeVar("R")


class GroupCommit(Generic[T, R]):
    """Collects items and hands them in batches to ``write``.

    ``write(items)`` returns one result per item, in order, after they are durable; a result that is an exception is
    raised to its owner alone. If ``write`` itself raises, nothing of the batch was written: with ``isolate`` (errors
    that one bad item can cause) every item is then tried alone, otherwise all callers get the exception.
    """

    def __init__(
        self,
        write: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        *,
        max_batch: int = 500,
        isolate: tuple[type[Exception], ...] = (),
        conflicts: Callable[[T], object] | None = None,
    ) -> None:
        """``conflicts`` names what an item locks: two items of one name never share a batch."""
        self._write = write
        self._max_batch = max_batch
        self._isolate = isolate
        self._key = conflicts
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, item: T) -> R:
        """Returns the item's result after commit, or raises its error."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._writer is None:
            with across_lines("what is written belongs to many callers"):
                self._writer = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch = self._next_batch()
                try:
                    results = await self._write_batch([item for item, _ in batch])
                except BaseException as error:
                    for _, future in batch:
                        if not future.done():
                            future.set_exception(error if isinstance(error, Exception) else ConnectionError("stopped"))
                    if not isinstance(error, Exception):
                        raise
                    continue
                for (_, future), result in zip(batch, results, strict=True):
                    if future.done():
                        continue
                    if isinstance(result, Exception):
                        future.set_exception(result)
                    else:
                        future.set_result(result)
        finally:
            self._writer = None

    def _next_batch(self) -> list[tuple[T, asyncio.Future[R]]]:
        if self._key is None:
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), self._max_batch))]
        batch: list[tuple[T, asyncio.Future[R]]] = []
        later: list[tuple[T, asyncio.Future[R]]] = []
        taken: set[object] = set()
        while self._waiting and len(batch) < self._max_batch:
            entry = self._waiting.popleft()
            key = self._key(entry[0])
            (later if key in taken else batch).append(entry)
            taken.add(key)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _write_batch(self, items: list[T]) -> Sequence[R | Exception]:
        try:
            return await self._write(items)
        except self._isolate as error:
            if len(items) == 1:
                return [error]
        results: list[R | Exception] = []
        for item in items:
            try:
                results.extend(await self._write([item]))
            except self._isolate as error:
                results.append(error)
        return results
