"""The act of an erasure says what the order asks for; an export is a ZIP that lists itself; keys tell when they end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from voronka import erasure_act, keys, personal_export
from voronka.erasure_act import Signatory
from voronka.personal_export import Document

CARD = "f9eddbd3-5747-56d6-ac22-5c215e604e2e"
WHO = Signatory(operator="ООО «Ромашка»", address="Тверь", processor="", person="", by="<b>Вера</b>, юрист")
ERASURE = {
    "ground": "consent_withdrawn",
    "reason": "письмо 14",
    "actor": "key:vera",
    "erased_at": "2026-03-02T10:00:00Z",
    "requests": 2,
}


def held(service: str, *, left: int = 0) -> dict[str, Any]:
    stores = [
        {"table": "contacts", "what": "names, phones", "rows": left, "ending": "emptied", "why": ""},
        {"table": "invoices", "what": "sums", "rows": 3, "ending": "kept", "why": "accounting"},
    ]
    return {"service": service, "erased": [CARD], "is_erased": not left, "stores": stores}


def test_an_act_has_everything_that_the_order_asks_for_and_no_name_unless_it_is_given(tmp_path: Path) -> None:
    services = [held("leads"), held("deals")]
    act = erasure_act.act_of([CARD], [ERASURE], services, WHO)
    log = erasure_act.log_of([CARD], [{"type": "customer.erased.v1", "actor": "key:vera"}], services)

    files = erasure_act.write(tmp_path / "act", act, log)

    assert [file.name for file in files] == ["act.json", "act.html", "log.json"]
    assert act["complete"]
    assert act["subject"] == {"name": None, "ids": [CARD]}
    assert [one["what"] for one in act["categories"]] == ["names, phones"] * 2
    page = files[1].read_text("utf-8")
    for told in (
        "ООО «Ромашка»",
        "Тверь",
        CARD,
        "письмо 14",
        "ст. 21, ч. 5",
        "2026-03-02",
        "Voronka, deals",
        "Подпись",
    ):
        assert told in page
    assert "&lt;b&gt;Вера&lt;/b&gt;, юрист" in page, "what people type is text"
    assert json.loads(files[2].read_text("utf-8"))["systems"][0]["left"] == {"contacts": 0}


def test_an_act_is_not_complete_while_a_service_has_something_left() -> None:
    act = erasure_act.act_of([CARD], [ERASURE], [held("leads"), held("deals", left=1)], WHO)
    assert act["complete"] is False
    assert act["confirmed"] == {"leads": True, "deals": False}


def test_an_export_lists_what_is_in_it_and_is_for_its_owner_only(tmp_path: Path) -> None:
    out = tmp_path / "anna.zip"
    known = [{"service": "leads", "tables": {"customers": [{"name": "Анна"}], "leads": []}}]

    personal_export.write(out, [CARD], known, [Document("documents/1.pdf", "<Договор>", b"%PDF")])

    assert out.stat().st_mode & 0o077 == 0
    with ZipFile(out) as archive:
        assert sorted(archive.namelist()) == ["documents/1.pdf", "index.html", "leads.json"]
        page = archive.read("index.html").decode()
        assert json.loads(archive.read("leads.json"))["customers"] == [{"name": "Анна"}]
    assert "customers" in page
    assert "&lt;Договор&gt;" in page
    assert "<td>leads</td>" not in page, "an empty table is not listed"


@pytest.mark.parametrize(
    ("days", "is_revoked", "soon"), [(10, False, True), (40, False, False), (-1, False, False), (10, True, False)]
)
def test_a_key_that_ends_within_thirty_days_is_told(days: int, is_revoked: bool, soon: bool) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    ends = (now + timedelta(days=days)).isoformat()
    key = {"expires_at": ends, "revoked_at": ends if is_revoked else None}
    assert keys.ends_soon(key, now) is soon
