"""The life of a questionnaire: versions are saved. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.contracts.automation import QuestionnaireSaved
from events.decider import Decider
from events.event import Event
from events.store import deterministic_id

State = QuestionnaireSaved | None
"""The newest version."""


@dataclass(frozen=True, slots=True)
class Save:
    """A version."""

    questionnaire: str
    definition: Mapping[str, Any]


def decide(command: Save, state: State) -> Sequence[Event]:
    """The next version; none where the newest one is the same."""
    if state is not None and state.definition == command.definition:
        return []
    version = state.version + 1 if state else 1
    return [
        QuestionnaireSaved(questionnaire=command.questionnaire, version=version, definition=dict(command.definition))
    ]


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    return event if isinstance(event, QuestionnaireSaved) else state


QUESTIONNAIRE: Decider[Save, State] = Decider(None, decide, evolve)


def stream_of(questionnaire: str) -> UUID:
    """The stream of a questionnaire."""
    return deterministic_id("questionnaire", questionnaire)
