"""What is fetched from a provider, instead of being sent by it: stored and understood like any other request."""

from dataclasses import dataclass, field
from typing import Final

from events.webhooks import RawRequest

PULLED: Final = "PULL"
"""The method of a stored request whose body was fetched by ourselves."""


def is_pulled(request: RawRequest) -> bool:
    """Was it fetched? Whoever sends a request of this method must still prove himself to the guard."""
    return request.method == PULLED


@dataclass(frozen=True, slots=True)
class Pulled:
    """One thing as the provider gave it. ``key`` names it within its source: the same thing is stored once.

    ``origin`` says where it was found, without tokens.
    """

    key: str
    body: bytes = field(repr=False)
    origin: str
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Reference:
    """A fact of a request that holds no more than an id: what is to be fetched, as the channel's fetcher names it."""

    reference: str
