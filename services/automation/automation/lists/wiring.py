"""The parts of lists that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Component
from fastapi import APIRouter

from automation.lists.arriving import arrive
from automation.react import React


class ListsWiring:
    """What follows from a list that was asked for."""

    def routers(self) -> Sequence[APIRouter]:
        """Mailings and sequences show their lists themselves."""
        return []

    def components(self) -> Sequence[Component]:
        """Nor do they leave any work here."""
        return []

    def reactions(self) -> Sequence[React]:
        """Recipients, and customers to be led in."""
        return [arrive]
