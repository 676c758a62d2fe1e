"""Marketing events by HTTP: planned, attended, paid, closed; and what they brought."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from events.contracts.deals import DealOpened, DealWon, Money, PaymentReceived, PaymentRefunded
from events.testing import Log
from leads.heard.listening import apply
from leads_system import Running

Run = Any

EXPO = {
    "name": "Furniture Expo",
    "kind": "exhibition",
    "planned_from": "2020-09-10T09:00:00+03:00",
    "planned_to": "2020-09-12T18:00:00+03:00",
    "place": "Hall 4",
    "direction": "retail",
    "budget": {"amount": "200000.00", "currency": "RUB"},
    "resources": [{"name": "stand", "quantity": 1, "cost": {"amount": "90000.00", "currency": "RUB"}}],
}
DATES = {"held_from": "2020-09-10T09:30:00+03:00", "held_to": "2020-09-12T17:00:00+03:00"}


def _rubles(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="RUB")


async def _planned(leads: Running, **more: Any) -> str:
    answer = await leads.call("POST", "/marketing-events", json={**EXPO, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["event_id"])


async def _customer(leads: Running, n: int = 1) -> str:
    made = await leads.call("POST", "/leads", json={"phones": [f"+7912000{n:04}"]})
    return str(made.json()["customer_id"])


async def _moved(leads: Running, event: str, *participants: tuple[str, str]) -> list[str]:
    body = [{"customer_id": customer, "stage": stage} for customer, stage in participants]
    answer = await leads.call("POST", f"/marketing-events/{event}/participants", json=body)
    assert answer.status_code == 200, answer.text
    return [one["outcome"] for one in answer.json()]


async def test_an_event_from_plan_to_close_with_what_it_brought(run: Run) -> None:
    async with run() as leads:
        event = await _planned(leads)
        path = f"/marketing-events/{event}"
        anna, boris = await _customer(leads, 1), await _customer(leads, 2)
        assert await _moved(leads, event, (anna, "invited"), (boris, "invited")) == ["moved", "moved"]
        assert await _moved(leads, event, (anna, "came"), (boris, "invited")) == ["moved", "unchanged"]

        assert (await leads.call("POST", f"{path}/hold", json=DATES)).json()["state"] == "held"
        cost = {"amount": "150000.00", "currency": "RUB"}
        assert (await leads.call("PUT", f"{path}/cost", json=cost)).json()["cost"] == cost
        result = {"organisation_id": str(uuid4()), "loyalty": 4, "interest": 5}
        assert (await leads.call("POST", f"{path}/results", json=result)).json()["results"] == [result]

        details = (await leads.call("POST", f"{path}/close")).json()
        assert (details["state"], details["version"]) == ("closed", 5)
        effect = details["effect"]
        assert effect["by_stage"] == {"invited": 2, "registered": 0, "came": 1}
        assert (effect["participants"], effect["new_customers"], effect["leads"]) == (2, 2, 2)
        assert effect["cost_per_visitor"] == cost
        refused = await leads.call("POST", f"{path}/participants", json=[{"customer_id": anna, "stage": "came"}])
        assert (refused.status_code, refused.json()["hint"]) == (409, "rule: closed")


async def test_a_version_that_was_not_read_is_refused(run: Run) -> None:
    async with run() as leads:
        path = f"/marketing-events/{await _planned(leads)}"
        read = await leads.call("GET", path)
        assert read.headers["etag"] == '"1"'
        assert (await leads.call("POST", f"{path}/hold", json=DATES, headers={"if-match": '"3"'})).status_code == 412
        assert (await leads.call("POST", f"{path}/close", headers={"if-match": '"1"'})).status_code == 409
        assert (await leads.call("POST", f"{path}/hold", json=DATES, headers={"if-match": '"1"'})).status_code == 200


async def test_the_same_key_plans_one_event(run: Run) -> None:
    async with run() as leads:
        first = await leads.call("POST", "/marketing-events", json=EXPO, headers={"idempotency-key": "e"})
        again = await leads.call("POST", "/marketing-events", json=EXPO, headers={"idempotency-key": "e"})
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()


async def test_participants_are_moved_each_with_an_outcome_of_his_own(run: Run) -> None:
    async with run() as leads:
        event = await _planned(leads)
        anna = await _customer(leads)
        outcomes = await _moved(leads, event, (anna, "invited"), (str(uuid4()), "invited"), (anna, "danced"))
        assert outcomes == ["rejected", "rejected", "rejected"], "the last word on Anna names no stage of the event"
        assert await _moved(leads, event, (anna, "invited"), (str(uuid4()), "invited")) == ["moved", "rejected"]


async def test_a_thousand_participants_are_one_request_and_pages_hold_them_all(run: Run) -> None:
    async with run() as leads:
        event = await _planned(leads)
        items = [{"id": str(n), "phones": [f"+7912{n:07}"]} for n in range(1000)]
        made = (await leads.call("POST", "/leads/bulk", json=items)).json()
        customers = [one["customer_id"] for one in made]
        assert set(await _moved(leads, event, *((customer, "invited") for customer in customers))) == {"moved"}
        seen: list[str] = []
        cursor: str | None = None
        while True:
            params = {"limit": 200, **({"cursor": cursor} if cursor else {})}
            page = (await leads.call("GET", f"/marketing-events/{event}/participants", params=params)).json()
            seen += [one["customer_id"] for one in page["participants"]]
            if (cursor := page["next"]) is None:
                break
        assert sorted(seen) == sorted(customers)


async def test_rows_of_a_file_make_customers_of_people_who_are_not_known_and_add_nothing_again(run: Run) -> None:
    async with run() as leads:
        event = await _planned(leads)
        anna = await _customer(leads, 1)
        body = {
            "stage": "registered",
            "mapping": {"row_id": "N", "columns": {"phone": "Phone", "name": "Name"}},
            "rows": [
                {"N": "1", "Phone": "+79120000001", "Name": "Anna"},
                {"N": "2", "Phone": "+79120000002", "Name": "Boris"},
                {"N": "", "Phone": "+79120000003", "Name": "Nobody"},
                {"N": "4", "Phone": "12", "Name": "Vera"},
            ],
        }
        path = f"/marketing-events/{event}/participants/rows"
        first = (await leads.call("POST", path, json=body)).json()
        assert [one["outcome"] for one in first] == ["moved", "moved", "rejected", "rejected"]
        assert first[0]["customer_id"] == anna
        again = (await leads.call("POST", path, json=body)).json()
        assert [one["outcome"] for one in again] == ["unchanged", "unchanged", "rejected", "rejected"]
        assert await leads.pool.fetchval("SELECT count(*) FROM customers") == 2


async def test_events_and_participants_of_other_lines_of_business_are_counted_but_not_there(run: Run) -> None:
    async with run(manager_directions=["wholesale"]) as leads:
        event = await _planned(leads)
        assert (await leads.call("GET", f"/marketing-events/{event}", role="manager")).status_code == 404
        assert (await leads.call("GET", "/marketing-events", role="manager")).json()["events"] == []
        body = {**EXPO, "direction": "retail"}
        assert (await leads.call("POST", "/marketing-events", role="manager", json=body)).status_code == 422
        hold = await leads.call("POST", f"/marketing-events/{event}/hold", role="manager", json=DATES)
        assert hold.status_code == 404
        assert (await leads.call("POST", "/marketing-events", role="bi", json=EXPO)).status_code == 403
        ours = await _planned(leads, direction=None)
        person = {"phones": ["+79120000001"], "direction": "retail"}
        customer = (await leads.call("POST", "/leads", json=person)).json()["customer_id"]
        await _moved(leads, ours, (customer, "came"))
        effects = [
            (await leads.call("GET", f"/marketing-events/{ours}", role=who)).json()["effect"]
            for who in ("head", "manager")
        ]
        assert [(one["participants"], one["leads"], one["by_stage"]["came"]) for one in effects] == [(1, 1, 1)] * 2
        listed = await leads.call("GET", f"/marketing-events/{ours}/participants", role="manager")
        assert listed.json()["participants"] == []


async def test_events_are_listed_the_latest_first(run: Run) -> None:
    async with run() as leads:
        for day in (10, 12, 11):
            await _planned(leads, name=f"Day {day}", planned_from=f"2020-09-{day}T09:00:00Z")
        page = (await leads.call("GET", "/marketing-events", params={"limit": 2})).json()
        assert [one["name"] for one in page["events"]] == ["Day 12", "Day 11"]
        rest = (await leads.call("GET", "/marketing-events", params={"cursor": page["next"]})).json()
        assert [one["name"] for one in rest["events"]] == ["Day 10"]


async def test_a_plan_with_faults_is_refused_with_their_places(run: Run) -> None:
    async with run() as leads:
        for fault in (
            {"planned_to": "2019-01-01T00:00:00Z"},
            {"stages": ["came", "came"]},
            {"budget": {"amount": "1.001", "currency": "RUB"}},
            {"budget": {"amount": "1", "currency": "rubles"}},
        ):
            assert (await leads.call("POST", "/marketing-events", json={**EXPO, **fault})).status_code == 422


async def test_the_sales_of_participants_within_a_window_count_merged_cards_and_refunds_too(run: Run) -> None:
    async with run() as leads:
        event = await _planned(leads)
        anna, anya, boris = [await _customer(leads, n) for n in (1, 2, 3)]
        await _moved(leads, event, (anna, "came"))
        await leads.call("POST", f"/customers/{anna}/merge", json={"customer_ids": [anya]})
        log = Log()
        for n, (customer, days) in enumerate(((anya, 10), (anna, 200), (boris, 10))):
            ids = {"deal_id": UUID(int=n + 1), "customer_id": UUID(customer)}
            at = datetime(2020, 9, 10, 12, tzinfo=UTC) + timedelta(days=days)
            told = {"number": str(n), "pipeline": "sales", "pipeline_version": 1, "stage": "new"}
            log.append(ids["deal_id"], DealOpened(**ids, **told, value=_rubles("0")), occurred_at=at)
            won = DealWon(**ids, from_stage="new", stage="won", value=_rubles("500.50"))
            log.append(ids["deal_id"], won, occurred_at=at)
            payment = {"payment_id": UUID(int=n + 20), **ids}
            paid = {"provider": "stripe", "provider_payment_id": str(n), "reference": str(n)}
            log.append(
                payment["payment_id"], PaymentReceived(**payment, **paid, received=_rubles("500.50")), occurred_at=at
            )
            refund = PaymentRefunded(**payment, refund_id="r", refunded=_rubles("100"))
            log.append(payment["payment_id"], refund, occurred_at=at + timedelta(days=1))
        async with leads.pool.acquire() as connection, connection.transaction():
            await apply(connection, log.records)
        path = f"/marketing-events/{event}"
        sales = (await leads.call("GET", path)).json()["effect"]["sales"]
        assert (sales["window_days"], sales["deals"], sales["won"]) == (90, 1, 1)
        assert sales["won_value"] == [{"amount": "500.50", "currency": "RUB"}]
        assert sales["paid"] == [{"amount": "400.50", "currency": "RUB"}]
        whole_year = (await leads.call("GET", path, params={"window_days": 365})).json()["effect"]["sales"]
        assert (whole_year["won"], whole_year["paid"]) == (2, [{"amount": "801.00", "currency": "RUB"}])
        assert (await leads.call("GET", path, role="marketer")).json()["effect"]["sales"] is None
