"""Signed, time-limited links: a token that names one thing for one purpose and cannot be made without the key.

A token is itsdangerous' ``URLSafeSerializer``: base64url of JSON (what it names, seconds since 1970 until which it
holds) and an HMAC-SHA-256 over it, compared in constant time. The purpose salts the key, so a link to accept a quote
opens no document. The same thing, purpose and end always make the same token. What a token names can be read by
whoever has it: put ids in it, never personal data. Who is given a link may pass it on; a link is a key, not a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from itsdangerous import BadData, URLSafeSerializer
from pydantic import SecretBytes

from events.problems import Problem

LONGEST_TOKEN = 512


class LinkInvalid(Problem):
    """The link is not one of ours: cut off while it was copied, changed, or made for something else."""

    status, slug, title = 404, "link-invalid", "This link does not work"
    remedy = "Open the link exactly as it was sent, or ask for a new one."


class LinkExpired(Problem):
    """The link was made by us, and its time is over."""

    status, slug, title = 410, "link-expired", "This link has expired"
    remedy = "Ask for a new link."


class Links:
    """Makes and opens tokens. ``keys`` go from the oldest to the newest: the last one signs, each of them opens."""

    def __init__(self, keys: Sequence[SecretBytes]) -> None:
        if not keys:
            raise ValueError("links cannot be signed without a key")
        self._keys = [key.get_secret_value() for key in keys]

    def make(self, purpose: str, names: str, until: datetime) -> str:
        """The token of what it names, good until then (whole seconds); fit for a path or a query as it is."""
        token = self._serializer(purpose).dumps([names, int(until.timestamp())])
        assert isinstance(token, str)
        return token

    def open(self, purpose: str, token: str, now: datetime) -> str:
        """What the token names. Raises :class:`LinkInvalid` and :class:`LinkExpired`, which tell nothing of it."""
        if len(token) > LONGEST_TOKEN:
            raise LinkInvalid
        try:
            names, until = self._serializer(purpose).loads(token)
        except (BadData, ValueError):
            raise LinkInvalid from None
        if now > datetime.fromtimestamp(until, UTC):
            raise LinkExpired
        assert isinstance(names, str)
        return names

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        how = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeSerializer(self._keys, salt=purpose, signer_kwargs=how)
