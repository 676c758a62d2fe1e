"""Fixtures shared by every test folder live in tests/support."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from fastapi._compat import v2 as fastapi_types
from pydantic import TypeAdapter
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["databases", "brokers", "serving"]

_READ: dict[Any, TypeAdapter[Any]] = {}


class EndToEndTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Every test by itself, but those that share one running system on one worker, which begins with them.

    xdist's own groups by a mark put nothing together under pytest 9.2: the name of the group never gets into the id.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "tests/e2e" if nodeid.startswith("tests/e2e/") else nodeid


def pytest_configure() -> None:
    """Tests put the same services together a thousand times: what FastAPI reads off a type is read once for a run.

    A third of the time in which a service is put together went into that. What stands in the memory keeps its type and
    all that is in its marks alive, so no text of an object that is gone can be taken for that of another.
    """
    fastapi_types.TypeAdapter = _read_once  # type: ignore[attr-defined, assignment]


def _read_once(type_: Any, config: Any = None) -> TypeAdapter[Any]:
    key = (type_.__origin__, repr(type_.__metadata__), repr(config))
    try:
        if key not in _READ:
            _READ[key] = TypeAdapter(type_, config=config)
    except TypeError:  # of a type that cannot be a key
        return TypeAdapter(type_, config=config)
    return _READ[key]


def pytest_collection_finish() -> None:
    """What was imported stays for the run: looked through by every full collection of garbage, it took a fifth of the
    time in which a service is put together.
    """
    gc.collect()
    gc.freeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> EndToEndTogether:
    """Called in the process that hands out the tests."""
    return EndToEndTogether(config, log)
