"""Our codes for what another CRM knows by its ids, as the options of the source say (`MovedOptions`)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal

from events.contracts.leads import IMPORTED as IMPORTED  # such a base is not handed out to managers by itself
from events.webhooks import Source, Unreadable

from leads.channels.base import Answering, Inquiry

LEFT_OUT: Final = "-"
MOST_VISITS: Final = 2_000
Table = Literal["pipelines", "stages", "users", "reasons"]


def takes_deals(source: Source) -> bool:
    """Is the history of deals to be taken over, besides persons and leads?"""
    return any(name.startswith("pipelines.") for name in source.options)


class Codes:
    """Looks codes up, and remembers what has none."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._options = options
        self._missing: dict[str, None] = {}

    def of(self, table: Table, their_id: str) -> str | None:
        """Our code; None for what is left out, and for what has none."""
        code = self._options.get(f"{table}.{their_id}")
        if code is None:
            self._missing[f"{table} {their_id}"] = None
        return None if code == LEFT_OUT else code

    def known(self, table: Table, their_id: str) -> str | None:
        """Our code, if there is one."""
        return self._options.get(f"{table}.{their_id}")

    def manager(self, their_id: str | None) -> str | None:
        """Our manager for a user there, where one is said; no code is wanted for it."""
        code = self.known("users", their_id) if their_id else None
        return None if code == LEFT_OUT else code

    def require_all(self) -> None:
        """Raises :class:`Unreadable` with everything that had no code."""
        if self._missing:
            raise Unreadable(f"no code of ours for {', '.join(list(self._missing)[:20])}")


def answering(inquiry: Inquiry, source: Source, their_user: str | None) -> list[Answering]:
    """Who answers for the person of the inquiry, if that is one of our managers."""
    manager_id = Codes(source.options).manager(their_user)
    if manager_id is None:
        return []
    return [Answering(request_id=inquiry.provider_id, manager_id=manager_id, occurred_at=inquiry.occurred_at)]


def following(visits: Iterable[tuple[str | None, datetime]]) -> tuple[tuple[str, datetime], ...]:
    """Visits in the order of time, each stage once until another follows. Raises :class:`Unreadable` for too many."""
    told: list[tuple[str, datetime]] = []
    for stage, at in sorted(visits, key=lambda visit: visit[1]):
        if stage is not None and (not told or told[-1][0] != stage):
            told.append((stage, at))
    if len(told) > MOST_VISITS:
        raise Unreadable(f"the deal was in more than {MOST_VISITS} stages")
    return tuple(told)
