"""The import command against an HTTP server that answers as the leads service does."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner
from voronka.main import app
from werkzeug import Request, Response

MAPPING = "name: base\nrow_id: Id\ncolumns: {name: Name, phone: Phone}\n"


class Leads:
    """Remembers rows, rejects those without an id, knows those it has seen."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self.seen: set[str] = set()
        self.refusals = 0

    def __call__(self, request: Request) -> Response:
        if self.refusals:
            self.refusals -= 1
            return Response(status=503)
        body = json.loads(request.data)
        assert body["import_name"] == "base"
        assert body["mapping"] == {"row_id": "Id", "columns": {"name": "Name", "phone": "Phone"}}
        answers = []
        for row in body["rows"]:
            if not row["Id"]:
                answers.append({"outcome": "rejected", "reason": "column Id: the row has no id"})
            else:
                answers.append({"outcome": "duplicate" if row["Id"] in self.seen else "captured"})
                self.seen.add(row["Id"])
                self.rows.append(row)
        return Response(json.dumps(answers), content_type="application/json")


@pytest.fixture
def leads(httpserver: HTTPServer) -> Leads:
    handler = Leads()
    httpserver.expect_request("/imports/rows", method="POST").respond_with_handler(handler)
    return handler


def run(tmp_path: Path, httpserver: HTTPServer, text: str, *options: str):
    (tmp_path / "base.csv").write_text(text, encoding="utf-8-sig")
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    arguments = ["import", "leads", str(tmp_path / "base.csv"), "--mapping", str(tmp_path / "mapping.yaml")]
    return CliRunner().invoke(app, [*arguments, "--url", httpserver.url_for(""), "--key", "k", "--json", *options])


def result(output: str) -> dict[str, object]:
    return json.loads(next(line for line in output.splitlines() if line.startswith("{")))


def test_every_row_of_a_large_file_arrives_once(tmp_path: Path, httpserver: HTTPServer, leads: Leads) -> None:
    text = "Id,Name,Phone\n" + "".join(f'{n},"Иванов, Иван",8900{n:07d}\n' for n in range(1234))

    done = run(tmp_path, httpserver, text)

    assert done.exit_code == 0, done.output
    assert result(done.output)["captured"] == 1234
    assert sorted(int(row["Id"]) for row in leads.rows) == list(range(1234))
    assert {row["Name"] for row in leads.rows} == {"Иванов, Иван"}


def test_running_again_adds_nothing(tmp_path: Path, httpserver: HTTPServer, leads: Leads) -> None:
    text = "Id,Name,Phone\n1,A,2\n2,B,3\n"
    run(tmp_path, httpserver, text)

    again = run(tmp_path, httpserver, text)

    assert result(again.output) | {"reasons": {}} == {
        "rows": 2, "captured": 0, "touched": 0, "duplicate": 2, "rejected": 0, "reasons": {},
    }  # fmt: skip


def test_rejected_rows_are_explained_kept_in_a_file_and_told_by_the_exit_code(
    tmp_path: Path, httpserver: HTTPServer, leads: Leads
) -> None:
    done = run(tmp_path, httpserver, "Id,Name,Phone\n1,A,2\n,B,3\n", "--rejected", str(tmp_path / "rejected.csv"))

    assert done.exit_code == 3
    assert result(done.output)["reasons"] == {"column Id: the row has no id": 1}
    with (tmp_path / "rejected.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["Name"], row["_line"], row["_reason"]) == ("B", "3", "column Id: the row has no id")


def test_a_service_that_is_away_for_a_moment_is_asked_again(
    tmp_path: Path, httpserver: HTTPServer, leads: Leads
) -> None:
    leads.refusals = 2
    assert result(run(tmp_path, httpserver, "Id,Name,Phone\n1,A,2\n").output)["captured"] == 1


def test_a_refusal_is_told_in_the_services_words(tmp_path: Path, httpserver: HTTPServer) -> None:
    problem = {"title": "Not allowed", "detail": "leads:import is missing", "status": 403}
    httpserver.expect_request("/imports/rows").respond_with_json(problem, status=403)

    done = run(tmp_path, httpserver, "Id,Name,Phone\n1,A,2\n")

    assert done.exit_code == 1
    assert "leads:import is missing" in done.output
