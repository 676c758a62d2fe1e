"""Fixtures of the tests of webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from webhook_world import Webhooks, webhooks_of


@pytest.fixture
async def webhooks(new_database: Any, httpserver: HTTPServer) -> AsyncIterator[Webhooks]:
    async with webhooks_of(await new_database("automation"), httpserver) as made:
        yield made
