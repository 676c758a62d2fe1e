"""Quotes by HTTP: made of the deal's lines, sent, answered by managers; what acceptance does to the deal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from deals.quotes.commands import EXPIRY
from deals.quotes.domain import QUOTE
from deals.quotes.states import NoQuote
from deals.quotes.tables import state_name
from deals_system import System
from events.contracts.leads.identity import CustomerMerged
from quoting import LINES, OTHER, TODAY, UNTIL, expired, quoted, types_of


async def test_a_quote_is_made_of_the_lines_of_the_deal(system: System) -> None:
    path, quote = await quoted(system, texts={"greeting": "Здравствуйте, Анна!", "terms": "Оплата в два этапа"})
    assert (quote["number"], quote["revision"], quote["state"], quote["version"]) == ("Q-000001", 1, "draft", 1)
    assert (quote["value"], quote["totals"]["tax"]) == ({"amount": "45000.00", "currency": "RUB"}, "7500.00")
    assert quote["texts"] == {"greeting": "Здравствуйте, Анна!", "terms": "Оплата в два этапа"}
    stored = await system.pool.fetchval("SELECT string_agg(data::text, '') FROM events")
    assert "Анна" not in stored
    listed = (await system.manager.get("/quotes", deal_id=path.rpartition("/")[2], state="draft")).json()
    assert [one["quote_id"] for one in listed["quotes"]] == [quote["quote_id"]]


async def test_deals_and_quotes_of_a_customer_are_those_of_all_cards_that_are_one(system: System) -> None:
    path, quote = await quoted(system)
    card, other, third = UUID(quote["customer_id"]), system.leads.customer(), system.leads.customer()

    async def listed(customer: UUID) -> list[str]:
        return [
            one[f"{kind}_id"]
            for kind in ("deal", "quote")
            for one in (await system.manager.get(f"/{kind}s", customer_id=str(customer))).json()[f"{kind}s"]
        ]

    for merged, into in ((card, other), (other, third)):
        event = CustomerMerged(customer_id=merged, into_customer_id=into, reason="by_hand", explanation="by hand")
        await system.hears(merged, event)
    for one in (card, other, third):
        assert await listed(one) == [path.rpartition("/")[2], quote["quote_id"]]
    assert await listed(system.leads.customer()) == []


async def test_without_lines_there_is_nothing_to_offer(system: System) -> None:
    deal = await system.opened()
    answer = await system.manager.post(f"/deals/{deal['deal_id']}/quotes", {"valid_until": UNTIL})
    assert (answer.status_code, answer.json()["hint"]) == (422, "rule: no_lines")
    past = await system.manager.post(f"/deals/{deal['deal_id']}/quotes", {"valid_until": "2020-01-01", "lines": LINES})
    assert (past.status_code, past.json()["hint"]) == (422, "rule: valid_until_past")


async def test_one_idempotency_key_makes_one_quote_and_one_sending(system: System) -> None:
    path, _ = await quoted(system)
    made = [await system.manager.post(f"{path}/quotes", {"valid_until": UNTIL}, idempotency_key="k") for _ in range(2)]
    assert [one.status_code for one in made] == [201, 200]
    quote = made[1].json()
    assert quote["quote_id"] == made[0].json()["quote_id"]
    elsewhere, _ = await quoted(system)
    other = await system.manager.post(f"{elsewhere}/quotes", {"valid_until": UNTIL}, idempotency_key="k")
    assert other.status_code == 201
    send = f"/quotes/{quote['quote_id']}/send"
    sent = [await system.manager.post(send, {"channel": "email"}, idempotency_key="s") for _ in range(2)]
    assert sent[0].json() == sent[1].json()
    assert await types_of(system, quote) == ["quote.made.v1", "quote.sent.v1"]


async def test_a_quote_sent_by_two_channels_keeps_both_facts_and_links_are_sealed(system: System) -> None:
    _, quote = await quoted(system)
    links = []
    for number, channel in enumerate(["email", "whatsapp"], 1):
        answer = await system.manager.post(f"/quotes/{quote['quote_id']}/send", {"channel": channel})
        told = answer.json()
        assert (answer.status_code, told["number"], told["channel"]) == (200, number, channel)
        links.append(told["link"])
    read = (await system.manager.get(f"/quotes/{quote['quote_id']}")).json()
    assert (read["state"], [one["channel"] for one in read["sendings"]]) == ("sent", ["email", "whatsapp"])
    assert len(set(links)) == 2
    stored = await system.pool.fetchval("SELECT string_agg(data::text, '') FROM events")
    assert all(link.rpartition("/")[2] not in stored for link in links)


async def test_acceptance_sets_lines_and_value_of_the_deal_once(system: System) -> None:
    path, quote = await quoted(system, lines=OTHER)
    accept = f"/quotes/{quote['quote_id']}/accept"
    first, again = [await system.manager.post(accept, {}) for _ in range(2)]
    assert (first.json()["state"], again.json()["version"]) == ("accepted", first.json()["version"])
    lines = (await system.manager.get(f"{path}/lines")).json()
    assert (lines["lines"], lines["totals"]) == (quote["lines"], quote["totals"])
    assert (await system.manager.get(path)).json()["value"] == {"amount": "76000.00", "currency": "RUB"}
    told = await system.pool.fetch("SELECT data FROM events WHERE type = 'deal.lines-changed.v1' ORDER BY position")
    assert quote["quote_id"] in told[-1]["data"]
    await system.manager.put(f"{path}/lines", LINES)
    await system.manager.post(accept, {})
    assert (await system.manager.get(path)).json()["value"]["amount"] == "45000.00"


async def test_a_closed_deal_is_not_changed_by_a_late_acceptance(system: System) -> None:
    path, quote = await quoted(system, lines=OTHER)
    await system.manager.post(f"{path}/lose", {"reason": "other", "comment": "Ушли"})
    answer = await system.manager.post(f"/quotes/{quote['quote_id']}/accept", {})
    assert (answer.status_code, answer.json()["hint"]) == (409, "rule: already_lost")
    assert await types_of(system, quote) == ["quote.made.v1"]


async def test_many_who_answer_at_once_give_one_answer(system: System) -> None:
    path, quote = await quoted(system, lines=OTHER)
    accept = f"/quotes/{quote['quote_id']}/accept"
    lines = [system.manager.put(f"{path}/lines", LINES) for _ in range(3)]
    answers = await asyncio.gather(*(system.manager.post(accept, {}) for _ in range(5)), *lines)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert (await types_of(system, quote)).count("quote.accepted.v1") == 1


async def test_a_new_version_supersedes_and_the_version_read_is_checked(system: System) -> None:
    _, quote = await quoted(system)
    path = f"/quotes/{quote['quote_id']}"
    await system.manager.post(f"{path}/reject", {"reason": "too_expensive", "comment": "Дорого для нас"})
    read = await system.manager.get(path)
    assert read.json()["state"] == "rejected"
    revised = await system.manager.post(
        f"{path}/revise", {"valid_until": UNTIL, "lines": OTHER}, if_match=read.headers["etag"]
    )
    assert (revised.json()["revision"], revised.json()["state"]) == (2, "draft")
    stale = await system.manager.post(f"{path}/revise", {"valid_until": UNTIL}, if_match=read.headers["etag"])
    assert stale.status_code == 412
    old = await system.manager.post(f"{path}/accept", {"revision": 1})
    assert (old.status_code, old.json()["hint"]) == (409, "rule: quote_superseded")


async def test_a_quote_expires_once_after_its_last_day_and_is_not_accepted_then(system: System) -> None:
    _, quote = await quoted(system)
    (due,) = await system.pool.fetch("SELECT due_at FROM tasks WHERE kind = $1", EXPIRY)
    last = datetime.fromisoformat(UNTIL).date() + timedelta(days=1)
    assert due["due_at"] == datetime(last.year, last.month, last.day, tzinfo=UTC) - timedelta(hours=3)
    worker = system.parts.quotes.worker
    assert await worker.run_due() == 0
    await expired(system, quote, (TODAY - timedelta(days=2)).isoformat())
    late = await system.manager.post(f"/quotes/{quote['quote_id']}/accept", {})
    assert (late.status_code, late.json()["hint"]) == (409, "rule: quote_expired")
    assert await worker.run_due() == 1
    assert await worker.run_due() == 0
    assert await types_of(system, quote) == ["quote.made.v1", "quote.expired.v1"]
    assert (await system.manager.get(f"/quotes/{quote['quote_id']}")).json()["state"] == "expired"


async def test_the_task_of_a_quote_that_was_answered_does_nothing(system: System) -> None:
    _, quote = await quoted(system)
    await system.manager.post(f"/quotes/{quote['quote_id']}/accept", {})
    await expired(system, quote, (TODAY - timedelta(days=2)).isoformat())
    assert await system.parts.quotes.worker.run_due() == 1
    assert await types_of(system, quote) == ["quote.made.v1", "quote.accepted.v1"]


async def test_the_rows_are_what_the_log_says(system: System) -> None:
    _, quote = await quoted(system)
    await system.manager.post(f"/quotes/{quote['quote_id']}/send", {"channel": "email"})
    await system.manager.post(f"/quotes/{quote['quote_id']}/revise", {"valid_until": UNTIL, "lines": OTHER})
    history = await system.parts.store.load(quote["quote_id"])
    state = QUOTE.fold(entry.event for entry in history)
    row = await system.pool.fetchrow("SELECT * FROM quotes")
    assert row is not None
    assert not isinstance(state, NoQuote)
    assert (row["version"], row["state"], row["revision"]) == (len(history), state_name(state), state.quote.revision)
    assert (row["amount"], row["valid_until"]) == (state.quote.offer.value.amount, state.quote.offer.valid_until)


@pytest.mark.parametrize("path", ["", "/revise", "/send", "/accept", "/reject"])
async def test_quotes_of_a_line_of_business_one_does_not_see_are_not_there(system: System, path: str) -> None:
    deal = await system.opened(direction="west")
    made = await system.manager.post(f"/deals/{deal['deal_id']}/quotes", {"valid_until": UNTIL, "lines": LINES})
    body = {"": None, "/revise": {"valid_until": UNTIL}, "/send": {"channel": "email"}, "/accept": {}}
    address = f"/quotes/{made.json()['quote_id']}{path}"
    east = system.callers["east"]
    answer = await (east.get(address) if not path else east.post(address, body.get(path, {"reason": "other"})))
    assert answer.status_code == 404
