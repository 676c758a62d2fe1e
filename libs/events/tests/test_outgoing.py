"""Calls to other systems: they go where they were meant to go, and never into the private network."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpcore2
import pytest
from events.outgoing import Outgoing, Refused, Trouble, check_address, is_public
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

HERE = frozenset(("localhost", "127.0.0.1"))
PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "0.0.0.0", "255.255.255.255", "100.64.0.1", "198.18.0.1",
    "169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1", "240.0.0.1",
    "::", "::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "::127.0.0.1",
)  # fmt: skip
PUBLIC = ("8.8.8.8", "93.184.216.34", "2a00:1450:4010:c0f::71", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::")


class Names:
    """Answers look-ups in turn; the last answer stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses to which a connection was begun; none comes about."""
    addresses: list[str] = []

    async def connect_tcp(self: Any, host: str, port: int, *where: Any, **how: Any) -> Any:
        addresses.append(host)
        raise httpcore2.ConnectError("nobody there")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect_tcp)
    return addresses


@asynccontextmanager
async def outgoing(*names: Sequence[str], private: frozenset[str] = frozenset()) -> AsyncIterator[Outgoing]:
    made = Outgoing(private, Names(*names)) if names else Outgoing(private)
    yield made
    await made.close()


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_that_leads_into_the_private_network_is_refused(address: str, connected: list[str]) -> None:
    async with outgoing([address]) as port:
        for call in (port.call("GET", "https://innocent.example/"), port.post("https://innocent.example/", b"", {})):
            with pytest.raises(Refused, match="private network"):
                await call
    assert connected == []


@pytest.mark.parametrize("address", PUBLIC)
async def test_a_public_address_is_connected_to(address: str, connected: list[str]) -> None:
    async with outgoing([address]) as port:
        with pytest.raises(Trouble):
            await port.post("https://public.example/", b"", {})
    assert connected == [address]


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="169.254.0.0/16"))
def test_a_private_address_is_known_inside_of_any_ipv6_one(inner: Any) -> None:
    high, low = int(inner) >> 16, int(inner) & 0xFFFF
    for text in (f"::ffff:{inner}", f"64:ff9b::{high:x}:{low:x}", f"2002:{high:x}:{low:x}::1", f"::{inner}"):
        assert not is_public(text)


async def test_one_private_address_among_public_ones_is_enough_to_refuse(connected: list[str]) -> None:
    async with outgoing(["8.8.8.8", "127.0.0.1"]) as port:
        with pytest.raises(Refused, match="private network"):
            await port.post("https://mixed.example/", b"", {})
    assert connected == []


async def test_a_name_that_answers_differently_the_second_time_gains_nothing(connected: list[str]) -> None:
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    port = Outgoing(look_up=names)
    with pytest.raises(Trouble):
        await port.post("https://rebinding.example/", b"", {})
    assert names.asked == [("rebinding.example", 443)]
    assert connected == ["93.184.216.34"]
    with pytest.raises(Refused, match="private network"):
        await port.post("https://rebinding.example/", b"", {})
    assert connected == ["93.184.216.34"]
    await port.close()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "only https"),
        ("ftp://example.com/", "no address of a web server"),
        ("file:///etc/passwd", "no address"),
        ("gopher://example.com/", "no address"),
        ("//example.com/", "no address"),
        ("https://", "no address"),
        ("https://user:secret@example.com/", "no name and password"),
        ("https://example.com:22/", "no port of another service"),
        ("https://example.com:99999/", "no address"),
        ("https://[::1/", "no address"),
    ],
)
def test_what_the_text_of_an_address_tells_is_refused_before_anybody_is_asked(url: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        check_address(url)


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.1", "127.1", "0"),
        *("[::1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fd00:ec2::254]"),
        *("localhost", "localhost.", "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1"),
    ],
)
async def test_an_address_in_disguise_is_looked_up_and_refused(host: str) -> None:
    async with outgoing() as port:
        with pytest.raises((Refused, Trouble)) as refused:
            await port.post(f"https://{host}/", b"", {})
    assert "does not answer" not in str(refused.value)


async def test_redirects_are_not_followed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_response(
        Response(status=307, headers={"Location": httpserver.url_for("/inside")})
    )
    asked = []
    httpserver.expect_request("/inside").respond_with_handler(lambda request: asked.append(request) or Response("no"))
    async with outgoing(private=HERE) as port:
        answer = await port.post(httpserver.url_for("/hook"), b"{}", {})
        with pytest.raises(Refused, match="answered 307"):
            await port.call("POST", httpserver.url_for("/hook"))
    assert (answer.status, asked) == (307, [])


async def test_a_host_that_the_settings_name_may_be_private(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_json({"ok": True})
    async with outgoing(private=HERE) as port:
        assert await port.json("POST", httpserver.url_for("/hook")) == {"ok": True}
        with pytest.raises(Refused):
            await port.post("https://127.0.0.2/", b"", {})


async def test_who_answers_too_slowly_is_left_in_time(httpserver: HTTPServer) -> None:
    given_up = threading.Event()

    def slow(_: Request) -> Response:
        given_up.wait(20)
        return Response("late")

    httpserver.expect_request("/hook").respond_with_handler(slow)
    async with outgoing(private=HERE) as port:
        started = time.monotonic()
        with pytest.raises(Trouble, match="does not answer in"):
            await port.post(httpserver.url_for("/hook"), b"{}", {}, seconds=0.1)
        assert time.monotonic() - started < 10
    given_up.set()


async def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    sent = 0

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\nContent-Encoding: gzip\r\n\r\n")
        try:
            while sent < 100_000_000:
                writer.write(b"x" * 65_536)
                sent += 65_536
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, outgoing(private=HERE) as port:
        answer = await port.post(address, b"", {}, most=10)
    assert (answer.status, answer.body) == (200, b"x" * 10)
    assert sent < 50_000_000
