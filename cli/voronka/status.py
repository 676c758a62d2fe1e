"""``voronka status``: positions, lag, quarantine and tasks of every service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from voronka.client import ask_all
from voronka.doctor import lags
from voronka.options import DEMO, AsJson, Home, Key, ServiceNames, chosen, told


def status(services: ServiceNames = None, key: Key = "", home: Home = DEMO, as_json: AsJson = False) -> None:
    """Show positions, lag, quarantine and tasks of every service in one table.

    Exit code 1 if a service does not answer, 3 if one is not ready. Example: voronka status --json
    """
    found = ask_all(chosen(services), key, home, "/operations")
    states = {name: answers[0] for name, answers in found.items() if not isinstance(answers, Exception)}
    away = {name: str(answers) for name, answers in found.items() if isinstance(answers, Exception)}
    told({"services": list(states.values()), "away": away}, as_json, table(states, away))
    raise SystemExit(1 if away else 0 if all(state["ready"] for state in states.values()) else 3)


def table(states: Mapping[str, Mapping[str, Any]], away: Mapping[str, str]) -> Table:
    """The services as people read them; under each its consumers."""
    made = Table(title="Services", title_justify="left")
    for column in ("", "ready", "events", "to publish", "lag", "quarantine", "tasks due", "failed", "requests"):
        made.add_column(column, justify="left" if column in ("", "ready") else "right", overflow="fold")
    behind = {(name, consumer, source): lag for name, consumer, source, lag in lags(states)}
    for name, state in states.items():
        tasks, intake = state["tasks"], state["intake"]
        made.add_row(
            f"[bold]{name}",
            "yes" if state["ready"] else f"[red]{'; '.join(state['reasons'].values())}",
            f"{sum(state['heads']):,}",
            f"{state['relay']['waiting']:,}",
            "",
            str(intake["quarantined"] + sum(consumer["quarantined"] for consumer in state["consumers"])),
            f"{tasks['due']:,}",
            f"{tasks['failed']:,}",
            f"{intake['pending']:,}",
        )
        for consumer in state["consumers"]:
            source = consumer["source"].split(".")[1]
            lag = behind.get((name, consumer["consumer"], source))
            applied = f"{sum(consumer['positions']):,}"
            shown = "?" if lag is None else f"{lag:,}"
            made.add_row(f"  {consumer['consumer']} < {source}", "", applied, "", shown, str(consumer["quarantined"]))
    for name, why in away.items():
        made.add_row(f"[bold]{name}", f"[red]{why}")
    return made
