"""Servers under load: the leads service as it is, and the minimal endpoint, each pinned to one core of two."""

from __future__ import annotations

import base64
import json
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import asyncpg
import httpx2
import yaml
from embedded.process import ChildProcess, free_port
from embedded.system import ROOT
from events.api_keys import new_key
from events.auth import EVERYTHING

from bench import cpu
from bench.bed import Bed
from bench.load import Answered, Kind, Load, offered
from bench.minimal import TABLE

CORE = 0
SOURCE = "bench"
PEOPLE_PER_LOAD = 150_000


class People:
    """Numbers for the people of each load, so that nobody is met twice."""

    def __init__(self) -> None:
        self._first = 0

    def next(self) -> int:
        """The first number of a load of at most 150,000 people; there are ten million."""
        self._first = (self._first + PEOPLE_PER_LOAD) % 9_900_000
        return self._first


@dataclass(frozen=True)
class Server:
    """A process with an HTTP port, where each kind of request goes, and what must go with it."""

    process: ChildProcess
    port: int
    paths: Mapping[Kind, str]
    headers: dict[str, str]
    people: People
    postgres: int

    def __enter__(self) -> Self:
        self.process.start(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def client(self) -> httpx2.Client:
        """Whoever asks it one question after the other."""
        return httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", headers=self.headers, timeout=60)

    async def answered(self, kind: Kind, connections: int, seconds: float) -> Answered:
        """What it makes of a load."""
        path, first = self.paths[kind], self.people.next()
        pids = (self.process.pid, self.postgres)
        before = cpu.used(pids)
        answered = await offered(Load(kind, self.port, path, self.headers, connections, seconds, first))
        return replace(answered, cpu=(cpu.used(pids) - before) / answered.requests * 1e6)


async def minimal(bed: Bed, people: People) -> Server:
    """FastAPI with an insert each."""
    dsn = await bed.database("minimal")
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    await connection.close()
    port = free_port()
    options = ["--port", str(port), "--interface", "asgi3", "--loop", "uvloop", "--http", "httptools"]
    options += ["--no-proxy-headers", "--no-access-log", "--log-level", "error"]
    process = _process(
        bed, "minimal", ["uvicorn", "bench.minimal:app", *options], {"BENCH_DATABASE_URL": dsn}, f"{port}/docs"
    )
    paths: Mapping[Kind, str] = {"lead": "/leads", "bulk": "/leads/bulk"}
    return Server(process, port, paths, {"x-api-key": "not-looked-at"}, people, bed.postgres.pid)


async def api(
    bed: Bed, name: str, service: str, *, roles: str = "api", pinned: bool = False, sources: Path | None = None
) -> tuple[Server, str]:
    """A service on a database of its own, and the address of that."""
    dsn = await bed.database(name, service)
    return on(bed, name, [service], dsn, roles=roles, pinned=pinned, sources=sources), dsn


def on(
    bed: Bed,
    name: str,
    module: list[str],
    dsn: str,
    *,
    roles: str = "api",
    pinned: bool = False,
    sources: Path | None = None,
    directions: Sequence[str] = (EVERYTHING,),
) -> Server:
    """A module that runs a service, with its arguments, on a database that is there; its caller sees these lines."""
    key, port = new_key("bench"), free_port()
    caller = {"key": key, "name": "bench", "roles": ["integration", "head"], "directions": list(directions)}
    environment = {
        "DATABASE_URL": dsn,
        "PORT": str(port),
        "ROLES": roles,
        "MASTER_KEY": base64.b64encode(bytes(range(32))).decode(),
        "INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
        "API_KEYS": json.dumps([caller]),
        "LINK_KEYS": base64.b64encode(bytes(range(64, 96))).decode(),
        **({"SOURCES_PATH": str(sources)} if sources else {}),
    }
    variables = {f"VORONKA_{k}": v for k, v in environment.items()}
    process = _process(bed, name, module, variables, f"{port}/readyz", pinned=pinned)
    return Server(process, port, {}, {"x-api-key": key}, People(), bed.postgres.pid)


async def leads(bed: Bed, name: str, people: People, *, roles: str = "api", pinned: bool = True) -> tuple[Server, str]:
    """The leads service with a form; what is offered to it."""
    form_key = "bench-form-key"
    sources = bed.folder / "sources.yaml"
    sources.write_text(yaml.safe_dump([{"channel": "web_form", "name": SOURCE, "secrets": [form_key]}]))
    server, dsn = await api(bed, name, "leads", roles=roles, pinned=pinned, sources=sources)
    paths: Mapping[Kind, str] = {"lead": "/leads", "bulk": "/leads/bulk", "form": f"/in/web_form/{SOURCE}"}
    return replace(server, paths=paths, headers={**server.headers, "x-form-key": form_key}, people=people), dsn


def _process(
    bed: Bed, name: str, module: list[str], environment: Mapping[str, str], ready: str, *, pinned: bool = True
) -> ChildProcess:
    taskset = ["taskset", "-c", str(CORE)] if pinned and shutil.which("taskset") else []
    return ChildProcess(
        name,
        [*taskset, sys.executable, "-m", *module],
        log=Path(bed.folder) / f"{name}.log",
        ready=lambda: _answers(f"http://127.0.0.1:{ready}"),
        env=environment,
        cwd=ROOT,
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
