"""What advertising costs: a sum per day and place, by the API or from a file; said again, it replaces what was said.

columns: {day: Date, channel: Platform, campaign: Campaign, amount: Cost, impressions: Shows, clicks: Clicks}
constants: {currency: RUB}
day_format: "%d.%m.%Y"           # empty: ISO 8601
decimal: ","                     # what parts the whole from the fraction; the other mark and spaces are dropped
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from events.contracts.leads.spend import SpendRecorded
from events.sqlfile import sql
from events.store import Append, Cause, Connection, deterministic_id
from events.table_files import Row
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from leads.imports import SQL
from leads.imports.kinds import Foresight, Numbered, Refused, Sending, Taken
from leads.normalise import channel_name

Slot = Literal["day", "channel", "campaign", "direction", "amount", "currency", "impressions", "clicks"]
NEEDED: Final[tuple[Slot, ...]] = ("day", "channel", "amount", "currency")
_SPACES: Final = str.maketrans("", "", " \u00a0\u202f")


class Spend(BaseModel):
    """What one day on one channel, or one of its campaigns, cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    channel: str = Field(min_length=1, max_length=100, description="As leads have it: Google and google are one.")
    amount: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6)]
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.", examples=["RUB"])
    campaign: str | None = Field(None, min_length=1, max_length=500)
    direction: str | None = Field(None, min_length=1, max_length=100, description="Line of business.")
    impressions: int | None = Field(None, ge=0, lt=2**63)
    clicks: int | None = Field(None, ge=0, lt=2**63)

    @property
    def id(self) -> UUID:
        """The same day, place and currency is the same sum."""
        return deterministic_id("spend", self.day, self.where, self.campaign, self.direction, self.currency)

    @property
    def where(self) -> str:
        """The channel's name as reports have it."""
        return channel_name(self.channel) or self.channel

    def recorded(self) -> SpendRecorded:
        """The event that says so."""
        return SpendRecorded(spend_id=self.id, **{**dict(self), "channel": self.where})


async def record(connection: Connection, spent: Sequence[Spend], cause: Cause) -> tuple[int, list[Append]]:
    """Writes the sums that are new or differ; returns how many, and the decisions to append in this transaction.

    Of several sums for the same place the last holds.
    """
    last = {sum_.id: sum_ for sum_ in spent}
    names = ("day", "where", "campaign", "direction", "amount", "currency", "impressions", "clicks")
    columns = [list(last), *([getattr(spend, name) for spend in last.values()] for name in names)]
    rows = await connection.fetch(sql("spend_record", SQL), *columns)
    appends = []
    for row in rows:
        spend = last[row["id"]]
        at = datetime.combine(spend.day, time(), UTC)
        appends.append(Append(row["id"], row["version"] - 1, [spend.recorded()], cause, at))
    return len(rows), appends


class SpendMapping(BaseModel):
    """A mapping as described above."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[Slot, str]
    constants: dict[Slot, str] = {}
    day_format: str | None = Field(None, description="As Python's strptime has it: %d.%m.%Y.")
    decimal: Literal[".", ","] = "."

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = [slot for slot in NEEDED if slot not in self.columns and slot not in self.constants]
        twice = self.columns.keys() & self.constants.keys()
        if missing or twice:
            raise ValueError(f"no column or constant for {missing}" if missing else f"both for {sorted(twice)}")
        return self

    def read(self, row: Row) -> Spend:
        """The sum of a row; raises ``ValueError`` that names the column at fault and repeats no value."""
        given = {slot: value for slot, column in self.columns.items() if (value := (row.get(column) or "").strip())}
        given |= self.constants
        try:
            if "day" in given and self.day_format:
                given["day"] = datetime.strptime(given["day"], self.day_format).date().isoformat()  # noqa: DTZ007
            numbers = {slot: self._number(given[slot]) for slot in ("amount", "impressions", "clicks") if slot in given}
        except (ValueError, InvalidOperation):
            raise ValueError("a day or number is not in the format of the mapping") from None
        try:
            return Spend.model_validate({**given, **numbers})
        except ValidationError as error:
            faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
            raise ValueError("; ".join(faults)) from None

    def _number(self, text: str) -> Decimal:
        other = "," if self.decimal == "." else "."
        return Decimal(text.translate(_SPACES).replace(other, "").replace(self.decimal, "."))


@dataclass(frozen=True)
class SpendRows:
    """The kind ``ad-spend``."""

    mapping = SpendMapping

    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        """Records a portion; sums that stand already are duplicates."""
        spent, refused = _read(sending, rows)
        recorded, appends = await record(connection, spent, sending.cause)
        return Taken(_counted(len(spent), recorded), refused, appends)

    async def keep(self, connection: Connection, sending: Sending, row: Numbered, reason: str) -> Refused:
        """A row holds nothing personal: it stays with the import."""
        return Refused(row[0], reason, row=row[1])

    def foresight(self) -> Foresight:
        """What an import would do, without doing it."""
        return _Foresight()


class _Foresight:
    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        spent, refused = _read(sending, rows)
        last = {sum_.id: sum_ for sum_ in spent}
        known = await connection.fetch(sql("spend_known", SQL), list(last))
        same = sum((row["amount"], row["impressions"], row["clicks"]) == _figures(last[row["id"]]) for row in known)
        return Taken(_counted(len(spent), len(last) - same), refused)


def _figures(spend: Spend) -> tuple[object, ...]:
    return spend.amount, spend.impressions, spend.clicks


def _counted(read: int, recorded: int) -> Mapping[str, int]:
    return Counter({"captured": recorded, "duplicate": read - recorded})


def _read(sending: Sending, rows: Sequence[Numbered]) -> tuple[list[Spend], list[Refused]]:
    assert isinstance(sending.mapping, SpendMapping)
    spent, refused = [], []
    for line, row in rows:
        try:
            spend = sending.mapping.read(row)
        except ValueError as error:
            refused.append(Refused(line, str(error), row=row))
            continue
        if sending.directions is not None and spend.direction not in (None, *sending.directions):
            refused.append(Refused(line, "direction: a line of business that the sender does not see", row=row))
        else:
            spent.append(spend)
    return spent, refused
