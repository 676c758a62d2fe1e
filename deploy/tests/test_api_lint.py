"""Spectral over the committed descriptions of the APIs and events, by its rules for OpenAPI and AsyncAPI."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.deploy

ROOT = Path(__file__).parents[2]
LINT = ROOT / "deploy" / "api-lint"
SPECTRAL = Path(sys.executable).parents[1] / "api-lint" / "node_modules" / ".bin" / "spectral"


def faults(*documents: Path) -> list[str]:
    command = [SPECTRAL, "lint", "--quiet", "--fail-severity=hint", "--format=json", "--ruleset", LINT / "rules.yaml"]
    done = subprocess.run([*command, *documents], capture_output=True, text=True)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert (done.returncode == 0) == (found == [])
    return [f"{Path(one['source']).name} {'/'.join(one['path'])}: {one['code']} {one['message']}" for one in found]


def test_every_api_and_every_event_is_described_by_the_rules() -> None:
    documents = sorted((ROOT / "docs" / "api").glob("*.json"))
    assert len(documents) == 8
    assert faults(*documents) == []


def _without_type(described: Any) -> None:
    described["components"]["schemas"]["Envelope"]["properties"]["ce_id"]["type"] = "words"


def _leading_nowhere(described: Any) -> None:
    next(iter(described["components"]["messages"].values()))["payload"]["$ref"] = "#/components/schemas/Nowhere"


def _acting_as_nothing_does(described: Any) -> None:
    described["operations"]["send-analytics"]["action"] = "shout"


@pytest.mark.parametrize("spoil", [_without_type, _leading_nowhere, _acting_as_nothing_does])
def test_a_description_of_events_that_is_none_is_found(spoil: Any, tmp_path: Path) -> None:
    described = json.loads((ROOT / "docs" / "api" / "analytics.asyncapi.json").read_bytes())
    spoil(described)
    spoilt = tmp_path / "spoilt.asyncapi.json"
    spoilt.write_text(json.dumps(described))
    assert faults(spoilt) != []


def test_every_package_of_the_linter_is_pinned_to_the_hash_of_its_file_and_to_no_address() -> None:
    packages = json.loads((LINT / "package-lock.json").read_bytes())["packages"]
    assert {name for name, one in packages.items() if name and not one["integrity"].startswith("sha512-")} == set()
    assert {name for name, one in packages.items() if "resolved" in one} == set()
