"""Writes the pages that are made from code: `python -m events.reference docs` (settings, metrics, permissions)."""

import sys
from importlib import import_module
from pathlib import Path

from events import configuration, metrics, permissions
from events.settings import Settings

SERVICES = ("leads", "deals", "automation", "analytics")

_SETTINGS = """# Settings

Every setting is an environment variable, or the file named by the same variable with `_FILE` at its end (a mounted
secret). `python -m <service> --print-settings` shows what a service would run with, secrets blanked. All faults of a
configuration are told at once, and the service does not start. Made from `events/settings.py` and the `settings.py` of
each service; do not edit.

## Every service

"""
_METRICS = """# Metrics

Served by every service under `/metrics`. What is known only to the database is the same in every process that says it:
take `max by (…)` over processes. [Observability](observability.md) says what to look at. Made from `events/metrics.py`;
do not edit.

| metric | kind | unit | labels | meaning |
|---|---|---|---|---|
"""
_OWN = """
## {title}

Beside those that every service has; a default that stands here is this service's own.

"""


def own_settings(service: str) -> type[Settings]:
    """The settings class of an installed service, by the name of its package; raises ``ImportError``."""
    module = import_module(f"{service}.settings")
    (found,) = (
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Settings) and kind.__module__ == module.__name__
    )
    return found


def settings_page() -> str:
    """What every service is configured by, then what each adds or sees otherwise."""
    page = _SETTINGS + configuration.reference(Settings)
    for service in SERVICES:
        page += _OWN.format(title=service) + configuration.reference(own_settings(service), beside=Settings)
    return page


def metrics_page() -> str:
    """The catalogue of metrics as a table."""
    rows = []
    for row in metrics.CATALOGUE:
        labels = ", ".join(f"`{label}`" for label in row.labels)
        rows.append(f"| `{row.name}` | {row.kind} | {row.unit} | {labels} | {row.meaning} |")
    return _METRICS + "\n".join(rows) + "\n"


def pages() -> dict[str, str]:
    """The made pages by file name."""
    return {
        "settings.md": settings_page(),
        "metrics.md": metrics_page(),
        "permissions.md": permissions.reference(),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        (Path(sys.argv[1]) / name).write_text(text)
