"""Fixtures shared by every test folder live in tests/support."""

from __future__ import annotations

import gc
from typing import Any

import pytest
import reading_once
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["databases", "brokers", "serving"]


class EndToEndTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Every test by itself, but those that share one running system on one worker, which begins with them.

    xdist's own groups by a mark put nothing together under pytest 9.2: the name of the group never gets into the id.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "tests/e2e" if nodeid.startswith("tests/e2e/") else nodeid


def pytest_configure() -> None:
    reading_once.install()


def pytest_collection_finish() -> None:
    """What was imported stays for the run: looked through by every full collection of garbage, it took a fifth of the
    time in which a service is put together.
    """
    gc.collect()
    gc.freeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> EndToEndTogether:
    """Called in the process that hands out the tests."""
    return EndToEndTogether(config, log)
