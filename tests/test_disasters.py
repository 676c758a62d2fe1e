"""`docs/disasters.md` says what happens when something breaks: every row names tests that there are."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "disasters.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| what happens")
]
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_tests_that_there_are(row: list[str]) -> None:
    what, _, does, shown = row
    named = NAMED.findall(shown)
    assert what
    assert does
    assert named
    assert [name for path, name in named if name not in names_in(path)] == []
