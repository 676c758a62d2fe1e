"""The background part itself: how long it rests."""

from __future__ import annotations

import asyncio
from datetime import datetime

import asyncpg
import pytest
from analytics.segments import worker
from analytics.segments.worker import SegmentsWorker


class HangsOnce:
    """A database whose host is gone: it is noticed after a while, and the next one answers."""

    def __init__(self) -> None:
        self.looks = 0
        self.answered = asyncio.Event()

    async def tell(self, _now: datetime) -> int:
        self.looks += 1
        if self.looks == 1:
            await asyncio.sleep(0.1)
            raise asyncpg.ConnectionDoesNotExistError
        self.answered.set()
        return 0


async def test_a_look_that_hung_is_repeated_soon_and_not_after_many_times_as_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "REST_TIMES", 10_000)
    changes, stopping = HangsOnce(), asyncio.Event()
    segments = SegmentsWorker(changes, 0.01)  # type: ignore[arg-type]
    running = asyncio.create_task(segments.run(stopping))

    await asyncio.wait_for(changes.answered.wait(), 60)
    async with asyncio.timeout(60):
        while await segments.ready() is not None:
            await asyncio.sleep(0.01)

    stopping.set()
    await running
