"""Work on won deals by HTTP, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from deals_system import System
from events.contracts.deals import DealWon

STAGES = [
    {"code": "layout", "title": "Макет", "responsible_id": "anna", "due_on": "2026-03-10"},
    {"code": "print", "title": "Печать", "responsible_id": "boris"},
]
TEMPLATE = {
    "title_ru": "Работы по сделке",
    "title_en": "Work of a deal",
    "stages": [
        {"code": "layout", "title_ru": "Макет", "title_en": "Layout", "role": "manager", "due_after_days": 3},
        {"code": "print", "title_ru": "Печать", "title_en": "Print", "role": "printer", "responsible_id": "pavel"},
    ],
    "guarantee_days": 365,
    "opens_when_won": True,
    "deal_types": ["first_sale"],
}


async def won(system: System, **fields: Any) -> dict[str, Any]:
    deal = await system.opened(**{"manager_id": "anna", **fields})
    answer = await system.manager.post(f"/deals/{deal['deal_id']}/win")
    assert answer.status_code == 200
    return dict(answer.json())


async def heard_of_wins(system: System) -> None:
    """What the service said itself comes back to it."""
    for row in await system.pool.fetch("SELECT stream_id, data FROM events WHERE type = 'deal.won.v1'"):
        await system.hears(row["stream_id"], DealWon.model_validate_json(row["data"]))


async def test_work_goes_from_its_stages_over_edits_and_acceptance_to_the_guarantee(system: System) -> None:
    value = {"amount": "45000.00", "currency": "RUB"}
    path = f"/deals/{(await won(system, value=value))['deal_id']}/work"
    opened = await system.manager.post(path, {"stages": STAGES, "guarantee_days": 30})
    assert (opened.status_code, opened.headers["etag"], opened.json()["state"]) == (201, '"1"', "open")
    assert (await system.manager.post(path, {"stages": STAGES})).status_code == 200

    started = await system.manager.post(f"{path}/stages/layout/start", {"on": "2026-03-05"}, if_match='"1"')
    assert started.json()["stages"][0]["started_on"] == "2026-03-05"
    stale = await system.manager.post(f"{path}/stages/layout/finish", {"on": "2026-03-09"}, if_match='"1"')
    assert stale.status_code == 412
    await system.manager.post(f"{path}/stages/layout/finish", {"on": "2026-03-09"}, if_match='"2"')
    open_stages = await system.manager.post(f"{path}/accept", {"accepted_by": "Пётр Иванов"})
    assert (open_stages.status_code, open_stages.json()["code"]) == (409, "stages_open")
    await system.manager.post(f"{path}/stages/print/skip", {"reason": "Печатают сами"})

    asked = await system.manager.post(f"{path}/edits", {"text": "Поменять логотип"}, idempotency_key="letter-17")
    repeat = await system.manager.post(f"{path}/edits", {"text": "Поменять логотип"}, idempotency_key="letter-17")
    assert asked.json()["edits_to_make"] == repeat.json()["edits_to_make"] == 1
    history = (await system.manager.get(f"{path}/history")).json()
    (edit,) = (entry["facts"] for entry in history["entries"] if entry["type"] == "work.edits-requested.v1")
    assert (history["texts"], edit["text"]) == ("readable", "Поменять логотип")
    await system.manager.post(f"{path}/edits/{edit['edit_id']}/made")

    accepted = await system.manager.post(f"{path}/accept", {"accepted_by": "Пётр Иванов", "on": "2026-03-11"})
    assert (accepted.json()["state"], accepted.json()["accepted_on"]) == ("accepted", "2026-03-11")
    early = await system.manager.post(f"{path}/complete", {"on": "2026-03-12"})
    assert (early.status_code, early.json()["code"]) == (409, "not_settled")
    assert early.json()["detail"].startswith("45000.00 RUB are not paid and no closing document is named.")
    completed = await system.manager.post(f"{path}/complete", {"on": "2026-03-12", "because": "Платит помесячно"})
    assert (completed.json()["state"], completed.json()["guarantee_until"]) == ("completed", "2026-04-11")
    texts = await system.pool.fetchval("SELECT string_agg(data::text, ' ') FROM events")
    assert "Иванов" not in texts
    assert "логотип" not in texts
    assert "помесячно" not in texts
    last = (await system.manager.get(f"{path}/history")).json()["entries"][-1]["facts"]
    assert (last["unpaid"], last["because"]) == (value, "Платит помесячно")


async def test_work_is_opened_on_won_deals_that_the_caller_sees(system: System) -> None:
    deal = await system.opened()
    refused = await system.manager.post(f"/deals/{deal['deal_id']}/work", {"stages": STAGES})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_won")
    west = await won(system, direction="west")
    hidden = await system.callers["east"].post(f"/deals/{west['deal_id']}/work", {"stages": STAGES})
    assert hidden.status_code == 404
    assert (await system.manager.get(f"/deals/{west['deal_id']}/work")).status_code == 404
    assert (await system.callers["bi"].post(f"/deals/{west['deal_id']}/work", {"stages": STAGES})).status_code == 403


async def test_a_won_deal_gets_its_work_by_the_rule_of_a_template_once(system: System) -> None:
    saved = await system.callers["head"].put("/work-templates/default", TEMPLATE)
    assert (saved.status_code, saved.headers["etag"]) == (200, '"1"')
    assert (await system.callers["head"].put("/work-templates/default", TEMPLATE)).headers["etag"] == '"1"'
    first, repeat = await won(system), await won(system, deal_type="repeat_sale")
    await heard_of_wins(system)
    await heard_of_wins(system)
    work = (await system.manager.get(f"/deals/{first['deal_id']}/work")).json()
    assert [(stage["code"], stage["responsible_id"]) for stage in work["stages"]] == [
        ("layout", "anna"),
        ("print", "pavel"),
    ]
    assert (work["template"], work["version"]) == ("default", 1)
    assert (await system.manager.get(f"/deals/{repeat['deal_id']}/work")).status_code == 404
    assert await system.pool.fetchval("SELECT count(*) FROM events WHERE type = 'work.opened.v1'") == 1


async def test_what_is_late_is_told_once_and_stands_in_the_list(system: System) -> None:
    path = f"/deals/{(await won(system))['deal_id']}/work"
    work = (await system.manager.post(path, {"stages": STAGES})).json()
    listed = (await system.manager.get("/work", overdue=True)).json()["works"]
    assert listed == []
    assert await system.parts.work.worker.run_due() == 1
    assert await system.parts.work.worker.run_due() == 0
    listed = (await system.manager.get("/work", overdue=True, responsible_id="anna")).json()["works"]
    assert [entry["work_id"] for entry in listed] == [work["work_id"]]
    assert (await system.manager.get("/work", overdue=True, responsible_id="boris")).json()["works"] == []
    assert await system.pool.fetchval("SELECT count(*) FROM events WHERE type = 'work.stage-overdue.v1'") == 1

    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    moved = {**STAGES[0], "due_on": tomorrow}
    moved.pop("code")
    planned = (await system.manager.put(f"{path}/stages/layout", moved)).json()
    assert planned["stages"][0]["is_overdue"] is False
    assert await system.parts.work.worker.run_due() == 0
    due_at = await system.pool.fetchval("SELECT due_at FROM tasks")
    assert due_at == datetime.fromisoformat(f"{tomorrow}T00:00:00+03:00") + timedelta(days=1)


async def test_the_end_of_a_guarantee_is_told_once(system: System) -> None:
    path = f"/deals/{(await won(system))['deal_id']}/work"
    await system.manager.post(path, {"stages": STAGES[1:]})
    await system.manager.post(f"{path}/stages/print/finish", {"on": "2026-01-10"})
    await system.manager.post(f"{path}/accept", {"accepted_by": "Пётр Иванов", "on": "2026-01-10"})
    await system.manager.post(f"{path}/complete", {"on": "2026-01-10", "guarantee_until": "2026-02-10", "because": "-"})
    assert await system.parts.work.worker.run_due() == 1
    assert await system.parts.work.worker.run_due() == 0
    assert (await system.manager.get(path)).json()["guarantee_ended"] is True
    assert await system.pool.fetchval("SELECT count(*) FROM events WHERE type = 'work.guarantee-ended.v1'") == 1


async def test_the_tables_say_what_the_streams_say(system: System) -> None:
    path = f"/deals/{(await won(system))['deal_id']}/work"
    work = (await system.manager.post(path, {"stages": STAGES})).json()
    await system.manager.post(f"{path}/stages/layout/start")
    history = await system.parts.store.load(UUID(work["work_id"]))
    shown = (await system.manager.get(path)).json()
    assert shown["version"] == len(history)
    assert [entry["version"] for entry in (await system.manager.get(f"{path}/history")).json()["entries"]] == [1, 2]
