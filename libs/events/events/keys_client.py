"""Asking leads over HTTP for customers' keys, and for whose contacts a text names: the only calls between services,
and only for reading.

``POST {leads_url}/keys/read`` with ``{"customer_ids": ["…"]}`` answers ``{"keys": {"<customer id>": "<base64 of 32
bytes>"}}``; a customer who was erased, or is unknown, is left out. The caller shows its service key (permission
``keyring:read``). Put :class:`events.privacy.CachedKeys` in front of it::

    client = KeysClient(settings.leads_url, settings.service_key)
    runtime.closing.push_async_callback(client.close)
    keys = CachedKeys(client)
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import httpx2
from pydantic import SecretStr

from events import tracing
from events.outgoing import trust

IDS_A_REQUEST = 1_000
LONGEST_TEXT = 100_000
"""Characters of a text that are looked at; notifications have a few thousand. Escaped in JSON, six bytes each at worst,
they stay under the limit of a body.
"""
TIMEOUT_SECONDS = 3.0


class KeysUnavailable(ConnectionError):
    """Leads cannot be reached, or does not give keys to this service: worth trying again later."""


class Named(NamedTuple):
    """The customers whose phones or e-mails stand in a text; where there are none, those whose full name does."""

    customers: Sequence[UUID] = ()
    namesakes: Sequence[UUID] = ()


class KeysClient:
    """Fetches keys, at most 1,000 customers a request. To be awaited with ids, as :class:`CachedKeys` does."""

    def __init__(
        self,
        leads_url: str | None,
        service_key: SecretStr | None,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._leads_url = leads_url
        self._service_key = service_key
        self._transport = transport
        self._client: httpx2.AsyncClient | None = None

    async def __call__(self, customer_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """Keys of those who have one; raises :class:`KeysUnavailable`."""
        keys: dict[UUID, bytes] = {}
        for some in _batched(customer_ids):
            keys |= await self._read(some)
        return keys

    async def close(self) -> None:
        """Closes the connections to leads."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def named_in(self, text: str) -> Named:
        """Whom a text names; raises :class:`KeysUnavailable`."""
        answer = await self._post("/personal-data/named", {"text": text[:LONGEST_TEXT]})
        try:
            said = answer.json()
            # A leads of the release before says nothing of names.
            return Named(list(map(UUID, said["customer_ids"])), list(map(UUID, said.get("namesake_ids", ()))))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeysUnavailable("leads answered something that is not a list of customers") from None

    async def _read(self, customer_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        answer = await self._post("/keys/read", {"customer_ids": [str(customer_id) for customer_id in customer_ids]})
        try:
            return {UUID(name): _key(text) for name, text in answer.json()["keys"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeysUnavailable("leads answered something that is not a set of keys") from None

    async def _post(self, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        if self._leads_url is None or self._service_key is None:
            raise KeysUnavailable("VORONKA_LEADS_URL and VORONKA_SERVICE_KEY are needed to read customers' keys")
        if self._client is None:
            self._client = httpx2.AsyncClient(
                base_url=self._leads_url,
                timeout=TIMEOUT_SECONDS,
                transport=self._transport,
                verify=trust(),
                trust_env=False,
            )
        headers = {"Authorization": f"Bearer {self._service_key.get_secret_value()}"}
        try:
            with tracing.span("call POST", kind="client", attributes={"url.template": path}):
                if traceparent := tracing.current_traceparent():
                    headers["traceparent"] = traceparent
                answer = await self._client.post(path, json=body, headers=headers)
            answer.raise_for_status()
            return answer
        except httpx2.HTTPStatusError as error:
            raise KeysUnavailable(f"leads answered {error.response.status_code} to {path}") from None
        except httpx2.HTTPError as error:
            raise KeysUnavailable(f"leads does not answer ({type(error).__name__})") from None


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if len(key) != 32:
        raise ValueError("not 32 bytes")
    return key


def _batched(ids: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [ids[start : start + IDS_A_REQUEST] for start in range(0, len(ids), IDS_A_REQUEST)]
