"""What is made from the contract of bi: it is up to date, and tools can read it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from analytics.bi.assets import assets
from analytics.bi.contract import views

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", assets())
def test_what_is_made_from_the_contract_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_bytes() == assets()[name], "run `python -m analytics.bi .`"


def test_every_view_of_the_contract_is_a_source_of_dbt_with_a_test_of_its_key() -> None:
    written = yaml.safe_load(assets()["deploy/bi/dbt/models/sources.yml"])
    (source,) = written["sources"]
    tables = {table["name"]: {column["name"]: column for column in table["columns"]} for table in source["tables"]}

    assert list(tables) == [view.name for view in views()]
    for view in views():
        columns = tables[view.name]
        assert list(columns) == [column.name for column in view.columns]
        for name in view.key:
            assert "not_null" in columns[name]["data_tests"]
        for name, other in view.joins.items():
            (to,) = [
                test["relationships"]["arguments"]
                for test in columns[name]["data_tests"]
                if isinstance(test, dict) and "relationships" in test
            ]
            assert to == {"to": f"source('bi', '{other}')", "field": name}
            assert name in tables[other]


def test_columns_that_join_are_of_one_type() -> None:
    types = {view.name: {column.name: column.type for column in view.columns} for view in views()}
    for view in views():
        for column, other in view.joins.items():
            assert types[view.name][column] == types[other][column]
