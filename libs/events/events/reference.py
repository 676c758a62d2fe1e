"""Writes the pages that are made from code: `python -m events.reference docs` (settings, metrics, permissions, and what
each service's API and events are, as OpenAPI and AsyncAPI documents).
"""

import asyncio
import sys
from importlib import import_module
from pathlib import Path

import asyncpg
import orjson
import structlog

from events import asyncapi, configuration, metrics, permissions
from events.api_keys import ApiKeys
from events.auth import Authenticator
from events.compose import VERSION, compose
from events.edge import Edge
from events.health import Health
from events.service import Runtime, Service
from events.settings import Settings

SERVICES = ("leads", "deals", "automation", "analytics")

_SECRETS: dict[str, dict[str, object]] = {
    "leads": {"master_key": bytes(32), "index_key": bytes(32)},
    "deals": {"link_keys": [bytes(32)]},
}
"""Settings without which a service is not put together; nothing is opened with these."""

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


def never_started(name: str) -> Edge:
    """The HTTP side of an installed service that has no database and runs nothing: for what it says of itself."""
    service: Service = import_module(f"{name}.main").SERVICE
    settings = service.settings.model_validate(
        {"database_url": "postgresql://nobody@nowhere/none", **_SECRETS.get(name, {})}
    )
    pool = asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0)
    keys = ApiKeys(pool)
    runtime = Runtime(name, settings, pool, structlog.get_logger(), Authenticator(keys), keys)
    edge, _ = compose(service, runtime, Health(pool, service.migrations))
    return edge


async def documents() -> dict[str, str]:
    """By file name: the API of every service in OpenAPI, and the events that it publishes in AsyncAPI; keys sorted."""
    written = {}
    for name in SERVICES:
        edge = never_started(name)
        api = orjson.loads((await edge.pages["/openapi.json"]()).body)
        events = asyncapi.document(
            name, api["info"]["title"], VERSION, Settings.model_fields["kafka_bootstrap"].default
        )
        for kind, document in (("openapi", api), ("asyncapi", events)):
            text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
            written[f"api/{name}.{kind}.json"] = text.decode()
    return written


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
    for name, text in {**pages(), **asyncio.run(documents())}.items():
        (Path(sys.argv[1]) / name).write_text(text)
