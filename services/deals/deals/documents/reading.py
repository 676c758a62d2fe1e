"""Reading documents: by people who may see them, and by whoever has a link. Every reading is told before it happens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.deals.documents import DocumentDownloaded, DocumentLinkMade, DocumentLinkRevoked
from events.keys_client import KeysUnavailable
from events.links import LinkInvalid, Links
from events.problems import Conflict, NotFound, Unavailable
from events.second_wall import across_lines
from events.sqlfile import sql
from events.store import Append, Cause, append_one
from fastapi import Response
from uuid_utils.compat import uuid7

from deals.documents import models
from deals.documents.commands import SQL
from deals.documents.desk import DocumentDesk
from deals.documents.sniffing import EXTENSIONS

PURPOSE: Final = "document"
_NAMEABLE: Final = re.compile(r"[^A-Za-z0-9-]+")


@dataclass(frozen=True)
class Reader:
    """Gives documents out. ``public_url`` stands before the paths of links."""

    desk: DocumentDesk
    links: Links
    public_url: str

    async def by_principal(
        self, document_id: UUID, number: int | None, principal: Principal, now: datetime
    ) -> Response:
        """The bytes of a version, by default of the last."""
        row = await self.desk.visible(document_id, principal)
        return await self._give(row, number or row["latest"], cause_of_call(principal), None, now)

    async def by_link(self, token: str, now: datetime) -> Response:
        """The bytes that a link is for. Raises ``LinkInvalid``, also for one that was revoked, and ``LinkExpired``."""
        link_id = UUID(self.links.open(PURPOSE, token, now))
        pool = self.desk.pool
        link = await pool.fetchrow("SELECT * FROM document_links WHERE link_id = $1 AND revoked_at IS NULL", link_id)
        row = await pool.fetchrow(sql("document_read", SQL), link["document_id"]) if link else None
        if link is None or row is None:
            raise LinkInvalid
        return await self._give(row, link["number"], Cause(f"link:{link_id}", uuid7()), link_id, now)

    async def make_link(
        self, document_id: UUID, new: models.NewLink, principal: Principal, now: datetime
    ) -> models.LinkCard:
        """A link to a version that is there; only who sees the document can give it out."""
        row = await self.desk.visible(document_id, principal)
        number = new.version or row["latest"]
        await self._version(row, number)
        link_id, until = uuid7(), now.replace(microsecond=0) + timedelta(days=new.days)
        made = DocumentLinkMade(
            link_id=link_id, document_id=document_id, customer_id=row["customer_id"], version=number, until=until
        )
        decision = Append(link_id, 0, [made], cause_of_call(principal), now)
        async with self.desk.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                sql("link_save", SQL), link_id, document_id, number, until, decision.cause.actor, now
            )
            appended = await append_one(connection, decision)
        self.desk.documents.store.count([decision], [appended])
        return models.LinkCard(
            link_id=link_id, document_id=document_id, number=number, until=until, made_by=decision.cause.actor,
            made_at=now, revoked_at=None,
            url=f"{self.public_url}/shared-documents/{self.links.make(PURPOSE, str(link_id), until)}",
        )  # fmt: skip

    async def revoke(self, document_id: UUID, link_id: UUID, principal: Principal, now: datetime) -> None:
        """Ends a link; one that is ended already stays so."""
        row = await self.desk.visible(document_id, principal)
        revoked = DocumentLinkRevoked(link_id=link_id, document_id=document_id, customer_id=row["customer_id"])
        decision = Append(link_id, 1, [revoked], cause_of_call(principal), now)
        async with self.desk.pool.acquire() as connection, connection.transaction():
            link = await connection.fetchrow(
                "SELECT * FROM document_links WHERE link_id = $1 AND document_id = $2 FOR UPDATE", link_id, document_id
            )
            if link is None:
                raise NotFound("The document has no such link.")
            if link["revoked_at"] is not None:
                return
            await connection.execute(
                "UPDATE document_links SET revoked_at = $2, version = 2 WHERE link_id = $1", link_id, now
            )
            appended = await append_one(connection, decision)
        self.desk.documents.store.count([decision], [appended])

    async def _version(self, row: asyncpg.Record, number: int) -> asyncpg.Record:
        found = await self.desk.pool.fetchrow(
            "SELECT * FROM document_versions WHERE document_id = $1 AND number = $2", row["document_id"], number
        )
        if found is None:
            raise NotFound("The document has no such version.")
        if found["object_id"] is None:
            raise Conflict(f"The version is {found['state']}.", hint=f"rule: {found['state']}")
        return found

    async def _give(
        self, row: asyncpg.Record, number: int, cause: Cause, link_id: UUID | None, now: datetime
    ) -> Response:
        version = await self._version(row, number)
        content = await self._opened(row, version)
        told = DocumentDownloaded(
            download_id=uuid7(),
            document_id=row["document_id"],
            customer_id=row["customer_id"],
            version=number,
            link_id=link_id,
        )
        decision = Append(told.download_id, 0, [told], cause, now)
        with across_lines("it is written who reads a document"):
            async with self.desk.pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    "INSERT INTO document_downloads VALUES ($1, $2, $3, $4, $5, $6)",
                    told.download_id, told.document_id, number, link_id, cause.actor, now,
                )  # fmt: skip
                appended = await append_one(connection, decision)
        self.desk.documents.store.count([decision], [appended])
        return _response(row, version, content)

    async def _opened(self, row: asyncpg.Record, version: asyncpg.Record) -> bytes:
        gone = NotFound("The customer is erased: nobody can read the document any more.", hint="rule: erased")
        if row["is_erased"]:
            raise gone
        try:
            key = (await self.desk.deals.keys.read([row["customer_id"]])).get(row["customer_id"])
        except KeysUnavailable:
            raise Unavailable("The customer's key cannot be read now.") from None
        if key is None:
            raise gone
        sealed = await self.desk.storage.get(version["object_id"])
        content = key.open_bytes(sealed, version["object_id"]) if sealed else None
        if content is None:
            raise Unavailable("The document is not in the storage, or damaged there.", retry_after=60)
        return content


def _response(row: asyncpg.Record, version: asyncpg.Record, content: bytes) -> Response:
    media_type = version["media_type"]
    named = row["number"] if version["template"] or version["language"] else None
    name = "-".join(filter(None, (row["kind"], _NAMEABLE.sub("-", named or ""), f"v{version['number']}")))
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{EXTENSIONS.get(media_type, "bin")}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
    }
    return Response(content, media_type=media_type, headers=headers)
