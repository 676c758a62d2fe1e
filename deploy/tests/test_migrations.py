"""Migrations that run before a roll-out leave what the release before it needs; squawk reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MIGRATIONS = sorted([*ROOT.glob("services/*/migrations/*.sql"), *ROOT.glob("libs/events/events/migrations/*.sql")])
# https://squawkhq.com/docs/rules: what takes something away from those who run, or rewrites a table while they wait.
BREAKING = {
    *("ban-drop-table", "ban-drop-column", "ban-drop-constraint", "ban-truncate-cascade", "ban-drop-database"),
    *("renaming-table", "renaming-column", "changing-column-type"),
    *("adding-required-field", "adding-not-nullable-field", "adding-field-with-default"),
}
ALLOWED = {
    ("1170_pre_facts_of_messages.sql", "ban-drop-constraint"): "the same check with one more subject",
    ("1261_pre_lists_for_rules.sql", "ban-drop-constraint"): "the same check with one more kind",
    ("1265_pre_unconfirmed.sql", "ban-drop-constraint"): "the same check with one more state",
    ("1030_pre_invoices.sql", "adding-field-with-default"): "columns made of others, before anybody had invoices",
}
"""What there is of it before a roll-out, and why nobody misses anything."""


def found(*files: Path) -> set[tuple[str, str]]:
    """File and rule of everything that squawk has against the way forward of these migrations."""
    violations = set()
    for file in files:
        up = file.read_text().partition("-- migrate:down")[0]
        squawk = Path(sys.executable).with_name("squawk")
        command = [squawk, "--assume-in-transaction", "--reporter", "Json", "--stdin-filepath", file.name]
        told = subprocess.run(command, input=up, capture_output=True, text=True, check=False)
        assert told.returncode in (0, 1), told.stderr
        violations |= {(file.name, one["rule_name"]) for one in json.loads(told.stdout)}
    return violations


def test_what_runs_before_a_roll_out_takes_nothing_away() -> None:
    before = [file for file in MIGRATIONS if "_pre_" in file.name]
    assert len(before) > 80
    assert {one for one in found(*before) if one[1] in BREAKING} == ALLOWED.keys()


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("DROP TABLE letters;", "ban-drop-table"),
        ("ALTER TABLE leads DROP COLUMN status;", "ban-drop-column"),
        ("ALTER TABLE leads RENAME COLUMN status TO state;", "renaming-column"),
        ("ALTER TABLE leads ALTER COLUMN touches TYPE bigint;", "changing-column-type"),
        ("ALTER TABLE leads ADD COLUMN needed text NOT NULL;", "adding-required-field"),
    ],
)
def test_what_would_take_something_away_is_seen(tmp_path: Path, statement: str, rule: str) -> None:
    file = tmp_path / "1999_pre_breaking.sql"
    file.write_text(f"-- migrate:up\n\n{statement}\n\n-- migrate:down\n\nDROP TABLE others;\n")
    assert ("1999_pre_breaking.sql", rule) in found(file)
    assert len({one for one in found(file) if one[1] in BREAKING}) == 1
