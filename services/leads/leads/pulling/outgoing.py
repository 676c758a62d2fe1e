"""Calls to providers over HTTP, behind one port: limits, plain errors, and no way into the private network.

Addresses of sources are set by the API, so a call must not reach what only this machine can reach (OWASP, server-side
request forgery): a host is looked up once, refused unless all its addresses are public, and connected to by the address
that was checked. Redirects are not followed. Hosts of the setting `outgoing_private_hosts` are exempt.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Set
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2
import orjson

TIMEOUT_SECONDS = 20.0
MOST_BYTES = 16 << 20
_TEMPORARY = (408, 425, 429)


class Trouble(ConnectionError):
    """It does not work now; worth trying again, after ``seconds`` where the provider says so."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Refused(Exception):
    """The provider, or a rule of ours, says no: trying again changes nothing. Holds no personal data and no token."""


class Outgoing:
    """An HTTP client for calls to providers."""

    def __init__(self, private_hosts: Set[str] = frozenset()) -> None:
        self.private_hosts = private_hosts
        transport = httpx2.AsyncHTTPTransport(trust_env=False)
        # httpx2 has no way to give its pool a backend of one's own.
        transport._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(), network_backend=_Checked(private_hosts), keepalive_expiry=30
        )
        self._client = httpx2.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False)

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()

    async def call(self, method: str, url: str, *, token: str | None = None, **how: Any) -> bytes:
        """The body of a good answer. Raises :class:`Trouble` and :class:`Refused`."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not exempt(host, self.private_hosts):
            raise Refused(f"{host}: only https")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self._client.stream(method, url, headers=headers, **how) as answer:
                body = await _read(answer, host)
        except httpx2.HTTPError as error:
            raise Trouble(f"{host} does not answer ({type(error).__name__})") from None
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


def exempt(host: str, private_hosts: Set[str]) -> bool:
    """May this host be private?"""
    return host in private_hosts or "*" in private_hosts


async def checked_address(host: str, port: int, private_hosts: Set[str]) -> str:
    """An address to connect to: the host itself where it may be private, else a public one. Raises
    :class:`Refused` and :class:`Trouble`.
    """
    if exempt(host, private_hosts):
        return host
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Trouble(f"{host} cannot be looked up ({type(error).__name__})") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(ipaddress.ip_address(address).is_global for address in addresses):
        raise Refused(f"{host} leads into a private network; the setting outgoing_private_hosts may allow it")
    return addresses[0]


class _Checked(httpcore2.AsyncNetworkBackend):
    def __init__(self, private_hosts: Set[str]) -> None:
        self._private_hosts = private_hosts
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, *where: Any, **how: Any) -> httpcore2.AsyncNetworkStream:
        address = await checked_address(host, port, self._private_hosts)
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
