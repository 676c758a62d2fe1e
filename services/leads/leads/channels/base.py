"""What every channel is: a request goes in byte-exact, inquiries come out as plain text.

A channel is pure: it reads no clock, no file, no network. The intake calls, in this order: `handshake` (a set-up
probe is answered at once), `verify`, `reply` (sent when the raw request is durable), and later `parse`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Kind = Literal["form", "message", "call", "email", "lead_form", "chat", "import"]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as received. Bodies, URLs and headers hold personal data and secrets, so `repr` leaves them out."""

    method: str
    path: str = field(repr=False)
    query: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)  # names in lower case
    body: bytes = field(repr=False)
    received_at: datetime
    url: str = field(repr=False)  # the full public URL, query included: some providers sign it

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Source:
    """One configured entry of a channel: a site, a bot, a telephone exchange.

    `secrets` holds at most two live secrets, so that one can be replaced without losing a request. What a secret is
    (a signing key, a token, a part of the URL) and which `options` are read stands in the channel's docstring.
    """

    channel: str
    name: str
    secrets: tuple[str, ...] = field(repr=False)
    direction: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What a channel understood of one request: plain text, as given, neither normalised nor sealed yet.

    `provider_id` is the idempotency key within the source. `details` keeps every field that has no place of its own;
    it may hold personal data too. All text is free of NUL and control characters, and `details` can be written as
    JSON.
    """

    provider_id: str
    occurred_at: datetime  # business time, aware, as the provider says it
    kind: Kind
    name: str | None = field(default=None, repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    messengers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # ("telegram", "123456")
    text: str | None = field(default=None, repr=False)
    utm: Mapping[str, str] = field(default_factory=dict)  # keys without prefix: source, medium, campaign, content, term
    click_ids: Mapping[str, str] = field(default_factory=dict, repr=False)  # gclid, yclid, fbclid …
    referrer: str | None = field(default=None, repr=False)
    landing_page: str | None = field(default=None, repr=False)
    wanted_call_at: datetime | None = None
    is_test: bool = False
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """The acknowledgement that a provider wants to see."""

    status: int = 200
    body: bytes = b"ok"
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class ChannelError(Exception):
    """Why a request did not become an inquiry. `reason` is in plain words, may name a field, never repeats a value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unverified(ChannelError):
    """Nobody proved that the request comes from the source: refuse it."""


class Unreadable(ChannelError):
    """The request is from the source but cannot be understood: keep it with the reason."""


class Ignored(ChannelError):
    """The request is fine and holds nothing to capture, such as a delivery status."""


class Channel(Protocol):
    """One way by which inquiries come. Classes inherit from it for the two defaults below."""

    name: str

    def verify(self, request: Request, source: Source) -> None:
        """Pass silently, or raise `Unverified`. Works on raw bytes, in constant time, with every live secret."""
        ...

    def handshake(self, request: Request, source: Source) -> Reply | None:
        """The answer to a provider's set-up probe, `None` for an ordinary request.

        Raises `Unverified` for a false probe. It runs before `verify` and must have no effect but its answer.
        """
        return None

    def reply(self, request: Request, source: Source) -> Reply:
        """The exact acknowledgement of a stored request."""
        return Reply()

    def parse(self, request: Request, source: Source) -> list[Inquiry]:
        """The inquiries in the request, at least one. Raises `Unreadable` or `Ignored` and nothing else."""
        ...
