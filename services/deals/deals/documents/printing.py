"""The durable task that makes a document: gather, render, store, say so; and the one that deletes what was erased.

Whatever step the process dies at, the task is run again and comes to the same end. The object has one name for ever
and is written once: a repeat that finds it there reads it back and says what it is. The outcome of a version is said
once, under the lock of the document's row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from events.contracts.deals.documents import DocumentRequested
from events.keys_client import KeysUnavailable
from events.privacy import CustomerKey, Keys
from events.sqlfile import sql
from events.store import Append, deterministic_id
from events.tasks import Retry, Task

from deals.documents import docx, pdf
from deals.documents.commands import SQL, Documents
from deals.documents.domain import Document, RecordFailure, RecordGenerated
from deals.documents.filling import fill, gather
from deals.documents.rendering import Renderer
from deals.documents.sandbox import Refused
from deals.documents.storage import Storage, StorageUnavailable

FORGET: Final = "documents.forget"
ATTEMPTS: Final = 12
"""With pauses that double from two seconds: a storage or leads may be away for an hour."""
LEASE_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Printing:
    """The handlers of both tasks."""

    documents: Documents
    storage: Storage
    renderer: Renderer
    keys: Keys

    async def render(self, task: Task) -> Sequence[Append]:
        """Makes a version; raises ``Retry`` for trouble that passes. All is said before it returns."""
        document_id, number = UUID(task.payload["document_id"]), int(task.payload["version"])
        state = await self.documents.read(document_id)
        if not isinstance(state, Document):
            return ()
        version = state.versions[number - 1]
        if version.outcome is not None or not isinstance(version.asked, DocumentRequested):
            return ()
        try:
            outcome = await self._made(version.asked, task)
        except Refused as refused:
            missing = refused.names if refused.code == "missing_values" else ()
            outcome = RecordFailure(number, refused.code, missing)
        except (StorageUnavailable, KeysUnavailable) as trouble:
            if task.attempts < ATTEMPTS:
                raise Retry(type(trouble).__name__) from None
            outcome = RecordFailure(number, "unavailable")
        await self.documents.run(document_id, outcome, task.cause, datetime.now(UTC))
        return ()

    async def forget(self, task: Task) -> Sequence[Append]:
        """Deletes the objects of an erased customer, which nobody can open any more."""
        customer_id = UUID(task.payload["customer_id"])
        rows = await self.documents.store.pool.fetch(sql("objects_of_customer", SQL), customer_id)
        await self.storage.delete(row["object_id"] for row in rows)
        return ()

    async def _made(self, asked: DocumentRequested, task: Task) -> RecordGenerated | RecordFailure:
        object_id = deterministic_id("document-object", asked.document_id, asked.version)
        key = (await self.keys.read([asked.customer_id])).get(asked.customer_id)
        if key is None:
            return RecordFailure(asked.version, "erased")
        found = await self.storage.get(object_id) if task.attempts > 1 else None
        made = found and key.open_bytes(found, object_id)
        if not made:
            made = await self._rendered(asked)
            if not await self.storage.put(object_id, key.seal_bytes(made, object_id)):
                made = await self._other(object_id, key)
        media_type = docx.MEDIA_TYPE if asked.template else pdf.MEDIA_TYPE
        return RecordGenerated(asked.version, object_id, media_type, len(made), sha256(made).hexdigest())

    async def _other(self, object_id: UUID, key: CustomerKey) -> bytes:
        """What another run of this task has stored: that is the document."""
        found = await self.storage.get(object_id)
        made = key.open_bytes(found, object_id) if found else None
        if made is None:
            raise Refused("damaged", "Under the name of the document lies something else.")
        return made

    async def _rendered(self, asked: DocumentRequested) -> bytes:
        pool = self.documents.store.pool
        async with pool.acquire() as connection:
            gathered = await gather(connection, asked)
        facts = fill(gathered, await self.keys.read(gathered.members))
        if asked.template is None:
            made_at = datetime(asked.issued_on.year, asked.issued_on.month, asked.issued_on.day, tzinfo=UTC)
            return await self.renderer.compile_form(facts, made_at)
        digest = await pool.fetchval(
            "SELECT data->>'sha256' FROM events WHERE stream_id = $1 AND (data->>'version')::int = $2",
            deterministic_id("document_template", asked.template),
            asked.template_version,
        )
        template = await self.storage.get_template(digest)
        if template is None:
            raise Refused("template_lost", "The template is not in the storage any more.")
        return await self.renderer.fill(template, facts)
