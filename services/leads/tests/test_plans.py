"""No statement reads a whole table of people to find one: with many stored, PostgreSQL finds an index for each."""

from pathlib import Path
from typing import Any
from uuid import UUID

import leads
from plans import BEHIND_THE_WALL, passed_over, tables_scanned

Run = Any

SERVICE = Path(leads.__file__).parent
CROWD = Path(__file__).parents[3] / "bench" / "crowd.sql"
CUSTOMERS = 20_000
CROWDED = {"customers", "identities", "leads", "touches", "events", "keyring"}

WHOLE = {
    "sql/counts.sql": "counts all that is stored, for operators",
    "routing/sql/board_read.sql": "counts all open leads by column",
    "marketing/sql/effect.sql": "joins the participants of an event, of whom there are none here",
}
"""Statements that are meant to read a whole table, and why."""

_SELECTION = ("lists/sql/", "interactions/on/")
"""Parts of statements that are put together elsewhere: they cannot be planned alone."""

NOBODY = UUID(int=7)
LISTS: dict[str, list[tuple[Any, ...]]] = {
    "sql/leads_list.sql": [
        (None, "nobody", None, None, None, None, 51, None),
        ("new", "nobody", None, None, None, None, 51, None),
        ("disqualified", None, None, None, None, None, 51, None),
    ],
    "interactions/sql/interactions_list.sql": [
        ([NOBODY], None, None, None, None, None, None, None, None, None, 51),
        (None, "nobody", None, None, None, None, None, None, None, None, 51),
    ],
}
"""The main lists, each filtered by what nobody has."""


async def test_every_statement_finds_people_by_an_index(run: Run) -> None:
    # given a base of many customers, as statistics know it
    async with run() as service:
        answer = await service.call(
            "POST", "/leads", json={"name": "Anna", "phones": ["+79123456789"], "emails": ["anna@example.com"]}
        )
        assert answer.status_code == 200, answer.text
        async with service.pool.acquire() as connection:
            await connection.execute(CROWD.read_text().replace(":customers", str(CUSTOMERS)))
            await connection.execute("ANALYZE")
            # when the main lists are asked as often as a plan for any values may be chosen
            read_for_nothing = {
                f"{name} {given}": read
                for name, filters in LISTS.items()
                for given in filters
                if (read := await passed_over(connection, (SERVICE / name).read_text(), given)) > 100
            }
            # and by a caller who is limited to lines of business
            await connection.execute(BEHIND_THE_WALL)
            read_behind_the_wall = {
                f"{name} {given}": read
                for name, filters in LISTS.items()
                for given in filters
                if (read := await passed_over(connection, (SERVICE / name).read_text(), given)) > 100
            }
            await connection.execute("ROLLBACK")
            # and each statement is planned for any values
            await connection.execute("SET plan_cache_mode = force_generic_plan")
            scanned = {
                name: tables
                for name, text in _statements()
                if (tables := (await tables_scanned(connection, text)) & CROWDED)
            }
    # then no list reads through rows of others, and only those that want everything read everything
    assert read_for_nothing == {}
    assert read_behind_the_wall == {}, "behind a policy only leakproof operators look anything up"
    assert {name: tables for name, tables in scanned.items() if name not in WHOLE} == {}


def _statements() -> list[tuple[str, str]]:
    paths = {str(path.relative_to(SERVICE)): path for path in sorted(SERVICE.rglob("*.sql"))}
    return [(name, path.read_text()) for name, path in paths.items() if not name.startswith(_SELECTION)]
