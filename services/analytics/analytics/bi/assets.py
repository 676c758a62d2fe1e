"""Every file that is made from the contract of ``bi``."""

from __future__ import annotations

from analytics.bi import contract, dbt, dictionary, grafana, superset
from analytics.bi.questions import DASHBOARDS


def assets() -> dict[str, bytes]:
    """Path in the repository -> content."""
    views = contract.views()
    texts = {
        "docs/bi.md": dictionary.page(views),
        "docs/bi.csv": dictionary.table(views),
        "deploy/bi/dbt/dbt_project.yml": dbt.project(),
        "deploy/bi/dbt/models/sources.yml": dbt.sources(views),
        **{f"deploy/bi/grafana/{asked.code}.json": grafana.dashboard(asked) for asked in DASHBOARDS},
    }
    return {name: text.encode() for name, text in texts.items()} | {"deploy/bi/superset.zip": superset.archive(views)}
