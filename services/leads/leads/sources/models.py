"""Sources as the API takes and shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from events.budget import UNLIMITED, Budget
from events.inputs import Input, Whole
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

MOST_OPTIONS = 100

Secret = Annotated[SecretStr, Field(min_length=8, max_length=500)]
Label = Annotated[str, StringConstraints(pattern=r"^\S(.{0,98}\S)?$")]
PerPeriod = Annotated[Whole, Field(ge=1, le=1_000_000)]


class BudgetOfSource(Input):
    """How much a source may send. What is over it is never lost."""

    per_second: PerPeriod | None = Field(None, examples=[20])
    per_minute: PerPeriod | None = Field(None, examples=[300])
    over: Literal["defer", "refuse"] = Field(
        "defer",
        description="`defer`: acknowledged, and understood when nothing else waits. `refuse`: answered 429 with "
        "Retry-After; only for channels whose provider sends again by its documentation (`retries` of the channel).",
    )

    def budget(self) -> Budget:
        """As the guard counts it."""
        return Budget(self.per_second, self.per_minute, self.over)


class SetUpSource(Input):
    """A source as it is to be. What is write-only and left out stays as it is."""

    active: bool = True
    direction: Label | None = Field(None, description="Line of business of its leads.", examples=["retail"])
    manager_id: Label | None = Field(None, description="Who its leads go to by default.", examples=["anna"])
    secrets: list[Secret] | None = Field(
        None,
        min_length=1,
        max_length=2,
        description="Write-only. The live ones, the newest last. Left out: they stay; of a new source whose channel "
        "needs one, a secret is made and shown once.",
    )
    options: dict[str, Any] = Field(
        {}, max_length=MOST_OPTIONS, description="As `GET /channels` describes them; write-only ones end with null."
    )
    mapping: dict[str, str] | None = Field(
        None,
        max_length=MOST_OPTIONS,
        description="Which field of the request each part of an inquiry is taken from; JMESPath for `generic`.",
        examples=[{"phone": "Ваш номер", "text": "vopros"}],
    )
    budget: BudgetOfSource = BudgetOfSource()

    @field_validator("secrets")
    @classmethod
    def _different(cls, given: list[SecretStr] | None) -> list[SecretStr] | None:
        if given and len({secret.get_secret_value() for secret in given}) < len(given):
            raise ValueError("must differ")
        return given

    @model_validator(mode="after")
    def _mapped_once(self) -> Self:
        if self.mapping is not None and "mapping" in self.options:
            raise ValueError("the mapping stands either in `mapping` or in `options.mapping`")
        return self

    def all_options(self) -> dict[str, Any]:
        """The options with the mapping among them."""
        return self.options if self.mapping is None else {**self.options, "mapping": self.mapping}


class RotateSecret(Input):
    """A new secret beside the live one."""

    secret: Secret | None = Field(None, description="Write-only. Left out: one is made and shown once.")


class RetireSecret(Input):
    """One of two live secrets ends."""

    which: Literal["older", "newer"] = "older"


class Traffic(BaseModel):
    """What came in by a source in the last 24 hours, as it stands now."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    last_received_at: datetime | None = Field(description="Of all time.")
    accepted: int = Field(description="Acknowledged, or replayed since.")
    refused: int = Field(description="Turned away at the door: forged, too large, switched off. Kept in quarantine.")
    quarantined: int = Field(description="Acknowledged, but not understood.")
    pending: int = Field(description="Not understood yet.")
    ignored: int = Field(description="Held nothing to capture.")


class ShownSource(BaseModel):
    """A source without its secrets."""

    model_config = ConfigDict(frozen=True)

    channel: str
    name: str
    version: int = Field(description="0 for one of the file of sources.")
    set_up_by: Literal["file", "api"]
    active: bool
    direction: str | None
    manager_id: str | None
    options: dict[str, Any]
    hidden_options: list[str] = Field(description="Names of the write-only options that are set.")
    budget: BudgetOfSource
    live_secrets: int
    webhook_url: str | None = Field(description="To be given to the provider; None where we fetch by ourselves.")
    changed_at: datetime | None
    changed_by: str | None
    last_24_hours: Traffic
    pull: Mapping[str, Any] | None = Field(None, description="How fetching goes, for sources that are fetched.")


class ChangedSource(ShownSource):
    """A source after a change; `new_secret` is shown this once, if it was made here."""

    new_secret: str | None = None


class SourcePage(BaseModel):
    """Sources by channel and name; `next` is the cursor of the next page, empty on the last. The first page begins
    with those of the file.
    """

    sources: list[ShownSource]
    next: str | None


class ChannelShown(BaseModel):
    """A channel: what a source of it may be set up with."""

    name: str
    options: dict[str, Any] = Field(description="JSON Schema; `writeOnly` marks what is never shown.")
    retries: bool = Field(description="Its provider sends again after a 429: `budget.over` may be `refuse`.")
    receives: bool = Field(description="Sources of it have a webhook address.")
    fetches: bool = Field(description="Sources of it can be looked through by ourselves.")


def shown_budget(budget: Budget) -> BudgetOfSource:
    """A budget as it was given."""
    if budget == UNLIMITED:
        return BudgetOfSource()
    return BudgetOfSource(per_second=budget.per_second, per_minute=budget.per_minute, over=budget.over)
