"""Calls to other systems over HTTP, behind one port: limits, plain errors, and no way into the private network.

Addresses are set by the API, so a call must not reach what only this machine can reach (OWASP Server-Side Request
Forgery Prevention Cheat Sheet): a host is looked up once, refused unless all its addresses are public, and connected to
by the address that was checked, so a name that answers differently the second time gains nothing. Only https, redirects
are not followed, no proxy of the environment is used. Private hosts that the settings name are exempt.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore2
import httpx2
import orjson

from events import tracing

TIMEOUT_SECONDS = 20.0
MOST_BYTES = 16 << 20
FIRST_FREE_PORT: Final = 1024
"""Ports below it are those of known services: only that of https is called."""
_HTTPS_PORT: Final = 443
_TEMPORARY = (408, 425, 429)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# Addresses that Python counts as public, and that clouds answer on from inside: Oracle's metadata, Azure's WireServer.
_OF_CLOUDS: Final = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("168.63.129.16/32"))

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses of a host and port; raises OSError."""


class Trouble(ConnectionError):
    """It does not work now; worth trying again, after ``seconds`` where the other side says so.

    ``may_have_arrived``: the request was begun to be written, and no answer came; it may be done all the same.
    """

    def __init__(self, reason: str, seconds: float | None = None, *, may_have_arrived: bool = False) -> None:
        super().__init__(reason)
        self.seconds, self.may_have_arrived = seconds, may_have_arrived


class Refused(Exception):
    """The other side, or a rule of ours, says no: trying again changes nothing. Holds no personal data and no token."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the first bytes of the body as they were sent, ``seconds`` of ``Retry-After``."""

    status: int
    body: bytes
    seconds: float | None


@lru_cache(maxsize=1)
def trust() -> ssl.SSLContext:
    """The authorities that are trusted, for every client of a process: reading them takes a tenth of a second."""
    return httpx2.create_ssl_context()


class _Writing:
    """Notes, as httpcore tells it (extension ``trace``), that a request is begun to be written."""

    begun = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self.begun |= event.endswith(".send_request_headers.started")


async def _look_up(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Outgoing:
    """An HTTP client for calls to other systems."""

    def __init__(self, private_hosts: Set[str] = frozenset(), look_up: LookUp = _look_up) -> None:
        self.private_hosts = private_hosts
        transport = httpx2.AsyncHTTPTransport(verify=trust(), trust_env=False)
        # httpx2 has no way to give its pool a backend of one's own.
        transport._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trust(),
            network_backend=_Checked(private_hosts, look_up),
            keepalive_expiry=30,
        )
        self._client = httpx2.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False)

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()

    async def call(self, method: str, url: str, *, token: str | None = None, **how: Any) -> bytes:
        """The body of a good answer. Raises :class:`Trouble` and :class:`Refused`."""
        host = urlsplit(url).hostname or ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._opened(method, url, headers=headers, **how) as answer:
            body = await _read(answer, host)
        if answer.is_success:
            return body
        reason = f"{host} answered {answer.status_code}{_code(body)}"
        if answer.status_code in _TEMPORARY or answer.is_server_error:
            raise Trouble(reason, _seconds(answer.headers.get("retry-after")))
        raise Refused(reason)

    async def json(self, method: str, url: str, **how: Any) -> dict[str, Any]:
        """The JSON object of a good answer, empty for an empty body."""
        body = await self.call(method, url, **how)
        try:
            answer = orjson.loads(body) if body else {}
        except orjson.JSONDecodeError:
            raise Trouble(f"{urlsplit(url).hostname} answered something that is not JSON") from None
        if not isinstance(answer, dict):
            raise Trouble(f"{urlsplit(url).hostname} answered something that is not an object")
        return answer

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], *, seconds: float = TIMEOUT_SECONDS, most: int = 0
    ) -> Answer:
        """Whatever comes back within ``seconds`` in all, good or bad; of its body ``most`` bytes are read, undecoded.

        Raises :class:`Trouble` where nothing comes, and :class:`Refused` where the address may not be called.
        """
        given = {"Accept-Encoding": "identity", **headers}
        writing = _Writing()
        try:
            async with (
                asyncio.timeout(seconds),
                self._opened("POST", url, writing, content=content, headers=given) as answer,
            ):
                body = b""
                if most:
                    async for chunk in answer.aiter_raw(most):
                        body = chunk
                        break
                return Answer(answer.status_code, body[:most], _seconds(answer.headers.get("retry-after")))
        except TimeoutError:
            reason = f"{urlsplit(url).hostname} does not answer in {seconds:g} s"
            raise Trouble(reason, may_have_arrived=writing.begun) from None

    @asynccontextmanager
    async def _opened(
        self, method: str, url: str, writing: _Writing | None = None, **how: Any
    ) -> AsyncIterator[httpx2.Response]:
        host, writing = check_address(url, self.private_hosts), writing or _Writing()
        try:
            with tracing.span(f"call {method}", kind="client", attributes={"server.address": host}):
                async with self._client.stream(method, url, extensions={"trace": writing}, **how) as answer:
                    yield answer
        except httpx2.InvalidURL:
            raise Refused("this is no address") from None
        except httpx2.HTTPError as error:
            reason = f"{host} does not answer ({type(error).__name__})"
            raise Trouble(reason, may_have_arrived=writing.begun) from None


def check_address(url: str, private_hosts: Set[str] = frozenset()) -> str:
    """The host of an address that may be called, so far as its text tells. Raises :class:`Refused`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("this is no address") from None
    if not host or parts.scheme not in ("https", "http"):
        raise Refused("this is no address of a web server")
    if parts.username is not None or parts.password is not None:
        raise Refused(f"{host}: no name and password in the address")
    if exempt(host, private_hosts):
        return host
    if parts.scheme != "https":
        raise Refused(f"{host}: only https")
    if port is not None and port != _HTTPS_PORT and port < FIRST_FREE_PORT:
        raise Refused(f"{host}: no port of another service than https")
    return host


def exempt(host: str, private_hosts: Set[str]) -> bool:
    """May this host be private?"""
    return host in private_hosts or "*" in private_hosts


def is_public(address: str) -> bool:
    """Does this address belong to the public internet, an IPv4 one inside of an IPv6 one (mapped, 6to4, NAT64) too?"""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    of_cloud = any(found in network for network in _OF_CLOUDS if network.version == found.version)
    return found.is_global and not (found.is_multicast or found.is_reserved or of_cloud)


async def checked_address(host: str, port: int, private_hosts: Set[str], look_up: LookUp = _look_up) -> str:
    """An address to connect to: the host itself where it may be private, else a public one. Raises
    :class:`Refused` and :class:`Trouble`.
    """
    if exempt(host, private_hosts):
        return host
    try:
        addresses = await look_up(host, port)
    except (OSError, UnicodeError) as error:
        raise Trouble(f"{host} cannot be looked up ({type(error).__name__})") from None
    if not addresses or not all(map(is_public, addresses)):
        raise Refused(f"{host} leads into a private network; the setting outgoing_private_hosts may allow it")
    return addresses[0]


class _Checked(httpcore2.AsyncNetworkBackend):
    def __init__(self, private_hosts: Set[str], look_up: LookUp) -> None:
        self._private_hosts = private_hosts
        self._look_up = look_up
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, *where: Any, **how: Any) -> httpcore2.AsyncNetworkStream:
        address = await checked_address(host, port, self._private_hosts, self._look_up)
        return await self._backend.connect_tcp(address, port, *where, **how)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _read(answer: httpx2.Response, host: str) -> bytes:
    chunks, size = [], 0
    async for chunk in answer.aiter_bytes():
        size += len(chunk)
        if size > MOST_BYTES:
            raise Refused(f"{host} answered more than {MOST_BYTES} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _code(body: bytes) -> str:
    """The code of an error as most providers write it; texts may hold personal data."""
    try:
        error = orjson.loads(body)
        told: Mapping[str, Any] = error["error"] if isinstance(error.get("error"), dict) else error
        code = told.get("code") or told.get("error_code") or told.get("error")
        return f", code {code}" if isinstance(code, int) or (isinstance(code, str) and len(code) < 60) else ""
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return ""


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
