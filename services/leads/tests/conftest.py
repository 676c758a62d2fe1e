"""Fixtures of the leads service's tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from events.blind_index import BlindIndex
from events.privacy import Keyring, MasterKey
from leads.capture import Capturer
from leads_system import INDEX_KEY, MASTER_KEY, Running, running_leads


@pytest.fixture
async def run(new_database: Any, tmp_path: Path) -> Any:
    """``async with run() as leads:`` starts API and worker on a database of their own; settings may be given."""

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Running]:
        async with running_leads(await new_database("leads"), tmp_path, **settings) as running:
            yield running

    return start


@pytest.fixture
def capturer() -> Capturer:
    return Capturer(Keyring(MasterKey(MASTER_KEY)), BlindIndex(INDEX_KEY))


@pytest.fixture
async def pool(new_database: Any) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(await new_database("leads"), min_size=1, max_size=8) as made:
        yield made
