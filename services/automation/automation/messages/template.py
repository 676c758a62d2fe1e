"""The life of a template: versions are saved, and it is retired until the next one is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.contracts.automation import MessageTemplateRetired, MessageTemplateSaved
from events.decider import Decider, Rejected
from events.event import Event
from events.store import deterministic_id


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest version, and whether no new rule may name it."""

    newest: MessageTemplateSaved
    is_retired: bool = False


State = Kept | None


@dataclass(frozen=True, slots=True)
class Save:
    """What is to be said, whatever number ``wanted`` has."""

    wanted: MessageTemplateSaved


@dataclass(frozen=True, slots=True)
class Retire:
    """No new rule may name it."""


Command = Save | Retire


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command; none where it is already so. Raises ``Rejected`` (no_template)."""
    match command, state:
        case Save(wanted=wanted), Kept(newest=newest, is_retired=is_retired):
            if not is_retired and _said(wanted) == _said(newest):
                return []
            return [wanted.model_copy(update={"version": newest.version + 1})]
        case Save(wanted=wanted), None:
            return [wanted.model_copy(update={"version": 1})]
        case Retire(), None:
            raise Rejected("no_template", "No template of this name was saved.")
        case Retire(), Kept(newest=newest, is_retired=is_retired):
            return [] if is_retired else [MessageTemplateRetired(template_id=newest.template_id, name=newest.name)]
    raise AssertionError("every command meets every state")


def _said(saved: MessageTemplateSaved) -> dict[str, object]:
    return saved.model_dump(exclude={"version"})


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case MessageTemplateSaved(), _:
            return Kept(event)
        case MessageTemplateRetired(), Kept(newest=newest):
            return Kept(newest, is_retired=True)
    return state


TEMPLATE: Decider[Command, State] = Decider(None, decide, evolve)


def template_id(name: str) -> UUID:
    """The stream of a template."""
    return deterministic_id("message_template", name)
