"""A quote through its link: what the customer sees and may do, and that nothing can be guessed or done by looking."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from deals.quotes import page
from deals.quotes.desk import name_of
from deals_system import LINK_KEY, System
from events.links import Links
from quoting import OTHER, TODAY, UNTIL, expired, quoted, types_of

PAGE = {"accept": "text/html,application/xhtml+xml", "accept-language": "en-GB,en;q=0.9"}
FORM = {**PAGE, "content-type": "application/x-www-form-urlencoded"}


async def linked(system: System, **more: Any) -> tuple[str, dict[str, Any], str]:
    """A quote that was sent: path of the deal, the quote, the path of its link."""
    path, quote = await quoted(system, **more)
    sent = await system.manager.post(f"/quotes/{quote['quote_id']}/send", {"channel": "email"})
    return path, quote, sent.json()["link"]


async def test_the_customer_sees_the_quote_without_a_key_and_without_ids(system: System) -> None:
    _, quote, link = await linked(system, texts={"terms": "Оплата в два этапа"})
    answer = await system.client.get(link)
    told = answer.json()
    assert (answer.status_code, told["number"], told["state"]) == (200, quote["number"], "open")
    assert (told["totals"]["gross"], told["texts"]["terms"]) == ("45000.00", "Оплата в два этапа")
    for secret in (quote["quote_id"], quote["deal_id"], quote["customer_id"]):
        assert secret not in answer.text
        assert secret not in link


async def test_the_customer_is_not_told_what_it_costs_the_firm(system: System) -> None:
    line = {"title": "Сайт", "quantity": "1", "price": "45000", "unit_cost": "31234.56"}
    _, quote, link = await linked(system, lines={"lines": [line]})
    told = (await system.manager.get(f"/quotes/{quote['quote_id']}")).json()
    assert told["lines"][0]["unit_cost"] == "31234.56"
    for headers in ({}, PAGE):
        answer = await system.client.get(link, headers=headers)
        assert answer.status_code == 200
        assert "31234" not in answer.text.replace("\u00a0", "").replace(",", "").replace(" ", "")
        assert "cost" not in answer.text


async def test_looking_never_answers_whoever_looks_and_however(system: System) -> None:
    _, quote, link = await linked(system)
    for headers in ({}, PAGE, {"user-agent": "Mail scanner"}):
        await system.client.get(link, headers=headers)
    assert (await system.client.get(f"{link}/accept")).status_code == 405
    assert (await system.client.get(f"{link}/reject")).status_code == 405
    assert await types_of(system, quote) == ["quote.made.v1", "quote.sent.v1"]


async def test_the_customer_accepts_once_and_the_deal_has_the_lines(system: System) -> None:
    path, quote, link = await linked(system, lines=OTHER)
    first, again = [await system.client.post(f"{link}/accept") for _ in range(2)]
    assert (first.status_code, first.json()["state"], again.status_code) == (200, "accepted", 200)
    assert await types_of(system, quote) == ["quote.made.v1", "quote.sent.v1", "quote.accepted.v1"]
    row = await system.pool.fetchrow("SELECT actor, data::json->>'sending' AS sending, data::json->>'by' AS by "
                                     "FROM events WHERE type = 'quote.accepted.v1'")  # fmt: skip
    assert row is not None
    assert tuple(row) == ("customer:link", "1", "customer")
    assert (await system.manager.get(path)).json()["value"]["amount"] == "76000.00"
    rejected = await system.client.post(f"{link}/reject")
    assert (rejected.status_code, rejected.json()["hint"]) == (409, "rule: quote_accepted")


async def test_when_customer_and_manager_answer_at_once_one_answer_stands(system: System) -> None:
    path, quote, link = await linked(system, lines=OTHER)
    by_hand = f"/quotes/{quote['quote_id']}"
    answers = await asyncio.gather(
        system.client.post(f"{link}/accept"),
        system.manager.post(f"{by_hand}/reject", {"reason": "other"}),
        system.client.post(f"{link}/accept"),
        system.manager.post(f"{by_hand}/revise", {"valid_until": UNTIL}),
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    told = await types_of(system, quote)
    ends = [one for one in told if one in ("quote.accepted.v1", "quote.rejected.v1")]
    assert len(ends) <= 1 or "quote.revised.v1" in told
    value = (await system.manager.get(path)).json()["value"]["amount"]
    assert (value == "76000.00") == ("quote.accepted.v1" in told)


async def test_the_customer_declines_with_a_reason_and_words_that_are_sealed(system: System) -> None:
    _, quote, link = await linked(system)
    answer = await system.client.post(f"{link}/reject", json={"reason": "bad_timing", "comment": "Позвоните осенью"})
    assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    data = await system.pool.fetchval("SELECT data FROM events WHERE type = 'quote.rejected.v1'")
    assert "bad_timing" in data
    assert "осенью" not in data
    assert (await system.manager.get(f"/quotes/{quote['quote_id']}")).json()["state"] == "rejected"


async def test_without_scripts_by_two_forms(system: System) -> None:
    _, _, link = await linked(system)
    shown = await system.client.get(link, headers=PAGE)
    assert shown.headers["content-type"].startswith("text/html")
    actions = re.findall(r'<form method="post" action="([^"]+)">', shown.text)
    assert [action.rpartition("/")[2] for action in actions] == ["accept?lang=en", "reject?lang=en"]
    assert "<script" not in shown.text
    assert not re.search(r"""(?:src|href)=|@import|url\(""", shown.text)
    target = httpx2.URL(f"http://deals.test{link}").join(actions[0])
    done = await system.client.post(str(target), headers=FORM)
    assert done.status_code == 303
    back = target.join(done.headers["location"])
    after = await system.client.get(str(back), headers=PAGE)
    assert "The quote is accepted." in after.text
    assert "<form" not in after.text


async def test_a_form_that_declines_says_why(system: System) -> None:
    _, _, link = await linked(system)
    answer = await system.client.post(f"{link}/reject", content=b"reason=competitor&comment=", headers=FORM)
    assert answer.status_code == 303
    data = await system.pool.fetchval("SELECT data FROM events WHERE type = 'quote.rejected.v1'")
    assert "competitor" in data


async def test_the_page_is_safe_and_says_so(system: System) -> None:
    wild = {"lines": [{"title": "<script>alert(1)</script>", "quantity": "1", "price": "1"}]}
    _, _, link = await linked(system, lines=wild, texts={"greeting": '"><img src=x onerror=alert(1)>'})
    shown = await system.client.get(link, headers=PAGE)
    assert "<script" not in shown.text
    assert "<img" not in shown.text
    assert "&lt;script&gt;" in shown.text
    policy = shown.headers["content-security-policy"]
    assert policy == page.POLICY
    assert "default-src 'none'" in policy
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["x-robots-tag"] == "noindex"
    assert shown.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("accept_language", "language", "total"),
    [("ru-RU,ru;q=0.9", "ru", "45\xa0000,00\xa0₽"), ("en-US", "en", "RUB"), ("de", "ru", "₽"), ("", "ru", "₽")],
)
async def test_the_page_speaks_russian_and_english(
    system: System, accept_language: str, language: str, total: str
) -> None:
    _, _, link = await linked(system)
    shown = await system.client.get(link, headers={**PAGE, "accept-language": accept_language})
    assert f'<html lang="{language}">' in shown.text
    assert total in shown.text
    other = await system.client.get(f"{link}?lang=en", headers={**PAGE, "accept-language": accept_language})
    assert '<html lang="en">' in other.text


async def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    def shape(words: Any) -> Any:
        return {name: shape(part) for name, part in words.items()} if isinstance(words, dict) else None

    assert shape(page._WORDS["ru"]) == shape(page._WORDS["en"])


async def test_a_superseded_link_says_so_and_accepts_nothing(system: System) -> None:
    _, quote, link = await linked(system)
    await system.manager.post(f"/quotes/{quote['quote_id']}/revise", {"valid_until": UNTIL, "lines": OTHER})
    seen = (await system.client.get(link)).json()
    assert (seen["state"], seen["totals"]["gross"]) == ("superseded", "45000.00")
    answer = await system.client.post(f"{link}/accept")
    assert (answer.status_code, answer.json()["hint"]) == (409, "rule: quote_superseded")
    shown = await system.client.post(f"{link}/accept", headers=FORM)
    assert (shown.status_code, "newer version" in shown.text) == (409, True)


async def test_an_expired_quote_says_so_and_later_its_link_does(system: System) -> None:
    _, quote, link = await linked(system)
    await expired(system, quote, (TODAY - timedelta(days=2)).isoformat())
    assert (await system.client.get(link)).json()["state"] == "expired"
    answer = await system.client.post(f"{link}/accept")
    assert (answer.status_code, answer.json()["hint"]) == (409, "rule: quote_expired")
    old = Links([LINK_KEY]).make("quote", name_of(uuid4(), uuid4()), datetime.now(UTC) - timedelta(seconds=2))
    gone = await system.client.get(f"/public/quotes/{old}")
    assert (gone.status_code, gone.headers["content-type"]) == (410, "application/problem+json")
    assert (await system.client.get(f"/public/quotes/{old}", headers=PAGE)).status_code == 410


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
async def test_what_is_no_link_of_ours_is_not_found_and_tells_nothing(system: System, accept: str) -> None:
    _, quote, link = await linked(system)
    links, tomorrow = Links([LINK_KEY]), datetime.now(UTC) + timedelta(1)
    made_up = links.make("quote", name_of(UUID(quote["quote_id"]), uuid4()), tomorrow)
    other_purpose = links.make("document", name_of(UUID(quote["quote_id"]), uuid4()), tomorrow)
    token = link.rpartition("/")[2]
    for wrong in ("x", token[:-2], token.upper(), made_up, other_purpose, quote["quote_id"]):
        for call in (system.client.get(f"/public/quotes/{wrong}", headers={"accept": accept}),
                     system.client.post(f"/public/quotes/{wrong}/accept", headers={"accept": accept})):  # fmt: skip
            answer = await call
            assert answer.status_code == 404
            assert quote["number"] not in answer.text


async def test_the_link_of_an_erased_customer_opens_nothing(system: System) -> None:
    _, quote, link = await linked(system, texts={"greeting": "Анна"})
    await system.erased(UUID(quote["customer_id"]))
    assert (await system.client.get(link)).status_code == 404
    assert (await system.client.post(f"{link}/accept")).status_code == 404


@pytest.mark.parametrize("body", [b'{"reason": "because"}', b"{", b"[]", b"\xff", b'{"comment": ""}'])
async def test_an_answer_that_cannot_be_read_is_refused(system: System, body: bytes) -> None:
    _, _, link = await linked(system)
    answer = await system.client.post(f"{link}/reject", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
