"""The payment calendar: due, overdue and received by period and currency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from deals_system import System


def day(offset: int) -> str:
    today = datetime.now(ZoneInfo("Europe/Moscow")).date()
    return (today + timedelta(days=offset)).isoformat()


async def deal_of(system: System, manager_id: str, direction: str | None = None, currency: str = "RUB") -> Any:
    value = {"amount": "1", "currency": currency}
    return await system.opened(manager_id=manager_id, direction=direction, value=value)


async def invoice(system: System, deal: Any, amount: str, due: int) -> Any:
    lines = {"lines": [{"title": "x", "quantity": "1", "price": amount}]}
    body = {"deal_id": deal["deal_id"], "due_on": day(due), "lines": lines}
    return (await system.callers["finance"].post("/invoices", body)).json()


async def pay(system: System, number: str, amount: str, currency: str = "RUB") -> Any:
    body = {"method": "bank", "received": {"amount": amount, "currency": currency}, "number": number}
    return (await system.callers["finance"].post("/payments", body)).json()


async def calendar(system: System, who: str = "finance", **filters: Any) -> dict[tuple[str, str], tuple[str, ...]]:
    shown = (await system.callers[who].get("/payments/calendar", **filters)).json()
    return {
        (row["period"], row["expected"]["currency"]): tuple(
            row[name]["amount"] for name in ("expected", "overdue", "received", "refunded")
        )
        for row in shown["rows"]
    }


async def test_what_is_due_stands_on_its_day_and_what_came_on_its_own(system: System) -> None:
    deal, dollars = await deal_of(system, "anna"), await deal_of(system, "anna", currency="USD")
    await invoice(system, deal, "100", 5)
    part = await invoice(system, deal, "50", 5)
    await invoice(system, dollars, "7", 5)
    await invoice(system, deal, "30", -2)
    payment = await pay(system, part["number"], "20")
    await system.callers["finance"].post(f"/payments/{payment['payment_id']}/refund", {"amount": "5"})
    shown = await calendar(system, **{"from": day(-3), "to": day(6)})
    assert shown == {
        (day(-2), "RUB"): ("0.00", "30.00", "0.00", "0.00"),
        (day(0), "RUB"): ("0.00", "0.00", "20.00", "5.00"),
        (day(5), "RUB"): ("135.00", "0.00", "0.00", "0.00"),
        (day(5), "USD"): ("7.00", "0.00", "0.00", "0.00"),
    }


async def test_what_was_due_before_the_first_day_is_told_beside(system: System) -> None:
    await invoice(system, await deal_of(system, "anna"), "30", -40)
    shown = (await system.manager.get("/payments/calendar")).json()
    assert (shown["overdue_before"], shown["rows"]) == ([{"amount": "30.00", "currency": "RUB"}], [])


async def test_months_and_weeks_add_up_to_the_days(system: System) -> None:
    deal = await deal_of(system, "anna")
    for due in (0, 1, 8, 20, 33):
        await invoice(system, deal, "10", due)
    for by in ("day", "week", "month"):
        shown = await calendar(system, by=by, **{"from": day(0), "to": day(40)})
        assert sum(float(row[0]) for row in shown.values()) == 50
        if by == "week":
            assert all(datetime.fromisoformat(period).weekday() == 0 for period, _ in shown)


async def test_a_manager_and_a_direction_are_filtered_and_other_directions_are_not_seen(system: System) -> None:
    await invoice(system, await deal_of(system, "anna", "east"), "1", 1)
    await invoice(system, await deal_of(system, "boris", "west"), "2", 1)
    assert (await calendar(system))[day(1), "RUB"][0] == "3.00"
    assert (await calendar(system, manager_id="boris"))[day(1), "RUB"][0] == "2.00"
    assert (await calendar(system, direction="east"))[day(1), "RUB"][0] == "1.00"
    assert (await calendar(system, "east"))[day(1), "RUB"][0] == "1.00"


async def test_a_cancelled_or_paid_invoice_is_expected_no_more(system: System) -> None:
    deal = await deal_of(system, "anna")
    paid, cancelled = await invoice(system, deal, "1", 1), await invoice(system, deal, "2", 1)
    await pay(system, paid["number"], "1")
    await system.callers["finance"].post(f"/invoices/{cancelled['invoice_id']}/cancel", {"reason": "mistake"})
    assert (await calendar(system)) == {(day(0), "RUB"): ("0.00", "0.00", "1.00", "0.00")}


async def test_an_open_deal_with_a_day_is_planned_until_it_is_invoiced(system: System) -> None:
    deal = await system.opened(value={"amount": "100", "currency": "RUB"})
    lost = await system.opened(value={"amount": "7", "currency": "RUB"})
    for one in (deal, lost):
        path, body = f"/deals/{one['deal_id']}/expected-close", {"on": day(3)}
        assert (await system.client.put(path, json=body, headers=system.manager.headers)).status_code == 200
    await system.manager.post(f"/deals/{lost['deal_id']}/lose", {"reason": "other", "comment": "x"})

    async def planned() -> list[str]:
        rows = (await system.manager.get("/payments/calendar")).json()["rows"]
        return [row["planned"]["amount"] for row in rows if row["period"] == day(3)]

    assert await planned() == ["100.00"]
    await pay(system, deal["number"], "10")
    await invoice(system, deal, "60", 5)
    assert await planned() == ["30.00"]
    await invoice(system, deal, "40", 5)
    assert await planned() == []


@pytest.mark.parametrize(
    "days",
    [{"from": "2026-03-02", "to": "2026-03-01"}, {"from": "2020-01-01", "to": "2026-01-01"}, {"from": "9999-12-31"}],
)
async def test_days_out_of_order_or_too_many_are_invalid(system: System, days: dict[str, str]) -> None:
    assert (await system.manager.get("/payments/calendar", **days)).status_code == 422


async def test_days_are_those_of_the_business(system: System) -> None:
    begins = datetime(2026, 3, 1, 21, 0, tzinfo=UTC)  # midnight of the second of March in Moscow
    for amount, at in (
        ("1", begins - timedelta(seconds=1)),
        ("2", begins),
        ("4", begins + timedelta(hours=24, seconds=-1)),
        ("8", begins + timedelta(hours=24)),
    ):
        body = {"method": "cash", "received": {"amount": amount, "currency": "RUB"}, "received_at": at.isoformat()}
        await system.callers["finance"].post("/payments", body)
    one_day = await calendar(system, **{"from": "2026-03-02", "to": "2026-03-02"})
    assert {day: row[2] for day, row in one_day.items()} == {("2026-03-02", "RUB"): "6.00"}
    three = await calendar(system, **{"from": "2026-03-01", "to": "2026-03-03"})
    assert [row[2] for row in three.values()] == ["1.00", "6.00", "8.00"]
