"""Personal data: sealed with a key per customer, found by blind indexes, erased by deleting the key.

A customer's key (256 random bits) is kept wrapped by the master key (AES-256-GCM, so a stolen table opens nothing).
The keyring belongs to leads; automation reads keys from it over HTTP and forgets them within five minutes; analytics
has none. Blind indexes have keys of their own (`blind_index.py`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events import disclosure
from events.sealed import Sealed
from events.store import Connection

NONCE_BYTES = 12
FILE_PREFIX = b"vf1."
CACHE_SECONDS = 300.0
CACHED_AT_MOST = 5_000
"""Customers, about 300 bytes each."""


class _Cipher:
    """AES-256-GCM under one key. Each nonce is 96 random bits of the operating system (NIST SP 800-38D, 8.2.2).

    No state stays here that a fork of the process or a restored snapshot of its machine could use twice. The standard
    allows 2**32 seals under a key; the master key is used once per customer.
    """

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, content: bytes, owner: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, content, owner)

    def open(self, sealed: bytes, owner: bytes) -> bytes:
        return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner)


class CustomerKey:
    """The key of one customer: seals and opens what is known of this person."""

    __slots__ = ("_cipher", "_customer", "_key")

    def __init__(self, customer_id: UUID, key: bytes) -> None:
        self._customer = customer_id.bytes
        self._cipher = _Cipher(key)
        self._key = key

    def named(self, index: str) -> str:
        """What events call a contact of this customer, made of its blind index: 32 hex digits that nobody can make or
        compare when the key is gone. HMAC-SHA-256 (RFC 2104) under a key made of the customer's for this alone.
        """
        naming = hmac.digest(self._key, b"names of contacts", hashlib.sha256)
        return hmac.digest(naming, index.encode(), hashlib.sha256).hex()[:32]

    def seal(self, text: str) -> Sealed[str]:
        """Ciphertext of a text."""
        sealed = base64.urlsafe_b64encode(self._cipher.seal(text.encode(), self._customer))
        return Sealed(Sealed.PREFIX + sealed.rstrip(b"=").decode())

    def seal_json(self, value: Mapping[str, Any]) -> Sealed[dict[str, object]]:
        """Ciphertext of a JSON object."""
        return Sealed(self.seal(orjson.dumps(value).decode()))

    def seal_bytes(self, content: bytes, object_id: UUID) -> bytes:
        """A file as it is kept elsewhere under ``object_id``: ``vf1.``, the nonce (12 bytes), ciphertext and tag (16).

        AES-256-GCM as for texts; the associated data are ``vf1.`` and the ids of customer and object, 16 bytes each, so
        that no file opens in another's place.
        """
        return FILE_PREFIX + self._cipher.seal(content, self._file(object_id))

    def open_bytes(self, sealed: bytes, object_id: UUID) -> bytes | None:
        """The file, or None if it was sealed by another key or for another place, is damaged, or is not for the
        caller.
        """
        shown = disclosure.current.get()
        if shown is not None and not shown.opens(self._customer):
            return None
        if not sealed.startswith(FILE_PREFIX):
            return None
        try:
            return self._cipher.open(sealed[len(FILE_PREFIX) :], self._file(object_id))
        except (InvalidTag, ValueError):
            return None

    def _file(self, object_id: UUID) -> bytes:
        return FILE_PREFIX + self._customer + object_id.bytes

    def open(self, sealed: str) -> str | None:
        """The text, or None if it was sealed by another key or is damaged, or if the caller may not see it."""
        shown = disclosure.current.get()
        if shown is not None and not shown.opens(self._customer):
            return None
        try:
            raw = base64.urlsafe_b64decode(sealed.removeprefix(Sealed.PREFIX) + "==")
            return self._cipher.open(raw, self._customer).decode()
        except (InvalidTag, ValueError):
            return None


class Keys(Protocol):
    """Where keys are read: the keyring itself, or a cache in front of it."""

    async def read(self, customer_ids: Iterable[UUID]) -> dict[UUID, CustomerKey]:
        """Keys of those customers who have one; an erased customer has none."""
        ...


class MasterKey:
    """Wraps customers' keys. ``key`` is 256 bits; ``others`` open too, while keys are rotated."""

    __slots__ = ("_cipher", "_others")

    def __init__(self, key: bytes, *others: bytes) -> None:
        self._cipher = _Cipher(key)
        self._others = tuple(map(_Cipher, others))

    def wrap(self, customer_id: UUID, key: bytes) -> bytes:
        """The key as it is stored."""
        return self._cipher.seal(key, customer_id.bytes)

    def unwrap(self, customer_id: UUID, wrapped: bytes) -> bytes:
        """The key; raises ``cryptography.exceptions.InvalidTag`` for another master key."""
        for cipher in (self._cipher, *self._others):
            try:
                return cipher.open(wrapped, customer_id.bytes)
            except InvalidTag:
                continue
        raise InvalidTag

    def rewrap(self, customer_id: UUID, wrapped: bytes) -> bytes | None:
        """The key as it is to be stored from now on; None if it is wrapped by the first key already.

        Raises ``cryptography.exceptions.InvalidTag`` where none of the keys opens it.
        """
        try:
            self._cipher.open(wrapped, customer_id.bytes)
        except InvalidTag:
            return self.wrap(customer_id, self.unwrap(customer_id, wrapped))
        return None


class Keyring:
    """The table of customers' keys, in the database of leads."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master

    def make(self, customer_id: UUID) -> tuple[CustomerKey, bytes]:
        """A new key, and its wrapped form for a caller that stores it in a statement of its own."""
        key = os.urandom(32)
        return CustomerKey(customer_id, key), self._master.wrap(customer_id, key)

    async def create(self, connection: Connection, customer_ids: Iterable[UUID]) -> dict[UUID, CustomerKey]:
        """New keys, stored in the caller's transaction."""
        made = {customer_id: self.make(customer_id) for customer_id in customer_ids}
        await connection.execute(
            "INSERT INTO keyring (customer_id, wrapped_key) SELECT * FROM unnest($1::uuid[], $2::bytea[])",
            list(made),
            [wrapped for _, wrapped in made.values()],
        )
        return {customer_id: key for customer_id, (key, _) in made.items()}

    async def read(self, connection: Connection, customer_ids: Iterable[UUID]) -> dict[UUID, CustomerKey]:
        """Keys of those customers who have one."""
        return {
            customer_id: CustomerKey(customer_id, key)
            for customer_id, key in (await self.read_raw(connection, customer_ids)).items()
        }

    async def read_raw(self, connection: Connection, customer_ids: Iterable[UUID]) -> dict[UUID, bytes]:
        """Unwrapped keys, for the service that may hold them for a while."""
        rows = await connection.fetch(
            "SELECT customer_id, wrapped_key FROM keyring WHERE customer_id = ANY($1::uuid[])", list(customer_ids)
        )
        return {row["customer_id"]: self._master.unwrap(row["customer_id"], row["wrapped_key"]) for row in rows}

    async def delete(self, connection: Connection, customer_id: UUID) -> bool:
        """Erases: what this key sealed can never be read again. False if there was none."""
        done: str = await connection.execute("DELETE FROM keyring WHERE customer_id = $1", customer_id)
        return done != "DELETE 0"


class CachedKeys:
    """Keys read from elsewhere and forgotten after five minutes at most; the newest 5,000 are kept."""

    def __init__(
        self,
        fetch: Callable[[list[UUID]], Any],
        *,
        seconds: float = CACHE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``fetch(ids)`` is awaited for ``dict[UUID, bytes]``."""
        self._fetch = fetch
        self._seconds = seconds
        self._clock = clock
        # The keys themselves: a cipher made of one takes 2.5 KB.
        self._known: dict[UUID, tuple[float, bytes]] = {}

    async def read(self, customer_ids: Iterable[UUID]) -> dict[UUID, CustomerKey]:
        """Keys of those customers who have one; raises whatever ``fetch`` raises."""
        now = self._clock()
        self._drop_old(now)
        wanted = set(customer_ids)
        found = {customer_id: self._known[customer_id][1] for customer_id in wanted & self._known.keys()}
        missing = sorted(wanted - found.keys())
        if missing:
            fetched: dict[UUID, bytes] = await self._fetch(missing)
            found |= fetched
            for customer_id, key in fetched.items():
                self._known.pop(customer_id, None)
                self._known[customer_id] = now + self._seconds, key
            self._drop_old(now)
        return {customer_id: CustomerKey(customer_id, key) for customer_id, key in found.items()}

    def _drop_old(self, now: float) -> None:
        """The oldest stand first, for all are kept equally long."""
        while self._known:
            oldest = next(iter(self._known))
            if self._known[oldest][0] > now and len(self._known) <= CACHED_AT_MOST:
                return
            del self._known[oldest]

    def forget(self, customer_id: UUID) -> None:
        """Drops a key at once, when its customer was erased."""
        self._known.pop(customer_id, None)
