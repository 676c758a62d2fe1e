"""Run by Superset's own interpreter: imports the archive twice, points it at a database, asks every chart for its data.

Environment: ``ARCHIVE`` (path), ``DATABASE`` (URI of SQLAlchemy). Prints a JSON object.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

from superset.app import create_app

app = create_app()
with app.app_context():
    from superset.extensions import db, security_manager

    security_manager.add_user(
        "admin", "A", "B", "admin@example.org", security_manager.find_role("Admin"), password="admin"
    )
    db.session.commit()
client = app.test_client()
login = {"username": "admin", "password": "admin", "provider": "db", "refresh": True}
token = client.post("/api/v1/security/login", json=login).get_json()["access_token"]
headers = {"Authorization": f"Bearer {token}"}


def call(method: str, path: str, **body: Any) -> Any:
    """What Superset answers; anything but 200 ends the run."""
    answer = getattr(client, method)(path, headers=headers, **body)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:500]}"
    return answer.get_json()


def ask(chart: dict[str, Any]) -> int:
    """How many rows a chart has, asked for as its form does."""
    params = json.loads(call("get", f"/api/v1/chart/{chart['id']}")["result"]["params"])
    columns: list[Any] = list(params["groupby"])
    if "x_axis" in params:
        axis = {"columnType": "BASE_AXIS", "expressionType": "SQL", "label": params["x_axis"]}
        columns.insert(0, axis | {"sqlExpression": params["x_axis"], "timeGrain": params["time_grain_sqla"]})
    period, *wanted = params["adhoc_filters"]
    query = {
        "columns": columns,
        "metrics": params.get("metrics") or [params["metric"]],
        "filters": [{"col": period["subject"], "op": "TEMPORAL_RANGE", "val": "No filter"}],
        "extras": {"where": f"({wanted[0]['sqlExpression']})" if wanted else ""},
        "row_limit": 1000,
    }
    source = {"id": int(params["datasource"].partition("__")[0]), "type": "table"}
    body = {"datasource": source, "queries": [query], "result_format": "json", "result_type": "full", "force": True}
    return int(call("post", "/api/v1/chart/data", json=body)["result"][0]["rowcount"])


archive = Path(os.environ["ARCHIVE"]).read_bytes()
for _ in range(2):
    form = {
        "formData": (io.BytesIO(archive), "superset.zip"),
        "overwrite": "true",
        "passwords": '{"databases/Voronka.yaml": "x"}',
    }
    call("post", "/api/v1/dashboard/import/", data=form, content_type="multipart/form-data")
(database,) = call("get", "/api/v1/database/")["result"]
call("put", f"/api/v1/database/{database['id']}", json={"sqlalchemy_uri": os.environ["DATABASE"]})
(dashboard,) = call("get", "/api/v1/dashboard/")["result"]
found = {
    "datasets": call("get", "/api/v1/dataset/")["count"],
    "shown": len(call("get", f"/api/v1/dashboard/{dashboard['id']}/charts")["result"]),
    "rows": {chart["slice_name"]: ask(chart) for chart in call("get", "/api/v1/chart/")["result"]},
}
print(json.dumps(found))
