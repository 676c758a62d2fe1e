"""What is declared of the tables is what there is."""

from typing import Any

from automation.privacy.stores import KEPT
from declared_stores import undeclared


async def test_every_table_that_names_a_customer_is_declared(new_database: Any) -> None:
    assert await undeclared(await new_database("automation"), KEPT, ()) == set()
