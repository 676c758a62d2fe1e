"""Fixtures of the automation service's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from automation_world import World, world
from post import Post, mail_server


@pytest.fixture
async def automation(new_database: Callable[..., Awaitable[str]]) -> AsyncIterator[World]:
    async with world(await new_database("automation")) as made:
        yield made


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with mail_server() as made:
        yield made
