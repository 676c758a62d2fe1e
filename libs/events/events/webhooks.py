"""What a webhook is: a request goes in byte-exact, what it tells of comes out.

A webhook is pure: it reads no clock, no file, no network. It is called in this order: ``handshake`` (a set-up probe is
answered at once), ``verify``, ``reply`` (sent when the request is durable), and later ``parse``.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from events.budget import UNLIMITED, Budget

Found = TypeVar("Found", covariant=True)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as received. Addresses, headers and bodies hold personal data and secrets; ``repr`` leaves them out."""

    id: UUID
    received_at: datetime
    channel: str
    source: str
    method: str
    url: str = field(repr=False)  # the full public address, query included: some providers sign it
    headers: tuple[tuple[str, str], ...] = field(repr=False)  # names in lower case
    body: bytes = field(repr=False)
    traceparent: str | None = None
    client: str | None = field(default=None, repr=False)  # the sender's address; known at the door, not kept

    @property
    def path(self) -> str:
        """The path of the address, as sent."""
        at = self.url.partition("?")[0]
        return "/" + (at.partition("://")[2] or at).partition("/")[2]

    @property
    def query(self) -> str:
        """The query of the address, as sent, without its question mark."""
        return self.url.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the sender is answered once the request is durable."""

    status: int = 200
    body: bytes = b"ok"
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One configured sender: a site, a bot, a telephone exchange, an account at a payment provider.

    ``secrets`` holds at most two live ones, so that one can be replaced without losing a request. What a secret is (a
    signing key, a token, a part of the address) and which ``options`` are read stands in the channel's docstring.
    Leads of the source go to ``manager_id`` by default. One that is not ``active`` takes nothing in, but what came
    before is still understood.
    """

    channel: str
    name: str
    secrets: tuple[str, ...] = field(repr=False)
    direction: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    manager_id: str | None = None
    budget: Budget = UNLIMITED
    active: bool = True


class WebhookError(Exception):
    """Why a request told of nothing. ``reason`` is in plain words, may name a field, never repeats a value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unverified(WebhookError):
    """Nobody proved that the request comes from the source: refuse it."""


class Unreadable(WebhookError):
    """The request is from the source but cannot be understood: keep it with the reason."""


class Ignored(WebhookError):
    """The request is fine and holds nothing to take, such as a delivery status."""


class Webhook(Protocol[Found]):
    """One kind of sender. Classes inherit from it for the defaults below.

    ``retries`` says that the sender comes again after a 429, by its own documentation; ``receives`` is False where
    nothing is sent to us, because we fetch.
    """

    name: str
    retries: bool = False
    receives: bool = True

    def verify(self, request: RawRequest, source: Source) -> None:
        """Pass silently, or raise :class:`Unverified`. Works on raw bytes, in constant time, with every live secret."""
        ...

    def handshake(self, request: RawRequest, source: Source) -> Reply | None:
        """The answer to a set-up probe, None for an ordinary request.

        Raises :class:`Unverified` for a false probe. It runs before ``verify`` and must have no effect but its answer.
        """
        return None

    def reply(self, request: RawRequest, source: Source) -> Reply:
        """The exact acknowledgement of a stored request."""
        return Reply()

    def parse(self, request: RawRequest, source: Source) -> Sequence[Found]:
        """What the request tells of, at least one. Raises :class:`Unreadable` or :class:`Ignored` and nothing else."""
        ...


def require_match(given: Sequence[str], expected: Sequence[str], what: str) -> None:
    """Raises :class:`Unverified` unless one of the given proofs is one of those that the live secrets make.

    Takes constant time for a number of proofs and secrets. ``what`` names the proof in the reason.
    """
    if not expected:
        raise Unverified("the source has no secret configured")
    if not given:
        raise Unverified(f"{what} is missing")
    verdicts = [_same(one, other) for one in given for other in expected]
    if not any(verdicts):
        raise Unverified(f"{what} is wrong")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="backslashreplace"), expected.encode(errors="backslashreplace"))
