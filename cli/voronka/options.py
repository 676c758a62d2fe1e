"""What many commands take: where the services are, the key, JSON instead of tables, leave to do what cannot be undone.

Addresses come from an option or the environment (``VORONKA_LEADS_URL`` and so on), the key from ``VORONKA_KEY``; beside
a running demo neither is needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

SERVICES: Final = {
    "leads": "http://127.0.0.1:8101",
    "deals": "http://127.0.0.1:8102",
    "automation": "http://127.0.0.1:8103",
    "analytics": "http://127.0.0.1:8104",
}
LEADS, DEALS, AUTOMATION, ANALYTICS = SERVICES.values()
DEMO: Final = Path(".voronka")

Key = Annotated[str, typer.Option(envvar="VORONKA_KEY", help="API key; better given by the environment.")]
Home = Annotated[Path, typer.Option(help="Folder of a running demo, whose key is used if none is given.")]
LeadsUrl = Annotated[str, typer.Option(envvar="VORONKA_LEADS_URL", help="Address of the leads service.")]
DealsUrl = Annotated[str, typer.Option(envvar="VORONKA_DEALS_URL", help="Address of the deals service.")]
AutomationUrl = Annotated[str, typer.Option(envvar="VORONKA_AUTOMATION_URL", help="Address of the automation service.")]
AnalyticsUrl = Annotated[str, typer.Option(envvar="VORONKA_ANALYTICS_URL", help="Address of the analytics service.")]
ServiceName = Annotated[str, typer.Option("--service", help="leads, deals, automation or analytics.")]
ServiceNames = Annotated[
    list[str] | None, typer.Option("--service", help="Only this service; may be given again. Empty: all four.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Rejected = Annotated[Path | None, typer.Option(help="CSV file for the rows that were rejected, with the reason.")]


def url_of(service: str) -> str:
    """Address of a service, from the environment or as the demo has it. Raises ``typer.BadParameter``."""
    if service not in SERVICES:
        raise typer.BadParameter(f"{service} is none of {', '.join(SERVICES)}")
    return os.environ.get(f"VORONKA_{service.upper()}_URL") or SERVICES[service]


def chosen(names: Sequence[str] | None) -> dict[str, str]:
    """Addresses of the services named, of all where none is. Raises ``typer.BadParameter``."""
    return {name: url_of(name) for name in names or SERVICES}


def sure(question: str, yes: bool) -> None:
    """Asks on stderr unless ``yes``; ends with exit code 2 if the answer is no or nobody answers."""
    if yes:
        return
    try:
        answered = typer.confirm(question, err=True)
    except typer.Abort:
        answered = False
    if not answered:
        raise typer.Exit(2)


def told(found: Any, as_json: bool, table: Any) -> None:
    """Prints a result: JSON for machines, else words as they are, or what ``rich`` makes of a table."""
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    elif isinstance(table, str):
        print(table)
    else:
        Console().print(table)
