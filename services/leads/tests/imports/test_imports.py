"""Importing files: every row has an outcome, no row goes in twice, none is lost, whatever dies meanwhile."""

import asyncio
import csv
import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
import yaml
from events.blind_index import BlindIndex
from events.privacy import Keyring, MasterKey
from events.store import Cause, Store
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from leads.capture import Capturer
from leads.imports import worker as working
from leads.imports.becoming import Becoming
from leads.imports.lead_rows import LeadRows
from leads.imports.worker import ImportWorker
from leads_system import INDEX_KEY, MASTER_KEY

from .conftest import MAPPING, STATES, ended, imported, outcomes, row, send, text

Run = Any
LEADS = Path(__file__).parents[2]
X_EDUCATION = yaml.safe_load((LEADS / "mappings/x_education.yaml").read_text())
SAMPLE = Path(__file__).parent / "x_education_sample.csv"
REAL_FILE = LEADS.parents[1].parent / "shared/data/x_education_leads.csv"
CAPTURER = Capturer(Keyring(MasterKey(MASTER_KEY)), BlindIndex(INDEX_KEY))
BECOMING = Becoming(("spam",))
CAUSE, NOW = Cause("test", UUID(int=1)), datetime(2026, 3, 2, tzinfo=UTC)
FAULTS = [row(3, Created="?"), row(4, ID=""), row(5, Phone="x", Mail="")]


class _Dying(ImportWorker):
    """Takes so many portions and is then cut off; ``go_on`` is the portion it had in hand."""

    def __init__(self, store: Store, kinds: Any, portions: int) -> None:
        super().__init__(store, kinds)
        self._left = portions
        self._in_hand: Any = None

    async def _take(self, run: Any, portion: Any) -> None:
        if not self._left:
            self._in_hand = (run, portion)
            raise ConnectionAbortedError
        self._left -= 1
        await super()._take(run, portion)

    async def go_on(self) -> None:
        await super()._take(*self._in_hand)


async def test_every_row_has_an_outcome_and_running_again_adds_nothing(run: Run) -> None:
    rows = [row(1), row(2, Phone=row(1)["Phone"]), *FAULTS, row(1)]
    async with run() as leads:
        first = await imported(leads, text(rows))
        assert (first["state"], first["rows_total"], first["rows_done"]) == ("done", 6, 6)
        assert outcomes(first) == (1, 1, 1, 3)
        assert sum(reason["rows"] for reason in first["reasons"]) == 3
        events = await leads.pool.fetchval("SELECT count(*) FROM events")
        # when: the very same file, and then the same rows in another file
        same = await send(leads, text(rows))
        assert (same.status_code, same.json()["import_id"]) == (200, first["import_id"])
        second = await imported(leads, text(rows) + b"\n")
        assert outcomes(second) == (0, 0, 3, 3)
        assert await leads.pool.fetchval("SELECT count(*) FROM events") == events
        # and: the files are gone, what was rejected waits once
        assert await leads.pool.fetchval("SELECT count(*) FROM import_chunks") == 0
        kept = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        assert sorted(item["reason"] for item in kept) == sorted(reason["reason"] for reason in first["reasons"])


async def test_rejected_rows_are_downloaded_repaired_and_imported_again(run: Run) -> None:
    async with run() as leads:
        first = await imported(leads, text([row(1), row(2, Created="?", City="=1+1")]))
        path = f"/imports/{first['import_id']}/rejected.csv"
        (rejected,) = csv.DictReader(io.StringIO((await leads.call("GET", path, "head")).text.removeprefix("\ufeff")))
        assert (rejected["_line"], rejected["City"], rejected["Phone"]) == ("3", "'=1+1", "'+79120000002")
        # when
        repaired = {name: value for name, value in rejected.items() if name[0] != "_"} | {"Created": "05.03.2025 12:30"}
        second = await imported(leads, text([repaired]))
        # then: it went in as it was meant, and waits no longer
        assert outcomes(second) == (1, 0, 0, 0)
        assert (await leads.call("GET", "/quarantined-requests")).json()["requests"] == []
        assert (await leads.call("GET", path, "head")).text.removeprefix("\ufeff").strip() == "_line,_reason"
        counts = (await leads.call("GET", "/counts")).json()
        assert (counts["accepted"], counts["captured"], counts["quarantined"]) == (2, 2, 0)


async def test_a_kept_row_is_corrected_and_replayed_with_its_mapping(run: Run) -> None:
    async with run() as leads:
        await imported(leads, text([row(1, Created="?")]))
        (item,) = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        path = f"/quarantined-requests/{item['id']}"
        body = (await leads.call("GET", path)).json()["original_body"]["text"]
        await leads.call("PUT", f"{path}/body", json={"text": body.replace('"?"', '"05.03.2025 12:30"')})
        assert (await leads.call("POST", f"{path}/replay")).json()["state"] == "done"
        assert outcomes(await imported(leads, text([row(1)]))) == (0, 0, 1, 0)


async def test_a_dry_run_foresees_and_does_nothing_and_can_then_be_started(run: Run) -> None:
    rows = [row(1), row(2, Phone=row(1)["Phone"]), *FAULTS, row(6)]
    async with run() as leads:
        await imported(leads, text([row(6), row(7)]), name="before")
        events = await leads.pool.fetchval("SELECT count(*) FROM events")
        seen = await imported(leads, text(rows), dry_run="true")
        assert outcomes(seen) == (1, 2, 0, 3)
        assert await leads.pool.fetchval("SELECT count(*) FROM events") == events
        assert (await leads.call("GET", "/quarantined-requests")).json()["requests"] == []
        # when
        started = await leads.call("POST", f"/imports/{seen['import_id']}/start", "head")
        done = await ended(leads, started.json()["import_id"])
        again = await leads.call("POST", f"/imports/{seen['import_id']}/start", "head")
        # then
        assert outcomes(done) == outcomes(seen)
        assert again.json()["import_id"] == done["import_id"]
        assert (await leads.call("POST", f"/imports/{done['import_id']}/start", "head")).status_code == 409


FEW = st.integers(1, 6).map(str)
DAYS, ENDS = st.sampled_from(["01", "02", "?"]), st.sampled_from(["", "Junk", "Sold", "?"])
AGAIN = [("2", "1", "1", "01", end) for end in ("", "Junk")]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.tuples(FEW, FEW, FEW, DAYS, ENDS), min_size=1, max_size=25), size=st.integers(1, 9))
@example(drawn=[*AGAIN, ("1", "1", "1", "01", "")], size=2)
@example(drawn=[*reversed(AGAIN), ("1", "1", "1", "01", "")], size=2)
async def test_what_a_dry_run_foresees_is_what_the_import_does(
    pool: Any, capturer: Capturer, drawn: list[tuple[str, ...]], size: int
) -> None:
    """Whoever shares phones and e-mails with whom, in portions of any size; a row that comes again says nothing."""
    await pool.execute(
        "TRUNCATE imports, import_rejects, import_chunks, intake, touches, identities, leads, customers, keyring"
    )
    rows = [
        (n, row(int(i), Phone=f"+7912000000{p}", Mail=f"{m}@example.com", Created=f"{d}.03.2025 12:30", Status=s))
        for n, (i, p, m, d, s) in enumerate(drawn, 2)
    ]
    kind = LeadRows(capturer, BECOMING)
    sending = working.Sending("old", kind.mapping.model_validate(MAPPING | STATES), CAUSE, NOW, None)
    foresight = kind.foresight()
    seen: Counter[str] = Counter()
    for start in range(0, len(rows), size):
        async with pool.acquire() as connection:
            seen.update((await foresight.take(connection, sending, rows[start : start + size])).outcomes)
    done: Counter[str] = Counter()
    told: Counter[UUID] = Counter()
    for start in range(0, len(rows), size):
        async with pool.acquire() as connection, connection.transaction():
            taken = await kind.take(connection, sending, rows[start : start + size])
        done.update(taken.outcomes)
        for append in taken.appends:
            assert append.expected_version == told[append.stream_id]
            told[append.stream_id] += len(append.events)
    assert seen == done
    versions = await pool.fetch("SELECT id, version FROM leads")
    assert {row["id"]: row["version"] for row in versions} == {row["id"]: told[row["id"]] for row in versions}


async def test_a_lead_becomes_what_the_file_says_of_it_once(run: Run) -> None:
    rows = [
        row(1, Status="sold", Owner="Anna", Closed="07.03.2025"),
        row(2, Status="Junk"),
        row(3, Status="", Owner="Somebody else"),
        row(4, Status="Lunch"),
        row(5, Owner="Boris"),
        row(6, Status="Fraud"),
    ]
    rows = [{"Status": "", "Owner": "", "Closed": "", **one} for one in rows]
    async with run() as leads:
        await leads.call("PUT", "/managers/anna", "head", json={"name": "Anna"})
        foreseen = await imported(leads, text(rows), mapping=MAPPING | STATES, dry_run="true")
        first = await imported(leads, text(rows), mapping=MAPPING | STATES)
        assert outcomes(first) == outcomes(foreseen) == (3, 0, 0, 3)
        assert {reason["reason"] for reason in first["reasons"]} == {
            "column Status: the mapping says nothing of this value",
            "manager: there is no active manager boris",
            "state: fraud is not on the list of reasons",
        }
        listed = (await leads.call("GET", "/leads")).json()["leads"]
        assert {
            (one["status"], one["temperature"], one["reason"], one["manager_id"], one["version"]) for one in listed
        } == {
            ("qualified", "hot", None, "anna", 3),
            ("disqualified", None, "spam", None, 2),
            ("new", None, None, None, 1),
        }
        told = await leads.pool.fetch("SELECT data, occurred_at FROM events WHERE type = 'lead.qualified.v1'")
        assert [(orjson.loads(one["data"])["is_past"], one["occurred_at"].isoformat()) for one in told] == [
            (True, "2025-03-06T21:00:00+00:00")
        ]
        # when people work on, and the file comes again
        (lead,) = (one for one in listed if one["status"] == "new")
        await leads.call("POST", f"/leads/{lead['lead_id']}/qualify", json={"temperature": "cold"})
        again = await imported(leads, text(rows) + b"\n", mapping=MAPPING | STATES)
        # then
        assert outcomes(again) == (0, 0, 3, 3)
        assert await leads.pool.fetchval("SELECT count(*) FROM events WHERE type = 'lead.qualified.v1'") == 2


async def test_a_kept_row_that_is_replayed_becomes_what_it_says_too(run: Run) -> None:
    async with run() as leads:
        await imported(leads, text([row(1, Status="Lunch")]), mapping=MAPPING | {"state": STATES["state"]})
        (item,) = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        path = f"/quarantined-requests/{item['id']}"
        body = (await leads.call("GET", path)).json()["original_body"]["text"]
        await leads.call("PUT", f"{path}/body", json={"text": body.replace("Lunch", "Junk")})
        assert (await leads.call("POST", f"{path}/replay")).json()["state"] == "done"
        (lead,) = (await leads.call("GET", "/leads")).json()["leads"]
        assert (lead["status"], lead["reason"]) == ("disqualified", "spam")


async def test_an_import_whose_process_dies_goes_on_where_it_was_and_repeats_no_row(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "PORTION", 7)
    rows = [row(n) for n in range(1, 61)]
    async with run(roles=frozenset(("api",))) as leads:
        import_id = (await send(leads, text(rows))).json()["import_id"]
        store = Store("leads", leads.pool)
        kinds = {"leads": LeadRows(CAPTURER, BECOMING)}
        # given: a process that takes three portions and is then stopped for longer than its lease
        zombie = _Dying(store, kinds, portions=3)
        with pytest.raises(ConnectionAbortedError):
            await zombie.work(asyncio.Event())
        assert (await leads.call("GET", f"/imports/{import_id}", "head")).json()["rows_done"] == 21
        await leads.pool.execute("UPDATE imports SET leased_until = now() - interval '1 s'")
        # when: another goes on, and the first one wakes
        assert await ImportWorker(store, kinds).work(asyncio.Event())
        with pytest.raises(working._Gone):
            await zombie.go_on()
        # then
        card = await ended(leads, import_id)
        assert (card["rows_done"], outcomes(card)) == (60, (60, 0, 0, 0))
        assert await leads.pool.fetchval("SELECT count(*) FROM leads") == 60


async def test_a_cancelled_import_keeps_what_it_took_and_goes_on_when_it_is_sent_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "PORTION", 7)
    content = text([row(n) for n in range(1, 31)])
    async with run(roles=frozenset(("api",))) as leads:
        import_id = (await send(leads, content)).json()["import_id"]
        dying = _Dying(Store("leads", leads.pool), {"leads": LeadRows(CAPTURER, BECOMING)}, portions=2)
        with pytest.raises(ConnectionAbortedError):
            await dying.work(asyncio.Event())
        assert (await leads.call("POST", f"/imports/{import_id}/cancel", "head")).json()["state"] == "cancelled"
        with pytest.raises(working._Gone):
            await dying.go_on()
        assert (await send(leads, content)).json()["import_id"] == import_id
        await ImportWorker(Store("leads", leads.pool), {"leads": LeadRows(CAPTURER, BECOMING)}).work(asyncio.Event())
        card = await ended(leads, import_id)
        assert (card["state"], card["rows_done"], card["captured"]) == ("done", 30, 30)


async def test_a_row_that_breaks_its_portion_is_kept_and_the_others_go_in(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = Capturer.capture

    async def breaking(self: Capturer, connection: Any, captures: Any) -> Any:
        if any(c.inquiry.provider_id == "13" for c in captures):
            raise asyncpg.DataError("out of range")
        return await capture(self, connection, captures)

    monkeypatch.setattr(Capturer, "capture", breaking)
    async with run() as leads:
        card = await imported(leads, text([row(n) for n in range(1, 31)]))
        assert outcomes(card) == (29, 0, 0, 1)
        assert card["reasons"] == [{"reason": "internal error: DataError", "rows": 1}]
        (item,) = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        monkeypatch.setattr(Capturer, "capture", capture)
        assert (await leads.call("POST", f"/quarantined-requests/{item['id']}/replay")).json()["state"] == "done"


async def test_a_file_that_is_no_table_fails_with_its_reason(run: Run) -> None:
    async with run() as leads:
        card = await imported(leads, b"PK\x05\x06" + bytes(18))
        assert (card["state"], card["rows_done"]) == ("failed", 0)
        assert "workbook" in card["failure"]


async def test_a_mapping_is_saved_versioned_and_used_by_its_name(run: Run) -> None:
    async with run() as leads:
        body = {"kind": "leads", "mapping": MAPPING}
        saved = await leads.call("PUT", "/import-mappings/old-crm", "head", json=body)
        assert (saved.json()["version"], saved.headers["etag"]) == (1, '"1"')
        stale = await leads.call("PUT", "/import-mappings/old-crm", "head", json=body, headers={"if-match": '"7"'})
        assert stale.status_code == 412
        fresh = await leads.call("PUT", "/import-mappings/old-crm", "head", json=body, headers={"if-match": '"1"'})
        assert fresh.json()["version"] == 2
        assert outcomes(await imported(leads, text([row(1)]), mapping="old-crm")) == (1, 0, 0, 0)
        assert (await send(leads, text([row(1)]), mapping="new-crm")).status_code == 404
        assert (await send(leads, text([row(1)]), mapping="old-crm", kind="ad-spend")).status_code == 422
        assert (await leads.call("DELETE", "/import-mappings/old-crm", "head")).status_code == 204
        assert (await leads.call("GET", "/import-mappings", "head")).json() == []


@pytest.mark.parametrize(
    ("mapping", "pointer"),
    [
        ({"row_id": "ID", "columns": {"shoe_size": "S"}}, "#/mapping/columns"),
        ("{", "#/mapping"),
        ({}, "#/mapping/row_id"),
    ],
)
async def test_a_mapping_with_a_fault_is_refused_before_the_file_is_taken(run: Run, mapping: Any, pointer: str) -> None:
    async with run() as leads:
        answer = await send(leads, text([row(1)]), mapping=mapping)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)
        assert await leads.pool.fetchval("SELECT count(*) FROM imports") == 0


async def test_who_does_not_see_a_line_of_business_cannot_import_into_it(run: Run) -> None:
    async with run(head_directions=["wholesale"]) as leads:
        card = await imported(leads, text([row(1)]))
        assert outcomes(card) == (0, 0, 0, 1)
        assert "line of business" in card["reasons"][0]["reason"]
        assert (await send(leads, text([row(1)]), role="manager")).status_code == 403


async def test_rows_that_another_sent_show_no_cells_to_who_does_not_see_customers(run: Run) -> None:
    async with run() as leads:
        card = await imported(leads, text([row(1, Created="?")]), role="head")
        path = f"/imports/{card['import_id']}/rejected.csv"
        head, marketer = [(await leads.call("GET", path, role)).text for role in ("head", "marketer")]
        assert "Петрова-1" in head
        (told,) = csv.DictReader(io.StringIO(marketer.removeprefix("\ufeff")))
        assert told.keys() == {"_line", "_reason"}
        own = await imported(leads, text([row(2, Created="?")]), role="marketer", name="hers")
        shown = await leads.call("GET", f"/imports/{own['import_id']}/rejected.csv", "marketer")
        assert "Петрова-2" in shown.text


async def test_leads_of_an_education_company_are_imported_by_their_mapping(run: Run) -> None:
    await _prove_channels(run, SAMPLE.read_bytes())


@pytest.mark.slow
async def test_the_whole_real_file_gives_the_channels_that_a_count_of_the_file_gives(run: Run) -> None:
    if not REAL_FILE.exists():
        pytest.skip(f"the real file is not here: {REAL_FILE.name} is looked for in shared/data beside the repository")
    await _prove_channels(run, REAL_FILE.read_bytes())


async def _prove_channels(run: Run, content: bytes) -> None:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    expected = Counter(row["Lead Source"].strip().lower() or "unknown" for row in rows)
    mapping = {key: value for key, value in X_EDUCATION.items() if key != "name"}
    async with run() as leads:
        card = await imported(leads, content, mapping=mapping)
        assert outcomes(card) == (len(rows), 0, 0, 0)
        found = await leads.pool.fetch("SELECT channel, count(*) AS n FROM leads GROUP BY 1")
        assert {row["channel"]: row["n"] for row in found} == expected
        converted = await leads.pool.fetchval("SELECT count(*) FROM leads WHERE status = 'qualified'")
        assert converted == sum(row.get("Converted") == "1" for row in rows)
        again = await imported(leads, content + b"\n", mapping=mapping)
        assert outcomes(again) == (0, 0, len(rows), 0)
