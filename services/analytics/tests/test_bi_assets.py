"""What is made from the contract of bi: it is up to date, and tools can read it."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

import orjson
import yaml
from analytics.bi import assets as made
from analytics.bi import grafana
from analytics.bi.charts import CHARTS, METRICS, statement
from analytics.bi.contract import views
from analytics.bi.questions import DASHBOARDS

ROOT = Path(__file__).parents[3]
assets = cache(made.assets)


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files of an archive; how they are compressed is the machine's."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_what_is_made_from_the_contract_is_up_to_date() -> None:
    stale = []
    for name, now in assets().items():
        written = (ROOT / name).read_bytes()
        is_same = unpacked(written) == unpacked(now) if name.endswith(".zip") else written == now
        stale += [] if is_same else [name]

    assert stale == [], "run `python -m analytics.bi .`"


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


MACROS = {
    "$__timeFrom()": "'2020-01-01T00:00:00Z'",
    "$__timeTo()": "'2030-01-01T00:00:00Z'",
    "${currency:sqlstring}": "'RUB'",
}


def panels() -> list[dict]:
    """Those of all dashboards, as Grafana reads them."""
    dashboards = [orjson.loads(assets()[f"deploy/bi/grafana/{asked.code}.json"]) for asked in DASHBOARDS]
    return [panel for dashboard in dashboards for panel in dashboard["panels"]]


async def test_every_statement_of_the_dashboards_runs_on_the_real_schema(sales, history) -> None:
    await sales.apply(history("assets", 40).log.records)
    answered = 0
    for panel in panels():
        (target,) = panel["targets"]
        sql = target["rawSql"]
        for macro, value in MACROS.items():
            sql = sql.replace(macro, value)
        assert "$" not in sql
        rows = await sales.pool.fetch(sql)
        answered += bool(rows)
        if rows and target["format"] == "time_series":
            assert next(iter(rows[0].keys())) == "time"
    for chart in CHARTS:
        await sales.pool.fetch(statement(chart))
        grain = f"SELECT date_trunc('week', {chart.time}) FROM bi.{chart.view} WHERE {chart.where or 'true'}"
        await sales.pool.fetch(grain)
    for view, metrics in METRICS.items():
        for metric in metrics:
            await sales.pool.fetch(f"SELECT {metric.sql} FROM bi.{view}")
    await sales.pool.fetch(grafana.CURRENCIES)
    assert answered > 8


def test_panels_of_a_dashboard_do_not_lie_on_each_other_and_have_ids_of_their_own() -> None:
    for asked in DASHBOARDS:
        dashboard = orjson.loads(assets()[f"deploy/bi/grafana/{asked.code}.json"])
        places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]}
        assert len(places) == len({panel["id"] for panel in dashboard["panels"]}) == len(asked.questions)
        assert {variable["name"] for variable in dashboard["templating"]["list"]} == {"source", "currency"}


def test_the_archive_for_superset_holds_together() -> None:
    archive = unpacked(assets()["deploy/bi/superset.zip"])
    files = {name.removeprefix("voronka/"): yaml.safe_load(text) for name, text in archive.items()}
    of = {kind: [file for name, file in files.items() if name.startswith(kind)] for kind in ("datasets", "charts")}
    assert files["metadata.yaml"]["type"] == "Dashboard"
    assert "XXXXXXXXXX" in files["databases/Voronka.yaml"]["sqlalchemy_uri"]
    assert not any(files["databases/Voronka.yaml"][right] for right in ("allow_ctas", "allow_cvas", "allow_dml"))
    assert [dataset["table_name"] for dataset in of["datasets"]] == [view.name for view in views()]
    assert {dataset["database_uuid"] for dataset in of["datasets"]} == {files["databases/Voronka.yaml"]["uuid"]}
    datasets = {dataset["uuid"]: dataset for dataset in of["datasets"]}
    for chart in of["charts"]:
        dataset = datasets[chart["dataset_uuid"]]
        known = {metric["metric_name"] for metric in dataset["metrics"]}
        columns = {column["column_name"] for column in dataset["columns"]}
        params = chart["params"]
        assert {*params.get("metrics", []), *filter(None, [params.get("metric")])} <= known
        assert {*params["groupby"], params.get("x_axis", params["groupby"][0])} <= columns
        assert params["adhoc_filters"][0]["subject"] in columns
    position = files["dashboards/sales.yaml"]["position"]
    shown = {item["meta"]["uuid"] for item in position.values() if isinstance(item, dict) and item["type"] == "CHART"}
    assert shown == {chart["uuid"] for chart in of["charts"]}
    for item in (item for item in position.values() if isinstance(item, dict)):
        for child in item.get("children", []):
            assert position[child]["parents"][-1] == item["id"]
    uuids = [file["uuid"] for file in files.values() if "uuid" in file]
    assert len(uuids) == len(set(uuids))
