"""What our documents say of us: one stream, changed as a whole; a document names the version it was made of.

It is kept by the API and not in a settings file, because it changes without a release (a new account, a new director),
by people of finance, and because an old document must be explainable by what was true when it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from events.contracts.deals.documents import FirmChanged
from events.decider import Decider, execute
from events.envelope import Recorded
from events.event import Event
from events.problems import StaleVersion
from events.store import Cause, Conflict, Store, deterministic_id

STREAM: Final = deterministic_id("firm")


@dataclass(frozen=True, slots=True)
class Firm:
    """The firm as of a version; None before anybody said anything."""

    version: int
    told: FirmChanged | None


def _decide(command: FirmChanged, state: FirmChanged | None) -> Sequence[Event]:
    return () if command == state else (command,)


def _evolve(state: FirmChanged | None, event: Event) -> FirmChanged | None:
    return event if isinstance(event, FirmChanged) else state


DECIDER: Decider[FirmChanged, FirmChanged | None] = Decider(None, _decide, _evolve)


def firm_of(history: Sequence[Recorded]) -> Firm:
    """The firm after these events of its stream."""
    return Firm(len(history), DECIDER.fold(entry.event for entry in history))


async def change(store: Store, told: FirmChanged, cause: Cause, now: datetime, expected: int | None) -> Firm:
    """Says it anew; what is so already needs no event. Raises ``StaleVersion``, ``events.store.Conflict``."""
    try:
        decision = await execute(store, DECIDER, STREAM, told, cause, now, expected)
    except Conflict:
        if expected is not None:
            raise StaleVersion("The firm was changed since you read it.") from None
        raise
    return Firm(decision.version, decision.state)
