"""How a file's columns become leads. A mapping is YAML or JSON:

    row_id: Prospect ID              # the column that tells rows apart; the same row is imported once
    columns:                         # field: column, or a list of columns
      name: Full name
      phone: [Mobile, Phone]
      channel: Lead Source
      utm.campaign: Campaign
      person_id: Contact ID          # who the person is there: rows with the same id are of one card
    occurred_at: {column: Created, format: "%d.%m.%Y %H:%M", timezone: Europe/Moscow}
    constants: {direction: retail}   # the same for every row
    placeholders: [Select]           # values that mean "empty", in any case
    state: …                         # what became of the lead, and
    manager: …                       # who answers for it: see ``state.py``

Columns that are not named and not empty are kept in the details of the touch.
"""

from collections.abc import Mapping as Map
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from events.store import Cause
from events.webhooks import Unreadable
from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from leads.channels import Inquiry
from leads.imports.state import Became, ManagerColumn, StateColumn, became
from leads.imports.times import OccurredAt
from leads.normalise import PLACEHOLDERS, channel_name, clean, meaningful
from leads.touch import Capture

INTAKE: Final = "import"
DEFAULT_CHANNEL: Final = "unknown"

Slot = Literal[
    "name", "phone", "email", "telegram", "whatsapp", "vk", "avito", "channel", "direction", "text", "person_id",
    "utm.source", "utm.medium", "utm.campaign", "utm.content", "utm.term", "referrer", "landing_page",
]  # fmt: skip
_MESSENGERS: Final = ("telegram", "whatsapp", "vk", "avito")
_UTM: Final = ("source", "medium", "campaign", "content", "term")
_LONGEST_ID: Final = 255

Columns = Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)]
Row = Map[str, str | None]


class Mapping(BaseModel):
    """A mapping as described above."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row_id: str
    columns: dict[Slot, Columns] = {}
    occurred_at: OccurredAt | None = None
    constants: dict[Slot, str] = {}
    placeholders: tuple[str, ...] = ()
    default_channel: str = DEFAULT_CHANNEL
    state: StateColumn | None = None
    manager: ManagerColumn | None = None

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        twice = self.columns.keys() & self.constants.keys()
        if twice:
            raise ValueError(f"both a column and a constant: {', '.join(sorted(twice))}")
        return self

    def id_of(self, row: Row) -> str | None:
        """What tells this row apart."""
        return meaningful(row.get(self.row_id), frozenset())

    def capture(self, import_name: str, row: Row, received_at: datetime, cause: Cause) -> Capture:
        """The row as a request; raises :class:`Unreadable` with the column at fault."""
        row_id = self.id_of(row)
        if row_id is None:
            raise Unreadable(f"column {self.row_id}: the row has no id")
        if len(row_id) > _LONGEST_ID:
            raise Unreadable(f"column {self.row_id}: longer than {_LONGEST_ID} characters")
        given = _Given(self, row)
        phones, emails = given.all("phone"), given.all("email")
        messengers = tuple((kind, handle) for kind in _MESSENGERS for handle in given.all(kind))
        person_id = given.one("person_id")
        if person_id is None and not (phones or emails or messengers):
            person_id = row_id
        inquiry = Inquiry(
            provider_id=row_id,
            occurred_at=given.time() or received_at,
            kind="import",
            name=" ".join(given.all("name")) or None,
            phones=phones,
            emails=emails,
            messengers=messengers,
            text="\n".join(given.all("text")) or None,
            utm={mark: value for mark in _UTM if (value := given.one(f"utm.{mark}"))},
            referrer=given.one("referrer"),
            landing_page=given.one("landing_page"),
            details=given.rest(),
        )
        channel = channel_name(given.one("channel")) or self.default_channel
        identity = f"{INTAKE}\x1f{import_name}\x1f{person_id}" if person_id else None
        return Capture(
            inquiry,
            INTAKE,
            import_name,
            channel,
            cause,
            received_at,
            given.one("direction"),
            provider_identity=identity,
        )

    def became(self, row: Row, asked_at: datetime) -> Became | None:
        """What the row says of its lead's fate; raises :class:`Unreadable` with the column at fault."""
        if self.state is None and self.manager is None:
            return None
        given = _Given(self, row)
        return became(self.state, self.manager, {column: given.value(column) for column in row}, asked_at)


class _Given:
    """The values of one row by the slots of a mapping, without placeholders."""

    def __init__(self, mapping: Mapping, row: Row) -> None:
        self._mapping = mapping
        self._row = row
        self._empty = PLACEHOLDERS | {text.casefold() for text in mapping.placeholders}

    def value(self, column: str) -> str | None:
        text = self._row.get(column)
        return None if text is None or meaningful(text, self._empty) is None else clean(text).strip()

    def all(self, slot: Any) -> tuple[str, ...]:
        if slot in self._mapping.constants:
            return (self._mapping.constants[slot],)
        values = (self.value(column) for column in self._mapping.columns.get(slot, ()))
        return tuple(value for value in values if value is not None)

    def one(self, slot: Any) -> str | None:
        return next(iter(self.all(slot)), None)

    def time(self) -> datetime | None:
        where = self._mapping.occurred_at
        text = self.value(where.column) if where else None
        return where.read(text) if where and text else None

    def rest(self) -> dict[str, str]:
        mapped = {column for columns in self._mapping.columns.values() for column in columns}
        mapped.add(self._mapping.row_id)
        told = (self._mapping.occurred_at, self._mapping.state, self._mapping.manager)
        mapped.update(where.column for where in told if where)
        return {
            clean(column): value
            for column in self._row
            if column not in mapped and (value := self.value(column)) is not None
        }
