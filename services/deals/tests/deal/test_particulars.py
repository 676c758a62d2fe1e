"""What is written on a deal besides its stage: the rules, and by HTTP with everything personal sealed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from deals.deal.decide import decider
from deals.deal.orders import (
    AddParticipant,
    ChangeOrganisation,
    ExpectClose,
    RemoveParticipant,
    RenameDeal,
    Retag,
    WriteNote,
)
from deals.deal.particulars import MOST_PARTICIPANTS, MOST_TAGS
from deals.money import CENT, money
from deals.pipelines import files
from deals_system import System
from events.contracts.deals import (
    DealCloseExpected,
    DealNoted,
    DealOpened,
    DealOrganisationChanged,
    DealParticipantAdded,
    DealParticipantRemoved,
    DealRenamed,
    DealTagged,
    DealUntagged,
    DealWon,
)
from events.sealed import Sealed
from events.testing import given

DEAL, CUSTOMER, PERSON = UUID(int=1), UUID(int=2), UUID(int=3)
IDS: dict[str, Any] = {"deal_id": DEAL, "customer_id": CUSTOMER}
DEALS = decider(files.load())
NOTHING = money(CENT * 0, "RUB")
OPENED = DealOpened(**IDS, number="D-000001", pipeline="default", pipeline_version=1, stage="unsorted", value=NOTHING)
WON = DealWon(**IDS, from_stage="unsorted", stage="won", value=NOTHING)


def test_tags_are_put_on_and_taken_off_and_what_is_so_is_not_told() -> None:
    tagged = DealTagged(**IDS, tags=("a", "b"))
    given(DEALS, OPENED).when(Retag(frozenset("ab"))).then(tagged)
    given(DEALS, OPENED, tagged).when(Retag(frozenset("a"), frozenset("bc"))).then(DealUntagged(**IDS, tags=("b",)))
    given(DEALS, OPENED, tagged).when(Retag(frozenset("ab"), frozenset("c"))).then_nothing()
    many = DealTagged(**IDS, tags=tuple(map(str, range(MOST_TAGS))))
    given(DEALS, OPENED, many).when(Retag(frozenset("a"))).then_rejected("too_many_tags")


def test_a_note_is_written_in_any_state() -> None:
    text: Sealed[str] = Sealed("s1." + "a" * 40)
    given(DEALS, OPENED, WON).when(WriteNote(text)).then(DealNoted(**IDS, text=text))


def test_a_deal_gets_another_title_in_any_state() -> None:
    title: Sealed[str] = Sealed("s1." + "a" * 40)
    renamed = DealRenamed(**IDS, title=title)
    given(DEALS, OPENED, WON).when(RenameDeal(title)).then(renamed)
    given(DEALS, OPENED, renamed).when(RenameDeal(title)).then_nothing()
    given(DEALS, OPENED, renamed).when(RenameDeal(None)).then(DealRenamed(**IDS))


def test_the_day_of_the_close_is_expected_of_deals_in_work() -> None:
    day = date(2026, 4, 30)
    expected = DealCloseExpected(**IDS, expected_on=day)
    given(DEALS, OPENED).when(ExpectClose(day)).then(expected)
    given(DEALS, OPENED, expected).when(ExpectClose(day)).then_nothing()
    given(DEALS, OPENED, expected).when(ExpectClose(None)).then(DealCloseExpected(**IDS))
    given(DEALS, OPENED, WON).when(ExpectClose(day)).then_rejected("already_won")


def test_somebody_takes_part_in_one_role_and_leaves() -> None:
    joined = DealParticipantAdded(**IDS, participant_id=PERSON, role="accountant")
    given(DEALS, OPENED).when(AddParticipant(PERSON, "accountant")).then(joined)
    given(DEALS, OPENED, joined).when(AddParticipant(PERSON, "accountant")).then_nothing()
    given(DEALS, OPENED, joined).when(AddParticipant(PERSON, "decides")).then(
        joined.model_copy(update={"role": "decides"})
    )
    given(DEALS, OPENED, joined).when(RemoveParticipant(PERSON)).then(
        DealParticipantRemoved(**IDS, participant_id=PERSON)
    )
    given(DEALS, OPENED).when(RemoveParticipant(PERSON)).then_nothing()
    given(DEALS, OPENED).when(AddParticipant(CUSTOMER, "decides")).then_rejected("own_customer")
    crowd = [joined.model_copy(update={"participant_id": UUID(int=100 + n)}) for n in range(MOST_PARTICIPANTS)]
    given(DEALS, OPENED, *crowd).when(AddParticipant(PERSON, "one more")).then_rejected("too_many_participants")


def test_the_organisation_changes() -> None:
    changed = DealOrganisationChanged(**IDS, organisation_id=PERSON)
    given(DEALS, OPENED).when(ChangeOrganisation(PERSON)).then(changed)
    given(DEALS, OPENED, changed).when(ChangeOrganisation(None)).then(DealOrganisationChanged(**IDS))
    given(DEALS, OPENED).when(ChangeOrganisation(None)).then_nothing()


async def test_everything_written_on_a_deal_is_read_again(system: System) -> None:
    deal = await system.opened()
    path, person, firm = f"/deals/{deal['deal_id']}", system.leads.customer(), uuid4()
    manager = system.manager
    assert (await manager.post(f"{path}/tags", {"add": [" VIP "], "remove": ["old"]})).json()["tags"] == ["vip"]
    assert (await manager.post(f"{path}/notes", {"text": "Просили скидку"})).status_code == 201
    await manager.put(f"{path}/expected-close", {"on": "2026-04-30"})
    await manager.put(f"{path}/organisation", {"organisation_id": str(firm)})
    await manager.put(f"{path}/participants/{person}", {"role": "accountant"})
    await manager.post(f"{path}/move", {"to_stage": "first_contact"})
    await manager.post(f"{path}/checklist", {"item": "needs"})
    read = (await manager.get(path)).json()
    assert (read["tags"], read["expected_on"], read["organisation_id"]) == (["vip"], "2026-04-30", str(firm))
    assert read["participants"] == [{"customer_id": str(person), "role": "accountant"}]
    assert [(one["text"], one["by"]) for one in read["notes"]] == [("Просили скидку", "key:manager")]
    assert [(one["item"], one["is_done"]) for one in read["checklist"]] == [("needs", True), ("decides", False)]
    assert read["guidance"]["script_en"].startswith("Say who you are")
    for filters in ({"tag": "VIP"}, {"organisation_id": str(firm)}, {"customer_id": str(person)}):
        listed = (await manager.get("/deals", **filters)).json()["deals"]
        assert [one["deal_id"] for one in listed] == [deal["deal_id"]]
    await manager.delete(f"{path}/participants/{person}")
    assert (await manager.get("/deals", customer_id=str(person))).json()["deals"] == []


async def test_the_history_says_who_did_what_and_opens_texts(system: System) -> None:
    deal = await system.opened(title="Договор")
    path = f"/deals/{deal['deal_id']}"
    await system.manager.post(f"{path}/notes", {"text": "Просили скидку"})
    await system.manager.post(f"{path}/reassign", {"manager_id": "boris", "reason": "vacation"})
    told = (await system.manager.get(f"{path}/history")).json()
    assert [one["type"] for one in told["history"]] == ["deal.opened.v1", "deal.noted.v1", "deal.reassigned.v1"]
    assert (told["history"][0]["what"]["title"], told["texts"]) == ("Договор", "readable")
    assert told["history"][1]["what"] == {"text": "Просили скидку"}
    assert told["history"][2]["what"] == {"manager_id": "boris", "reason": "vacation"}
    assert {one["by"] for one in told["history"]} == {"key:manager"}
    await system.erased(UUID(deal["customer_id"]))
    told = (await system.manager.get(f"{path}/history")).json()
    assert (told["history"][1]["what"], told["texts"]) == ({"text": None}, "erased")


async def test_a_title_is_changed_sealed_and_not_told_twice(system: System) -> None:
    deal = await system.opened(title="Договор")
    path = f"/deals/{deal['deal_id']}"
    stale = await system.manager.put(f"{path}/title", {"title": "Сайт"}, if_match='"7"')
    same = await system.manager.put(f"{path}/title", {"title": "Договор"})
    renamed = await system.manager.put(f"{path}/title", {"title": "Сайт под ключ"})
    assert (stale.status_code, same.json()["version"], renamed.json()["version"]) == (412, 1, 2)
    assert (await system.manager.get(path)).json()["title"] == "Сайт под ключ"
    assert "ключ" not in await system.pool.fetchval("SELECT data FROM events WHERE type = 'deal.renamed.v1'")
    await system.manager.put(f"{path}/title", {"title": None})
    told = (await system.manager.get(f"{path}/history")).json()["history"]
    assert [entry["what"].get("title") for entry in told] == ["Договор", "Сайт под ключ", None]
    assert (await system.manager.get(path)).json()["title"] is None


async def test_custom_fields_take_what_they_are_defined_to_and_personal_ones_are_sealed(system: System) -> None:
    head, deal = system.callers["head"], await system.opened()
    path = f"/deals/{deal['deal_id']}"
    options = [{"code": "post", "title": "Почта"}, {"code": "courier", "title": "Курьер"}]
    choice = {"kind": "choice", "title": "Доставка", "options": options, "required": True}
    defined = await head.put("/deal-fields/delivery", choice)
    assert (defined.status_code, defined.json()["personal"], defined.headers["etag"]) == (200, False, '"1"')
    assert (await head.put("/deal-fields/gift", {"kind": "text", "title": "Подарок"})).json()["personal"] is True
    assert (await system.manager.put("/deal-fields/gift", choice)).status_code == 403
    assert (await head.put("/deal-fields/gift", {"kind": "number", "title": "Подарок"})).json()["hint"] == (
        "rule: kind_fixed"
    )
    assert (await system.manager.get(path)).json()["missing_fields"] == ["delivery"]
    wrong = await system.manager.patch(f"{path}/fields", {"fields": {"delivery": "pigeon"}})
    unknown = await system.manager.patch(f"{path}/fields", {"fields": {"colour": "red"}})
    assert [(one.status_code, one.json()["hint"]) for one in (wrong, unknown)] == [
        (422, "rule: bad_value"),
        (422, "rule: unknown_field"),
    ]
    filled = await system.manager.patch(f"{path}/fields", {"fields": {"delivery": "post", "gift": "Шоколад"}})
    same = await system.manager.patch(f"{path}/fields", {"fields": {"delivery": "post", "gift": "Шоколад"}})
    assert (filled.json()["version"], same.json()["version"]) == (2, 2)
    read = (await system.manager.get(path)).json()
    assert (read["fields"], read["missing_fields"]) == ({"delivery": "post", "gift": "Шоколад"}, [])
    stored = await system.pool.fetchval("SELECT data FROM events WHERE type = 'deal.fields-changed.v1'")
    assert "Шоколад" not in stored
    assert "post" in stored
    assert (await head.delete("/deal-fields/gift")).status_code == 204
    refused = await system.manager.patch(f"{path}/fields", {"fields": {"gift": "Чай"}})
    assert refused.status_code == 422
    assert (await system.manager.get(path)).json()["fields"]["gift"] == "Шоколад"
    listed = (await system.manager.get("/deal-fields", retired=True)).json()
    assert [(one["code"], one["retired"]) for one in listed] == [("delivery", False), ("gift", True)]


async def test_a_forced_move_keeps_its_reason_sealed(system: System) -> None:
    ends = [
        {"code": code, "kind": code, "title_ru": code, "title_en": code, "probability": "0"} for code in ("won", "lost")
    ]
    item = {"code": "needs", "title_ru": "Задача", "title_en": "Needs", "required": True}
    talk = {"code": "talk", "kind": "open", "title_ru": "Разговор", "title_en": "Talk", "probability": "0.3"}
    pay = {**talk, "code": "pay"}
    whole = {
        "code": "strict",
        "title_ru": "Строгая",
        "title_en": "Strict",
        "stages": [{**talk, "guidance": {"checklist": [item]}}, pay, *ends],
        "loss_reasons": [{"code": "other", "title_ru": "Другое", "title_en": "Other"}],
    }
    assert (await system.callers["head"].post("/pipelines", whole)).status_code == 201
    deal = await system.opened(pipeline="strict")
    path = f"/deals/{deal['deal_id']}"
    refused = await system.manager.post(f"{path}/move", {"to_stage": "pay"})
    forced = await system.manager.post(f"{path}/move", {"to_stage": "pay", "because": "Торопится"})
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: checklist_incomplete")
    assert "needs" in refused.json()["detail"]
    assert forced.json()["stage"] == "pay"
    told = (await system.manager.get(f"{path}/history")).json()["history"][-1]["what"]
    assert (told["unchecked"], told["because"]) == (["needs"], "Торопится")
    erased, one, two = [await system.opened(pipeline="strict") for _ in range(3)]
    await system.erased(UUID(erased["customer_id"]))
    items = [{"deal_id": it["deal_id"], "to_stage": "pay", "because": "Торопятся"} for it in (erased, one)]
    many = await system.manager.post(
        "/deals/bulk/move", {"items": [*items, {"deal_id": two["deal_id"], "to_stage": "pay"}]}
    )
    assert [(item["outcome"], item["rule"]) for item in many.json()["items"]] == [
        ("refused", "no_key"),
        ("done", None),
        ("refused", "checklist_incomplete"),
    ]
    history = (await system.manager.get(f"/deals/{one['deal_id']}/history")).json()["history"]
    assert history[-1]["what"]["because"] == "Торопятся"
    assert "Торопится" not in await system.pool.fetchval("SELECT data FROM events WHERE type = 'deal.stage-changed.v1'")


async def test_a_deal_that_is_put_off_wakes_when_its_time_has_come(system: System) -> None:
    deal, manager = await system.opened(manager_id="anna"), system.manager
    path, soon = f"/deals/{deal['deal_id']}", datetime.now(UTC) + timedelta(hours=1)
    later = await manager.post(f"{path}/nurture", {"wake_at": "2031-01-01T09:00:00+03:00"})
    assert (later.json()["state"], later.json()["wake_at"]) == ("nurture", "2031-01-01T06:00:00Z")
    await manager.post(f"{path}/nurture", {"wake_at": soon.isoformat()})
    worker = system.parts.deal.worker
    assert await worker.run_due() == 0
    await system.pool.execute("UPDATE tasks SET due_at = now() WHERE due_at < now() + interval '2 hours'")
    assert (await worker.run_due(), await worker.run_due()) == (1, 0)
    read = (await manager.get(path)).json()
    assert (read["state"], read["wake_at"]) == ("nurture", None)
    told = await system.pool.fetch("SELECT type FROM events WHERE stream_id = $1 ORDER BY version", deal["deal_id"])
    assert [row["type"] for row in told][-2:] == ["deal.put-off.v1", "deal.woken.v1"]
    assert await system.pool.fetchval("SELECT count(*) FROM tasks WHERE kind = 'deals.wake'") == 1


async def test_a_won_deal_is_followed_by_a_repeat_sale(system: System) -> None:
    deal = await system.opened(manager_id="anna", direction="east")
    path = f"/deals/{deal['deal_id']}"
    early = await system.manager.post(f"{path}/repeat")
    await system.manager.post(f"{path}/win")
    repeat = await system.manager.post(f"{path}/repeat", {"title": "Ещё раз"}, idempotency_key="once")
    again = await system.manager.post(f"{path}/repeat", {"title": "Ещё раз"}, idempotency_key="once")
    assert (early.status_code, early.json()["hint"]) == (409, "rule: not_won")
    assert (repeat.status_code, again.status_code, repeat.json() == again.json()) == (201, 200, True)
    told = repeat.json()
    assert (told["previous_deal_id"], told["deal_type"]) == (deal["deal_id"], "repeat_sale")
    assert (told["customer_id"], told["manager_id"], told["direction"]) == (deal["customer_id"], "anna", "east")


async def test_the_board_shows_cards_and_what_stays_too_long(system: System) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    customer = str(system.leads.customer())
    body = {"customer_id": customer, "occurred_at": old.isoformat(), "value": {"amount": "10", "currency": "RUB"}}
    stale = (await system.callers["head"].post("/deals", body)).json()
    fresh = await system.opened(value={"amount": "5", "currency": "RUB"})
    first = (await system.manager.get("/board")).json()["stages"][0]
    assert (first["code"], first["days"], first["deals"], first["overdue"]) == ("unsorted", 1, 2, 1)
    assert first["sums"] == [{"amount": "15.00", "currency": "RUB"}]
    assert [(one["deal_id"], one["is_overdue"]) for one in first["cards"]] == [
        (fresh["deal_id"], False),
        (stale["deal_id"], True),
    ]
    assert (await system.manager.get("/board", cards=0)).json()["stages"][0]["cards"] == []
