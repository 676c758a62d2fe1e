"""The load: keep-alive connections that each send the next request when the last one is answered, in their own process.

Raw sockets and ready bytes, so that the client costs a fraction of what any server does. Reads its orders as JSON from
stdin and answers as JSON on stdout; ``offered`` is the caller's side.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from typing import Literal, cast

import uvloop

from bench.rounds import percentile

Kind = Literal["lead", "bulk", "form"]
BULK = 500
CORE = 1

_LEAD = (
    '{"name":"Анна Петрова","phones":["+7912%(n)07d"],"emails":["anna.%(n)d@example.com"],"channel":"yandex",'
    '"text":"Здравствуйте! Пришлите, пожалуйста, условия.","direction":"retail",'
    '"utm":{"source":"yandex","medium":"cpc","campaign":"spring"},"landing_page":"https://example.com/offer"%(id)s}'
)
_FORM = (
    '{"request_id":"%(n)d","name":"Анна Петрова","phone":"+7912%(n)07d","email":"anna.%(n)d@example.com",'
    '"message":"Здравствуйте! Пришлите, пожалуйста, условия.",'
    '"landing_page":"https://example.com/offer?utm_source=yandex&utm_medium=cpc&utm_campaign=spring"}'
)
_BODIES: Mapping[Kind, Callable[[Iterator[int]], str]] = {
    "lead": lambda numbers: _LEAD % {"n": next(numbers), "id": ""},
    "form": lambda numbers: _FORM % {"n": next(numbers)},
    "bulk": lambda numbers: "[" + ",".join(_bulk_item(next(numbers)) for _ in range(BULK)) + "]",
}


@dataclass(frozen=True, slots=True)
class Load:
    """What to send. ``first`` numbers the people: no two loads on one store should have the same ones."""

    kind: Kind
    port: int
    path: str
    headers: dict[str, str]
    connections: int
    seconds: float
    first: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; latencies in ms. ``cpu`` is what a request cost its server and PostgreSQL, in µs."""

    requests: int
    seconds: float
    p50: float
    p99: float
    cpu: float = 0.0

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class LoadFailed(RuntimeError):
    """A request was not answered with 2xx: figures of refusals mean nothing."""


def body_of(kind: Kind, number: int) -> str:
    """The JSON that a person of this number sends."""
    return _BODIES[kind](iter((number,)))


async def offered(load: Load) -> Answered:
    """Runs a load in another process; raises :class:`LoadFailed`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(json.dumps(asdict(load)).encode())
    answer = json.loads(output)
    if "failed" in answer:
        raise LoadFailed(f"{load.path}: {answer['failed']}")
    return Answered(**answer)


def _bulk_item(number: int) -> str:
    return _LEAD % {"n": number, "id": f',"id":"{number}"'}


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: Callable[[], bytes], until: float, latencies: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._until = until
        self._latencies = latencies
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        now = time.perf_counter()
        self._latencies.append(now - self._sent)
        if not head.startswith(b"HTTP/1.1 2"):
            self.done.set_exception(LoadFailed(self._buffer[:600].decode(errors="replace")))
            self._transport.close()
        elif now < self._until:
            self._send()
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(LoadFailed("the server closed the connection"))

    def _send(self) -> None:
        request = self._request()
        self._buffer = b""
        self._sent = time.perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])


def _same(client: _Client) -> _Client:
    return client


async def _run(load: Load) -> Answered:
    numbers, body = count(load.first), _BODIES[load.kind]
    fixed = "".join(f"{name}: {value}\r\n" for name, value in load.headers.items())
    head = f"POST {load.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{fixed}".encode()

    def request() -> bytes:
        content = body(numbers).encode()
        return head + b"content-length: %d\r\n\r\n%b" % (len(content), content)

    latencies: list[float] = []
    loop, started = asyncio.get_running_loop(), time.perf_counter()
    clients = [_Client(request, started + load.seconds, latencies) for _ in range(load.connections)]
    await asyncio.gather(
        *(loop.create_connection(partial(_same, client), "127.0.0.1", load.port) for client in clients)
    )
    await asyncio.gather(*(client.done for client in clients))
    seconds = time.perf_counter() - started
    latencies.sort()
    return Answered(len(latencies), seconds, percentile(latencies, 0.5) * 1000, percentile(latencies, 0.99) * 1000)


def main() -> None:
    """One load."""
    load = Load(**json.load(sys.stdin))
    if (os.cpu_count() or 1) > CORE:
        os.sched_setaffinity(0, {CORE})
    try:
        answer = asdict(uvloop.run(_run(load)))
    except (LoadFailed, OSError) as error:
        answer = {"failed": str(error)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
