"""Pipelines by HTTP, and what a new version means for deals that are in work."""

from __future__ import annotations

import asyncio
from typing import Any

from deals.pipelines.files import load
from deals.pipelines.live import LivePipelines
from deals.pipelines.seed import SettingUp
from deals_system import System


def stage(code: str, kind: str = "open", **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "title_ru": code, "title_en": code, "probability": "0.5", **more}


def wholesale(*stages: dict[str, Any]) -> dict[str, Any]:
    return {
        "title_ru": "Опт",
        "title_en": "Wholesale",
        "stages": [*stages, stage("won", "won"), stage("lost", "lost")],
        "loss_reasons": [{"code": "other", "title_ru": "Другое", "title_en": "Other"}],
        "deal_types": [{"code": "tender", "title_ru": "Тендер", "title_en": "Tender"}],
    }


async def created(system: System, *stages: dict[str, Any]) -> dict[str, Any]:
    answer = await system.callers["head"].post("/pipelines", {"code": "wholesale", **wholesale(*stages)})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def ended(component: SettingUp) -> None:
    """The component has run until it had nothing left to do."""
    stopping = asyncio.Event()
    running = asyncio.create_task(component.run(stopping))
    while await component.ready() is not None:
        await asyncio.sleep(0.01)
    stopping.set()
    await running


async def test_the_default_pipeline_is_set_up_once_by_however_many_processes(system: System) -> None:
    others = [SettingUp(LivePipelines(), load(), system.parts.store, frozenset(("api",))) for _ in range(4)]
    await asyncio.gather(*(ended(other) for other in others))
    saved = await system.pool.fetch("SELECT data FROM events WHERE type = 'pipeline.saved.v1'")
    (pipeline,) = (await system.manager.get("/pipelines")).json()
    assert (len(saved), pipeline["code"], pipeline["version"], pipeline["revision"]) == (1, "default", 1, 1)


async def test_a_pipeline_that_was_retired_is_not_set_up_again(system: System) -> None:
    assert (await system.callers["head"].post("/pipelines/default/retire")).json()["is_retired"] is True
    await ended(SettingUp(LivePipelines(), load(), system.parts.store, frozenset(("api",))))
    assert (await system.manager.get("/pipelines")).json() == []
    assert [one["code"] for one in (await system.manager.get("/pipelines", retired=True)).json()] == ["default"]


async def test_a_pipeline_is_created_saved_and_read_in_every_version(system: System) -> None:
    head = system.callers["head"]
    guidance = {
        "script_ru": "Здравствуйте",
        "checklist": [{"code": "needs", "title_ru": "Задача", "title_en": "Needs", "required": True}],
        "objections": [{"objection_ru": "Дорого", "objection_en": "Dear", "answer_ru": "Да", "answer_en": "Yes"}],
    }
    first = await created(system, stage("talk", guidance=guidance, days=3))
    again = await head.post("/pipelines", {"code": "wholesale", **wholesale(stage("talk", guidance=guidance, days=3))})
    other = await head.post("/pipelines", {"code": "wholesale", **wholesale(stage("pay"))})
    saved = await head.put("/pipelines/wholesale", wholesale(stage("talk"), stage("pay")), if_match='"1"')
    stale = await head.put("/pipelines/wholesale", wholesale(stage("pay")), if_match='"1"')
    assert (again.status_code, again.json()) == (200, first)
    assert (other.status_code, other.json()["hint"]) == (409, "rule: pipeline_exists")
    assert (saved.status_code, saved.json()["version"], saved.headers["etag"]) == (200, 2, '"2"')
    assert stale.status_code == 412
    versions = (await system.manager.get("/pipelines/wholesale/versions")).json()
    old = (await system.manager.get("/pipelines/wholesale/versions/1")).json()
    assert [(one["version"], one["saved_by"]) for one in versions] == [(2, "key:head"), (1, "key:head")]
    assert old["stages"][0]["guidance"]["checklist"][0]["code"] == "needs"
    assert (await system.manager.get("/pipelines/wholesale/versions/7")).status_code == 404
    assert (await system.manager.get("/pipelines/retail")).status_code == 404


async def test_only_heads_set_pipelines_up(system: System) -> None:
    body = wholesale(stage("talk"))
    assert (await system.manager.post("/pipelines", {"code": "wholesale", **body})).status_code == 403
    assert (await system.manager.put("/pipelines/default", body)).status_code == 403
    assert (await system.manager.post("/pipelines/default/retire")).status_code == 403


async def test_a_stage_that_is_left_out_keeps_its_deals_until_they_are_moved_on(system: System) -> None:
    await created(system, stage("talk", days=3), stage("pay"))
    deal = await system.opened(pipeline="wholesale")
    other = await system.opened(pipeline="wholesale", stage="pay")
    path = f"/deals/{deal['deal_id']}"
    await system.callers["head"].put("/pipelines/wholesale", wholesale(stage("sign"), stage("pay")))

    board = (await system.manager.get("/board", pipeline="wholesale")).json()
    assert [(one["code"], one["former"], one["deals"]) for one in board["stages"]] == [
        ("sign", False, 0), ("pay", False, 1), ("won", False, 0), ("lost", False, 0), ("talk", True, 1),
    ]  # fmt: skip
    valued = await system.manager.post(f"{path}/value", {"value": {"amount": "10", "currency": "RUB"}})
    entered = await system.manager.post(f"/deals/{other['deal_id']}/move", {"to_stage": "talk"})
    moved = await system.manager.post(f"{path}/move", {"to_stage": "sign"})
    back = await system.manager.post(f"{path}/move", {"to_stage": "talk"})
    assert (valued.status_code, valued.json()["stage"]) == (200, "talk")
    assert (entered.status_code, entered.json()["hint"]) == (422, "rule: unknown_stage")
    assert (moved.status_code, moved.json()["stage"]) == (200, "sign")
    assert back.status_code == 422
    board = (await system.manager.get("/board", pipeline="wholesale")).json()
    assert "talk" not in [one["code"] for one in board["stages"]]
    told = await system.pool.fetch(
        "SELECT type, data::jsonb->>'pipeline_version' AS v FROM events WHERE stream_id = $1 ORDER BY version",
        deal["deal_id"],
    )
    assert [(row["type"], row["v"]) for row in told if row["v"]] == [
        ("deal.opened.v1", "1"),
        ("deal.stage-changed.v1", "2"),
    ]


async def test_a_deal_is_won_out_of_a_stage_that_was_left_out(system: System) -> None:
    await created(system, stage("talk"), stage("pay"))
    deal = await system.opened(pipeline="wholesale")
    await system.callers["head"].put("/pipelines/wholesale", wholesale(stage("pay")))
    won = await system.manager.post(f"/deals/{deal['deal_id']}/win")
    assert (won.status_code, won.json()["state"]) == (200, "won")


async def test_a_retired_pipeline_takes_no_deals_and_those_in_it_go_on(system: System) -> None:
    await created(system, stage("talk"), stage("pay"))
    deal = await system.opened(pipeline="wholesale")
    await system.callers["head"].post("/pipelines/wholesale/retire")
    body = {"customer_id": str(system.leads.customer()), "pipeline": "wholesale"}
    refused = await system.manager.post("/deals", body)
    moved = await system.manager.post(f"/deals/{deal['deal_id']}/move", {"to_stage": "pay"})
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: pipeline_retired")
    assert (moved.status_code, moved.json()["stage"]) == (200, "pay")


async def test_a_deal_is_of_a_type_that_its_pipeline_knows(system: System) -> None:
    await created(system, stage("talk"))
    deal = await system.opened(pipeline="wholesale", deal_type="tender")
    body = {"customer_id": str(system.leads.customer()), "deal_type": "tender"}
    refused = await system.manager.post("/deals", body)
    listed = (await system.manager.get("/deals", deal_type="tender")).json()["deals"]
    assert (refused.status_code, refused.json()["hint"]) == (422, "rule: unknown_type")
    assert [one["deal_id"] for one in listed] == [deal["deal_id"]]


async def test_another_process_judges_by_a_new_version_as_soon_as_it_is_saved(system: System) -> None:
    elsewhere = LivePipelines()
    async with asyncio.timeout(60):
        while not (before := await elsewhere.now(system.pool)):
            await asyncio.sleep(0.05)  # the service sets up those of its start
    assert await elsewhere.now(system.pool) is before
    await created(system, stage("talk"))
    assert (await elsewhere.now(system.pool))["wholesale"].version == 1
    await system.callers["head"].put("/pipelines/wholesale", wholesale(stage("pay")))
    assert (await elsewhere.now(system.pool))["wholesale"].version == 2
