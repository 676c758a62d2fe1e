"""A ZIP for Superset: the database, a dataset for every view, charts and a dashboard, with ids that never change.

Form: what Superset exports (superset/examples/configs of apache/superset, version 1.0.0 of each file). It is imported
by ``POST /api/v1/dashboard/import/`` with ``overwrite=true`` and the password of the database in ``passwords``.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

import yaml

from analytics.bi.charts import CHARTS, COUNT, METRICS, Chart
from analytics.bi.contract import Column, View

ROOT = "voronka"
VERSION = "1.0.0"
_IDS = UUID("6f1c0a3e-2f0b-5a43-9d0e-9b2f6a1d7c55")
_NO_TIME = (2026, 1, 1, 0, 0, 0)
_WIDTH, _HEIGHT, _PER_ROW = 6, 50, 2


def archive(views: Sequence[View]) -> bytes:
    """``deploy/bi/superset.zip``: the same bytes for the same contract."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files(views).items():
            entry = zipfile.ZipInfo(f"{ROOT}/{name}", _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return out.getvalue()


def files(views: Sequence[View]) -> dict[str, dict[str, Any]]:
    """Path within the archive -> what the YAML says."""
    return {
        "metadata.yaml": {"version": VERSION, "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/Voronka.yaml": _database(),
        **{f"datasets/Voronka/{view.name}.yaml": _dataset(view) for view in views},
        **{f"charts/{chart.name}.yaml": _chart(chart) for chart in CHARTS},
        "dashboards/sales.yaml": _dashboard(),
    }


def _id(kind: str, name: str) -> str:
    return str(uuid5(_IDS, f"{kind}/{name}"))


def _database() -> dict[str, Any]:
    return {
        "database_name": "Voronka",
        "sqlalchemy_uri": "postgresql+psycopg2://superset:XXXXXXXXXX@analytics-database:5432/analytics",
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True, "schemas_allowed_for_csv_upload": []},
        "uuid": _id("database", "voronka"),
        "version": VERSION,
    }


def _dataset(view: View) -> dict[str, Any]:
    times = [column.name for column in view.columns if _is_time(column)]
    return {
        "table_name": view.name,
        "main_dttm_col": next((name for name in times if name not in ("loaded_at", "updated_at")), None),
        "description": f"{view.ru} / {view.en}",
        "default_endpoint": None,
        "offset": 0,
        "cache_timeout": None,
        "schema": "bi",
        "sql": None,
        "params": None,
        "template_params": None,
        "filter_select_enabled": True,
        "fetch_values_predicate": None,
        "extra": None,
        "uuid": _id("dataset", view.name),
        "metrics": [
            {"metric_name": metric.name, "verbose_name": metric.title, "metric_type": None, "expression": metric.sql}
            for metric in METRICS.get(view.name, (COUNT,))
        ],
        "columns": [_column(column) for column in view.columns],
        "version": VERSION,
        "database_uuid": _id("database", "voronka"),
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "column_name": column.name,
        "verbose_name": None,
        "is_dttm": _is_time(column),
        "is_active": True,
        "type": column.type.upper(),
        "groupby": True,
        "filterable": True,
        "expression": None,
        "description": f"{column.ru} / {column.en}",
        "python_date_format": None,
    }


def _is_time(column: Column) -> bool:
    return column.type == "date" or column.type.startswith("timestamp")


def _chart(chart: Chart) -> dict[str, Any]:
    period = {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": chart.time,
        "operator": "TEMPORAL_RANGE",
        "comparator": "Last year",
    }
    wanted = {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart.where}
    params: dict[str, Any] = {
        "viz_type": chart.shape,
        "groupby": list(chart.groups),
        "adhoc_filters": [period, wanted] if chart.where else [period],
        "row_limit": 1000,
    }
    if chart.shape == "echarts_timeseries_bar":
        params |= {"x_axis": chart.time, "time_grain_sqla": "P1W", "metrics": list(chart.metrics), "show_legend": True}
    elif chart.shape == "pie":
        params |= {"metric": chart.metrics[0], "show_legend": True}
    else:
        params |= {"query_mode": "aggregate", "metrics": list(chart.metrics)}
    return {
        "slice_name": chart.title,
        "description": None,
        "certified_by": None,
        "certification_details": None,
        "viz_type": chart.shape,
        "params": params,
        "cache_timeout": None,
        "uuid": _id("chart", chart.name),
        "version": VERSION,
        "dataset_uuid": _id("dataset", chart.view),
    }


def _dashboard() -> dict[str, Any]:
    rows = [CHARTS[n : n + _PER_ROW] for n in range(0, len(CHARTS), _PER_ROW)]
    above = ["ROOT_ID", "GRID_ID"]
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": "Воронка: продажи / Voronka: sales"}},
        "GRID_ID": {
            "id": "GRID_ID",
            "type": "GRID",
            "parents": ["ROOT_ID"],
            "children": [f"ROW-{number}" for number, _ in enumerate(rows)],
        },
    }
    for number, row in enumerate(rows):
        position[f"ROW-{number}"] = {
            "id": f"ROW-{number}",
            "type": "ROW",
            "parents": above,
            "children": [f"CHART-{chart.name}" for chart in row],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for place, chart in enumerate(row):
            position[f"CHART-{chart.name}"] = {
                "id": f"CHART-{chart.name}",
                "type": "CHART",
                "children": [],
                "parents": [*above, f"ROW-{number}"],
                "meta": {
                    "chartId": number * _PER_ROW + place + 1,
                    "width": _WIDTH,
                    "height": _HEIGHT,
                    "sliceName": chart.title,
                    "uuid": _id("chart", chart.name),
                },
            }
    return {
        "dashboard_title": "Воронка: продажи / Voronka: sales",
        "description": None,
        "css": "",
        "slug": "voronka-sales",
        "uuid": _id("dashboard", "sales"),
        "position": position,
        "metadata": {"cross_filters_enabled": True, "refresh_frequency": 0},
        "version": VERSION,
    }
