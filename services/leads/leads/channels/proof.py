"""Proofs of origin that several channels share. Every comparison takes constant time and tries every live secret."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, unquote

from events.webhooks import RawRequest, Source, require_match

from leads.normalise import clean

_MAX_QUERY_FIELDS = 200


def require_secret(offered: Iterable[str | None], source: Source, what: str) -> None:
    """Raise `Unverified` unless one of the offered values is a live secret of the source."""
    given = [value for value in offered if value]
    require_match(given, source.secrets, what)


def require_signature(given: str | None, expected: Sequence[str], what: str) -> None:
    """Raise `Unverified` unless `given` is one of the signatures that the live secrets make (see `keys`)."""
    require_match([given] if given else [], expected, what)


def keys(source: Source) -> list[bytes]:
    """The live secrets as signing keys."""
    return [secret.encode() for secret in source.secrets]


def require_shared_secret(request: RawRequest, source: Source) -> None:
    """For providers that sign nothing: the secret stands in the address they were given, or in a header.

    Accepted places: query parameter `key`, the last segment of the path, header `X-Api-Key`, `Authorization: Bearer`,
    and the password of `Authorization: Basic` (what `https://name:secret@host/…` sends).
    """
    offered = [query(request).get("key"), unquote(request.path.rsplit("/", 1)[-1]), request.header("x-api-key")]
    require_secret([*offered, _authorization(request)], source, "the secret in the address or header")


def query(request: RawRequest) -> dict[str, str]:
    """The query string, the first value of each name. One with too many parts counts as empty."""
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, errors="replace", max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError:
        return {}
    return {clean(name): clean(value) for name, value in reversed(pairs)}


def _authorization(request: RawRequest) -> str | None:
    scheme, _, value = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return None
    return None
