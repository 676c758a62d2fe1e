"""The dashboard as people use it: in Chromium, on a desk and on a phone, in both languages, light and dark."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

pytestmark = pytest.mark.slow

MOSCOW = ZoneInfo("Europe/Moscow")


def digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))


async def test_a_key_opens_it_and_every_chart_says_what_the_reports_say(visit, shop) -> None:
    visitor = await visit()
    await visitor.opens()
    await visitor.signs_in("vk_nobody_" + "n" * 43)
    await visitor.page.wait_for_selector("#refused:has-text('not valid')")
    assert visitor.troubles.pop().endswith("401 (Unauthorized)")

    await visitor.signs_in()
    await visitor.sees_everything()
    assert visitor.troubles == []

    asked = await visitor.page.evaluate("Object.fromEntries(new URLSearchParams(location.hash.slice(1)))")
    period = {name: asked[name] for name in ("from", "to")}
    funnel = (await shop.report("/reports/funnel", **period))["rows"]
    by_step = {row["step"]: row["entered"] for row in funnel}
    for name in ("requests", "leads", "qualified", "deals"):
        assert digits(await visitor.figure(name.capitalize())) == by_step[name] > 5
    assert [digits(row[1]) for row in await visitor.rows("funnel")] == [row["entered"] for row in funnel]
    channels = (await shop.report("/reports/channels", **period))["rows"]
    assert [(row[0], digits(row[2])) for row in await visitor.rows("channels")] == [
        (row["channel"], row["leads"]) for row in channels
    ]
    for report, least in (("dynamics", 20), ("managers", 4), ("pareto", 5), ("needs", 3), ("traits", 3)):
        assert len(await visitor.rows(report)) >= least
    traits = (await shop.report("/reports/traits", **period))["rows"]
    for trait in ("channel", "product"):
        await visitor.page.select_option("[data-card=traits] select", trait)
        assert [(row[0], digits(row[1])) for row in await visitor.rows("traits")] == [
            (row["value"], row["customers"]) for row in traits if row["trait"] == trait
        ]
    segments = (await shop.report("/segments"))["segments"]
    assert [digits(row[1]) for row in await visitor.rows("segments")] == [row["customers"] for row in segments]

    kept = await visitor.page.evaluate(
        "[sessionStorage, localStorage, document.cookie].map(one => JSON.stringify(one))"
    )
    assert ["vk_head" in one for one in kept] == [True, False, False]
    await visitor.takes_picture("dashboard")


async def test_what_happens_is_seen_without_asking_again_wherever_the_browser_is(visit, shop) -> None:
    visitor = await visit(timezone_id="Pacific/Honolulu")
    today = {datetime.now(MOSCOW).date().isoformat()}
    await visitor.opens()
    today.add(datetime.now(MOSCOW).date().isoformat())
    assert await visitor.page.evaluate("document.querySelector('[name=to]').value") in today
    await visitor.signs_in()
    await visitor.sees_everything()
    await visitor.page.wait_for_selector("#live[data-state=on]")
    before = digits(await visitor.figure("Leads"))

    for _ in range(3):
        shop.life.lead(shop.life.today - timedelta(minutes=5))
    await shop.happens()

    await visitor.until(f"document.querySelectorAll('.figure strong')[1].textContent === '{before + 3}'")


async def test_the_slider_shows_a_past_moment_as_it_was(visit, shop) -> None:
    visitor = await visit()
    await visitor.opens()
    await visitor.signs_in()
    await visitor.sees_everything()
    now = digits(await visitor.figure("Leads"))

    await visitor.page.locator("#back").fill("-10")
    await visitor.until("location.hash.includes('back=-10')")
    await visitor.sees_everything()

    then = (shop.life.today - timedelta(days=10)).astimezone(MOSCOW).date().isoformat()
    asked = await visitor.page.evaluate("Object.fromEntries(new URLSearchParams(location.hash.slice(1)))")
    funnel = await shop.report("/reports/funnel", **{"from": asked["from"], "to": asked["to"], "as_of": then})
    leads = next(row["entered"] for row in funnel["rows"] if row["step"] == "leads")
    assert digits(await visitor.figure("Leads")) == leads < now


async def test_a_filter_narrows_every_report_and_stands_in_the_address(visit, shop) -> None:
    visitor = await visit()
    await visitor.opens()
    await visitor.signs_in()
    await visitor.sees_everything()

    await visitor.page.select_option("select[name=channel]", "vk")
    await visitor.until("document.querySelectorAll('[data-card=channels] tbody tr').length === 1")
    assert (await visitor.rows("channels"))[0][0] == "vk"

    address = visitor.page.url
    other = await visit()
    await other.page.goto(address)
    await other.signs_in()
    await other.until("document.querySelectorAll('[data-card=channels] tbody tr').length === 1")


async def test_it_speaks_russian_and_is_dark_where_that_is_wanted(visit) -> None:
    visitor = await visit(color_scheme="dark", locale="ru-RU")
    await visitor.opens()
    await visitor.signs_in()
    await visitor.sees_everything()
    assert await visitor.page.locator("[data-card=funnel] h2").inner_text() == "Воронка"
    dark = await visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    await visitor.takes_picture("dashboard-dark-ru")

    await visitor.page.click("#theme")
    assert await visitor.page.evaluate("document.documentElement.dataset.theme") == "light"
    assert await visitor.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    await visitor.page.click("#language")
    assert await visitor.page.locator("[data-card=funnel] h2").inner_text() == "Funnel"
    assert visitor.troubles == []


async def test_on_a_phone_nothing_sticks_out_and_fingers_find_everything(visit) -> None:
    visitor = await visit(390, 844, is_mobile=True, has_touch=True, device_scale_factor=2)
    await visitor.opens()
    await visitor.signs_in()
    await visitor.sees_everything()
    assert await visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = await visitor.page.eval_on_selector_all(
        "#dashboard button, #dashboard input, #dashboard select",
        "all => all.filter(one => one.type !== 'range' && one.getBoundingClientRect().height < 36)"
        ".map(one => one.outerHTML)",
    )
    assert small == []
    await visitor.takes_picture("dashboard-phone")


async def test_it_needs_nobody_else_and_runs_nothing_it_was_not_served(visit, shop) -> None:
    visitor = await visit()
    await visitor.opens()
    await visitor.signs_in()
    await visitor.sees_everything()
    assert {url.removeprefix("data:")[: len(shop.url)] for url in visitor.asked} <= {shop.url}

    await visitor.page.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s)"
    )
    assert await visitor.page.evaluate("window.ran") is None
    assert "Content Security Policy" in visitor.troubles.pop()


async def test_everything_has_a_name_for_those_who_hear_the_page(visit) -> None:
    visitor = await visit()
    await visitor.opens()
    await visitor.signs_in()
    await visitor.sees_everything()
    nameless = await visitor.page.evaluate(
        "[...document.querySelectorAll('input, select, button, canvas, summary')]"
        ".filter(one => !(one.textContent.trim() || one.ariaLabel || one.labels?.[0]?.textContent.trim()))"
        ".map(one => one.outerHTML)"
    )
    assert nameless == []
    for card in ("funnel", "channels", "dynamics", "managers", "pareto", "needs", "traits", "segments"):
        assert await visitor.page.get_attribute(f"[data-card={card}]", "aria-labelledby") == card
        assert len(await visitor.page.get_attribute(f"[data-card={card}] canvas", "aria-label")) > 10
