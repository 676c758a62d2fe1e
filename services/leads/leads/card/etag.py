"""The ETag of a card. Who merges another card into it changes it, though its own stream says nothing new."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Header

IfMatchCard = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^(W/)?"?\d{1,9}([.][0-9a-f]{8})?"?$',
        description="The ETag of the card as you read it; 412 if it has changed since.",
    ),
]


def tag_of(root: UUID, versions: Mapping[UUID, int]) -> str:
    """The version of a card alone; of a merged card the root's, and a digest of all members with their versions.

    A split gives the card the tag that it had before, if nobody wrote on it meanwhile: it is what it was.
    """
    own = str(versions[root])
    if len(versions) == 1:
        return own
    members = " ".join(f"{member}:{versions[member]}" for member in sorted(versions))
    return f"{own}.{sha256(members.encode()).hexdigest()[:8]}"


def expected_tag(if_match: str | None) -> str | None:
    """The tag of an ``If-Match`` header; None where any will do."""
    return if_match.strip('W/"') if if_match else None
