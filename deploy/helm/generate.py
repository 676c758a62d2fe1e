"""What of the chart is made from code: `python deploy/helm/generate.py`, or with `--check` only says what is not so.

`values.schema.json`: `values.base.schema.json` with every setting of every service, as its settings class has it.
`files/consumers.yaml`: the groups in which services read Kafka, for KEDA. `README.md`: every value.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import asyncpg
import structlog
import yaml
from events.api_keys import ApiKeys
from events.app import Runtime
from events.auth import Authenticator
from events.consumer import Consumer
from events.reference import SERVICES, own_settings
from events.settings import Settings
from pydantic import SecretBytes, SecretStr
from pydantic.fields import FieldInfo

HERE = Path(__file__).parent
CHART = HERE / "voronka"
Json = dict[str, Any]

# The chart says these itself.
_KAFKA = ("bootstrap", "security_protocol", "sasl_mechanism", "sasl_username", "sasl_password", "replication_factor")
OWNED = frozenset(("environment", "host", "port", "metrics_port", "roles", "database_url")) | frozenset(
    f"kafka_{name}" for name in (*_KAFKA, "group_instance_id", "ssl_cafile")
)
KEYS = {"leads": {"master_key": bytes(32), "index_key": bytes(32)}, "deals": {"link_keys": [bytes(32)]}}


def schema() -> Json:
    """The schema of values, whole."""
    made: Json = json.loads((HERE / "values.base.schema.json").read_text())
    common = frozenset(Settings.model_fields)
    made["$defs"]["commonSettings"] = _settings(Settings, common, "Settings that every service has.")
    template = made["$defs"].pop("service")
    services = {}
    for name in SERVICES:
        kind = own_settings(name)
        service = copy.deepcopy(template) | {"description": f"The service {name}."}
        parts = service["properties"]
        parts["settings"] = _settings(kind, frozenset(kind.model_fields), "Settings of the service.")
        parts["secrets"] = _named(kind, is_secret, "secretKey", "Settings that are secret, by name: where each lies.")
        parts["files"] = _named(kind, is_path, "mounted", "Settings that are paths, by name: what is mounted there.")
        services[name] = service
    made["properties"]["services"] = {
        "type": "object",
        "description": "The four services.",
        "additionalProperties": False,
        "properties": services,
    }
    return made


def is_secret(field: FieldInfo) -> bool:
    """Does a setting hold what must not be seen?"""
    return any(kind in (SecretStr, SecretBytes) for kind in _kinds(field.annotation)) or "GivenKey" in str(
        field.annotation
    )


def is_path(field: FieldInfo) -> bool:
    """Is it the place of a file or folder?"""
    return Path in set(_kinds(field.annotation))


def _kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _kinds(inner)


def _settings(kind: type[Settings], names: frozenset[str], description: str) -> Json:
    described = kind.model_json_schema()["properties"]
    plain = {
        name: _one(described[name], kind.model_fields[name])
        for name in kind.model_fields
        if name in names - OWNED and not is_secret(kind.model_fields[name]) and not is_path(kind.model_fields[name])
    }
    return {"type": "object", "description": description, "additionalProperties": False, "properties": plain}


def _one(described: Json, field: FieldInfo) -> Json:
    """A setting as one writes it: numbers and booleans plain, lists as text with commas."""
    options = [option for option in described.get("anyOf", [described]) if option.get("type") != "null"]
    types = {option.get("type", "string") for option in options}
    number = next((option for option in options if option.get("type") in ("number", "integer")), None)
    chosen = number or options[0]
    if "array" in types:
        chosen = {"type": "string"}
    kept = ("type", "enum", "const", "pattern", "minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength")
    return {"type": "string", "description": field.description} | {k: v for k, v in chosen.items() if k in kept}


def _named(kind: type[Settings], fits: Any, shape: str, description: str) -> Json:
    names = [name for name, field in kind.model_fields.items() if fits(field) and name not in OWNED]
    properties = {
        name: {"description": kind.model_fields[name].description, "$ref": f"#/$defs/{shape}"} for name in names
    }
    return {"type": "object", "description": description, "additionalProperties": False, "properties": properties}


async def consumers() -> dict[str, list[Json]]:
    """By service: the consumer groups of fixed names and their topics. Those of projections change with each build."""
    found = {}
    for name in SERVICES:
        service = import_module(f"{name}.main").SERVICE
        address = "postgresql://nobody@nowhere/none"
        settings = service.settings.model_validate({"database_url": address} | KEYS.get(name, {}))
        pool = asyncpg.create_pool(address, min_size=0)
        keys = ApiKeys(pool)
        runtime = Runtime(name, settings, pool, structlog.get_logger(), Authenticator(keys), keys)
        parts = service.components(runtime)
        found[name] = [{"group": p.name, "topics": sorted(p.topics)} for p in parts if isinstance(p, Consumer)]
        await runtime.closing.aclose()
    return found


def readme(described: Json) -> str:
    """The page of the chart: its head, and a table of every value."""
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    rows = [
        f"| `{path}` | {text.replace('|', chr(92) + '|')} | {_shown(value)} |"
        for path, text, value in _rows(described, described, values, "")
    ]
    table = "\n".join(["| value | meaning | default |", "|---|---|---|", *rows])
    return f"{(HERE / 'README.head.md').read_text()}\n{table}\n"


def _rows(root: Json, node: Json, value: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    for name, child in node.get("properties", {}).items():
        if name == "global":
            continue
        where = f"{path}.{name}" if path else name
        text = child.get("description", "")
        target = root["$defs"][child["$ref"].rpartition("/")[2]] if "$ref" in child else child
        inner = value.get(name) if isinstance(value, dict) else None
        if where == "processes":
            yield where, text, SimpleNamespace(text="api, relay, consumer, worker")
            yield from _rows(root, root["$defs"]["process"], inner["api"], "processes.api")
        elif where.startswith("services.") and where.count(".") == 1 and name != "leads":
            yield where, f"The same as for leads, with the settings of {name}.", SimpleNamespace(text="")
        elif name in ("settings", "secrets", "files", "labels") or "properties" not in target:
            yield where, text or target.get("description", ""), inner
        else:
            yield from _rows(root, target, inner, where)


def _shown(value: Any) -> str:
    if isinstance(value, SimpleNamespace):
        return str(value.text)
    return "" if value in ("", None, {}, []) else f"`{json.dumps(value)}`"


def made() -> dict[Path, str]:
    """The made files by place."""
    described = schema()
    found = asyncio.run(consumers())
    return {
        CHART / "values.schema.json": json.dumps(described, indent=1, ensure_ascii=False) + "\n",
        CHART / "files" / "consumers.yaml": yaml.safe_dump(found, sort_keys=True),
        CHART / "README.md": readme(described),
    }


def main() -> int:
    """0, or 1 if `--check` found a file that differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    stale = {path: text for path, text in made().items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        if check:
            sys.stderr.write(f"{path.relative_to(HERE.parents[1])} is not what code says: make chart\n")
        else:
            path.write_text(text)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
