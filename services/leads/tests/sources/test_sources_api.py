"""Sources by the API: set up without a release, known at once, secrets never shown, requests never lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest
from leads.sources.live import LOOK_SECONDS
from leads_system import Running

TILDA = "/sources/tilda/landing"
FORM = b"Name=Anna&Phone=%2B79123456789&tranid=1:1"


@pytest.fixture
async def leads(run: Any) -> AsyncIterator[Running]:
    async with run(public_url="https://crm.example") as running:
        yield running


async def sent(leads: Running, secret: str, source: str = "landing", tranid: str = "1:1") -> int:
    body = FORM.replace(b"1:1", tranid.encode())
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await leads.client.post(f"/in/tilda/{source}?key={secret}", content=body, headers=headers)
    return answer.status_code


async def test_a_source_takes_leads_in_as_soon_as_it_is_set_up(leads: Running) -> None:
    assert await sent(leads, "first-secret") == 404

    made = await leads.call("PUT", TILDA, json={"direction": "retail", "secrets": ["first-secret"]})

    assert made.status_code == 200, made.text
    shown = made.json()
    assert (shown["version"], shown["set_up_by"], shown["live_secrets"], shown["new_secret"]) == (1, "api", 1, None)
    assert shown["webhook_url"] == "https://crm.example/in/tilda/landing"
    assert made.headers["etag"] == '"1"'
    assert await sent(leads, "first-secret") == 200
    await leads.settled()
    lead = await leads.pool.fetchrow("SELECT direction, source FROM leads")
    assert tuple(lead) == ("retail", "landing")


async def test_a_secret_is_made_where_none_is_given_and_shown_once(leads: Running) -> None:
    made = (await leads.call("PUT", TILDA, json={})).json()

    assert await sent(leads, made["new_secret"]) == 200
    shown = await leads.call("GET", TILDA)
    assert made["new_secret"] not in shown.text
    again = await leads.call("PUT", TILDA, json={})
    assert (again.json()["version"], again.json()["new_secret"]) == (1, None), "the same setup is no change"


async def test_while_a_secret_is_replaced_both_are_live(leads: Running) -> None:
    await leads.call("PUT", TILDA, json={"secrets": ["first-secret"]})
    rotated = (await leads.call("POST", f"{TILDA}/rotate", json={})).json()

    assert [await sent(leads, secret) for secret in ("first-secret", rotated["new_secret"])] == [200, 200]
    third = await leads.call("POST", f"{TILDA}/rotate", json={"secret": "third-secret"})
    assert (third.status_code, third.json()["hint"]) == (409, "rule: two_secrets")

    assert (await leads.call("POST", f"{TILDA}/retire", json={"which": "older"})).status_code == 200
    assert [await sent(leads, secret) for secret in ("first-secret", rotated["new_secret"])] == [401, 200]
    last = await leads.call("POST", f"{TILDA}/retire", json={})
    assert (last.status_code, last.json()["hint"]) == (409, "rule: last_secret")


async def test_no_secret_is_stored_in_the_clear_told_by_an_event_or_shown(leads: Running) -> None:
    body = {
        "secrets": ["hidden-secret"],
        "options": {"confirmation": "hidden-confirmation", "group_id": "77", "access_token": "hidden-token"},
    }
    made = await leads.call("PUT", "/sources/vk/community", json=body)
    shown = await leads.call("GET", "/sources/vk/community")
    listed = await leads.call("GET", "/sources")
    row = await leads.pool.fetchval("SELECT s::text || encode(sealed, 'escape') FROM sources s")
    told = await leads.pool.fetchval("SELECT data::text FROM events WHERE type = 'source.configured.v1'")

    for place in (made.text, shown.text, listed.text, row, told):
        assert "hidden-" not in place
    assert shown.json()["hidden_options"] == ["access_token", "confirmation"]
    assert orjson.loads(told) | {"hidden_options": ["access_token", "confirmation"], "live_secrets": 1} == orjson.loads(
        told
    )


async def test_what_is_write_only_and_left_out_stays_and_null_ends_it(leads: Running) -> None:
    options = {"confirmation": "abc", "group_id": "77", "access_token": "token"}
    await leads.call("PUT", "/sources/vk/community", json={"options": options})

    kept = await leads.call("PUT", "/sources/vk/community", json={"options": {"group_id": "78"}})
    assert kept.json()["hidden_options"] == ["access_token", "confirmation"]
    ended = await leads.call("PUT", "/sources/vk/community", json={"options": {"group_id": "78", "access_token": None}})
    assert ended.json()["hidden_options"] == ["confirmation"]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/sources/vk/community", {"options": {"group_id": "77"}}, "#/options/confirmation"),
        ("/sources/tilda/x", {"options": {"timezone": "Mars/Olympus"}}, "#/options/timezone"),
        ("/sources/tilda/x", {"options": {"colour": "red"}}, "#/options/colour"),
        ("/sources/tilda/x", {"mapping": {"shoe_size": "size"}}, "#/options/mapping"),
        ("/sources/generic/x", {"mapping": {"id": "a[", "phones": "b"}}, "#/options/mapping/id"),
        ("/sources/web_form/x", {"options": {"origins": ["shop.ru"]}}, "#/options/origins/0"),
        ("/sources/tilda/x", {"secrets": ["same-secret", "same-secret"]}, "#/secrets"),
        ("/sources/tilda/x", {"budget": {"per_second": 0}}, "#/budget/per_second"),
        ("/sources/tilda/x", {"budget": {"per_second": 1, "over": "refuse"}}, "#/budget/over"),
    ],
)
async def test_what_does_not_fit_is_told_place_by_place(leads: Running, path: str, body: Any, pointer: str) -> None:
    answer = await leads.call("PUT", path, json=body)

    assert answer.status_code == 422
    assert pointer in [error.get("pointer") for error in answer.json()["errors"]]
    assert (await leads.call("GET", path)).status_code == 404


async def test_a_form_is_read_by_the_mapping_of_its_source(leads: Running) -> None:
    await leads.call("PUT", TILDA, json={"secrets": ["first-secret"], "mapping": {"phone": "Ваш номер"}})
    body = "Ваш+номер=%2B79123456780&tranid=2:1".encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    await leads.client.post("/in/tilda/landing?key=first-secret", content=body, headers=headers)
    await leads.settled()

    assert await leads.pool.fetchval("SELECT count(*) FROM leads") == 1


async def test_a_source_that_is_switched_off_keeps_what_comes_and_can_be_switched_on(leads: Running) -> None:
    await leads.call("PUT", TILDA, json={"secrets": ["first-secret"]})
    off = await leads.call("DELETE", TILDA)

    assert (off.status_code, off.json()["active"]) == (200, False)
    assert await sent(leads, "first-secret") == 404
    on = await leads.call("PUT", TILDA, json={})
    assert on.json()["active"]
    await leads.call("POST", "/quarantined-requests/replay", json={"channel": "tilda", "reason": "inactive source"})
    await leads.settled()
    assert await leads.pool.fetchval("SELECT count(*) FROM leads") == 1


async def test_a_source_of_the_file_is_shown_and_cannot_be_changed(leads: Running) -> None:
    shown = (await leads.call("GET", "/sources/tilda/shop")).json()
    assert (shown["set_up_by"], shown["version"], shown["live_secrets"]) == ("file", 0, 1)

    refused = await leads.call("PUT", "/sources/tilda/shop", json={})
    assert (refused.status_code, refused.json()["hint"]) == (409, "rule: source_of_the_file")


async def test_what_came_in_by_a_source_is_counted(leads: Running) -> None:
    await leads.call("PUT", TILDA, json={"secrets": ["first-secret"]})
    await sent(leads, "first-secret")
    await sent(leads, "wrong-secret")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    await leads.client.post("/in/tilda/landing?key=first-secret", content=b"Name=nobody&tranid=9", headers=headers)
    await leads.settled()

    counts = (await leads.call("GET", TILDA)).json()["last_24_hours"]
    assert {name: counts[name] for name in ("accepted", "refused", "quarantined", "pending")} == {
        "accepted": 2,
        "refused": 1,
        "quarantined": 1,
        "pending": 0,
    }
    assert counts["last_received_at"]


async def test_a_stale_version_is_refused(leads: Running) -> None:
    await leads.call("PUT", TILDA, json={"secrets": ["first-secret"]})
    answer = await leads.call("PUT", TILDA, json={"direction": "b2b"}, headers={"if-match": '"7"'})
    assert answer.status_code == 412


async def test_every_page_lists_other_sources_and_only_those_of_ones_own_directions(run: Any) -> None:
    async with run(head_directions=["retail"]) as leads:
        for name, direction in (("a", "retail"), ("b", "b2b"), ("c", None)):
            await leads.call("PUT", f"/sources/google_ads/{name}", json={"direction": direction})
        seen, cursor = [], ""
        while cursor is not None:
            query = f"?limit=1&channel=google_ads{f'&cursor={cursor}' if cursor else ''}"
            page = (await leads.call("GET", f"/sources{query}", "head")).json()
            seen += [source["name"] for source in page["sources"]]
            cursor = page["next"]
        assert seen == ["a", "c"]
        assert (await leads.call("GET", "/sources/google_ads/b", "head")).status_code == 404
        assert (await leads.call("PUT", "/sources/google_ads/a", "head", json={})).status_code == 403


async def test_another_process_knows_a_change_a_little_later(run: Any, new_database: Any, tmp_path: Any) -> None:
    from leads_system import running_leads

    dsn = await new_database("leads")
    async with (
        running_leads(dsn, tmp_path, roles=frozenset(["api"])) as one,
        running_leads(dsn, tmp_path, roles=frozenset(["api", "worker"])) as other,
    ):
        await one.call("PUT", TILDA, json={"secrets": ["first-secret"]})
        async with asyncio.timeout(60):
            while await sent(other, "first-secret") != 200:
                await asyncio.sleep(LOOK_SECONDS / 4)


async def test_under_another_master_key_a_source_is_shown_as_closed_and_others_work(
    run: Any, new_database: Any, tmp_path: Any
) -> None:
    from leads_system import running_leads

    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path) as leads:
        await leads.call("PUT", TILDA, json={"secrets": ["first-secret"]})
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE sources SET sealed = sealed || '\\x00'")
    await connection.close()
    async with running_leads(dsn, tmp_path) as leads:
        shown = (await leads.call("GET", TILDA)).json()
        assert (shown["active"], shown["live_secrets"]) == (False, 0)
        assert await sent(leads, "first-secret") == 404
        assert await sent(leads, "tilda-secret", "shop") == 200


async def test_every_channel_says_what_a_source_of_it_may_be_set_up_with(leads: Running) -> None:
    channels = {channel["name"]: channel for channel in (await leads.call("GET", "/channels")).json()}

    assert channels["meta"]["options"]["properties"]["verify_token"]["writeOnly"]
    assert channels["meta"]["fetches"]
    assert channels["meta"]["retries"]
    assert not channels["tilda"]["retries"]
