"""The import command against a leads service."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner
from voronka import importing
from voronka.main import app
from werkzeug import Request, Response

MAPPING = "name: base\nrow_id: Id\ncolumns: {name: Name, phone: Phone}\n"
CARD = {
    "import_id": "6f1c1c5e-0000-4000-8000-000000000001",
    "file_name": "base.csv",
    "state": "queued",
    "rows_total": None,
    "rows_done": 0,
    "captured": 0,
    "touched": 0,
    "duplicates": 0,
    "rejected": 0,
    "reasons": [],
    "failure": None,
}
DONE = {
    "state": "done",
    "rows_total": 5,
    "rows_done": 5,
    "captured": 2,
    "touched": 1,
    "duplicates": 1,
    "rejected": 1,
    "reasons": [{"reason": "column Id: the row has no id", "rows": 1}],
}


class Leads:
    """Takes one file and answers with the cards given, the last again and again."""

    def __init__(self, *cards: dict[str, object]) -> None:
        self.cards = list(cards)
        self.sent: list[dict[str, str]] = []
        self.file = b""
        self.refusals = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        with self._lock:
            if self.refusals:
                self.refusals -= 1
                return Response(status=503)
            if request.path.endswith("rejected.csv"):
                return Response("\ufeffId,_line,_reason\n,3,no id\n", content_type="text/csv")
            if request.method == "POST":
                self.sent.append(dict(request.form))
                self.file = request.files["file"].read()
            card = self.cards.pop(0) if len(self.cards) > 1 else self.cards[0]
            return Response(json.dumps(CARD | card), content_type="application/json")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "LOOK_SECONDS", 0.01)


def run(tmp_path: Path, httpserver: HTTPServer, leads: Leads, *options: str):
    httpserver.expect_request("/imports", method="POST").respond_with_handler(leads)
    httpserver.expect_request(f"/imports/{CARD['import_id']}").respond_with_handler(leads)
    httpserver.expect_request(f"/imports/{CARD['import_id']}/rejected.csv").respond_with_handler(leads)
    (tmp_path / "base.csv").write_text("Id,Name,Phone\n1,A,2\n", encoding="utf-8-sig")
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    arguments = ["import", "leads", str(tmp_path / "base.csv"), "--mapping", str(tmp_path / "mapping.yaml")]
    return CliRunner().invoke(app, [*arguments, "--url", httpserver.url_for(""), "--key", "k", "--json", *options])


def result(output: str) -> dict[str, object]:
    return json.loads(next(line for line in output.splitlines() if line.startswith("{")))


def test_a_file_is_sent_with_its_mapping_and_watched_to_its_end(tmp_path: Path, httpserver: HTTPServer) -> None:
    leads = Leads({}, {"state": "running", "rows_total": 5, "rows_done": 2}, DONE)

    done = run(tmp_path, httpserver, leads, "--rejected", str(tmp_path / "rejected.csv"))

    assert done.exit_code == 3, done.output
    reasons = {"column Id: the row has no id": 1}
    assert result(done.output) == {
        "rows": 5, "captured": 2, "touched": 1, "duplicate": 1, "rejected": 1, "reasons": reasons,
    }  # fmt: skip
    (sent,) = leads.sent
    assert (sent["kind"], sent["name"], sent["dry_run"]) == ("leads", "base", "false")
    assert json.loads(sent["mapping"]) == {"row_id": "Id", "columns": {"name": "Name", "phone": "Phone"}}
    assert leads.file == (tmp_path / "base.csv").read_bytes()
    assert (tmp_path / "rejected.csv").read_text(encoding="utf-8-sig").startswith("Id,_line,_reason")


def test_a_file_that_was_imported_before_adds_nothing(tmp_path: Path, httpserver: HTTPServer) -> None:
    again = run(tmp_path, httpserver, Leads(DONE))

    assert result(again.output) | {"reasons": {}} == {
        "rows": 5, "captured": 0, "touched": 0, "duplicate": 4, "rejected": 1, "reasons": {},
    }  # fmt: skip


def test_a_dry_run_is_asked_for(tmp_path: Path, httpserver: HTTPServer) -> None:
    leads = Leads({}, DONE)
    run(tmp_path, httpserver, leads, "--dry-run")
    assert leads.sent[0]["dry_run"] == "true"


def test_a_service_that_is_away_for_a_moment_is_asked_again(tmp_path: Path, httpserver: HTTPServer) -> None:
    leads = Leads({}, DONE)
    leads.refusals = 2
    assert result(run(tmp_path, httpserver, leads).output)["captured"] == 2


def test_a_file_that_cannot_be_read_is_told_in_the_services_words(tmp_path: Path, httpserver: HTTPServer) -> None:
    done = run(tmp_path, httpserver, Leads({}, {"state": "failed", "failure": "the file has no header"}))
    assert done.exit_code == 1
    assert "the file has no header" in done.output


def test_a_refusal_is_told_in_the_services_words(tmp_path: Path, httpserver: HTTPServer) -> None:
    problem = {"title": "Not allowed", "detail": "leads:import is missing", "status": 403}
    httpserver.expect_request("/imports").respond_with_json(problem, status=403)

    done = run(tmp_path, httpserver, Leads(DONE))

    assert done.exit_code == 1
    assert "leads:import is missing" in done.output
