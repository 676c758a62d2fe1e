"""The data dictionary: a page of all views and columns with a picture of how they join, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from analytics.bi.contract import View

_HEAD = """# Schema `bi`: the data dictionary

Made from the database's own comments (`python -m analytics.bi .`); do not edit. How tools are connected, who may see
what and how to ask for what has changed stands in [bi-tools.md](bi-tools.md).

Facts are `fct_…`, one row per what happened; dimensions are `dim_…`, one row per thing. Columns of the same name join.
Times are UTC, `…_date` is the day in the business time zone, money is in major units of its `currency_code`.

## How views join

Left: many rows, right: one. Histories, which tell their rows apart by `change_number`, join likewise.

```mermaid
erDiagram
"""
_PICTURED = (
    "lead_id",
    "deal_id",
    "customer_id",
    "payment_id",
    "invoice_id",
    "task_id",
    "message_id",
    "organisation_id",
)


def page(views: Sequence[View]) -> str:
    """``docs/bi.md``."""
    text = _HEAD + "".join(f"    {line}\n" for line in _picture(views)) + "```\n"
    for title, prefix in (("Facts", "fct_"), ("Dimensions", "dim_"), ("About the facts themselves", "")):
        chosen = [view for view in views if view.name.startswith(prefix or ("freshness", "reconciliation"))]
        text += f"\n## {title}\n" + "".join(_section(view) for view in chosen)
    return text


def table(views: Sequence[View]) -> str:
    """``docs/bi.csv``: a row per column."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("view", "column", "type", "is_key", "joins", "meaning_ru", "meaning_en"))
    for view in views:
        for column in view.columns:
            joins = view.joins.get(column.name, "")
            rows.writerow((view.name, column.name, column.type, column.name in view.key, joins, column.ru, column.en))
    return out.getvalue()


def _picture(views: Sequence[View]) -> list[str]:
    return [
        f"{view.name} }}o--o| {other} : {column}"
        for view in views
        for column, other in view.joins.items()
        if column in _PICTURED and "change_number" not in view.key
    ]


def _section(view: View) -> str:
    rows = "".join(
        f"| {'**' * (column.name in view.key)}`{column.name}`{'**' * (column.name in view.key)} | {column.type} "
        f"| {column.ru}{_joins(view, column.name)} | {column.en} |\n"
        for column in view.columns
    )
    return f"\n### `bi.{view.name}`\n\n{view.ru}.\n{view.en}.\n\n| column | type | ru | en |\n|---|---|---|---|\n{rows}"


def _joins(view: View, column: str) -> str:
    return f" → `{view.joins[column]}`" if column in view.joins else ""
