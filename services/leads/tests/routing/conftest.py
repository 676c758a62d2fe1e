"""Fixtures of the tests of routing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from routing_floor import Floor, standing


@pytest.fixture
async def floor(new_database: Any, tmp_path: Path) -> AsyncIterator[Floor]:
    """Nobody is hired and no rule is set."""
    async with standing(new_database, tmp_path) as made:
        yield made
