"""What is declared of the tables is what there is."""

from typing import Any

from declared_stores import undeclared
from leads.privacy.stores import KEPT


async def test_every_table_that_names_a_customer_is_declared(new_database: Any) -> None:
    assert await undeclared(await new_database("leads"), KEPT, ()) == set()
