"""Analytics keeps nothing personal, and says so."""

from typing import Any

from analytics.main import SALES
from analytics.personal import kept
from declared_stores import undeclared


async def test_every_table_that_names_a_customer_is_declared(new_database: Any) -> None:
    assert await undeclared(await new_database("analytics"), kept(SALES), ()) == set()
