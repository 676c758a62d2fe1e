"""The second wall around lines of business: row-level security on what a caller who is limited to some of them reads.

The first wall is the condition in each statement of ours. Where one forgets it, this one holds: whatever a `GET` of a
limited caller reads from the pool, it reads in a read-only transaction of the role `voronka_limited`, whose policies
show rows of the caller's lines of business and of none. The gate says who asks, the pool (`database.Pool`) opens and
ends the transaction, and no route has to remember it. Role and settings are the transaction's own, so PgBouncer may
stand between. Commands, consumers and workers see all lines, because they must, and so does a read that says why:
`across_lines`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import orjson
from starlette.types import Scope

from events.auth import EVERYTHING, Principal

ROLE: Final = "voronka_limited"

_asking: ContextVar[Scope | None] = ContextVar("asking", default=None)
_across: ContextVar[str | None] = ContextVar("across", default=None)


@contextmanager
def asking(scope: Scope) -> Iterator[None]:
    """The request that is read for. Only a `GET` is held; who asks is looked up when something is read, since some
    routes find out late.
    """
    before = _asking.set(scope if scope["method"] == "GET" else None)
    try:
        yield
    finally:
        _asking.reset(before)


@contextmanager
def across_lines(why: str) -> Iterator[None]:
    """What is read in this block is not held: for what must see all lines of business, and says why. All reasons that
    there are stand in `tests/security/behind.py`.
    """
    before = _across.set(why)
    try:
        yield
    finally:
        _across.reset(before)


def limited() -> Principal | None:
    """Who asks now to read something, if he sees some lines of business only."""
    scope = _asking.get()
    principal = scope.get("principal") if scope is not None else None
    return principal if isinstance(principal, Principal) and EVERYTHING not in principal.directions else None


def opening() -> str | None:
    """The statements that open the transaction of who asks now; None where nothing is held."""
    principal = limited()
    if principal is None or _across.get() is not None:
        return None
    # One trip to the server takes no parameters: what is said goes as digits, so that nothing in it ends a literal.
    lines, caller = orjson.dumps(sorted(principal.directions)).hex(), principal.name.encode().hex()
    return (
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
        f"SET LOCAL ROLE {ROLE};"
        f"SELECT set_config('voronka.lines', convert_from('\\x{lines}', 'UTF8'), true),"
        f" set_config('voronka.caller', convert_from('\\x{caller}', 'UTF8'), true)"
    )
