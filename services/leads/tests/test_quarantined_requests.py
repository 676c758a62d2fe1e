"""What could not be understood: listed, shown, corrected, replayed, discarded; and counts that add up."""

import base64
from typing import Any
from urllib.parse import urlencode

from leads_system import Running

Run = Any
KIND = {"content-type": "application/x-www-form-urlencoded"}


async def _tilda(leads: Running, id: str, key: str = "tilda-secret", **form: str) -> int:
    body = urlencode({"tranid": id, **form}).encode()
    answer = await leads.client.post(f"/in/tilda/shop?key={key}", content=body, headers=KIND)
    return answer.status_code


async def test_a_request_that_cannot_be_understood_is_kept_corrected_and_replayed(run: Run) -> None:
    async with run() as leads:
        assert await _tilda(leads, "1:1", Phone="call me maybe") == 200
        await leads.settled()
        (item,) = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        assert (item["channel"], item["source"], item["reason"]) == ("tilda", "shop", "phone: not a phone number")
        path = f"/quarantined-requests/{item['id']}"
        shown = (await leads.call("GET", path)).json()
        assert shown["original_body"]["text"] == urlencode({"tranid": "1:1", "Phone": "call me maybe"})
        assert "tilda-secret" not in str(shown)
        right = urlencode({"tranid": "1:1", "Phone": "+79123456789"})
        corrected = (await leads.call("PUT", f"{path}/body", json={"text": right})).json()
        assert corrected["original_body"] == shown["original_body"]
        replayed = (await leads.call("POST", f"{path}/replay")).json()
        assert (replayed["state"], replayed["reason"], replayed["settled_by"]) == ("done", "captured", "key:admin")
        assert await leads.pool.fetchval("SELECT count(*) FROM leads") == 1
        assert (await leads.call("POST", f"{path}/replay")).status_code == 409


async def test_a_request_is_discarded_with_a_reason_and_stays_stored(run: Run) -> None:
    async with run() as leads:
        await _tilda(leads, "1:1")
        await leads.settled()
        (item,) = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        path = f"/quarantined-requests/{item['id']}"
        discarded = (await leads.call("POST", f"{path}/discard", json={"reason": "a robot"})).json()
        assert (discarded["state"], discarded["reason"]) == ("discarded", f"a robot (was: {item['reason']})")
        assert (await leads.call("GET", "/quarantined-requests")).json()["requests"] == []
        given_up = await leads.call("GET", "/quarantined-requests", params={"state": "discarded"})
        assert [one["id"] for one in given_up.json()["requests"]] == [item["id"]]
        taken_back = (await leads.call("POST", f"{path}/replay")).json()
        assert (taken_back["state"], taken_back["reason"]) == ("quarantined", item["reason"])


async def test_bytes_that_are_no_text_are_shown_and_corrected_as_base64(run: Run) -> None:
    async with run() as leads:
        await leads.client.post("/in/tilda/shop?key=tilda-secret", content=b"Phone=\xff\xfe", headers=KIND)
        await leads.settled()
        (item,) = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        path = f"/quarantined-requests/{item['id']}"
        shown = (await leads.call("GET", path)).json()["original_body"]
        assert base64.b64decode(shown["base64"]) == b"Phone=\xff\xfe"
        right = base64.b64encode(b"Phone=%2B79123456789&tranid=1:1").decode()
        assert (await leads.call("PUT", f"{path}/body", json={"base64": right})).json()["corrected"]
        assert (await leads.call("POST", f"{path}/replay")).json()["state"] == "done"
        for wrong in ({}, {"text": "a", "base64": "YQ=="}, {"base64": "?"}):
            assert (await leads.call("PUT", f"{path}/body", json=wrong)).status_code == 422


async def test_the_quarantine_is_listed_in_pages_and_by_the_beginning_of_the_reason(run: Run) -> None:
    async with run() as leads:
        for n in range(3):
            await _tilda(leads, f"1:{n}", Phone="nonsense")
        await leads.client.post("/in/tilda/nowhere")
        await leads.settled()
        seen, cursor = [], None
        while True:
            params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await leads.call("GET", "/quarantined-requests", params=params)).json()
            seen += [item["reason"] for item in page["requests"]]
            if (cursor := page["next"]) is None:
                break
        assert sorted(seen) == ["phone: not a phone number"] * 3 + ["unknown source"]
        unknown = await leads.call("GET", "/quarantined-requests", params={"reason": "unknown"})
        assert len(unknown.json()["requests"]) == 1


async def test_replaying_all_leaves_out_refused_signatures_unless_asked_for(run: Run) -> None:
    async with run() as leads:
        assert await _tilda(leads, "1:1", key="not-the-secret", Phone="+79123456789") == 401
        await leads.pool.execute("UPDATE intake SET reason = 'signature: wrong'")
        assert (await leads.call("POST", "/quarantined-requests/replay", json={})).json() == {"replayed": 0}
        asked = await leads.call("POST", "/quarantined-requests/replay", json={"reason": "signature"})
        assert asked.json() == {"replayed": 1}
        await leads.settled()
        assert await leads.pool.fetchval("SELECT state FROM intake") == "done"


async def test_a_manager_may_not_look_into_the_quarantine(run: Run) -> None:
    async with run() as leads:
        assert (await leads.call("GET", "/quarantined-requests", role="manager")).status_code == 403


async def test_the_counts_add_up(run: Run) -> None:
    async with run() as leads:
        for n in range(3):
            await _tilda(leads, f"1:{n}", Phone=f"+7912345678{n}")
        await _tilda(leads, "1:0", Phone="+79123456780")
        await _tilda(leads, "1:7", Phone="+79123456780")
        await _tilda(leads, "1:8", Phone="nonsense")
        assert await _tilda(leads, "1:9", key="not-the-secret") == 401
        await leads.settled()
        items = [{"id": "a", "phones": ["+79123456785"]}, {"id": "a", "phones": ["+79123456785"]}, {"id": "b"}]
        await leads.call("POST", "/leads/bulk", json=items)
        counts = (await leads.call("GET", "/counts")).json()
        parts = ("captured", "touched", "duplicates", "pending", "ignored", "quarantined", "discarded")
        assert {name: counts[name] for name in parts} == dict(zip(parts, (4, 1, 2, 0, 0, 3, 0), strict=True))
        assert counts["accepted"] == sum(counts[name] for name in parts) == 10
        assert counts["by_intake"]["api"] == {"captured": 1, "touched": 0, "duplicates": 1}
