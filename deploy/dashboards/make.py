"""Makes Grafana's dashboards from the short files beside this one: `python deploy/dashboards/make.py`.

A file names a dashboard's rows, and in each row panels: ``show`` (Grafana's panel type), ``unit``, ``limits`` (color ->
value from which on it is shown), ``queries`` (legend -> expression) and ``say`` (what it means). In an expression ``@``
stands for the namespace that is chosen on top. The form is the classic JSON model
(grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model). Schema version
42 is the newest that Grafana's own converter of dashboards knows (grafana/grafana, apps/dashboard).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
TARGET = HERE.parent / "helm" / "voronka" / "files" / "dashboards"
SCHEMA_VERSION = 42
ACROSS = 24
HEIGHT = {"stat": 4, "timeseries": 8, "bargauge": 8}
WIDTH = {"stat": 4, "timeseries": 12, "bargauge": 12}
SOURCE = {"type": "prometheus", "uid": "${source}"}
CHOSEN = 'namespace=~"$namespace"'

Json = dict[str, Any]


def dashboard(code: str, asked: Mapping[str, Any]) -> Json:
    """The whole model of one dashboard."""
    return {
        "uid": f"voronka-{code}",
        "title": f"Voronka / {asked['title']}",
        "description": asked["question"],
        "tags": ["voronka"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": "now-3h", "to": "now"},
        "refresh": "30s",
        "links": [
            {"type": "dashboards", "title": "Voronka", "tags": ["voronka"], "asDropdown": True, "includeVars": True,
             "keepTime": True, "icon": "external link", "tooltip": "", "url": "", "targetBlank": False}
        ],
        "annotations": {"list": []},
        "templating": {"list": [_source(), _namespace()]},
        "panels": list(_panels(asked["rows"])),
    }  # fmt: skip


def _panels(rows: list[Mapping[str, Any]]) -> Iterator[Json]:
    number = y = 0
    for row in rows:
        number += 1
        yield {
            "id": number, "type": "row", "title": row["title"], "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": ACROSS, "h": 1},
        }  # fmt: skip
        y += 1
        x = tallest = 0
        for panel in row["panels"]:
            width, height = panel.get("width", WIDTH[panel["show"]]), HEIGHT[panel["show"]]
            if x + width > ACROSS:
                x, y, tallest = 0, y + tallest, 0
            number += 1
            yield _panel(number, panel, {"x": x, "y": y, "w": width, "h": height})
            x, tallest = x + width, max(tallest, height)
        y += tallest


def _panel(number: int, panel: Mapping[str, Any], place: Json) -> Json:
    show = panel["show"]
    steps: list[Json] = [{"color": "green", "value": None}]
    steps += [{"color": color, "value": value} for color, value in panel.get("limits", {}).items()]
    defaults: Json = {
        "unit": panel.get("unit", "short"),
        "min": 0,
        "color": {"mode": "palette-classic" if show == "timeseries" else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    if show == "timeseries":
        stacking = {"mode": "normal" if panel.get("stack") else "none", "group": "A"}
        limits = {"mode": "line" if len(steps) > 1 else "off"}
        defaults["custom"] = {"fillOpacity": 10, "showPoints": "never", "stacking": stacking, "thresholdsStyle": limits}
    return {
        "id": number,
        "type": show,
        "title": panel["title"],
        "description": panel["say"],
        "datasource": SOURCE,
        "gridPos": place,
        "targets": [
            _target(ref, show, legend, expression)
            for ref, (legend, expression) in zip("ABCDEF", panel["queries"].items(), strict=False)
        ],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _options(show),
    }


def _target(ref: str, show: str, legend: str, expression: str) -> Json:
    now = show != "timeseries"
    return {
        "refId": ref,
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": " ".join(expression.split()).replace("@", CHOSEN),
        "legendFormat": legend,
        "instant": now,
        "range": not now,
        "format": "time_series",
    }


def _options(show: str) -> Json:
    last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    match show:
        case "stat":
            return {"reduceOptions": last, "colorMode": "background", "graphMode": "none", "textMode": "auto"}
        case "bargauge":
            return {"reduceOptions": last, "displayMode": "basic", "orientation": "horizontal", "showUnfilled": True}
        case _:
            legend = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
            return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}


def _source() -> Json:
    return {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "current": {}}


def _namespace() -> Json:
    # `.*` and not Grafana's own list of all: outside of Kubernetes there is no such label.
    query = "label_values(voronka_build_info, namespace)"
    return {
        "name": "namespace", "label": "Namespace", "type": "query", "datasource": SOURCE, "definition": query,
        "query": {"query": query, "refId": "namespace"}, "refresh": 2, "includeAll": True, "allValue": ".*",
        "multi": True, "current": {"text": ["All"], "value": ["$__all"]},
    }  # fmt: skip


def made() -> dict[str, str]:
    """File name -> text of every dashboard."""
    return {
        f"{path.stem}.json": json.dumps(
            dashboard(path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))), indent=1, ensure_ascii=False
        )
        + "\n"
        for path in sorted(HERE.glob("*.yaml"))
    }


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in made().items():
        (TARGET / name).write_text(text, encoding="utf-8")
