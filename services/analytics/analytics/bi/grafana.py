"""Grafana dashboards over the schema ``bi``, to be provisioned from files or imported.

Form: grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model and, for
the macros, …/datasources/postgres. The data source is chosen by the variable ``source``.
"""

from __future__ import annotations

from typing import Any

import orjson

from analytics.bi.questions import Dashboard, Question

WIDTH, HEIGHT = 12, 9
CURRENCIES = "SELECT DISTINCT currency_code FROM bi.fct_payments ORDER BY 1"
_SOURCE = {"type": "grafana-postgresql-datasource", "uid": "${source}"}
_PLACES = {"$from": "$__timeFrom()", "$to": "$__timeTo()", "$currency": "${currency:sqlstring}"}


def dashboard(asked: Dashboard) -> str:
    """``deploy/bi/grafana/<code>.json``."""
    model = {
        "uid": f"voronka-{asked.code}",
        "title": f"Voronka: {asked.ru} / {asked.en}",
        "tags": ["voronka"],
        "schemaVersion": 39,
        "editable": True,
        "time": {"from": "now-90d", "to": "now"},
        "refresh": "1m",
        "templating": {"list": [_source(), _currency()]},
        "panels": [_panel(number, question) for number, question in enumerate(asked.questions)],
    }
    return orjson.dumps(model, option=orjson.OPT_INDENT_2).decode() + "\n"


def statement(question: Question) -> str:
    """The question's statement in Grafana's macros."""
    sql = question.sql
    for name, macro in _PLACES.items():
        sql = sql.replace(name, macro)
    return sql


def _panel(number: int, question: Question) -> dict[str, Any]:
    format_ = "time_series" if question.shape == "timeseries" else "table"
    target = {"refId": "A", "datasource": _SOURCE, "format": format_, "rawQuery": True, "rawSql": statement(question)}
    place = {"x": number % 2 * WIDTH, "y": number // 2 * HEIGHT, "w": WIDTH, "h": HEIGHT}
    return {
        "id": number + 1,
        "type": question.shape,
        "title": question.title,
        "datasource": _SOURCE,
        "gridPos": place,
        "targets": [target],
        "fieldConfig": {"defaults": {}, "overrides": []},
        "options": {},
    }


def _source() -> dict[str, Any]:
    return {
        "name": "source",
        "label": "Voronka",
        "type": "datasource",
        "query": "grafana-postgresql-datasource",
        "current": {},
    }


def _currency() -> dict[str, Any]:
    return {
        "name": "currency",
        "label": "Валюта / Currency",
        "type": "query",
        "datasource": _SOURCE,
        "definition": CURRENCIES,
        "query": CURRENCIES,
        "refresh": 1,
    }
