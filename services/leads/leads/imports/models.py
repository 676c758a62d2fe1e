"""What the API of imports takes and answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from events.inputs import Input
from pydantic import BaseModel, ConfigDict, Field

from leads.imports.spend import Spend

KindName = Literal["leads", "ad-spend", "list-members"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


class SavedMapping(Input):
    """How the columns of a file become rows, saved to be used again."""

    kind: KindName
    mapping: dict[str, Any] = Field(
        description="For leads: row_id, columns, occurred_at, constants, placeholders. For ad spend: columns, "
        "constants, day_format, decimal. For list members: list_id, columns (customer_id, phone, email).",
        examples=[{"row_id": "ID", "columns": {"phone": ["Mobile", "Phone"], "channel": "Source"}}],
    )


class MappingCard(SavedMapping):
    """A saved mapping; `version` counts its changes, for `If-Match`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    version: int
    changed_at: datetime
    changed_by: str


class Reason(BaseModel):
    """A reason for which rows were refused."""

    reason: str
    rows: int


class ImportCard(BaseModel):
    """An import as it stands. Rows done are the sum of outcomes."""

    import_id: UUID
    kind: KindName
    name: str
    file_name: str
    bytes: int
    dry_run: bool = Field(description="A dry run says what an import would do, and does nothing.")
    state: State
    rows_total: int | None = Field(description="Empty until the file was read once.")
    rows_done: int
    captured: int = Field(description="New leads; sums that were new or differed.")
    touched: int = Field(description="Repeats: touches on open leads.")
    duplicates: int = Field(description="Rows that were there already.")
    rejected: int = Field(description="Rows that were refused; see `rejected.csv`.")
    reasons: list[Reason] = Field(description="Of rejected rows, the commonest first, at most 50.")
    failure: str | None = Field(description="Why the file as a whole could not be read.")
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ImportPage(BaseModel):
    """Imports, newest first; `next` is the cursor of the next page, empty on the last."""

    imports: list[ImportCard]
    next: str | None


class SpendRows(Input):
    """Sums of advertising; one said again replaces what was said before."""

    spend: list[Spend] = Field(min_length=1, max_length=1_000)


class SpendRecordedCount(BaseModel):
    """How many sums were new or differed."""

    recorded: int


class SpendCard(BaseModel):
    """A sum as it now stands."""

    spend_id: UUID
    day: date
    channel: str
    campaign: str | None
    direction: str | None
    amount: Decimal
    currency: str
    impressions: int | None
    clicks: int | None


class SpendPage(BaseModel):
    """Sums, the latest day first; `next` is the cursor of the next page, empty on the last."""

    spend: list[SpendCard]
    next: str | None
