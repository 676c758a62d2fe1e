"""What sequences, a mailing and a questionnaire are carried by, and who answers: processes of the service, a provider
of SMS, customers.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx2
import orjson
import yaml
from embedded.process import ChildProcess, free_port
from embedded.system import ROOT
from events.api_keys import new_key
from werkzeug import Request, Response

TITLE: Final = {"ru": "Прогрев", "en": "Warm-up"}
WARM_UP: Final = {
    "title": TITLE,
    "purpose": "service",
    "steps": [
        {"do": "send", "id": "hello", "template": "welcome", "media": ["sms"]},
        {"do": "wait", "id": "a-day", "timing": {"after": {"days": 1}}},
        {"do": "branch", "id": "known", "where": "'vip' in customer.tags", "then": "end", "otherwise": "more"},
        {"do": "send", "id": "more", "template": "welcome", "media": ["sms"]},
    ],
}
MAILING: Final = {
    "title": "Spring",
    "template": "welcome",
    "media": ["sms"],
    "purpose": "service",
    "per_minute": 15,
    "where": "!('vip' in customer.tags)",
}
QUESTION: Final = {"ask": "nps", "id": "recommend", "title": {"ru": "Порекомендуете?", "en": "Would you recommend us?"}}
ASKED: Final = {"title": TITLE, "questions": [QUESTION]}
ON_A_LEAD: Final = {"version": 1, "title": TITLE, "trigger": "lead.captured.v1"}
START: Final = ON_A_LEAD | {
    "id": "start",
    "actions": [{"do": "start_sequence", "id": "start", "sequence": "warm-up"}],
}
ASK: Final = ON_A_LEAD | {
    "id": "ask",
    "actions": [
        {"do": "send_questionnaire", "id": "q", "template": "quote", "questionnaire": "service", "media": ["sms"]}
    ],
}
_LINK: Final = re.compile(r"https?://\S+(/public/questionnaires/\S+)")
_CHANGING: Final = ("at", "until", "entered_at", "left_at", "attempts", "delivery_id")
"""Fields of events that tell when, or how often it was tried."""


@dataclass
class Operator:
    """A provider of SMS that takes the id of a message as its key: the same key again is the same message."""

    told: set[tuple[str, str, str]] = field(default_factory=set)
    repeats: int = 0
    questions: dict[str, str] = field(default_factory=dict)
    _taking: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Response:
        said = orjson.loads(request.data)
        key, to, text = said["key"], said["to"], said["text"]
        asked = _LINK.search(text)
        with self._taking:
            taken = key, to, _LINK.sub("", text)
            self.repeats += taken in self.told
            self.told.add(taken)
            if asked:
                self.questions[key] = asked[1]
        return Response(orjson.dumps({"id": key}), content_type="application/json")

    def begins_anew(self) -> set[tuple[str, str, str]]:
        """Forgets everything; what it had been told."""
        told, self.told, self.questions, self.repeats = self.told, set(), {}, 0
        return told


class Carrier(ChildProcess):
    """A process of the service with its API and its workers."""

    def __init__(self, home: Path, number: int, environment: dict[str, str]) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(
            f"automation {number}",
            [sys.executable, "-m", "automation"],
            log=home / f"automation-{number}.log",
            env=environment | {"VORONKA_PORT": str(port)},
            cwd=ROOT,
            ready=self._is_ready,
        )

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@dataclass
class Pair:
    """Two processes, and the key of the marketer."""

    both: tuple[Carrier, Carrier]
    key: str


@asynccontextmanager
async def processes(dsn: str, url: str, home: Path, idle_seconds: int) -> AsyncIterator[Pair]:
    """Two that are ready; at the end they are stopped. ``url``: of the provider, and of leads."""
    file = _provider(url, home)
    key = new_key("mara")
    settings = {
        "DATABASE_URL": dsn,
        "DATABASE_IDLE_SECONDS": idle_seconds,
        "ROLES": "api,worker",
        "LANGUAGE": "en",
        "API_KEYS": json.dumps([{"key": key, "name": "mara", "roles": ["marketer"]}]),
        "SERVICE_KEY": new_key("automation"),
        "LEADS_URL": url.rstrip("/"),
        "PUBLIC_URL": "http://automation.test",
        "LINK_KEYS": base64.b64encode(bytes(range(32))).decode(),
        "SMS_PROVIDER_FILE": file,
        "SMS_PER_SECOND": 0,
        "OUTGOING_PRIVATE_HOSTS": "localhost,127.0.0.1",
        "QUIET_FROM": "00:00",
        "QUIET_TO": "00:00",
        "MESSAGES_A_DAY": 0,
    }
    environment = {f"VORONKA_{name}": str(value) for name, value in settings.items()}
    both = Carrier(home, 1, environment), Carrier(home, 2, environment)
    try:
        for one in both:
            await asyncio.to_thread(one.spawn)
        for one in both:
            await asyncio.to_thread(one.wait_until_ready, 120)
        yield Pair(both, key)
    finally:
        for one in both:
            await asyncio.to_thread(one.kill)


def _provider(url: str, home: Path) -> Path:
    told = {
        "url": f"{url.rstrip('/')}/sms",
        "json": {"to": "{phone}", "text": "{text}", "key": "{message_id}"},
        "taken": {"status": [200], "field": "id", "id": "id"},
    }
    home.mkdir()
    (home / "sms.yaml").write_text(yaml.safe_dump(told))
    return home / "sms.yaml"


class Customers:
    """Whoever talks HTTP to the service: at either process, again and again until one has taken it."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._http = httpx2.AsyncClient(timeout=5, trust_env=False)

    async def __aenter__(self) -> Customers:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call of the marketer's."""
        given = {"authorization": f"Bearer {self._pair.key}"} | headers
        answer = await self._until_taken(method, path, json=body, headers=given)
        return answer.json() if answer.content else None

    async def answer(self, provider: Operator, questions: int) -> None:
        """All who are asked answer, every third twice."""
        answered: set[str] = set()
        while len(answered) < questions:
            for key in sorted(provider.questions.keys() - answered):
                for _ in range(2 if len(answered) % 3 == 0 else 1):
                    number = str(UUID(key).int % 11)
                    await self._until_taken("POST", provider.questions[key], data={"recommend": number})
                answered.add(key)
            await asyncio.sleep(0.1)

    async def _until_taken(self, method: str, path: str, **options: Any) -> httpx2.Response:
        turn = 0
        while True:
            turn += 1
            url = self._pair.both[turn % 2].url
            try:
                answer = await self._http.request(method, url + path, **options)
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.is_success:
                return answer
            assert answer.status_code in {429, 500, 502, 503, 504}, answer.text
            await asyncio.sleep(0.2)


async def found(pool: asyncpg.Pool) -> dict[str, list[Any]]:
    """Everything that was said and is kept, but for times."""
    events = [
        (str(row["stream_id"]), row["version"], row["type"], _lasting(row["data"]))
        for row in await pool.fetch("SELECT stream_id, version, type, data FROM events ORDER BY stream_id, version")
    ]
    return {"events": events} | {name: [tuple(row) for row in await pool.fetch(asked)] for name, asked in _KEPT.items()}


_KEPT: Final = {
    "messages": "SELECT message_id, customer_id, medium, template, state, reason FROM messages ORDER BY 1",
    "enrolments": "SELECT enrolment_id, sequence, customer_id, version, round, state FROM enrolments ORDER BY 1",
    "recipients": "SELECT mailing_id, customer_id, message_id FROM mailing_recipients ORDER BY 1, 2",
    "answers": "SELECT message_id, questionnaire, customer_id, scores::text FROM questionnaire_answers ORDER BY 1",
    "tasks": "SELECT id, kind FROM tasks ORDER BY 1",
}


def _lasting(data: str) -> dict[str, Any]:
    return {name: value for name, value in orjson.loads(data).items() if name not in _CHANGING}
