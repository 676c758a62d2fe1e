"""A person with unmistakable data goes through the whole system: in the clear they are found only where they came in,
and after the erasure nowhere, in any store, file, topic, log, trace or metric; and no key that is left opens what was
sealed.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from embedded.system import SERVICES, System
from events.envelope import SHARDS, topic_of
from events.privacy import CustomerKey, Keyring, MasterKey
from everything_stored import Canaries, dump
from span_receiver import SpanReceiver
from voronka import samples
from voronka.client import Api
from voronka.samples import Person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NAME, WORDS = "Жарптица Канарейкина", "unmistakable-canary-words"
EMAIL, OTHER_EMAIL = "zharptitsa@canary-one.example", "kanareikina@canary-two.example"
PHONE = "+79161234599"
SPELLINGS = ("8 (916) 123-45-99", "+7 916 123 45 99", "89161234599")
CANARIES = Canaries((NAME, "Канарейкина", WORDS, EMAIL, OTHER_EMAIL), PHONE)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% " + WORDS.encode() + b"\n%%EOF\n"


async def test_an_erased_person_is_nowhere_and_was_in_the_clear_only_where_he_came_in(
    system: System, tmp_path: Path, traces: SpanReceiver
) -> None:
    trace = secrets.token_hex(16)
    async with services(system, trace) as apis:
        cards = await seed(system, apis)

        assert await databases(system) == {"leads": {"public.intake"}}
        await until(lambda: _told_of(traces, trace))
        assert await elsewhere(system, apis, traces) == set()
        keys = await keys_of(system, cards)
        sealed = await sealed_texts(system, keys)
        assert len(sealed) > 10
        archive = tmp_path / "person.zip"
        assert await voronka(system, "export", str(cards[0]), "--out", str(archive)) == 0
        handed_over(archive)

        act = tmp_path / "act"
        reason = ("--reason", "request 14", "--operator", "OOO Voronka", "--out", str(act), "--yes", "--json")
        assert await voronka(system, "erase", str(cards[1]), *reason) == 0

        assert await databases(system) == {}
        assert await elsewhere(system, apis, traces) == set()
        assert await keys_of(system, cards) == {}
        left = await keys_of(system, None)
        assert not [text for text in sealed for key in left.values() if key.open(text) is not None]
        proved(act, cards)
        assert await voronka(system, "status", str(cards[0])) == 0
        assert await voronka(system, "erase", str(cards[0]), *reason) == 0, "again it does nothing, and proves the same"


@asynccontextmanager
async def services(system: System, trace: str) -> AsyncIterator[dict[str, Api]]:
    """All that is asked is of this trace, and recorded."""
    apis = {name: Api(system.url(name), system.secrets.admin_key) for name in SERVICES}
    for api in apis.values():
        api._http.headers["traceparent"] = f"00-{trace}-{secrets.token_hex(8)}-01"
    yield apis
    for api in apis.values():
        await api.__aexit__()


async def seed(system: System, apis: dict[str, Api]) -> list[UUID]:
    """A form, a letter that makes a second card, a merge, a request that is not understood, a file, a deal with a note
    and a document, a task with a comment, a letter of ours; everything is done when this returns.
    """
    leads, deals, automation = apis["leads"], apis["deals"], apis["automation"]
    secret = system.secrets.channel_secret
    person = Person(NAME, SPELLINGS[0], EMAIL, 0, WORDS)
    assert await leads.deliver("tilda", "demo", samples.tilda(person, "canary:1", secret=secret)) == 200
    other = Person(NAME, "", OTHER_EMAIL, 0, WORDS)
    letter = samples.mailgun(other, "canary-2", signing_key=secret, at=datetime.now(UTC))
    assert await leads.deliver("mailgun", "demo", letter) == 200
    unread = Person(NAME, f"call {SPELLINGS[1]} today", "", 0, WORDS)
    assert await leads.deliver("tilda", "demo", samples.tilda(unread, "canary:3", secret=secret)) == 200
    first = await card_of(leads, email=EMAIL)
    second = await card_of(leads, email=OTHER_EMAIL)
    await leads.post(
        f"/customers/{first['customer_id']}/merge", {"customer_ids": [second["customer_id"]], "why": WORDS}
    )
    mapping = {"row_id": "id", "columns": {"name": ["name"], "phone": ["phone"]}, "constants": {"channel": "file"}}
    file = f"id,name,phone\n1,{NAME},{SPELLINGS[2]}\n".encode()
    form = {"kind": "leads", "name": "canaries", "mapping": json.dumps(mapping)}
    imported = await leads.upload("/imports", "canaries.csv", file, form)
    await until(lambda: _is(leads, f"/imports/{imported['import_id']}", "state", "done"))

    lead = (await leads.get(f"/customers/{first['customer_id']}"))["leads"][0]
    await leads.post(f"/leads/{lead['lead_id']}/qualify", {"temperature": "hot", "comment": WORDS})
    deal = await until(lambda: _first(deals, "/deals", "deals", customer_id=first["customer_id"]))
    await deals.post(f"/deals/{deal['deal_id']}/notes", {"text": f"{WORDS} {PHONE}"})
    await deals.upload(
        f"/customers/{first['customer_id']}/documents",
        "contract.pdf",
        PDF,
        {"kind": "contract", "title": WORDS, "deal_id": deal["deal_id"]},
    )
    due = {"kind": "call", "due_at": "2030-01-01T00:00:00Z", "comment": WORDS}
    await automation.post("/tasks", {**due, "customer_id": first["customer_id"]}, idempotency_key="canary")
    await until(lambda: _first(automation, "/messages", "messages", customer_id=first["customer_id"], state="sent"))
    return [UUID(first["customer_id"]), UUID(second["customer_id"])]


async def databases(system: System) -> dict[str, set[str]]:
    """Tables, by service, in which a canary stands in the clear."""
    found = {}
    for service in SERVICES:
        connection = await asyncpg.connect(system.postgres.dsn(f"voronka_{service}"))
        tables = {name for name, text in (await dump(connection)).items() if CANARIES.found_in(text)}
        await connection.close()
        if tables:
            found[service] = tables
    return found


async def elsewhere(system: System, apis: dict[str, Api], traces: SpanReceiver) -> set[str]:
    """Logs, files, topics, metrics and traces in which a canary stands in the clear. Letters sent are others'."""
    texts = {str(path): path.read_bytes().decode("utf-8", "replace") for path in files(system)}
    texts |= {f"metrics of {name}": await api.text("/metrics") for name, api in apis.items()}
    texts |= await topics(system.broker.bootstrap)
    texts["traces"] = b"\n".join(traces.bodies).decode("utf-8", "replace")
    return {name for name, text in texts.items() if CANARIES.found_in(text)}


def files(system: System) -> Iterable[Path]:
    """Logs and documents, and whatever else lies there; PostgreSQL's own are read as tables."""
    apart = {system.home / "postgres", system.home / "mail"}
    return [path for path in system.home.rglob("*") if path.is_file() and not apart & set(path.parents)]


async def topics(bootstrap: str) -> dict[str, str]:
    """All records of all topics: keys, headers and values."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, max_partition_fetch_bytes=100_000)
    await consumer.start()
    found: dict[str, list[str]] = {topic_of(service): [] for service in SERVICES}
    try:
        partitions = [TopicPartition(topic, shard) for topic in found for shard in range(SHARDS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        waited = {place for place, end in ends.items() if end}
        async with asyncio.timeout(240):
            while waited:
                for place, records in (await consumer.getmany(timeout_ms=1000)).items():
                    found[place.topic] += [f"{r.key!r} {r.headers!r} {(r.value or b'').decode()}" for r in records]
                    if records[-1].offset + 1 >= ends[place]:
                        waited.discard(place)
    finally:
        await consumer.stop()
    assert found[topic_of("leads")], "the topics were read"
    return {topic: "\n".join(records) for topic, records in found.items()}


async def keys_of(system: System, customer_ids: list[UUID] | None) -> dict[UUID, CustomerKey]:
    """Keys of these customers, or of all."""
    connection = await asyncpg.connect(system.postgres.dsn("voronka_leads"))
    if customer_ids is None:
        customer_ids = [row["customer_id"] for row in await connection.fetch("SELECT customer_id FROM keyring")]
    keyring = Keyring(MasterKey(base64.b64decode(system.secrets.master_key)))
    keys = await keyring.read(connection, customer_ids)
    await connection.close()
    return keys


async def sealed_texts(system: System, keys: dict[UUID, CustomerKey]) -> set[str]:
    """All ciphertexts of the logs that these keys open."""
    found: set[str] = set()
    for service in SERVICES:
        connection = await asyncpg.connect(system.postgres.dsn(f"voronka_{service}"))
        text = "\n".join(row["data"] for row in await connection.fetch("SELECT data::text FROM events"))
        await connection.close()
        found |= set(re.findall(r"s1\.[\w-]{38,}", text))
    return {text for text in found if any(key.open(text) is not None for key in keys.values())}


async def voronka(system: System, *words: str) -> int:
    """Exit code of ``voronka privacy …``."""
    urls = {f"VORONKA_{name.upper()}_URL": system.url(name) for name in SERVICES}
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("voronka")),
        "privacy",
        *words,
        env={"VORONKA_KEY": system.secrets.admin_key, "PATH": "", **urls},
    )
    return await process.wait()


def handed_over(archive: Path) -> None:
    """What was exported has everything, opened, with the document."""
    with ZipFile(archive) as opened:
        texts = {name: opened.read(name).decode("utf-8", "replace") for name in opened.namelist()}
    assert {"leads.json", "deals.json", "automation.json", "analytics.json", "index.html"} <= texts.keys()
    assert set(CANARIES.found_in(texts["leads.json"])) == {*CANARIES.words, PHONE}
    assert {WORDS, PHONE} <= set(CANARIES.found_in(texts["deals.json"]))
    assert WORDS in texts["automation.json"]
    assert any(WORDS in text for name, text in texts.items() if name.startswith("documents/"))
    assert not CANARIES.found_in(texts["analytics.json"])


def proved(folder: Path, cards: list[UUID]) -> None:
    """The act says what the order of Roskomnadzor asks for, and that all services are done."""
    act = json.loads((folder / "act.json").read_text())
    assert act["complete"] is True
    assert set(act["subject"]["ids"]) == set(map(str, cards))
    assert act["confirmed"] == dict.fromkeys(SERVICES, True)
    assert act["reasons"][0]["reason"] == "request 14"
    log = json.loads((folder / "log.json").read_text())
    assert [event["type"] for event in log["events"]] == ["customer.erased.v1"] * len(cards)
    assert all(not left for one in log["systems"] for left in one["left"].values())
    page = (folder / "act.html").read_text()
    assert all(words in page for words in ("OOO Voronka", "request 14", "customer.erased.v1", "Подпись"))


async def until(look: Any, seconds: float = 240) -> Any:
    """What ``look`` finds, once it finds something."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):
            await asyncio.sleep(0.1)
    return found


async def card_of(leads: Api, **known: str) -> dict[str, Any]:
    async def look() -> Any:
        found = await leads.get("/customers", **known)
        return found[0] if found else None

    return dict(await until(look))


async def _told_of(traces: SpanReceiver, trace: str) -> bool:
    """The spans of all services that had to do with personal data have come."""
    return {f"voronka-{name}" for name in SERVICES} <= {span.service for span in traces.of(trace)}


async def _first(api: Api, path: str, items: str, **wanted: str) -> Any:
    found = (await api.get(path, **wanted))[items]
    return found[0] if found else None


async def _is(api: Api, path: str, name: str, value: str) -> bool:
    return bool((await api.get(path))[name] == value)
