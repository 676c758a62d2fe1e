"""Lists: selections of customers that people save, by criteria or by hand."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import JsonValue

from events.event import Event

ListKind = Literal["by_hand", "by_criteria"]


class ListCreated(Event):
    """A list was saved; ``criteria`` as the leads service documents them, none of a list by hand."""

    type: ClassVar[str] = "list.created.v1"

    list_id: UUID
    name: str
    kind: ListKind
    criteria: dict[str, JsonValue] | None = None
    direction: str | None = None


class ListChanged(Event):
    """The name, the kind or the criteria are others now; all three are told."""

    type: ClassVar[str] = "list.changed.v1"

    list_id: UUID
    name: str
    kind: ListKind
    criteria: dict[str, JsonValue] | None = None


class ListMembersAdded(Event):
    """Customers came to a list by hand; of merged cards the one that all count as."""

    type: ClassVar[str] = "list.members-added.v1"

    list_id: UUID
    customer_ids: tuple[UUID, ...]


class ListMembersRemoved(Event):
    """Customers left a list by hand."""

    type: ClassVar[str] = "list.members-removed.v1"

    list_id: UUID
    customer_ids: tuple[UUID, ...]


class ListClosed(Event):
    """The list is not used any more; what is in it can still be read."""

    type: ClassVar[str] = "list.closed.v1"

    list_id: UUID


class ListRead(Event):
    """Who is on a list at one moment, as automation asked: in ``parts`` of at most 1,000, this one counted from 1, in
    one stream. Of merged cards the one that all count as; nobody who is erased, nor black-listed unless the list's
    criteria ask for them.
    """

    type: ClassVar[str] = "list.read.v1"

    request_id: UUID
    list_id: UUID
    part: int
    parts: int
    customer_ids: tuple[UUID, ...]


class ListReadingRefused(Event):
    """The list was not told; ``code`` is the stable name of the reason, ``reason`` its words."""

    type: ClassVar[str] = "list.reading-refused.v1"

    request_id: UUID
    list_id: UUID
    code: Literal["no_list", "closed", "too_many", "gave_up"]
    reason: str
