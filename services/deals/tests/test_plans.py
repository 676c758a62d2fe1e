"""No statement reads a whole table to find little: with many deals stored, PostgreSQL finds an index for each."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import deals
from plans import BEHIND_THE_WALL, passed_over, tables_scanned

SERVICE = Path(deals.__file__).parent
CROWD = Path(__file__).with_name("crowd.sql")
CROWDED = {
    "allocations",
    "customers",
    "deals",
    "document_versions",
    "documents",
    "events",
    "invoices",
    "leads",
    "payments",
}
WHOLE = {
    "deal/sql/board_count.sql": "counts all deals of a pipeline by stage",
    "payments/sql/calendar.sql": "adds up all that is due and planned in the days asked for",
    "payments/sql/overdue_before.sql": "adds up all that is overdue",
}
"""Statements that are meant to read a whole table, and why."""


def _id(name: str) -> UUID:
    """An id of the crowd."""
    return UUID(md5(name.encode(), usedforsecurity=False).hexdigest())


NOBODY, MANAGER, LIMIT = _id("nobody"), "nobody", 51
LISTS: dict[str, list[tuple[Any, ...]]] = {
    "deal/sql/deals_list.sql": [
        (None, None, None, customer, lead, None, None, None, None, LIMIT, organisation, None, tag)
        for customer, lead, organisation, tag in [
            (NOBODY, None, None, None),
            (_id("customer7"), None, None, None),
            (_id("person7"), None, None, None),
            (None, NOBODY, None, None),
            (None, None, NOBODY, None),
            (None, None, None, "nothing"),
        ]
    ]
    + [(None, None, MANAGER, None, None, None, None, None, None, LIMIT, None, None, None)]
    + [("default", "nowhere", None, None, None, None, None, None, None, LIMIT, None, None, None)],
    "invoices/sql/invoices_list.sql": [
        (None, deal, customers, None, number, None, None, None, None, None, None, None, LIMIT)
        for deal, customers, number in [(NOBODY, None, None), (None, [NOBODY], None), (None, None, "I-0")]
    ],
    "payments/sql/payments_list.sql": [
        (None, NOBODY, None, None, None, None, LIMIT),
        (None, None, NOBODY, None, None, None, LIMIT),
        ("unmatched", None, None, None, None, None, LIMIT),
    ],
    "documents/sql/documents_list.sql": [
        (customers, deal, None, number, None, ["public"], None, None, None, LIMIT)
        for customers, deal, number in [([NOBODY], None, None), (None, NOBODY, None), (None, None, "O-0")]
    ],
}
"""The main lists, each filtered by what few or none have. Behind the second wall no index finds a tag."""


async def test_every_statement_and_every_filter_of_the_main_lists_finds_its_rows_by_an_index(new_database: Any) -> None:
    # given a base of many deals, as statistics know it
    connection = await asyncpg.connect(await new_database("deals"))
    try:
        await connection.execute(CROWD.read_text())
        # when the main lists are asked as often as a plan for any values may be chosen
        read_for_nothing = {
            f"{name} {given}": read
            for name, given in _asked()
            if (read := await passed_over(connection, (SERVICE / name).read_text(), given)) > 100
        }
        # and each other statement is planned for any values
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        scanned = {
            name: tables
            for name, text in _statements()
            if (tables := (await tables_scanned(connection, text)) & CROWDED)
        }
        # and when a caller asks for the lists who is limited to lines of business
        await connection.execute(f"RESET plan_cache_mode; {BEHIND_THE_WALL}")
        read_behind_the_wall = {
            f"{name} {given}": read
            for name, given in _asked()
            if "nothing" not in given
            and (read := await passed_over(connection, (SERVICE / name).read_text(), given)) > 100
        }
    finally:
        await connection.close()
    # then no list reads through rows of others, and only those that want everything read everything
    assert read_for_nothing == {}
    assert read_behind_the_wall == {}, "behind a policy only leakproof operators look anything up"
    assert {name: tables for name, tables in scanned.items() if name not in WHOLE.keys() | LISTS.keys()} == {}


def _asked() -> Iterator[tuple[str, tuple[Any, ...]]]:
    return ((name, given) for name, filters in LISTS.items() for given in filters)


def _statements() -> Iterator[tuple[str, str]]:
    return ((str(path.relative_to(SERVICE)), path.read_text()) for path in sorted(SERVICE.rglob("*.sql")))
