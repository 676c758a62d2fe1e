"""What holds for every command: results as JSON, a dry run of what changes something, exit codes as on the page."""

from __future__ import annotations

import json
import re
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner
from voronka import embedded_demo, importing, privacy, projections, relay, rules
from voronka.main import app
from voronka.options import SERVICES

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


def every_command() -> Iterator[tuple[str, Any]]:
    """Every command by its words."""

    def below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        if hasattr(command, "commands"):
            for name, one in command.commands.items():
                yield from below(one, (*words, name))
        else:
            yield " ".join(words), command

    yield from below(typer.main.get_command(app), ())


def commands() -> Iterator[tuple[str, set[str]]]:
    """Every command by its words, with its options."""
    for words, command in every_command():
        yield words, {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize(("words", "command"), [*every_command()], ids=[words for words, _ in every_command()])
def test_the_example_of_a_command_can_be_typed(words: str, command: Any) -> None:
    (example,) = re.findall(r"Example: (?:VORONKA_\S+ )?voronka (.+)", command.help)
    given = shlex.split(example)[len(words.split()) :]
    said, left, _ = command.make_parser(command.context_class(command)).parse_args(given)
    needed = {one.name for one in command.params if one.required and not one.envvar}
    missing = {name for name in needed if said.get(name) in (None, (), [])}
    assert (example.startswith(words), left, missing) == (True, [], set())


def test_whatever_changes_something_can_be_tried_without_changing_it() -> None:
    changing = {name: options for name, options in commands() if name not in READING | {"demo"}}
    assert {name for name, options in changing.items() if "--dry-run" not in options} == set()
    assert len(changing) > 12


def test_every_result_can_be_had_as_json() -> None:
    without = {name for name, options in commands() if "--json" not in options}
    assert without == WITHOUT_TABLE | NO_RESULT


def run(httpserver: HTTPServer, *words: str, answer: str | None = None) -> Any:
    where = {f"VORONKA_{name.upper()}_URL": httpserver.url_for("").rstrip("/") for name in SERVICES}
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


BUILD = {
    "name": "sales", "build": 2, "version": 6, "state": "building", "progress_percent": 40.0, "blocked_by": None,
    "sources": [],
}  # fmt: skip
VERIFYING = {"id": 7, "projection": "sales", "state": "running", "equal": None, "error": None, "tables": []}
CLOSED = {"log": {"closed_because": "it is older", "wanted": None, "taken_back": 0}}
CARD = {
    "import_id": "1", "state": "running", "file_name": "leads.csv", "failure": None, "rows_total": 2, "rows_done": 1,
    "captured": 2, "touched": 0, "rejected": 0, "reasons": [],
}  # fmt: skip
TRIED = {"backtest_id": "1", "state": "running", "progress": 0.5}
ERASURE = {
    "ground": "consent_withdrawn", "reason": "letter", "actor": "key:vera", "erased_at": "2026-03-02T10:00:00Z",
    "requests": 0,
}  # fmt: skip
FOUND = {"customer_ids": ["1"], "erased": ["1"], "erasures": [ERASURE]}
LEFT = {"service": "leads", "erased": [], "is_erased": False, "stores": []}
ROTATED = {"checked": 2, "rewrapped": 2, "sources": 0, "unreadable": 0, "total": 2, "next": None}
LONG = {
    "projections rebuild --yes": ([[], BUILD, [BUILD], [{**BUILD, "state": "live"}]], "sales, build 2"),
    "projections verify": ([VERIFYING, VERIFYING, {**VERIFYING, "state": "done", "equal": True}], "verifying sales"),
    "relay take-back --service leads --yes": (
        [
            CLOSED,
            {},
            {"log": {**CLOSED["log"], "wanted": "take-back"}},
            {"log": {**CLOSED["log"], "closed_because": None}},
        ],
        "leads: take-back",
    ),
    "rules backtest welcome --since 2026-01-01 --until 2026-02-01": (
        [TRIED, TRIED, {**TRIED, "state": "done"}],
        "back-test",
    ),
    "keys rotate-master": ([{**ROTATED, "next": "k"}, ROTATED], "keys"),
    "privacy erase f9eddbd3-5747-56d6-ac22-5c215e604e2e --reason letter --yes": (
        [
            {**FOUND, "erased": []},
            *[LEFT] * 4,
            FOUND,
            *[LEFT] * 4,
            *[{**LEFT, "is_erased": True}] * 4,
            {"events": [], "more": False},
        ],
        "waiting for leads",
    ),
    "import leads leads.csv --mapping mapping.yaml": ([CARD, CARD, {**CARD, "state": "done"}], "leads.csv"),
}
"""Commands that take long: what services answer one after another, and what is drawn meanwhile."""


@pytest.mark.parametrize("words", LONG)
def test_progress_is_drawn_on_stderr_and_stdout_is_the_result_alone(
    httpserver: HTTPServer, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leads.csv").write_text("Id,Name\n1,A\n2,B\n")
    (tmp_path / "mapping.yaml").write_text("row_id: Id\ncolumns: {name: Name}\n")
    for module, pause in (
        (importing, "LOOK"),
        (projections, "LOOK"),
        (relay, "LOOK"),
        (rules, "POLL"),
        (privacy, "POLL"),
    ):
        monkeypatch.setattr(module, f"{pause}_SECONDS", 0.001)
    answers, drawn = LONG[words]
    for answer in answers:
        httpserver.expect_ordered_request(re.compile("/.*")).respond_with_json(answer)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    done = run(httpserver, *words.split(), "--json")
    assert (done.exit_code, len(httpserver.log)) == (0, len(answers)), done.output
    assert drawn in done.stderr
    assert json.loads(done.stdout)
    assert len(done.stdout.splitlines()) == 1


def test_a_demo_whose_port_is_taken_says_so_and_does_not_talk_to_a_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        monkeypatch.setattr(embedded_demo, "DEMO_PORTS", {"leads": port})
        assert embedded_demo.run(tmp_path, once=True, seed=1) == 1
    assert f"port {port} of 127.0.0.1 is taken" in capsys.readouterr().err
