"""The cursor of a list that is sorted by (time, id), newest first: where the page before ended."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from events.problems import FieldError, Invalid

Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Most entries of a page.")]


def write_cursor(at: datetime, id_: UUID) -> str:
    """Opaque to clients."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {id_}".encode()).rstrip(b"=").decode()


def read_cursor(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    """Time and id, (None, None) for the first page; raises ``Invalid``."""
    if cursor is None:
        return None, None
    try:
        at, _, id_ = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().rpartition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment, UUID(id_)
    except (ValueError, binascii.Error):
        raise Invalid(
            "The cursor is not one of ours.", errors=[FieldError("not a cursor", parameter="query:cursor")]
        ) from None
