"""A lead handed in by another system: its JSON, and the way from there to a capture."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from events.store import Cause
from events.webhooks import RawRequest, Unreadable
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from leads.channels import Inquiry
from leads.normalise import channel_name, clean
from leads.origin import origin_of
from leads.touch import Capture
from leads.understand import cause_of

INTAKE = "api"

Text = Annotated[str, Field(max_length=500), AfterValidator(clean)]
Utc = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class NewLead(BaseModel):
    """One request of a person. At least one phone, e-mail, messenger handle or ``person_id`` must be there."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Анна Петрова",
                    "phones": ["8 (912) 345-67-89"],
                    "emails": ["anna@example.com"],
                    "text": "Please call me about the price",
                    "channel": "yandex",
                    "direction": "retail",
                    "utm": {"source": "yandex", "medium": "cpc", "campaign": "spring"},
                }
            ]
        },
    )

    name: Text | None = None
    phones: tuple[Text, ...] = Field((), max_length=10, description="As typed; read in the service's region.")
    emails: tuple[Text, ...] = Field((), max_length=10)
    messengers: dict[Literal["telegram", "whatsapp", "vk", "avito", "viber", "max", "instagram"], Text] = Field(
        default_factory=dict, description="Handles by messenger."
    )
    person_id: Text | None = Field(None, description="Who the person is in your system; the same id is the same card.")
    text: Annotated[str, Field(max_length=100_000), AfterValidator(clean)] | None = Field(
        None, description="What was asked."
    )
    kind: Literal["form", "message", "call", "email", "lead_form", "chat", "import"] = "form"
    channel: Text | None = Field(
        None,
        description="Where the person came from, for reports; empty: as marks, click ids, referrer tell, or `api`.",
    )
    direction: Text | None = Field(None, description="Line of business.")
    occurred_at: Utc | None = Field(None, description="When it was asked; empty: now.")
    wanted_call_at: Utc | None = None
    utm: dict[Literal["source", "medium", "campaign", "content", "term", "id"], Text] = Field(default_factory=dict)
    click_ids: dict[Text, Text] = Field(default_factory=dict, max_length=20)
    referrer: Text | None = None
    landing_page: Annotated[str, Field(max_length=4_000), AfterValidator(clean)] | None = None
    is_test: bool = Field(False, description="Kept and marked, left out of reports.")
    details: dict[str, Any] = Field(
        default_factory=dict, max_length=200, description="Anything else worth keeping; sealed."
    )

    def capture(
        self, source: str, provider_id: str, received_at: datetime, cause: Cause, direction: str | None = None
    ) -> Capture:
        """The request as it is captured; ``provider_id`` makes a second delivery find the first."""
        inquiry = Inquiry(
            provider_id=provider_id,
            occurred_at=self.occurred_at or received_at,
            kind=self.kind,
            name=self.name,
            phones=self.phones,
            emails=self.emails,
            messengers=tuple(self.messengers.items()),
            text=self.text,
            utm=self.utm,  # type: ignore[arg-type]
            click_ids=self.click_ids,
            referrer=self.referrer,
            landing_page=self.landing_page,
            wanted_call_at=self.wanted_call_at,
            is_test=self.is_test,
            details=self.details,
        )
        channel = channel_name(self.channel) or origin_of(inquiry, INTAKE).channel
        identity = f"{INTAKE}\x1f{source}\x1f{self.person_id}" if self.person_id else None
        return Capture(
            inquiry,
            INTAKE,
            source,
            channel,
            cause,
            received_at,
            self.direction or direction,
            provider_identity=identity,
        )


class BulkLead(NewLead):
    """A lead of a bulk request: ``id`` is what the header ``Idempotency-Key`` is to a single one."""

    id: str = Field(min_length=1, max_length=255, description="Idempotency key: the same id is captured once.")


ONE: TypeAdapter[NewLead] = TypeAdapter(NewLead)
BULK: TypeAdapter[list[BulkLead]] = TypeAdapter(list[BulkLead])
_ITEM: TypeAdapter[BulkLead] = TypeAdapter(BulkLead)


def read_item(item: Any) -> BulkLead:
    """One item of a bulk request; raises :class:`Unreadable` with places and reasons, without values."""
    try:
        return _ITEM.validate_python(item, strict=False)
    except ValidationError as error:
        raise _unreadable(error) from None


def parse(raw: RawRequest) -> list[Capture]:
    """A kept item that an operator replays; raises :class:`Unreadable`."""
    try:
        lead = _ITEM.validate_json(raw.body)
    except ValidationError as error:
        raise _unreadable(error) from None
    return [lead.capture(raw.source, lead.id, raw.received_at, cause_of(raw))]


def _unreadable(error: ValidationError) -> Unreadable:
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return Unreadable("; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:5]))


class Position(BaseModel):
    """Where the last event of this request stands in the log of leads: what a reader waits for to see it."""

    model_config = ConfigDict(frozen=True)

    shard: int = Field(ge=0, le=15)
    position: int = Field(ge=1)


class Captured(BaseModel):
    """What became of a lead that was handed in."""

    model_config = ConfigDict(frozen=True)

    outcome: Literal["captured", "touched", "duplicate"] = Field(
        description="`captured`: a new lead; `touched`: a repeat on an open lead; `duplicate`: the key was here before."
    )
    lead_id: UUID
    customer_id: UUID
    position: Position | None = Field(None, description="Empty for a duplicate.")
