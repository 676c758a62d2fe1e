"""``voronka status``: positions, lag, quarantine and tasks of every service, and the history that rules ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from voronka.client import ask_all
from voronka.doctor import lags
from voronka.options import DEMO, AsJson, Home, Key, ServiceNames, chosen, told

READER = "automation"
"""The service that reads the whole history, for its rules ask what was before."""


def status(services: ServiceNames = None, key: Key = "", home: Home = DEMO, as_json: AsJson = False) -> None:
    """Show positions, lag, quarantine and tasks of every service in one table, and whether rules know the history.

    Exit code 1 if a service does not answer, 3 if one is not ready. Example: voronka status --json
    """
    urls = chosen(services)
    found = ask_all(urls, key, home, "/operations")
    states = {name: answers[0] for name, answers in found.items() if not isinstance(answers, Exception)}
    away = {name: str(answers) for name, answers in found.items() if isinstance(answers, Exception)}
    asked = ask_all({name: urls[name] for name in states if name == READER}, key, home, "/refill").get(READER)
    history = asked[0] if isinstance(asked, list) else None
    shown = table(states, away)
    shown.caption, shown.caption_justify = Text(said_of(history)) if history else None, "left"
    told({"services": list(states.values()), "away": away, "history": history}, as_json, shown)
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


def said_of(history: Mapping[str, Any]) -> str:
    """How far the history is read that rules ask, and what of it is gone."""
    if history["state"] != "done":
        return f"History for rules: {history['state']}, {history['progress']:.0%}"
    missing, accepted = history["missing"], history["accepted"]
    if not missing:
        return "History for rules: whole"
    said = f"History for rules: {missing:,} events missing"
    if accepted:
        at, who = str(history["accepted_at"])[:16].replace("T", " "), history["accepted_by"]
        said += f"; {accepted:,} accepted as lost by {who} at {at} UTC: {history['accepted_because']}"
    return said + (f"; {missing - accepted:,} nobody accepted" if missing > accepted else "")
