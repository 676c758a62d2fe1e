"""The life of a command on a document: lock its row, decide on its stream, write the rows, order the work and append,
in one transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from events import tasks
from events.contracts.deals.documents import DocumentFailed, DocumentRequested, DocumentUploaded
from events.decider import ATTEMPTS, Rejected
from events.event import Event
from events.problems import Conflict as ConflictProblem
from events.problems import NotFound, StaleVersion
from events.sqlfile import sql
from events.store import Append, Cause, Conflict, Connection, Store, append_one, deterministic_id, load

from deals.documents.domain import DECIDER, Command, Document, State

SQL = Path(__file__).parent / "sql"
RENDER: Final = "documents.render"
LETTERS: Final = {"offer": "O", "contract": "C", "act": "A", "other": "D"}
"""What numbers begin with; an invoice has its own."""

Prepare = Callable[[Connection, State], Awaitable[Command | None]]
"""Makes the command inside the transaction, from the locked document; None: there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as its stream now stands; ``happened`` is False where it was so already."""

    document_id: UUID
    version: int
    state: State
    happened: bool


class Documents:
    """Reads documents and runs commands on them."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def read(self, document_id: UUID) -> State:
        """The document's state."""
        return DECIDER.fold(entry.event for entry in await self.store.load(document_id))

    async def run(
        self, document_id: UUID, prepare: Prepare | Command, cause: Cause, now: datetime, expected: int | None = None
    ) -> Stored:
        """Decides and appends; returns after commit. Raises ``NotFound``, ``StaleVersion``, the problem that a rule's
        refusal is, and ``events.store.Conflict`` when others were faster three times.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._run(document_id, prepare, cause, now, expected)
            except Conflict:
                continue
        return await self._run(document_id, prepare, cause, now, expected)

    async def _run(
        self, document_id: UUID, prepare: Prepare | Command, cause: Cause, now: datetime, expected: int | None
    ) -> Stored:
        async with self.store.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT FROM documents WHERE document_id = $1 FOR UPDATE", document_id)
            history = await load(connection, self.store.service, document_id)
            version, state = len(history), DECIDER.fold(entry.event for entry in history)
            if expected is not None and expected != version:
                raise StaleVersion(f"The document is at version {version}.")
            try:
                command = await prepare(connection, state) if callable(prepare) else prepare
                events = DECIDER.decide(command, state) if command else ()
            except Rejected as rejected:
                kind = NotFound if rejected.code == "no_document" else ConflictProblem
                raise kind(str(rejected), hint=f"rule: {rejected.code}") from None
            if not events:
                return Stored(document_id, version, state, happened=False)
            at = max(now, history[-1].occurred_at) if history else now
            after = DECIDER.fold(events, state)
            assert isinstance(after, Document)
            await _save(connection, version + len(events), after, at)
            await tasks.add(connection, _orders(events, cause, now))
            decision = Append(document_id, version, events, cause, at)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return Stored(document_id, appended.version, after, happened=True)


async def draw_number(connection: Connection, kind: str, year: int) -> str:
    """The next number, such as C-2026-0001: without gaps, because it goes back if the transaction does."""
    last = await connection.fetchval(sql("number_draw", SQL), kind, year)
    return f"{LETTERS[kind]}-{year}-{last:04d}"


def _orders(events: Sequence[Event], cause: Cause, now: datetime) -> list[tasks.NewTask]:
    """The work that follows: a version asked for is rendered, once."""
    return [
        tasks.NewTask(
            deterministic_id(RENDER, event.document_id, event.version),
            RENDER,
            {"document_id": str(event.document_id), "version": event.version},
            now,
            cause,
        )
        for event in events
        if isinstance(event, DocumentRequested)
    ]


async def _save(connection: Connection, version: int, document: Document, at: datetime) -> None:
    asked, outcome, latest = document.last.asked, document.last.outcome, len(document.versions)
    state = (
        "requested"
        if outcome is None
        else "failed"
        if isinstance(outcome, DocumentFailed)
        else "uploaded"
        if isinstance(outcome, DocumentUploaded)
        else "generated"
    )
    title = asked.title if isinstance(asked, DocumentUploaded) else None
    await connection.execute(
        sql("document_save", SQL), asked.document_id, version, asked.customer_id, asked.deal_id, asked.kind,
        asked.number, title, document.confidentiality, latest, state, at,
    )  # fmt: skip
    template = (asked.template, asked.template_version, asked.language, asked.issued_on) if isinstance(
        asked, DocumentRequested
    ) else (None,) * 4  # fmt: skip
    failure = (outcome.reason, list(outcome.missing)) if isinstance(outcome, DocumentFailed) else (None, None)
    made: tuple[object, ...] = (None,) * 4
    if outcome is not None and not isinstance(outcome, DocumentFailed):
        made = (outcome.object_id, outcome.media_type, outcome.size, outcome.sha256)
    row = (asked.document_id, latest, state, *template, *failure, *made, at)
    await connection.execute(sql("version_save", SQL), *row)
