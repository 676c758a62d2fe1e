"""Talking to the services: one small client, with retries where a repetition is harmless."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, Self
from urllib.parse import quote

import httpx2
import stamina
import stamina.instrumentation
import typer
from rich.console import Console

from voronka.samples import Delivery

RETRIES = 8
PROBLEM = "application/problem+json"

# It would write to stdout, where results go.
stamina.instrumentation.set_on_retry_hooks([])


class Refused(Exception):
    """The service answered with a problem document; the message is its detail."""


class Unreachable(Exception):
    """Nobody answered at the address, or 503 for too long."""


class NotReady(Unreachable):
    """The service itself answered 503 for too long; the message is its reason."""


class _Again(Exception):
    """Worth another attempt; ``fault`` is raised after the last."""

    def __init__(self, fault: Unreachable) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Api:
    """One service. Methods raise :class:`Refused` and :class:`Unreachable`. ``reason``: of asking, for its audit."""

    def __init__(self, url: str, key: str, attempts: int = RETRIES, reason: str = "") -> None:
        self.url = url
        self._attempts = attempts
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if reason:
            headers["X-Request-Reason"] = quote(reason)
        self._http = httpx2.AsyncClient(base_url=url, headers=headers, timeout=30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET."""
        return await self._call("GET", path, params={k: v for k, v in params.items() if v is not None})

    async def post(self, path: str, body: Any = None, *, idempotency_key: str | None = None) -> Any:
        """The JSON of a POST."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return await self._call("POST", path, json=body, headers=headers)

    async def put(self, path: str, body: Any) -> Any:
        """The JSON of a PUT."""
        return await self._call("PUT", path, json=body)

    async def delete(self, path: str) -> Any:
        """The JSON of a DELETE."""
        return await self._call("DELETE", path)

    async def upload(self, path: str, name: str, content: bytes, fields: dict[str, str]) -> Any:
        """The JSON of a POST of a file with form fields."""
        return await self._call("POST", path, data=fields, files={"file": (name, content)})

    async def text(self, path: str) -> str:
        """The text of a GET."""
        return str((await self._answer("GET", path)).text)

    async def content(self, path: str, **params: Any) -> bytes:
        """The bytes of a GET."""
        wanted = {k: v for k, v in params.items() if v is not None}
        return bytes((await self._answer("GET", path, params=wanted)).content)

    async def pages(self, path: str, items: str, **params: Any) -> AsyncIterator[Any]:
        """Everything of a paged list; ``items`` is the member that holds a page's entries."""
        cursor: str | None = None
        while True:
            page = await self.get(path, cursor=cursor, limit=200, **params)
            for item in page[items]:
                yield item
            cursor = page.get("next")
            if cursor is None:
                return

    async def deliver(self, channel: str, source: str, delivery: Delivery) -> int:
        """Sends a webhook as its provider would, again if nobody answers or the answer is 5xx; returns the status."""
        path = f"/in/{channel}/{source}{delivery.suffix}" + (f"?{delivery.query}" if delivery.query else "")
        answer = await self._tried(delivery.method, path, content=delivery.body, headers=dict(delivery.headers))
        return int(answer.status_code)

    async def _call(self, method: str, path: str, **options: Any) -> Any:
        answer = await self._answer(method, path, **options)
        return answer.json() if answer.content else None

    async def _answer(self, method: str, path: str, **options: Any) -> httpx2.Response:
        answer = await self._tried(method, path, **options)
        if answer.status_code >= 400:
            raise Refused(_explained(answer))
        return answer

    async def _tried(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            async for attempt in _attempts(self._attempts):
                with attempt:
                    answer = await self._send(method, path, **options)
        except _Again as error:
            raise error.fault from None
        return answer

    async def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            answer = await self._http.request(method, path, **options)
        except httpx2.TransportError as error:
            raise _Again(Unreachable(f"{self.url}: {type(error).__name__}")) from None
        if answer.status_code == 503 and answer.headers.get("content-type") == PROBLEM:
            raise _Again(NotReady(f"{self.url}: {_explained(answer)}"))
        if answer.status_code in (502, 503, 504):
            raise _Again(Unreachable(f"{self.url}: answers {answer.status_code}"))
        return answer


def _attempts(most: int) -> Any:
    return stamina.retry_context(on=_Again, attempts=most, timeout=60, wait_initial=0.2, wait_max=5)


def _explained(answer: httpx2.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.reason_phrase}"
    errors = "; ".join(
        f"{e.get('pointer') or e.get('parameter') or ''} {e['detail']}" for e in problem.get("errors", [])
    )
    return " ".join(filter(None, [str(answer.status_code), problem.get("title"), problem.get("detail"), errors]))


Command = Callable[[Api], Awaitable[int]]
"""What a command does with a service; its exit code."""


def run(url: str, key: str, home: Path, work: Command) -> NoReturn:
    """Ends the command with the exit code of ``work`` on a service; with 1 and the reason where it refuses or is away.

    Without a key that of a demo in ``home`` is used.
    """

    async def called() -> int:
        async with Api(url, key or stored_key(home)) as api:
            return await work(api)

    try:
        raise typer.Exit(asyncio.run(called()))
    except (Refused, Unreachable) as error:
        Console(stderr=True).print(f"[red]{error}")
        raise typer.Exit(1) from None


def ask_all(urls: Mapping[str, str], key: str, home: Path, *paths: str) -> dict[str, list[Any] | Exception]:
    """The answers of several services to the same GETs, asked at once; the fault of one that refuses or is away.

    Asked without patience: whoever looks whether services answer does not want to wait a minute for one that does not.
    """

    async def asked(url: str) -> list[Any] | Exception:
        try:
            async with Api(url, key or stored_key(home), attempts=2) as api:
                return [await api.get(path) for path in paths]
        except (Refused, Unreachable) as error:
            return error

    async def all_asked() -> list[list[Any] | Exception]:
        return await asyncio.gather(*map(asked, urls.values()))

    return dict(zip(urls, asyncio.run(all_asked()), strict=True))


def stored_key(home: Path) -> str:
    """The administrator's key of a demo in this folder, or nothing."""
    path = home / "secrets.json"
    return str(json.loads(path.read_text())["admin_key"]) if path.exists() else ""
