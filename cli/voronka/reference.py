"""Makes docs/cli.md from the commands themselves: ``python -m voronka.reference docs/cli.md``."""

from __future__ import annotations

import sys
from pathlib import Path

import typer
from typer.cli import get_docs_for_click
from typer.core import TyperGroup
from typer.main import get_command

from voronka.main import app

_HEAD = """# The command voronka

Made from the commands; do not edit (`python -m voronka.reference docs/cli.md`).

Everything goes over the HTTP APIs of the services with an API key (`VORONKA_KEY`; addresses: `VORONKA_LEADS_URL`,
`VORONKA_DEALS_URL`, `VORONKA_AUTOMATION_URL`, `VORONKA_ANALYTICS_URL`), so it works wherever they can be reached;
beside a running demo neither is needed. `voronka bi` alone needs the database. Results go to stdout, progress,
questions and warnings to stderr. `--json` prints what the APIs answered, whose members do not change within a version.

| exit code | means |
|---|---|
| 0 | done, all is well |
| 1 | the system could not be reached, or refused |
| 2 | the command was called wrongly, or the question was answered with no |
| 3 | done, but something needs a person: rows rejected, numbers that do not reconcile, a failed check, nothing there |

"""


def page() -> str:
    """The whole page."""
    command = get_command(app)
    assert isinstance(command, TyperGroup)
    made = get_docs_for_click(obj=command, ctx=typer.Context(command), name="voronka")
    return _HEAD + "\n".join(line.rstrip() for line in made.partition("\n")[2].strip().splitlines()) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page())
