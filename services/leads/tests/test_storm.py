"""Fifty sources at once, with repeats, senders that give up waiting, and bodies of every broken kind."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import orjson
import pytest
from leads_system import Running

SOURCES_OF_EACH = 10
LEADS_OF_A_SOURCE = 8
PEOPLE = 60
SECRET = "storm-secret"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

BROKEN: list[tuple[str, bytes]] = [
    (JSON, b""),
    (JSON, b"{"),
    (JSON, b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    (JSON, b'{"a":' + b'{"a":' * 30 + b"1" + b"}" * 31),
    (JSON, b'{"a":"' + b"x" * (2 << 20) + b'"}'),
    (JSON, b'{"phone":"\xff\xfe"}'),
    (JSON, '{"phone":"+79120000000"}'.encode("utf-16")),
    (JSON, b'{"phone":"\\ud800"}'),
    (JSON, b'{"phone":"\x00"}'),
    (JSON, b"[1, 2]"),
    (f"{JSON}; charset=utf-7", b"{}"),
    (FORM, b""),
    (FORM, b"phone=%ZZ&tranid=%"),
    (FORM, b"phone=%FF%FE&tranid=%00"),
    (FORM, b"&".join(b"f%d=1" % n for n in range(5_000))),
    (f"{FORM}; charset=no-such", b"phone=1"),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+7912'),
    ("multipart/form-data", b"--b\r\n"),
    ("multipart/form-data; boundary=" + "b" * 300, b"--b--"),
    ("text/plain; charset=%FF", bytes(range(256))),
]


@dataclass(frozen=True)
class Shot:
    """One request as a sender makes it."""

    path: str
    body: bytes
    headers: dict[str, str]


def shot(channel: str, source: str, number: int, person: int) -> Shot:
    """A lead of a source, as its provider sends it."""
    phone = f"+7912345{person:04d}"
    match channel:
        case "tilda":
            body, kind = urlencode({"Phone": phone, "tranid": f"{source}:{number}"}).encode(), FORM
        case "web_form":
            body, kind = orjson.dumps({"key": SECRET, "request_id": str(number), "phone": phone}), JSON
        case "google_ads":
            column = {"column_id": "PHONE_NUMBER", "string_value": phone}
            body = orjson.dumps({"lead_id": str(number), "google_key": SECRET, "user_column_data": [column]})
            kind = JSON
        case "callback":
            body, kind = urlencode({"key": SECRET, "request_id": str(number), "phone": phone}).encode(), FORM
        case _:
            body, kind = orjson.dumps({"uid": number, "tel": [phone]}), JSON
    return Shot(f"/in/{channel}/{source}?key={quote(SECRET)}", body, {"content-type": kind})


async def fired(client: httpx2.AsyncClient, one: Shot, patience: float | None) -> int | None:
    """The status of the answer; None if the sender gave up waiting."""
    try:
        answer = await asyncio.wait_for(client.post(one.path, content=one.body, headers=one.headers), patience)
    except TimeoutError:
        return None
    return answer.status_code


def sources() -> Iterator[tuple[str, str]]:
    for channel in ("tilda", "web_form", "google_ads", "callback", "generic"):
        for number in range(SOURCES_OF_EACH):
            yield channel, f"storm-{number}"


async def set_up(leads: Running) -> None:
    for channel, source in sources():
        mapping = {"mapping": {"id": "uid", "phones": "tel"}} if channel == "generic" else {}
        # Every other source sends far over its budget.
        budget = {"budget": {"per_second": 2}} if source.endswith(("1", "3", "5")) else {}
        made = await leads.call("PUT", f"/sources/{channel}/{source}", json={"secrets": [SECRET], **mapping, **budget})
        assert made.status_code == 200, made.text


async def storm(leads: Running, channel: str, source: str, seed: int, answers: Counter[int | None]) -> None:
    """Every lead until it is acknowledged, some once more, and rubbish in between."""
    chance = random.Random(seed)
    shots = [shot(channel, source, n, chance.randrange(PEOPLE)) for n in range(LEADS_OF_A_SOURCE)]
    rubbish = [
        Shot(f"/in/{channel}/{source}?key={chance.choice([SECRET, 'wrong'])}", body, {"content-type": kind})
        for kind, body in chance.sample(BROKEN, 6)
    ]
    due = [*shots, *chance.sample(shots, 3), *rubbish]
    chance.shuffle(due)
    for one in due:
        status = await fired(leads.client, one, chance.choice([0.001, 0.02, None]))
        answers[status] += 1
        while status is None or (one not in rubbish and status != 200 and status != 202):
            assert status is None, f"{one.path}: {status}"
            status = await fired(leads.client, one, None)
            answers[status] += 1


@pytest.mark.slow
async def test_in_a_storm_nothing_is_lost_nothing_happens_twice_and_the_service_stays_up(run: Any) -> None:
    async with run() as leads:
        await set_up(leads)
        answers: Counter[int | None] = Counter()
        await asyncio.gather(
            *(storm(leads, channel, source, seed, answers) for seed, (channel, source) in enumerate(sources()))
        )
        async with asyncio.timeout(60):
            while await leads.pool.fetchval("SELECT count(*) FROM intake WHERE state = 'pending'"):
                await asyncio.sleep(0.05)

        assert not [status for status in answers if status is not None and status >= 500], answers
        assert answers[200] + answers[202] + answers[401] == sum(answers.values()) - answers[None], answers
        wanted = {(channel, source, n) for channel, source in sources() for n in range(LEADS_OF_A_SOURCE)}
        counts = (await leads.call("GET", "/counts")).json()
        assert counts["captured"] + counts["touched"] == len(wanted), "each lead became one touch"
        assert counts["pending"] == 0
        assert counts["accepted"] == sum(
            counts[name] for name in ("captured", "touched", "duplicates", "quarantined", "ignored", "discarded")
        )
        assert counts["duplicates"] >= 3 * len(list(sources()))
        stored = await leads.pool.fetchval("SELECT count(*) FROM intake")
        assert stored >= sum(answers.values()) - answers[None], "whatever was answered is stored"
        assert stored == counts["accepted"]
        internal = await leads.pool.fetch("SELECT channel, reason FROM intake WHERE reason LIKE 'internal error%'")
        assert not internal
        assert await leads.pool.fetchval("SELECT count(*) FROM customers") <= PEOPLE
        assert (await leads.client.get("/readyz")).status_code == 200
