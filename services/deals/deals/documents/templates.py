"""Templates that users upload: published as versions of a code, retired, found again. Nothing of them is personal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from events.contracts.deals.documents import (
    DocumentKind,
    DocumentTemplatePublished,
    DocumentTemplateRetired,
    Language,
)
from events.decider import ATTEMPTS, Decider, Rejected
from events.event import Event
from events.problems import NotFound, StaleVersion
from events.sqlfile import sql
from events.store import Append, Cause, Conflict, Connection, Store, append_one, deterministic_id, load

from deals.documents.commands import SQL


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it stands; ``published`` counts its versions."""

    code: str
    published: int
    kind: DocumentKind
    title: str
    language: Language
    size: int
    sha256: str
    variables: tuple[str, ...]
    required: tuple[str, ...]
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Publish:
    """The template as it is from now on; ``published`` is counted by the rule."""

    template: Template


@dataclass(frozen=True, slots=True)
class Retire:
    """Make nothing by it any more."""


Command = Publish | Retire


def _decide(command: Command, state: Template | None) -> Sequence[Event]:
    match command, state:
        case (Publish(template=new), _):
            number = state.published if state else 0
            if state is not None and replace(new, published=number) == state:
                return ()
            told = {name: getattr(new, name) for name in _TOLD}
            return (DocumentTemplatePublished(version=number + 1, **told),)
        case (Retire(), None):
            raise Rejected("no_template", "There is no such template.")
        case (Retire(), Template(is_retired=False, code=code)):
            return (DocumentTemplateRetired(code=code),)
    return ()


def _evolve(state: Template | None, event: Event) -> Template | None:
    match event:
        case DocumentTemplatePublished():
            return Template(published=event.version, **{name: getattr(event, name) for name in _TOLD})
        case DocumentTemplateRetired() if state is not None:
            return replace(state, is_retired=True)
    return state


_TOLD = ("code", "kind", "title", "language", "size", "sha256", "variables", "required")
DECIDER: Decider[Command, Template | None] = Decider(None, _decide, _evolve)


def stream_of(code: str) -> UUID:
    """The stream of a template."""
    return deterministic_id("document_template", code)


async def published(connection: Connection, service: str, code: str) -> Template | None:
    """The template, None if nothing is made by it."""
    state = DECIDER.fold(entry.event for entry in await load(connection, service, stream_of(code)))
    return None if state is None or state.is_retired else state


async def run(
    store: Store, code: str, command: Command, cause: Cause, now: datetime, expected: int | None = None
) -> bool:
    """Runs a command on a template; False where it was so already. Raises ``NotFound``, ``StaleVersion``."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await _run(store, code, command, cause, now, expected)
        except Conflict:
            continue
    return await _run(store, code, command, cause, now, expected)


async def _run(store: Store, code: str, command: Command, cause: Cause, now: datetime, expected: int | None) -> bool:
    stream_id = stream_of(code)
    async with store.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM document_templates WHERE code = $1 FOR UPDATE", code)
        history = await load(connection, store.service, stream_id)
        if expected is not None and expected != len(history):
            raise StaleVersion(f"The template is at version {len(history)}.")
        state = DECIDER.fold(entry.event for entry in history)
        try:
            events = DECIDER.decide(command, state)
        except Rejected as rejected:
            raise NotFound(str(rejected)) from None
        if not events:
            return False
        after = DECIDER.fold(events, state)
        assert after is not None
        await connection.execute(
            sql("template_save", SQL), code, len(history) + len(events), after.published, after.kind, after.title,
            after.language, after.size, after.sha256, after.variables, after.required, after.is_retired, now,
        )  # fmt: skip
        decision = Append(stream_id, len(history), events, cause, now)
        appended = await append_one(connection, decision)
    store.count([decision], [appended])
    return True
