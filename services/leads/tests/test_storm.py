"""Sources of every channel at once, with repeats, senders that give up waiting, and bodies of every broken kind."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from leads.channels import CHANNELS
from leads_system import Running
from storm_senders import FORM, JSON, LEAD_CHANNELS, OPTIONS, OTHER_CHANNELS, SECRET, Shot, shot

SOURCES_OF_EACH = 5
LEADS_OF_A_SOURCE = 6
PEOPLE = 60
NOT_TAKEN = (None, 503)
"""No answer, or that it was not stored within the seconds a sender waits: he sends it again."""

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
    (JSON, b'{"phone":"\\u0000"}'),
    (JSON, b"[1, 2]"),
    (JSON, b"[]"),
    (JSON, b"NaN"),
    (f"{JSON}; charset=utf-7", b'{"a":1}'),
    (f"{JSON}; charset=windows-1251", '{"имя":"Анна"}'.encode("cp1251")),
    (FORM, b""),
    (FORM, b"phone=%ZZ&tranid=%"),
    (FORM, b"phone=%FF%FE&tranid=%00"),
    (FORM, b"&".join(b"f%d=1" % n for n in range(5_000))),
    (FORM, b"phone=" + b"9" * (2 << 20)),
    (f"{FORM}; charset=no-such", b"phone=1"),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+7912'),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="\x00"\r\n\r\n\x00\r\n--b--\r\n'),
    ("multipart/form-data", b"--b\r\n"),
    ("multipart/form-data; boundary=" + "b" * 300, b"--b--"),
    ("text/plain; charset=%FF", bytes(range(256))),
    ("", b"\x00" * 1000),
]


def sources() -> Iterator[tuple[str, str]]:
    for channel in LEAD_CHANNELS:
        for number in range(SOURCES_OF_EACH):
            yield channel, f"storm-{number}"
    for channel in OTHER_CHANNELS:
        yield channel, "storm-0"


async def fired(client: httpx2.AsyncClient, one: Shot, patience: float | None) -> int | None:
    """The status of the answer; None if the sender gave up waiting."""
    try:
        answer = await asyncio.wait_for(client.post(one.path, content=one.body, headers=dict(one.headers)), patience)
    except TimeoutError:
        return None
    return answer.status_code


async def set_up(leads: Running) -> None:
    for channel, source in sources():
        # Every other source sends far over its budget.
        budget = {"budget": {"per_second": 2}} if source.endswith(("1", "3")) else {}
        body = {"secrets": [SECRET], "options": OPTIONS.get(channel, {}), **budget}
        made = await leads.call("PUT", f"/sources/{channel}/{source}", json=body)
        assert made.status_code == 200, f"{channel}: {made.text}"


def leads_of(channel: str, source: str, seed: int, now: int) -> list[Shot]:
    """What a source sends; other channels send rubbish only."""
    chance = random.Random(seed)
    numbers = range(LEADS_OF_A_SOURCE if channel in LEAD_CHANNELS else 0)
    return [shot(channel, source, seed * 1000 + n, chance.randrange(PEOPLE), now) for n in numbers]


async def storm(leads: Running, channel: str, source: str, seed: int, now: int, answers: Counter[Any]) -> None:
    """Every lead until it is acknowledged, some once more, and rubbish in between."""
    chance = random.Random(seed)
    shots = leads_of(channel, source, seed, now)
    rubbish = [
        Shot(f"/in/{channel}/{source}?key={quote(chance.choice([SECRET, 'wrong']))}", body, {"content-type": kind})
        for kind, body in chance.sample(BROKEN, 7)
    ]
    due = [*shots, *chance.sample(shots, min(3, len(shots))), *rubbish]
    chance.shuffle(due)
    for one in due:
        status = await fired(leads.client, one, chance.choice([0.001, 0.02, None]))
        answers[status] += 1
        while status in NOT_TAKEN or (one not in rubbish and status not in (200, 202)):
            assert status in NOT_TAKEN, f"{one.path}: {status}"
            status = await fired(leads.client, one, None)
            answers[status] += 1


def test_the_storm_comes_by_every_channel_that_receives() -> None:
    assert {*LEAD_CHANNELS, *OTHER_CHANNELS} == {name for name, channel in CHANNELS.items() if channel.receives}
    assert len(list(sources())) >= 50


@pytest.mark.slow
async def test_in_a_storm_nothing_is_lost_nothing_happens_twice_and_the_service_stays_up(run: Any) -> None:
    async with run() as leads:
        await set_up(leads)
        answers: Counter[Any] = Counter()
        now = int(time.time())
        await asyncio.gather(
            *(storm(leads, channel, source, seed, now, answers) for seed, (channel, source) in enumerate(sources()))
        )
        async with asyncio.timeout(60):
            while await leads.pool.fetchval("SELECT count(*) FROM intake WHERE state = 'pending'"):
                await asyncio.sleep(0.05)

        answered = sum(count for status, count in answers.items() if status not in NOT_TAKEN)
        assert answers[200] + answers[202] + answers[401] == answered, answers
        wanted = [one for seed, source in enumerate(sources()) for one in leads_of(*source, seed, now)]
        counts = (await leads.call("GET", "/counts")).json()
        assert counts["captured"] + counts["touched"] == len(wanted), "each lead became one touch"
        assert counts["pending"] == 0
        assert counts["accepted"] == sum(
            counts[name] for name in ("captured", "touched", "duplicates", "quarantined", "ignored", "discarded")
        )
        assert counts["duplicates"] >= 3 * len(LEAD_CHANNELS) * SOURCES_OF_EACH
        stored = await leads.pool.fetchval("SELECT count(*) FROM intake")
        assert stored >= answered, "whatever was answered is stored"
        assert stored == counts["accepted"]
        reasons = await leads.pool.fetch("SELECT channel, reason FROM intake WHERE reason LIKE 'internal error%'")
        assert not reasons
        customers = await leads.pool.fetchval("SELECT count(*) FROM customers")
        assert customers <= len({one.person for one in wanted})
        assert (await leads.client.get("/readyz")).status_code == 200
