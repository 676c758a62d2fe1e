"""A dbt package of sources: every view and column with its meaning, tests and freshness.

Form: docs.getdbt.com/reference/source-properties and /reference/resource-properties/data-tests, of dbt 1.10 (``config``
holds freshness and ``loaded_at_field``, ``arguments`` those of a test).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from analytics.bi.contract import Column, View

_HEAD = "# Made from the contract of the schema bi (`python -m analytics.bi .`); do not edit.\n"
PROJECT = {
    "name": "voronka",
    "version": "1.0.0",
    "config-version": 2,
    "require-dbt-version": ">=1.10.0",
    "model-paths": ["models"],
    "profile": "voronka",
}


def project() -> str:
    """``dbt_project.yml``."""
    return _HEAD + _yaml(PROJECT)


def sources(views: Sequence[View]) -> str:
    """``models/sources.yml``."""
    source = {
        "name": "bi",
        "description": "Facts and dimensions of Voronka; no personal data.",
        "schema": "bi",
        "tables": [_table(view) for view in views],
    }
    return _HEAD + _yaml({"version": 2, "sources": [source]})


def _table(view: View) -> dict[str, Any]:
    table: dict[str, Any] = {"name": view.name, "description": f"{view.ru} / {view.en}"}
    if view.name in ("fct_leads", "fct_touches"):
        freshness = {"warn_after": {"count": 1, "period": "day"}, "error_after": {"count": 3, "period": "day"}}
        table["config"] = {"loaded_at_field": "loaded_at", "freshness": freshness}
    table["columns"] = [_column(view, column) for column in view.columns]
    return table


def _column(view: View, column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "description": f"{column.ru} / {column.en}",
        "data_type": column.type,
    }
    tests: list[Any] = ["unique"] if view.key == (column.name,) else []
    if column.name in view.key:
        tests.append("not_null")
    if column.name in view.joins:
        to = {"to": f"source('bi', '{view.joins[column.name]}')", "field": column.name}
        tests.append({"relationships": {"arguments": to, "config": {"severity": "warn"}}})
    if column.name == "is_right":
        tests.append({"accepted_values": {"arguments": {"values": [True], "quote": False}}})
    return described | ({"data_tests": tests} if tests else {})


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110)
