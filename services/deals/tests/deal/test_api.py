"""The API of deals, on a real database and with keys read over real HTTP."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from deals_system import System

VALUE = {"amount": "45000", "currency": "RUB"}


async def types_of(system: System, deal_id: str) -> list[str]:
    rows = await system.pool.fetch("SELECT type FROM events WHERE stream_id = $1 ORDER BY version", deal_id)
    return [row["type"] for row in rows]


async def test_a_deal_walks_from_its_opening_to_the_win(system: System) -> None:
    deal = await system.opened(value=VALUE, manager_id="anna", title="Договор на год")
    assert (deal["number"], deal["stage"], deal["state"], deal["version"]) == ("D-000001", "unsorted", "open", 1)
    path = f"/deals/{deal['deal_id']}"
    moved = await system.manager.post(f"{path}/move", {"to_stage": "deciding"})
    assert (moved.status_code, moved.json()["stage"], moved.headers["etag"]) == (200, "deciding", '"2"')
    valued = await system.manager.post(f"{path}/value", {"value": {"amount": "50000.5", "currency": "RUB"}})
    assert valued.json()["value"] == {"amount": "50000.50", "currency": "RUB"}
    reassigned = await system.manager.post(f"{path}/reassign", {"manager_id": "boris"})
    assert reassigned.json()["manager_id"] == "boris"
    won = (await system.manager.post(f"{path}/win")).json()
    assert (won["state"], won["stage"], won["version"]) == ("won", "won", 5)
    assert won["closed_at"] is not None
    read = (await system.manager.get(path)).json()
    assert (read["title"], read["texts"]) == ("Договор на год", "readable")


async def test_a_deal_is_lost_with_reason_and_comment_and_comes_back(system: System) -> None:
    deal = await system.opened()
    path = f"/deals/{deal['deal_id']}"
    lost = await system.manager.post(f"{path}/lose", {"reason": "too_expensive", "comment": " Взяли дешевле "})
    assert (lost.json()["state"], lost.json()["loss_reason"]) == ("lost", "too_expensive")
    assert (await system.manager.get(path)).json()["loss_comment"] == "Взяли дешевле"
    back = (await system.manager.post(f"{path}/reopen", {"to_stage": "negotiation"})).json()
    assert (back["state"], back["loss_reason"], back["closed_at"]) == ("open", None, None)


@pytest.mark.parametrize(
    "body", [{}, {"reason": "other"}, {"reason": "other", "comment": "   "}, {"comment": "Дорого"}, {"reason": "no"}]
)
async def test_a_loss_without_reason_or_comment_is_invalid(system: System, body: dict[str, str]) -> None:
    deal = await system.opened()
    answer = await system.manager.post(f"/deals/{deal['deal_id']}/lose", body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert await types_of(system, deal["deal_id"]) == ["deal.opened.v1"]


async def test_texts_are_sealed_in_the_log_and_nowhere_in_the_tables(system: System) -> None:
    customer = system.leads.customer()
    deal = await system.opened(customer_id=str(customer), title="Секретный договор")
    await system.manager.post(f"/deals/{deal['deal_id']}/lose", {"reason": "other", "comment": "Личная причина"})
    rows = await system.pool.fetch("SELECT data::text AS text FROM events UNION ALL SELECT d::text FROM deals d")
    text = " ".join(row["text"] for row in rows)
    assert "Секретный" not in text
    assert "Личная" not in text
    sealed = await system.pool.fetchval("SELECT data->>'comment' FROM events WHERE type = 'deal.lost.v1'")
    assert system.leads.key(customer).open(sealed) == "Личная причина"


async def test_when_keys_cannot_be_read_the_text_is_refused_and_the_rest_works(system: System) -> None:
    deal = await system.opened()
    system.leads.down = True
    path = f"/deals/{deal['deal_id']}"
    refused = await system.manager.post(f"{path}/lose", {"reason": "other", "comment": "Причина"})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert (await system.manager.post(f"{path}/move", {"to_stage": "deciding"})).status_code == 200
    assert (await system.manager.get(path)).json()["texts"] == "readable"


async def test_texts_that_cannot_be_opened_now_are_left_out(system: System) -> None:
    customer = system.leads.customer()
    deal = await system.opened(customer_id=str(customer), title="Договор")
    system.parts.keys.forget(customer)
    system.leads.down = True
    read = (await system.manager.get(f"/deals/{deal['deal_id']}")).json()
    assert (read["title"], read["texts"], read["number"]) == (None, "unavailable", deal["number"])


async def test_nothing_is_written_about_an_erased_customer(system: System) -> None:
    customer = system.leads.customer()
    deal = await system.opened(customer_id=str(customer), title="Договор")
    await system.erased(customer)
    lose = await system.manager.post(f"/deals/{deal['deal_id']}/lose", {"reason": "other", "comment": "Причина"})
    again = await system.manager.post("/deals", {"customer_id": str(customer)})
    read = (await system.manager.get(f"/deals/{deal['deal_id']}")).json()
    assert (lose.status_code, again.status_code) == (409, 409)
    assert "erased" in lose.json()["detail"]
    assert (read["title"], read["texts"]) == (None, "erased")


async def test_a_customer_nobody_knows_has_no_key(system: System) -> None:
    answer = await system.manager.post("/deals", {"customer_id": str(uuid4()), "title": "Договор"})
    assert (answer.status_code, answer.json()["hint"]) == (409, "rule: no_key")


async def test_a_lead_leads_to_one_deal(system: System) -> None:
    lead, customer = await system.qualified(direction="east")
    (deal,) = (await system.manager.get("/deals", lead_id=str(lead))).json()["deals"]
    again = await system.manager.post("/deals", {"lead_id": str(lead)})
    assert (again.status_code, again.json()["deal_id"]) == (200, deal["deal_id"])
    assert (deal["customer_id"], deal["manager_id"], deal["direction"]) == (str(customer), "anna", "east")
    repeat = await system.manager.post("/deals", {"lead_id": str(lead), "deal_type": "repeat_sale"})
    assert (repeat.status_code, repeat.json()["deal_id"] != deal["deal_id"]) == (201, True)


async def test_a_lead_that_is_not_qualified_does_not_lead_to_a_deal(system: System) -> None:
    answer = await system.manager.post("/deals", {"lead_id": str(uuid4())})
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "1")


async def test_a_lead_is_not_given_to_another_customer(system: System) -> None:
    lead, _ = await system.qualified()
    answer = await system.manager.post("/deals", {"lead_id": str(lead), "customer_id": str(uuid4())})
    assert answer.status_code == 422


async def test_a_deal_needs_a_customer(system: System) -> None:
    assert (await system.manager.post("/deals", {"stage": "negotiation"})).status_code == 422


async def test_one_idempotency_key_opens_one_deal(system: System) -> None:
    body = {"customer_id": str(system.leads.customer())}
    first, second = [await system.manager.post("/deals", body, idempotency_key="k-1") for _ in range(2)]
    other = await system.callers["head"].post("/deals", body, idempotency_key="k-1")
    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 201)
    assert first.json() == second.json()
    assert other.json()["deal_id"] != first.json()["deal_id"]


async def test_ten_at_once_open_one_deal_of_a_lead(system: System) -> None:
    body = {"customer_id": str(system.leads.customer())}
    answers = await asyncio.gather(*(system.manager.post("/deals", body, idempotency_key="same") for _ in range(10)))
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert len({answer.json()["deal_id"] for answer in answers if answer.status_code < 300}) == 1
    assert await system.pool.fetchval("SELECT count(*) FROM events WHERE type LIKE 'deal.%'") == 1


async def test_a_command_with_an_old_version_is_refused(system: System) -> None:
    deal = await system.opened()
    path = f"/deals/{deal['deal_id']}/move"
    assert (await system.manager.post(path, {"to_stage": "deciding"}, if_match='"1"')).status_code == 200
    stale = await system.manager.post(path, {"to_stage": "negotiation"}, if_match='"1"')
    assert (stale.status_code, stale.json()["type"].rpartition("/")[2]) == (412, "stale-version")


async def test_commands_of_two_people_at_once_both_happen_in_some_order(system: System) -> None:
    deal = await system.opened()
    path = f"/deals/{deal['deal_id']}"
    answers = await asyncio.gather(
        system.manager.post(f"{path}/move", {"to_stage": "deciding"}),
        system.manager.post(f"{path}/reassign", {"manager_id": "boris"}),
        system.manager.post(f"{path}/value", {"value": VALUE}),
    )
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    read = (await system.manager.get(path)).json()
    assert (read["version"], read["stage"], read["manager_id"], read["value"]["amount"]) == (
        4, "deciding", "boris", "45000.00",
    )  # fmt: skip


async def test_a_rule_answers_with_a_problem_that_names_it(system: System) -> None:
    deal = await system.opened()
    path = f"/deals/{deal['deal_id']}"
    closing = await system.manager.post(f"{path}/move", {"to_stage": "won"})
    assert (closing.status_code, closing.json()["hint"]) == (422, "rule: closing_stage")
    await system.manager.post(f"{path}/win")
    closed = await system.manager.post(f"{path}/move", {"to_stage": "deciding"})
    assert (closed.status_code, closed.json()["hint"]) == (409, "rule: already_won")


async def test_who_may_import_says_when_something_happened(system: System) -> None:
    head = system.callers["head"]
    body = {"customer_id": str(system.leads.customer()), "occurred_at": "2025-02-01T10:00:00+03:00"}
    deal = (await head.post("/deals", body)).json()
    assert deal["opened_at"] == "2025-02-01T07:00:00Z"
    path = f"/deals/{deal['deal_id']}/move"
    await head.post(path, {"to_stage": "deciding", "occurred_at": "2025-03-01T10:00:00Z"})
    early = await head.post(path, {"to_stage": "negotiation", "occurred_at": "2025-02-15T10:00:00Z"})
    future = await head.post(path, {"to_stage": "negotiation", "occurred_at": "2999-01-01T00:00:00Z"})
    naive = await head.post(path, {"to_stage": "negotiation", "occurred_at": "2025-04-01T10:00:00"})
    foreign = await system.manager.post(path, {"to_stage": "negotiation", "occurred_at": "2025-04-01T10:00:00Z"})
    assert [answer.status_code for answer in (early, future, naive, foreign)] == [409, 409, 422, 403]


async def test_a_deal_of_another_direction_is_not_there(system: System) -> None:
    west = await system.opened(direction="west")
    east = await system.opened(direction="east")
    none = await system.opened()
    caller = system.callers["east"]
    seen = {deal["deal_id"] for deal in (await caller.get("/deals")).json()["deals"]}
    assert seen == {east["deal_id"], none["deal_id"]}
    path = f"/deals/{west['deal_id']}"
    assert (await caller.get(path)).status_code == 404
    for command in ("win", "reopen"):
        assert (await caller.post(f"{path}/{command}")).status_code == 404
    for command, body in (
        ("move", {"to_stage": "deciding"}),
        ("value", {"value": VALUE}),
        ("lose", {"reason": "other", "comment": "x"}),
        ("reassign", {"manager_id": "eve"}),
    ):
        assert (await caller.post(f"{path}/{command}", body)).status_code == 404
    board = (await caller.get("/board")).json()
    assert sum(stage["deals"] for stage in board["stages"]) == 2
    body = {"customer_id": str(system.leads.customer()), "direction": "west"}
    assert (await caller.post("/deals", body)).status_code == 403
    assert await types_of(system, west["deal_id"]) == ["deal.opened.v1"]


@pytest.mark.parametrize(
    ("name", "method", "path", "status"),
    [
        ("bi", "get", "/deals", 403),
        ("finance", "get", "/deals", 200),
        ("finance", "post", "/deals", 403),
        ("manager", "get", "/payments", 200),
        ("manager", "post", f"/payments/{UUID(int=7)}/match", 403),
        ("bi", "get", "/board", 403),
        ("manager", "get", "/pipelines", 200),
    ],
)
async def test_roles_do_what_they_may(system: System, name: str, method: str, path: str, status: int) -> None:
    caller = system.callers[name]
    answer = await (caller.get(path) if method == "get" else caller.post(path, {}))
    assert answer.status_code == status


async def test_nobody_comes_in_without_a_key(system: System) -> None:
    assert (await system.client.get("/deals")).status_code == 401


async def test_the_list_is_filtered_and_paged(system: System) -> None:
    customer = system.leads.customer()
    deals = [await system.opened(customer_id=str(customer), manager_id=f"m{n % 2}") for n in range(5)]
    await system.manager.post(f"/deals/{deals[0]['deal_id']}/move", {"to_stage": "deciding"})
    await system.manager.post(f"/deals/{deals[1]['deal_id']}/win")
    await system.opened()

    async def listed(**filters: Any) -> list[str]:
        return [deal["deal_id"] for deal in (await system.manager.get("/deals", **filters)).json()["deals"]]

    ids = [deal["deal_id"] for deal in deals]
    assert await listed(stage="deciding") == [ids[0]]
    assert await listed(state="won") == [ids[1]]
    assert await listed(manager_id="m1") == [ids[3], ids[1]]
    assert await listed(customer_id=str(customer), limit=500) == ids[::-1]
    pages, cursor = [], None
    while True:
        page = (await system.manager.get("/deals", limit=2, **({"cursor": cursor} if cursor else {}))).json()
        pages.append([deal["deal_id"] for deal in page["deals"]])
        cursor = page["next"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [2, 2, 2]
    assert [deal_id for page in pages for deal_id in page][1:] == ids[::-1]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MjAyNi0wMS0wMSB4", "é", "=" * 50])
async def test_a_made_up_cursor_is_invalid(system: System, cursor: str) -> None:
    assert (await system.manager.get("/deals", cursor=cursor)).status_code == 422


async def test_the_board_counts_and_sums_by_stage_and_currency(system: System) -> None:
    for amount, currency in (("100", "RUB"), ("50.5", "RUB"), ("7", "USD")):
        await system.opened(value={"amount": amount, "currency": currency}, stage="offer_sent")
    stages = {stage["code"]: stage for stage in (await system.manager.get("/board")).json()["stages"]}
    assert list(stages) == [stage["code"] for stage in (await system.manager.get("/pipelines")).json()[0]["stages"]]
    assert stages["offer_sent"]["deals"] == 3
    assert stages["offer_sent"]["sums"] == [
        {"amount": "150.50", "currency": "RUB"},
        {"amount": "7.00", "currency": "USD"},
    ]
    assert (await system.manager.get("/board", pipeline="none")).status_code == 404


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity", "1e30", "0.00001", "ten", None])
async def test_an_amount_that_is_none_is_invalid(system: System, value: object) -> None:
    body = {"customer_id": str(system.leads.customer()), "value": {"amount": value, "currency": "RUB"}}
    assert (await system.manager.post("/deals", body)).status_code == 422


async def test_the_rows_tell_what_a_fold_of_the_log_tells(system: System) -> None:
    for ending in ("win", "reopen", "nothing"):
        deal = await system.opened(value=VALUE)
        path = f"/deals/{deal['deal_id']}"
        await system.manager.post(f"{path}/move", {"to_stage": "nurture"})
        if ending == "reopen":
            await system.manager.post(f"{path}/lose", {"reason": "other", "comment": "Причина"})
        await system.manager.post(f"{path}/{ending}")
    for row in await system.pool.fetch("SELECT * FROM deals"):
        history = await system.parts.store.load(row["deal_id"])
        state = system.parts.deal.commands.fold(history)
        assert (row["stage"], row["version"]) == (getattr(state, "stage", None), len(history))
        assert row["stage_since"] == max(e.occurred_at for e in history if e.type not in ("deal.value-changed.v1",))


async def test_events_carry_who_did_it_and_the_correlation_of_the_request(system: System) -> None:
    correlation = str(uuid4())
    body = {"customer_id": str(system.leads.customer())}
    deal = (await system.manager.post("/deals", body, x_correlation_id=correlation)).json()
    row = await system.pool.fetchrow("SELECT * FROM events WHERE stream_id = $1", deal["deal_id"])
    assert (row["actor"], str(row["correlation_id"])) == ("key:manager", correlation)
