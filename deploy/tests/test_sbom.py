"""The bill of materials names what the image holds, all of it, by version and by the hashes of its files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements-image.lock"

pytestmark = pytest.mark.deploy


def test_every_package_of_the_image_stands_in_the_bill_of_materials(tmp_path: Path) -> None:
    made = tmp_path / "sbom.json"
    tool = str(Path(sys.executable).parent / "cyclonedx-py")
    options = ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--validate", "-o", str(made)]
    subprocess.run([tool, "requirements", str(LOCK), *options], check=True, timeout=120, capture_output=True)
    bill = json.loads(made.read_text())
    named = {(one["name"], one["version"]) for one in bill["components"]}
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "voronka")
    assert named == set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", LOCK.read_text(), re.MULTILINE))
    assert all("--hash=sha256:" in one["description"] for one in bill["components"])
    assert all(one["purl"].startswith("pkg:pypi/") for one in bill["components"])
