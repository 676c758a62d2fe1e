"""`docs/security.md` claims nothing without a test, and every risk of the list stands in it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
SETTINGS = (ROOT / "docs" / "settings.md").read_text()


@cache
def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_every_test_that_the_page_names_is_there(path: str, test: str) -> None:
    assert test in functions(path)


def test_each_of_the_ten_risks_is_met_by_tests() -> None:
    rows = re.findall(r"^\| (API\d+) .*$", PAGE, re.MULTILINE)
    assert rows == [f"API{number}" for number in range(1, 11)]
    assert all("::" in line for line in PAGE.splitlines() if line.startswith("| API"))


def test_every_setting_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(VORONKA_[A-Z_]+)`", PAGE))
    assert {name for name in named if f"`{name}`" not in SETTINGS} == set()
