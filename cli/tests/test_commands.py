"""What holds for every command: results as JSON, a dry run of what changes something, exit codes as on the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner
from voronka.main import app

READING = {
    "doctor", "status", "events tail", "events show", "events trace", "quarantine list", "quarantine show",
    "requests list", "requests show", "projections status", "projections verify", "relay status", "rules lint",
    "rules explain", "rules backtest", "sources list", "sources show", "bi verify", "privacy export", "privacy status",
    "keys list",
}  # fmt: skip
"""Commands that change nothing: all others take --dry-run."""
WITHOUT_TABLE = {"quarantine show", "requests show", "sources show"}
"""Print JSON whether asked for or not."""
NO_RESULT = {"demo", "privacy export"}
"""Run the system; write a file."""
KEY = {
    "id": "1f2e",
    "name": "web-team",
    "roles": ["integration"],
    "directions": ["*"],
    "source": "database",
    "last_used_at": None,
    "revoked_at": None,
    "expires_at": None,
}


def commands() -> Iterator[tuple[str, set[str]]]:
    """Every command by its words, with its options."""

    def below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, set[str]]]:
        if hasattr(command, "commands"):
            for name, one in command.commands.items():
                yield from below(one, (*words, name))
        else:
            yield " ".join(words), {option for parameter in command.params for option in parameter.opts}

    yield from below(typer.main.get_command(app), ())


def test_whatever_changes_something_can_be_tried_without_changing_it() -> None:
    changing = {name: options for name, options in commands() if name not in READING | {"demo"}}
    assert {name for name, options in changing.items() if "--dry-run" not in options} == set()
    assert len(changing) > 12


def test_every_result_can_be_had_as_json() -> None:
    without = {name for name, options in commands() if "--json" not in options}
    assert without == WITHOUT_TABLE | NO_RESULT


def run(httpserver: HTTPServer, *words: str, answer: str | None = None) -> Any:
    where = {f"VORONKA_{name}_URL": httpserver.url_for("").rstrip("/") for name in ("LEADS", "DEALS")}
    return CliRunner().invoke(app, [*words], env={"VORONKA_KEY": "k", **where}, input=answer)


def test_0_done_all_is_well(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api-keys", method="GET").respond_with_json([KEY])
    done = run(httpserver, "keys", "list", "--json")
    assert (done.exit_code, json.loads(done.stdout), done.stderr) == (0, [KEY], "")


def test_1_the_service_refused_and_says_why_on_stderr(httpserver: HTTPServer) -> None:
    problem = {"title": "Forbidden", "detail": "The key may not do this."}
    httpserver.expect_request("/api-keys").respond_with_json(problem, status=403)
    done = run(httpserver, "keys", "list", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "may not do this" in done.stderr


@pytest.mark.parametrize("words", [("keys", "list", "--nonsense"), ("keys", "revoke"), ("keys", "list", "--service=x")])
def test_2_the_command_was_called_wrongly(httpserver: HTTPServer, words: tuple[str, ...]) -> None:
    done = run(httpserver, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert httpserver.log == []


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_2_nobody_said_yes_and_nothing_is_done(httpserver: HTTPServer, answer: str) -> None:
    done = run(httpserver, "keys", "revoke", "1f2e", answer=answer)
    assert (done.exit_code, httpserver.log) == (2, [])


def test_3_done_but_something_needs_a_person(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/managers").respond_with_json([{"id": "moses.frase"}])
    httpserver.expect_request("/products").respond_with_json({"products": [{"code": "GTX-PRO"}], "next": None})
    header = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
    files = {
        "deals": f"{header}Z1,Moses Frase,GTXPro,Isdom,Won,25-10-16,11-03-17,4514\nZ2,,,,Nonsense,,,\n",
        "accounts": "account,sector,office_location,revenue\nIsdom,technolgy,Kenya,1100.04\n",
        "products": "product,series,sales_price\nGTX Pro,GTX,4821\nMG Special,MG,55\n",
        "teams": "sales_agent,manager,regional_office\nMoses Frase,Dustin,Central\nAnna Snel,Dustin,Central\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    given = [word for name in ("accounts", "products", "teams") for word in (f"--{name}", str(tmp_path / name))]
    done = run(httpserver, "import", "deals", str(tmp_path / "deals"), *given, "--dry-run", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, len(told.pop("reasons"))) == (3, 1)
    assert told == {
        "dry_run": True,
        "rows": 2,
        "deals": 1,
        "customers": 1,
        "organisations": 1,
        "managers": {"new": 1, "known": 1},
        "products": {"new": 1, "known": 1},
        "rejected": 1,
    }
    assert {request.method for request, _ in httpserver.log} == {"GET"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("keys", "make", "web-team", "--role", "integration"), "would be made for web-team"),
        (("keys", "rotate", "1f2e"), "would work 24 hours"),
        (("keys", "revoke", "1f2e"), "would be revoked"),
    ],
)
def test_a_dry_run_of_keys_says_what_would_be_and_only_reads(
    httpserver: HTTPServer, words: tuple[str, ...], told: str
) -> None:
    httpserver.expect_request("/api-keys", method="GET").respond_with_json([KEY])
    done = run(httpserver, *words, "--dry-run")
    assert done.exit_code == 0
    assert told in done.stdout
    assert {request.method for request, _ in httpserver.log} <= {"GET"}
    unknown = run(httpserver, "keys", "revoke", "none", "--dry-run")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
