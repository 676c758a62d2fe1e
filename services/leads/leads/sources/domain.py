"""What a source is set up to be, and the rules by which that changes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from events.budget import UNLIMITED, Budget
from events.contracts.leads import SourceConfigured
from events.decider import Rejected
from events.sources import MOST_SECRETS

Change = Literal["configured", "rotated", "retired", "deactivated"]


@dataclass(frozen=True, slots=True)
class Setup:
    """A source as it is set up. ``hidden`` are the write-only options; ``secrets`` the live ones, the newest last."""

    active: bool = True
    direction: str | None = None
    manager_id: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    budget: Budget = UNLIMITED


def rotate(old: Setup, secret: str) -> Setup:
    """A new secret beside the live one. Refused while two are live: the provider may still use the older."""
    if secret in old.secrets:
        raise Rejected("same_secret", "This secret is live already.")
    if len(old.secrets) == MOST_SECRETS:
        raise Rejected("two_secrets", "Two secrets are live: retire one first.")
    return replace(old, secrets=(*old.secrets, secret))


def retire(old: Setup, which: Literal["older", "newer"]) -> Setup:
    """One of two live secrets ends."""
    if len(old.secrets) < MOST_SECRETS:
        raise Rejected("last_secret", "Only one secret is live: without it the source would take nothing in.")
    return replace(old, secrets=(old.secrets[1 if which == "older" else 0],))


def deactivate(old: Setup) -> Setup:
    """Takes nothing in any more; what came before stays, and it can be switched on again."""
    return replace(old, active=False)


def told(channel: str, name: str, setup: Setup, change: Change) -> SourceConfigured:
    """The setup as an event tells it: no secret, of write-only options the names."""
    return SourceConfigured(
        channel=channel,
        source=name,
        change=change,
        active=setup.active,
        direction=setup.direction,
        manager_id=setup.manager_id,
        options=dict(setup.options),
        hidden_options=tuple(sorted(setup.hidden)),
        live_secrets=len(setup.secrets),
        per_second=setup.budget.per_second,
        per_minute=setup.budget.per_minute,
        over_budget=setup.budget.over,
    )
